#include "core/service/index_bytes.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "core/base/time.h"
#include "core/service/field_value.h"
#include "tests/support/resource_reading.h"

namespace core {
namespace {

using test::field_of;
using test::times;

using Engine = std::mt19937_64;

// Of a value that is sent as `json`, by way of its normal form.
std::string bytes_of(const Field& field, std::string_view json) {
  JsonParser parser(1 << 20);
  const auto value = parser.parse(json);
  CHECK(value.has_value());
  if (value->is_null()) return index_bytes(field, "null");
  const auto normal = read_value(field, *value);
  CHECK(normal.has_value());
  return index_bytes(field, *normal);
}

std::string json_string(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  return json;
}

// Compares the order of bytes with the order of the values that `draw` makes and `json` sends.
template <typename Value>
void expect_sorted(std::string_view definition, const std::function<Value(Engine&)>& draw,
                   const std::function<std::string(const Value&)>& json) {
  const Field field = field_of(definition);
  const std::string null = index_bytes(field, "null");
  Engine engine(41);
  for (int i = 0; i < 4'000; ++i) {
    const Value a = draw(engine);
    const Value b = draw(engine);
    const std::string a_bytes = bytes_of(field, json(a));
    const std::string b_bytes = bytes_of(field, json(b));
    ASSERT_EQ(a_bytes < b_bytes, a < b) << definition << " " << json(a) << " " << json(b);
    ASSERT_EQ(a_bytes == b_bytes, a == b) << definition << " " << json(a) << " " << json(b);
    ASSERT_LT(null, a_bytes);
    ASSERT_LE(a_bytes.size(), kIndexedBytesMax);
    // What follows them in a key changes nothing, since none begins another.
    if (a < b) {
      ASSERT_LT(a_bytes + "\xFF", b_bytes + std::string(1, '\0')) << json(a) << " " << json(b);
    }
  }
}

// Few bits as often as many, so that neighbours and equals occur.
std::int64_t draw_int64(Engine& engine) {
  const auto bits = engine() >> (engine() % 64);
  return engine() % 2 == 0 ? static_cast<std::int64_t>(bits) : -static_cast<std::int64_t>(bits);
}

TEST(IndexBytes, SortIntegers) {
  expect_sorted<std::int64_t>(
      "v:integer",
      [](Engine& engine) { return std::int64_t{static_cast<std::int32_t>(draw_int64(engine))}; },
      [](const std::int64_t& value) { return std::to_string(value); });
  expect_sorted<std::int64_t>("v:bigint", draw_int64,
                              [](const std::int64_t& value) { return std::to_string(value); });
  const Field field = field_of("v:bigint");
  EXPECT_LT(bytes_of(field, "-9223372036854775808"), bytes_of(field, "-1"));
  EXPECT_LT(bytes_of(field, "-1"), bytes_of(field, "0"));
  EXPECT_LT(bytes_of(field, "0"), bytes_of(field, "9223372036854775807"));
}

TEST(IndexBytes, SortFloats) {
  const auto draw = [](Engine& engine) {
    const auto random = std::bit_cast<double>(engine());
    if (!std::isfinite(random) || engine() % 4 == 0) {
      return static_cast<double>(static_cast<int>(engine() % 7)) - 3;
    }
    return random;
  };
  expect_sorted<double>("v:float", draw, [](const double& value) {
    std::string json;
    JsonWriter(json).float64(value);
    return json;
  });
  const Field field = field_of("v:float");
  EXPECT_EQ(bytes_of(field, "-0.0"), bytes_of(field, "0"));
  EXPECT_LT(bytes_of(field, "-5e-324"), bytes_of(field, "0"));
  EXPECT_LT(bytes_of(field, "0"), bytes_of(field, "5e-324"));
  EXPECT_LT(bytes_of(field, "-1.7976931348623157e308"), bytes_of(field, "-1.7976931348623155e308"));
}

TEST(IndexBytes, SortDecimalsExactly) {
  for (const char* const type : {"v:decimal", "v:money", "v:percent"}) {
    expect_sorted<std::int64_t>(
        type, [](Engine& engine) { return draw_int64(engine) % 1'000'000'000; },
        [](const std::int64_t& value) { return json_string(std::to_string(value) + "e-4"); });
  }
  const Field field = field_of("v:decimal");
  EXPECT_LT(bytes_of(field, "9007199254740993"),
            bytes_of(field, "9007199254740993.000000000000000001"));
  EXPECT_LT(bytes_of(field, "-99999999999999999999.999999999999999999"),
            bytes_of(field, "-99999999999999999999.999999999999999998"));
  EXPECT_EQ(bytes_of(field, "1.50"), bytes_of(field, "\"15e-1\""));
}

TEST(IndexBytes, SortTextsByTheirUtf8) {
  const auto draw = [](Engine& engine) {
    constexpr const char* kPieces[] = {"a", "b", "\"", "\\", "é", "\U0001F600", " ", "~"};
    std::string text;
    const auto count = engine() % 5;
    for (std::size_t i = 0; i < count; ++i) text += kPieces[engine() % std::size(kPieces)];
    return engine() % 8 == 0 ? times(13, text) : text;  // At most 13 * 16 = 208 bytes: not cut.
  };
  for (const char* const type : {"v:string", "v:text"}) {
    expect_sorted<std::string>(type, draw,
                               [](const std::string& value) { return json_string(value); });
  }
  const Field field = field_of("v:text");
  EXPECT_LT(bytes_of(field, R"("")"), bytes_of(field, R"("\u0001")"));
  EXPECT_LT(bytes_of(field, R"("a")"), bytes_of(field, R"("a\n")"));
  EXPECT_LT(bytes_of(field, R"("Z")"), bytes_of(field, R"("a")"));  // By bytes, not by a language.
  EXPECT_LT(bytes_of(field, R"("z")"), bytes_of(field, R"("é")"));
}

TEST(IndexBytes, CutLongTextsAndKeepThemDifferent) {
  const Field field = field_of("v:text");
  const auto of = [&](const std::string& text) { return bytes_of(field, json_string(text)); };
  EXPECT_EQ(of(times(222, "a")).size(), 224U);
  EXPECT_EQ(of(times(223, "a")).size(), kIndexedBytesMax);
  EXPECT_EQ(of(times(65'536, "a")).size(), kIndexedBytesMax);
  EXPECT_LT(of(times(222, "a")), of(times(223, "a")));
  EXPECT_LT(of(times(222, "a")), of(times(222, "a") + "b"));
  EXPECT_LT(of(times(300, "a")), of(times(222, "a") + times(78, "b")));
  EXPECT_NE(of(times(300, "a")), of(times(299, "a") + "b"));
  EXPECT_NE(of(times(223, "a")), of(times(224, "a")));
  EXPECT_EQ(of(times(300, "a")), of(times(300, "a")));
}

TEST(IndexBytes, SortDatesAndTimes) {
  expect_sorted<std::int64_t>(
      "v:datetime",
      [](Engine& engine) {
        return static_cast<std::int64_t>((engine() % 253'402'300'800'000'000) >> (engine() % 57));
      },
      [](const std::int64_t& value) { return json_string(to_rfc3339(value)); });
  expect_sorted<std::int64_t>(
      "v:date",
      [](Engine& engine) { return static_cast<std::int64_t>(engine() % (9'999 * 12 * 28)); },
      [](const std::int64_t& value) {
        return fmt::format("\"{:04}-{:02}-{:02}\"", value / (12 * 28) + 1, value / 28 % 12 + 1,
                           value % 28 + 1);
      });
  expect_sorted<std::int64_t>(
      "v:time", [](Engine& engine) { return static_cast<std::int64_t>(engine() % 86'400 * 2); },
      [](const std::int64_t& value) {  // In halves of a second.
        return fmt::format("\"{:02}:{:02}:{:02}{}\"", value / 7'200, value / 120 % 60,
                           value / 2 % 60, value % 2 == 0 ? "" : ".5");
      });
}

TEST(IndexBytes, SortIpAddressesUuidsChoicesAndBooleans) {
  expect_sorted<std::int64_t>(
      "v:ip",
      [](Engine& engine) { return static_cast<std::int64_t>(engine() >> 32 >> (engine() % 32)); },
      [](const std::int64_t& value) {
        return fmt::format("\"{}.{}.{}.{}\"", value >> 24, value >> 16 & 255, value >> 8 & 255,
                           value & 255);
      });
  expect_sorted<std::int64_t>(
      "v:uuid",
      [](Engine& engine) { return static_cast<std::int64_t>(engine() >> 16 >> (engine() % 48)); },
      [](const std::int64_t& value) {
        return fmt::format("\"00000000-0000-4000-8000-{:012x}\"", value);
      });
  expect_sorted<std::int64_t>(
      "v:enum:choices:z|a|m",
      [](Engine& engine) { return static_cast<std::int64_t>(engine() % 3); },
      [](const std::int64_t& value) { return json_string(std::string(1, "zam"[value])); });
  expect_sorted<bool>(
      "v:boolean", [](Engine& engine) { return engine() % 2 == 0; },
      [](const bool& value) { return std::string(value ? "true" : "false"); });
  const Field field = field_of("v:ip");
  EXPECT_LT(bytes_of(field, R"("255.255.255.255")"), bytes_of(field, R"("::")"));
}

TEST(IndexBytes, AreTheSameForAValueAndItsText) {
  const struct {
    const char* field;
    const char* json;
    const char* text;
  } cases[] = {
      {"v:string", R"("Ada \"L\"")", "Ada \"L\""},
      {"v:text", R"("a\nb")", "a\nb"},
      {"v:integer", "-12", "-12"},
      {"v:bigint", "9007199254740993", "9007199254740993"},
      {"v:float", "1000", "1e3"},
      {"v:decimal", "1.5", "1.50"},
      {"v:money", "1.5", "1.5"},
      {"v:percent", "1.5", "1.5000"},
      {"v:boolean", "false", "false"},
      {"v:datetime", R"("2026-01-02T03:04:05Z")", "2026-01-02T04:04:05+01:00"},
      {"v:date", R"("2026-01-02")", "2026-01-02"},
      {"v:time", R"("12:00:00")", "12:00:00.000"},
      {"v:email", R"("a@B.de")", "a@b.DE"},
      {"v:url", R"("http://a/")", "HTTP://A/"},
      {"v:uuid", R"("123e4567-e89b-12d3-a456-426614174000")",
       "123E4567-E89B-12D3-A456-426614174000"},
      {"v:phone", R"("+49301234567")", "+49 30 1234567"},
      {"v:slug", R"("a-b")", "a-b"},
      {"v:ip", R"("2001:db8::1")", "2001:DB8:0::1"},
      {"v:color", R"("#1e90ff")", "#1E90FF"},
      {"v:enum:choices:a|b", R"("b")", "b"},
  };
  for (const auto& [definition, json, text] : cases) {
    const Field field = field_of(definition);
    EXPECT_EQ(index_bytes_of_text(field, text), bytes_of(field, json)) << definition;
  }
}

TEST(IndexBytes, AreNoneForATextThatIsNoValue) {
  const std::pair<const char*, std::string> cases[] = {
      {"v:string", "\xFF"},
      {"v:string", std::string("a\0", 2)},
      {"v:integer", "1.5"},
      {"v:integer", "null"},
      {"v:integer", ""},
      {"v:float", "nan"},
      {"v:boolean", "1"},
      {"v:datetime", "today"},
      {"v:date", "2026-02-30"},
      {"v:ip", "localhost"},
      {"v:enum:choices:a|b", "c"},
      {"v:json", "{}"},
      {"v:uuid", "1"},
      {"v:decimal", "1e99"},
      {"v:decimal", "[1]"},
  };
  for (const auto& [definition, text] : cases) {
    EXPECT_EQ(index_bytes_of_text(field_of(definition), text), std::nullopt) << definition;
  }
}

TEST(IndexBytes, AreOneZeroByteForNull) {
  for (const char* const type :
       {"v:string", "v:integer", "v:float", "v:decimal", "v:boolean", "v:ip", "v:enum:choices:a"}) {
    EXPECT_EQ(index_bytes(field_of(type), "null"), std::string(1, '\0'));
  }
}

TEST(IndexBytesDeathTest, StopAtAValueThatDoesNotFit) {
  EXPECT_DEATH(index_bytes(field_of("v:integer"), "\"a\""), "stopped");
  EXPECT_DEATH(index_bytes(field_of("v:json"), "{}"), "kJson");
  EXPECT_DEATH(index_bytes(field_of("v:enum:choices:a"), "\"b\""), "choices");
}

}  // namespace
}  // namespace core
