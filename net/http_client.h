// Asking an HTTP server one question at a time, and waiting for the answer: for commands of the
// program, never for a shard.
#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <string>
#include <vector>

namespace net {

struct ClientRequest {
  std::string method = "GET";
  std::string url;
  std::vector<std::string> fields;  // "Name: value".
  std::string body;                 // Sent where it isn't empty, as JSON.
};

struct ClientAnswer {
  int status = 0;
  std::string body;
};

// Keeps its connection from one request to the next. Follows no redirect and no proxy of the
// environment: a credential goes to the URL's host and nowhere else. TLS is verified.
//
// Owner: one thread. Built on libcurl.
class HttpClient {
 public:
  static constexpr std::size_t kAnswerBytesMax = std::size_t{64} << 20;

  explicit HttpClient(std::chrono::seconds timeout = std::chrono::seconds(30));
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // The error is a sentence for the user: no server there, no answer in time, an answer too long.
  std::expected<ClientAnswer, std::string> ask(const ClientRequest& request);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace net
