#include "storage/index_building.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "storage/verify.h"
#include "tests/support/resource_rig.h"

namespace {

using core::OutcomeCode;

constexpr std::size_t kPaidOn = 2;

class IndexBuilding : public test::ResourceRig {
 protected:
  IndexBuilding() { invoices_ = define(invoices()).id; }

  core::Outcome add_index(const std::string& field) {
    return rig_.run(core::AddIndex{invoices_, field});
  }
  core::IndexTally build(std::uint32_t rows_max) {
    return std::get<core::IndexTally>(rig_.run(core::BuildIndexes{rows_max}).row);
  }
  void build_all(std::uint32_t rows_max = 3) {
    while (build(rows_max).more) continue;
  }
  void make(int count, const std::string& paid_on) {
    for (int i = 0; i < count; ++i) create({std::to_string(next_++), "null", paid_on});
  }
  bool is_indexed(std::size_t field) {
    return core::is_indexed(catalog().resource("invoices")->schema.fields[field]);
  }
  std::uint32_t paid_on(const std::string& day) {
    const core::RowQuery query{
        .filters = {{kPaidOn, core::index_bytes(invoices().fields[kPaidOn], '"' + day + '"')}}};
    return catalog().find_rows(rows(), query).count;
  }
  std::uint64_t faults() {
    rig_.close();
    const auto report = storage::verify_store({.dir = rig_.options.dir});
    for (const std::string& line : report->listed) ADD_FAILURE() << line;
    rig_.reopen();
    return report->faults;
  }

  core::ResourceId invoices_ = 0;
  int next_ = 1;
};

TEST_F(IndexBuilding, TakesInTheRowsThatAreThereALittleAtATime) {
  make(10, R"("2026-01-02")");
  make(1, R"("2026-01-03")");
  const core::Outcome begun = add_index("paid_on");
  ASSERT_EQ(begun.code, OutcomeCode::kDone);
  EXPECT_EQ(std::get<core::Resource>(begun.row).version, 1u) << "nothing can be asked yet";
  EXPECT_FALSE(is_indexed(kPaidOn));
  const core::IndexTally first = build(4);
  EXPECT_TRUE(first.more);
  EXPECT_FALSE(is_indexed(kPaidOn));
  ASSERT_EQ(catalog().index_builds().size(), 1u);
  EXPECT_EQ(catalog().index_builds()[0].rows, first.rows);
  EXPECT_GT(catalog().index_builds()[0].progress, 0.0);
  EXPECT_LT(catalog().index_builds()[0].progress, 1.0);
  EXPECT_EQ(faults(), 0u) << "an index that is half built is in order";
  build_all(4);
  EXPECT_TRUE(is_indexed(kPaidOn));
  EXPECT_TRUE(catalog().index_builds().empty());
  EXPECT_EQ(catalog().resource("invoices")->version, 2u);
  EXPECT_EQ(paid_on("2026-01-02"), 10u);
  EXPECT_EQ(paid_on("2026-01-03"), 1u);
  EXPECT_EQ(faults(), 0u);
}

TEST_F(IndexBuilding, SaysWhichIndexIsBuiltAndOfHowManyRows) {
  make(5, "null");
  add_index("paid_on");
  core::IndexTally tally;
  while (tally.finished.empty()) tally = build(2);
  EXPECT_EQ(tally.finished, "invoices.paid_on");
  EXPECT_EQ(tally.rows, 5u);
  EXPECT_FALSE(build(2).more);
}

// Writes before, at and behind the place where the build is, of several tenants.
TEST_F(IndexBuilding, RowsThatAreWrittenMeanwhileAreInItOnceAsTheyAreLast) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    rig_.run(core::DeleteResource{invoices_});
    invoices_ = define(invoices()).id;
    std::vector<core::Caller> callers;
    for (std::uint64_t i = 0; i < 3; ++i) {
      const core::TenantId tenant = rig_.make_tenant().id;
      callers.push_back({rig_.make_key(tenant, 1000 * (seed + 1) + i).id, tenant});
    }
    std::vector<core::RowId> last(callers.size());
    const auto write = [&] {
      const std::size_t who = random() % callers.size();
      const std::string day =
          '"' + std::string("2026-01-0") + std::to_string(random() % 5 + 1) + '"';
      const core::RowId id = last[who] == 0 ? 0 : random() % last[who] + 1;
      switch (random() % 5) {
        case 0:
          rig_.run(core::UpdateRow{callers[who], invoices_, id, {{}, {}, day}});
          break;
        case 1:
          rig_.run(core::DeleteRow{callers[who], invoices_, id});
          break;
        case 2:
          rig_.run(core::RestoreRow{callers[who], invoices_, id});
          break;
        default:
          rig_.run(core::CreateRow{callers[who], invoices_, {{}, {}, day}});
          ++last[who];
      }
    };
    for (int i = 0; i < 60; ++i) write();
    ASSERT_EQ(add_index("paid_on").code, OutcomeCode::kDone);
    for (int i = 0; i < 60; ++i) {
      if (build(random() % 4 + 1).finished == "invoices.paid_on") break;
      write();
      write();
    }
    build_all();
    ASSERT_TRUE(is_indexed(kPaidOn));
    ASSERT_EQ(faults(), 0u) << seed;  // Every row has its entry, and every entry its row.
  }
}

TEST_F(IndexBuilding, GoesOnWhereItWasAfterARestart) {
  make(10, R"("2026-01-02")");
  add_index("paid_on");
  build(4);
  rig_.reopen();
  make(1, R"("2026-01-02")");
  build_all(4);
  EXPECT_EQ(paid_on("2026-01-02"), 11u);
  EXPECT_EQ(faults(), 0u);
}

TEST_F(IndexBuilding, AFieldThatIsAddedCanBeIndexed) {
  make(3, "null");
  core::Field state = test::field("state");
  state.indexed = true;
  state.default_json = R"("draft")";
  ASSERT_EQ(rig_.run(core::AddFields{invoices_, {state}}).code, OutcomeCode::kDone);
  EXPECT_FALSE(is_indexed(3));
  create({"9", "null", "null", R"("sent")"});
  build_all();
  EXPECT_TRUE(is_indexed(3));
  const auto drafts =
      catalog().find_rows(rows(), {.filters = {{3, core::index_bytes(state, R"("draft")")}}});
  EXPECT_EQ(drafts.count, 3u) << "rows of before hold the default";
  EXPECT_EQ(faults(), 0u);
}

TEST_F(IndexBuilding, SeveralAreBuiltOneAfterTheOther) {
  core::ResourceSchema other = invoices();
  other.path = "bills";
  const core::ResourceId bills = define(other).id;
  create({"1", "null", R"("2026-01-02")"});
  ASSERT_EQ(rig_.run(core::AddIndex{bills, "paid_on"}).code, OutcomeCode::kDone);
  ASSERT_EQ(add_index("paid_on").code, OutcomeCode::kDone);
  EXPECT_EQ(catalog().index_builds().size(), 2u);
  build_all();
  EXPECT_TRUE(catalog().index_builds().empty());
  EXPECT_EQ(faults(), 0u);
}

TEST_F(IndexBuilding, OfAResourceThatIsDeletedMeanwhileEndsAndLeavesANewOneOfThatPathAlone) {
  make(10, "null");
  add_index("paid_on");
  build(4);
  ASSERT_EQ(rig_.run(core::DeleteResource{invoices_}).code, OutcomeCode::kDone);
  const core::ResourceId second = define(invoices()).id;
  build_all();
  EXPECT_TRUE(catalog().index_builds().empty());
  ASSERT_NE(catalog().resource("invoices"), nullptr);
  EXPECT_EQ(catalog().resource("invoices")->id, second);
  EXPECT_EQ(faults(), 0u);
}

TEST_F(IndexBuilding, IsRefusedWhereThereIsNothingToBuild) {
  core::ResourceSchema schema = invoices();
  schema.path = "papers";
  schema.fields.push_back(test::field("body", core::FieldType::kJson));
  const core::ResourceId papers = define(schema).id;
  EXPECT_EQ(rig_.run(core::AddIndex{papers, "body"}).code, OutcomeCode::kInvalid);
  EXPECT_EQ(rig_.run(core::AddIndex{papers, "none"}).code, OutcomeCode::kInvalid);
  EXPECT_EQ(rig_.run(core::AddIndex{papers, "number"}).code, OutcomeCode::kConflict);
  EXPECT_EQ(rig_.run(core::AddIndex{papers, "customer"}).code, OutcomeCode::kConflict);
  EXPECT_EQ(rig_.run(core::AddIndex{papers, "paid_on"}).code, OutcomeCode::kDone);
  EXPECT_EQ(rig_.run(core::AddIndex{papers, "paid_on"}).code, OutcomeCode::kConflict);
  EXPECT_EQ(rig_.run(core::AddIndex{99, "paid_on"}).code, OutcomeCode::kNotFound);
  EXPECT_EQ(rig_.run(core::AddIndex{core::kDataResource, "name"}).code, OutcomeCode::kNotFound);
}

}  // namespace
