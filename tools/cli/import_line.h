// One line of a file of keys, as the API takes it.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "core/base/digest.h"
#include "core/base/json.h"
#include "core/base/time.h"
#include "core/service/form.h"

namespace tollgate {

// The longest clear key: what POST /v1/keys/verify takes, too.
inline constexpr std::size_t kClearKeyCharactersMax = 512;

// What may be shown of a clear key: its first 7 and last 4 characters, "sk_live...9xQ2"; of one
// under 24 characters, or not all ASCII, nothing: empty.
std::string display_of(std::string_view key);

// Owner: one thread.
class ImportLine {
 public:
  ImportLine();

  // The line's object with "sha256" in the place of "key", and with "display" if that was not
  // sent: so the clear key is not in it. The issue is the first thing that is wrong; what the
  // server checks as well is not looked at.
  std::expected<std::string, core::FieldIssue> read(std::string_view line);

  // What the server would refuse of an object that read() gave, but for what depends on its store.
  std::vector<core::FieldIssue> check(std::string_view object, core::WallMicros now);

 private:
  core::JsonParser json_;
  core::JsonParser checked_json_;
  core::Hasher hasher_;
};

}  // namespace tollgate
