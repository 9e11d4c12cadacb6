#include "core/domain/api_key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "core/domain/token_bucket.h"

namespace core {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// Bytes 0, 1, 2, ... of which each secret takes 32.
class CountingRandom final : public Random {
 public:
  void fill(MutableBytes out) noexcept override {
    for (std::byte& byte : out) byte = static_cast<std::byte>(next_++);
  }

 private:
  unsigned next_ = 0;
};

TEST(KeySecret, IsTheBase64urlOfTheRandomBytesBehindItsPrefix) {
  CountingRandom random;
  const KeySecret secret(random);
  EXPECT_EQ(secret.text(), "fp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8");
  EXPECT_EQ(secret.text().size(), kSecretBytes);
  EXPECT_EQ(secret.display(), "fp_AAEC...dHh8");
}

TEST(KeySecret, MovesAndLeavesNothingBehind) {
  CountingRandom random;
  KeySecret first(random);
  const std::string text(first.text());
  KeySecret second(std::move(first));
  EXPECT_EQ(second.text(), text);
  EXPECT_TRUE(
      first.text().empty());  // NOLINT(bugprone-use-after-move): what is left is the question
  EXPECT_TRUE(
      first.display().empty());  // NOLINT(bugprone-use-after-move): what is left is the question
  KeySecret third;
  third = std::move(second);
  EXPECT_EQ(third.text(), text);
  EXPECT_TRUE(
      second.text().empty());  // NOLINT(bugprone-use-after-move): what is left is the question
  static_assert(!std::is_copy_constructible_v<KeySecret>);
  static_assert(!std::is_copy_assignable_v<KeySecret>);
}

bool all_zero(const std::byte* at, std::size_t size) {
  return std::all_of(at, at + size, [](std::byte b) { return b == std::byte{0}; });
}

TEST(KeySecret, LeavesNoTextInTheMemoryItLivedIn) {
  alignas(KeySecret) std::array<std::byte, sizeof(KeySecret)> memory{};
  CountingRandom random;
  auto* secret = new (memory.data()) KeySecret(random);
  const KeySecret moved(std::move(*secret));
  EXPECT_TRUE(all_zero(memory.data(), kSecretBytes));
  secret->~KeySecret();
  secret = new (memory.data()) KeySecret(random);
  EXPECT_FALSE(all_zero(memory.data(), kSecretBytes));
  secret->~KeySecret();
  EXPECT_TRUE(all_zero(memory.data(), kSecretBytes));
}

TEST(KeySecret, ManySecretsAreWellFormedDifferentAndEven) {
  constexpr int kSecrets = 100'000;
  constexpr std::size_t kPrefix = 3;
  KernelRandom random;
  std::unordered_set<std::string> seen;
  std::vector<std::array<int, 256>> counts(kSecretBytes);
  for (int i = 0; i < kSecrets; ++i) {
    const KeySecret secret(random);
    ASSERT_TRUE(secret.text().starts_with("fp_"));
    ASSERT_EQ(secret.text().find_first_not_of(kAlphabet, kPrefix), std::string_view::npos);
    ASSERT_TRUE(seen.emplace(secret.text()).second);
    for (std::size_t at = kPrefix; at < kSecretBytes; ++at) {
      ++counts[at][static_cast<unsigned char>(secret.text()[at])];
    }
  }
  for (std::size_t at = kPrefix; at < kSecretBytes; ++at) {
    // The last one carries 4 bits: 256 = 42 x 6 + 4.
    const int values = at + 1 == kSecretBytes ? 16 : 64;
    const double expected = static_cast<double>(kSecrets) / values;
    double chi_square = 0;
    for (const int count : counts[at]) {
      if (count != 0) chi_square += (count - expected) * (count - expected) / expected;
    }
    // 63 degrees of freedom: beyond 170 once in 10^11 runs. A character that never came would alone
    // be missing 1562 from the sum below.
    EXPECT_LT(chi_square, 170.0) << "position " << at;
    EXPECT_EQ(std::ranges::count_if(counts[at], [](int count) { return count != 0; }), values);
  }
}

TEST(AuthRecord, SaysWhatTheRowSays) {
  ApiKey key;
  key.id = 7;
  key.tenant_id = 8;
  key.limit = {.rate_limit = 1000, .window_s = 3600, .burst = 50};
  key.expires_at = 123;
  key.version = 0x1'0000'0005;
  key.limiter_slot = 9;
  key.limit_generation = 1023;
  key.previous_interval = 11;
  const AuthRecord record = make_auth_record(key);
  EXPECT_EQ(record.key_id, 7U);
  EXPECT_EQ(record.tenant_id, 8U);
  EXPECT_EQ(record.expires_at, 123);
  EXPECT_EQ(record.interval, 225'000'000U);
  EXPECT_EQ(record.previous_interval, 11U);
  EXPECT_EQ(record.rate_limit, 1000U);
  EXPECT_EQ(record.burst, 50U);
  EXPECT_EQ(record.limiter_slot, 9U);
  EXPECT_EQ(record.version, 5U);
  EXPECT_EQ(record.generation, 1023U);
  EXPECT_EQ(record.secret_until_s, 0U);
  EXPECT_FALSE(record.has_ended(std::numeric_limits<WallMicros>::max()));
  EXPECT_EQ(record.flags, AuthRecord::kActive | AuthRecord::kDataRead | AuthRecord::kDataWrite);
}

TEST(ReplaceSecret, KeepsTheOldOneForTheOverlapRoundedUpToAWholeSecond) {
  ApiKey key;
  key.digest.bytes[0] = std::byte{1};
  key.display = "old";
  NewSecret secret{.digest = {}, .display = "new", .overlap_s = 60};
  secret.digest.bytes[0] = std::byte{2};
  for (const WallMicros now : {WallMicros{1'000'000}, WallMicros{1}}) {
    ApiKey replaced = key;
    replace_secret(replaced, secret, now);
    EXPECT_EQ(replaced.display, "new");
    EXPECT_TRUE(ct_equal(replaced.digest, secret.digest));
    ASSERT_TRUE(replaced.previous);
    EXPECT_TRUE(ct_equal(replaced.previous->digest, key.digest));
    EXPECT_EQ(replaced.previous->until(), 61'000'000);
    const AuthRecord old = make_previous_auth_record(replaced);
    EXPECT_FALSE(old.has_ended(60'999'999));
    EXPECT_TRUE(old.has_ended(61'000'000));
    EXPECT_FALSE(make_auth_record(replaced).has_ended(61'000'000));
  }
}

TEST(ReplaceSecret, EndsTheOneBeforeTheLast) {
  ApiKey key;
  replace_secret(key, {.digest = {}, .display = "b", .overlap_s = 60}, 0);
  const Digest before = key.digest;
  NewSecret third{.digest = {}, .display = "c", .overlap_s = 5};
  third.digest.bytes[0] = std::byte{3};
  replace_secret(key, third, 1'000'000);
  EXPECT_TRUE(ct_equal(key.previous->digest, before));
  EXPECT_EQ(key.previous->until_s, 6U);
  replace_secret(key, {.digest = {}, .display = "d", .overlap_s = 0}, 2'000'000);
  EXPECT_FALSE(key.previous);
}

TEST(AuthRecord, FlagsFollowStateLimitAndScopes) {
  ApiKey key;
  key.is_active = false;
  key.limit.rate_limit = std::nullopt;
  key.scopes = {"data:read"};
  const AuthRecord record = make_auth_record(key);
  EXPECT_FALSE(record.has(AuthRecord::kActive));
  EXPECT_TRUE(record.has(AuthRecord::kUnlimited));
  EXPECT_TRUE(record.has(AuthRecord::kDataRead));
  EXPECT_FALSE(record.has(AuthRecord::kDataWrite));
  EXPECT_EQ(record.interval, 0U);
  EXPECT_EQ(record.rate_limit, 0U);
}

TEST(AuthRecord, ABlockedKeyIsNotUnlimited) {
  ApiKey key;
  key.limit = {.rate_limit = 0, .window_s = 3600, .burst = 0};
  const AuthRecord record = make_auth_record(key);
  EXPECT_FALSE(record.has(AuthRecord::kUnlimited));
  EXPECT_EQ(record.interval, 0U);
}

TEST(SetLimit, CountsGenerationsAndRemembersTheLastIntervalThatCounted) {
  ApiKey key;  // 1000 an hour.
  set_limit(key, {.rate_limit = 10, .window_s = 1, .burst = 10});
  EXPECT_EQ(key.limit_generation, 1U);
  EXPECT_EQ(key.previous_interval, 225'000'000U);
  set_limit(key, {.rate_limit = 0, .window_s = 1, .burst = 0});
  EXPECT_EQ(key.previous_interval, 6'250'000U);
  set_limit(key, {.rate_limit = std::nullopt, .window_s = 1, .burst = 0});
  EXPECT_EQ(key.previous_interval, 6'250'000U);
  set_limit(key, {.rate_limit = 5, .window_s = 1, .burst = 5});
  EXPECT_EQ(key.previous_interval, 6'250'000U);
  EXPECT_EQ(key.limit_generation, 4U);
  key.limit_generation = kBucketGenerations - 1;
  set_limit(key, {.rate_limit = 6, .window_s = 1, .burst = 5});
  EXPECT_EQ(key.limit_generation, 0U);
}

struct AccessCase {
  std::vector<std::string> scopes;
  bool read;
  bool write;
};

TEST(ScopeAccess, FollowsTheScopesThatNameTheResource) {
  const std::vector<AccessCase> cases = {
      {{}, true, true},
      {{"*"}, true, true},
      {{"data:*"}, true, true},
      {{"data:read"}, true, false},
      {{"data:write"}, false, true},
      {{"data:read", "data:write"}, true, true},
      {{"invoices:*"}, false, false},
      {{"invoices:*", "data:read"}, true, false},
      {{"datas:*"}, false, false},
      {{"dat:*"}, false, false},
      {{"data"}, false, false},
      {{"data:"}, false, false},
      {{"data:reads"}, false, false},
      {{"DATA:read"}, false, false},
      {{""}, false, false},
  };
  for (const AccessCase& c : cases) {
    const ScopeAccess access = scope_access(c.scopes, "data");
    SCOPED_TRACE(c.scopes.empty() ? "none" : c.scopes.front());
    EXPECT_EQ(access.read, c.read);
    EXPECT_EQ(access.write, c.write);
  }
}

TEST(Scope, AllowsWhatIsNeeded) {
  struct Case {
    std::vector<std::string> scopes;
    std::string_view needed;
    bool allowed;
  };
  const std::vector<Case> cases = {
      {{}, "invoices:read", true},
      {{}, "*", true},
      {{}, "verify", false},
      {{"*"}, "invoices:write", true},
      {{"*"}, "*", true},
      {{"*"}, "verify", false},
      {{"verify"}, "verify", true},
      {{"verify"}, "invoices:read", false},
      {{"verify"}, "*", false},
      {{"data:read", "invoices:*"}, "invoices:write", true},
      {{"data:read", "invoices:*"}, "invoices:*", true},
      {{"data:read", "invoices:*"}, "data:write", false},
      {{"invoices:read"}, "invoices:*", false},
      {{"invoices:read", "invoices:write"}, "invoices:*", true},
      {{"invoices:read"}, "*", false},
      {{"invoice:read"}, "invoices:read", false},
      {{"invoices:read"}, "invoice:read", false},
      {{}, "", false},
      {{"*"}, "nothing", false},
      {{"*"}, "invoices:delete", false},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(allows(c.scopes, c.needed), c.allowed)
        << c.needed << " of " << (c.scopes.empty() ? "none" : c.scopes.front());
  }
}

TEST(Scope, HasANameAndAVerb) {
  const std::string longest(kScopeNameBytesMax, 'a');
  for (const std::string& good : {std::string("*"), std::string("verify"), std::string("data:read"),
                                  std::string("data:write"), std::string("line_items2:*"),
                                  std::string("0:*"), longest + ":read"}) {
    EXPECT_TRUE(is_scope(good)) << good;
  }
  for (const std::string& bad :
       {std::string(), std::string("data"), std::string("verify:"), std::string("Verify"),
        std::string(":read"), std::string("data:"), std::string("data:delete"),
        std::string("data:read "), std::string("Data:read"), std::string("a-b:read"),
        std::string("a:b:read"), std::string("*:read"), std::string("**"),
        std::string("d\0ta:read", 9), longest + "a:read"}) {
    EXPECT_FALSE(is_scope(bad)) << bad;
  }
}

TEST(ScopeAccess, OfWebhooksMustBeNamedOrAll) {
  EXPECT_FALSE(allows({}, "webhooks:read"));
  EXPECT_FALSE(allows({}, "webhooks:write"));
  EXPECT_TRUE(allows({}, "webhook:read"));  // A resource's.
  EXPECT_FALSE(allows({"data:*"}, "webhooks:read"));
  EXPECT_TRUE(allows({"*"}, "webhooks:write"));
  EXPECT_TRUE(allows({"webhooks:read"}, "webhooks:read"));
  EXPECT_FALSE(allows({"webhooks:read"}, "webhooks:write"));
}

}  // namespace
}  // namespace core
