#include "tools/cli/import_line.h"

#include <gtest/gtest.h>

namespace tollgate {
namespace {

constexpr core::WallMicros kNow = 1'767'225'600'000'000;
constexpr std::string_view kKey = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";

std::string hex_of(std::string_view key) {
  return core::to_hex(core::Hasher().sha256(key).bytes);
}

// The object, or "field: message".
std::string read(std::string_view line) {
  ImportLine reader;
  const auto object = reader.read(line);
  return object ? *object : object.error().field + ": " + object.error().message;
}

std::string line_of(std::string_view key) {
  std::string line;
  core::JsonWriter json(line);
  json.begin_object().key("key").string(key).end_object();
  return line;
}

TEST(ImportLine, PutsTheHashInThePlaceOfAClearKey) {
  const std::string object = read(R"({ "tenant": "acme", "key": ")" + std::string(kKey) +
                                  R"(", "name": "n", "metadata": {"a": 1.50} })");
  EXPECT_EQ(object, R"({"tenant":"acme","name":"n","metadata":{"a":1.50},"sha256":")" +
                        hex_of(kKey) + R"(","display":"sk_live...p7dc"})");
  EXPECT_EQ(object.find(kKey.substr(8, 12)), std::string::npos);
}

TEST(ImportLine, LeavesAHashAndADisplayAsTheyAre) {
  EXPECT_EQ(read(R"({"sha256":"ab","name":"n"})"), R"({"sha256":"ab","name":"n"})");
  EXPECT_EQ(read(R"({"key":")" + std::string(kKey) + R"(","display":"mine"})"),
            R"({"display":"mine","sha256":")" + hex_of(kKey) + "\"}");
}

TEST(ImportLine, HashesWhatTheKeyIsNotHowItIsWritten) {
  EXPECT_EQ(read(R"({"key":"\u0061\/b"})"), R"({"sha256":")" + hex_of("a/b") + "\"}");
}

TEST(ImportLine, RefusesWhatIsNoKeyAtAll) {
  EXPECT_EQ(read("[1]"), ": must be a JSON object");
  EXPECT_TRUE(read("{").starts_with(": is not valid JSON: "));
  EXPECT_EQ(read("{}"), "key: is required, or sha256");
  EXPECT_EQ(read(R"({"key":"a","sha256":"b"})"), "key: must not stand beside sha256");
  EXPECT_EQ(read(R"({"key":null})"), "key: must be a string");
}

TEST(ImportLine, RefusesKeysThatNoHeaderCanCarry) {
  EXPECT_EQ(read(line_of("")), "key: must not be empty");
  EXPECT_EQ(read(line_of(" a")), "key: must not begin or end with a blank");
  EXPECT_EQ(read(line_of("a ")), "key: must not begin or end with a blank");
  EXPECT_EQ(read(line_of("a\nb")), "key: must not contain control characters");
  EXPECT_EQ(read(line_of(std::string(513, 'k'))), "key: must have at most 512 characters");
  EXPECT_TRUE(read(line_of(std::string(512, 'k'))).starts_with("{"));
  EXPECT_TRUE(read(line_of("a b")).starts_with("{"));
}

TEST(ImportLine, NeverRepeatsAKeyThatItRefuses) {
  for (const std::string line : {R"({"key":"s3cret)", R"({"key":"s3cret",})",
                                 R"({"key":" s3cret"})", R"({"key":"s3cret","sha256":"x"})"}) {
    EXPECT_EQ(read(line).find("s3cret"), std::string::npos) << read(line);
  }
}

TEST(DisplayOf, ShowsTheEndsOfLongKeysOnly) {
  EXPECT_EQ(display_of(kKey), "sk_live...p7dc");
  EXPECT_EQ(display_of(std::string(23, 'k')), "");
  EXPECT_EQ(display_of(std::string(24, 'k')), "kkkkkkk...kkkk");
  EXPECT_EQ(display_of("é" + std::string(40, 'k')), "");
}

TEST(ImportLine, ChecksWhatTheServerWouldWithoutItsStore) {
  ImportLine reader;
  const std::string good = *reader.read(R"({"key":"k","name":"n","tenant_id":1})");
  EXPECT_TRUE(reader.check(good, kNow).empty());
  const std::string bad = *reader.read(R"({"key":"k","name":"","rate_limit":-1,"x":1})");
  std::vector<std::string> fields;
  for (const core::FieldIssue& issue : reader.check(bad, kNow)) fields.push_back(issue.field);
  EXPECT_EQ(fields, (std::vector<std::string>{"name", "rate_limit", "tenant_id", "x"}));
}

}  // namespace
}  // namespace tollgate
