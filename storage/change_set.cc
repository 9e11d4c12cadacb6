#include "storage/change_set.h"

#include <algorithm>
#include <utility>

#include "storage/key_changes.h"
#include "storage/resource_changes.h"
#include "storage/row_changes.h"
#include "storage/tenant_changes.h"
#include "storage/webhook_changes.h"

namespace storage {

bool Effects::changes_limit_of(std::uint32_t slot) const noexcept {
  return std::ranges::any_of(keys, [slot](const KeyTouch& touch) {
    return touch.limit_changed && touch.record.limiter_slot == slot;
  });
}

ChangeSet::ChangeSet(WriteTxn& txn, Environment& environment, LimiterSlots& slots,
                     ResourceTable& resources)
    : context_{.records = Records(txn, environment.tables(), environment.damage()),
               .writer = RecordWriter(txn, environment.tables()),
               .slots = slots,
               .counters = {},
               .effects = {},
               .resources = resources,
               .when = 0,
               .if_match = nullptr},
      stored_counters_(context_.records.counters()),
      counters_damaged_(context_.records.damaged()) {
  context_.counters = stored_counters_;
}

bool ChangeSet::accepts(const core::Command& command) {
  const auto* update = std::get_if<core::UpdateKey>(&command.change);
  return update == nullptr || may_apply(*update, context_);
}

ChangeResult ChangeSet::apply(const core::Command& command) {
  // What one command found damaged is not held against the next; damaged counters are.
  if (counters_damaged_) return refuse_damaged();
  context_.records.forget_damage();
  context_.when = command.when;
  context_.if_match = command.if_match ? &*command.if_match : nullptr;
  return std::visit([this](const auto& change) { return storage::apply(change, context_); },
                    command.change);
}

core::Status ChangeSet::finish() {
  if (context_.counters == stored_counters_) return {};
  stored_counters_ = context_.counters;
  return context_.writer.put_counters(context_.counters);
}

}  // namespace storage
