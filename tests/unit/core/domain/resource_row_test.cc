#include "core/domain/resource_row.h"

#include <gtest/gtest.h>

#include <string>

namespace core {
namespace {

TEST(ResourceRow, IsWrittenAsCompactJsonThatSaysWhereItsValuesAre) {
  const ResourceRow row{.tenant_id = 5,
                        .id = 17,
                        .values = {R"("a \"quoted\"\nname")", R"({"k":[1,2]})"},
                        .created_at = 0,
                        .updated_at = 1'500'000,
                        .version = 3};
  std::vector<ValuePlace> places;
  const std::string json = to_json(row, data_resource().schema, places);
  EXPECT_EQ(json,
            "{\"id\":17,\"name\":\"a \\\"quoted\\\"\\nname\",\"value\":{\"k\":[1,2]},"
            "\"created_at\":\"1970-01-01T00:00:00.000000Z\","
            "\"updated_at\":\"1970-01-01T00:00:01.500000Z\"}");
  ASSERT_EQ(places.size(), 2u);
  for (std::size_t i = 0; i < places.size(); ++i) {
    EXPECT_EQ(json.substr(places[i].at, places[i].bytes), row.values[i]);
  }
}

TEST(ResourceRow, AFieldWithoutAValueHoldsItsDefaultOrNull) {
  Field field;
  EXPECT_EQ(default_value(field), "null");
  field.default_json = R"("free")";
  EXPECT_EQ(default_value(field), R"("free")");
}

}  // namespace
}  // namespace core
