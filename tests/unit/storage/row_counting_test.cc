#include "storage/row_counting.h"

#include <gtest/gtest.h>

#include "tests/support/resource_rig.h"

namespace {

constexpr std::size_t kNumber = 0;
constexpr std::size_t kCustomer = 1;

class RowCounting : public test::ResourceRig {
 protected:
  RowCounting() { define(invoices()); }

  static core::RowQuery::Filter is(std::size_t field, const std::string& json) {
    return {field, core::index_bytes(invoices().fields[field], json)};
  }
  std::uint64_t count(std::vector<core::RowQuery::Filter> filters, core::TenantId tenant = 0) {
    EXPECT_TRUE(rig_.store->counter().ask({.tenant = tenant == 0 ? tenant_.id : tenant,
                                           .resource = resource_,
                                           .filters = std::move(filters)},
                                          rig_.replies, 7));
    const core::Reply reply = rig_.replies.wait();
    EXPECT_EQ(reply.token, 7u);
    return std::get<core::RowCount>(reply.body).count;
  }
};

TEST_F(RowCounting, CountsExactlyMoreRowsThanAPageLooksAt) {
  rig_.run_many(25'000, [&](std::uint64_t i) {
    return core::CreateRow{
        caller(), resource_, {std::to_string(i), i % 5 == 0 ? R"("bob")" : R"("ann")", "null"}};
  });
  EXPECT_EQ(count({is(kCustomer, R"("ann")")}), 20'000u);
  EXPECT_EQ(count({is(kCustomer, R"("bob")")}), 5'000u);
  EXPECT_EQ(count({is(kCustomer, R"("cid")")}), 0u);
}

TEST_F(RowCounting, CountsRowsThatPassEveryFilter) {
  create({"1", R"("ann")", "null"});
  create({"2", R"("ann")", "null"});
  create({"3", R"("bob")", "null"});
  EXPECT_EQ(count({is(kCustomer, R"("ann")"), is(kNumber, "2")}), 1u);
  EXPECT_EQ(count({is(kNumber, "2"), is(kCustomer, R"("ann")")}), 1u);
  EXPECT_EQ(count({is(kNumber, "3"), is(kCustomer, R"("ann")")}), 0u);
}

TEST_F(RowCounting, SeesEveryChangeThatWasAnsweredBefore) {
  create({"1", R"("ann")", "null"});
  EXPECT_EQ(count({is(kCustomer, R"("ann")")}), 1u);
  update(1, {std::nullopt, R"("bob")"});
  EXPECT_EQ(count({is(kCustomer, R"("ann")")}), 0u);
  EXPECT_EQ(count({is(kCustomer, R"("bob")")}), 1u);
  remove(1);
  EXPECT_EQ(count({is(kCustomer, R"("bob")")}), 0u);
}

TEST_F(RowCounting, CountsNoOtherTenantsRows) {
  create({"1", R"("ann")", "null"});
  EXPECT_EQ(count({is(kCustomer, R"("ann")")}, rig_.make_tenant("Other").id), 0u);
}

TEST_F(RowCounting, OfAResourceThatWasDeletedThereAreNone) {
  create({"1", R"("ann")", "null"});
  rig_.run(core::DeleteResource{resource_});
  EXPECT_EQ(count({is(kCustomer, R"("ann")")}), 0u);
}

TEST_F(RowCounting, RefusesQuestionsOnceItHasStopped) {
  rig_.store->stop();
  EXPECT_FALSE(rig_.store->counter().ask({}, rig_.replies, 7));
}

}  // namespace
