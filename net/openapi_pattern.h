// Patterns of RE2, in which fields are defined, as JSON Schema has them: ECMA-262, which looks for
// a match anywhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace net {

// The same whole-text pattern for a reader of ECMA-262 with the flag u. Nothing where `regex` uses
// what the two don't have in common or mean differently: flags, named groups, Unicode classes, \A
// and \z, literal braces. Requires: `regex` is valid for RE2.
std::optional<std::string> ecma_pattern(std::string_view regex);

// A short text that the pattern matches, by walking it: the first alternative of each group, the
// fewest repetitions, the first character of each class. A guess: the caller checks it. Nothing
// where the pattern has what the walk doesn't know.
std::optional<std::string> pattern_sample(std::string_view regex);

}  // namespace net
