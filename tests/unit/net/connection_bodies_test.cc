// A body is consumed to its exact end, or the connection closes, on every path of an answer: its
// bytes are never taken for a request.
#include <gtest/gtest.h>

#include <tuple>

#include "tests/support/api_rig.h"

namespace net {
namespace {

using test::ApiRig;
using test::get;
using test::HttpAnswer;

// What a smuggler would put into a body.
constexpr std::string_view kSmuggled =
    "GET /health HTTP/1.1\r\nHost: t\r\nX-Request-ID: smuggled\r\n\r\n";
constexpr std::size_t kBodyBytesMax = 256;

struct Path {
  int status;
  std::string_view request;  // Method and target.
  std::string_view key;
  std::string_view body;
  void (*prepare)(ApiRig& rig) = [](ApiRig&) {};
};

void PrintTo(const Path& path, std::ostream* out) {
  *out << path.status << ' ' << path.request;
}

void without_scope(ApiRig& rig) {
  rig.index.record("fp_a").flags = core::AuthRecord::kActive;
}
void without_tokens(ApiRig& rig) {
  while (rig.ask(get("/api/data", "fp_a")).status == 200) {
  }
}
void without_room(ApiRig& rig) {
  rig.usage.full = true;
}

const Path kPaths[] = {
    {200, "GET /api/data", "fp_a", kSmuggled},
    {200, "GET /health", "", kSmuggled},
    {400, "POST /api/data", "fp_a", kSmuggled},
    {401, "POST /api/data", "", kSmuggled},
    {401, "GET /api/data", "fp_b", kSmuggled},
    {401, "POST /api/tenants", "", kSmuggled},
    {403, "POST /api/data", "fp_a", kSmuggled, without_scope},
    {403, "GET /api/data", "fp_a", kSmuggled, without_scope},
    {404, "GET /api/data/7", "fp_a", kSmuggled},
    {404, "POST /nowhere", "", kSmuggled},
    {405, "PUT /api/data", "fp_a", kSmuggled},
    {405, "TRACE /api/data", "fp_a", kSmuggled},
    {413, "POST /api/data", "fp_a", ""},  // A body of kBodyBytesMax + 1: see body_of().
    {413, "GET /api/data", "fp_a", ""},
    {422, "POST /api/data", "fp_a", R"({"GET /health HTTP/1.1":1})"},
    {429, "GET /api/data", "fp_a", kSmuggled, without_tokens},
    {429, "POST /api/data", "fp_a", kSmuggled, without_tokens},
    {503, "GET /api/data", "fp_a", kSmuggled, without_room},
    {503, "POST /api/data", "fp_a", kSmuggled, without_room},
};

std::string body_of(const Path& path) {
  std::string body(path.body);
  while (path.status == 413 && body.size() <= kBodyBytesMax) body += kSmuggled;
  return body;
}

struct Message {
  std::string head;
  std::string body;
};

Message message_of(const Path& path, bool chunked, bool expects) {
  const std::string body = body_of(path);
  Message message;
  message.head = std::string(path.request) + " HTTP/1.1\r\nHost: t\r\n";
  if (!path.key.empty()) message.head += "X-API-Key: " + std::string(path.key) + "\r\n";
  if (expects) message.head += "Expect: 100-continue\r\n";
  if (!chunked) {
    message.head += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    message.body = body;
    return message;
  }
  message.head += "Transfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += 16) {
    const std::string chunk = body.substr(at, 16);
    message.body += (chunk.size() == 16 ? "10" : std::string(1, "0123456789abcdef"[chunk.size()])) +
                    "\r\n" + chunk + "\r\n";
  }
  message.body += "0\r\nX-Trailer: GET /health HTTP/1.1\r\n\r\n";
  return message;
}

using Parameters = std::tuple<Path, bool, bool, bool>;

class ConnectionBodies : public testing::TestWithParam<Parameters> {};

TEST_P(ConnectionBodies, AreNeverTakenForARequest) {
  const auto& [path, chunked, expects, held_back] = GetParam();
  ApiRig rig([](ServerConfig& config) { config.limits.body.body_bytes = kBodyBytesMax; });
  path.prepare(rig);
  const Message message = message_of(path, chunked, expects);
  const std::string next = get("/health", "", "X-Request-ID: next\r\n");
  std::string answers;
  if (held_back) {
    answers = rig.exchange(rig.client, message.head);
    rig.pass(core::kNanosPerSecond / 10);
    answers += rig.exchange(rig.client, message.body + next);
  } else {
    answers = rig.exchange(rig.client, message.head + message.body + next);
  }
  std::vector<HttpAnswer> finals;
  for (HttpAnswer& answer : test::read_answers(answers)) {
    EXPECT_NE(answer.header("X-Request-ID"), "smuggled");
    if (answer.status != 100) finals.push_back(std::move(answer));
  }
  ASSERT_GE(finals.size(), 1U);
  EXPECT_EQ(finals[0].status, path.status);
  if (finals[0].header("Connection") == "close") {
    EXPECT_EQ(finals.size(), 1U);
    EXPECT_TRUE(rig.net.client_sees_eof(rig.client));
  } else {
    ASSERT_EQ(finals.size(), 2U);
    EXPECT_EQ(finals[1].status, 200);
    EXPECT_EQ(finals[1].header("X-Request-ID"), "next");
  }
  rig.net.client_close(rig.client);
  rig.run();
  EXPECT_EQ(rig.net.open_descriptors(), 1U);
  EXPECT_EQ(rig.ring.buffers_lent(), 0U);
  EXPECT_EQ(rig.usage.reserved, 0);
}

INSTANTIATE_TEST_SUITE_P(OnEveryPath, ConnectionBodies,
                         testing::Combine(testing::ValuesIn(kPaths), testing::Bool(),
                                          testing::Bool(), testing::Bool()));

}  // namespace
}  // namespace net
