#include "tools/cli/cell_text.h"

#include <gtest/gtest.h>

namespace tollgate {
namespace {

std::string cell(std::string_view field, std::string_view json) {
  core::JsonParser parser(4096);
  const auto value = parser.parse(json);
  EXPECT_TRUE(value.has_value()) << json;
  return cell_text(field, *value);
}

TEST(CellText, ShowsEachKindAsAPersonReadsIt) {
  EXPECT_EQ(cell("x", "null"), "-");
  EXPECT_EQ(cell("x", "true"), "yes");
  EXPECT_EQ(cell("x", "false"), "no");
  EXPECT_EQ(cell("x", "12.50"), "12.50");
  EXPECT_EQ(cell("x", R"("Acme")"), "Acme");
  EXPECT_EQ(cell("x", R"("")"), "-");
  EXPECT_EQ(cell("x", "[]"), "-");
  EXPECT_EQ(cell("scopes", R"(["data:read","verify"])"), "data:read, verify");
  EXPECT_EQ(cell("group", R"({"endpoint":"/api/data","status":200})"),
            "endpoint=/api/data status=200");
  EXPECT_EQ(cell("fields", R"([{"name":"number","type":"string","required":true}])"),
            "number:string");
}

TEST(CellText, ShowsTimesToTheSecond) {
  EXPECT_EQ(cell("created_at", R"("2030-01-31T12:00:01.123456Z")"), "2030-01-31 12:00:01");
  EXPECT_EQ(cell("start", R"("2030-01-31T12:00:01Z")"), "2030-01-31 12:00:01");
  EXPECT_EQ(cell("name", R"("2030-01-31T12:00:01.123456Z")"), "2030-01-31T12:00:01.123456Z");
  EXPECT_EQ(cell("x_at", R"("no time")"), "no time");
}

TEST(CellText, LetsNothingThroughThatATerminalActsOn) {
  EXPECT_EQ(cell("x", R"("a\u001b[31mb\nc\u007f")"), "a?[31mb?c?");
  EXPECT_EQ(cell("x", R"("a\u009b31mb")"), "a?31mb");  // CSI as one character of C1.
  EXPECT_EQ(cell("x", R"({"\u001b":"\u0007"})"), "?=?");
  EXPECT_EQ(cell("x", R"("é\u00a0")"), "é\u00a0");
}

}  // namespace
}  // namespace tollgate
