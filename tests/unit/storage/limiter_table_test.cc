#include "storage/limiter_table.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <thread>
#include <vector>

#include "tests/support/limiter_rig.h"

namespace storage {
namespace {

using core::kNanosPerSecond;

constexpr std::int64_t kHour = 3600 * kNanosPerSecond;
constexpr std::uint32_t kFirstSlots = (kLimiterFileBytesMin - kLimiterSlotsAt) / 64;

TEST(GrownSize, DoublesUntilItGrowsByTheChunk) {
  EXPECT_EQ(grown_size(64 << 10, 64 << 10), 64U << 10);
  EXPECT_EQ(grown_size(64 << 10, (64 << 10) + 1), 128U << 10);
  EXPECT_EQ(grown_size(64 << 10, 1 << 20), 1U << 20);
  EXPECT_EQ(grown_size(64 << 20, (64 << 20) + 64), 68U << 20);
  EXPECT_EQ(grown_size(100, 101), 100 + kLimiterFileBytesMin);
}

TEST(LimiterTable, IsSmallAndEmptyWhenItIsNew) {
  LimiterRig rig;
  const auto table = rig.open();
  EXPECT_TRUE(table->open_state().created);
  EXPECT_FALSE(table->open_state().replay);
  EXPECT_EQ(std::filesystem::file_size(rig.table_path()), kLimiterFileBytesMin);
  EXPECT_EQ(table->slot_count(), kFirstSlots);
  EXPECT_EQ(table->now(), kLimiterTimeStart);
  for (std::uint32_t slot = 0; slot < kFirstSlots; ++slot) {
    EXPECT_EQ(table->word(slot).load(), 0U);
    EXPECT_EQ(table->owner(slot), 0U);
  }
  struct stat status = {};
  ASSERT_EQ(stat(rig.table_path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  EXPECT_FALSE(std::filesystem::exists(rig.table_path() + ".new"));
}

TEST(LimiterTable, TakesTheLeftoverOfAnUnfinishedStartForNothing) {
  LimiterRig rig;
  std::ofstream(rig.table_path() + ".new") << "cut short";
  EXPECT_TRUE(rig.open()->open_state().created);
}

TEST(LimiterTable, KeepsWordsAndTheirAddressesWhileItGrows) {
  LimiterRig rig;
  const auto table = rig.open();
  const core::AuthRecord record = limited_record(1000, 3600);
  core::BucketWord& word = table->word(3);
  take_tokens(*table, 3, record, 10);
  for (const std::uint32_t slots : {kFirstSlots + 1, 5000U, 200'000U}) {
    ASSERT_TRUE(table->ensure(slots));
    EXPECT_GE(table->slot_count(), slots);
    EXPECT_EQ(table->word(slots - 1).load(), 0U);
    EXPECT_EQ(&table->word(3), &word);
  }
  EXPECT_EQ(tokens_left(*table, 3, record), 990U);
  struct stat status = {};
  ASSERT_EQ(stat(rig.table_path().c_str(), &status), 0);
  // No hole: a store into one on a full disk would be a SIGBUS.
  EXPECT_GE(status.st_blocks * 512, status.st_size);
}

TEST(LimiterTable, GivesASlotToAnotherKeyAsAFullBucket) {
  LimiterRig rig;
  const auto table = rig.open();
  take_tokens(*table, 7, limited_record(10, 60), 10);
  table->reset_slot(7, 4711);
  EXPECT_EQ(table->word(7).load(), 0U);
  EXPECT_EQ(table->owner(7), 4711U);
  EXPECT_EQ(tokens_left(*table, 7, limited_record(10, 60)), 10U);
  EXPECT_EQ(table->owner(6), 0U);
}

TEST(LimiterTableDeathTest, ASlotBeyondTheTableIsABrokenInvariant) {
  LimiterRig rig;
  const auto table = rig.open();
  EXPECT_DEATH(table->word(kFirstSlots), "size");
  EXPECT_DEATH(table->word(UINT32_MAX), "size");
  EXPECT_DEATH(table->reset_slot(kFirstSlots, 1), "size");
}

// A file size limit in place of a full disk: fallocate fails the same way.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    previous_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    CHECK(getrlimit(RLIMIT_FSIZE, &previous_) == 0);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = previous_.rlim_max};
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FileSizeLimit() {
    CHECK(setrlimit(RLIMIT_FSIZE, &previous_) == 0);
    std::signal(SIGXFSZ, previous_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit previous_{};
  void (*previous_handler_)(int) = nullptr;
};

TEST(LimiterTable, WithoutSpaceToGrowGoesOnWithTheSlotsItHas) {
  LimiterRig rig;
  const auto table = rig.open();
  const core::AuthRecord record = limited_record(100, 60);
  {
    const FileSizeLimit full(kLimiterFileBytesMin);
    const core::Status grown = table->ensure(kFirstSlots + 1);
    ASSERT_FALSE(grown);
    EXPECT_EQ(grown.error().code, EFBIG);
    EXPECT_EQ(table->slot_count(), kFirstSlots);
    take_tokens(*table, kFirstSlots - 1, record, 30);
    EXPECT_TRUE(table->ensure(kFirstSlots));
    EXPECT_TRUE(table->checkpoint({5}));
  }
  // Space again, without a restart.
  ASSERT_TRUE(table->ensure(kFirstSlots + 1));
  take_tokens(*table, kFirstSlots, record, 1);
  EXPECT_EQ(tokens_left(*table, kFirstSlots - 1, record), 70U);
}

TEST(LimiterTable, TakesTheLastBitOfSpaceWhereAWholeChunkDoesNotFit) {
  LimiterRig rig;
  const auto table = rig.open();
  const FileSizeLimit nearly_full(kLimiterFileBytesMin + 8192);
  ASSERT_TRUE(table->ensure(kFirstSlots + 10));
  EXPECT_EQ(table->slot_count(), kFirstSlots + 10);
  EXPECT_EQ(table->word(kFirstSlots + 9).load(), 0U);
  EXPECT_FALSE(table->ensure(kFirstSlots + 1000));
  EXPECT_EQ(table->slot_count(), kFirstSlots + 10);
}

TEST(LimiterTable, BeyondItsAddressSpaceRefusesToGrow) {
  LimiterRig rig;
  LimiterOptions options = rig.options();
  options.address_bytes = 1 << 20;
  const auto table = LimiterTable::open(options, rig.clock());
  ASSERT_TRUE(table);
  EXPECT_TRUE((*table)->ensure(10'000));
  EXPECT_FALSE((*table)->ensure(1 << 20));
  EXPECT_FALSE((*table)->ensure(UINT32_MAX));
}

TEST(LimiterTable, FillsTheHolesOfAFileThatWasCopiedSparsely) {
  LimiterRig rig;
  rig.open()->ensure(100'000).value();
  const auto size = std::filesystem::file_size(rig.table_path());
  std::filesystem::resize_file(rig.table_path(), 65'536);
  std::filesystem::resize_file(rig.table_path(), size);
  struct stat status = {};
  ASSERT_EQ(stat(rig.table_path().c_str(), &status), 0);
  ASSERT_LT(status.st_blocks * 512, status.st_size);
  const auto table = rig.open();
  ASSERT_EQ(stat(rig.table_path().c_str(), &status), 0);
  EXPECT_GE(status.st_blocks * 512, status.st_size);
  EXPECT_EQ(table->word(99'999).load(), 0U);
}

TEST(LimiterTable, IsBroughtInPieceByPiece) {
  LimiterRig rig;
  const auto table = rig.open();
  ASSERT_TRUE(table->ensure(200'000));
  std::vector<std::uint32_t> steps;
  std::uint32_t slot = 0;
  while (slot < table->slot_count()) {
    slot = table->warm(slot);
    steps.push_back(slot);
  }
  ASSERT_EQ(steps.size(), (table->slot_count() + kLimiterWarmSlots - 1) / kLimiterWarmSlots);
  EXPECT_EQ(steps.front(), kLimiterWarmSlots);
  EXPECT_EQ(table->warm(table->slot_count()), table->slot_count());
  const auto page = reinterpret_cast<std::uintptr_t>(&table->word(199'999)) / 4096 * 4096;
  unsigned char resident = 0;
  ASSERT_EQ(mincore(reinterpret_cast<void*>(page), 4096, &resident), 0);
  EXPECT_EQ(resident & 1, 1);
}

TEST(LimiterTable, GoesOnExactlyAfterARestart) {
  LimiterRig rig;
  const core::AuthRecord record = limited_record(3600, 3600);
  {
    const auto table = rig.open();
    take_tokens(*table, 0, record, 100);
    ASSERT_TRUE(table->checkpoint({77}));
    ASSERT_TRUE(table->close_cleanly(rig.clock().now()));
  }
  rig.clock().advance(10 * kNanosPerSecond);
  const auto table = rig.open();
  EXPECT_FALSE(table->open_state().created);
  EXPECT_TRUE(table->open_state().clean);
  EXPECT_TRUE(table->open_state().same_boot);
  EXPECT_FALSE(table->open_state().replay);
  EXPECT_EQ(table->open_state().checkpoint.id, 77U);
  EXPECT_EQ(tokens_left(*table, 0, record), 3510U);
}

TEST(LimiterTable, ACleanStopAndARebootGoOnByTheWallClock) {
  LimiterRig rig;
  const core::AuthRecord record = limited_record(3600, 3600);
  {
    const auto table = rig.open();
    take_tokens(*table, 0, record, 100);
    ASSERT_TRUE(table->close_cleanly(rig.clock().now()));
  }
  rig.reboot(40 * kNanosPerSecond);
  const auto table = rig.open();
  EXPECT_TRUE(table->open_state().clean);
  EXPECT_FALSE(table->open_state().same_boot);
  EXPECT_FALSE(table->open_state().replay);
  EXPECT_EQ(tokens_left(*table, 0, record), 3540U);
}

TEST(LimiterTable, StepsOfTheWallClockChangeNoAllowance) {
  LimiterRig rig;
  const core::AuthRecord record = limited_record(3600, 3600);
  auto table = rig.open();
  take_tokens(*table, 0, record, 100);
  for (const std::int64_t step_s : {-3600, 86'400, 1, -946'684'800}) {
    rig.clock().step_wall(step_s * core::kMicrosPerSecond);
    EXPECT_EQ(tokens_left(*table, 0, record), 3500U);
    table->save_clock(rig.clock().now());
    table.reset();
    table = rig.open();
    EXPECT_EQ(tokens_left(*table, 0, record), 3500U);
  }
}

TEST(LimiterTable, AnUncleanRebootAsksForReplayUntilACheckpointIsMade) {
  LimiterRig rig;
  ASSERT_TRUE(rig.open()->checkpoint({42}));
  rig.reboot(kHour);
  {
    const auto table = rig.open();
    EXPECT_FALSE(table->open_state().same_boot);
    EXPECT_TRUE(table->open_state().replay);
    EXPECT_EQ(table->open_state().checkpoint.id, 42U);
  }
  {
    // Killed before the replay was over: the boot is known by now, the replay still due.
    const auto table = rig.open();
    EXPECT_TRUE(table->open_state().same_boot);
    EXPECT_TRUE(table->open_state().replay);
    EXPECT_EQ(table->open_state().checkpoint.id, 42U);
    ASSERT_TRUE(table->close_cleanly(rig.clock().now()));
  }
  {
    const auto table = rig.open();
    EXPECT_TRUE(table->open_state().replay);
    ASSERT_TRUE(table->checkpoint({50}));
  }
  const auto table = rig.open();
  EXPECT_FALSE(table->open_state().replay);
  EXPECT_EQ(table->open_state().checkpoint.id, 50U);
}

TEST(LimiterTable, ACleanTableIsUncleanAsSoonAsItIsOpenAgain) {
  LimiterRig rig;
  ASSERT_TRUE(rig.open()->close_cleanly(rig.clock().now()));
  rig.open();
  rig.reboot(kHour);
  EXPECT_TRUE(rig.open()->open_state().replay);
}

TEST(LimiterTable, AfterAPowerLossReplayNeverGrantsMoreThanTheLimit) {
  LimiterRig rig;
  const core::AuthRecord record = limited_record(1000, 3600);
  std::vector<core::LimiterNanos> logged;  // After the checkpoint.
  {
    const auto table = rig.open();
    take_tokens(*table, 0, record, 300);
    ASSERT_TRUE(table->checkpoint({300}));
    rig.note_disk();
    for (int i = 0; i < 400; ++i) {
      logged.push_back(table->now());
      take_tokens(*table, 0, record, 1);
    }
  }
  rig.lose_power_to_noted_disk();
  rig.reboot(0);
  const auto table = rig.open();
  ASSERT_TRUE(table->open_state().replay);
  ASSERT_EQ(table->open_state().checkpoint.id, 300U);
  EXPECT_EQ(tokens_left(*table, 0, record), 700U);
  for (const core::LimiterNanos at : logged) {
    core::bucket_charge(table->word(0), record, {.at = at, .now = table->now()});
  }
  EXPECT_EQ(tokens_left(*table, 0, record), 300U);
}

TEST(LimiterTable, AdvancesOverStampsThatAWallClockGoneBackLeftInTheFuture) {
  LimiterRig rig;
  ASSERT_TRUE(rig.open()->checkpoint({1}));
  rig.reboot(-kHour);
  std::int64_t offset = 0;
  {
    const auto table = rig.open();
    const core::LimiterNanos logged = table->now() + 12 * kNanosPerSecond;
    table->advance_to(logged);
    EXPECT_EQ(table->now(), logged);
    table->advance_to(logged - kHour);
    EXPECT_EQ(table->now(), logged);
    offset = table->offset_ns();
  }
  EXPECT_EQ(rig.open()->offset_ns(), offset);
}

TEST(LimiterTable, RebasesWordsAndTimeTogetherBeyondHalfOfTheRange) {
  LimiterRig rig;
  constexpr std::int64_t kYear = 365 * 24 * kHour;
  core::AuthRecord record = limited_record(1000, core::kRateWindowSecondsMax);
  record.generation = 5;
  core::LimiterNanos before = 0;
  {
    const auto table = rig.open();
    table->advance_to(5 * kYear);
    ASSERT_TRUE(table->ensure(100'000));
    take_tokens(*table, 0, record, 250);
    take_tokens(*table, 99'999, record, 1);
    table->reset_slot(1, 9);
    table->word(2).store(std::uint64_t{5} << core::kBucketTatBits | 1);  // Full since long.
    ASSERT_TRUE(table->checkpoint({8}));
    before = table->now();
  }
  const auto table = rig.open();
  EXPECT_EQ(table->now() + table->open_state().rebased_by_ns, before);
  EXPECT_LT(table->now(), kLimiterTimeStart + core::kBucketUnitNanos);
  EXPECT_GE(table->now(), kLimiterTimeStart);
  EXPECT_FALSE(table->open_state().replay);
  EXPECT_EQ(table->open_state().checkpoint.id, 8U);
  EXPECT_EQ(tokens_left(*table, 0, record), 750U);
  EXPECT_EQ(tokens_left(*table, 99'999, record), 999U);
  EXPECT_EQ(tokens_left(*table, 2, record), 1000U);
  EXPECT_EQ(table->owner(1), 9U);
  EXPECT_EQ(table->word(1).load(), 0U);
}

TEST(LimiterTable, RebasesOnceAndKeepsAReplayDue) {
  LimiterRig rig;
  rig.open()->advance_to(5 * 365 * 24 * kHour);
  rig.reboot(kHour);
  {
    const auto table = rig.open();
    EXPECT_GT(table->open_state().rebased_by_ns, 0);
    EXPECT_TRUE(table->open_state().replay);
  }
  const auto table = rig.open();
  EXPECT_EQ(table->open_state().rebased_by_ns, 0);
  EXPECT_TRUE(table->open_state().replay);
}

TEST(LimiterTable, WithoutSpaceToRebaseRunsOnInTheOtherHalfOfTheRange) {
  LimiterRig rig;
  const core::LimiterNanos late = 5 * 365 * 24 * kHour;
  rig.open()->advance_to(late);
  const FileSizeLimit full(4096);
  const auto table = rig.try_open();
  ASSERT_TRUE(table);
  EXPECT_EQ((*table)->now(), late);
  EXPECT_EQ((*table)->open_state().rebased_by_ns, 0);
}

TEST(LimiterTableThreads, ShardsTakeWhileTheWriterGrowsTheTable) {
  LimiterRig rig;
  const auto table = rig.open();
  const core::AuthRecord record = limited_record(1000, 3600);
  const core::LimiterNanos now = table->now();
  std::atomic<std::uint32_t> committed{2};  // Slots that a row names.
  std::atomic<int> admitted{0};
  {
    std::vector<std::jthread> shards;
    for (int i = 0; i < 3; ++i) {
      shards.emplace_back([&] {
        std::uint32_t slots = 0;
        for (std::uint32_t turn = 0; turn < 2000 || slots < 20'000; ++turn) {
          slots = committed.load(std::memory_order_acquire);
          const core::Take hot = core::bucket_take(table->word(0), record, now);
          if (hot.outcome == core::TakeOutcome::kAdmitted) ++admitted;
          core::bucket_take(table->word(slots - 1), record, now);
        }
      });
    }
    shards.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(table->checkpoint({static_cast<std::uint64_t>(i)}));
        table->save_clock(rig.clock().now());
      }
    });
    for (std::uint32_t slots = 3; slots <= 20'000; ++slots) {
      ASSERT_TRUE(table->ensure(slots));
      table->reset_slot(slots - 1, slots);
      committed.store(slots, std::memory_order_release);
    }
  }
  EXPECT_EQ(admitted + static_cast<int>(tokens_left(*table, 0, record)), 1000);
}

}  // namespace
}  // namespace storage
