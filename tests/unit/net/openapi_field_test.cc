#include "net/openapi_field.h"

#include <gtest/gtest.h>

#include "tests/support/resource_reading.h"

namespace net {
namespace {

std::string schema(std::string_view definition, FieldUse use) {
  std::string text;
  core::JsonWriter json(text);
  write_field_schema(json, test::field_of(definition), use);
  return text;
}

TEST(FieldSchema, OfATextHasItsLengthInCharacters) {
  EXPECT_EQ(schema("n:string:required,max:20", FieldUse::kWritten),
            R"({"type":"string","minLength":1,"maxLength":20})");
  EXPECT_EQ(schema("n:text", FieldUse::kSent), R"({"type":["string","null"],"maxLength":65536})");
}

TEST(FieldSchema, OfAnIntegerHasTheFieldsBoundInPlaceOfTheTypes) {
  EXPECT_EQ(schema("n:integer:required,gt:0", FieldUse::kSent),
            R"({"type":"integer","format":"int32","maximum":2147483647,"exclusiveMinimum":0})");
}

TEST(FieldSchema, OfMoneyIsATextInAnswersAndATextOrNumberInBodies) {
  EXPECT_EQ(schema("n:money:required,ge:0", FieldUse::kSent),
            R"({"type":"string","format":"decimal","pattern":"^-?[0-9]{1,15}\\.[0-9]{2,4}$",)"
            R"("description":"At least 0.00."})");
  const std::string written = schema("n:money:required,ge:0", FieldUse::kWritten);
  EXPECT_TRUE(written.starts_with(R"({"type":["string","number"],"pattern":)")) << written;
  EXPECT_NE(written.find(R"("minimum":0.00)"), written.npos) << written;
}

TEST(FieldSchema, HasTheDefaultWhereItIsGivenAlone) {
  constexpr std::string_view kField = "n:enum:choices:draft|sent,default:draft";
  EXPECT_EQ(schema(kField, FieldUse::kWritten),
            R"({"type":["string","null"],"enum":["draft","sent",null],"default":"draft"})");
  EXPECT_EQ(schema(kField, FieldUse::kChanged),
            R"({"type":["string","null"],"enum":["draft","sent",null]})");
  EXPECT_EQ(schema(kField, FieldUse::kFilter), R"({"type":"string","enum":["draft","sent"]})");
}

TEST(FieldSchema, HasAPatternOfTheNormalFormAlone) {
  EXPECT_EQ(schema("n:string:required,regex:[A-Z]+", FieldUse::kWritten),
            R"({"type":"string","pattern":"^(?:[A-Z]+)$","minLength":1,"maxLength":255})");
  EXPECT_EQ(schema("n:email:required,regex:.*@b.c", FieldUse::kWritten),
            R"({"type":"string","format":"email","minLength":1,"maxLength":254,)"
            R"("description":"The whole text matches the RE2 pattern .*@b.c."})");
  EXPECT_EQ(schema("n:string:required,regex:(?i)a", FieldUse::kSent),
            R"({"type":"string","minLength":1,"maxLength":255,)"
            R"("description":"The whole text matches the RE2 pattern (?i)a."})");
}

TEST(FieldSchema, TellsUniquenessAndReferences) {
  EXPECT_NE(schema("n:string:unique", FieldUse::kSent).find("Unique among"), std::string::npos);
  EXPECT_NE(schema("n:integer:foreign:customers.id", FieldUse::kSent)
                .find("The id of a row of /api/customers."),
            std::string::npos);
}

}  // namespace
}  // namespace net
