// Routes for operators: health, metrics, the description of the API.
#include <array>

#include "net/api.h"
#include "net/etag.h"
#include "net/openapi.h"

namespace net {

void Api::health(Call& call) {
  const bool ready = call.exchange.route.id == RouteId::kHealthLive || parts_.process.ready();
  if (!ready) {
    return responder_.failure(call.exchange, call.out,
                              {.status = 503,
                               .message = "Not ready: stopping, or the store "
                                          "refuses changes"});
  }
  responder_.success(call.exchange, call.out, 200,
                     R"({"status":"ok","version":")" TOLLGATE_VERSION R"("})");
}

void Api::answer_operator(Call& call) {
  if (call.exchange.route.id == RouteId::kOpenApi) return openapi(call);
  metrics(call);
}

void Api::metrics(Call& call) {
  const std::string text = render_metrics(parts_.process.shards(), parts_.process.numbers());
  const std::array<std::string_view, 1> body = {text};
  responder_.answer(
      call.exchange, call.out,
      {.status = 200, .content_type = "text/plain; version=0.0.4; charset=utf-8", .body = body});
}

// Made again only where a definition has changed: see docs/decisions/0014 for what it costs.
void Api::openapi(Call& call) {
  constexpr std::string_view kRevalidate = "Cache-Control: no-cache\r\n";
  const auto resources = described_resources(parts_.reader.resources());
  const std::uint64_t version = openapi_version(resources);
  call.exchange.row_version = version;
  if (has_version(call.in.head, version)) {
    return responder_.answer(call.exchange, call.out,
                             {.status = 304, .content_type = "", .more = kRevalidate});
  }
  if (version != openapi_version_) {
    openapi_ = render_openapi(resources);
    openapi_version_ = version;
  }
  const std::array<std::string_view, 1> body = {openapi_};
  responder_.answer(call.exchange, call.out, {.status = 200, .body = body, .more = kRevalidate});
}

}  // namespace net
