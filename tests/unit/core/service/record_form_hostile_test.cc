// Bodies that nobody means well with, against a schema of every type.
#include <gtest/gtest.h>

#include <random>

#include "tests/support/resource_reading.h"

namespace core {
namespace {

using test::kOwnTenant;
using test::times;

ResourceSchema every_type() {
  return test::schema_of({
      "a_string:string:required,min:1,max:9",
      "a_text:text:regex:(?s).*",
      "an_integer:integer:gt:-5,index",
      "a_bigint:bigint",
      "a_float:float:le:1e10",
      "a_decimal:decimal:unique",
      "a_money:money:default:1",
      "a_percent:percent:min:0,max:100",
      "a_boolean:boolean",
      "a_datetime:datetime",
      "a_date:date",
      "a_time:time",
      "an_email:email",
      "a_url:url",
      "a_uuid:uuid",
      "a_json:json:default:{}",
      "a_phone:phone",
      "a_slug:slug",
      "an_ip:ip",
      "a_color:color",
      "an_enum:enum:choices:x|y",
      "an_owner:integer:foreign:tenants.id",
  });
}

// Values near the edges of the types, and pieces to make worse ones of.
constexpr const char* kValues[] = {"null",
                                   "true",
                                   "false",
                                   "0",
                                   "-0",
                                   "-0.0",
                                   "1",
                                   "7",
                                   "-1",
                                   "2147483647",
                                   "2147483648",
                                   "9223372036854775807",
                                   "9223372036854775808",
                                   "-9223372036854775808",
                                   "1e308",
                                   "1e309",
                                   "-1e999999999999",
                                   "1e-999999999999",
                                   "0.1",
                                   "0.0000000000000000001",
                                   "99999999999999999999.999999999999999999",
                                   "123456789012345678901234567890",
                                   R"("")",
                                   R"("x")",
                                   R"("y")",
                                   R"("a\u0000b")",
                                   R"("\n")",
                                   R"("\ud83d\ude00")",
                                   R"("\"\\")",
                                   R"("1.50")",
                                   R"("1e5")",
                                   R"("9007199254740993")",
                                   R"("2026-01-02T03:04:05Z")",
                                   R"("2024-02-29")",
                                   R"("2023-02-29")",
                                   R"("23:59:59.5")",
                                   R"("a@b.cd")",
                                   R"("http://a/")",
                                   R"("http://[::1]:1/%41")",
                                   R"("123e4567-e89b-12d3-a456-426614174000")",
                                   R"("+49 30 123")",
                                   R"("a-b")",
                                   R"("::1")",
                                   R"("1.2.3.4")",
                                   R"("#1e90ff")",
                                   "[]",
                                   "{}",
                                   "[[],{},[{}]]",
                                   R"({"a":{"b":[1,"c"]}})"};

std::string random_text(std::mt19937_64& random) {
  constexpr std::string_view kBytes = "az09AZ@:/.-_+#%[]()T Z~!é";
  std::string text;
  const auto size = random() % 40;
  while (text.size() < size) text += kBytes[random() % (kBytes.size() - 2)];
  return text;
}

std::string random_value(std::mt19937_64& random) {
  std::string value = kValues[random() % std::size(kValues)];
  if (random() % 4 == 0) {
    value.clear();
    append_json_string(value, random_text(random));
  }
  if (random() % 16 == 0) value = "[" + value + "]";
  return value;
}

std::string random_body(std::mt19937_64& random, const ResourceSchema& schema) {
  std::string body = "{";
  for (const Field& field : schema.fields) {
    if (random() % 3 == 0) continue;
    if (body.size() > 1) body += ',';
    append_json_string(body, field.name);
    body += ':' + random_value(random);
  }
  if (random() % 8 == 0) body += std::string(body.size() > 1 ? "," : "") + "\"other\":1";
  if (random() % 8 == 0) body += std::string(body.size() > 1 ? "," : "") + "\"tenant_id\":7";
  return body + "}";
}

// What was accepted has the shape that the store relies on.
void check_values(const ResourceSchema& schema, const RecordValues& values, RecordMode mode) {
  ASSERT_EQ(values.size(), schema.fields.size());
  std::string row = "{";
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Field& field = schema.fields[i];
    if (!values[i]) {
      ASSERT_EQ(mode, RecordMode::kPatch);
      continue;
    }
    ASSERT_FALSE(field.required && *values[i] == "null");
    if (field.type != FieldType::kJson) {
      ASSERT_LE(index_bytes(field, *values[i]).size(), kIndexedBytesMax);
    }
    if (row.size() > 1) row += ',';
    append_json_string(row, field.name);
    row += ':' + *values[i];
  }
  // Sent again it is the same row.
  const test::RecordReading again(schema, row + "}", mode);
  ASSERT_EQ(again.issues, test::Issues{}) << row;
  ASSERT_EQ(again.values, values) << row;
}

TEST(RecordFormHostile, ReadsRandomBodiesIntoRowsOrIssues) {
  const ResourceSchema schema = every_type();
  std::mt19937_64 random(7);
  int accepted = 0;
  for (int i = 0; i < 3'000; ++i) {
    const RecordMode mode = random() % 2 == 0 ? RecordMode::kWhole : RecordMode::kPatch;
    const std::string body = random_body(random, schema);
    const test::RecordReading reading(schema, body, mode);
    for (const auto& [field, message] : reading.issues) {
      ASSERT_FALSE(message.empty()) << field;
    }
    if (!reading.issues.empty()) continue;
    ++accepted;
    ASSERT_NO_FATAL_FAILURE(check_values(schema, reading.values, mode)) << body;
  }
  // One field at a time, so that enough fits.
  for (int i = 0; i < 10'000; ++i) {
    const Field& field = schema.fields[random() % schema.fields.size()];
    const std::string body = "{\"" + field.name + "\":" + random_value(random) + "}";
    const test::RecordReading reading(schema, body, RecordMode::kPatch);
    if (!reading.issues.empty()) continue;
    ++accepted;
    ASSERT_NO_FATAL_FAILURE(check_values(schema, reading.values, RecordMode::kPatch)) << body;
  }
  EXPECT_GT(accepted, 1'000);
}

TEST(RecordFormHostile, ReadsAnyBytesThatAreJson) {
  const ResourceSchema schema = every_type();
  std::mt19937_64 random(8);
  JsonParser parser(1 << 16);
  int parsed = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string body = random_body(random, schema);
    const auto changes = random() % 4;
    for (std::size_t c = 0; c < changes; ++c) {
      body[random() % body.size()] = static_cast<char>(random() % 256);
    }
    const auto value = parser.parse(body);
    if (!value) continue;
    ++parsed;
    std::vector<FieldIssue> issues;
    static_cast<void>(read_record(schema, *value, RecordMode::kWhole, kOwnTenant, issues));
    std::vector<FieldIssue> definition_issues;
    static_cast<void>(read_resource(*value, definition_issues));
    EXPECT_FALSE(definition_issues.empty());
    // The answer is JSON, whatever was in the body.
    EXPECT_TRUE(JsonParser(1 << 20).parse(to_json(issues)).has_value());
  }
  EXPECT_GT(parsed, 3'000);
}

TEST(RecordFormHostile, ReadsRandomDefinitionsIntoFieldsOrIssues) {
  constexpr const char* kPieces[] = {
      "a",   "string",   "decimal", "enum",  "json",    "integer", ":",  ":",  ":",       ",",
      ",",   "required", "unique",  "index", "max",     "min",     "gt", "lt", "default", "choices",
      "x|y", "regex",    "[",       "{",     "\"",      "]",       "}",  "1",  "-1",      "1e9",
      "(",   "*",        "\\",      "é",     "foreign", "b.id",    " ",  "_"};
  std::mt19937_64 random(9);
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = random() % 2 == 0 ? "a:string:" : "a:decimal:";
    const auto count = random() % 8;
    for (std::size_t p = 0; p < count; ++p) text += kPieces[random() % std::size(kPieces)];
    std::vector<FieldIssue> issues;
    const Field field = field_from_text(text, "p", issues);
    if (!issues.empty()) {
      EXPECT_TRUE(issues.front().field.starts_with("p"));
      continue;
    }
    ++accepted;
    // Written and read again it is the same.
    ResourceSchema schema;
    schema.name = "Thing";
    schema.path = "things";
    schema.fields.push_back(field);
    const std::string json = to_json(schema);
    const test::ResourceReading again(json);
    ASSERT_EQ(again.issues, test::Issues{}) << text;
    ASSERT_EQ(to_json(again.schema), json) << text;
  }
  EXPECT_GT(accepted, 100);
}

TEST(RecordFormHostile, LeavesToTheParserWhatIsNoJson) {
  JsonParser parser(1 << 20);
  for (const std::string bad :
       {R"({"a_text":"\ud800"})", R"({"a_text":"\udc00\ud800"})", "{\"a_text\":\"\xFF\"}",
        "{\"a_text\":\"\xED\xA0\x80\"}", R"({"a_text":"x","a_text":"y"})", R"({"a_float":NaN})",
        R"({"a_float":Infinity})", R"({"a_float":01})", "{\"a_text\":\"a\nb\"}"}) {
    EXPECT_FALSE(parser.parse(bad).has_value()) << bad;
  }
  const std::string deep = R"({"a_json":)" + times(64, "[") + times(64, "]") + "}";
  EXPECT_FALSE(parser.parse(deep).has_value());
  EXPECT_TRUE(parser.parse(R"({"a_json":)" + times(63, "[") + times(63, "]") + "}").has_value());
}

TEST(RecordFormHostile, TakesNumbersOfManyDigitsInLinearTime) {
  const ResourceSchema schema = every_type();
  const std::string digits = times(500'000, "9");
  for (const std::string field : {"an_integer", "a_bigint", "a_float", "a_decimal", "a_money"}) {
    const test::RecordReading reading(schema, "{\"" + field + "\":" + digits + "}",
                                      RecordMode::kPatch);
    EXPECT_EQ(reading.issues.count(field), 1U) << field;
  }
  const test::RecordReading tiny(schema, "{\"a_decimal\":0." + times(500'000, "0") + "}",
                                 RecordMode::kPatch);
  EXPECT_EQ(tiny.issues, test::Issues{});
}

}  // namespace
}  // namespace core
