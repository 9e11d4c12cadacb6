#include "core/service/resource_form.h"

#include <gtest/gtest.h>

#include "tests/support/resource_reading.h"

namespace core {
namespace {

using test::Issues;
using test::ResourceReading;

ResourceReading with_fields(std::string_view fields) {
  return ResourceReading(R"({"name":"Invoice","fields":)" + std::string(fields) + "}");
}

TEST(ResourceForm, ReadsTheFourDefinitionsOfAnApiService) {
  const char* const definitions[] = {
      R"({"name":"Organization","fields":["name:string:required,max:100",
          "slug:slug:required,unique,index","plan:string:default:free",
          "is_active:boolean:default:true"]})",
      R"({"name":"Device","fields":["key:string:required,unique,index",
          "name:string:required,max:100","tenant_id:integer:required,foreign:tenants.id",
          "scopes:json:default:[]","rate_limit:integer:default:1000",
          "last_used_at:datetime:nullable","expires_at:datetime:nullable"]})",
      R"({"name":"AccessLog","read_only":true,"fields":[
          "api_key_id:integer:required,foreign:api_keys.id","endpoint:string:required,max:200",
          "method:string:required,max:10","status_code:integer:required",
          "response_time:integer:required","ip_address:ip:required"]})",
      R"({"name":"Hook","fields":["url:url:required",
          "tenant_id:integer:required,foreign:tenants.id","events:json:required",
          "secret:string:required","is_active:boolean:default:true"]})"};
  for (const char* const definition : definitions) {
    EXPECT_EQ(ResourceReading(definition).issues, Issues{}) << definition;
  }
  const auto device = ResourceReading(definitions[1]).schema;
  ASSERT_EQ(device.fields.size(), 6U);  // Without tenant_id.
  EXPECT_TRUE(device.fields[0].unique && device.fields[0].required && device.fields[0].indexed);
  EXPECT_EQ(device.fields[2].default_json, "[]");
  EXPECT_EQ(device.fields[3].default_json, "1000");
  EXPECT_EQ(ResourceReading(definitions[0]).schema.fields[2].default_json, "\"free\"");
  EXPECT_EQ(ResourceReading(definitions[2]).schema.fields[0].foreign, "api_keys");
  EXPECT_EQ(ResourceReading(definitions[2]).schema.path, "access_logs");
}

TEST(ResourceForm, ReadsTheExamplesOfItsPage) {
  const ResourceReading invoice(R"({"name": "Invoice", "fields": [
      "number:string:required,max:20,unique",
      "customer_id:integer:required,foreign:customers.id",
      "amount:money:required,ge:0,index",
      "status:enum:choices:draft|sent|paid,required,default:draft",
      {"name": "note", "type": "text", "max": 1000}]})");
  EXPECT_EQ(invoice.issues, Issues{});
  EXPECT_EQ(invoice.schema.fields.size(), 5U);
  EXPECT_EQ(with_fields(R"json(["price:decimal:required,gt:0,lt:1000000",
                            "scopes:json:default:[\"read\",\"write\"],required",
                            "code:string:required,regex:^[A-Z]{2,3}-[0-9]+$"])json")
                .issues,
            Issues{});
}

TEST(ResourceForm, MakesPluralPathsOfNames) {
  const std::pair<const char*, const char*> names[] = {
      {"Invoice", "invoices"},
      {"LineItem", "line_items"},
      {"Data", "data"},
      {"Category", "categories"},
      {"Key", "keys"},
      {"APIKey", "api_keys"},
      {"Status", "statuses"},
      {"Box", "boxes"},
      {"Branch", "branches"},
      {"Wish", "wishes"},
      {"Analysis", "analyses"},
      {"SalesPerson", "sales_people"},
      {"Oauth2Client", "oauth2_clients"},
      {"Series", "series"},
      {"Y", "ys"},
      {"SensorData", "sensor_data"},
      {"HTTPLog", "http_logs"},
      {"Day", "days"},
  };
  for (const auto& [name, path] : names) EXPECT_EQ(path_of_name(name), path);
}

TEST(ResourceForm, NamesTheFieldAndTheRuleThatDoNotFit) {
  EXPECT_EQ(with_fields(R"(["a:string","b:string","c:boolean:max:3"])").issues,
            (Issues{{"fields.2.max", "does not fit the type boolean"}}));
  EXPECT_EQ(with_fields(R"([{"name":"a","type":"integer","min":5,"max":4}])").issues,
            (Issues{{"fields.0.max", "leaves no value: the lower bound is above the upper one"}}));
  EXPECT_EQ(with_fields(R"(["a","a:strin", 7])").issues,
            (Issues{{"fields.0",
                     "must be NAME:TYPE or NAME:TYPE:RULES, such as amount:decimal:required,ge:0"},
                    {"fields.1.type", "must be one of " + field_type_names()},
                    {"fields.2",
                     "must be an object or a text such as amount:decimal:required, not number"}}));
}

TEST(ResourceForm, RefusesAFieldThatIsThereTwice) {
  EXPECT_EQ(with_fields(R"(["a:string","b:string","a:integer"])").issues,
            (Issues{{"fields.2.name", "is there twice"}}));
  EXPECT_EQ(with_fields(R"(["a:string","tenant_id:integer","tenant_id:integer"])").issues,
            (Issues{{"fields.2.name", "is there twice"}}));
}

TEST(ResourceForm, RefusesFieldsThatEveryRowHas) {
  for (const std::string name : {"id", "created_at", "updated_at", "deleted_at"}) {
    EXPECT_EQ(with_fields("[\"" + name + ":integer\"]").issues,
              (Issues{{"fields.0.name", "is reserved: every row has it"}}));
  }
}

TEST(ResourceForm, TakesTenantIdForTheRowsOwnTenantAndLeavesItOut) {
  const auto both = with_fields(R"(["tenant_id:bigint:required,foreign:tenants.id","a:text"])");
  EXPECT_EQ(both.issues, Issues{});
  ASSERT_EQ(both.schema.fields.size(), 1U);
  EXPECT_EQ(both.schema.fields[0].name, "a");
  EXPECT_EQ(with_fields(R"(["a:text","tenant_id:string"])").issues,
            (Issues{{"fields.1.type", "must be integer for tenant_id"}}));
  EXPECT_EQ(with_fields(R"(["a:text","tenant_id:integer:foreign:invoices.id"])").issues,
            (Issues{{"fields.1.foreign", "must be tenants.id for tenant_id"}}));
  EXPECT_EQ(with_fields(R"(["tenant_id:integer"])").issues,
            (Issues{{"fields", "must have a field besides tenant_id"}}));
}

TEST(ResourceForm, TakesSixtyFourFieldsAndTenantIdBesides) {
  const auto fields = [](std::size_t count, std::string_view more) {
    std::string list = "[";
    for (std::size_t i = 0; i < count; ++i) list += "\"f" + std::to_string(i) + ":boolean\",";
    return list.append(more) + "]";
  };
  EXPECT_EQ(with_fields(fields(63, "\"last:text\"")).issues, Issues{});
  EXPECT_EQ(with_fields(fields(63, "\"tenant_id:integer\",\"last:text\"")).issues, Issues{});
  const Issues too_many{{"fields", "must be at most 64"}};
  EXPECT_EQ(with_fields(fields(64, "\"last:text\"")).issues, too_many);
  EXPECT_EQ(with_fields(fields(65, "\"last:text\"")).issues, too_many);
}

TEST(ResourceForm, RefusesNamesAndPathsThatAreNone) {
  const auto named = [](std::string_view members) {
    return ResourceReading("{" + std::string(members) + R"(,"fields":["a:text"]})").issues;
  };
  EXPECT_EQ(named(R"("name":"Invoice","path":"bills")"), Issues{});
  EXPECT_EQ(named(R"("name":"Invoice","path":null,"read_only":false)"), Issues{});
  for (const std::string bad : {"\"\"", "\"invoice\"", "\"In voice\"", "\"Invoice_2\"", "7",
                                "\"2Invoice\"", "\"Facturé\""}) {
    EXPECT_EQ(named("\"name\":" + bad).count("name"), 1U) << bad;
  }
  EXPECT_EQ(named("\"name\":\"A" + std::string(63, 'a') + "\",\"path\":\"a\""), Issues{});
  EXPECT_EQ(named("\"name\":\"A" + std::string(64, 'a') + "\",\"path\":\"a\"").count("name"), 1U);
  EXPECT_EQ(named("\"name\":\"A" + std::string(63, 'a') + "\"").count("name"), 1U);
  for (const std::string bad : {"\"\"", "\"Bills\"", "\"a/b\"", "\"a__b\"", "\"_a\"", "\"a_\"",
                                "\"a-b\"", "\"..\"", "7", "\"2a\""}) {
    EXPECT_EQ(named("\"name\":\"Invoice\",\"path\":" + bad).count("path"), 1U) << bad;
  }
  EXPECT_EQ(named(R"("name":"Invoice","path":"tenants")"),
            (Issues{{"path", "is taken: /api/tenants is the server's own"}}));
  EXPECT_EQ(named(R"("name":"Tenant")"),
            (Issues{{"name", "is taken: /api/tenants is the server's own"}}));
}

TEST(ResourceForm, NamesAllThatIsWrongWithADefinitionAtOnce) {
  EXPECT_EQ(ResourceReading("[]").issues, (Issues{{"", "must be a JSON object, not array"}}));
  EXPECT_EQ(ResourceReading("{}").issues,
            (Issues{{"name", "is required"}, {"fields", "is required"}}));
  EXPECT_EQ(ResourceReading(R"({"name":"A","fields":{},"read_only":1,"colour":2})").issues,
            (Issues{{"fields", "must be a list, not object"},
                    {"read_only", "must be true or false, not number"},
                    {"colour", "is not a known field"}}));
  EXPECT_EQ(with_fields("[]").issues, (Issues{{"fields", "must have a field besides tenant_id"}}));
}

TEST(ResourceForm, ReadsBackWhatItWrites) {
  const ResourceReading first(R"json({"name":"Everything","read_only":true,"fields":[
      "a:string:required,min:2,max:9,unique,regex:^[a-z,]{2,9}$","b:text:index,default:x \"y\"",
      "c:integer:gt:-5,lt:5,default:0","d:bigint:foreign:invoices.id","e:float:ge:0.1,le:1e300",
      "f:decimal:gte:-0.5,lte:99999999999999999999.999999999999999999","g:money:min:0,max:10.50",
      "h:percent:default:12.5","i:boolean:required,default:false","j:datetime:index","k:date",
      "l:time","m:email","n:url","o:uuid:unique","p:json:default:{\"a\":[1,{\"b\":null}]}","q:phone",
      "r:slug","s:ip:default:::1","t:color",
      {"name":"u","type":"enum","choices":["a|b","c,d"],"default":"c,d"}]})json");
  ASSERT_EQ(first.issues, Issues{});
  EXPECT_EQ(first.schema.fields.size(), 21U);
  const std::string json = to_json(first.schema);
  const ResourceReading again(json);
  EXPECT_EQ(again.issues, Issues{});
  EXPECT_EQ(to_json(again.schema), json);
  for (std::size_t i = 0; i < 21; ++i) {
    const Field& before = first.schema.fields[i];
    const Field& after = again.schema.fields[i];
    EXPECT_EQ(after.name, before.name);
    EXPECT_EQ(after.type, static_cast<FieldType>(i));
    EXPECT_EQ(after.default_json, before.default_json) << before.name;
    EXPECT_EQ(after.bounds.size(), before.bounds.size()) << before.name;
    EXPECT_EQ(after.pattern != nullptr, before.pattern != nullptr);
  }
}

TEST(ResourceForm, WritesADefinitionAsClientsMaySendIt) {
  const ResourceReading reading(R"({"name":"Invoice","fields":["amount:money:required,ge:0,index",
      "status:enum:choices:draft|sent,default:draft","code:string:max:9,regex:^a,b$"]})");
  EXPECT_EQ(to_json(reading.schema),
            R"({"name":"Invoice","path":"invoices","read_only":false,"fields":[)"
            R"({"name":"amount","type":"money","required":true,"index":true,"ge":0.00},)"
            R"({"name":"status","type":"enum","choices":["draft","sent"],"default":"draft"},)"
            R"({"name":"code","type":"string","max":9,"regex":"^a,b$"}]})");
}

}  // namespace
}  // namespace core
