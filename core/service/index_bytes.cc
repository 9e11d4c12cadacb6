#include "core/service/index_bytes.h"

#include <algorithm>
#include <bit>
#include <charconv>

#include "core/base/bytes.h"
#include "core/base/check.h"
#include "core/base/digest.h"
#include "core/base/exact_decimal.h"
#include "core/base/json.h"
#include "core/domain/formatted_text.h"
#include "core/service/field_value.h"

namespace core {
namespace {

constexpr std::size_t kDigestBytes = sizeof(Digest);
// Behind the byte that says that there is a value.
constexpr std::size_t kCutTextBytes = kIndexedBytesMax - 1 - kDigestBytes;

// What a JSON string says.
std::string text_of(std::string_view json) {
  CHECK(json.size() >= 2 && json.front() == '"');
  if (!json.contains('\\')) return std::string(json.substr(1, json.size() - 2));
  JsonParser parser(json.size());
  const auto value = parser.parse(json);
  CHECK(value.has_value());
  return std::string(*value->as_string());
}

template <typename T>
T number_of(std::string_view json) {
  T number = 0;
  const char* const first = json.data();
  const char* const end = first + json.size();
  const auto [stopped, failure] = std::from_chars(first, end, number);
  CHECK(stopped == end && failure != std::errc::invalid_argument);
  return number;
}

constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;

void append_be64(std::string& out, std::uint64_t bits) {
  char bytes[8];
  store_be64(bytes, bits);
  out.append(bytes, sizeof bytes);
}

void append_integer(std::string& out, std::int64_t number) {
  append_be64(out, static_cast<std::uint64_t>(number) ^ kSignBit);
}

// IEEE 754 numbers of one sign sort by their bits; negative ones the other way round.
void append_double(std::string& out, double number) {
  const auto bits = std::bit_cast<std::uint64_t>(number);
  append_be64(out, (bits & kSignBit) != 0 ? ~bits : bits ^ kSignBit);
}

void append_decimal_number(std::string& out, std::string_view text) {
  const auto number = ExactDecimal::parse(text);
  CHECK(number.has_value());
  number->append_ordered(out);
}

void append_choice(std::string& out, const Field& field, std::string_view text) {
  const auto found = std::ranges::find(field.choices, text);
  CHECK(found != field.choices.end());
  const auto place = static_cast<unsigned>(found - field.choices.begin());
  out += static_cast<char>(place >> 8);
  out += static_cast<char>(place & 0xFF);
}

// Texts hold no NUL: it ends them, below every character.
void append_text(std::string& out, std::string_view text) {
  CHECK(!text.contains('\0'));
  if (text.size() < kCutTextBytes) {
    out.append(text).append(1, '\0');
    return;
  }
  const Digest whole = Hasher().sha256(text);
  out.append(text.substr(0, kCutTextBytes)).append(as_text(whole.bytes));
}

}  // namespace

std::string index_bytes(const Field& field, std::string_view json) {
  if (json == "null") return std::string(1, '\0');
  std::string out(1, '\1');
  switch (field.type) {
    case FieldType::kBoolean:
      out += json == "true" ? '\1' : '\0';
      break;
    case FieldType::kInteger:
    case FieldType::kBigint:
      append_integer(out, number_of<std::int64_t>(json));
      break;
    case FieldType::kFloat:
      append_double(out, number_of<double>(json));
      break;
    case FieldType::kDecimal:
    case FieldType::kMoney:
    case FieldType::kPercent:
      append_decimal_number(out, text_of(json));
      break;
    case FieldType::kIp:
      out += ordered_ip(text_of(json));
      break;
    case FieldType::kEnum:
      append_choice(out, field, text_of(json));
      break;
    default:
      CHECK(field.type != FieldType::kJson);
      append_text(out, text_of(json));
      break;
  }
  return out;
}

std::optional<std::string> index_bytes_of_text(const Field& field, std::string_view text) {
  if (field.type == FieldType::kJson) return std::nullopt;
  const auto json = read_value_of_text(field, text);
  if (!json) return std::nullopt;
  return index_bytes(field, *json);
}

}  // namespace core
