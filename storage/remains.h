// What is left of tenants and resources that retention has taken away: their keys, webhooks and
// rows.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/change_context.h"

namespace storage {

// The first `max` keys of a table that begin with `prefix`, from `begin` on.
core::Result<std::vector<std::string>> keys_with(const Txn& txn, Table table, core::Bytes begin,
                                                 core::Bytes prefix, std::size_t max);

// Takes remains away, a bounded number of records a transaction. Their owner has no row any more,
// so nothing asks for them and their order is of no account.
//
// Owner: one Purge while it is applied.
class Remains {
 public:
  // `left`, how many records may still be taken, and `tally` are brought up to date.
  Remains(ChangeContext& context, std::uint32_t& left, core::PurgeTally& tally) noexcept
      : context_(context), left_(left), tally_(tally) {}

  // Those of the longest gone first. left > 0 afterwards: there are none any more.
  core::Status take();

 private:
  // `entry` is a key of by_age, not a view into the store.
  core::Status take_tenant(core::Bytes entry);
  core::Status take_keys(core::TenantId tenant);
  core::Status take_webhooks(core::TenantId tenant);
  core::Status take_resource(core::Bytes entry);
  core::Status take_space(const RowSpace& space);
  core::Status take_index(const RowSpace& space);
  core::Status take_rows(const RowSpace& space);
  core::Status take_deleted_rows(const RowSpace& space);
  core::Result<std::vector<std::string>> next_keys(Table table, core::Bytes prefix) const;

  ChangeContext& context_;
  std::uint32_t& left_;
  core::PurgeTally& tally_;
};

}  // namespace storage
