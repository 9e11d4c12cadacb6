#include "storage/resource_changes.h"

#include <gtest/gtest.h>

#include <set>

#include "storage/verify.h"
#include "tests/support/resource_rig.h"

namespace {

using core::OutcomeCode;

class ResourceChanges : public test::ResourceRig {};

TEST_F(ResourceChanges, AResourceIsThereForEveryReaderOnceItsAnswerIs) {
  auto other = rig_.store->open_reader();
  EXPECT_EQ((*other)->catalog().resource("invoices"), nullptr);
  const core::Resource made = define(invoices());
  EXPECT_EQ(made.id, core::kFirstDefinedResource);
  EXPECT_EQ(made.created_at, rig_.when);
  const core::Resource* const seen = (*other)->catalog().resource("invoices");
  ASSERT_NE(seen, nullptr);
  EXPECT_EQ(seen->id, made.id);
  EXPECT_EQ((*other)->catalog().resources().size(), 2u);  // Data, too.
  other->reset();
}

TEST_F(ResourceChanges, SurviveARestart) {
  define(invoices());
  rig_.reopen();
  const core::Resource* const seen = catalog().resource("invoices");
  ASSERT_NE(seen, nullptr);
  EXPECT_EQ(seen->schema.fields.size(), 3u);
  EXPECT_TRUE(seen->schema.fields[0].unique);
  EXPECT_EQ(create({"1", "null", "null"}).code, OutcomeCode::kDone);
}

TEST_F(ResourceChanges, APathThatIsTakenIsAConflict) {
  define(invoices());
  const auto again = rig_.run(core::CreateResource{invoices()});
  EXPECT_EQ(again.code, OutcomeCode::kConflict);
  EXPECT_EQ(again.field, "path");
  core::ResourceSchema data = invoices();
  data.path = "data";
  EXPECT_EQ(rig_.run(core::CreateResource{data}).code, OutcomeCode::kConflict);
}

TEST_F(ResourceChanges, ADeletedOneIsGoneAndItsPathFreeButItsRowsAreNotTheNewOnes) {
  const core::ResourceId first = define(invoices()).id;
  create({"1", "null", "null"});
  EXPECT_EQ(rig_.run(core::DeleteResource{first}).code, OutcomeCode::kDone);
  EXPECT_EQ(catalog().resource("invoices"), nullptr);
  EXPECT_EQ(rig_.run(core::DeleteResource{first}).code, OutcomeCode::kNotFound);
  EXPECT_EQ(create({"2", "null", "null"}).code, OutcomeCode::kNotFound);
  const core::ResourceId second = define(invoices()).id;
  EXPECT_NE(second, first);
  EXPECT_EQ(catalog().count_rows(rows()), 0u);
  EXPECT_EQ(create({"1", "null", "null"}).code, OutcomeCode::kDone);
  EXPECT_EQ(json(1).find(R"({"id":1,"number":1,)"), 0u);
}

TEST_F(ResourceChanges, DataCanNeitherBeChangedNorDeleted) {
  EXPECT_EQ(rig_.run(core::DeleteResource{core::kDataResource}).code, OutcomeCode::kNotFound);
  EXPECT_EQ(rig_.run(core::AddFields{core::kDataResource, {test::field("x")}}).code,
            OutcomeCode::kNotFound);
}

TEST_F(ResourceChanges, RowsOfBeforeHoldTheDefaultsOfFieldsThatAreAdded) {
  const core::ResourceId id = define(invoices()).id;
  create({"1", R"("ann")", "null"});
  ASSERT_EQ(catalog().rows(rows(), 0, 100).count, 1u);  // In the cache of first pages.
  core::Field state = test::field("state");
  state.required = true;
  state.default_json = R"("draft")";
  ASSERT_EQ(rig_.run(core::AddFields{id, {state, test::field("memo")}}).code, OutcomeCode::kDone);
  const std::string added = R"("paid_on":null,"state":"draft","memo":null,"created_at":)";
  EXPECT_NE(json(1).find(added), std::string::npos) << json(1);
  EXPECT_EQ(catalog().rows(rows(), 0, 100).json, json(1));
  core::UpdateRow update{caller(), id, 1, {std::nullopt, R"("bob")"}};
  rig_.run(update);
  EXPECT_NE(json(1).find(R"("customer":"bob",)"), std::string::npos) << json(1);
  EXPECT_NE(json(1).find(added), std::string::npos) << json(1);
  create({"2", "null", "null", R"("sent")"});
  EXPECT_NE(json(2).find(R"("state":"sent","memo":null)"), std::string::npos) << json(2);
}

TEST_F(ResourceChanges, AFieldThatRowsOfBeforeCantHoldIsRefused) {
  const core::ResourceId id = define(invoices()).id;
  core::Field field = test::field("number");
  EXPECT_EQ(rig_.run(core::AddFields{id, {field}}).code, OutcomeCode::kConflict);
  field.name = "fresh";
  field.required = true;
  EXPECT_EQ(rig_.run(core::AddFields{id, {field}}).code, OutcomeCode::kInvalid);
  field.required = false;
  field.unique = true;
  EXPECT_EQ(rig_.run(core::AddFields{id, {field}}).code, OutcomeCode::kInvalid);
  EXPECT_EQ(rig_.run(core::AddFields{99, {test::field("x")}}).code, OutcomeCode::kNotFound);
  std::vector<core::Field> many;
  for (std::size_t i = 0; i < core::kFieldsMax; ++i) {
    many.push_back(test::field("f" + std::to_string(i)));
  }
  EXPECT_EQ(rig_.run(core::AddFields{id, many}).code, OutcomeCode::kInvalid);
  EXPECT_EQ(catalog().resource("invoices")->schema.fields.size(), 3u);
}

TEST_F(ResourceChanges, ADefinitionThatIsNotCommittedIsNotKnownToTheWriter) {
  storage::CommitFault fault = storage::CommitFault::kLost;
  rig_.options.commit_failpoint = [&] { return std::exchange(fault, storage::CommitFault::kNone); };
  rig_.reopen();
  EXPECT_EQ(rig_.run(core::CreateResource{invoices()}).code, OutcomeCode::kUnknown);
  while (!rig_.store->stats().writable) {
    catalog().begin_turn();
    rig_.clock.advance(core::kNanosPerSecond);
    std::this_thread::yield();
  }
  EXPECT_EQ(catalog().resource("invoices"), nullptr);
  EXPECT_EQ(define(invoices()).id, core::kFirstDefinedResource);
}

}  // namespace
