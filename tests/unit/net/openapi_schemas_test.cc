#include <gtest/gtest.h>

#include <set>
#include <string>

#include "net/openapi_operation.h"
#include "net/openapi_tables.h"
#include "tests/support/json_text.h"

namespace net {
namespace {

TEST(OpenApiSchemas, OfObjectsRequireMembersThatTheyHaveAndNoneTwice) {
  for (const ObjectSchema& schema : object_schemas()) {
    std::set<std::string> names;
    for (const std::string_view piece : schema.members) {
      const test::JsonText members("{" + std::string(piece) + "}");
      for (const auto& [name, value] : members.root().members()) {
        EXPECT_TRUE(names.emplace(name).second) << schema.name << " " << name;
        EXPECT_EQ(value.kind(), core::JsonKind::kObject);
      }
    }
    for_each_word(schema.required, [&](std::string_view name) {
      EXPECT_TRUE(names.contains(std::string(name))) << schema.name << " " << name;
    });
  }
}

TEST(OpenApiSchemas, HaveNamesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const ObjectSchema& schema : object_schemas()) {
    EXPECT_TRUE(names.insert(schema.name).second) << schema.name;
  }
  for (const NamedJson& schema : fixed_schemas()) {
    EXPECT_TRUE(names.insert(schema.name).second) << schema.name;
    EXPECT_EQ(test::JsonText(schema.json).root().kind(), core::JsonKind::kObject);
  }
}

}  // namespace
}  // namespace net
