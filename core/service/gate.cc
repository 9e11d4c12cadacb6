#include "core/service/gate.h"

namespace core {
namespace {

// A limit change between two looks makes the record stale once. Only a stream of changes to the
// same key, each landing between reload and take, uses these up.
constexpr int kReloadsMax = 8;

}  // namespace

Gate::Gate(AuthIndex& index, LimiterWords& words, UsageSink& usage)
    : index_(index), words_(words), usage_(usage) {}

Verdict Gate::judge(const Asked& asked, const TurnTime& time) noexcept {
  Verdict verdict;
  if (asked.secret.empty()) return verdict;

  const Digest digest = hasher_.sha256(asked.secret);
  verdict.outcome = GateOutcome::kKeyUnknown;
  if (!index_.find(digest, verdict.record)) return verdict;
  if (verdict.record.has_ended(time.wall_us)) return verdict;
  const TenantState tenant = index_.tenant(verdict.record.tenant_id);
  if (!tenant.exists) return verdict;

  if (!usage_.reserve()) {
    verdict.outcome = GateOutcome::kUsageFull;
    return verdict;
  }
  verdict.identified = true;
  verdict.outcome = check_state(verdict.record, tenant, time.wall_us);
  if (verdict.outcome == GateOutcome::kAdmitted) {
    verdict.outcome = check_policy(asked, digest, verdict.record);
  }
  verdict.limited = !verdict.record.has(AuthRecord::kUnlimited);
  if (verdict.outcome != GateOutcome::kAdmitted) {
    if (verdict.limited) verdict.take = peek(verdict.record, time);
    return verdict;
  }
  verdict.outcome = take_token(digest, time, verdict);
  return verdict;
}

GateOutcome Gate::check_state(const AuthRecord& record, const TenantState& tenant,
                              WallMicros now) noexcept {
  if (record.expires_at != 0 && record.expires_at <= now) return GateOutcome::kKeyExpired;
  if (!record.has(AuthRecord::kActive)) return GateOutcome::kKeyInactive;
  return tenant.active ? GateOutcome::kAdmitted : GateOutcome::kTenantInactive;
}

GateOutcome Gate::check_policy(const Asked& asked, const Digest& digest,
                               AuthRecord& record) noexcept {
  if (record.has(AuthRecord::kAllowedIps) && !index_.allows(digest, record, asked.address)) {
    return GateOutcome::kAddressRefused;
  }
  return has_scope(asked, record) ? GateOutcome::kAdmitted : GateOutcome::kScopeMissing;
}

bool Gate::has_scope(const Asked& asked, const AuthRecord& record) noexcept {
  switch (asked.access) {
    case Access::kAny:
      return true;
    case Access::kRead:
      return record.has(AuthRecord::kDataRead);
    case Access::kWrite:
      return record.has(AuthRecord::kDataWrite);
    case Access::kNamed:
      return asked.named != nullptr && asked.named->passes(record.key_id);
  }
  return false;
}

GateOutcome Gate::take_token(const Digest& digest, const TurnTime& time,
                             Verdict& verdict) noexcept {
  if (!verdict.limited) {
    verdict.charged = true;
    return GateOutcome::kAdmitted;
  }
  for (int reloads = 0; reloads <= kReloadsMax; ++reloads) {
    BucketWord& word = words_.word(verdict.record.limiter_slot);
    verdict.take = bucket_take(word, verdict.record, limiter_time(time));
    if (verdict.take.outcome == TakeOutcome::kAdmitted) {
      verdict.charged = true;
      return GateOutcome::kAdmitted;
    }
    if (verdict.take.outcome == TakeOutcome::kRefused) return GateOutcome::kOverLimit;
    // The limit was changed since this shard read the record: judge by the new one.
    if (!index_.reload(digest, verdict.record)) {
      usage_.cancel();
      verdict.identified = false;
      return GateOutcome::kKeyUnknown;
    }
    verdict.limited = !verdict.record.has(AuthRecord::kUnlimited);
    if (!verdict.limited) {
      verdict.charged = true;
      return GateOutcome::kAdmitted;
    }
  }
  return GateOutcome::kUnsettled;
}

Take Gate::peek(const AuthRecord& record, const TurnTime& time) noexcept {
  return bucket_peek(words_.word(record.limiter_slot), record, limiter_time(time));
}

}  // namespace core
