#include "net/etag.h"

#include <algorithm>
#include <string_view>

#include "core/base/decimal.h"
#include "net/http_chars.h"

namespace net {
namespace {

struct Tag {
  bool weak = false;
  bool any = false;           // "*"
  std::uint64_t version = 0;  // 0: no row's.
};

// The version between the quotes; 0 if nothing that is written here stands there.
std::uint64_t parse_version(std::string_view text) noexcept {
  if (text.starts_with('0')) return 0;
  return core::parse_decimal(text).value_or(0);
}

// Takes the first tag off a list. Blanks and commas around it go, too.
Tag take_tag(std::string_view& list) noexcept {
  Tag tag;
  if (list.starts_with("W/")) {
    tag.weak = true;
    list.remove_prefix(2);
  }
  const bool quoted = list.starts_with('"');
  const std::size_t end = quoted ? list.find('"', 1) : list.find(',');
  if (quoted && end != list.npos) {
    tag.version = parse_version(list.substr(1, end - 1));
  } else {
    tag.any = !tag.weak && trim_blanks(list.substr(0, end)) == "*";
  }
  list.remove_prefix(end == list.npos ? list.size() : end + 1);
  return tag;
}

// Calls `visit` with every tag of every line of that name. Returns whether there is such a line.
template <typename Visit>
bool for_each_tag(const RequestHead& head, std::string_view name, Visit visit) {
  bool found = false;
  for (const Field& field : head.fields()) {
    if (!equals_ignoring_case(field.name, name)) continue;
    found = true;
    std::string_view list = field.value;
    for (;;) {
      list.remove_prefix(std::min(list.find_first_not_of(" \t,"), list.size()));
      if (list.empty()) break;
      visit(take_tag(list));
    }
  }
  return found;
}

}  // namespace

std::optional<core::VersionGuard> read_if_match(const RequestHead& head) {
  if (!head.has(KnownField::kIfMatch)) return std::nullopt;
  core::VersionGuard guard;
  for_each_tag(head, "if-match", [&](const Tag& tag) {
    guard.any = guard.any || tag.any;
    if (!tag.weak && tag.version != 0) guard.versions.push_back(tag.version);
  });
  return guard;
}

bool has_version(const RequestHead& head, std::uint64_t version) {
  bool matches = false;
  for_each_tag(head, "if-none-match",
               [&](const Tag& tag) { matches = matches || tag.any || tag.version == version; });
  return matches;
}

}  // namespace net
