// Takes any bytes for the head of a gateway's question, and for an original path, and CHECKs what
// must hold whatever they are:
//   - the original path that comes out begins with "/" and is visible ASCII without a query;
//   - fields that are not this gateway's change nothing;
//   - a plain path has neither repeated slashes nor dot segments, and where nothing was escaped
//     twice it is plain already.
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "net/authz_routes.h"
#include "net/gateway.h"
#include "net/http_parser.h"

namespace net {
namespace {

const AuthzRoutes& routes() {
  static const AuthzRoutes kRoutes = [] {
    AuthzRoutes made;
    CHECK(made.add("GET /a a:read").has_value());
    CHECK(made.add("* / -").has_value());
    return made;
  }();
  return kRoutes;
}

void check_plain(std::string_view path) {
  std::string scratch;
  const auto plain = plain_path(path, scratch);
  if (!plain || !path.starts_with('/')) return;
  CHECK(plain->starts_with('/') && plain->size() <= path.size());
  CHECK(plain->find("//") == std::string_view::npos);
  const std::string ended = std::string(*plain) + "/";
  CHECK(ended.find("/./") == std::string::npos && ended.find("/../") == std::string::npos);
  CHECK(routes().scope_for(core::Method::kGet, *plain).has_value());
  if (plain->find('%') != std::string_view::npos) return;
  std::string again;
  CHECK(plain_path(*plain, again) == *plain);
}

void check_question(const RequestHead& head) {
  const auto gateway = gateway_of(head.path);
  if (!gateway) return;
  const auto asked = read_asked(*gateway, head);
  if (!asked) {
    CHECK(asked.error().status == 400 && *asked.error().reason != '\0');
    return;
  }
  CHECK(asked->path.starts_with('/') && asked->path.find('?') == std::string_view::npos);
  for (const char c : asked->path) CHECK(c > ' ' && c < 0x7F);
  check_plain(asked->path);
  // The same question with the fields of the other kind taken out.
  const std::string_view foreign = *gateway == Gateway::kNginx ? "X-Forwarded-" : "X-Original-";
  static RequestHead rest;
  rest = head;
  rest.field_count = 0;
  for (const Field& field : head.fields()) {
    if (!field.name.starts_with(foreign)) rest.field_slots[rest.field_count++] = field;
  }
  const auto without = read_asked(*gateway, rest);
  CHECK(without && without->path == asked->path && without->method == asked->method);
}

}  // namespace
}  // namespace net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  net::check_plain(bytes);
  static const net::ParserLimits kLimits;
  static net::RequestHead head;
  net::RequestParser parser(kLimits);
  if (parser.parse(bytes, head) == net::ParseOutcome::kComplete) net::check_question(head);
  return 0;
}
