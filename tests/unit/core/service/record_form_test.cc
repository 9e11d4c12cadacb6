#include "core/service/record_form.h"

#include <gtest/gtest.h>

#include "tests/support/resource_reading.h"

namespace core {
namespace {

using test::Issues;
using test::RecordReading;
using test::schema_of;

RecordValues values(std::initializer_list<const char*> texts) {
  RecordValues values;
  for (const char* const text : texts) {
    if (text == nullptr) {
      values.emplace_back();
    } else {
      values.emplace_back(text);
    }
  }
  return values;
}

ResourceSchema invoice() {
  return schema_of({"number:string:required", "amount:money:required,ge:0",
                    "status:enum:required,choices:draft|sent,default:draft", "note:text",
                    "tags:json:default:[]"});
}

constexpr const char* kNotSent = nullptr;

TEST(RecordForm, GivesValuesInTheOrderOfTheSchema) {
  const RecordReading row(invoice(), R"({"tags":["a"],"note":"x","status":"sent","amount":12.5,
                                         "number":"A1"})");
  EXPECT_EQ(row.issues, Issues{});
  EXPECT_EQ(row.values, values({R"("A1")", R"("12.50")", R"("sent")", R"("x")", R"(["a"])"}));
}

TEST(RecordForm, AppliesDefaultsToWhatIsNotSentElseNull) {
  const RecordReading row(invoice(), R"({"number":"A1","amount":"1"})");
  EXPECT_EQ(row.issues, Issues{});
  EXPECT_EQ(row.values, values({R"("A1")", R"("1.00")", R"("draft")", "null", "[]"}));
}

TEST(RecordForm, KeepsAnExplicitNullDespiteADefault) {
  const RecordReading row(invoice(), R"({"number":"A1","amount":1,"tags":null,"note":null})");
  EXPECT_EQ(row.issues, Issues{});
  EXPECT_EQ(row.values[4], "null");
  EXPECT_EQ(RecordReading(invoice(), R"({"number":"A1","amount":1,"status":null})").issues,
            (Issues{{"status", "must not be null"}}));
}

TEST(RecordForm, RequiresInAWholeRowButNotInAPatch) {
  EXPECT_EQ(RecordReading(invoice(), "{}").issues,
            (Issues{{"number", "is required"}, {"amount", "is required"}}));
  const RecordReading nothing(invoice(), "{}", RecordMode::kPatch);
  EXPECT_EQ(nothing.issues, Issues{});
  EXPECT_EQ(nothing.values, values({kNotSent, kNotSent, kNotSent, kNotSent, kNotSent}));
}

TEST(RecordForm, PatchesOnlyWhatIsSent) {
  const RecordReading patch(invoice(), R"({"note":null,"amount":2})", RecordMode::kPatch);
  EXPECT_EQ(patch.issues, Issues{});
  EXPECT_EQ(patch.values, values({kNotSent, R"("2.00")", kNotSent, "null", kNotSent}));
  EXPECT_EQ(RecordReading(invoice(), R"({"number":null})", RecordMode::kPatch).issues,
            (Issues{{"number", "must not be null"}}));
  EXPECT_EQ(RecordReading(invoice(), R"({"amount":-1})", RecordMode::kPatch).issues,
            (Issues{{"amount", "must be at least 0.00"}}));
}

TEST(RecordForm, NamesAllThatDoesNotFitAtOnce) {
  EXPECT_EQ(RecordReading(invoice(), R"({"number":"","amount":"x","status":"paid","colour":1,
                                         "id":3,"created_at":"now"})")
                .issues,
            (Issues{{"number", "must not be empty"},
                    {"amount",
                     "must be a decimal number with at most 15 digits before the point "
                     "and 4 behind it"},
                    {"status", "must be one of draft, sent"},
                    {"colour", "is not a known field"},
                    {"id", "is set by the server"},
                    {"created_at", "is set by the server"}}));
}

TEST(RecordForm, RefusesABodyThatIsNoObject) {
  EXPECT_EQ(RecordReading(invoice(), "[]").issues,
            (Issues{{"", "must be a JSON object, not array"}}));
  EXPECT_EQ(RecordReading(invoice(), "null", RecordMode::kPatch).issues,
            (Issues{{"", "must be a JSON object, not null"}}));
}

TEST(RecordForm, TakesTheCallersOwnTenantAndSaysTheSameOfAllOthers) {
  const auto schema = schema_of({"a:text"});
  const RecordReading own(schema, R"({"tenant_id":7,"a":"x"})");
  EXPECT_EQ(own.issues, Issues{});
  EXPECT_EQ(own.values, values({R"("x")"}));
  for (const std::string other : {"8", "0", "-7", "7.0", "70", "\"7\"", "null", "[7]", "1e99"}) {
    for (const RecordMode mode : {RecordMode::kWhole, RecordMode::kPatch}) {
      EXPECT_EQ(RecordReading(schema, "{\"tenant_id\":" + other + "}", mode).issues,
                (Issues{{"tenant_id", "must be the id of the key's own tenant"}}))
          << other;
    }
  }
}

TEST(RecordForm, TakesTheCallersOwnTenantInAFieldThatRefersToTenants) {
  const auto schema = schema_of({"owner:integer:foreign:tenants.id"});
  EXPECT_EQ(RecordReading(schema, R"({"owner":7})").values, values({"7"}));
  EXPECT_EQ(RecordReading(schema, R"({"owner":7})").issues, Issues{});
  EXPECT_EQ(RecordReading(schema, R"({"owner":null})").issues, Issues{});
  EXPECT_EQ(RecordReading(schema, R"({"owner":8})").issues,
            (Issues{{"owner", "must be the id of the key's own tenant"}}));
}

TEST(RecordForm, CountsUnknownFieldsBeyondTheFirstTwenty) {
  const auto body = [](std::size_t count) {
    std::string json = "{";
    for (std::size_t i = 0; i < count; ++i) {
      json += (i == 0 ? "\"u" : ",\"u") + std::to_string(i) + "\":1";
    }
    return json + "}";
  };
  EXPECT_EQ(RecordReading(schema_of({"a:text"}), body(20)).issues.size(), 20U);
  const Issues many = RecordReading(schema_of({"a:text"}), body(1'000)).issues;
  EXPECT_EQ(many.size(), 21U);
  EXPECT_EQ(many.find("")->second, "has 980 more unknown fields");
}

}  // namespace
}  // namespace core
