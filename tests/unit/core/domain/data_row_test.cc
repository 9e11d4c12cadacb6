#include "core/domain/data_row.h"

#include <gtest/gtest.h>

#include <string>

namespace core {
namespace {

TEST(DataRow, IsAppendedAsCompactJson) {
  std::string out = "[";
  append_json(out, {.tenant_id = 5,
                    .id = 17,
                    .name = "a \"quoted\"\nname",
                    .value = R"({"k":[1,2]})",
                    .created_at = 0,
                    .updated_at = 1'500'000,
                    .version = 3});
  EXPECT_EQ(out,
            "[{\"id\":17,\"name\":\"a \\\"quoted\\\"\\nname\",\"value\":{\"k\":[1,2]},"
            "\"created_at\":\"1970-01-01T00:00:00.000000Z\","
            "\"updated_at\":\"1970-01-01T00:00:01.500000Z\"}");
}

TEST(DataRow, WithoutAValueSaysNull) {
  std::string out;
  append_json(out, {.tenant_id = 1,
                    .id = 1,
                    .name = "x",
                    .value = "null",
                    .created_at = 0,
                    .updated_at = 0,
                    .version = 1});
  EXPECT_NE(out.find("\"value\":null,"), std::string::npos);
}

}  // namespace
}  // namespace core
