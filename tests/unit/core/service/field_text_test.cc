#include "core/service/field_text.h"

#include <gtest/gtest.h>

#include "tests/support/resource_reading.h"

namespace core {
namespace {

using test::Issues;

struct Conversion {
  explicit Conversion(std::string_view text) {
    std::vector<FieldIssue> found;
    json = field_text_to_json(text, "fields.2", found);
    issues = test::by_field(found);
  }

  std::string json;
  Issues issues;
};

TEST(FieldText, BecomesTheJsonOfADefinition) {
  const std::pair<const char*, const char*> texts[] = {
      {"a:string", R"({"name":"a","type":"string"})"},
      {"a:string:required", R"({"name":"a","type":"string","required":true})"},
      {"a:decimal:required,ge:0,index",
       R"({"name":"a","type":"decimal","required":true,"ge":"0","index":true})"},
      {"a:integer:foreign:b.id", R"({"name":"a","type":"integer","foreign":"b.id"})"},
      {"a:enum:choices:x|y z|", R"({"name":"a","type":"enum","choices":["x","y z",""]})"},
      {"a:string:max:", R"({"name":"a","type":"string","max":""})"},
      {"a:what:ever,is:there", R"({"name":"a","type":"what","ever":true,"is":"there"})"},
      {":", R"({"name":"","type":""})"},
      {"a:\"b\\", R"({"name":"a","type":"\"b\\"})"},
  };
  for (const auto& [text, json] : texts) {
    const Conversion conversion(text);
    EXPECT_EQ(conversion.json, json) << text;
    EXPECT_EQ(conversion.issues, Issues{}) << text;
  }
}

TEST(FieldText, ReadsDefaultsByTheType) {
  const std::pair<const char*, const char*> texts[] = {
      {"a:string:default:free", R"("free")"},
      {"a:string:default:", R"("")"},
      {"a:string:default:true", R"("true")"},
      {"a:string:default:null", R"("null")"},
      {"a:string:default:\"x, y\"", R"("x, y")"},
      {"a:string:default:a \"b\"", R"("a \"b\"")"},
      {"a:url:default:http://a:80/", R"("http://a:80/")"},
      {"a:decimal:default:1.50", "1.50"},
      {"a:integer:default:-7", "-7"},
      {"a:boolean:default:true", "true"},
      {"a:json:default:[]", "[]"},
      {"a:json:default:[1, {\"b\": \"],\\\"}\"}]", R"([1,{"b":"],\"}"}])"},
      {"a:json:default:{\"a\":1}", R"({"a":1})"},
      {"a:json:default:\"a,b\"", R"("a,b")"},
      {"a:json:default:null", "null"},
      {"a:ip:default:::1", R"("::1")"},
  };
  for (const auto& [text, value] : texts) {
    for (const std::string more : {"", ",index"}) {
      const Conversion conversion(text + more);
      EXPECT_EQ(conversion.issues, Issues{}) << text;
      EXPECT_TRUE(conversion.json.contains(",\"default\":" + std::string(value) +
                                           (more.empty() ? "}" : ",\"index\":true}")))
          << conversion.json;
    }
  }
}

TEST(FieldText, GivesARegexAllThatFollows) {
  EXPECT_EQ(Conversion("a:string:max:9,regex:^[a-z:]{1,3}$,required").json,
            R"({"name":"a","type":"string","max":"9","regex":"^[a-z:]{1,3}$,required"})");
}

TEST(FieldText, NamesWhatCannotBeADefinition) {
  const std::string shape =
      "must be NAME:TYPE or NAME:TYPE:RULES, such as amount:decimal:required,ge:0";
  EXPECT_EQ(Conversion("").issues, (Issues{{"fields.2", shape}}));
  EXPECT_EQ(Conversion("amount").issues, (Issues{{"fields.2", shape}}));
  EXPECT_EQ(Conversion("a:string:").issues, (Issues{{"fields.2", "has an empty rule"}}));
  EXPECT_EQ(Conversion("a:string:required,").issues, (Issues{{"fields.2", "has an empty rule"}}));
  EXPECT_EQ(Conversion("a:string:,required").issues, (Issues{{"fields.2", "has an empty rule"}}));
  EXPECT_EQ(Conversion("a:string:max:1,max:2").issues,
            (Issues{{"fields.2.max", "is there twice"}}));
  EXPECT_EQ(Conversion("a:string:name:b").issues,
            (Issues{{"fields.2.name", "is not a known rule"}}));
}

TEST(FieldText, SaysWhereADefaultIsNoJson) {
  for (const char* const text :
       {"a:json:default:[1", "a:json:default:", "a:json:default:x", "a:integer:default:seven",
        "a:boolean:default:[]]", "a:string:default:\"x", "a:string:default:\"x\"y"}) {
    const Conversion conversion(text);
    ASSERT_EQ(conversion.issues.size(), 1U) << text;
    EXPECT_EQ(conversion.issues.begin()->first, "fields.2.default");
    EXPECT_TRUE(conversion.issues.begin()->second.starts_with("must be JSON: ")) << text;
  }
  const std::string deep(100, '[');
  EXPECT_EQ(Conversion("a:json:default:" + deep + std::string(100, ']')).issues.size(), 1U);
}

TEST(FieldText, JoinsAPlaceAndARule) {
  EXPECT_EQ(rule_place("fields.2", "max"), "fields.2.max");
  EXPECT_EQ(rule_place("fields.2", ""), "fields.2");
  EXPECT_EQ(rule_place("", "max"), "max");
  EXPECT_EQ(rule_place("", ""), "");
}

}  // namespace
}  // namespace core
