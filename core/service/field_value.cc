#include "core/service/field_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "core/base/exact_decimal.h"
#include "core/base/time.h"
#include "core/base/utf8.h"
#include "core/domain/calendar_text.h"
#include "core/domain/formatted_text.h"

namespace core {
namespace {

std::unexpected<std::string> must(std::string_view what) {
  return std::unexpected(fmt::format("must {}", what));
}

std::unexpected<std::string> mistyped(std::string_view expected, JsonValue value) {
  return must(fmt::format("be {}, not {}", expected, name_of(value.kind())));
}

std::string json_string(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

ValueReading read_boolean(JsonValue value) {
  const auto boolean = value.as_bool();
  if (!boolean) return mistyped("true or false", value);
  return *boolean ? "true" : "false";
}

std::optional<std::int64_t> int64_of(std::string_view text) {
  std::int64_t number = 0;
  const char* const first = text.data();
  const char* const end = first + text.size();
  const auto [stopped, failure] = std::from_chars(first, end, number);
  if (failure != std::errc{} || stopped != end) return std::nullopt;
  return number;
}

ValueReading read_integer(JsonValue value) {
  using Limits = std::numeric_limits<std::int32_t>;
  if (value.kind() != JsonKind::kNumber) return mistyped("an integer", value);
  const auto integer = value.as_int64();
  if (!integer || *integer < Limits::min() || *integer > Limits::max()) {
    return must(fmt::format("be an integer from {} to {}", Limits::min(), Limits::max()));
  }
  return std::to_string(*integer);
}

// In a string, too: readers that know doubles only round numbers above 2^53.
ValueReading read_bigint(JsonValue value) {
  using Limits = std::numeric_limits<std::int64_t>;
  const auto text = value.as_string();
  if (!text && value.kind() != JsonKind::kNumber) return mistyped("an integer", value);
  const auto integer = text ? int64_of(*text) : value.as_int64();
  if (!integer)
    return must(fmt::format("be an integer from {} to {}", Limits::min(), Limits::max()));
  return std::to_string(*integer);
}

ValueReading read_float(JsonValue value) {
  if (value.kind() != JsonKind::kNumber) return mistyped("a number", value);
  const auto number = value.as_double();
  if (!number) return must("be a finite number of 64 bits");
  std::string json;
  JsonWriter(json).float64(*number == 0 ? 0.0 : *number);  // There is one zero.
  return json;
}

// How many digits a type of decimal numbers has, and how many behind the point it always shows.
struct DecimalForm {
  ExactDecimal::Digits most;
  int fraction_shown = 0;
};

DecimalForm decimal_form(FieldType type) {
  if (type == FieldType::kMoney) return {{.whole = 15, .fraction = 4}, 2};
  if (type == FieldType::kPercent) return {{.whole = 5, .fraction = 4}, 0};
  return {};
}

ValueReading read_decimal(FieldType type, JsonValue value) {
  const auto text = value.kind() == JsonKind::kNumber ? value.number_text() : value.as_string();
  if (!text) return mistyped("a decimal number", value);
  const DecimalForm form = decimal_form(type);
  const auto number = ExactDecimal::parse(*text, form.most);
  if (!number) {
    return must(
        fmt::format("be a decimal number with at most {} digits before the point and {} "
                    "behind it",
                    form.most.whole, form.most.fraction));
  }
  return json_string(number->to_text(form.fraction_shown));
}

ValueReading read_json(JsonValue value) {
  std::string compact = value.minify();
  if (compact.size() > kJsonFieldBytesMax) {
    return must(fmt::format("have at most {} bytes as compact JSON", kJsonFieldBytesMax));
  }
  return compact;
}

// One line of text.
Result<std::string> normal_string(std::string_view text) {
  if (has_control(text)) return std::unexpected(Error{"must not contain control characters"});
  return std::string(text);
}

// NUL would end the text for many readers, and ends it in an index here.
Result<std::string> normal_lines(std::string_view text) {
  if (text.contains('\0')) return std::unexpected(Error{"must not contain the character U+0000"});
  return std::string(text);
}

Result<std::string> normal_of_text_type(FieldType type, std::string_view text) {
  if (type == FieldType::kEmail) return normal_email(text);
  if (type == FieldType::kUrl) return normal_url(text);
  if (type == FieldType::kPhone) return normal_phone(text);
  if (type == FieldType::kSlug) return normal_slug(text);
  if (type == FieldType::kText) return normal_lines(text);
  return normal_string(text);
}

ValueReading read_datetime(std::string_view text) {
  const auto time = parse_rfc3339(text);
  if (!time) {
    return must(fmt::format("be an RFC 3339 date-time such as 2030-01-31T12:00:00Z: {}",
                            time.error().what));
  }
  return json_string(to_rfc3339(*time));
}

ValueReading read_choice(const Field& field, std::string_view text) {
  if (std::ranges::count(field.choices, text) != 0) return json_string(text);
  return must(fmt::format("be one of {}", fmt::join(field.choices, ", ")));
}

ValueReading json_string_or_fault(const Result<std::string>& normal) {
  if (!normal) return std::unexpected(normal.error().what);
  return json_string(*normal);
}

// The types that are JSON strings.
ValueReading read_string(const Field& field, std::string_view text) {
  switch (field.type) {
    case FieldType::kDatetime:
      return read_datetime(text);
    case FieldType::kDate:
      return json_string_or_fault(normal_date(text));
    case FieldType::kTime:
      return json_string_or_fault(normal_time(text));
    case FieldType::kUuid:
      return json_string_or_fault(normal_uuid(text));
    case FieldType::kIp:
      return json_string_or_fault(normal_ip(text));
    case FieldType::kColor:
      return json_string_or_fault(normal_color(text));
    case FieldType::kEnum:
      return read_choice(field, text);
    default:
      return json_string_or_fault(normal_of_text_type(field.type, text));
  }
}

ValueReading read_typed(const Field& field, JsonValue value) {
  switch (field.type) {
    case FieldType::kBoolean:
      return read_boolean(value);
    case FieldType::kInteger:
      return read_integer(value);
    case FieldType::kBigint:
      return read_bigint(value);
    case FieldType::kFloat:
      return read_float(value);
    case FieldType::kDecimal:
    case FieldType::kMoney:
    case FieldType::kPercent:
      return read_decimal(field.type, value);
    case FieldType::kJson:
      return read_json(value);
    default: {
      const auto text = value.as_string();
      if (!text) return mistyped("a string", value);
      return read_string(field, *text);
    }
  }
}

bool is_within(FieldBound::Kind kind, std::partial_ordering value_to_bound) {
  switch (kind) {
    case FieldBound::Kind::kAtLeast:
      return value_to_bound >= 0;
    case FieldBound::Kind::kMoreThan:
      return value_to_bound > 0;
    case FieldBound::Kind::kAtMost:
      return value_to_bound <= 0;
    case FieldBound::Kind::kLessThan:
      return value_to_bound < 0;
  }
  return false;
}

std::string_view words_of(FieldBound::Kind kind) {
  switch (kind) {
    case FieldBound::Kind::kAtLeast:
      return "at least";
    case FieldBound::Kind::kMoreThan:
      return "more than";
    case FieldBound::Kind::kAtMost:
      return "at most";
    case FieldBound::Kind::kLessThan:
      return "less than";
  }
  return "";
}

double double_of(std::string_view text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

ValueReading within_bounds(const Field& field, std::string json) {
  for (const FieldBound& bound : field.bounds) {
    if (!is_within(bound.kind, compare_numbers(field.type, number_text(json), bound.number))) {
      return must(fmt::format("be {} {}", words_of(bound.kind), bound.number));
    }
  }
  return json;
}

ValueReading read_text(const Field& field, std::string_view text) {
  const auto normal = normal_of_text_type(field.type, text);
  if (!normal) return std::unexpected(normal.error().what);
  const std::size_t count = utf8_count(*normal);
  std::size_t most = characters_max(field.type);
  if (field.pattern) most = std::min(most, kMatchedCharactersMax);
  if (count > most) return must(fmt::format("have at most {} characters", most));
  if (count == 0 && field.required) return must("not be empty");
  for (const FieldBound& bound : field.bounds) {
    const std::uint64_t number = int64_of(bound.number).value_or(0);
    if (!is_within(bound.kind, count <=> number)) {
      return must(fmt::format("have {} {} characters", words_of(bound.kind), bound.number));
    }
  }
  if (field.pattern && !field.pattern->matches_all(*normal)) {
    return must(fmt::format("match the pattern {}", field.regex));
  }
  return json_string(*normal);
}

}  // namespace

std::string_view number_text(std::string_view json) noexcept {
  return json.starts_with('"') ? json.substr(1, json.size() - 2) : json;
}

std::partial_ordering compare_numbers(FieldType type, std::string_view a,
                                      std::string_view b) noexcept {
  if (type == FieldType::kFloat) return double_of(a) <=> double_of(b);
  return ExactDecimal::parse(a).value_or(ExactDecimal()) <=>
         ExactDecimal::parse(b).value_or(ExactDecimal());
}

ValueReading read_value(const Field& field, JsonValue value) {
  if (is_text(field.type)) {
    const auto text = value.as_string();
    if (!text) return mistyped("a string", value);
    return read_text(field, *text);
  }
  auto json = read_typed(field, value);
  if (!json || !is_number(field.type)) return json;
  return within_bounds(field, *std::move(json));
}

ValueReading read_value_of_text(const Field& field, std::string_view text) {
  if (!is_utf8(text)) return must("be UTF-8");
  if (!is_number(field.type) && field.type != FieldType::kBoolean &&
      field.type != FieldType::kJson) {
    return read_string(field, text);
  }
  JsonParser parser(text.size() + 1);
  const auto value = parser.parse(text);
  if (!value || value->is_null())
    return must("be a value of the type " + std::string(name_of(field.type)));
  return read_typed(field, *value);
}

}  // namespace core
