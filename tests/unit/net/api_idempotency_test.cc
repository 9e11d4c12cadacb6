// What a client sees of Idempotency-Key: what goes into the command, and how a replay looks.
#include <gtest/gtest.h>

#include "tests/support/api_rig.h"

namespace net {
namespace {

using core::OutcomeCode;
using test::ApiRig;

// The request with a line more in its head.
std::string with(std::string_view line, std::string request) {
  return request.insert(request.find("\r\n") + 2, std::string(line) + "\r\n");
}
std::string once(std::string request) {
  return with("Idempotency-Key: k", std::move(request));
}

constexpr std::string_view kRow = R"({"name":"n"})";

core::Outcome replayed(core::Outcome outcome) {
  outcome.replayed = true;
  return outcome;
}

TEST(ApiIdempotency, APostWithAKeyCarriesItsDigestsAndOneWithoutNone) {
  ApiRig rig;
  const auto row = rig.command_of(once(ApiRig::keyed("POST", "/api/data", kRow)));
  ASSERT_TRUE(row.idempotency);
  EXPECT_TRUE(core::ct_equal(row.idempotency->request, core::Hasher().sha256(kRow)));
  rig.answer_with(OutcomeCode::kNotFound);
  EXPECT_FALSE(rig.command_of(ApiRig::keyed("POST", "/api/data", kRow)).idempotency);
  rig.answer_with(OutcomeCode::kNotFound);
  EXPECT_FALSE(rig.command_of(once(ApiRig::keyed("PATCH", "/api/data/1", kRow))).idempotency);
}

TEST(ApiIdempotency, EveryPostOfTheAdminTakesTheKey) {
  for (const auto& [path, body] :
       {std::pair("/api/tenants", R"({"name":"n"})"),
        std::pair("/api/keys", R"({"name":"n","tenant_id":5})"),
        std::pair("/api/api_keys", R"({"name":"n","tenant_id":5})"),
        std::pair("/api/keys/1/rotate", "{}"), std::pair("/api/keys/1/restore", ""),
        std::pair("/api/tenants/1/restore", ""),
        std::pair("/api/resources", R"({"name":"A","fields":["a:string"]})")}) {
    ApiRig rig;
    EXPECT_TRUE(rig.command_of(once(test::admin("POST", path, body))).idempotency) << path;
  }
}

TEST(ApiIdempotency, AnAliasIsTheSameRouteAndAnotherCredentialIsNot) {
  ApiRig rig;
  rig.index.add("fp_b", 2, 5);
  const auto digest = [&rig](const std::string& request) {
    const auto command = rig.command_of(once(request));
    rig.answer_with(OutcomeCode::kNotFound);
    return core::to_hex(command.idempotency->key.bytes);
  };
  const std::string body = R"({"name":"n","tenant_id":5})";
  EXPECT_EQ(digest(test::admin("POST", "/api/keys", body)),
            digest(test::admin("POST", "/api/api_keys", body)));
  std::string other = ApiRig::keyed("POST", "/api/data", kRow);
  other.replace(other.find("fp_a"), 4, "fp_b");
  EXPECT_NE(digest(ApiRig::keyed("POST", "/api/data", kRow)), digest(other));
}

TEST(ApiIdempotency, AMalformedKeyIsRefusedBeforeAnythingIsChanged) {
  ApiRig rig;
  const auto answer =
      rig.ask(with("Idempotency-Key: a b", ApiRig::keyed("POST", "/api/data", kRow)));
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.body.find("Idempotency-Key is not 1 to 255"), std::string::npos);
}

TEST(ApiIdempotency, AReplayIsTheFirstAnswerAndSaysSo) {
  ApiRig rig;
  const std::string request = once(ApiRig::keyed("POST", "/api/data", kRow));
  const core::Outcome outcome{.code = OutcomeCode::kDone,
                              .row = core::RowImage{.id = 4, .version = 1, .json = R"({"id":4})"}};
  rig.command_of(request);
  const auto first = rig.answer_with(outcome);
  rig.command_of(request);
  const auto again = rig.answer_with(replayed(outcome));
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(first.head.find("Idempotency-Replayed"), std::string::npos);
  EXPECT_NE(again.head.find("\r\nIdempotency-Replayed: true"), std::string::npos);
  EXPECT_NE(again.head.find("\r\nETag: \"1\"\r\n"), std::string::npos);
}

TEST(ApiIdempotency, AReplayedRefusalSaysSoToo) {
  ApiRig rig;
  rig.command_of(once(ApiRig::keyed("POST", "/api/data", kRow)));
  const auto again = rig.answer_with({.code = OutcomeCode::kConflict,
                                      .field = "name",
                                      .message = "is taken",
                                      .row = {},
                                      .replayed = true});
  EXPECT_EQ(again.status, 409);
  EXPECT_NE(again.head.find("\r\nIdempotency-Replayed: true"), std::string::npos);
}

TEST(ApiIdempotency, AReplayedKeyCreationShowsNoSecretAndSaysWhy) {
  for (const auto& [path, body, status] :
       {std::tuple("/api/keys", R"({"name":"n","tenant_id":5})", 201),
        std::tuple("/api/keys/9/rotate", "{}", 200)}) {
    ApiRig rig;
    rig.command_of(once(test::admin("POST", path, body)));
    core::ApiKey key;
    key.id = 9;
    key.name = "n";
    const auto again = rig.answer_with({.code = OutcomeCode::kDone, .row = key, .replayed = true});
    EXPECT_EQ(again.status, status);
    EXPECT_EQ(again.body.find("\"key\""), std::string::npos) << again.body;
    EXPECT_EQ(again.body.find("fp_"), std::string::npos) << again.body;
    EXPECT_NE(again.body.find(R"({"id":9,)"), std::string::npos);
    EXPECT_NE(again.body.find("answered before"), std::string::npos);
  }
}

}  // namespace
}  // namespace net
