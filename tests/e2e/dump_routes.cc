// Prints the route table, a JSON object a line, for tests that take every route from it.
#include <cstdio>
#include <string>

#include "core/base/json_writer.h"
#include "net/router.h"

namespace {

constexpr const char* kAudiences[] = {"anyone",  "admin",    "tenant",         "ops",
                                      "gateway", "verifier", "admin_or_tenant"};

std::string to_line(const net::RouteInfo& route) {
  std::string line;
  core::JsonWriter json(line);
  json.begin_object();
  json.key("pattern").string(route.pattern);
  json.key("audience").string(kAudiences[static_cast<std::size_t>(route.audience)]);
  json.key("methods").begin_array();
  for (const net::Method method :
       {net::Method::kGet, net::Method::kHead, net::Method::kPost, net::Method::kPut,
        net::Method::kPatch, net::Method::kDelete, net::Method::kOptions}) {
    if ((route.methods & net::method_bit(method)) != 0) json.string(net::method_name(method));
  }
  json.end_array();
  json.end_object();
  return line;
}

}  // namespace

int main() {
  for (const net::RouteInfo& route : net::all_routes()) {
    if (route.methods != 0) std::puts(to_line(route).c_str());
  }
}
