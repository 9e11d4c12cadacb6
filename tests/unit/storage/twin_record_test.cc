#include "storage/twin_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace storage {
namespace {

struct Payload {
  std::uint64_t value = 0;
  std::uint64_t twice = 0;
};

core::MutableBytes bytes_of(Payload& payload) {
  return {reinterpret_cast<std::byte*>(&payload), sizeof payload};
}

void write(TwinRecord& record, std::uint64_t value) {
  Payload payload{value, 2 * value};
  record.write(bytes_of(payload));
}

TEST(TwinRecord, ReadsWhatWasWrittenLast) {
  std::vector<std::byte> area(TwinRecord::kBytes);
  TwinRecord record(area);
  for (std::uint64_t value = 1; value < 10; ++value) {
    write(record, value);
    TwinRecord reader(area);
    Payload got;
    ASSERT_TRUE(reader.read(bytes_of(got)));
    EXPECT_EQ(got.value, value);
  }
}

TEST(TwinRecord, AnUnwrittenAreaHoldsNothing) {
  std::vector<std::byte> area(TwinRecord::kBytes);
  Payload got;
  EXPECT_FALSE(TwinRecord(area).read(bytes_of(got)));
}

TEST(TwinRecord, AWriteCutShortAtAnyByteLeavesTheOneBeforeIt) {
  std::vector<std::byte> before(TwinRecord::kBytes);
  TwinRecord record(before);
  for (std::uint64_t value = 1; value <= 5; ++value) write(record, value);
  std::vector<std::byte> after = before;
  TwinRecord later(after);
  Payload got;
  ASSERT_TRUE(later.read(bytes_of(got)));
  write(later, 6);
  for (std::size_t cut = 0; cut < TwinRecord::kPayloadAt + sizeof(Payload); ++cut) {
    std::vector<std::byte> area = before;
    // The sixth lies in the first page.
    std::copy_n(after.begin(), cut, area.begin());
    TwinRecord reader(area);
    ASSERT_TRUE(reader.read(bytes_of(got)));
    const bool whole = std::equal(area.begin(), area.end(), after.begin());
    EXPECT_EQ(got.value, whole ? 6U : 5U) << "cut at " << cut;
    EXPECT_EQ(got.twice, 2 * got.value);
  }
}

TEST(TwinRecord, OneDamagedCopyLeavesTheOtherAndIsWrittenNext) {
  for (std::size_t damaged = 0; damaged < 2; ++damaged) {
    std::vector<std::byte> area(TwinRecord::kBytes);
    TwinRecord record(area);
    write(record, 1);
    write(record, 2);
    area[damaged * TwinRecord::kPageBytes + TwinRecord::kPayloadAt] ^= std::byte{1};
    TwinRecord reader(area);
    Payload got;
    ASSERT_TRUE(reader.read(bytes_of(got)));
    EXPECT_EQ(got.value, damaged == 0 ? 1U : 2U);
    write(reader, 3);
    ASSERT_TRUE(TwinRecord(area).read(bytes_of(got)));
    EXPECT_EQ(got.value, 3U);
  }
}

TEST(TwinRecord, ACopyInTheOtherOnesPlaceIsDamage) {
  std::vector<std::byte> area(TwinRecord::kBytes);
  TwinRecord record(area);
  write(record, 1);
  std::copy_n(area.begin() + TwinRecord::kPageBytes, TwinRecord::kPageBytes, area.begin());
  area[TwinRecord::kPageBytes] = std::byte{0};
  Payload got;
  EXPECT_FALSE(TwinRecord(area).read(bytes_of(got)));
}

TEST(TwinRecord, AnyFlippedBitOfBothCopiesIsDamage) {
  std::vector<std::byte> sound(TwinRecord::kBytes);
  TwinRecord record(sound);
  write(record, 1);
  write(record, 2);
  constexpr std::size_t kUsed = TwinRecord::kPayloadAt + sizeof(Payload);
  for (std::size_t bit = 0; bit < kUsed * 8; ++bit) {
    std::vector<std::byte> area = sound;
    area[bit / 8] ^= std::byte{1} << bit % 8;
    area[TwinRecord::kPageBytes + bit / 8] ^= std::byte{1} << bit % 8;
    Payload got;
    EXPECT_FALSE(TwinRecord(area).read(bytes_of(got))) << "bit " << bit;
  }
}

}  // namespace
}  // namespace storage
