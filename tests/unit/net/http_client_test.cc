#include "net/http_client.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <thread>

#include "core/base/check.h"

namespace net {
namespace {

// Answers one connection with fixed bytes, once it has read what ends with `end`.
class OneAnswer {
 public:
  OneAnswer(std::string answer, std::string end)
      : answer_(std::move(answer)), end_(std::move(end)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof address;
    CHECK(::bind(listener_, reinterpret_cast<sockaddr*>(&address), bytes) == 0);
    CHECK(::listen(listener_, 1) == 0);
    CHECK(::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &bytes) == 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~OneAnswer() {
    thread_.join();
    ::close(listener_);
  }
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  // Requires: the answer was taken.
  const std::string& request() const { return request_; }

 private:
  void serve() {
    const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    std::array<char, 4096> bytes;
    while (!request_.ends_with(end_)) {
      const ssize_t got = ::recv(connection, bytes.data(), bytes.size(), 0);
      if (got <= 0) break;
      request_.append(bytes.data(), static_cast<std::size_t>(got));
    }
    CHECK(::send(connection, answer_.data(), answer_.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(answer_.size()));
    ::close(connection);
  }

  const std::string answer_;
  const std::string end_;
  std::string request_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

TEST(HttpClient, SendsMethodFieldsAndBodyAndReadsStatusAndBody) {
  OneAnswer server("HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello", "{\"a\":1}");
  HttpClient client;
  const auto answer = client.ask({.method = "POST",
                                  .url = server.url("/api/x?y=1"),
                                  .fields = {"Authorization: Bearer t"},
                                  .body = "{\"a\":1}"});
  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->status, 201);
  EXPECT_EQ(answer->body, "hello");
  EXPECT_TRUE(server.request().starts_with("POST /api/x?y=1 HTTP/1.1\r\n")) << server.request();
  EXPECT_NE(server.request().find("\r\nAuthorization: Bearer t\r\n"), std::string::npos);
  EXPECT_NE(server.request().find("\r\nContent-Length: 7\r\n"), std::string::npos);
  EXPECT_EQ(server.request().find("Expect"), std::string::npos);
}

TEST(HttpClient, FollowsNoRedirect) {
  OneAnswer server(
      "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
      "\r\n\r\n");
  HttpClient client;
  const auto answer =
      client.ask({.method = "GET", .url = server.url("/"), .fields = {}, .body = ""});
  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->status, 302);
}

TEST(HttpClient, AsksNoProxyOfTheEnvironment) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "\r\n\r\n");
  HttpClient client;
  const auto answer =
      client.ask({.method = "GET", .url = server.url("/"), .fields = {}, .body = ""});
  ::unsetenv("http_proxy");
  ASSERT_TRUE(answer) << answer.error();
}

TEST(HttpClient, SaysWhichUrlDoesNotAnswer) {
  HttpClient client;
  for (const std::string url : {"http://127.0.0.1:1/x", "ftp://127.0.0.1/", "file:///etc/passwd"}) {
    const auto answer = client.ask({.method = "GET", .url = url, .fields = {}, .body = ""});
    ASSERT_FALSE(answer) << url;
    EXPECT_TRUE(answer.error().starts_with(url + ": ")) << answer.error();
  }
}

}  // namespace
}  // namespace net
