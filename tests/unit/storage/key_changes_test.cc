#include "storage/key_changes.h"

#include <gtest/gtest.h>

#include "tests/support/store_rig.h"

namespace {

using core::OutcomeCode;

core::UpdateKey limit_update(core::KeyId id, core::LimitChange limit) {
  core::UpdateKey command;
  command.id = id;
  command.limit = limit;
  return command;
}

core::LimitChange new_rate(std::optional<std::uint32_t> rate) {
  core::LimitChange change;
  change.rate_limit_sent = true;
  change.rate_limit = rate;
  return change;
}

TEST(MergeLimit, ABurstAsLargeAsTheRateFollowsIt) {
  const core::RateLimit old{.rate_limit = 100, .window_s = 60, .burst = 100};
  EXPECT_EQ(storage::merge_limit(old, new_rate(500)),
            (core::RateLimit{.rate_limit = 500, .window_s = 60, .burst = 500}));
}

TEST(MergeLimit, ABurstOfItsOwnStays) {
  const core::RateLimit old{.rate_limit = 100, .window_s = 60, .burst = 20};
  EXPECT_EQ(storage::merge_limit(old, new_rate(500)),
            (core::RateLimit{.rate_limit = 500, .window_s = 60, .burst = 20}));
}

TEST(MergeLimit, ABurstThatIsSentWins) {
  core::LimitChange change = new_rate(500);
  change.burst = 7;
  change.window_s = 1;
  EXPECT_EQ(storage::merge_limit({.rate_limit = 100, .window_s = 60, .burst = 100}, change),
            (core::RateLimit{.rate_limit = 500, .window_s = 1, .burst = 7}));
}

TEST(MergeLimit, UnlimitedKeepsTheBurstAndALimitAfterItSetsIt) {
  const core::RateLimit old{.rate_limit = 100, .window_s = 60, .burst = 100};
  const core::RateLimit unlimited = storage::merge_limit(old, new_rate(std::nullopt));
  EXPECT_EQ(unlimited.rate_limit, std::nullopt);
  EXPECT_EQ(unlimited.burst, 100u);
  EXPECT_EQ(storage::merge_limit(unlimited, new_rate(30)).burst, 30u);
}

TEST(MergeLimit, NothingSentChangesNothing) {
  const core::RateLimit old{.rate_limit = 3, .window_s = 60, .burst = 9};
  EXPECT_EQ(storage::merge_limit(old, {}), old);
}

TEST(KeyChanges, CreationIsFoundByDigestWithItsTenantLimitAndSlot) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant();
  EXPECT_FALSE(rig.finds(7));  // Absence is not cached: the key is found right after.
  const core::ApiKey first = rig.make_key(tenant.id, 7);
  const core::ApiKey second = rig.make_key(tenant.id, 8);
  const core::AuthRecord record = rig.record(7);
  EXPECT_EQ(record.key_id, first.id);
  EXPECT_EQ(record.tenant_id, tenant.id);
  EXPECT_EQ(record.rate_limit, core::kRateLimitDefault);
  EXPECT_EQ(record.limiter_slot, 0u);
  EXPECT_TRUE(record.has(core::AuthRecord::kActive));
  EXPECT_EQ(second.limiter_slot, 1u);
  EXPECT_EQ(rig.slots.ensured, 2u);
  EXPECT_EQ(rig.slots.owner(1), second.id);
  EXPECT_EQ(rig.reader->catalog().key(first.id)->display, "fp_AbCd...wXyZ");
}

TEST(KeyChanges, CreationNeedsATenantThatIsThere) {
  test::StoreRig rig;
  const core::Outcome unknown = rig.run(test::StoreRig::new_key(3, 1));
  EXPECT_EQ(unknown.code, OutcomeCode::kInvalid);
  EXPECT_EQ(unknown.field, "tenant_id");
  const core::Tenant tenant = rig.make_tenant();
  rig.run(core::DeleteTenant{.id = tenant.id});
  EXPECT_EQ(rig.run(test::StoreRig::new_key(tenant.id, 1)).code, OutcomeCode::kInvalid);
}

TEST(KeyChanges, ADigestThatIsThereIsAConflict) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant();
  rig.make_key(tenant.id, 1);
  EXPECT_EQ(rig.run(test::StoreRig::new_key(tenant.id, 1)).code, OutcomeCode::kConflict);
}

TEST(KeyChanges, DigestsThatBeginAlikeAreToldApart) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant();
  core::CreateKey first = test::StoreRig::new_key(tenant.id, 1);
  core::CreateKey second = first;
  second.digest.bytes[31] ^= std::byte{1};
  core::Digest third = first.digest;
  third.bytes[31] ^= std::byte{2};
  const auto first_id = std::get<core::ApiKey>(rig.run(first).row).id;
  const auto second_id = std::get<core::ApiKey>(rig.run(second).row).id;

  core::AuthRecord record;
  ASSERT_TRUE(rig.reader->auth().find(first.digest, record));
  EXPECT_EQ(record.key_id, first_id);
  ASSERT_TRUE(rig.reader->auth().find(second.digest, record));
  EXPECT_EQ(record.key_id, second_id);
  EXPECT_FALSE(rig.reader->auth().find(third, record));

  rig.run(core::DeleteKey{.id = first_id});
  EXPECT_FALSE(rig.reader->auth().find(first.digest, record));
  EXPECT_TRUE(rig.reader->auth().find(second.digest, record));
}

TEST(KeyChanges, ALimitThatDoesNotFitIsRefusedByItsField) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant();
  core::CreateKey command = test::StoreRig::new_key(tenant.id, 1);
  command.limit = {.rate_limit = 1, .window_s = core::kRateWindowSecondsMax, .burst = 1000};
  const core::Outcome created = rig.run(command);
  EXPECT_EQ(created.code, OutcomeCode::kInvalid);
  EXPECT_EQ(created.field, "burst");
  const core::ApiKey key = rig.make_key(tenant.id, 2);
  core::LimitChange change = new_rate(1);
  change.window_s = core::kRateWindowSecondsMax;
  change.burst = 1000;
  EXPECT_EQ(rig.run(limit_update(key.id, change)).code, OutcomeCode::kInvalid);
  EXPECT_EQ(rig.record(2).generation, 0u);
}

TEST(KeyChanges, AFullLimiterTableRefusesTheKeyAndNothingElse) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant();
  rig.slots.full = true;
  EXPECT_EQ(rig.run(test::StoreRig::new_key(tenant.id, 1)).code, OutcomeCode::kStoreFull);
  EXPECT_EQ(rig.make_tenant("Two").id, 2u);
  rig.slots.full = false;
  const core::ApiKey key = rig.make_key(tenant.id, 1);
  EXPECT_EQ(key.id, 1u);
  EXPECT_EQ(key.limiter_slot, 0u);
}

TEST(KeyChanges, EveryFieldOfAnUpdateIsSeenByTheNextRequest) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  EXPECT_TRUE(rig.record(1).has(core::AuthRecord::kActive));
  rig.when += 9;
  core::UpdateKey command;
  command.id = key.id;
  command.name = "renamed";
  command.scopes = {"data:read"};
  command.is_active = false;
  command.expires_at = 77;
  command.metadata = R"({"a":1})";
  ASSERT_EQ(rig.run(command).code, OutcomeCode::kDone);
  const core::AuthRecord record = rig.record(1);
  EXPECT_FALSE(record.has(core::AuthRecord::kActive));
  EXPECT_TRUE(record.has(core::AuthRecord::kDataRead));
  EXPECT_FALSE(record.has(core::AuthRecord::kDataWrite));
  EXPECT_EQ(record.expires_at, 77);
  EXPECT_EQ(record.version, 2u);
  const auto row = rig.reader->catalog().key(key.id);
  EXPECT_EQ(row->name, "renamed");
  EXPECT_EQ(row->metadata, R"({"a":1})");
  EXPECT_EQ(row->updated_at, rig.when);
}

TEST(KeyChanges, ScopesMayNotBeEmptiedButMayStayEmpty) {
  test::StoreRig rig;
  const core::Tenant tenant = rig.make_tenant();
  const core::ApiKey scoped = rig.make_key(tenant.id, 1, {"data:read"});
  const core::ApiKey open = rig.make_key(tenant.id, 2);
  core::UpdateKey command;
  command.id = scoped.id;
  command.scopes.emplace();
  const core::Outcome refused = rig.run(command);
  EXPECT_EQ(refused.code, OutcomeCode::kInvalid);
  EXPECT_EQ(refused.field, "scopes");
  EXPECT_NE(std::string(refused.message).find("[\"*\"]"), std::string::npos);
  command.id = open.id;
  EXPECT_EQ(rig.run(command).code, OutcomeCode::kDone);
}

TEST(KeyChanges, ADeletedKeyIsUnknownAndKeepsItsRow) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  EXPECT_TRUE(rig.finds(1));
  rig.when += 4;
  const core::Outcome outcome = rig.run(core::DeleteKey{.id = key.id});
  ASSERT_EQ(outcome.code, OutcomeCode::kDone);
  EXPECT_FALSE(rig.finds(1));
  EXPECT_EQ(rig.reader->catalog().key(key.id)->deleted_at, rig.when);
  EXPECT_EQ(rig.run(core::DeleteKey{.id = key.id}).code, OutcomeCode::kNotFound);
  core::UpdateKey update;
  update.id = key.id;
  EXPECT_EQ(rig.run(update).code, OutcomeCode::kNotFound);
}

TEST(KeyChanges, ANewLimitKeepsWhatWasUsed) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);  // 1000 an hour.
  const core::AuthRecord old = rig.record(1);
  core::BucketWord& word = rig.slots.word(key.limiter_slot);
  for (int i = 0; i < 500; ++i) core::bucket_take(word, old, rig.slots.now());

  core::LimitChange change = new_rate(2000);
  change.window_s = 60;
  ASSERT_EQ(rig.run(limit_update(key.id, change)).code, OutcomeCode::kDone);
  const core::AuthRecord fresh = rig.record(1);
  EXPECT_EQ(fresh.generation, 1u);
  EXPECT_EQ(fresh.previous_interval, old.interval);
  EXPECT_EQ(core::bucket_take(word, old, rig.slots.now()).outcome,
            core::TakeOutcome::kStaleRecord);  // The writer converted the word.
  const core::Take take = core::bucket_take(word, fresh, rig.slots.now());
  EXPECT_EQ(take.outcome, core::TakeOutcome::kAdmitted);
  EXPECT_EQ(take.remaining, 1499u);
}

TEST(KeyChanges, TwoLimitsInARowKeepWhatWasUsedEvenIfNoRequestCameBetween) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  core::BucketWord& word = rig.slots.word(key.limiter_slot);
  const core::AuthRecord first = rig.record(1);
  for (int i = 0; i < 300; ++i) core::bucket_take(word, first, rig.slots.now());
  rig.run(limit_update(key.id, new_rate(5000)));
  rig.run(limit_update(key.id, new_rate(1000)));
  EXPECT_EQ(core::bucket_take(word, rig.record(1), rig.slots.now()).remaining, 699u);
}

TEST(KeyChanges, ALimitSentAsItIsIsNoNewGeneration) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  rig.run(limit_update(key.id, new_rate(core::kRateLimitDefault)));
  EXPECT_EQ(rig.record(1).generation, 0u);
  EXPECT_EQ(rig.record(1).version, 2u);
}

TEST(KeyChanges, GenerationsWrapAroundWithoutLosingTheCount) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  core::BucketWord& word = rig.slots.word(key.limiter_slot);
  const core::AuthRecord first = rig.record(1);
  for (int i = 0; i < 100; ++i) core::bucket_take(word, first, rig.slots.now());
  for (std::uint32_t i = 0; i < core::kBucketGenerations + 10u; ++i) {
    rig.run(limit_update(key.id, new_rate(1000 + i % 2)));
  }
  const core::AuthRecord last = rig.record(1);
  EXPECT_EQ(last.generation, 9u);  // The first of the updates changed nothing.
  EXPECT_EQ(last.rate_limit, 1001u);
  // Rounding is against the caller: at most one token a change is lost.
  EXPECT_GE(core::bucket_peek(word, last, rig.slots.now()).remaining, 890u);
  EXPECT_LE(core::bucket_peek(word, last, rig.slots.now()).remaining, 901u);
}

core::RotateKey rotation(core::KeyId id, std::uint64_t secret, std::uint32_t overlap_s) {
  return {
      .id = id,
      .secret = {
          .digest = test::digest_of(secret), .display = "fp_Rota...ted0", .overlap_s = overlap_s}};
}

TEST(KeyRotation, GivesTheSameKeyAnotherSecretAndEndsTheOldOneAtOnce) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1, {"data:read"});
  const core::AuthRecord old = rig.record(1);
  rig.when += 5;
  const core::Outcome outcome = rig.run(rotation(key.id, 2, 0));
  ASSERT_EQ(outcome.code, OutcomeCode::kDone);
  EXPECT_FALSE(rig.finds(1));
  const core::AuthRecord fresh = rig.record(2);
  EXPECT_EQ(fresh.key_id, key.id);
  EXPECT_EQ(fresh.limiter_slot, old.limiter_slot);
  EXPECT_EQ(fresh.generation, old.generation);
  EXPECT_EQ(fresh.flags, old.flags);
  EXPECT_EQ(fresh.version, 2u);
  const auto row = rig.reader->catalog().key(key.id);
  EXPECT_EQ(row->display, "fp_Rota...ted0");
  EXPECT_EQ(row->name, key.name);
  EXPECT_EQ(row->updated_at, rig.when);
  EXPECT_FALSE(row->previous);
}

TEST(KeyRotation, LetsTheOldSecretWorkOnForTheOverlapWithEveryLaterChange) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  ASSERT_EQ(rig.run(rotation(key.id, 2, 60)).code, OutcomeCode::kDone);
  EXPECT_EQ(rig.record(1).key_id, key.id);
  EXPECT_EQ(rig.record(1).secret_until_s, rig.when / core::kMicrosPerSecond + 60);
  EXPECT_EQ(rig.record(2).secret_until_s, 0u);
  core::UpdateKey change = limit_update(key.id, new_rate(7));
  change.is_active = false;
  ASSERT_EQ(rig.run(change).code, OutcomeCode::kDone);
  for (const std::uint64_t secret : {1, 2}) {
    const core::AuthRecord record = rig.record(secret);
    EXPECT_FALSE(record.has(core::AuthRecord::kActive));
    EXPECT_EQ(record.rate_limit, 7u);
    EXPECT_EQ(record.generation, 1u);
  }
}

TEST(KeyRotation, ASecondRotationEndsTheOldestSecretAtOnce) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  rig.run(rotation(key.id, 2, 60));
  ASSERT_EQ(rig.run(rotation(key.id, 3, 30)).code, OutcomeCode::kDone);
  EXPECT_FALSE(rig.finds(1));
  EXPECT_TRUE(rig.finds(2));
  EXPECT_TRUE(rig.finds(3));
  ASSERT_EQ(rig.run(rotation(key.id, 4, 0)).code, OutcomeCode::kDone);
  for (const std::uint64_t secret : {1, 2, 3}) EXPECT_FALSE(rig.finds(secret));
  EXPECT_TRUE(rig.finds(4));
}

TEST(KeyRotation, AChangeAfterTheOverlapForgetsTheOldSecret) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  rig.run(rotation(key.id, 2, 60));
  core::UpdateKey change;
  change.id = key.id;
  rig.when += 60 * core::kMicrosPerSecond - 1;
  rig.run(change);
  EXPECT_TRUE(rig.finds(1));
  rig.when += 1;
  rig.run(change);
  EXPECT_FALSE(rig.finds(1));
  EXPECT_TRUE(rig.finds(2));
  EXPECT_FALSE(rig.reader->catalog().key(key.id)->previous);
}

TEST(KeyRotation, DeletingTheKeyEndsBothSecrets) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  rig.run(rotation(key.id, 2, 60));
  ASSERT_EQ(rig.run(core::DeleteKey{.id = key.id}).code, OutcomeCode::kDone);
  EXPECT_FALSE(rig.finds(1));
  EXPECT_FALSE(rig.finds(2));
  EXPECT_EQ(rig.run(rotation(key.id, 3, 0)).code, OutcomeCode::kNotFound);
  EXPECT_FALSE(rig.finds(3));
}

TEST(KeyRotation, ASecretThatLeadsSomewhereIsAConflictAndChangesNothing) {
  test::StoreRig rig;
  const core::TenantId tenant = rig.make_tenant().id;
  const core::ApiKey key = rig.make_key(tenant, 1);
  const core::ApiKey other = rig.make_key(tenant, 2);
  rig.run(rotation(key.id, 3, 60));
  for (const std::uint64_t taken : {1, 2, 3}) {
    EXPECT_EQ(rig.run(rotation(key.id, taken, 0)).code, OutcomeCode::kConflict);
  }
  EXPECT_EQ(rig.record(1).key_id, key.id);
  EXPECT_EQ(rig.record(2).key_id, other.id);
  EXPECT_EQ(rig.record(3).version, 2u);
}

TEST(KeyRotation, SecretsWhoseDigestsBeginAlikeAreToldApart) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  core::RotateKey command = rotation(key.id, 1, 60);
  command.secret.digest.bytes[31] ^= std::byte{1};
  ASSERT_EQ(rig.run(command).code, OutcomeCode::kDone);
  core::AuthRecord record;
  ASSERT_TRUE(rig.reader->auth().find(command.secret.digest, record));
  EXPECT_EQ(record.secret_until_s, 0u);
  EXPECT_NE(rig.record(1).secret_until_s, 0u);
  rig.run(rotation(key.id, 2, 0));
  EXPECT_FALSE(rig.finds(1));
  EXPECT_FALSE(rig.reader->auth().find(command.secret.digest, record));
}

TEST(KeyRotation, BothSecretsDrawOnOneBucketAcrossAChangeOfItsLimit) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  rig.run(rotation(key.id, 2, 60));
  core::BucketWord& word = rig.slots.word(key.limiter_slot);
  for (const std::uint64_t secret : {1, 2}) {
    core::bucket_take(word, rig.record(secret), rig.slots.now());
  }
  rig.run(limit_update(key.id, new_rate(500)));
  EXPECT_EQ(core::bucket_take(word, rig.record(1), rig.slots.now()).remaining, 497u);
  EXPECT_EQ(core::bucket_take(word, rig.record(2), rig.slots.now()).remaining, 496u);
}

std::vector<core::IpNetwork> networks(std::initializer_list<std::string_view> texts) {
  std::vector<core::IpNetwork> networks;
  for (const std::string_view text : texts) networks.push_back(core::parse_network(text).value());
  return networks;
}

core::UpdateKey allow(core::KeyId id, std::initializer_list<std::string_view> texts) {
  core::UpdateKey command;
  command.id = id;
  command.allowed_ips = networks(texts);
  return command;
}

// Whether a request with the secret may come from there, as the gate asks it.
bool allows(test::StoreRig& rig, std::uint64_t secret, std::string_view from) {
  core::AuthRecord record = rig.record(secret);
  return !record.has(core::AuthRecord::kAllowedIps) ||
         rig.reader->auth().allows(test::digest_of(secret), record,
                                   core::parse_address(from).value());
}

TEST(KeyAddresses, AreThoseOfTheLastChangeForEverySecret) {
  test::StoreRig rig;
  core::CreateKey create = test::StoreRig::new_key(rig.make_tenant().id, 1);
  create.allowed_ips = networks({"10.0.0.0/8", "::1"});
  const core::KeyId id = std::get<core::ApiKey>(rig.run(create).row).id;
  EXPECT_EQ(rig.reader->catalog().key(id)->allowed_ips, create.allowed_ips);
  rig.run(rotation(id, 2, 60));
  for (const std::uint64_t secret : {1, 2}) {
    EXPECT_TRUE(allows(rig, secret, "10.1.2.3"));
    EXPECT_TRUE(allows(rig, secret, "::1"));
    EXPECT_FALSE(allows(rig, secret, "127.0.0.1"));
  }
  ASSERT_EQ(rig.run(allow(id, {"127.0.0.1"})).code, OutcomeCode::kDone);
  EXPECT_TRUE(allows(rig, 1, "127.0.0.1"));
  EXPECT_FALSE(allows(rig, 2, "10.1.2.3"));
  core::UpdateKey other;
  other.id = id;
  other.name = "renamed";
  rig.run(other);
  EXPECT_FALSE(allows(rig, 1, "10.1.2.3"));
  ASSERT_EQ(rig.run(allow(id, {})).code, OutcomeCode::kDone);
  EXPECT_FALSE(rig.record(1).has(core::AuthRecord::kAllowedIps));
  EXPECT_TRUE(allows(rig, 2, "203.0.113.9"));
}

// What a shard cached just before the change says that there is a list.
TEST(KeyAddresses, OfARecordFromBeforeTheListWasTakenAwayAreLookedUpAnew) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  rig.run(allow(key.id, {"10.0.0.1"}));
  core::AuthRecord record = rig.record(1);
  rig.run(allow(key.id, {}));
  EXPECT_TRUE(rig.reader->auth().allows(test::digest_of(1), record, core::Address{}));
  EXPECT_FALSE(record.has(core::AuthRecord::kAllowedIps));
  EXPECT_EQ(record.version, 3u);

  rig.run(allow(key.id, {"10.0.0.1"}));
  record = rig.record(1);
  rig.run(core::DeleteKey{.id = key.id});
  EXPECT_FALSE(rig.reader->auth().allows(test::digest_of(1), record, core::Address{}));
}

TEST(KeyChanges, AKeyStaysWithItsTenant) {
  test::StoreRig rig;
  const core::TenantId tenant = rig.make_tenant("One").id;
  const core::TenantId other = rig.make_tenant("Two").id;
  core::UpdateKey command;
  command.id = rig.make_key(tenant, 1).id;
  command.tenant_id = other;
  const core::Outcome refused = rig.run(command);
  EXPECT_EQ(refused.code, OutcomeCode::kInvalid);
  EXPECT_EQ(refused.field, "tenant_id");
  command.tenant_id = tenant;
  EXPECT_EQ(rig.run(command).code, OutcomeCode::kDone);
}

TEST(KeyChanges, ChangeOnlyTheVersionsThatIfMatchAdmits) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  core::UpdateKey command;
  command.id = key.id;
  const core::VersionGuard second{.any = false, .versions = {7, 2}};
  EXPECT_EQ(rig.run_if(second, command).code, OutcomeCode::kVersionDiffers);
  EXPECT_EQ(rig.run_if({.any = false, .versions = {}}, command).code, OutcomeCode::kVersionDiffers);
  EXPECT_EQ(rig.run_if({.any = true, .versions = {}}, command).code, OutcomeCode::kDone);
  EXPECT_EQ(rig.run_if(second, rotation(key.id, 2, 60)).code, OutcomeCode::kDone);
  EXPECT_EQ(rig.run_if(second, core::DeleteKey{.id = key.id}).code, OutcomeCode::kVersionDiffers);
  EXPECT_TRUE(rig.finds(2));
  EXPECT_EQ(rig.run_if({.any = true, .versions = {}}, core::DeleteKey{.id = 9}).code,
            OutcomeCode::kNotFound);
  rig.run(core::DeleteKey{.id = key.id});
  EXPECT_EQ(rig.run_if(second, core::RestoreKey{.id = key.id}).code, OutcomeCode::kVersionDiffers);
  EXPECT_EQ(rig.run_if({.any = false, .versions = {4}}, core::RestoreKey{.id = key.id}).code,
            OutcomeCode::kDone);
  EXPECT_EQ(rig.run(command).code, OutcomeCode::kDone);  // Without If-Match any version will do.
}

TEST(KeyRestore, MakesADeletedKeyWorkAgainWithAllThatItHad) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1, {"data:read"});
  rig.run(rotation(key.id, 2, 60));
  rig.run(allow(key.id, {"10.0.0.1"}));
  const core::AuthRecord before = rig.record(2);
  rig.run(core::DeleteKey{.id = key.id});
  EXPECT_EQ(rig.reader->catalog().counts().keys, 0u);
  rig.when += 5;
  const core::Outcome outcome = rig.run(core::RestoreKey{.id = key.id});
  ASSERT_EQ(outcome.code, OutcomeCode::kDone);
  const auto& row = std::get<core::ApiKey>(outcome.row);
  EXPECT_EQ(row.deleted_at, 0);
  EXPECT_EQ(row.updated_at, rig.when);
  EXPECT_EQ(row.version, 5u);
  EXPECT_EQ(rig.record(1).secret_until_s, row.previous->until_s);
  EXPECT_EQ(rig.record(2).flags, before.flags);
  EXPECT_EQ(rig.record(2).limiter_slot, before.limiter_slot);
  EXPECT_TRUE(allows(rig, 2, "10.0.0.1"));
  EXPECT_FALSE(allows(rig, 2, "10.0.0.2"));
  EXPECT_EQ(rig.reader->catalog().counts().keys, 1u);
  EXPECT_EQ(rig.run(core::RestoreKey{.id = key.id}).code, OutcomeCode::kConflict);
  EXPECT_EQ(rig.run(core::RestoreKey{.id = 9}).code, OutcomeCode::kNotFound);
}

TEST(KeyRestore, BringsNoSecretBackWhoseOverlapIsOver) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  rig.run(rotation(key.id, 2, 60));
  rig.run(core::DeleteKey{.id = key.id});
  rig.when += 60 * core::kMicrosPerSecond;
  ASSERT_EQ(rig.run(core::RestoreKey{.id = key.id}).code, OutcomeCode::kDone);
  EXPECT_FALSE(rig.finds(1));
  EXPECT_TRUE(rig.finds(2));
}

TEST(KeyRestore, IsRefusedUnderADeletedTenantAndWhereTheSecretIsTaken) {
  test::StoreRig rig;
  const core::TenantId tenant = rig.make_tenant("One").id;
  const core::ApiKey key = rig.make_key(tenant, 1);
  rig.run(core::DeleteKey{.id = key.id});
  rig.run(core::DeleteTenant{.id = tenant});
  const core::Outcome refused = rig.run(core::RestoreKey{.id = key.id});
  EXPECT_EQ(refused.code, OutcomeCode::kConflict);
  EXPECT_EQ(refused.field, "tenant_id");
  EXPECT_FALSE(rig.finds(1));
  rig.run(core::RestoreTenant{.id = tenant});
  rig.make_key(tenant, 1);
  EXPECT_EQ(rig.run(core::RestoreKey{.id = key.id}).field, "key");
}

}  // namespace
