#include "net/openapi_resource.h"

#include <gtest/gtest.h>

#include "tests/support/json_text.h"
#include "tests/support/resource_reading.h"

namespace net {
namespace {

core::Resource resource(core::ResourceId id, std::string name, std::string path) {
  core::Resource resource;
  resource.id = id;
  resource.schema.name = std::move(name);
  resource.schema.path = std::move(path);
  return resource;
}

std::string names_of(const std::vector<core::Resource>& resources) {
  std::vector<const core::Resource*> pointers;
  for (const core::Resource& each : resources) pointers.push_back(&each);
  std::string all;
  for (const ResourceNames& names : resource_names(pointers)) {
    all += names.one + "/" + names.many + " ";
  }
  return all;
}

TEST(ResourceNames, AreThoseOfTheDefinition) {
  EXPECT_EQ(names_of({resource(16, "LineItem", "line_items"), resource(17, "Data", "data")}),
            "LineItem/LineItems Data/Data ");
}

TEST(ResourceNames, AreUniqueAmongTheServersOwnAndAmongThemselves) {
  EXPECT_EQ(names_of({resource(16, "Tenant", "renters")}), "Tenant16/Renters16 ");
  EXPECT_EQ(names_of({resource(16, "Field", "fields")}), "Field16/Fields16 ");
  EXPECT_EQ(names_of({resource(16, "A", "a_1"), resource(17, "B", "a1")}), "A/A1 B17/A117 ");
  EXPECT_EQ(names_of({resource(16, "Bill", "bills"), resource(17, "Bill", "invoices"),
                      resource(18, "BillCreate", "makers")}),
            "Bill/Bills Bill17/Invoices17 BillCreate18/Makers18 ");
}

std::string paths_of(core::ResourceSchema schema) {
  std::string text;
  core::JsonWriter json(text);
  json.begin_object();
  write_resource_paths(json, schema, {"Thing", "Things"});
  json.end_object();
  return text;
}

TEST(ResourcePaths, SortByIndexedFieldsAndFilterByThem) {
  const std::string text =
      paths_of(test::schema_of({"a:string:index", "b:string", "c:date:unique"}));
  const test::JsonText paths(text);
  const std::string parameters = paths.at("~api~things/get/parameters").minify();
  EXPECT_NE(parameters.find(R"("enum":["id","-id","a","-a","c","-c"])"), parameters.npos);
  EXPECT_NE(parameters.find(R"({"name":"c","in":"query")"), parameters.npos);
  EXPECT_EQ(parameters.find(R"("name":"b")"), parameters.npos);
}

TEST(ResourcePaths, HaveOperationsNamedAfterTheResource) {
  const std::string text = paths_of(test::schema_of({"a:string"}));
  const test::JsonText paths(text);
  EXPECT_EQ(paths.at("~api~things/get/operationId").as_string(), "listThings");
  EXPECT_EQ(paths.at("~api~things/post/operationId").as_string(), "createThing");
  EXPECT_EQ(paths.at("~api~things~{id}/patch/operationId").as_string(), "updateThing");
  EXPECT_EQ(paths.at("~api~things~{id}~restore/post/operationId").as_string(), "restoreThing");
}

TEST(ResourcePaths, OfAReadOnlyResourceOnlyRead) {
  core::ResourceSchema schema = test::schema_of({"a:string"});
  schema.is_read_only = true;
  const std::string text = paths_of(schema);
  const test::JsonText paths(text);
  EXPECT_FALSE(paths.at("~api~things").find("post").has_value());
  EXPECT_FALSE(paths.root().find("/api/things/{id}/restore").has_value());
  EXPECT_TRUE(paths.at("~api~things~{id}").find("get").has_value());
}

TEST(ResourceSchemas, SayWhatMustBeSent) {
  std::string text;
  core::JsonWriter json(text);
  json.begin_object();
  write_resource_schemas(
      json, test::schema_of({"a:string:required", "b:integer:required,default:1", "c:date"}),
      {"Thing", "Things"});
  json.end_object();
  const test::JsonText schemas(text);
  EXPECT_EQ(schemas.at("Thing/required").minify(),
            R"(["id","a","b","c","created_at","updated_at"])");
  EXPECT_EQ(schemas.at("ThingCreate/required").minify(), R"(["a"])");
  EXPECT_EQ(schemas.at("ThingCreate/additionalProperties").as_bool(), false);
  EXPECT_FALSE(schemas.at("ThingUpdate").find("required").has_value());
  EXPECT_FALSE(schemas.at("ThingUpdate/properties").find("id").has_value());
}

}  // namespace
}  // namespace net
