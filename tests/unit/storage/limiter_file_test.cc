// The limiter table's file: version 1 made byte by byte, damage of every kind, and kill -9.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/support/limiter_rig.h"

namespace storage {
namespace {

using core::kNanosPerSecond;

std::string le(std::uint64_t value, std::size_t bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
  return out;
}

void put(std::string& file, std::size_t at, std::string_view bytes) {
  file.replace(at, bytes.size(), bytes);
}

std::string twin(std::uint64_t sequence, std::uint64_t checksum, const std::string& payload) {
  return le(sequence, 8) + le(checksum, 8) + payload;
}

// The example of docs/formats-limiter.md: closed cleanly at limiter time 3600 s, which was boot
// time 3600 s of boot "...0"; checkpoint 99; slot 1 of key 7, two tokens of a second each used.
// Checksums are written out: they are part of the format. Slot 2, not in the example, is of
// generation 3.
std::string version_1_file() {
  std::string file(65'536, '\0');
  put(file, 0, "TGLIMTBL" + le(1, 4) + le(32'768, 4) + le(64, 4) + le(0, 4));
  put(file, 24, le(0x9563'e5ca'7734'c6ad, 8));
  const std::string clock = le(3600 * 1'000'000'000ULL, 8) + le(3600 * 1'000'000'000ULL, 8) +
                            le(1'767'225'600'000'000ULL, 8) +
                            "6e5d8a2c-0000-4000-8000-000000000000" + le(0, 4);
  put(file, 4096, twin(4, 0x9a9f'4f3f'ff66'82fc, clock));
  put(file, 8192, twin(3, 0xd2e4'c39c'459a'1a19, clock));
  put(file, 12'288, twin(4, 0x6e08'd9d6'f7bb'1967, le(0, 8) + le(99, 8) + le(0, 8)));
  put(file, 16'384, twin(5, 0xe19a'064f'cc60'f316, le(1, 8) + le(99, 8) + le(0, 8)));
  put(file, 32'768 + 64, le(0x34'6a7e'e340, 8) + le(7, 8));
  put(file, 32'768 + 128, le(std::uint64_t{3} << 54 | 0x34'6a7e'e340, 8) + le(8, 8));
  return file;
}

class LimiterFormat : public testing::Test {
 protected:
  void write_file(const std::string& bytes) const {
    std::ofstream(rig_.table_path(), std::ios::binary) << bytes;
  }
  std::string open_error() {
    const auto table = rig_.try_open();
    return table ? "" : core::describe(table.error());
  }

  LimiterRig rig_;
};

TEST_F(LimiterFormat, ReadsAFileOfVersion1) {
  write_file(version_1_file());
  const auto table = rig_.open();  // At boot time 3600 s.
  EXPECT_FALSE(table->open_state().created);
  EXPECT_TRUE(table->open_state().same_boot);
  EXPECT_TRUE(table->open_state().clean);
  EXPECT_EQ(table->open_state().checkpoint.id, 99U);
  EXPECT_EQ(table->now(), 3600 * kNanosPerSecond);
  EXPECT_EQ(table->slot_count(), 512U);
  EXPECT_EQ(table->owner(1), 7U);
  EXPECT_EQ(table->owner(2), 8U);
  core::AuthRecord record = limited_record(60, 60);
  EXPECT_EQ(tokens_left(*table, 1, record), 58U);
  record.generation = 3;
  EXPECT_EQ(tokens_left(*table, 2, record), 58U);
}

TEST_F(LimiterFormat, WritesAFileOfVersion1) {
  {
    const auto table = rig_.open();
    table->reset_slot(1, 7);
    take_tokens(*table, 1, limited_record(60, 60), 2);
    ASSERT_TRUE(table->checkpoint({99}));
    ASSERT_TRUE(table->close_cleanly(rig_.clock().now()));
  }
  std::string expected = version_1_file();
  put(expected, 32'768 + 128, std::string(64, '\0'));
  EXPECT_EQ(rig_.folder().read("limiter.tbl"), expected);
}

TEST_F(LimiterFormat, RefusesWhatItCannotReadAndSaysWhy) {
  std::string newer = version_1_file();
  put(newer, 8, le(2, 4));
  write_file(newer);
  EXPECT_EQ(open_error(), "limiter table: written by a newer version");

  std::string foreign = version_1_file();
  put(foreign, 0, "SQLite f");
  write_file(foreign);
  EXPECT_EQ(open_error(), "limiter table: not a limiter table");

  write_file(version_1_file().substr(0, 1000));
  EXPECT_EQ(open_error(), "limiter table: too short");
  write_file("");
  EXPECT_EQ(open_error(), "limiter table: too short");

  for (std::size_t at = 12; at < 32; ++at) {
    std::string damaged = version_1_file();
    damaged[at] = static_cast<char>(damaged[at] ^ 0x20);
    write_file(damaged);
    EXPECT_EQ(open_error(), "limiter table: its header is damaged") << "byte " << at;
  }
}

TEST_F(LimiterFormat, NamesTheDamageOfBothCopies) {
  std::string clock = version_1_file();
  put(clock, 4096 + 20, "xx");
  put(clock, 8192 + 20, "xx");
  write_file(clock);
  EXPECT_EQ(open_error(), "limiter table: both copies of its clock are damaged");

  std::string state = version_1_file();
  put(state, 12'288 + 17, "x");
  put(state, 16'384 + 17, "x");
  write_file(state);
  EXPECT_EQ(open_error(), "limiter table: both copies of its state are damaged");
}

TEST_F(LimiterFormat, WithoutTheKernelsBootIdDoesNotOpen) {
  write_file(version_1_file());
  std::filesystem::remove(rig_.boot_id_path());
  EXPECT_NE(open_error().find("boot id"), std::string::npos);
}

// Takes tokens on the mapping until it is killed; tells of each through `taken`, which outlives it.
[[noreturn]] void take_until_killed(LimiterRig& rig, const core::AuthRecord& record,
                                    std::atomic<std::uint32_t>& taken) {
  const auto table = rig.open();
  core::BucketWord& word = table->word(1);
  for (;;) {
    const core::Take take = core::bucket_take(word, record, table->now());
    if (take.outcome == core::TakeOutcome::kAdmitted) taken.fetch_add(1);
    table->save_clock(rig.clock().now());
  }
}

TEST(LimiterKill, EveryTokenTakenBeforeAKillIsTakenAfterIt) {
  LimiterRig rig;
  const core::AuthRecord record = limited_record(100'000'000, 86'400);
  rig.open();
  void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(page, MAP_FAILED);
  auto& taken = *static_cast<std::atomic<std::uint32_t>*>(page);
  for (int round = 1; round <= 10; ++round) {
    const std::uint32_t before = taken;
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) take_until_killed(rig, record, taken);
    while (taken < before + 1000 * static_cast<std::uint32_t>(round)) {
    }
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    const auto table = rig.open();
    EXPECT_TRUE(table->open_state().same_boot);
    EXPECT_FALSE(table->open_state().clean);
    EXPECT_FALSE(table->open_state().replay);
    const std::uint32_t used = record.burst - tokens_left(*table, 1, record);
    // The one that was taken and not yet told, at most, and that one only against the caller.
    const auto untold = static_cast<std::uint32_t>(round);
    EXPECT_GE(used, taken);
    EXPECT_LE(used, taken + untold);
  }
  munmap(page, 4096);
}

}  // namespace
}  // namespace storage
