// The API as its clients meet it: one request, one answer.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/base/log.h"
#include "tests/support/http_answers.h"
#include "tests/support/server_rig.h"

namespace test {

// A server with the key "fp_a" (id 1) of tenant 5, which has ten tokens an hour.
class ApiRig : public ServerRig {
 public:
  explicit ApiRig(const std::function<void(net::ServerConfig&)>& adapt = {})
      : ServerRig({}, adapt), client(connect()) {
    index.add("fp_a", 1, 5, 10);
  }

  // Asks over the one connection, which a test may replace after an answer that closes it.
  HttpAnswer ask(std::string_view request, bool bodies = true) {
    return read_answer(exchange(client, request), bodies);
  }

  // As the admin, without a body and with one.
  HttpAnswer admin_get(std::string_view path) {
    return ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: t\r\nAuthorization: Bearer " +
               std::string(kAdminToken) + "\r\n\r\n");
  }

  // With the key "fp_a" and a body.
  static std::string keyed(std::string_view method, std::string_view path, std::string_view body) {
    return std::string(method) + " " + std::string(path) +
           " HTTP/1.1\r\nHost: t\r\nX-API-Key: fp_a\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
  }

  // A request that waits for the writer: the command that it makes, then the answer to `outcome`.
  core::Command command_of(std::string_view request) {
    CHECK(exchange(client, request).empty());
    command_ = commands.take();
    return command_.question;
  }
  HttpAnswer answer_with(core::Outcome outcome) {
    command_.answer(std::move(outcome));
    run();
    return read_answer(net.client_take(client));
  }
  HttpAnswer answer_with(core::OutcomeCode code, const char* field = "", const char* message = "") {
    return answer_with({.code = code, .field = field, .message = message, .row = {}});
  }

  int client;

 private:
  Waiting<core::Command> command_;
};

// {"success":false,"error":{"code":CODE,"message":MESSAGE}}
inline std::string failure(std::string_view code, std::string_view message) {
  return R"({"success":false,"error":{"code":")" + std::string(code) + R"(","message":")" +
         std::string(message) + R"("}})";
}

}  // namespace test
