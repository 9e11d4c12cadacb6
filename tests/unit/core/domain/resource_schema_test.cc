#include "core/domain/resource_schema.h"

#include <gtest/gtest.h>

namespace core {
namespace {

constexpr int kTypes = static_cast<int>(FieldType::kEnum) + 1;

TEST(ResourceSchema, NamesEveryTypeAndKnowsItByItsName) {
  EXPECT_EQ(field_type_names(),
            "string, text, integer, bigint, float, decimal, money, percent, boolean, datetime, "
            "date, time, email, url, uuid, json, phone, slug, ip, color, enum");
  for (int i = 0; i < kTypes; ++i) {
    const auto type = static_cast<FieldType>(i);
    EXPECT_EQ(field_type_of(name_of(type)), type);
  }
  EXPECT_EQ(name_of(FieldType::kDatetime), "datetime");
  EXPECT_EQ(field_type_of("image"), std::nullopt);
  EXPECT_EQ(field_type_of("String"), std::nullopt);
  EXPECT_EQ(field_type_of(""), std::nullopt);
}

TEST(ResourceSchema, TellsTextsFromNumbersFromTheRest) {
  std::string texts;
  std::string numbers;
  for (int i = 0; i < kTypes; ++i) {
    const auto type = static_cast<FieldType>(i);
    if (is_text(type)) texts.append(name_of(type)).append(" ");
    if (is_number(type)) numbers.append(name_of(type)).append(" ");
  }
  EXPECT_EQ(texts, "string text email url phone slug ");
  EXPECT_EQ(numbers, "integer bigint float decimal money percent ");
}

TEST(ResourceSchema, BoundsEveryTextType) {
  EXPECT_EQ(characters_max(FieldType::kString), 255U);
  EXPECT_EQ(characters_max(FieldType::kText), 65'536U);
  EXPECT_EQ(characters_max(FieldType::kEmail), 254U);
  EXPECT_EQ(characters_max(FieldType::kUrl), 500U);
  EXPECT_EQ(characters_max(FieldType::kPhone), 20U);
  EXPECT_EQ(characters_max(FieldType::kSlug), 255U);
}

}  // namespace
}  // namespace core
