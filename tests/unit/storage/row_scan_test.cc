#include "storage/row_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "storage/verify.h"
#include "tests/support/resource_rig.h"

namespace {

using core::OutcomeCode;
using core::RowQuery;
using Ids = std::vector<core::RowId>;

constexpr std::size_t kNumber = 0;
constexpr std::size_t kCustomer = 1;

class RowScan : public test::ResourceRig {
 protected:
  RowScan() { define(invoices()); }

  RowQuery::Filter is(std::size_t field, const std::string& json) {
    return {field, core::index_bytes(invoices().fields[field], json)};
  }

  // All pages of the query, one after the other.
  Ids found(RowQuery query) {
    Ids ids;
    for (;;) {
      const auto page = catalog().find_rows(rows(), query);
      append_ids(page.json, ids);
      EXPECT_LE(page.count, query.limit);
      if (page.next.empty()) return ids;
      query.after = page.next;
    }
  }

  static void append_ids(const std::string& json, Ids& ids) {
    constexpr std::string_view kMark = R"({"id":)";
    for (std::size_t at = json.find(kMark); at != std::string::npos;
         at = json.find(kMark, at + 1)) {
      ids.push_back(std::stoull(json.substr(at + kMark.size())));
    }
  }

  void make(const std::vector<std::string>& customers) {
    int number = 100;
    for (const std::string& customer : customers) {
      ASSERT_EQ(create({std::to_string(number--), '"' + customer + '"', "null"}).code,
                OutcomeCode::kDone);
    }
  }
};

TEST_F(RowScan, SortsByAnIndexedFieldEitherWay) {
  make({"bob", "ann", "bob", "cid"});
  EXPECT_EQ(found({.sort_field = kCustomer}), (Ids{2, 1, 3, 4}));
  EXPECT_EQ(found({.sort_field = kCustomer, .descending = true}), (Ids{4, 3, 1, 2}));
  EXPECT_EQ(found({.sort_field = kNumber}), (Ids{4, 3, 2, 1}));
  EXPECT_EQ(found({.descending = true}), (Ids{4, 3, 2, 1}));
}

TEST_F(RowScan, GoesOnFromPageToPageEitherWay) {
  make({"bob", "ann", "bob", "cid", "ann"});
  for (std::uint32_t limit = 1; limit <= 6; ++limit) {
    EXPECT_EQ(found({.sort_field = kCustomer, .limit = limit}), (Ids{2, 5, 1, 3, 4})) << limit;
    EXPECT_EQ(found({.sort_field = kCustomer, .descending = true, .limit = limit}),
              (Ids{4, 3, 1, 5, 2}))
        << limit;
    EXPECT_EQ(found({.filters = {is(kCustomer, R"("bob")")}, .limit = limit}), (Ids{1, 3}))
        << limit;
    EXPECT_EQ(found({.descending = true, .limit = limit}), (Ids{5, 4, 3, 2, 1})) << limit;
  }
}

TEST_F(RowScan, FiltersByEveryFieldThatIsAskedFor) {
  make({"bob", "ann", "bob"});
  EXPECT_EQ(found({.filters = {is(kCustomer, R"("bob")")}}), (Ids{1, 3}));
  EXPECT_EQ(found({.filters = {is(kCustomer, R"("bo")")}}), Ids{});
  EXPECT_EQ(found({.filters = {is(kCustomer, R"("bob")"), is(kNumber, "98")}}), Ids{3});
  EXPECT_EQ(found({.filters = {is(kNumber, "100"), is(kCustomer, R"("ann")")}}), Ids{});
  EXPECT_EQ(found({.filters = {is(kCustomer, R"("bob")")}, .sort_field = kNumber}), (Ids{3, 1}));
  EXPECT_EQ(
      found({.filters = {is(kCustomer, R"("bob")")}, .sort_field = kCustomer, .descending = true}),
      (Ids{3, 1}));
}

TEST_F(RowScan, HasRowsWithoutAValueFirst) {
  create({"1", R"("ann")", "null"});
  create({"2", "null", "null"});
  EXPECT_EQ(found({.sort_field = kCustomer}), (Ids{2, 1}));
  EXPECT_EQ(found({.filters = {is(kCustomer, "null")}}), Ids{2});
}

TEST_F(RowScan, ShowsDeletedRowsAmongTheOthersWhenAsked) {
  make({"a", "b", "c", "d"});
  remove(2);
  remove(4);
  EXPECT_EQ(found({.sort_field = kCustomer}), (Ids{1, 3}));
  for (std::uint32_t limit = 1; limit <= 5; ++limit) {
    EXPECT_EQ(found({.include_deleted = true, .limit = limit}), (Ids{1, 2, 3, 4})) << limit;
    EXPECT_EQ(found({.descending = true, .include_deleted = true, .limit = limit}),
              (Ids{4, 3, 2, 1}))
        << limit;
  }
  const auto page = catalog().find_rows(rows(), {.include_deleted = true, .limit = 2});
  EXPECT_NE(page.json.find(R"(,"deleted_at":null},{"id":2)"), std::string::npos) << page.json;
  EXPECT_NE(page.json.find(R"(,"deleted_at":"2026-01-01T00:00:00.000000Z"})"), std::string::npos);
}

TEST_F(RowScan, APageEndsEarlyWhereMostRowsArePassedOver) {
  const std::uint64_t many = storage::kListScanMax + 5;
  rig_.run_many(many, [&](std::uint64_t i) {
    return core::CreateRow{
        caller(), resource_, {std::to_string(i), i == many - 1 ? R"("last")" : R"("x")", "null"}};
  });
  RowQuery query{.filters = {is(kCustomer, R"("last")")}, .sort_field = kNumber};
  const auto first = catalog().find_rows(rows(), query);
  EXPECT_EQ(first.count, 0u);
  EXPECT_FALSE(first.next.empty());
  EXPECT_EQ(found(query), Ids{many});
}

TEST_F(RowScan, NeverLeavesTheTenantsRows) {
  make({"ann"});
  const core::TenantId other = rig_.make_tenant("Other").id;
  const core::Caller stranger{rig_.make_key(other, 2).id, other};
  ASSERT_EQ(rig_.run(core::CreateRow{stranger, resource_, {"100", R"("ann")", "null"}}).code,
            OutcomeCode::kDone);  // Unique per tenant.
  for (const core::TenantId tenant : {tenant_.id, other}) {
    const core::RowsOf of{tenant, *catalog().resource("invoices")};
    for (const bool descending : {false, true}) {
      for (const std::size_t field : {RowQuery::kById, kNumber, kCustomer}) {
        RowQuery query{.sort_field = field, .descending = descending};
        EXPECT_EQ(catalog().find_rows(of, query).count, 1u);
        query.include_deleted = field == RowQuery::kById;
        EXPECT_EQ(catalog().find_rows(of, query).count, 1u);
      }
      const RowQuery query{.filters = {is(kCustomer, R"("ann")")}, .descending = descending};
      EXPECT_EQ(catalog().find_rows(of, query).count, 1u);
    }
  }
}

TEST_F(RowScan, UniqueValuesAreUniqueAmongRowsThatAreThere) {
  create({"1", "null", "null"});
  const auto taken = create({"1", "null", "null"});
  EXPECT_EQ(taken.code, OutcomeCode::kConflict);
  EXPECT_EQ(taken.field, "number");
  create({"2", "null", "null"});
  EXPECT_EQ(update(2, {"1"}).code, OutcomeCode::kConflict);
  EXPECT_EQ(update(2, {"2"}).code, OutcomeCode::kDone);  // Its own.
  remove(1);
  EXPECT_EQ(create({"1", "null", "null"}).code, OutcomeCode::kDone);
  EXPECT_EQ(restore(1).code, OutcomeCode::kConflict);
  remove(3);
  EXPECT_EQ(restore(1).code, OutcomeCode::kDone);
  EXPECT_EQ(restore(1).code, OutcomeCode::kNotFound);
  EXPECT_EQ(create({"null", "null", "null"}).code, OutcomeCode::kDone);
  EXPECT_EQ(create({"null", "null", "null"}).code, OutcomeCode::kDone);
  EXPECT_EQ(catalog().count_rows(rows()), 4u);
}

TEST_F(RowScan, AForeignFieldNamesARowOfTheTenantsOwn) {
  core::ResourceSchema lines;
  lines.name = "Line";
  lines.path = "lines";
  lines.fields = {test::field("invoice", core::FieldType::kInteger)};
  lines.fields[0].foreign = "invoices";
  create({"1", "null", "null"});
  const core::ResourceId invoices = resource_;
  define(lines);
  EXPECT_EQ(create({"1"}).code, OutcomeCode::kDone);
  EXPECT_EQ(create({"null"}).code, OutcomeCode::kDone);
  const auto refused = create({"2"});
  EXPECT_EQ(refused.code, OutcomeCode::kInvalid);
  EXPECT_EQ(refused.field, "invoice");
  const core::TenantId other = rig_.make_tenant("Other").id;
  const core::Caller stranger{rig_.make_key(other, 2).id, other};
  EXPECT_EQ(rig_.run(core::CreateRow{stranger, resource_, {"1"}}).code, OutcomeCode::kInvalid);
  rig_.run(core::DeleteRow{caller(), invoices, 1});
  EXPECT_EQ(create({"1"}).code, OutcomeCode::kInvalid);
  EXPECT_EQ(update(1, {"1"}).code, OutcomeCode::kDone);  // What it held already is not judged.
}

struct ModelRow {
  int number;
  int customer;
  bool is_deleted;
};

// Whether a row other than `but` holds the number.
bool is_taken(const std::vector<ModelRow>& model, int number, std::size_t but) {
  for (std::size_t i = 0; i < model.size(); ++i) {
    if (i != but && !model[i].is_deleted && model[i].number == number) return true;
  }
  return false;
}

core::RowValues values_of(const ModelRow& row) {
  return {std::to_string(row.number), "\"c" + std::to_string(row.customer) + '"'};
}

// Random changes beside a plain model: indexes, counts and rows agree, and verify finds no fault.
TEST_F(RowScan, AgreesWithAModelOverRandomChanges) {
  std::mt19937_64 random(7);
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  std::vector<ModelRow> model;  // By id - 1.
  for (int step = 0; step < 600; ++step) {
    const ModelRow fresh{static_cast<int>(below(60)) - 30, static_cast<int>(below(5)), false};
    const std::size_t at = below(80);
    const bool is_there = at < model.size() && !model[at].is_deleted;
    const bool is_gone = at < model.size() && model[at].is_deleted;
    switch (below(4)) {
      case 0:
        if (create(values_of(fresh)).code == OutcomeCode::kDone) {
          ASSERT_FALSE(is_taken(model, fresh.number, model.size()));
          model.push_back(fresh);
        } else {
          ASSERT_TRUE(is_taken(model, fresh.number, model.size()));
        }
        break;
      case 1: {
        const OutcomeCode code = update(at + 1, values_of(fresh)).code;
        ASSERT_EQ(code, !is_there                           ? OutcomeCode::kNotFound
                        : is_taken(model, fresh.number, at) ? OutcomeCode::kConflict
                                                            : OutcomeCode::kDone);
        if (code == OutcomeCode::kDone) model[at] = fresh;
        break;
      }
      case 2:
        ASSERT_EQ(remove(at + 1).code, is_there ? OutcomeCode::kDone : OutcomeCode::kNotFound);
        if (is_there) model[at].is_deleted = true;
        break;
      default: {
        const OutcomeCode code = restore(at + 1).code;
        ASSERT_EQ(code, !is_gone                                ? OutcomeCode::kNotFound
                        : is_taken(model, model[at].number, at) ? OutcomeCode::kConflict
                                                                : OutcomeCode::kDone);
        if (code == OutcomeCode::kDone) model[at].is_deleted = false;
      }
    }
  }
  Ids by_number;
  for (std::size_t i = 0; i < model.size(); ++i) {
    if (!model[i].is_deleted) by_number.push_back(i + 1);
  }
  EXPECT_EQ(catalog().count_rows(rows()), by_number.size());
  for (int customer = 0; customer < 5; ++customer) {
    Ids expected;
    std::ranges::copy_if(by_number, std::back_inserter(expected),
                         [&](core::RowId id) { return model[id - 1].customer == customer; });
    EXPECT_EQ(
        found({.filters = {is(kCustomer, "\"c" + std::to_string(customer) + '"')}, .limit = 3}),
        expected);
  }
  std::ranges::sort(by_number, {}, [&](core::RowId id) { return model[id - 1].number; });
  EXPECT_EQ(found({.sort_field = kNumber, .limit = 7}), by_number);
  rig_.close();
  const auto report = storage::verify_store({.dir = rig_.options.dir});
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->listed.empty()) << report->listed.front();
}

}  // namespace
