// Feeds definitions and values of resources: the first line is a field as on a command line, the
// rest a JSON text. CHECKs what must hold whatever they are:
//   - a field that was accepted reads back the same from the JSON it is written as;
//   - so does a whole definition;
//   - a value that was accepted is its own normal form, and has a place in an index;
//   - issues are texts that JSON can hold.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/check.h"
#include "core/base/json.h"
#include "core/service/field_value.h"
#include "core/service/record_form.h"
#include "core/service/resource_form.h"

namespace core {
namespace {

constexpr std::size_t kTextBytesMax = 16 * 1024;
constexpr std::size_t kParsedBytesMax = 32 * kTextBytesMax;  // Escapes make a text longer.

void check_issues(const std::vector<FieldIssue>& issues) {
  JsonParser parser(64 * kParsedBytesMax);
  CHECK(parser.parse(to_json(issues)).has_value());
}

void check_schema(const ResourceSchema& schema) {
  const std::string json = to_json(schema);
  JsonParser parser(kParsedBytesMax);
  const auto body = parser.parse(json);
  CHECK(body.has_value());
  std::vector<FieldIssue> issues;
  const ResourceSchema again = read_resource(*body, issues);
  CHECK(issues.empty());
  CHECK(to_json(again) == json);
}

void check_value(const Field& field, JsonValue value) {
  if (value.is_null()) return;
  const ValueReading json = read_value(field, value);
  if (!json) return;
  JsonParser parser(kParsedBytesMax);
  const auto again = parser.parse(*json);
  CHECK(again.has_value());
  CHECK(field.type == FieldType::kJson || read_value(field, *again) == json);
  if (field.type != FieldType::kJson) {
    CHECK(index_bytes(field, *json).size() <= kIndexedBytesMax);
  }
}

void check_body(const Field& field, bool field_is_good, JsonValue body) {
  std::vector<FieldIssue> issues;
  const ResourceSchema schema = read_resource(body, issues);
  if (issues.empty()) check_schema(schema);
  if (field_is_good) {
    check_value(field, body);
    ResourceSchema of_field{.name = "Thing", .path = "things", .is_read_only = false, .fields = {}};
    of_field.fields.push_back(field);
    check_schema(of_field);
    CHECK(read_record(of_field, body, RecordMode::kWhole, 7, issues).size() == 1);
  }
  check_issues(issues);
}

}  // namespace
}  // namespace core

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace core;
  if (size > kTextBytesMax) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string_view line = input.substr(0, input.find('\n'));
  const std::string_view rest = input.substr(std::min(line.size() + 1, input.size()));

  std::vector<FieldIssue> issues;
  const Field field = field_from_text(line, "fields.0", issues);
  check_issues(issues);
  if (issues.empty()) {
    const auto bytes = index_bytes_of_text(field, rest);
    CHECK(!bytes || bytes->size() <= kIndexedBytesMax);
  }
  JsonParser parser(kTextBytesMax);
  if (const auto body = parser.parse(rest)) check_body(field, issues.empty(), *body);
  return 0;
}
