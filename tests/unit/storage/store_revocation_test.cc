// Revocation bound zero: once a change's reply was posted, no reader judges by the state before it.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "storage/store.h"
#include "tests/support/store_rig.h"

namespace {

constexpr int kReaders = 2;
constexpr std::uint64_t kRounds = 2'500;
constexpr std::uint64_t kRacingRounds = 10'000;  // A wrong order is met in one of 10 000 or so.

// One thread changes a state back and forth; readers look all the time, so that every cache is hot
// and every race with a commit is run. A change waits until each reader has looked at the state
// that the last one left: while nothing is under way there is one right answer.
class Toggling {
 public:
  // Makes the change to state `on` and returns once its reply was read.
  using Change = std::function<void(bool on)>;
  // What a reader sees.
  using Look = std::function<bool(storage::StoreReader& reader)>;

  explicit Toggling(test::StoreRig& rig, std::uint64_t rounds = kRounds)
      : rig_(rig), rounds_(rounds) {}

  void run(const Change& change, const Look& look) {
    std::vector<std::thread> readers;
    for (auto& checked : checked_) readers.emplace_back([&] { read(look, checked); });
    for (std::uint64_t round = 1; round <= rounds_; ++round) {
      begun_.store(round);
      begun_.notify_all();
      change(round % 2 == 1);
      answered_.store(round);
      for (const auto& checked : checked_) checked.wait(round - 1);
    }
    begun_.store(kOver);
    begun_.notify_all();
    for (std::thread& reader : readers) reader.join();
  }

 private:
  void read(const Look& look, std::atomic<std::uint64_t>& checked) {
    auto reader = rig_.store->open_reader();
    ASSERT_TRUE(reader);
    for (std::uint64_t checked_last = 0; begun_.load() != kOver;) {
      const std::uint64_t round = answered_.load();
      (*reader)->catalog().begin_turn();
      // The second look is a hit of what the first one cached.
      const bool missed = look(**reader);
      const bool hit = look(**reader);
      if (round == checked_last || begun_.load() != round) continue;
      EXPECT_EQ(missed, round % 2 == 1) << "in round " << round;
      EXPECT_EQ(hit, round % 2 == 1) << "in round " << round;
      checked_last = round;
      checked.store(round);
      checked.notify_one();
      begun_.wait(round);  // Then look all the time while the next change is made.
    }
  }

  static constexpr std::uint64_t kOver = ~std::uint64_t{0};

  test::StoreRig& rig_;
  const std::uint64_t rounds_;
  std::atomic<std::uint64_t> begun_{0};     // The round whose change was begun last.
  std::atomic<std::uint64_t> answered_{0};  // The round whose reply was read last.
  std::array<std::atomic<std::uint64_t>, kReaders> checked_{};
};

TEST(StoreRevocation, ADisabledKeyIsSeenDisabledByEveryReader) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  Toggling(rig).run(
      [&](bool on) {
        core::UpdateKey command;
        command.id = key.id;
        command.is_active = on;
        ASSERT_TRUE(rig.submit(command));
        ASSERT_EQ(rig.replies.outcome().code, core::OutcomeCode::kDone);
      },
      [digest = test::digest_of(1)](storage::StoreReader& reader) {
        core::AuthRecord record;
        EXPECT_TRUE(reader.auth().find(digest, record));
        return record.has(core::AuthRecord::kActive);
      });
}

// With one place for two keys each look misses, so that misses are under way at every commit; what
// the last one cached is what the next look meets first.
TEST(StoreRevocation, AMissThatRacesACommitCachesNothingOld) {
  test::StoreRig rig([](storage::StoreOptions& options) { options.auth_cache_entries = 1; });
  const core::TenantId tenant = rig.make_tenant().id;
  const core::ApiKey key = rig.make_key(tenant, 1);
  rig.make_key(tenant, 2);
  Toggling(rig, kRacingRounds)
      .run(
          [&](bool on) {
            core::UpdateKey command;
            command.id = key.id;
            command.is_active = on;
            ASSERT_TRUE(rig.submit(command));
            ASSERT_EQ(rig.replies.outcome().code, core::OutcomeCode::kDone);
          },
          [digest = test::digest_of(1), other = test::digest_of(2)](storage::StoreReader& reader) {
            core::AuthRecord seen;
            core::AuthRecord record;
            EXPECT_TRUE(reader.auth().find(digest, seen));
            EXPECT_TRUE(reader.auth().find(other, record));
            EXPECT_TRUE(reader.auth().find(digest, record));
            return seen.has(core::AuthRecord::kActive);
          });
}

TEST(StoreRevocation, ADisabledTenantIsSeenDisabledByEveryReader) {
  test::StoreRig rig;
  const core::TenantId tenant = rig.make_tenant().id;
  Toggling(rig).run(
      [&](bool on) {
        core::UpdateTenant command;
        command.id = tenant;
        command.is_active = on;
        ASSERT_TRUE(rig.submit(command));
        ASSERT_EQ(rig.replies.outcome().code, core::OutcomeCode::kDone);
      },
      [tenant](storage::StoreReader& reader) { return reader.auth().tenant(tenant).active; });
}

// The key has the secret while it is on and another one while it is off.
TEST(StoreRevocation, AReplacedSecretIsUnknownToEveryReader) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 2);
  Toggling(rig).run(
      [&](bool on) {
        core::RotateKey command;
        command.id = key.id;
        command.secret.digest = test::digest_of(on ? 1 : 2);
        ASSERT_TRUE(rig.submit(command));
        ASSERT_EQ(rig.replies.outcome().code, core::OutcomeCode::kDone);
      },
      [digest = test::digest_of(1)](storage::StoreReader& reader) {
        core::AuthRecord record;
        return reader.auth().find(digest, record);
      });
}

TEST(StoreRevocation, AListOfAddressesBindsEveryReader) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  const core::Address from = *core::parse_address("10.0.0.1");
  core::UpdateKey command;
  command.id = key.id;
  command.allowed_ips = {*core::parse_network("10.0.0.2")};
  ASSERT_EQ(rig.run(command).code, core::OutcomeCode::kDone);
  Toggling(rig).run(
      [&, round = 0](bool on) mutable {
        // Refusing is done by another list, allowing by one with the address or by none.
        command.allowed_ips->clear();
        if (!on || ++round % 2 == 0) {
          command.allowed_ips = {*core::parse_network(on ? "10.0.0.0/8" : "10.0.0.2")};
        }
        ASSERT_TRUE(rig.submit(command));
        ASSERT_EQ(rig.replies.outcome().code, core::OutcomeCode::kDone);
      },
      [from, digest = test::digest_of(1)](storage::StoreReader& reader) {
        core::AuthRecord record;
        EXPECT_TRUE(reader.auth().find(digest, record));
        return !record.has(core::AuthRecord::kAllowedIps) ||
               reader.auth().allows(digest, record, from);
      });
}

// A key is created, so that it is on, and deleted; then one with the same digest is created again.
TEST(StoreRevocation, ADeletedKeyIsUnknownToEveryReader) {
  test::StoreRig rig;
  const core::TenantId tenant = rig.make_tenant().id;
  core::KeyId id = 0;
  Toggling(rig).run(
      [&](bool on) {
        if (on) {
          ASSERT_TRUE(rig.submit(test::StoreRig::new_key(tenant, 1)));
        } else {
          ASSERT_TRUE(rig.submit(core::DeleteKey{.id = id}));
        }
        const core::Outcome outcome = rig.replies.outcome();
        ASSERT_EQ(outcome.code, core::OutcomeCode::kDone);
        id = std::get<core::ApiKey>(outcome.row).id;
      },
      [digest = test::digest_of(1)](storage::StoreReader& reader) {
        core::AuthRecord record;
        return reader.auth().find(digest, record);
      });
}

TEST(StoreRevocation, ADeletedAdminTokenIsUnknownToEveryReader) {
  test::StoreRig rig;
  core::AdminTokenId id = 0;
  Toggling(rig).run(
      [&](bool on) {
        core::CreateAdminToken create;
        create.name = "ops";
        create.digest = test::digest_of(1);
        ASSERT_TRUE(on ? rig.submit(create) : rig.submit(core::DeleteAdminToken{.id = id}));
        const core::Outcome outcome = rig.replies.outcome();
        ASSERT_EQ(outcome.code, core::OutcomeCode::kDone);
        id = std::get<core::AdminToken>(outcome.row).id;
      },
      [digest = test::digest_of(1)](storage::StoreReader& reader) {
        return reader.admin().find_token(digest).has_value();
      });
}

TEST(StoreRevocation, AnAnsweredRowIsInTheNextListOfEveryReader) {
  test::StoreRig rig;
  const core::TenantId tenant = rig.make_tenant().id;
  const core::Caller caller{.key_id = rig.make_key(tenant, 1).id, .tenant_id = tenant};
  core::RowId id = 0;
  Toggling(rig).run(
      [&](bool on) {
        if (on) {
          ASSERT_TRUE(rig.submit(test::new_row(caller, "row")));
        } else {
          ASSERT_TRUE(rig.submit(core::DeleteRow{.caller = caller, .id = id}));
        }
        const core::Outcome outcome = rig.replies.outcome();
        ASSERT_EQ(outcome.code, core::OutcomeCode::kDone);
        id = std::get<core::RowImage>(outcome.row).id;
      },
      [tenant](storage::StoreReader& reader) {
        return reader.catalog().rows(test::data_of(tenant), 0, 100).count == 1;
      });
}

// Misses of one key in the middle of a turn whose snapshot was taken before: what they cache must
// not outlive the change. (A miss that reused the turn's snapshot fails this.)
TEST(StoreRevocation, AMissLateInATurnCachesNothingOld) {
  test::StoreRig rig;
  const core::TenantId tenant = rig.make_tenant().id;
  const core::ApiKey key = rig.make_key(tenant, 1);
  rig.reader->catalog().begin_turn();
  ASSERT_TRUE(rig.reader->catalog().tenant(tenant));  // Takes the turn's snapshot.
  core::UpdateKey command;
  command.id = key.id;
  command.is_active = false;
  ASSERT_TRUE(rig.submit(command));
  ASSERT_EQ(rig.replies.outcome().code, core::OutcomeCode::kDone);
  EXPECT_FALSE(rig.record(1).has(core::AuthRecord::kActive));  // The same turn.
  rig.reader->catalog().begin_turn();
  EXPECT_FALSE(rig.record(1).has(core::AuthRecord::kActive));
}

}  // namespace
