// The admin route that creates many keys at once.
#include "core/service/key_import.h"
#include "net/api.h"

namespace net {

void Api::import_keys(Call& call) {
  const auto body = read_json(call);
  if (!body) return;
  auto request = core::read_import(*body, call.in.time.wall_us);
  if (!request) return responder_.invalid(call.exchange, call.out, request.error());
  submit(call, {.change = std::move(request->import)},
         [this, refused = std::move(request->refused)](Exchange& exchange, OutBuffer& out,
                                                       core::ReplyBody& reply) {
           auto& outcome = std::get<core::Outcome>(reply);
           if (answer_refused(exchange, out, outcome)) return;
           auto& report = std::get<core::ImportReport>(outcome.row);
           report.refused.insert(report.refused.end(), refused.begin(), refused.end());
           responder_.success(exchange, out, 200, core::to_json(report));
         });
}

}  // namespace net
