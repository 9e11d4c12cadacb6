#include "storage/change_set.h"

#include <algorithm>
#include <utility>

#include "storage/admin_token_changes.h"
#include "storage/answer_changes.h"
#include "storage/audit_trail.h"
#include "storage/index_building.h"
#include "storage/key_changes.h"
#include "storage/key_import.h"
#include "storage/purge_changes.h"
#include "storage/resource_changes.h"
#include "storage/row_changes.h"
#include "storage/tenant_changes.h"
#include "storage/webhook_changes.h"

namespace storage {

namespace {

// What forbids the command's author, now, to make it at all; nothing if it may be made. A tenant's
// key that was revoked since its first request is not told the answer again.
std::optional<core::Outcome> refuse_author(const core::Command& command, ChangeContext& context) {
  return std::visit(
      [&](const auto& change) -> std::optional<core::Outcome> {
        if constexpr (requires { change.caller.key_id; }) {
          return refuse_caller(change.caller, change.resource, context);
        } else if constexpr (requires { change.caller->key_id; }) {
          return refuse_caller(change.caller, context);
        } else {
          return std::nullopt;
        }
      },
      command.change);
}

}  // namespace

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
               .writes_audit = true,
               .when = 0,
               .if_match = nullptr,
               .actor = nullptr,
               .confined_to = 0},
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
  context_.actor = command.actor ? &*command.actor : nullptr;
  context_.confined_to = 0;
  if (command.actor) {
    auto confined_to = admit_actor(*command.actor, context_);
    if (!confined_to) return std::move(confined_to.error());
    context_.confined_to = *confined_to;
  }
  return command.idempotency ? apply_once(command) : apply_change(command);
}

ChangeResult ChangeSet::apply_change(const core::Command& command) {
  return std::visit([this](const auto& change) { return apply_audited(change, context_); },
                    command.change);
}

// If-Match comes after this: a repeated request finds the row changed by the first one.
ChangeResult ChangeSet::apply_once(const core::Command& command) {
  if (auto answer = find_first_answer(*command.idempotency, context_)) {
    if (auto refused = refuse_author(command, context_)) return *std::move(refused);
    return *std::move(answer);
  }
  if (context_.records.damaged()) return refuse_damaged();
  ChangeResult outcome = apply_change(command);
  if (outcome) STORE_TRY(keep_first_answer(*command.idempotency, *outcome, context_));
  return outcome;
}

core::Status ChangeSet::finish() {
  if (context_.counters == stored_counters_) return {};
  stored_counters_ = context_.counters;
  return context_.writer.put_counters(context_.counters);
}

}  // namespace storage
