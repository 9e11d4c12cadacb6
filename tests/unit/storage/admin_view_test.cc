#include "storage/admin_view.h"

#include <gtest/gtest.h>

#include "storage/row_scan.h"
#include "tests/support/store_rig.h"

namespace {

using Ids = std::vector<std::uint64_t>;

template <typename Row>
Ids ids(const core::Page<Row>& page) {
  Ids found;
  for (const Row& row : page.rows) found.push_back(row.id);
  return found;
}

class AdminView : public testing::Test {
 protected:
  core::AdminReader& admin() { return rig_.reader->admin(); }

  // Six entries: tenants 1 and 2, then two keys of each in turns.
  void fill() {
    for (const char* name : {"One", "Two"}) {
      rig_.make_tenant(name);
      rig_.when += 10;
    }
    for (std::uint64_t i = 0; i < 4; ++i) {
      rig_.make_key(1 + i % 2, i);
      rig_.when += 10;
    }
  }
  Ids all(core::AuditQuery query) {
    Ids found;
    do {
      const auto page = admin().audit_entries(query);
      EXPECT_LE(page.rows.size(), query.limit);
      for (const std::uint64_t id : ids(page)) found.push_back(id);
      query.after_id = page.next_after_id;
    } while (query.after_id != 0);
    return found;
  }

  test::StoreRig rig_;
};

TEST_F(AdminView, AnEmptyLogHasNoEntries) {
  EXPECT_EQ(all({}), Ids{});
  EXPECT_EQ(all({.newest_first = true}), Ids{});
  EXPECT_EQ(all({.newest_first = true, .tenant_id = 3}), Ids{});
  EXPECT_FALSE(admin().audit_entry(1));
  EXPECT_EQ(admin().count_audit_entries(), 0u);
}

TEST_F(AdminView, PagesOfAnySizeHaveEveryEntryOnceInBothDirections) {
  fill();
  for (const std::uint32_t limit : {1, 2, 3, 5, 6, 100}) {
    EXPECT_EQ(all({.limit = limit}), (Ids{1, 2, 3, 4, 5, 6})) << limit;
    EXPECT_EQ(all({.newest_first = true, .limit = limit}), (Ids{6, 5, 4, 3, 2, 1})) << limit;
    EXPECT_EQ(all({.limit = limit, .tenant_id = 1}), (Ids{1, 3, 5})) << limit;
    EXPECT_EQ(all({.newest_first = true, .limit = limit, .tenant_id = 1}), (Ids{5, 3, 1}));
    EXPECT_EQ(all({.newest_first = true, .limit = limit, .tenant_id = 2}), (Ids{6, 4, 2}));
  }
  EXPECT_EQ(admin().count_audit_entries(), 6u);
  EXPECT_EQ(admin().audit_entry(3)->action, "key.created");
}

TEST_F(AdminView, FiltersByWhatAnEntrySays) {
  const core::WallMicros begin = rig_.when;
  fill();
  EXPECT_EQ(all({.action = "tenant.created"}), (Ids{1, 2}));
  EXPECT_EQ(all({.resource = "api_keys"}), (Ids{3, 4, 5, 6}));
  EXPECT_EQ(all({.row_id = 2}), (Ids{2, 4}));
  EXPECT_EQ(all({.row_id = 2, .resource = "tenants"}), (Ids{2}));
  EXPECT_EQ(all({.actor = "root"}), Ids{});
  EXPECT_EQ(all({.actor = "system"}).size(), 6u);
  EXPECT_EQ(all({.from = begin + 10, .to = begin + 30}), (Ids{2, 3}));
  EXPECT_EQ(all({.tenant_id = 2, .action = "key.created"}), (Ids{4, 6}));
}

TEST_F(AdminView, APageEndsWhereItsRowsAreTooLarge) {
  core::CreateKey command = test::StoreRig::new_key(rig_.make_tenant().id, 0);
  command.metadata = "{\"a\":\"" + std::string(4000, 'x') + "\"}";
  const std::uint64_t keys = storage::kRowPageBytesMax / 4000 + 1;
  ASSERT_LT(keys, 1100u);
  rig_.run_many(keys, [&](std::uint64_t n) {
    command.digest = test::digest_of(n);
    return command;
  });
  const auto page = admin().audit_entries({.limit = 1000, .resource = "api_keys"});
  EXPECT_LT(page.rows.size(), 1000u);
  EXPECT_EQ(page.next_after_id, page.rows.back().id);
  EXPECT_EQ(all({.limit = 1000, .resource = "api_keys"}).size(), keys);
}

TEST_F(AdminView, TokensAreListedWithTheDeletedOnesIfAskedFor) {
  for (const char* name : {"a", "b", "c"}) {
    core::CreateAdminToken command;
    command.name = name;
    command.digest = core::Hasher().sha256(name);
    rig_.run(command);
  }
  rig_.run(core::DeleteAdminToken{.id = 2});
  EXPECT_EQ(ids(admin().tokens({})), (Ids{1, 3}));
  EXPECT_EQ(ids(admin().tokens({.include_deleted = true})), (Ids{1, 2, 3}));
  const auto first = admin().tokens({.limit = 1});
  EXPECT_EQ(ids(first), (Ids{1}));
  EXPECT_EQ(ids(admin().tokens({.after_id = first.next_after_id, .limit = 1})), (Ids{3}));
}

}  // namespace
