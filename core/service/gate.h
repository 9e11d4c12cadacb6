// The gate: who asks, may they, is there a token left. Every request with a key passes through
// here, once, before anything is done for it.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/digest.h"
#include "core/base/time.h"
#include "core/domain/api_key.h"
#include "core/domain/ip_network.h"
#include "core/domain/token_bucket.h"
#include "core/service/ports.h"

namespace core {

enum class Access : std::uint8_t {
  kAny,  // No scope is needed.
  kRead,
  kWrite,
  kNamed,  // What a ScopeTest looks for.
};

// A scope that a key's record doesn't tell. Asked at most once for a request.
class ScopeTest {
 public:
  virtual ~ScopeTest() = default;
  virtual bool passes(KeyId key) noexcept = 0;
};

// In the order in which they are found out. The last ones are not about the caller.
enum class GateOutcome : std::uint8_t {
  kAdmitted,
  kKeyMissing,      // 401
  kKeyUnknown,      // 401: never made, deleted, replaced, malformed, or of a deleted tenant
  kKeyExpired,      // 401
  kKeyInactive,     // 403
  kTenantInactive,  // 403
  kAddressRefused,  // 403
  kScopeMissing,    // 403
  kOverLimit,       // 429
  kUsageFull,       // 503: no room for the usage record; no token was taken
  kUnsettled,       // 503: the key's limit kept changing under this request; no token was taken
};
inline constexpr std::size_t kGateOutcomes = 11;

struct Verdict {
  GateOutcome outcome = GateOutcome::kKeyMissing;
  // The key was found. Then `record` is its own, and one usage reservation is held: the caller
  // publishes exactly one record for this request, whatever its status.
  bool identified = false;
  bool limited = false;  // The key has a limit: `take` tells its state after this request.
  bool charged = false;  // A token was taken.
  AuthRecord record;
  Take take;
};

// Owner: one shard. Cost: no allocation, no lock, no system call.
class Gate {
 public:
  // All three outlive the gate.
  Gate(AuthIndex& index, LimiterWords& words, UsageSink& usage);

  // A request as the gate sees it.
  struct Asked {
    std::string_view secret;  // Empty: none was presented.
    Access access = Access::kAny;
    ScopeTest* named = nullptr;  // For Access::kNamed.
    Address address{};           // Where it came from.
  };

  // Judges a request that was in hand at `time`.
  Verdict judge(const Asked& asked, const TurnTime& time) noexcept;

  LimiterNanos limiter_time(const TurnTime& time) const noexcept {
    return time.boot_ns + words_.offset_ns();
  }

  // The state of a key's bucket, for showing.
  Take peek(const AuthRecord& record, const TurnTime& time) noexcept;

 private:
  static GateOutcome check_state(const AuthRecord& record, const TenantState& tenant,
                                 WallMicros now) noexcept;
  GateOutcome check_policy(const Asked& asked, const Digest& digest, AuthRecord& record) noexcept;
  static bool has_scope(const Asked& asked, const AuthRecord& record) noexcept;
  GateOutcome take_token(const Digest& digest, const TurnTime& time, Verdict& verdict) noexcept;

  AuthIndex& index_;
  LimiterWords& words_;
  UsageSink& usage_;
  Hasher hasher_;
};

}  // namespace core
