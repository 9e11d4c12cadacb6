#include "net/openapi_example.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/decimal.h"
#include "core/base/json.h"
#include "core/base/time.h"
#include "core/domain/resource_row.h"
#include "core/service/field_value.h"
#include "core/service/record_form.h"
#include "net/openapi_pattern.h"

namespace net {
namespace {

using core::FieldType;

// 2026-01-02T03:04:05Z.
constexpr core::WallMicros kExampleTime = 1'767'323'045 * core::kMicrosPerSecond;
// What a body of examples has at most: 64 fields of the longest text that min can ask for.
constexpr std::size_t kBodyBytesMax = 64 * 4 * core::kTextCharactersMax;

// In the order of FieldType; JSON. Empty: made from the field.
constexpr std::array<std::string_view, 21> kValues = {
    R"("Example")",
    R"("An example.")",
    "42",
    "42",
    "1.5",
    R"("12.5")",
    R"("12.50")",
    R"("12.5")",
    "true",
    R"("2026-01-02T03:04:05Z")",
    R"("2026-01-02")",
    R"("12:30:00")",
    R"("ada@example.com")",
    R"("https://example.com/")",
    R"("01890a5d-ac96-774b-bcce-b302099a8057")",
    R"({"note":"any JSON"})",
    R"("+49301234567")",
    R"("an-example")",
    R"("192.0.2.1")",
    R"("#1e90ff")",
    "",
};

std::string quoted(std::string_view text) {
  std::string json;
  core::append_json_string(json, text);
  return json;
}

// Whether the field takes it.
bool fits(const core::Field& field, std::string_view json) {
  core::JsonParser parser(json.size() + 1);
  const auto value = parser.parse(json);
  return value && !value->is_null() && core::read_value(field, *value).has_value();
}

// What lies at, just inside and in the middle of the field's bounds.
void add_numbers(const core::Field& field, std::vector<std::string>& candidates) {
  const bool is_text = field.type >= FieldType::kDecimal;
  const auto add = [&](std::string number) {
    candidates.push_back(is_text ? '"' + number + '"' : std::move(number));
  };
  for (const core::FieldBound& bound : field.bounds) {
    add(bound.number);
    const double number = std::strtod(bound.number.c_str(), nullptr);
    for (const double step : {1.0, -1.0, 0.5, -0.5, 0.01, -0.01, 0.0001, -0.0001}) {
      std::string text;
      core::JsonWriter(text).float64(number + step);
      add(std::move(text));
    }
  }
  add("0");
}

// The example's text at the shortest and the longest that the bounds allow.
void add_texts(const core::Field& field, std::vector<std::string>& candidates) {
  constexpr std::string_view kFiller = "example";
  for (const core::FieldBound& bound : field.bounds) {
    std::string text;
    const std::uint64_t length = core::parse_decimal(bound.number).value_or(0);
    while (text.size() < length) text += kFiller[text.size() % kFiller.size()];
    candidates.push_back(quoted(text));
    const std::string domain = "@example.com";
    if (length > domain.size()) {
      candidates.push_back(quoted(text.substr(domain.size()) + domain));
      candidates.push_back(quoted("https://" + text.substr(12) + ".com"));
    }
    candidates.push_back(quoted(std::string(length, '1')));
  }
  if (!field.regex.empty()) {
    if (const auto text = pattern_sample(field.regex)) candidates.push_back(quoted(*text));
  }
}

bool must_be_sent(const core::Field& field) {
  return field.required && !field.default_json;
}

}  // namespace

std::optional<std::string> example_value(const core::Field& field) {
  if (field.foreign == "tenants") return std::nullopt;
  std::vector<std::string> candidates;
  if (!field.foreign.empty()) candidates.emplace_back("1");
  if (!field.choices.empty()) candidates.push_back(quoted(field.choices.front()));
  candidates.emplace_back(kValues[static_cast<std::size_t>(field.type)]);
  if (core::is_number(field.type)) add_numbers(field, candidates);
  if (core::is_text(field.type)) add_texts(field, candidates);
  if (field.default_json) candidates.push_back(*field.default_json);
  for (std::string& candidate : candidates) {
    if (!candidate.empty() && fits(field, candidate)) return std::move(candidate);
  }
  return std::nullopt;
}

std::optional<std::string> example_body(const core::ResourceSchema& schema) {
  std::string body;
  core::JsonWriter json(body);
  json.begin_object();
  for (const core::Field& field : schema.fields) {
    if (const auto value = example_value(field)) {
      json.key(field.name).raw(*value);
    } else if (must_be_sent(field)) {
      return std::nullopt;
    }
  }
  json.end_object();
  return body;
}

std::optional<std::string> example_change(const core::ResourceSchema& schema) {
  for (const bool unique : {false, true}) {
    for (const core::Field& field : schema.fields) {
      const auto value = field.unique == unique ? example_value(field) : std::nullopt;
      if (!value) continue;
      std::string body;
      core::JsonWriter json(body);
      json.begin_object().key(field.name).raw(*value).end_object();
      return body;
    }
  }
  return std::nullopt;
}

std::optional<std::string> example_row(const core::ResourceSchema& schema) {
  const auto body = example_body(schema);
  if (!body) return std::nullopt;
  core::JsonParser parser(kBodyBytesMax);
  const auto value = parser.parse(*body);
  if (!value) return std::nullopt;
  std::vector<core::FieldIssue> issues;
  auto values = core::read_record(schema, *value, core::RecordMode::kWhole, 1, issues);
  if (!issues.empty()) return std::nullopt;
  core::ResourceRow row{.tenant_id = 1,
                        .id = 1,
                        .values = {},
                        .created_at = kExampleTime,
                        .updated_at = kExampleTime};
  for (auto& each : values) row.values.push_back(std::move(each).value_or("null"));
  std::vector<core::ValuePlace> places;
  return core::to_json(row, schema, places);
}

}  // namespace net
