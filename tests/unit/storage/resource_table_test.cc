#include "storage/resource_table.h"

#include <gtest/gtest.h>

#include "tests/support/resource_rig.h"

namespace {

class ResourceTableTest : public test::ResourceRig {
 protected:
  // What a table reads from the store as it is now; the store is closed for it.
  void load(storage::ResourceTable& table) {
    rig_.close();
    auto env = storage::Env::open({.dir = rig_.options.dir});
    const auto tables = storage::open_tables(*env, storage::store_formats());
    const auto txn = env->read();
    core::NullLog log;
    storage::Damage damage(log);
    storage::Records records(*txn, *tables, damage);
    table.load(records);
  }
};

TEST_F(ResourceTableTest, HoldsDataAndWhatIsDefinedAndNotDeleted) {
  define(invoices());
  core::ResourceSchema gone = invoices();
  gone.path = "gone";
  rig_.run(core::DeleteResource{define(gone).id});
  storage::ResourceTable table;
  EXPECT_EQ(table.find("data"), nullptr);
  load(table);
  EXPECT_EQ(table.all().size(), 2u);
  ASSERT_NE(table.find("data"), nullptr);
  EXPECT_EQ(table.find("data")->id, core::kDataResource);
  ASSERT_NE(table.find("invoices"), nullptr);
  EXPECT_EQ(table.find(table.find("invoices")->id), table.find("invoices"));
  EXPECT_EQ(table.find("gone"), nullptr);
  EXPECT_EQ(table.find(core::kFirstDefinedResource + 1), nullptr);
}

TEST_F(ResourceTableTest, FollowsItsUpdatesUntilItForgets) {
  storage::ResourceTable table;
  load(table);
  core::Resource resource{.id = 20, .schema = invoices()};
  table.update(resource);
  ASSERT_NE(table.find("invoices"), nullptr);
  resource.schema.fields.pop_back();
  table.update(resource);
  EXPECT_EQ(table.find("invoices")->schema.fields.size(), 2u);
  resource.deleted_at = 1;
  table.update(resource);
  EXPECT_EQ(table.find("invoices"), nullptr);
  EXPECT_EQ(table.find(20), nullptr);
  table.forget();
  EXPECT_EQ(table.find("data"), nullptr);
}

}  // namespace
