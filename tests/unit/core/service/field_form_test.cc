#include "core/service/field_form.h"

#include <gtest/gtest.h>

#include "tests/support/resource_reading.h"

namespace core {
namespace {

using test::field_of;
using test::FieldReading;
using test::Issues;
using test::times;

// A definition and its only issue.
struct Refusal {
  std::string definition;
  std::string rule;
  std::string message;
};

void expect_refused(std::initializer_list<Refusal> refusals) {
  for (const auto& [definition, rule, message] : refusals) {
    EXPECT_EQ(FieldReading(definition).issues, (Issues{{rule, message}})) << definition;
  }
}

void expect_accepted(std::initializer_list<std::string> definitions) {
  for (const std::string& definition : definitions) {
    EXPECT_EQ(FieldReading(definition).issues, Issues{}) << definition;
  }
}

constexpr const char* kTypes[] = {"string",  "text",  "integer", "bigint",  "float",
                                  "decimal", "money", "percent", "boolean", "datetime",
                                  "date",    "time",  "email",   "url",     "uuid",
                                  "json",    "phone", "slug",    "ip",      "color"};

bool is_one_of(std::string_view word, std::string_view words) {
  return (" " + std::string(words) + " ").contains(" " + std::string(word) + " ");
}

TEST(FieldForm, ReadsTheSameFromATextAndFromAnObject) {
  const Field text = field_of("amount:decimal:required,unique,ge:0.50,lt:10");
  const Field object = field_of(R"({"name":"amount","type":"decimal","required":true,
      "nullable":false,"unique":true,"index":null,"ge":0.5,"lt":"10"})");
  for (const Field& field : {text, object}) {
    EXPECT_EQ(field.name, "amount");
    EXPECT_EQ(field.type, FieldType::kDecimal);
    EXPECT_TRUE(field.required && field.unique && field.indexed);
    ASSERT_EQ(field.bounds.size(), 2U);
    EXPECT_EQ(field.bounds[0].kind, FieldBound::Kind::kAtLeast);
    EXPECT_EQ(field.bounds[0].number, "0.5");
    EXPECT_EQ(field.bounds[1].kind, FieldBound::Kind::kLessThan);
    EXPECT_EQ(field.bounds[1].number, "10");
    EXPECT_FALSE(field.default_json.has_value());
  }
}

TEST(FieldForm, TakesEveryTypeAndNoOther) {
  for (const std::string type : kTypes) {
    const Field field = field_of("v:" + type);
    EXPECT_EQ(name_of(field.type), type);
    EXPECT_FALSE(field.required || field.unique || field.indexed);
  }
  const std::string files =
      " is not supported: files are not kept here; keep them elsewhere and "
      "their address in a field of the type url";
  expect_refused({
      {"v:file", "type", "file" + files},
      {"v:image:required", "type", "image" + files},
      {"v:String", "type", "must be one of " + field_type_names()},
      {"v:", "type", "must be one of " + field_type_names()},
      {R"({"name":"v"})", "type", "is required"},
      {R"({"name":"v","type":null})", "type", "is required"},
      {R"({"name":"v","type":1})", "type", "must be a string, not number"},
  });
}

TEST(FieldForm, TakesNamesInSnakeCase) {
  expect_accepted(
      {"a:text", "a1:text", "line_item_2:text", "limit:text", times(64, "a") + ":text"});
  for (const std::string name : {"", "A", "a-b", "a b", "_a", "a_", "a__b", "1a", "é", "a.b"}) {
    EXPECT_EQ(FieldReading(name + ":text").issues,
              (Issues{{"name", "must be snake_case of at most 64 characters"}}))
        << name;
  }
  expect_refused({
      {times(65, "a") + ":text", "name", "must be snake_case of at most 64 characters"},
      {R"({"type":"text"})", "name", "is required"},
      {R"({"name":1,"type":"text"})", "name", "must be a string, not number"},
      {"id:integer", "name", "is reserved: every row has it"},
      {"created_at:datetime", "name", "is reserved: every row has it"},
      {"updated_at:datetime", "name", "is reserved: every row has it"},
      {"deleted_at:datetime", "name", "is reserved: every row has it"},
      {"tenant_id:integer", "name", "is reserved: every row has it"},
  });
}

TEST(FieldForm, KeepsTheParametersOfListsFromBeingFilteredBy) {
  for (const std::string name : {"limit", "cursor", "sort", "include_deleted"}) {
    const std::string message = "does not fit the name: lists have a parameter of that name";
    EXPECT_EQ(FieldReading(name + ":string").issues, Issues{});
    EXPECT_EQ(FieldReading(name + ":string:index").issues, (Issues{{"index", message}}));
    EXPECT_EQ(FieldReading(name + ":string:unique").issues, (Issues{{"unique", message}}));
  }
}

TEST(FieldForm, TakesFlagsThatDoNotContradict) {
  EXPECT_TRUE(field_of("v:text:required").required);
  EXPECT_FALSE(field_of("v:text:nullable").required);
  EXPECT_TRUE(field_of("v:text:index").indexed);
  EXPECT_FALSE(field_of("v:text:index").unique);
  expect_refused({
      {"v:text:required,nullable", "nullable", "contradicts required"},
      {"v:text:required:yes", "required", "takes no value: it is true or false"},
      {R"({"name":"v","type":"text","unique":1})", "unique", "takes no value: it is true or false"},
      {"v:json:unique", "unique", "does not fit the type json"},
      {"v:json:index", "index", "does not fit the type json"},
  });
  for (const std::string type : kTypes) {
    if (type != "json") expect_accepted({"v:" + type + ":unique", "v:" + type + ":index"});
  }
}

TEST(FieldForm, TakesLengthsForTextsAndValuesForNumbersOnly) {
  for (const std::string type : kTypes) {
    const std::string fault = "does not fit the type " + type;
    const bool number = is_one_of(type, "integer bigint float decimal money percent");
    const bool text = is_one_of(type, "string text email url phone slug");
    for (const std::string rule : {"min", "max"}) {
      EXPECT_EQ(FieldReading("v:" + type + ":" + rule + ":1").issues,
                (number || text ? Issues{} : Issues{{rule, fault}}));
    }
    for (const std::string rule : {"gt", "ge", "gte", "lt", "le", "lte"}) {
      EXPECT_EQ(FieldReading("v:" + type + ":" + rule + ":1").issues,
                (number ? Issues{} : Issues{{rule, fault}}));
    }
    EXPECT_EQ(FieldReading("v:" + type + ":regex:a").issues,
              (text ? Issues{} : Issues{{"regex", fault}}));
    EXPECT_EQ(FieldReading("v:" + type + ":choices:a").issues, (Issues{{"choices", fault}}));
  }
}

TEST(FieldForm, TakesLengthsThatTheTypeHas) {
  expect_accepted({"v:string:min:0", "v:string:max:1", "v:string:min:255", "v:string:max:255",
                   "v:text:max:65536", "v:text:max:1000,regex:a", "v:email:max:254",
                   "v:url:max:500", "v:phone:max:20", R"({"name":"v","type":"string","max":9})"});
  const auto fault = [](const char* range) {
    return "must be a count of characters from " + std::string(range);
  };
  expect_refused({
      {"v:string:max:0", "max", fault("1 to 255 for the type string")},
      {"v:string:max:256", "max", fault("1 to 255 for the type string")},
      {"v:string:max", "max", fault("1 to 255 for the type string")},
      {"v:string:max:", "max", fault("1 to 255 for the type string")},
      {"v:string:max:-1", "max", fault("1 to 255 for the type string")},
      {"v:string:max:1.5", "max", fault("1 to 255 for the type string")},
      {"v:string:max:many", "max", fault("1 to 255 for the type string")},
      {"v:string:max:99999999999999999999", "max", fault("1 to 255 for the type string")},
      {"v:text:max:1001,regex:a", "max", fault("1 to 1000 for the type text with a regex")},
      {"v:text:max:65537", "max", fault("1 to 65536 for the type text")},
      {"v:phone:min:21", "min", fault("0 to 20 for the type phone")},
      {R"({"name":"v","type":"string","max":[9]})", "max", fault("1 to 255 for the type string")},
  });
}

TEST(FieldForm, TakesBoundsThatAreValuesOfTheType) {
  expect_accepted({"v:integer:min:-2147483648", "v:bigint:max:9223372036854775807",
                   "v:float:gt:1e300", "v:decimal:le:0.000000000000000001", "v:money:ge:0.01",
                   "v:percent:lte:100", R"({"name":"v","type":"money","ge":"0.01"})",
                   R"({"name":"v","type":"integer","ge":"1"})"});
  expect_refused({
      {"v:integer:min:0.5", "min", "must be a number of the type integer"},
      {"v:integer:min:2147483648", "min", "must be a number of the type integer"},
      {"v:integer:min", "min", "must be an integer, not boolean"},
      {"v:integer:min:", "min", "must be a number of the type integer"},
      {"v:integer:min:x", "min", "must be a number of the type integer"},
      {"v:float:lt:1e999", "lt", "must be a number of the type float"},
      {"v:money:gt:0.00001", "gt", "must be a number of the type money"},
      {R"({"name":"v","type":"integer","min":1.5})", "min",
       "must be an integer from -2147483648 to 2147483647"},
  });
}

TEST(FieldForm, TakesOneLowerAndOneUpperBoundWithRoomBetweenThem) {
  expect_accepted({"v:integer:min:1,max:1", "v:integer:gt:1,lt:2", "v:string:min:3,max:3",
                   "v:float:ge:-1e300,lt:1e300", "v:decimal:max:2,min:1"});
  const std::string no_room = "leaves no value: the lower bound is above the upper one";
  expect_refused({
      {"v:integer:min:2,max:1", "max", no_room},
      {"v:integer:gt:1,le:1", "le", no_room},
      {"v:integer:ge:1,lt:1", "lt", no_room},
      {"v:string:min:4,max:3", "max", no_room},
      {"v:float:gt:0.1,lt:0.1", "lt", no_room},
      {"v:decimal:gt:0.3,lt:0.299999999999999999", "lt", no_room},
      {"v:integer:min:1,gt:2", "gt", "is a second lower bound"},
      {"v:integer:ge:1,gte:1", "gte", "is a second lower bound"},
      {"v:integer:max:1,lt:2", "lt", "is a second upper bound"},
      {"v:integer:le:1,lte:1", "lte", "is a second upper bound"},
      {"v:integer:max:1,max:1", "max", "is there twice"},
  });
}

TEST(FieldForm, TakesForeignIdsAsIntegersOnly) {
  EXPECT_EQ(field_of("v:integer:foreign:line_items.id").foreign, "line_items");
  EXPECT_EQ(field_of("v:bigint:foreign:tenants.id").foreign, "tenants");
  expect_refused({
      {"v:string:foreign:invoices.id", "foreign",
       "does not fit the type string: ids are integer or bigint"},
      {"v:uuid:foreign:invoices.id", "foreign",
       "does not fit the type uuid: ids are integer or bigint"},
  });
  for (const std::string bad :
       {":invoices", ":invoices.name", ":invoices.", ":.id", ":In.id", ":a.b.id", ":"}) {
    EXPECT_EQ(FieldReading("v:integer:foreign" + bad).issues,
              (Issues{{"foreign", "must be the ids of a resource, such as invoices.id"}}))
        << bad;
  }
  EXPECT_EQ(FieldReading("v:integer:foreign").issues,
            (Issues{{"foreign", "must be a string, not boolean"}}));
}

TEST(FieldForm, TakesChoicesForAnEnum) {
  EXPECT_EQ(field_of("v:enum:choices:draft|sent").choices,
            (std::vector<std::string>{"draft", "sent"}));
  const auto of = [](const std::string& list) {
    return R"({"name":"v","type":"enum","choices":)" + list + "}";
  };
  const auto many = [&](std::size_t count) {
    std::string list = "[\"0\"";
    for (std::size_t i = 1; i < count; ++i) list += ",\"" + std::to_string(i) + "\"";
    return of(list + "]");
  };
  expect_accepted({of(R"(["a|b","c,d"])"), of("[\"" + times(100, "é") + "\"]"), many(64)});
  const std::string text = "must be strings of 1 to 100 characters without control characters";
  const std::string list = "must be a list of 1 to 64 strings";
  expect_refused({
      {"v:enum", "choices", "is required for the type enum"},
      {"v:enum:choices", "choices", list},
      {"v:enum:choices:", "choices", text},
      {"v:enum:choices:a||b", "choices", text},
      {"v:enum:choices:a|b|a", "choices", "has a twice"},
      {of("[]"), "choices", list},
      {of("\"a\""), "choices", list},
      {of("[1]"), "choices", text},
      {of(R"(["a\n"])"), "choices", text},
      {of("[\"" + times(101, "é") + "\"]"), "choices", text},
      {many(65), "choices", list},
  });
}

TEST(FieldForm, CompilesARegexOnceAndSaysWhatIsWrongWithIt) {
  const Field field = field_of("v:string:regex:[a-z]{2,3}");
  EXPECT_EQ(field.regex, "[a-z]{2,3}");
  ASSERT_NE(field.pattern, nullptr);
  EXPECT_EQ(Field(field).pattern, field.pattern);  // Copies share it.
  EXPECT_TRUE(field.pattern->matches_all("abc"));
  EXPECT_EQ(field_of("v:string").pattern, nullptr);
  expect_refused({
      {"v:string:regex:(a", "regex", "must be a pattern of RE2: missing ): (a"},
      {"v:string:regex:" + times(513, "a"), "regex",
       "must be a pattern of RE2: longer than 512 bytes"},
      {"v:string:regex:", "regex", "must not be empty"},
      {"v:string:regex", "regex", "must be a string, not boolean"},
  });
  EXPECT_EQ(FieldReading("v:string:regex:(?=a)b").issues.size(), 1U);
  EXPECT_EQ(FieldReading("v:string:regex:(\\pL{100}){100}").issues.size(), 1U);
}

TEST(FieldForm, KeepsDefaultsInTheirNormalForm) {
  const std::pair<const char*, const char*> defaults[] = {
      {"v:string:default:free", R"("free")"},
      {"v:integer:required,default:1000", "1000"},
      {"v:money:default:5", R"("5.00")"},
      {"v:boolean:default:true", "true"},
      {"v:json:default:[ 1 ]", "[1]"},
      {"v:json:default:{}", "{}"},
      {"v:ip:default:2001:DB8::1", R"("2001:db8::1")"},
      {"v:datetime:default:2026-01-02T03:04:05Z", R"("2026-01-02T03:04:05.000000Z")"},
      {"v:enum:choices:a|b,default:b", R"("b")"},
      {"v:bigint:default:9223372036854775807", "9223372036854775807"},
      {"v:string:default:\"a, b\",max:4", R"("a, b")"},
      {R"({"name":"v","type":"decimal","default":"0.10"})", R"("0.1")"},
      {R"({"name":"v","type":"json","default":false})", "false"},
  };
  for (const auto& [definition, json] : defaults) {
    EXPECT_EQ(field_of(definition).default_json, json) << definition;
  }
  EXPECT_FALSE(field_of(R"({"name":"v","type":"integer","default":null})").default_json);
}

TEST(FieldForm, RefusesDefaultsThatDoNotFitTheTypeAndTheRules) {
  expect_refused({
      {"v:boolean:default:1", "default", "must be true or false, not number"},
      {"v:integer:default:\"1\"", "default", "must be an integer, not string"},
      {"v:integer:default:null,required", "default", "must not be null: the field is required"},
      {"v:integer:min:5,default:4", "default", "must be at least 5"},
      {"v:string:max:3,default:free", "default", "must have at most 3 characters"},
      {"v:string:default:b,regex:a", "default", "must match the pattern a"},
      {"v:string:required,default:", "default", "must not be empty"},
      {"v:enum:choices:a|b,default:c", "default", "must be one of a, b"},
      {"v:slug:default:A B", "default",
       "must be lower-case letters and digits in words joined by '-'"},
      {"v:string:unique,default:a", "default",
       "does not fit unique: a second row could not have it"},
      {"v:integer:foreign:a.id,default:1", "default",
       "does not fit foreign: each tenant has rows of its own"},
  });
}

TEST(FieldForm, NamesEveryIssueOfAFieldAtOnce) {
  std::vector<FieldIssue> found;
  static_cast<void>(field_from_text("V:boolean:max:3,unike,foreign:a.id", "fields.7", found));
  EXPECT_EQ(test::by_field(found),
            (Issues{{"fields.7.name", "must be snake_case of at most 64 characters"},
                    {"fields.7.max", "does not fit the type boolean"},
                    {"fields.7.unike", "is not a known rule"},
                    {"fields.7.foreign",
                     "does not fit the type boolean: ids are integer or "
                     "bigint"}}));
}

TEST(FieldForm, TellsSnakeCase) {
  for (const char* const good : {"a", "a1", "a_b", "a_1", "abc_def_3"}) {
    EXPECT_TRUE(is_snake_case(good)) << good;
  }
  for (const char* const bad : {"", "1", "_", "a_", "_a", "a__b", "A", "aB", "a-b", "a b"}) {
    EXPECT_FALSE(is_snake_case(bad)) << bad;
  }
}

}  // namespace
}  // namespace core
