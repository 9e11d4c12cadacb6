#include "net/forwarded.h"

#include <optional>
#include <ranges>
#include <string_view>

#include "net/http_chars.h"

namespace net {
namespace {

// Takes the last element off a comma-separated list, which is empty after the first.
std::string_view take_last(std::string_view& list) noexcept {
  const std::size_t comma = list.rfind(',');
  const std::size_t begin = comma == list.npos ? 0 : comma + 1;
  const std::string_view element = trim_blanks(list.substr(begin));
  list = list.substr(0, comma == list.npos ? 0 : comma);
  return element;
}

std::optional<core::Address> parse_node(std::string_view text) noexcept {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return std::nullopt;
    return core::parse_address(text.substr(1, end - 1));
  }
  // One colon only: a port behind an IPv4 address.
  const std::size_t colon = text.find(':');
  if (colon != text.npos && text.rfind(':') == colon) text = text.substr(0, colon);
  return core::parse_address(text);
}

}  // namespace

core::Address client_address(const RequestHead& head, const core::Address& peer,
                             std::span<const core::IpNetwork> trusted) noexcept {
  if (!core::is_in_any(peer, trusted)) return peer;
  core::Address nearest = peer;
  for (const Field& field : std::views::reverse(head.fields())) {
    if (!equals_ignoring_case(field.name, "x-forwarded-for")) continue;
    for (std::string_view list = field.value; !list.empty();) {
      const std::string_view element = take_last(list);
      if (element.empty()) continue;
      const auto address = parse_node(element);
      if (!address) return nearest;
      nearest = *address;
      if (!core::is_in_any(nearest, trusted)) return nearest;
    }
  }
  return nearest;
}

}  // namespace net
