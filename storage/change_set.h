// The commands of one transaction: applied in order, committed together.
#pragma once

#include "storage/change_context.h"
#include "storage/environment.h"

namespace storage {

// Deterministic: the same store and the same commands give the same rows and outcomes, whatever the
// time and however the commands were grouped into transactions.
//
// Owner: the store's writer, which also commits. After that only take_effects() is allowed.
class ChangeSet {
 public:
  // `resources` must be forgotten if the transaction is not committed.
  ChangeSet(WriteTxn& txn, Environment& environment, LimiterSlots& slots, ResourceTable& resources);

  // For a store without room for more: the changes have no entries in the audit log.
  void leave_out_audit() noexcept { context_.writes_audit = false; }

  // Whether the command can be in this transaction; if not, it begins the next one.
  bool accepts(const core::Command& command);

  // After an Error the transaction must be aborted.
  ChangeResult apply(const core::Command& command);

  // Writes what the changes share. To be called before the commit.
  core::Status finish();

  // What is to be done after the commit. The set is empty then.
  Effects take_effects() noexcept { return std::move(context_.effects); }

 private:
  ChangeResult apply_change(const core::Command& command);
  ChangeResult apply_once(const core::Command& command);

  ChangeContext context_;
  Counters stored_counters_;
  bool counters_damaged_ = false;
};

}  // namespace storage
