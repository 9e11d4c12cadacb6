#include "net/openapi_example.h"

#include <gtest/gtest.h>

#include "tests/support/resource_reading.h"

namespace net {
namespace {

using test::RecordReading;
using test::schema_of;

// Every type with the rules that it takes, nullable and required.
const core::ResourceSchema& every_type() {
  static const core::ResourceSchema schema =
      schema_of({"a:string:required,min:30,max:40",
                 "b:text:max:3",
                 "c:integer:gt:100,lt:102",
                 "d:bigint",
                 "e:float:required,gt:0,lt:1",
                 "f:decimal:gt:0,lt:0.1",
                 "g:money:required,ge:0,index",
                 "h:percent:le:-1",
                 "i:boolean:required",
                 "j:datetime:required",
                 "k:date",
                 "l:time",
                 "m:email:max:60,min:40",
                 "n:url:min:50",
                 "o:uuid:unique",
                 "p:json:required",
                 "q:phone",
                 "r:slug:max:2",
                 "s:ip",
                 "t:color",
                 "u:enum:choices:x|y,required",
                 "v:integer:foreign:customers.id",
                 "w:string:required,regex:[A-Z]{2,3}-[0-9]+"});
  return schema;
}

TEST(Example, OfABodyHasEveryFieldAndIsAccepted) {
  const auto body = example_body(every_type());
  ASSERT_TRUE(body);
  const RecordReading reading(every_type(), *body);
  EXPECT_TRUE(reading.issues.empty()) << *body << ": " << reading.issues.begin()->first;
  for (std::size_t i = 0; i < reading.values.size(); ++i) {
    EXPECT_NE(reading.values[i], "null") << every_type().fields[i].name;
  }
}

TEST(Example, OfAChangeIsAcceptedAndLeavesUniqueFieldsAlone) {
  const auto schema = schema_of({"a:string:unique", "b:integer"});
  EXPECT_EQ(example_change(schema), R"({"b":42})");
  const RecordReading reading(every_type(), *example_change(every_type()),
                              core::RecordMode::kPatch);
  EXPECT_TRUE(reading.issues.empty());
}

TEST(Example, OfARowIsWhatTheBodyMakes) {
  EXPECT_EQ(example_row(schema_of({"a:money:required", "b:string"})),
            R"({"id":1,"a":"12.50","b":"Example","created_at":"2026-01-02T03:04:05.000000Z",)"
            R"("updated_at":"2026-01-02T03:04:05.000000Z"})");
}

TEST(Example, IsNothingWhereAFieldThatMustBeSentHasNone) {
  EXPECT_FALSE(example_body(schema_of({"a:string:required,regex:[^a]"})));
  EXPECT_FALSE(example_row(schema_of({"a:string:required,regex:[^a]"})));
  EXPECT_EQ(example_body(schema_of({"a:string:regex:[^a]", "b:integer"})), R"({"b":42})");
  EXPECT_FALSE(example_value(test::field_of("t:integer:foreign:tenants.id")));
}

}  // namespace
}  // namespace net
