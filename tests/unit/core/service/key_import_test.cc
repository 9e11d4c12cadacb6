#include "core/service/key_import.h"

#include <gtest/gtest.h>

namespace core {
namespace {

constexpr WallMicros kNow = 1'767'225'600'000'000;

std::string hex_of(std::string_view key) {
  return to_hex(Hasher().sha256(key).bytes);
}

std::string entry(std::string_view rest) {
  return R"({"name":"n","sha256":")" + hex_of("old key") + "\"," + std::string(rest) + "}";
}

std::expected<ImportRequest, std::vector<FieldIssue>> read(const std::string& keys) {
  static JsonParser parser(4 << 20);
  return read_import(parser.parse(R"({"keys":)" + keys + "}").value(), kNow);
}

// "field: message" of what was refused, each behind its index.
std::string refusals(const std::string& keys) {
  const auto request = read(keys);
  EXPECT_TRUE(request.has_value());
  std::string all;
  for (const ImportReport::Refused& each : request->refused) {
    all += std::to_string(each.index) + " " + each.field + ": " + each.message + "\n";
  }
  return all;
}

TEST(KeyImport, ReadsTheFieldsOfANewKeyWithADigestInsteadOfASecret) {
  const auto request =
      read("[" +
           entry(R"("tenant_id":5,"scopes":["a:read"],"rate_limit":7,"display":"sk_live...1234")") +
           "]");
  ASSERT_TRUE(request.has_value());
  ASSERT_EQ(request->import.keys.size(), 1U);
  const ImportedKey& imported = request->import.keys[0];
  EXPECT_EQ(imported.index, 0U);
  EXPECT_EQ(imported.key.tenant_id, 5U);
  EXPECT_EQ(imported.tenant_slug, "");
  EXPECT_EQ(imported.key.name, "n");
  EXPECT_EQ(imported.key.scopes, std::vector<std::string>{"a:read"});
  EXPECT_EQ(imported.key.limit.rate_limit, 7U);
  EXPECT_EQ(imported.key.display, "sk_live...1234");
  EXPECT_TRUE(ct_equal(imported.key.digest, Hasher().sha256("old key")));
}

TEST(KeyImport, TakesATenantBySlugAndShowsAKeyWithoutItsTextAsImported) {
  const auto request = read("[" + entry(R"("tenant":"acme")") + "]");
  ASSERT_EQ(request->import.keys.size(), 1U);
  EXPECT_EQ(request->import.keys[0].tenant_slug, "acme");
  EXPECT_EQ(request->import.keys[0].key.tenant_id, 0U);
  EXPECT_EQ(request->import.keys[0].key.display, "imported");
}

TEST(KeyImport, KeepsTheGoodOnesBesideTheBadAndNamesTheirPlaces) {
  const std::string keys = "[7," + entry(R"("tenant_id":1)") + R"(,{"name":""},)" +
                           entry(R"("tenant_id":1,"bogus":1)") + "," + entry(R"("tenant":"b")") +
                           "]";
  EXPECT_EQ(refusals(keys),
            "0 : must be a JSON object, not number\n"
            "2 name: must not be empty\n2 tenant_id: is required\n2 sha256: is required\n"
            "3 bogus: is not a known field\n");
  const auto request = read(keys);
  ASSERT_EQ(request->import.keys.size(), 2U);
  EXPECT_EQ(request->import.keys[0].index, 1U);
  EXPECT_EQ(request->import.keys[1].index, 4U);
}

TEST(KeyImport, RefusesClearKeysAndDigestsThatAreNone) {
  EXPECT_EQ(refusals(R"([{"name":"n","tenant_id":1,"key":"secret"}])"),
            "0 key: must not be sent: send its sha256\n0 sha256: is required\n");
  const std::string not_hex = std::string(63, 'a') + "g";
  EXPECT_EQ(refusals(R"([{"name":"n","tenant_id":1,"sha256":")" + not_hex + "\"}]"),
            "0 sha256: must be hexadecimal\n");
  EXPECT_EQ(refusals(R"([{"name":"n","tenant_id":1,"sha256":"ab"}])"),
            "0 sha256: must have at least 64 characters\n");
}

TEST(KeyImport, ReadsDigestsInEitherCase) {
  std::string upper = hex_of("old key");
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  const auto request = read(R"([{"name":"n","tenant_id":1,"sha256":")" + upper + "\"}]");
  ASSERT_EQ(request->import.keys.size(), 1U);
  EXPECT_TRUE(ct_equal(request->import.keys[0].key.digest, Hasher().sha256("old key")));
}

TEST(KeyImport, RefusesATenantThatIsNamedTwiceOrByNoSlug) {
  EXPECT_EQ(refusals("[" + entry(R"("tenant_id":1,"tenant":"a")") + "]"),
            "0 tenant: must not stand beside tenant_id\n");
  EXPECT_EQ(refusals("[" + entry(R"("tenant":"A b")") + "]"), "0 tenant: names no tenant\n");
}

TEST(KeyImport, HasABoundOnTheKeysOfARequest) {
  std::string keys = "[";
  for (std::size_t i = 0; i < kImportedKeysMax; ++i) keys += entry(R"("tenant_id":1)") + ",";
  keys.back() = ']';
  EXPECT_EQ(read(keys)->import.keys.size(), kImportedKeysMax);
  keys.back() = ',';
  const auto refused = read(keys + "1]");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error()[0].field, "keys");
  EXPECT_EQ(refused.error()[0].message, "must be at most 1000");
}

TEST(KeyImport, RefusesABodyThatIsNoListOfKeys) {
  JsonParser parser(1024);
  for (const char* body : {"{}", "[]", R"({"keys":{}})", R"({"keys":[],"x":1})"}) {
    EXPECT_FALSE(read_import(parser.parse(body).value(), kNow).has_value()) << body;
  }
  EXPECT_TRUE(read("[]").has_value());
}

TEST(KeyImport, ReportsInTheOrderOfTheKeys) {
  EXPECT_EQ(to_json({.created = 0, .first_id = 0, .existing = 3, .refused = {}}),
            R"({"created":0,"existing":3,"first_id":null,"refused":[]})");
  EXPECT_EQ(to_json({.created = 2,
                     .first_id = 17,
                     .existing = 0,
                     .refused = {{4, "sha256", "x"}, {1, "name", "y"}, {1, "tenant_id", "z"}}}),
            R"({"created":2,"existing":0,"first_id":17,"refused":[)"
            R"({"index":1,"field":"name","message":"y"},)"
            R"({"index":1,"field":"tenant_id","message":"z"},)"
            R"({"index":4,"field":"sha256","message":"x"}]})");
}

}  // namespace
}  // namespace core
