// Routes for operators: health and metrics.
#include <array>

#include "net/api.h"

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

void Api::metrics(Call& call) {
  const std::string text = render_metrics(parts_.process.shards(), parts_.process.numbers());
  const std::array<std::string_view, 1> body = {text};
  responder_.answer(
      call.exchange, call.out,
      {.status = 200, .content_type = "text/plain; version=0.0.4; charset=utf-8", .body = body});
}

}  // namespace net
