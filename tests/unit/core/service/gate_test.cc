#include "core/service/gate.h"

#include <gtest/gtest.h>

#include "tests/support/fake_ports.h"
#include "tests/support/sim_clock.h"

namespace core {
namespace {

class GateTest : public testing::Test {
 protected:
  GateTest() : gate(index, words, usage) { index.add("fp_a", 1, 5, 3); }

  Verdict judge(std::string_view secret, Access access = Access::kRead) {
    return gate.judge({.secret = secret, .access = access, .address = from}, clock.now());
  }
  GateOutcome outcome(std::string_view secret, Access access = Access::kRead) {
    return judge(secret, access).outcome;
  }
  void clear(AuthRecord::Flag flag) {
    AuthRecord& record = index.record("fp_a");
    record.flags = static_cast<std::uint16_t>(record.flags & ~flag);
  }
  void allow_only(std::string_view network) {
    index.record("fp_a").flags |= AuthRecord::kAllowedIps;
    index.networks[1] = {parse_network(network).value()};
  }
  void take_all() {
    while (outcome("fp_a") == GateOutcome::kAdmitted) {
    }
  }
  // Gives the key another limit in a newer generation, as the writer does.
  AuthRecord changed(std::optional<std::uint32_t> rate_limit) {
    ApiKey key;
    key.id = key.limiter_slot = 1;
    key.tenant_id = 5;
    key.limit = {.rate_limit = 3, .window_s = 3600, .burst = 3};
    set_limit(key, {.rate_limit = rate_limit, .window_s = 3600, .burst = rate_limit.value_or(1)});
    return make_auth_record(key);
  }

  test::FakeAuthIndex index;
  test::FakeWords words;
  test::FakeUsage usage;
  sim::SimClock clock;
  Address from = parse_address("192.0.2.1").value();
  Gate gate;
};

TEST_F(GateTest, AsksForAKeyWhereNoneIsPresented) {
  const Verdict verdict = judge("");
  EXPECT_EQ(verdict.outcome, GateOutcome::kKeyMissing);
  EXPECT_FALSE(verdict.identified);
  EXPECT_EQ(usage.reserved, 0);
}

TEST_F(GateTest, TakesAKeyOfADeletedTenantForUnknown) {
  EXPECT_EQ(outcome("fp_b"), GateOutcome::kKeyUnknown);
  index.tenants[5].exists = false;
  const Verdict verdict = judge("fp_a");
  EXPECT_EQ(verdict.outcome, GateOutcome::kKeyUnknown);
  EXPECT_FALSE(verdict.identified);
  EXPECT_EQ(usage.reserved, 0);
}

TEST_F(GateTest, TakesAStoredDigestForAnUnknownKey) {
  EXPECT_EQ(outcome(to_hex(Hasher().sha256("fp_a").bytes)), GateOutcome::kKeyUnknown);
}

TEST_F(GateTest, TakesAKeyForExpiredFromItsVeryMomentOn) {
  const WallMicros now = clock.now().wall_us;
  index.record("fp_a").expires_at = now + 1;
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kAdmitted);
  index.record("fp_a").expires_at = now;
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kKeyExpired);
  index.record("fp_a").expires_at = now - 1;
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kKeyExpired);
  index.record("fp_a").expires_at = 0;
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kAdmitted);
}

// Has an answer ready and counts the questions.
class CountingScope final : public ScopeTest {
 public:
  bool passes(KeyId key) noexcept override {
    ++asked;
    last = key;
    return answer;
  }
  bool answer = true;
  int asked = 0;
  KeyId last = 0;
};

TEST_F(GateTest, AsksForANamedScopeOnceAndBeforeATokenIsTaken) {
  CountingScope scope;
  scope.answer = false;
  const Verdict refused =
      gate.judge({.secret = "fp_a", .access = Access::kNamed, .named = &scope}, clock.now());
  EXPECT_EQ(refused.outcome, GateOutcome::kScopeMissing);
  EXPECT_FALSE(refused.charged);
  EXPECT_EQ(refused.take.remaining, 3U);
  scope.answer = true;
  EXPECT_EQ(gate.judge({.secret = "fp_a", .access = Access::kNamed, .named = &scope}, clock.now())
                .outcome,
            GateOutcome::kAdmitted);
  EXPECT_EQ(scope.asked, 2);
  EXPECT_EQ(scope.last, 1U);
}

TEST_F(GateTest, AsksForNoNamedScopeWhereAnotherIsMeantOrTheKeyIsOutAnyway) {
  CountingScope scope;
  scope.answer = false;
  for (const Access access : {Access::kAny, Access::kRead, Access::kWrite}) {
    EXPECT_EQ(
        gate.judge({.secret = "fp_a", .access = access, .named = &scope}, clock.now()).outcome,
        GateOutcome::kAdmitted);
  }
  index.record("fp_a").expires_at = 1;
  EXPECT_EQ(gate.judge({.secret = "fp_a", .access = Access::kNamed, .named = &scope}, clock.now())
                .outcome,
            GateOutcome::kKeyExpired);
  EXPECT_EQ(gate.judge({.secret = "fp_b", .access = Access::kNamed, .named = &scope}, clock.now())
                .outcome,
            GateOutcome::kKeyUnknown);
  EXPECT_EQ(scope.asked, 0);
}

TEST_F(GateTest, AdmitsNobodyByANamedScopeThatNobodyLooksFor) {
  EXPECT_EQ(judge("fp_a", Access::kNamed).outcome, GateOutcome::kScopeMissing);
}

TEST_F(GateTest, TakesAReplacedSecretForUnknownFromItsEndOnWhateverElseIsWrong) {
  const WallMicros now = clock.now().wall_us;
  AuthRecord& record = index.record("fp_a");
  record.secret_until_s = static_cast<std::uint32_t>(now / kMicrosPerSecond) + 1;
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kAdmitted);
  record.secret_until_s = static_cast<std::uint32_t>(now / kMicrosPerSecond);
  record.expires_at = 1;
  const int before = usage.reserved;
  const Verdict verdict = judge("fp_a");
  EXPECT_EQ(verdict.outcome, GateOutcome::kKeyUnknown);
  EXPECT_FALSE(verdict.identified);
  EXPECT_EQ(usage.reserved, before);
}

// Everything is wrong at first; what is mended one after the other uncovers the next.
TEST_F(GateTest, FindsWhatIsWrongInTheOrderOfItsOutcomes) {
  take_all();
  AuthRecord& record = index.record("fp_a");
  record.expires_at = clock.now().wall_us;
  clear(AuthRecord::kActive);
  clear(AuthRecord::kDataRead);
  allow_only("::1");
  index.tenants[5] = {.exists = false, .active = false};
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kKeyUnknown);
  index.tenants[5].exists = true;
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kKeyExpired);
  record.expires_at = 0;
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kKeyInactive);
  record.flags |= AuthRecord::kActive;
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kTenantInactive);
  index.tenants[5].active = true;
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kAddressRefused);
  from = parse_address("::1").value();
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kScopeMissing);
  record.flags |= AuthRecord::kDataRead;
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kOverLimit);
}

TEST_F(GateTest, AsksForTheScopeOfTheAccessAndForNoneWhereAnyWillDo) {
  clear(AuthRecord::kDataWrite);
  EXPECT_EQ(outcome("fp_a", Access::kRead), GateOutcome::kAdmitted);
  EXPECT_EQ(outcome("fp_a", Access::kWrite), GateOutcome::kScopeMissing);
  clear(AuthRecord::kDataRead);
  EXPECT_EQ(outcome("fp_a", Access::kRead), GateOutcome::kScopeMissing);
  EXPECT_EQ(outcome("fp_a", Access::kAny), GateOutcome::kAdmitted);
}

TEST_F(GateTest, HoldsOneReservationForEachIdentifiedRequestWhateverItsOutcome) {
  judge("fp_a");
  EXPECT_EQ(usage.reserved, 1);
  take_all();
  const int before = usage.reserved;
  const Verdict over = judge("fp_a");
  EXPECT_EQ(over.outcome, GateOutcome::kOverLimit);
  EXPECT_TRUE(over.identified);
  EXPECT_FALSE(over.charged);
  EXPECT_EQ(usage.reserved, before + 1);
  index.record("fp_a").expires_at = 1;
  EXPECT_TRUE(judge("fp_a").identified);
  EXPECT_EQ(usage.reserved, before + 2);
}

TEST_F(GateTest, TakesNoTokenWhereTheUseCouldNotBeRecorded) {
  usage.full = true;
  const Verdict verdict = judge("fp_a");
  EXPECT_EQ(verdict.outcome, GateOutcome::kUsageFull);
  EXPECT_FALSE(verdict.identified);
  EXPECT_FALSE(verdict.charged);
  EXPECT_EQ(usage.reserved, 0);
  usage.full = false;
  EXPECT_EQ(judge("fp_a").take.remaining, 2U);
}

TEST_F(GateTest, CountsTokensDownAndLetsThemComeBackWithTime) {
  for (std::uint32_t left = 3; left-- > 0;) {
    const Verdict verdict = judge("fp_a");
    EXPECT_EQ(verdict.outcome, GateOutcome::kAdmitted);
    EXPECT_TRUE(verdict.limited && verdict.charged);
    EXPECT_EQ(verdict.take.remaining, left);
  }
  const Verdict refused = judge("fp_a");
  EXPECT_EQ(refused.outcome, GateOutcome::kOverLimit);
  EXPECT_EQ(refused.take.remaining, 0U);
  EXPECT_GT(refused.take.retry_after_ns, 1199 * kNanosPerSecond);
  EXPECT_LE(refused.take.retry_after_ns, 1201 * kNanosPerSecond);
  clock.advance(refused.take.retry_after_ns);
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kAdmitted);
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kOverLimit);
}

TEST_F(GateTest, ShowsTheLimitOfARefusedCallerWithoutTakingOfIt) {
  judge("fp_a");
  clear(AuthRecord::kActive);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(judge("fp_a").take.remaining, 2U);
}

TEST_F(GateTest, NeverRefusesAnUnlimitedKeyForItsRate) {
  index.record("fp_a") = changed(std::nullopt);
  for (int i = 0; i < 100; ++i) {
    const Verdict verdict = judge("fp_a");
    EXPECT_EQ(verdict.outcome, GateOutcome::kAdmitted);
    EXPECT_FALSE(verdict.limited);
    EXPECT_TRUE(verdict.charged);
  }
}

TEST_F(GateTest, RefusesEveryRequestOfAKeyWhoseLimitIsZero) {
  index.record("fp_a") = changed(0);
  const Verdict verdict = judge("fp_a");
  EXPECT_EQ(verdict.outcome, GateOutcome::kOverLimit);
  EXPECT_TRUE(verdict.limited);
  EXPECT_FALSE(verdict.charged);
  EXPECT_GE(verdict.take.retry_after_ns, kNanosPerSecond);
  clock.advance(365 * 24 * 3600 * kNanosPerSecond);
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kOverLimit);
}

TEST_F(GateTest, AsksWhereARequestComesFromOnlyIfTheRecordSaysThatItMatters) {
  index.networks[1] = {};  // Would allow nothing.
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kAdmitted);
  allow_only("192.0.2.0/24");
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kAdmitted);
  from = parse_address("192.0.3.1").value();
  const Verdict verdict = judge("fp_a", Access::kAny);
  EXPECT_EQ(verdict.outcome, GateOutcome::kAddressRefused);
  EXPECT_TRUE(verdict.identified);
  EXPECT_FALSE(verdict.charged);
  EXPECT_EQ(verdict.take.remaining, 1U);  // Of three, two were taken before.
}

// Another shard has judged by the new limit already; this one still holds the old record.
TEST_F(GateTest, ReloadsAStaleRecordAndJudgesByTheNewLimit) {
  judge("fp_a");
  const AuthRecord newer = changed(10);
  bucket_convert(words.word(1), newer, gate.limiter_time(clock.now()));
  index.on_reload = [&] { index.record("fp_a") = newer; };
  const Verdict verdict = judge("fp_a");
  EXPECT_EQ(index.reloads, 1);
  EXPECT_EQ(verdict.outcome, GateOutcome::kAdmitted);
  EXPECT_EQ(verdict.record.rate_limit, 10U);
  EXPECT_EQ(verdict.take.remaining, 8U);  // One used of three is one used of ten.
}

TEST_F(GateTest, AdmitsByAReloadedRecordThatIsUnlimited) {
  judge("fp_a");
  bucket_convert(words.word(1), changed(10), gate.limiter_time(clock.now()));
  index.on_reload = [&] { index.record("fp_a") = changed(std::nullopt); };
  const Verdict verdict = judge("fp_a");
  EXPECT_EQ(verdict.outcome, GateOutcome::kAdmitted);
  EXPECT_FALSE(verdict.limited);
  EXPECT_TRUE(verdict.charged);
}

TEST_F(GateTest, TakesAKeyDeletedBetweenTwoLooksForUnknownAndGivesTheReservationBack) {
  judge("fp_a");
  bucket_convert(words.word(1), changed(10), gate.limiter_time(clock.now()));
  index.on_reload = [&] { index.records.clear(); };
  const Verdict verdict = judge("fp_a");
  EXPECT_EQ(verdict.outcome, GateOutcome::kKeyUnknown);
  EXPECT_FALSE(verdict.identified);
  EXPECT_EQ(usage.reserved, 1);  // The first request's.
}

TEST_F(GateTest, GivesUpOnALimitThatNeverSettles) {
  judge("fp_a");
  bucket_convert(words.word(1), changed(10), gate.limiter_time(clock.now()));
  const Verdict verdict = judge("fp_a");  // Every reload finds the old record.
  EXPECT_EQ(verdict.outcome, GateOutcome::kUnsettled);
  EXPECT_TRUE(verdict.identified);
  EXPECT_FALSE(verdict.charged);
  EXPECT_GT(index.reloads, 1);
  EXPECT_LT(index.reloads, 20);
}

TEST_F(GateTest, CountsInTheTimeOfTheLimiterNotInThatOfTheWall) {
  take_all();
  clock.step_wall(24 * 3600 * kMicrosPerSecond);
  EXPECT_EQ(outcome("fp_a"), GateOutcome::kOverLimit);
  EXPECT_EQ(gate.limiter_time(clock.now()), clock.boot_now() + words.offset_ns());
}

}  // namespace
}  // namespace core
