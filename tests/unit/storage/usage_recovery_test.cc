// What is found after a crash, and after the disk has torn or damaged the log.
#include "storage/usage_recovery.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/base/hash.h"
#include "storage/usage_record.h"
#include "tests/support/usage_rig.h"

namespace {

using test::UsageRig;

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

// A log of one segment whose last batch holds the last five of eight records, and nothing in a
// ring.
class TornTail : public testing::Test {
 protected:
  static constexpr std::uint64_t kRecords = 8;

  void SetUp() override {
    rig_.open();
    for (std::uint64_t i = 1; i <= kRecords; ++i) {
      ASSERT_TRUE(rig_.publish(rig_.event(i)));
      if (i == 3) rig_.settle();
    }
    rig_.settle();
    rig_.log.reset();
    const auto names = rig_.files(rig_.segment_dir());
    ASSERT_EQ(names.size(), 1u);
    path_ = rig_.segment_dir() + "/" + names[0];
    bytes_ = read_file(path_);
    record_bytes_ = storage::usage_record_bytes(rig_.event().endpoint.size());
    // The batch's header, its five records, zeros up to a multiple of 64.
    const std::size_t batch = storage::batch_bytes_in_file(5 * record_bytes_);
    payload_at_ = bytes_.size() - batch + storage::kBatchHeaderBytes;
    for (const std::string& name : rig_.files(rig_.options.dir + "/usage")) {
      if (name.ends_with(".ring")) std::filesystem::remove(rig_.options.dir + "/usage/" + name);
    }
    std::filesystem::copy(rig_.options.dir, rig_.folder.file("good"),
                          std::filesystem::copy_options::recursive);
  }

  // Opens the log with the segment's bytes as given and says how many records it has; they must be
  // the first ones.
  std::uint64_t records_with(const std::string& bytes) {
    rig_.log.reset();
    std::filesystem::remove_all(rig_.options.dir);
    std::filesystem::copy(rig_.folder.file("good"), rig_.options.dir,
                          std::filesystem::copy_options::recursive);
    write_file(path_, bytes);
    rig_.open();
    const auto seen = rig_.log_after();
    for (std::uint64_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].event.key_id, i + 1);
    return seen.size();
  }

  UsageRig rig_;
  std::string path_;
  std::string bytes_;
  std::size_t record_bytes_ = 0;
  std::size_t payload_at_ = 0;
};

TEST_F(TornTail, KeepsEveryRecordBeforeTheCutWhereverTheFileEnds) {
  for (std::size_t record = 2; record < 5; ++record) {
    for (std::size_t at = 0; at < record_bytes_; ++at) {
      const std::size_t cut = payload_at_ + record * record_bytes_ + at;
      ASSERT_EQ(records_with(bytes_.substr(0, cut)), 3 + record) << "cut at " << cut;
      const std::uint64_t lost = (5 - record) * record_bytes_;
      ASSERT_EQ(rig_.log->stats().lost_bytes_at_start, lost) << "cut at " << cut;
    }
  }
}

TEST_F(TornTail, KeepsEveryRecordBeforeAFlippedBit) {
  for (std::size_t record = 2; record < 5; ++record) {
    for (std::size_t at = 0; at < record_bytes_; ++at) {
      std::string bytes = bytes_;
      const std::size_t where = payload_at_ + record * record_bytes_ + at;
      bytes[where] = static_cast<char>(bytes[where] ^ (1 << at % 8));
      ASSERT_EQ(records_with(bytes), 3 + record) << "flipped at " << where;
      ASSERT_EQ(rig_.log->stats().lost_bytes_at_start, (5 - record) * record_bytes_);
    }
  }
}

TEST_F(TornTail, LosesABatchWhoseHeaderIsDamagedAndNothingBeforeIt) {
  for (std::size_t at = 0; at < storage::kBatchHeaderBytes; ++at) {
    std::string bytes = bytes_;
    const std::size_t where = payload_at_ - storage::kBatchHeaderBytes + at;
    bytes[where] = static_cast<char>(bytes[where] ^ 0x10);
    ASSERT_EQ(records_with(bytes), 3u) << "flipped at " << where;
    ASSERT_GE(rig_.log->stats().lost_bytes_at_start, 5 * record_bytes_);
  }
}

TEST_F(TornTail, IsRepairedOnceAndReadsCleanAfterwards) {
  ASSERT_EQ(records_with(bytes_.substr(0, payload_at_ + 4 * record_bytes_ + 30)), 7u);
  ASSERT_TRUE(rig_.publish(rig_.event(8)));
  rig_.settle();
  rig_.open();
  EXPECT_EQ(rig_.log->stats().lost_bytes_at_start, 0u);
  EXPECT_EQ(rig_.log_after().size(), 8u);
  EXPECT_EQ(rig_.all_of(8).total, 1u);
  EXPECT_TRUE(rig_.reports.empty());
}

TEST_F(TornTail, GivesNoIdTwice) {
  ASSERT_EQ(records_with(bytes_), 8u);
  ASSERT_TRUE(rig_.publish(rig_.event(9)));
  const auto rows = rig_.raw_log();
  ASSERT_EQ(rows.size(), 9u);
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].id, i + 1);
}

TEST_F(TornTail, CountsNothingAsLostInAFileOfZerosBeyondItsEnd) {
  ASSERT_EQ(records_with(bytes_ + std::string(100'000, '\0')), 8u);
  EXPECT_EQ(rig_.log->stats().lost_bytes_at_start, 0u);
}

TEST(UsageRecovery, NamesDamageInAnEarlierSegmentAndReadsOnBehindIt) {
  UsageRig rig;
  rig.open();
  for (std::uint64_t i = 1; i <= 10; ++i) ASSERT_TRUE(rig.publish(rig.event(i)));
  rig.open();  // Its records go to a segment of their own.
  for (std::uint64_t i = 11; i <= 20; ++i) ASSERT_TRUE(rig.publish(rig.event(i)));
  rig.settle();
  rig.log.reset();
  const auto names = rig.files(rig.segment_dir());
  ASSERT_EQ(names.size(), 2u);
  const std::string path = rig.segment_dir() + "/" + names[0];
  std::string bytes = read_file(path);
  const std::size_t record_bytes = storage::usage_record_bytes(rig.event().endpoint.size());
  const std::size_t third = storage::kSegmentHeaderBytes + 64 + 2 * record_bytes;
  bytes[third + 20] = static_cast<char>(bytes[third + 20] ^ 4);
  write_file(path, bytes);

  rig.open();
  const auto seen = rig.log_after();
  ASSERT_EQ(seen.size(), 12u);
  EXPECT_EQ(seen[1].event.key_id, 2u);
  EXPECT_EQ(seen[2].event.key_id, 11u);
  EXPECT_TRUE(rig.was_reported(names[0] + ": damaged at byte " + std::to_string(third)));
  EXPECT_EQ(rig.log->stats().lost_bytes_at_start, 0u) << "nothing was cut";
  EXPECT_EQ(read_file(path), bytes) << "damage is evidence: the file stays as it is";
}

TEST(UsageRecovery, LeavesASegmentWithADamagedHeaderWhereItIsAndSaysSo) {
  UsageRig rig;
  rig.open();
  ASSERT_TRUE(rig.publish(rig.event(1)));
  rig.settle();
  rig.log.reset();
  const std::string path = rig.segment_dir() + "/" + rig.files(rig.segment_dir())[0];
  std::string bytes = read_file(path);
  bytes[100] = static_cast<char>(bytes[100] ^ 1);
  write_file(path, bytes);
  rig.open();
  EXPECT_TRUE(rig.was_reported("the header is damaged"));
  ASSERT_TRUE(rig.publish(rig.event(2)));
  rig.settle();
  EXPECT_EQ(rig.files(rig.segment_dir()).size(), 2u) << "its number is not used again";
}

TEST(UsageRecovery, RemovesAFileWhoseMakerDiedBeforeItHadAHeader) {
  UsageRig rig;
  rig.open();
  rig.log.reset();
  write_file(rig.segment_dir() + "/0000000007.seg", std::string(8192, '\0'));
  rig.open();
  EXPECT_TRUE(rig.files(rig.segment_dir()).empty());
  EXPECT_TRUE(rig.reports.empty());
}

TEST(UsageRecovery, RefusesFilesOfANewerFormat) {
  UsageRig rig;
  rig.open();
  ASSERT_TRUE(rig.publish(rig.event(1)));
  rig.settle();
  rig.log.reset();
  const std::string path = rig.segment_dir() + "/" + rig.files(rig.segment_dir())[0];
  std::string bytes = read_file(path);
  bytes[8] = 2;
  const std::uint64_t checksum =
      core::xxhash64(core::as_bytes(std::string_view(bytes).substr(0, 4088)));
  core::store(bytes.data() + 4088, checksum);
  write_file(path, bytes);
  const auto opened = storage::UsageLog::open(rig.options, rig.clock, rig.random, rig.disk);
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(std::string(opened.error().what).find("newer"), std::string::npos);
}

TEST(UsageRecovery, DrainsRingsThatANewerHeadDoesNotCoverWithoutDoubling) {
  UsageRig rig;
  rig.options.sync_ms = 1000;
  rig.open();
  ASSERT_TRUE(rig.publish(rig.event(1)));
  rig.log->turn();  // Written and flushed.
  ASSERT_TRUE(rig.publish(rig.event(2)));
  rig.log->turn();  // Written; the head stands still.
  ASSERT_TRUE(rig.publish(rig.event(3)));
  rig.crash();  // Never drained.
  rig.open();
  const auto seen = rig.log_after();
  ASSERT_EQ(seen.size(), 3u);
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_EQ(seen[i].event.key_id, i + 1);
}

TEST(UsageRecovery, FindsRecordsBeyondATailThatIsOlderThanThey) {
  UsageRig rig;
  rig.open();
  for (std::uint64_t i = 1; i <= 5; ++i) ASSERT_TRUE(rig.publish(rig.event(i)));
  rig.crash();
  for (const std::string& name : rig.files(rig.options.dir + "/usage")) {
    if (!name.ends_with(".ring")) continue;
    std::string bytes = read_file(rig.options.dir + "/usage/" + name);
    core::store<std::uint64_t>(bytes.data() + 128, 88);  // After a power loss: one record.
    write_file(rig.options.dir + "/usage/" + name, bytes);
  }
  rig.open();
  EXPECT_EQ(rig.log_after().size(), 5u);
  EXPECT_EQ(rig.log->stats().lost_bytes_at_start, 0u);
}

TEST(UsageRecovery, CountsWhatATailPromisesAndTheRingDoesNotHold) {
  UsageRig rig;
  rig.open();
  for (std::uint64_t i = 1; i <= 5; ++i) ASSERT_TRUE(rig.publish(rig.event(i)));
  rig.crash();
  for (const std::string& name : rig.files(rig.options.dir + "/usage")) {
    if (!name.ends_with(".ring")) continue;
    std::string bytes = read_file(rig.options.dir + "/usage/" + name);
    bytes[4096 + 3 * 88 + 40] ^= 1;
    write_file(rig.options.dir + "/usage/" + name, bytes);
  }
  rig.open();
  EXPECT_EQ(rig.log_after().size(), 3u);
  EXPECT_EQ(rig.log->stats().lost_bytes_at_start, 2u * 88);
}

TEST(UsageRecovery, NamesARingWithADamagedHeaderAndGoesOn) {
  UsageRig rig;
  rig.open();
  ASSERT_TRUE(rig.publish(rig.event(1)));
  rig.crash();
  for (const std::string& name : rig.files(rig.options.dir + "/usage")) {
    if (!name.ends_with(".ring")) continue;
    std::string bytes = read_file(rig.options.dir + "/usage/" + name);
    bytes[20] ^= 1;
    write_file(rig.options.dir + "/usage/" + name, bytes);
  }
  rig.open();
  EXPECT_TRUE(rig.was_reported("its header is damaged"));
  EXPECT_EQ(rig.log_after().size(), 0u);
}

TEST(UsageRecovery, DrainsMoreRingsThanASegmentCanName) {
  UsageRig rig;
  rig.options.ring_bytes = storage::kUsageRingBytesMin;
  rig.options.shards = storage::kUsageShardsMax;
  rig.open();
  for (std::uint32_t shard = 0; shard < rig.options.shards; ++shard) {
    ASSERT_TRUE(rig.publish(rig.event(shard + 1), shard));
  }
  // A second set of rings in the same folder, as if a crash had left both.
  UsageRig other(99);
  other.options.ring_bytes = storage::kUsageRingBytesMin;
  other.options.shards = storage::kUsageShardsMax;
  other.open();
  for (std::uint32_t shard = 0; shard < other.options.shards; ++shard) {
    ASSERT_TRUE(other.publish(other.event(1000 + shard), shard));
  }
  rig.crash();
  for (const std::string& name : other.files(other.options.dir + "/usage")) {
    if (!name.ends_with(".ring")) continue;
    std::filesystem::copy(other.options.dir + "/usage/" + name, rig.options.dir + "/usage/" + name);
  }
  rig.options.shards = 1;
  rig.open();
  EXPECT_EQ(rig.log_after().size(), 2 * storage::kUsageShardsMax);
  EXPECT_EQ(rig.files(rig.options.dir + "/usage").size(), 2u) << "segments, and the new ring";
}

// Crashes at random turns, with another number of shards each time, against a plain list.
TEST(UsageRecovery, HasEveryPublishedRecordOnceAfterManyCrashes) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    UsageRig rig(seed);
    std::uint64_t published = 0;
    for (int life = 0; life < 8; ++life) {
      rig.options.shards = 1 + static_cast<std::uint32_t>(rig.random.below(4));
      rig.open();
      const std::uint64_t steps = rig.random.below(60);
      for (std::uint64_t step = 0; step < steps; ++step) {
        const std::uint64_t burst = rig.random.below(40);
        for (std::uint64_t i = 0; i < burst; ++i) {
          const auto shard = static_cast<std::uint32_t>(rig.random.below(rig.options.shards));
          if (rig.publish(rig.event(published + 1), shard)) ++published;
        }
        if (rig.random.below(3) != 0) rig.log->turn();
        if (rig.random.below(4) == 0) rig.clock.advance(5'000'000);
        if (rig.random.below(12) == 0) rig.clock.advance(40'000'000'000);
      }
      if (rig.random.below(5) != 0) rig.crash();
    }
    rig.open();
    std::vector<bool> seen(published + 1);
    for (const auto& each : rig.log_after()) {
      ASSERT_LE(each.event.key_id, published) << "seed " << seed;
      ASSERT_FALSE(seen[each.event.key_id]) << "twice: " << each.event.key_id << " seed " << seed;
      seen[each.event.key_id] = true;
    }
    ASSERT_EQ(std::ranges::count(seen, true), static_cast<std::ptrdiff_t>(published)) << seed;
    std::uint64_t total = 0;
    for (std::uint64_t key = 1; key <= published; ++key) total += rig.all_of(key).total;
    ASSERT_EQ(total, published) << "raw log and counts differ, seed " << seed;
  }
}

}  // namespace
