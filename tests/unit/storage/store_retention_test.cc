// Retention against the real writer: rounds on its thread, ticks on another.
#include <gtest/gtest.h>

#include <thread>

#include "core/service/retention.h"
#include "storage/verify.h"
#include "tests/support/store_rig.h"

namespace {

TEST(StoreRetention, RoundsTakeEverythingThatIsDueWhileOthersWrite) {
  constexpr std::uint64_t kRows = 3000;
  test::StoreRig rig;
  const core::TenantId tenant = rig.make_tenant().id;
  const core::Caller caller{.key_id = rig.make_key(tenant, 1).id, .tenant_id = tenant};
  rig.run_many(kRows, [&](std::uint64_t) { return test::new_row(caller, "row"); });
  rig.run_many(kRows - 1,
               [&](std::uint64_t n) { return core::DeleteRow{.caller = caller, .id = n + 1}; });

  core::Retention retention({.deleted = 1, .answers = 0}, rig.store->commands(), rig.log);
  std::thread ticker([&] {
    while (retention.totals().rows < kRows - 1) {
      retention.tick(rig.when + 2);
      std::this_thread::yield();
    }
  });
  rig.run_many(1000, [&](std::uint64_t) { return test::new_row(caller, "row"); });
  ticker.join();
  EXPECT_EQ(retention.totals().rows, kRows - 1);
  EXPECT_EQ(rig.reader->catalog().count_rows(test::data_of(tenant)), 1001u);
  rig.close();  // Before the retention that it may still answer.
  EXPECT_TRUE(storage::verify_store({.dir = rig.options.dir})->clean());
}

}  // namespace
