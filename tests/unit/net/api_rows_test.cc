#include <gtest/gtest.h>

#include "tests/support/api_rig.h"

namespace net {
namespace {

using core::OutcomeCode;
using test::ApiRig;
using test::failure;
using test::get;

constexpr std::string_view kRow =
    R"({"id":9,"name":"n","value":{"a":1},"created_at":"1970-01-01T00:00:01.000000Z",)"
    R"("updated_at":"1970-01-01T00:00:02.000000Z"})";

core::Outcome done() {
  return {.code = OutcomeCode::kDone,
          .row = core::RowImage{.id = 9, .version = 3, .json = std::string(kRow)}};
}

core::Resource invoices() {
  core::Resource resource;
  resource.id = 16;
  resource.schema.name = "Invoice";
  resource.schema.path = "invoices";
  core::Field number;
  number.name = "number";
  number.type = core::FieldType::kInteger;
  number.unique = true;
  core::Field note;
  note.name = "note";
  resource.schema.fields = {number, note};
  return resource;
}

TEST(ApiRows, ListsATenantsOwnRowsInPages) {
  ApiRig rig;
  for (core::RowId id = 1; id <= 3; ++id) {
    rig.reader.add_row(5, id, R"({"id":)" + std::to_string(id) + "}");
    rig.reader.add_row(6, id, R"({"other":1})");
  }
  EXPECT_EQ(rig.ask(get("/api/data", "fp_a")).body,
            R"({"success":true,"data":[{"id":1},{"id":2},{"id":3}],)"
            R"("meta":{"limit":100,"next_cursor":null}})");
  EXPECT_EQ(rig.ask(get("/api/data?limit=2", "fp_a")).body,
            R"({"success":true,"data":[{"id":1},{"id":2}],"meta":{"limit":2,"next_cursor":"2"}})");
  EXPECT_EQ(rig.ask(get("/api/data?limit=2&cursor=2", "fp_a")).body,
            R"({"success":true,"data":[{"id":3}],"meta":{"limit":2,"next_cursor":null}})");
  const auto refused = rig.ask(get("/api/data?limit=1001&filter=name", "fp_a"));
  EXPECT_EQ(refused.status, 422);
  EXPECT_NE(refused.body.find(R"({"field":"limit","message":"must be an integer from 1 to 1000"},)"
                              R"({"field":"filter","message":"is not a known parameter"})"),
            std::string::npos)
      << refused.body;
}

TEST(ApiRows, ShowsARowAndTellsAnotherTenantsRowFromNone) {
  ApiRig rig;
  rig.reader.add_row(5, 9, std::string(kRow));
  rig.reader.add_row(6, 10, R"({"other":1})");
  EXPECT_EQ(rig.ask(get("/api/data/9", "fp_a")).body,
            R"({"success":true,"data":)" + std::string(kRow) + "}");
  const auto other = rig.ask(get("/api/data/10", "fp_a"));
  const auto none = rig.ask(get("/api/data/11", "fp_a"));
  EXPECT_EQ(other.status, 404);
  EXPECT_EQ(other.body, failure("NOT_FOUND", "No such row"));
  EXPECT_EQ(other.body, none.body);
}

TEST(ApiRows, CreatesInTheNameOfTheCallerWhateverTheBodySays) {
  ApiRig rig;
  const auto command =
      rig.command_of(ApiRig::keyed("POST", "/api/data", R"({"name":"n","value":{"a": 1}})"));
  const auto& create = std::get<core::CreateRow>(command.change);
  EXPECT_EQ(create.caller.key_id, 1U);
  EXPECT_EQ(create.caller.tenant_id, 5U);
  EXPECT_EQ(create.resource, core::kDataResource);
  EXPECT_EQ(create.values, (core::RowValues{R"("n")", R"({"a":1})"}));
  const auto answer = rig.answer_with(done());
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, R"({"success":true,"data":)" + std::string(kRow) + "}");
  EXPECT_EQ(rig.ask(ApiRig::keyed("POST", "/api/data", R"({"name":"n","tenant_id":6})")).status,
            422);
}

TEST(ApiRows, ReplacesWithPutAndChangesWithPatch) {
  ApiRig rig;
  const auto put = rig.command_of(ApiRig::keyed("PUT", "/api/data/9", R"({"name":"n"})"));
  EXPECT_EQ(std::get<core::UpdateRow>(put.change).values, (core::RowValues{R"("n")", "null"}));
  EXPECT_EQ(rig.answer_with(done()).status, 200);
  const auto patch = rig.command_of(ApiRig::keyed("PATCH", "/api/data/9", R"({"name":"n"})"));
  EXPECT_EQ(std::get<core::UpdateRow>(patch.change).values,
            (core::RowValues{R"("n")", std::nullopt}));
  EXPECT_EQ(std::get<core::UpdateRow>(patch.change).id, 9U);
  EXPECT_EQ(rig.answer_with(done()).status, 200);
  EXPECT_EQ(rig.ask(ApiRig::keyed("PUT", "/api/data/9", R"({"value":1})")).status, 422);
}

TEST(ApiRows, DeletesAndAnswersTheRowAsItWasLast) {
  ApiRig rig;
  const auto command = rig.command_of(ApiRig::keyed("DELETE", "/api/data/9", ""));
  EXPECT_EQ(std::get<core::DeleteRow>(command.change).id, 9U);
  EXPECT_EQ(std::get<core::DeleteRow>(command.change).caller.tenant_id, 5U);
  EXPECT_EQ(rig.answer_with(done()).body,
            R"({"success":true,"data":)" + std::string(kRow) + R"(,"message":"Row deleted"})");
}

// Bills, which the key may read.
void serve_bills(ApiRig& rig) {
  rig.reader.key_rows[1].id = 1;
  core::Resource resource;
  resource.id = 16;
  resource.schema.name = "Bill";
  resource.schema.path = "bills";
  core::Field customer;
  customer.name = "customer";
  customer.indexed = true;
  resource.schema.fields = {customer};
  rig.reader.defined = {resource};
}

TEST(ApiRows, CountsByFiltersOnAThreadOfItsOwn) {
  ApiRig rig;
  serve_bills(rig);
  EXPECT_TRUE(rig.exchange(rig.client, get("/api/bills/count?customer=Ada", "fp_a")).empty());
  ASSERT_EQ(rig.counter.waiting.size(), 1u);
  const auto& question = rig.counter.waiting.front().question;
  EXPECT_EQ(question.tenant, 5u);
  EXPECT_EQ(question.resource, 16u);
  ASSERT_EQ(question.filters.size(), 1u);
  EXPECT_EQ(question.filters[0].field, 0u);
  rig.counter.waiting.front().answer(core::RowCount{1234});
  rig.run();
  EXPECT_EQ(test::read_answer(rig.net.client_take(rig.client)).body,
            R"({"success":true,"data":{"count":1234}})");
}

TEST(ApiRows, SaysWhyThereIsNoCount) {
  ApiRig rig;
  serve_bills(rig);
  EXPECT_EQ(rig.ask(get("/api/bills/count?color=red", "fp_a")).status, 422);
  EXPECT_EQ(rig.ask(get("/api/bills/count?limit=3", "fp_a")).status, 422);
  rig.counter.full = true;
  EXPECT_EQ(rig.ask(get("/api/bills/count?customer=Ada", "fp_a")).status, 503);
  rig.counter.full = false;
  EXPECT_TRUE(rig.exchange(rig.client, get("/api/bills/count?customer=Ada", "fp_a")).empty());
  rig.counter.waiting.front().answer(std::monostate{});
  rig.run();
  EXPECT_EQ(test::read_answer(rig.net.client_take(rig.client)).status, 503);
  EXPECT_EQ(rig.ask(get("/api/bills/count", "fp_a")).status, 200);  // Kept: nobody is asked.
}

TEST(ApiRows, NeedsTheScopeToWrite) {
  ApiRig rig;
  rig.index.record("fp_a").flags &= static_cast<std::uint16_t>(~core::AuthRecord::kDataWrite);
  EXPECT_EQ(rig.ask(get("/api/data", "fp_a")).status, 200);
  for (const std::string_view method : {"PUT", "PATCH", "DELETE"}) {
    EXPECT_EQ(rig.ask(ApiRig::keyed(method, "/api/data/9", "{}")).body,
              failure("FORBIDDEN", "The key lacks the scope data:write"));
  }
  EXPECT_TRUE(rig.commands.waiting.empty());
}

TEST(ApiRows, AreThereForEveryResourceThatIsDefined) {
  ApiRig rig;
  rig.reader.defined = {invoices()};
  rig.reader.key_rows[1].id = 1;
  rig.reader.add_row(5, 9, std::string(kRow));
  EXPECT_EQ(rig.ask(get("/api/invoices/9", "fp_a")).status, 200);
  EXPECT_EQ(rig.ask(get("/api/invoices/count", "fp_a")).body,
            R"({"success":true,"data":{"count":1}})");
  const auto command = rig.command_of(ApiRig::keyed("POST", "/api/invoices", R"({"number":7})"));
  const auto& create = std::get<core::CreateRow>(command.change);
  EXPECT_EQ(create.resource, 16u);
  EXPECT_EQ(create.values, (core::RowValues{"7", "null"}));
  EXPECT_EQ(rig.answer_with(done()).status, 201);
  const auto restore = rig.command_of(ApiRig::keyed("POST", "/api/invoices/9/restore", ""));
  EXPECT_EQ(std::get<core::RestoreRow>(restore.change).id, 9u);
  EXPECT_EQ(rig.answer_with(done()).status, 200);
  EXPECT_EQ(rig.ask(get("/api/devices", "fp_a")).body, failure("NOT_FOUND", "No such path"));
  EXPECT_EQ(rig.ask(ApiRig::keyed("DELETE", "/api/invoices", "")).status, 405);
}

TEST(ApiRows, AnswerNoChangesOfAResourceThatIsReadOnly) {
  ApiRig rig;
  rig.reader.defined = {invoices()};
  rig.reader.defined[0].schema.is_read_only = true;
  rig.reader.key_rows[1].id = 1;
  EXPECT_EQ(rig.ask(get("/api/invoices", "fp_a")).status, 200);
  const auto refused = rig.ask(ApiRig::keyed("POST", "/api/invoices", "{}"));
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.header("Allow"), "GET, HEAD, OPTIONS");
}

TEST(ApiRows, NeedTheScopeOfTheirResource) {
  ApiRig rig;
  rig.reader.defined = {invoices()};
  rig.reader.key_rows[1].id = 1;
  rig.reader.key_rows[1].scopes = {"data:*", "invoices:read"};
  EXPECT_EQ(rig.ask(get("/api/invoices", "fp_a")).status, 200);
  EXPECT_EQ(rig.ask(ApiRig::keyed("POST", "/api/invoices", "{}")).body,
            failure("FORBIDDEN", "The key lacks the scope invoices:write"));
  rig.reader.key_rows[1].scopes = {"data:*"};
  EXPECT_EQ(rig.ask(get("/api/invoices", "fp_a")).body,
            failure("FORBIDDEN", "The key lacks the scope invoices:read"));
}

TEST(ApiRows, AreFoundByFiltersAndInAnOrder) {
  ApiRig rig;
  rig.reader.defined = {invoices()};
  rig.reader.key_rows[1].id = 1;
  rig.reader.add_row(5, 9, "{}");
  rig.reader.next_rows = "\x01\xFF";
  EXPECT_EQ(rig.ask(get("/api/invoices?number=7&sort=-number&limit=5&cursor=00aB", "fp_a")).body,
            R"({"success":true,"data":[{}],"meta":{"limit":5,"next_cursor":"01ff"}})");
  const core::RowQuery& asked = rig.reader.last_row_query;
  ASSERT_EQ(asked.filters.size(), 1u);
  EXPECT_EQ(asked.filters[0].field, 0u);
  EXPECT_EQ(asked.sort_field, 0u);
  EXPECT_TRUE(asked.descending);
  EXPECT_EQ(asked.after, std::string_view("\x00\xAB", 2));
  for (const std::string_view query :
       {"note=a", "sort=note", "sort=", "number=x", "sort=id&cursor=0", "sort=id&cursor=zz",
        "sort=id&limit=0", "number=7&include_deleted=true"}) {
    EXPECT_EQ(rig.ask(get("/api/invoices?" + std::string(query), "fp_a")).status, 422) << query;
  }
}

TEST(ApiRows, TellsACallerWhatItsKeyIsAndHasLeft) {
  ApiRig rig;
  core::ApiKey key;
  key.id = 1;
  key.tenant_id = 5;
  key.name = "n";
  key.display = "fp_AAAA...zzzz";
  key.scopes = {"data:read"};
  rig.reader.key_rows[1] = key;
  EXPECT_EQ(rig.ask(get("/api/me", "fp_a")).body,
            R"({"success":true,"data":{"key_id":1,"tenant_id":5,"name":"n",)"
            R"("display":"fp_AAAA...zzzz","scopes":["data:read"],)"
            R"("rate_limit":{"limit":10,"window":3600,"burst":10,"remaining":9},)"
            R"("expires_at":null}})");
  rig.index.record("fp_a").flags |= core::AuthRecord::kUnlimited;
  rig.reader.key_rows[1].expires_at = 3'000'000;
  EXPECT_TRUE(
      rig.ask(get("/api/me", "fp_a"))
          .body.ends_with(R"("rate_limit":null,"expires_at":"1970-01-01T00:00:03.000000Z"}})"));
}

}  // namespace
}  // namespace net
