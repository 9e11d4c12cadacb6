// What commands that talk to a running server share: where it is, whose token, how it refuses.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "net/http_client.h"

namespace CLI {
class App;
}

namespace tollgate {

struct AdminClientOptions {
  std::string url = "http://127.0.0.1:8000";
  std::string token_file;
  std::string data = "./var/tollgate";
};

// --url, --token-file and --data, with their environment variables.
void add_admin_client_options(CLI::App& command, AdminClientOptions& options);

// Owner: one thread.
class AdminClient {
 public:
  // The token is that of --token-file, else of TOLLGATE_ADMIN_TOKEN, else of DATA/admin.token.
  static std::expected<AdminClient, std::string> open(const AdminClientOptions& options);

  // The answer's "data" as JSON. The error is what the server said, a line for each field that it
  // named, or why there is no answer.
  std::expected<std::string, std::string> ask(std::string_view method, std::string_view path,
                                              std::string body = {});

 private:
  AdminClient(std::string url, std::string token);

  std::string url_;
  std::string credential_;
  std::unique_ptr<net::HttpClient> http_;
};

}  // namespace tollgate
