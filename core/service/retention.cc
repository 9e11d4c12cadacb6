#include "core/service/retention.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace core {

namespace {

// The moment before which a kind is too old; 0: it is kept for ever.
WallMicros cutoff(WallMicros now, WallMicros period) noexcept {
  return period == 0 ? 0 : std::max<WallMicros>(now - period, 0);
}

}  // namespace

void Retention::tick(WallMicros now) noexcept {
  if (is_running_.load(std::memory_order_acquire)) return;
  now_ = now;
  commands_left_ = kCommandsMax;
  is_running_.store(true, std::memory_order_relaxed);
  submit();
}

void Retention::submit() noexcept {
  --commands_left_;
  const Purge purge{.deleted_before = cutoff(now_, periods_.deleted),
                    .answers_before = cutoff(now_, periods_.answers),
                    .audit_before = cutoff(now_, periods_.audit)};
  if (!commands_.submit({.when = now_, .change = purge}, *this, 0)) end_round();
}

void Retention::post(Reply&& reply) noexcept {
  const auto& outcome = std::get<Outcome>(reply.body);
  const auto* const tally = std::get_if<PurgeTally>(&outcome.row);
  if (tally == nullptr) return end_round();  // The store is full, or writes are stopped.
  count(*tally);
  if (tally->more && commands_left_ > 0) return submit();
  if (!tally->more) log_taken();
  end_round();
}

void Retention::count(const PurgeTally& tally) noexcept {
  const auto add = [](std::uint64_t amount, std::uint64_t& unlogged,
                      std::atomic<std::uint64_t>& total) {
    unlogged += amount;
    total.fetch_add(amount, std::memory_order_relaxed);
  };
  add(tally.tenants, unlogged_.tenants, tenants_);
  add(tally.keys, unlogged_.keys, keys_);
  add(tally.resources, unlogged_.resources, resources_);
  add(tally.rows, unlogged_.rows, rows_);
  add(tally.webhooks, unlogged_.webhooks, webhooks_);
  add(tally.answers, unlogged_.answers, answers_);
  add(tally.admin_tokens, unlogged_.admin_tokens, admin_tokens_);
  add(tally.audit_entries, unlogged_.audit_entries, audit_entries_);
}

void Retention::log_taken() noexcept {
  const PurgeTally taken = std::exchange(unlogged_, {});
  const std::uint64_t records = taken.tenants + taken.keys + taken.resources + taken.rows +
                                taken.webhooks + taken.answers + taken.admin_tokens +
                                taken.audit_entries;
  if (records == 0) return;
  log_.info(
      "retention: {} tenants, {} keys, {} resources, {} rows, {} webhooks, {} first answers, {} "
      "admin tokens, {} audit entries taken away",
      taken.tenants, taken.keys, taken.resources, taken.rows, taken.webhooks, taken.answers,
      taken.admin_tokens, taken.audit_entries);
}

PurgeTally Retention::totals() const noexcept {
  return {.tenants = tenants_.load(std::memory_order_relaxed),
          .keys = keys_.load(std::memory_order_relaxed),
          .resources = resources_.load(std::memory_order_relaxed),
          .rows = rows_.load(std::memory_order_relaxed),
          .webhooks = webhooks_.load(std::memory_order_relaxed),
          .answers = answers_.load(std::memory_order_relaxed),
          .admin_tokens = admin_tokens_.load(std::memory_order_relaxed),
          .audit_entries = audit_entries_.load(std::memory_order_relaxed)};
}

void Retention::end_round() noexcept {
  is_running_.store(false, std::memory_order_release);
}

}  // namespace core
