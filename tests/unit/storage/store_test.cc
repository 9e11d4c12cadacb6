#include "storage/store.h"

#include <gtest/gtest.h>

#include "tests/support/store_rig.h"

namespace storage {
namespace {

TEST(Store, CoversEverySlotThatAKeyNamesWhenTheLimiterTableIsLost) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant();
  for (std::uint64_t secret = 1; secret <= 3; ++secret) rig.make_key(tenant.id, secret);
  rig.close();
  rig.slots.ensured = 0;
  rig.open();
  EXPECT_EQ(rig.slots.ensured, 3U);
}

TEST(Store, IsNotOpenedWithoutRoomForItsSlots) {
  test::StoreRig rig;
  rig.make_key(rig.make_tenant().id, 1);
  rig.close();
  rig.slots.full = true;
  const auto opened =
      Store::open(rig.options, {.slots = rig.slots, .clock = rig.clock, .log = rig.log});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ENOSPC);
}

}  // namespace
}  // namespace storage
