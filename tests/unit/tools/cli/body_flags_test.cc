#include "tools/cli/body_flags.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>

namespace tollgate {
namespace {

// The body that these arguments make; nothing if they are bad usage.
std::optional<std::string> body_of(std::vector<std::string> arguments) {
  CLI::App app;
  BodyFlags body(app);
  body.text({"--name,NAME", "name", ""})
      .integer({"--rate-limit", "rate_limit", "", "unlimited"})
      .list({"--scope", "scopes", ""})
      .boolean({"--active,!--inactive", "is_active", ""})
      .text({"--expires-at", "expires_at", "", "never"})
      .json({"--metadata", "metadata", ""});
  std::ranges::reverse(arguments);
  try {
    app.parse(arguments);
  } catch (const CLI::ParseError&) {
    return std::nullopt;
  }
  EXPECT_EQ(body.empty(), body.body() == "{}");
  return body.body();
}

TEST(BodyFlags, HoldOnlyWhatWasGiven) {
  EXPECT_EQ(body_of({}), "{}");
  EXPECT_EQ(body_of({"--name", "a\"b"}), R"({"name":"a\"b"})");
  EXPECT_EQ(body_of({"Acme Ltd"}), R"({"name":"Acme Ltd"})");
  EXPECT_EQ(body_of({"--rate-limit", "-5", "--active"}), R"({"rate_limit":-5,"is_active":true})");
  EXPECT_EQ(body_of({"--inactive"}), R"({"is_active":false})");
  EXPECT_EQ(body_of({"--metadata", R"({"a":[1]})"}), R"({"metadata":{"a":[1]}})");
}

TEST(BodyFlags, KnowTheWordForNull) {
  EXPECT_EQ(body_of({"--rate-limit", "unlimited", "--expires-at", "never"}),
            R"({"rate_limit":null,"expires_at":null})");
}

TEST(BodyFlags, SplitListsAtCommasAndTakeThemInPieces) {
  EXPECT_EQ(body_of({"--scope", "a:read,b:*", "--scope", "c:write"}),
            R"({"scopes":["a:read","b:*","c:write"]})");
  EXPECT_EQ(body_of({"--scope", ""}), R"({"scopes":[]})");
}

TEST(BodyFlags, RefuseWhatIsNoJsonOfItsKind) {
  EXPECT_EQ(body_of({"--rate-limit", "ten"}), std::nullopt);
  EXPECT_EQ(body_of({"--rate-limit", "1,\"x\":2"}), std::nullopt);
  EXPECT_EQ(body_of({"--rate-limit", "007"}), std::nullopt);
  EXPECT_EQ(body_of({"--metadata", "{"}), std::nullopt);
  EXPECT_EQ(body_of({"--metadata", "1,2"}), std::nullopt);
  EXPECT_EQ(body_of({"--bogus"}), std::nullopt);
}

TEST(BodyFlags, HoldMembersThatNoFlagGives) {
  CLI::App app;
  BodyFlags body(app);
  body.set("tenant_id", "17");
  EXPECT_FALSE(body.empty());
  EXPECT_EQ(body.body(), R"({"tenant_id":17})");
}

}  // namespace
}  // namespace tollgate
