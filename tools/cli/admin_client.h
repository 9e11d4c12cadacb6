// What commands that talk to a running server share: where it is, whose token, how it refuses.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "net/http_client.h"

namespace CLI {
class App;
}

namespace tollgate {

struct AdminClientOptions {
  std::string url = "http://127.0.0.1:8000";
  std::string token;
  std::string token_file;
  std::string data = "./var/tollgate";
};

// --url, --token, --token-file and --data, with their environment variables.
void add_admin_client_options(CLI::App& command, AdminClientOptions& options);

struct AdminAnswer {
  std::string data;         // The answer's "data", as JSON.
  std::string message;      // Its "message"; empty if it has none.
  std::string next_cursor;  // Of a list: where the next page begins; empty at the end.
};

// Why there is no answer, for the user.
struct AdminRefusal {
  int status = 0;    // 0: the server was not reached, or what answered is none.
  std::string text;  // A line for each field that was refused ("name: is required"), else one.
};

// Owner: one thread.
class AdminClient {
 public:
  // The token is that of --token, else of --token-file, else of TOLLGATE_ADMIN_TOKEN, else of
  // DATA/admin.token. The error is a sentence for the user.
  static std::expected<AdminClient, std::string> open(const AdminClientOptions& options);

  std::expected<AdminAnswer, AdminRefusal> ask(std::string_view method, std::string_view path,
                                               std::string body = {});

 private:
  AdminClient(std::string url, std::string token);

  std::string url_;
  std::string credential_;
  std::unique_ptr<net::HttpClient> http_;
};

}  // namespace tollgate
