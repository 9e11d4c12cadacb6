// Patterns that users bring, matched in time linear in the text. The one user of RE2.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace re2 {
class RE2;
}  // namespace re2

namespace core {

// A compiled pattern of RE2's syntax: what Perl and ECMAScript have in common, without what would
// need backtracking (look-around, back references). UTF-8, case counts.
//
// Shared: immutable once it is made; any number of threads may match at once.
// Bound:  patterns of kPatternBytesMax, programs and the states that matching keeps of
//         kMemoryBytesMax: about 30 000 instructions. A match takes at most that many steps a byte,
//         so that its text needs a bound, too: 1 000 characters took at most 10 ms with patterns
//         made to be slow, 64 KiB up to 0.7 s; ordinary ones take about 2 ns a byte.
class Regex {
 public:
  static constexpr std::size_t kPatternBytesMax = 512;
  static constexpr std::size_t kMemoryBytesMax = 512 * 1024;

  // Else why `pattern` is none: "missing ): (a". `pattern` must be UTF-8.
  static std::expected<std::shared_ptr<const Regex>, std::string> compile(std::string_view pattern);

  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  // Whether the whole of `text`, valid UTF-8, is of the pattern.
  bool matches_all(std::string_view text) const;

 private:
  explicit Regex(std::unique_ptr<re2::RE2> compiled);

  std::unique_ptr<re2::RE2> compiled_;
};

}  // namespace core
