// Feeds any bytes to the readers of addresses, X-Forwarded-For and version tags, and CHECKs what
// must hold whatever they are:
//   - an address or network that is read is written in a spelling that reads as the same;
//   - a network holds its own address; an address alone holds nothing else;
//   - a header moves the address of no peer that is not trusted, and an empty one that of none;
//   - a version that If-Match demands stands in it as a number.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "core/domain/ip_network.h"
#include "net/etag.h"
#include "net/forwarded.h"

namespace net {
namespace {

constexpr std::size_t kValueBytesMax = 16 * 1024;  // A head has no more.

void check_network(std::string_view text) {
  const auto network = core::parse_network(text);
  if (!network) {
    CHECK(!core::parse_address(text));
    return;
  }
  CHECK(network->contains(network->address));
  CHECK(core::parse_network(core::format_network(*network)) == *network);
  if (const auto address = core::parse_address(text)) {
    CHECK(network->bits == 128 && network->address == *address);
    CHECK(core::parse_address(core::format_address(*address)) == address);
  }
}

void check_forwarded(RequestHead& head, std::string_view value) {
  head.field_slots[0] = {"X-Forwarded-For", value};
  head.field_count = 1;
  const core::IpNetwork trusted[] = {core::parse_network("10.0.0.0/8").value()};
  const core::Address stranger = core::parse_address("192.0.2.1").value();
  CHECK(client_address(head, stranger, trusted) == stranger);
  const core::Address proxy = core::parse_address("10.0.0.1").value();
  const core::Address client = client_address(head, proxy, trusted);
  CHECK(client == proxy || !value.empty());
}

void check_tags(RequestHead& head, std::string_view value) {
  head.field_slots[0] = {"If-Match", value};
  head.field_count = 1;
  head.known_slots[static_cast<std::size_t>(KnownField::kIfMatch)] = 1;
  const auto guard = read_if_match(head);
  CHECK(guard.has_value());
  CHECK(!guard->any || value.contains('*'));
  for (const std::uint64_t version : guard->versions) {
    CHECK(version != 0 && value.contains('"' + std::to_string(version) + '"'));
  }
  head.field_slots[0].name = "If-None-Match";
  for (const std::uint64_t version : guard->versions) CHECK(has_version(head, version));
}

}  // namespace
}  // namespace net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (size > net::kValueBytesMax) return 0;
  net::RequestHead head;
  net::check_network(text);
  net::check_forwarded(head, text);
  net::check_tags(head, text);
  return 0;
}
