#include "storage/id_walk.h"

#include <gtest/gtest.h>

#include "storage/record_writer.h"
#include "tests/support/temp_folder.h"

namespace {

using Ids = std::vector<std::uint64_t>;

// Entries 3, 5 and 9; 5 and 9 are about tenant 2, and tenants 1 and 3 have one each around them.
class IdWalkTest : public testing::Test {
 protected:
  IdWalkTest()
      : env_(*storage::Env::open({.dir = folder_.file("store"), .sync = storage::SyncMode::kNone})),
        tables_(*storage::open_tables(env_, storage::store_formats())) {
    auto txn = env_.write();
    storage::RecordWriter writer(*txn, tables_);
    for (const auto& [id, tenant] :
         std::map<core::AuditId, core::TenantId>{{3, 1}, {5, 2}, {9, 2}, {12, 3}}) {
      core::AuditEntry entry;
      entry.id = id;
      entry.tenant_id = tenant;
      EXPECT_TRUE(writer.append_audit(entry));
    }
    EXPECT_TRUE(txn->commit());
  }

  Ids walk(core::TenantId tenant, bool descending, std::uint64_t after) {
    const auto txn = env_.read();
    storage::Records records(*txn, tables_, damage_);
    storage::IdWalk walk(records,
                         {.name = "t",
                          .table = tenant == 0 ? tables_.audit_log : tables_.audit_by_tenant,
                          .tenant = tenant,
                          .descending = descending});
    Ids ids;
    std::uint64_t passed = after;
    for (walk.seek(after); walk.has_id(); walk.next()) {
      EXPECT_EQ(walk.passed(), passed);
      ids.push_back(passed = walk.id());
    }
    return ids;
  }

  core::TempFolder folder_;
  core::NullLog log_;
  storage::Damage damage_{log_};
  storage::Env env_;
  storage::CatalogTables tables_;
};

TEST_F(IdWalkTest, GoesUpFromBehindAPlaceWhetherThereIsAnIdOrNot) {
  EXPECT_EQ(walk(0, false, 0), (Ids{3, 5, 9, 12}));
  EXPECT_EQ(walk(0, false, 3), (Ids{5, 9, 12}));
  EXPECT_EQ(walk(0, false, 4), (Ids{5, 9, 12}));
  EXPECT_EQ(walk(0, false, 12), Ids{});
  EXPECT_EQ(walk(0, false, ~std::uint64_t{0}), Ids{});
}

TEST_F(IdWalkTest, GoesDownFromBeforeAPlaceWhetherThereIsAnIdOrNot) {
  EXPECT_EQ(walk(0, true, 0), (Ids{12, 9, 5, 3}));
  EXPECT_EQ(walk(0, true, 12), (Ids{9, 5, 3}));
  EXPECT_EQ(walk(0, true, 8), (Ids{5, 3}));
  EXPECT_EQ(walk(0, true, 3), Ids{});
  EXPECT_EQ(walk(0, true, 100), (Ids{12, 9, 5, 3}));
}

TEST_F(IdWalkTest, StaysWithinOneTenant) {
  EXPECT_EQ(walk(2, false, 0), (Ids{5, 9}));
  EXPECT_EQ(walk(2, true, 0), (Ids{9, 5}));
  EXPECT_EQ(walk(2, true, 9), (Ids{5}));
  EXPECT_EQ(walk(3, true, 0), (Ids{12}));
  EXPECT_EQ(walk(1, true, 0), (Ids{3}));
  for (const core::TenantId none : {4, 99}) {
    EXPECT_EQ(walk(none, false, 0), Ids{});
    EXPECT_EQ(walk(none, true, 0), Ids{});
  }
}

}  // namespace
