#include "storage/store_writer.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "storage/verify.h"
#include "tests/support/store_rig.h"

namespace {

using core::OutcomeCode;
using storage::CommitFault;

void expect_clean(test::StoreRig& rig) {
  rig.close();
  const auto report = storage::verify_store({.dir = rig.options.dir});
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->clean()) << report->listed.front();
}

core::CreateTenant new_tenant(const std::string& name) {
  core::CreateTenant command;
  command.name = name;
  return command;
}

core::UpdateKey new_rate(core::KeyId id, std::uint32_t rate) {
  core::UpdateKey command;
  command.id = id;
  command.limit.rate_limit_sent = true;
  command.limit.rate_limit = rate;
  return command;
}

TEST(StoreWriter, CommandsThatWaitAreCommittedTogetherAndAnsweredInOrder) {
  test::StoreRig rig;
  rig.open();  // Not started.
  for (std::uint64_t i = 0; i < 100; ++i) {
    ASSERT_TRUE(rig.submit(new_tenant("t" + std::to_string(i)), i));
  }
  EXPECT_EQ(rig.store->stats().queue_depth, 100u);
  rig.store->start();
  for (std::uint64_t i = 0; i < 100; ++i) {
    const core::Reply reply = rig.replies.wait();
    EXPECT_EQ(reply.token, i);
    EXPECT_EQ(std::get<core::Tenant>(std::get<core::Outcome>(reply.body).row).id, i + 1);
  }
  EXPECT_EQ(rig.store->stats().commits, 1u);
  EXPECT_EQ(rig.store->stats().commands, 100u);
  EXPECT_EQ(rig.store->stats().queue_depth, 0u);
}

TEST(StoreWriter, AFullQueueRefuses) {
  test::StoreRig rig([](storage::StoreOptions& options) { options.command_queue = 4; });
  rig.open();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(rig.submit(new_tenant("t")));
  EXPECT_FALSE(rig.submit(new_tenant("t")));
  rig.store->start();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(rig.replies.outcome().code, OutcomeCode::kDone);
}

TEST(StoreWriter, StoppingAnswersWhatIsQueuedAndRefusesWhatComesAfter) {
  test::StoreRig rig;
  rig.open();
  for (int i = 0; i < 3000; ++i) ASSERT_TRUE(rig.submit(new_tenant("t")));
  rig.store->start();
  rig.store->stop();
  EXPECT_EQ(rig.replies.size(), 3000u);
  EXPECT_FALSE(rig.submit(new_tenant("late")));
}

TEST(StoreWriter, ManyThreadsSubmitAtOnce) {
  constexpr int kThreads = 4;
  constexpr int kEach = 500;
  test::StoreRig rig;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&rig, t] {
      test::ReplyBox own;
      for (int i = 0; i < kEach; ++i) {
        ASSERT_TRUE(rig.store->commands().submit(
            {.when = rig.when, .change = new_tenant("thread " + std::to_string(t))}, own, 0));
        ASSERT_EQ(own.outcome().code, OutcomeCode::kDone);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rig.make_tenant("last").id, kThreads * kEach + 1u);
  expect_clean(rig);
}

TEST(StoreWriter, TwoLimitsOfOneKeyInOneBatchBothKeepWhatWasUsed) {
  test::StoreRig rig;
  const core::ApiKey key = rig.make_key(rig.make_tenant().id, 1);
  core::BucketWord& word = rig.slots.word(key.limiter_slot);
  const core::AuthRecord first = rig.record(1);
  for (int i = 0; i < 300; ++i) core::bucket_take(word, first, rig.slots.now());
  rig.open();
  ASSERT_TRUE(rig.submit(new_rate(key.id, 5000)));
  ASSERT_TRUE(rig.submit(new_rate(key.id, 2000)));
  ASSERT_TRUE(rig.submit(new_tenant("between")));
  ASSERT_TRUE(rig.submit(new_rate(key.id, 1000)));
  rig.store->start();
  for (int i = 0; i < 4; ++i) EXPECT_EQ(rig.replies.outcome().code, OutcomeCode::kDone);
  EXPECT_EQ(rig.store->stats().commits, 3u);
  rig.reader->catalog().begin_turn();
  EXPECT_EQ(rig.record(1).generation, 3u);
  EXPECT_EQ(core::bucket_take(word, rig.record(1), rig.slots.now()).remaining, 699u);
}

TEST(StoreWriter, AFullMapRefusesWhatDoesNotFitAndNothingElse) {
  test::StoreRig rig([](storage::StoreOptions& options) { options.map_bytes = 2 << 20; });
  const core::TenantId tenant = rig.make_tenant().id;
  const core::Caller caller{.key_id = rig.make_key(tenant, 1).id, .tenant_id = tenant};
  const std::string big = '"' + std::string(4 << 20, 'x') + '"';
  rig.open();
  // One batch: the rows in the middle have no room, whatever is tried.
  ASSERT_TRUE(rig.submit(test::new_row(caller, "before")));
  ASSERT_TRUE(rig.submit(test::new_row(caller, "big", big)));
  ASSERT_TRUE(rig.submit(test::new_row(caller, "between")));
  ASSERT_TRUE(rig.submit(test::new_row(caller, "big", big)));
  ASSERT_TRUE(rig.submit(test::new_row(caller, "after")));
  rig.store->start();
  std::vector<OutcomeCode> codes;
  for (int i = 0; i < 5; ++i) codes.push_back(rig.replies.outcome().code);
  EXPECT_EQ(codes, (std::vector{OutcomeCode::kDone, OutcomeCode::kStoreFull, OutcomeCode::kDone,
                                OutcomeCode::kStoreFull, OutcomeCode::kDone}));
  EXPECT_TRUE(rig.store->stats().writable);
  rig.reader->catalog().begin_turn();
  EXPECT_EQ(rig.reader->catalog().rows(test::data_of(tenant), 0, 100).count, 3u);
  EXPECT_TRUE(rig.finds(1));
  expect_clean(rig);
}

TEST(StoreWriter, AMapFilledToTheBrimStillReadsAndALargerOneStillWrites) {
  test::StoreRig rig([](storage::StoreOptions& options) { options.map_bytes = 1 << 20; });
  const core::TenantId tenant = rig.make_tenant().id;
  const core::Caller caller{.key_id = rig.make_key(tenant, 1).id, .tenant_id = tenant};
  std::uint32_t rows = 0;
  const auto row = test::new_row(caller, "x", '"' + std::string(900, 'x') + '"');
  while (rig.run(row).code == OutcomeCode::kDone) ++rows;
  EXPECT_GT(rows, 300u);
  EXPECT_TRUE(rig.finds(1));
  EXPECT_EQ(rig.reader->catalog().rows(test::data_of(tenant), 0, 1000).count, rows);
  EXPECT_TRUE(rig.log.contains("MDB_MAP_FULL"));

  rig.options.map_bytes = 4 << 20;
  rig.reopen();
  EXPECT_EQ(rig.run(row).code, OutcomeCode::kDone);
  expect_clean(rig);
}

TEST(StoreWriter, DeletingAndRevokingGoOnInAFullMap) {
  test::StoreRig rig([](storage::StoreOptions& options) { options.map_bytes = 1 << 20; });
  const core::TenantId tenant = rig.make_tenant().id;
  const core::Caller caller{.key_id = rig.make_key(tenant, 1).id, .tenant_id = tenant};
  const core::ApiKey other = rig.make_key(tenant, 2);
  const auto row = test::new_row(caller, "x", '"' + std::string(900, 'x') + '"');
  while (rig.run(row).code == OutcomeCode::kDone) continue;
  core::UpdateTenant rename;  // Changes that take nothing away need room for their entries.
  rename.id = tenant;
  while (rig.run(rename).code == OutcomeCode::kDone) continue;
  EXPECT_EQ(rig.run(core::DeleteKey{.id = other.id}).code, OutcomeCode::kDone);
  EXPECT_FALSE(rig.finds(2));
  // What the audit log has no room for is told to the server's log.
  EXPECT_TRUE(rig.log.contains("no room in the audit log: key.deleted of row 2 by system"));
}

// The commit fails; whether its change is there shows only when the environment is opened anew.
class UncertainCommit : public testing::TestWithParam<CommitFault> {
 protected:
  UncertainCommit()
      : rig_([this](storage::StoreOptions& options) {
          options.commit_failpoint = [this] { return fault_.exchange(CommitFault::kNone); };
        }) {}

  std::atomic<CommitFault> fault_{CommitFault::kNone};
  test::StoreRig rig_;
};

TEST_P(UncertainCommit, IsNotAcknowledgedAndWritesComeBackOnceTheDiskTakesThem) {
  const core::TenantId tenant = rig_.make_tenant().id;
  const core::ApiKey key = rig_.make_key(tenant, 1);
  EXPECT_TRUE(rig_.finds(1));
  rig_.reader->catalog().release();

  fault_ = GetParam();
  EXPECT_EQ(rig_.run(core::DeleteKey{.id = key.id}).code, OutcomeCode::kUnknown);
  EXPECT_EQ(rig_.store->stats().commit_failures, 1u);
  EXPECT_TRUE(rig_.log.contains("the outcome is unknown"));

  // The rig's clock stands still: the first attempt is made at once.
  while (!rig_.store->stats().writable) std::this_thread::yield();
  EXPECT_TRUE(rig_.log.contains("takes writes again"));
  // Now the reader, whose cache held the key, agrees with the store.
  EXPECT_EQ(rig_.finds(1), GetParam() == CommitFault::kLost);
  EXPECT_EQ(rig_.run(core::DeleteKey{.id = key.id}).code,
            GetParam() == CommitFault::kLost ? OutcomeCode::kDone : OutcomeCode::kNotFound);
  EXPECT_FALSE(rig_.finds(1));
  expect_clean(rig_);
}

TEST_P(UncertainCommit, StopsWritesWhileAReaderHoldsItsSnapshot) {
  rig_.make_tenant();
  ASSERT_TRUE(rig_.reader->catalog().tenant(1));  // Takes the snapshot.
  fault_ = GetParam();
  ASSERT_TRUE(rig_.submit(new_tenant("two")));
  EXPECT_EQ(rig_.replies.outcome().code, OutcomeCode::kUnknown);
  EXPECT_FALSE(rig_.store->stats().writable);
  EXPECT_FALSE(rig_.submit(new_tenant("three")));
  EXPECT_TRUE(rig_.reader->catalog().tenant(1));  // Reads go on.

  while (!rig_.store->stats().writable) {
    rig_.reader->catalog().begin_turn();  // Leaves once the writer has asked for it.
    rig_.clock.advance(core::kNanosPerSecond);
    std::this_thread::yield();
  }
  EXPECT_EQ(rig_.reader->catalog().tenant(2).has_value(), GetParam() == CommitFault::kKept);
  EXPECT_EQ(rig_.run(new_tenant("four")).code, OutcomeCode::kDone);
}

TEST_P(UncertainCommit, RefusesWhatWaitedBehindItWithoutTouchingIt) {
  rig_.open();
  fault_ = GetParam();
  // Two transactions' worth.
  const std::size_t commands = storage::kBatchCommandsMax + 10;
  for (std::size_t i = 0; i < commands; ++i) ASSERT_TRUE(rig_.submit(new_tenant("t")));
  ASSERT_TRUE(rig_.reader->auth().tenant(1).exists == false);  // Holds a snapshot: no recovery yet.
  rig_.store->start();
  std::size_t unknown = 0;
  std::size_t refused = 0;
  for (std::size_t i = 0; i < commands; ++i) {
    const OutcomeCode code = rig_.replies.outcome().code;
    unknown += code == OutcomeCode::kUnknown;
    refused += code == OutcomeCode::kStoreFull;
  }
  EXPECT_EQ(unknown, storage::kBatchCommandsMax);
  EXPECT_EQ(refused, 10u);
  rig_.reader->catalog().release();
  expect_clean(rig_);
}

TEST_P(UncertainCommit, OfALimitLeavesNoWordAheadOfItsRecord) {
  const core::ApiKey key = rig_.make_key(rig_.make_tenant().id, 1);
  core::BucketWord& word = rig_.slots.word(key.limiter_slot);
  const core::AuthRecord first = rig_.record(1);
  for (int i = 0; i < 10; ++i) core::bucket_take(word, first, rig_.slots.now());
  rig_.reader->catalog().release();
  fault_ = GetParam();
  EXPECT_EQ(rig_.run(new_rate(key.id, 50)).code, OutcomeCode::kUnknown);
  while (!rig_.store->stats().writable) std::this_thread::yield();
  const core::Take take = core::bucket_take(word, rig_.record(1), rig_.slots.now());
  EXPECT_EQ(take.outcome, core::TakeOutcome::kAdmitted);
  EXPECT_EQ(take.remaining, GetParam() == CommitFault::kLost ? 989u : 39u);
}

// As after a crash between a commit and what follows it: the word is a generation behind when the
// next limit comes.
TEST_P(UncertainCommit, OfALimitLosesNothingOfWhatWasUsedWhenTheNextOneComes) {
  const core::ApiKey key = rig_.make_key(rig_.make_tenant().id, 1);
  core::BucketWord& word = rig_.slots.word(key.limiter_slot);
  const core::AuthRecord first = rig_.record(1);
  for (int i = 0; i < 300; ++i) core::bucket_take(word, first, rig_.slots.now());
  rig_.reader->catalog().release();
  fault_ = GetParam();
  EXPECT_EQ(rig_.run(new_rate(key.id, 5000)).code, OutcomeCode::kUnknown);
  while (!rig_.store->stats().writable) std::this_thread::yield();
  EXPECT_EQ(rig_.run(new_rate(key.id, 2000)).code, OutcomeCode::kDone);
  EXPECT_EQ(core::bucket_take(word, rig_.record(1), rig_.slots.now()).remaining, 1699u);
}

INSTANTIATE_TEST_SUITE_P(BothWays, UncertainCommit,
                         testing::Values(CommitFault::kLost, CommitFault::kKept));

// Recovery replaces the environment under readers that never stop reading.
TEST(StoreWriter, ReadersGoOnWhileTheEnvironmentIsOpenedAnew) {
  constexpr int kReaders = 2;
  constexpr int kFaults = 20;
  std::atomic<bool> fails{false};
  test::StoreRig rig([&](storage::StoreOptions& options) {
    options.commit_failpoint = [&] {
      return fails.exchange(false) ? CommitFault::kLost : CommitFault::kNone;
    };
  });
  const core::TenantId tenant = rig.make_tenant().id;
  rig.make_key(tenant, 1);
  rig.reader->catalog().release();
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < kReaders; ++i) {
    threads.emplace_back([&] {
      auto reader = rig.store->open_reader();
      ASSERT_TRUE(reader);
      core::AuthRecord record;
      while (!over.load()) {
        (*reader)->catalog().begin_turn();
        ASSERT_TRUE((*reader)->auth().reload(test::digest_of(1), record));
        ASSERT_TRUE((*reader)->catalog().tenant(tenant));
      }
    });
  }
  for (int i = 0; i < kFaults; ++i) {
    fails = true;
    ASSERT_TRUE(rig.submit(new_tenant("t")));
    EXPECT_EQ(rig.replies.outcome().code, OutcomeCode::kUnknown);
    while (!rig.store->stats().writable) {
      rig.clock.advance(core::kNanosPerSecond);
      std::this_thread::yield();
    }
  }
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rig.make_tenant("last").id, 2u);
}

}  // namespace
