// Version 1 of the usage log's files, byte by byte: what is written here must be read for ever.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/base/hash.h"
#include "storage/rollup_row.h"
#include "storage/usage_record.h"
#include "storage/usage_segment.h"
#include "tests/support/usage_rig.h"

namespace {

// Little-endian fields one after the other.
class ByteList {
 public:
  template <typename T>
  ByteList& put(T value) {
    bytes_.resize(bytes_.size() + sizeof value);
    core::store(bytes_.data() + bytes_.size() - sizeof value, value);
    return *this;
  }
  ByteList& text(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  ByteList& zeros_up_to(std::size_t size) {
    bytes_.resize(size);
    return *this;
  }
  ByteList& checksum_at(std::size_t at, std::size_t from, std::size_t to, std::uint64_t seed) {
    const auto covered = std::string_view(bytes_).substr(from, to - from);
    core::store(bytes_.data() + at, core::xxhash64(core::as_bytes(covered), seed));
    return *this;
  }
  std::uint64_t word_at(std::size_t at) const {
    return core::load<std::uint64_t>(bytes_.data() + at);
  }
  const std::string& bytes() const { return bytes_; }
  std::size_t size() const { return bytes_.size(); }

 private:
  std::string bytes_;
};

constexpr std::uint64_t kEpoch = 0x1122334455667788;

// 73 bytes of fields, "/api/data", 6 zeros: 88.
std::string record_v1(std::uint64_t sequence, std::uint64_t key) {
  ByteList record;
  record
      .put(std::uint64_t{0})                         // checksum
      .put(sequence)                                 // position of the record's end
      .put(std::int64_t{1'767'225'600'000'001})      // time_us
      .put(std::int64_t{123'456'789})                // limiter_ns
      .put(key)                                      // key id
      .put(std::uint64_t{5})                         // tenant id
      .text(std::string(10, '\0') + "\xff\xff\x7f")  // ::ffff:127.0.0.1
      .text(std::string("\0\0\1", 3))                //
      .put(std::uint32_t{250})                       // latency_us
      .put(std::uint16_t{201})                       // status
      .put(std::uint8_t{3})                          // POST
      .put(std::uint8_t{1})                          // charged
      .put(std::uint8_t{9})                          // endpoint's length
      .text("/api/data")
      .zeros_up_to(88)
      .checksum_at(0, 8, 88, kEpoch);
  return record.bytes();
}

std::string segment_v1() {
  ByteList segment;
  segment.text(std::string("tg-seg\0\0", 8))
      .put(std::uint32_t{1})                     // version
      .put(std::uint32_t{4096})                  // header's length
      .put(std::uint64_t{42})                    // number
      .put(std::uint64_t{1001})                  // first id
      .put(std::uint64_t{0})                     // supersedes
      .put(std::uint64_t{0xABCD})                // salt
      .put(std::int64_t{1'767'225'600'000'000})  // created_us
      .put(std::uint32_t{1})                     // rings
      .put(std::uint32_t{0})
      .put(std::uint64_t{0x77})  // ring id
      .put(kEpoch)               // its epoch
      .put(std::uint64_t{880})   // where its first record begins
      .zeros_up_to(4096)
      .checksum_at(4088, 0, 4088, 0);
  const std::string records = record_v1(880 + 88, 7) + record_v1(880 + 176, 8);
  const std::size_t batch = segment.size();
  segment
      .put(std::uint64_t{0})                         // checksum, chained
      .put(core::xxhash64(core::as_bytes(records)))  // payload's checksum
      .text("tg-b")
      .put(std::uint32_t{176})                   // payload's length
      .put(std::uint32_t{2})                     // records
      .put(std::uint32_t{0})                     // ring's index
      .put(std::uint64_t{1001})                  // first id
      .put(std::uint64_t{880})                   // start in the ring
      .put(std::int64_t{1'767'225'600'000'001})  // least time
      .put(std::int64_t{1'767'225'600'000'001})  // greatest time
      .checksum_at(batch, batch + 8, batch + 64, segment.word_at(4088))
      .text(records)
      .zeros_up_to(batch + 64 + 176 + 16);
  return segment.bytes();
}

TEST(UsageFormat, ReadsASegmentOfVersion1) {
  test::UsageRig rig;
  std::filesystem::create_directories(rig.segment_dir());
  std::ofstream(rig.segment_dir() + "/0000000042.seg", std::ios::binary) << segment_v1();
  rig.open();
  EXPECT_EQ(rig.log->stats().lost_bytes_at_start, 0u);
  const auto page = rig.ask<core::UsageLogPage>(core::UsageLogQuestion{});
  ASSERT_EQ(page.rows.size(), 2u);
  EXPECT_EQ(page.rows[0].id, 1001u);
  EXPECT_EQ(page.rows[1].id, 1002u);
  const core::UsageEvent& event = page.rows[1].event;
  EXPECT_EQ(event.time_us, 1'767'225'600'000'001);
  EXPECT_EQ(event.limiter_ns, 123'456'789);
  EXPECT_EQ(event.key_id, 8u);
  EXPECT_EQ(event.tenant_id, 5u);
  EXPECT_EQ(event.latency_us, 250u);
  EXPECT_EQ(event.status, 201);
  EXPECT_EQ(event.method, core::Method::kPost);
  EXPECT_TRUE(event.charged);
  EXPECT_EQ(event.address[15], 1);
  EXPECT_EQ(event.address[11], 0xff);
  EXPECT_EQ(event.endpoint, "/api/data");
}

TEST(UsageFormat, StillWritesRecordsAndBatchesOfVersion1) {
  core::UsageEvent event;
  event.time_us = 1'767'225'600'000'001;
  event.limiter_ns = 123'456'789;
  event.key_id = 7;
  event.tenant_id = 5;
  event.latency_us = 250;
  event.status = 201;
  event.method = core::Method::kPost;
  event.charged = true;
  event.address = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0x7f, 0, 0, 1};
  event.endpoint = "/api/data";
  std::array<std::byte, storage::kUsageRecordBytesMax> record;
  const std::size_t bytes = storage::write_usage_record(record.data(), event, {kEpoch, 880});
  EXPECT_EQ(core::as_text(std::span(record).first(bytes)), record_v1(968, 7));

  const std::string segment = segment_v1();
  storage::SegmentHeader header;
  header.number = 42;
  header.first_id = 1001;
  header.salt = 0xABCD;
  header.created_us = 1'767'225'600'000'000;
  header.rings = {{0x77, kEpoch, 880}};
  std::array<std::byte, storage::kSegmentHeaderBytes> head;
  std::uint64_t chain = storage::write_segment_header(header, head);
  EXPECT_EQ(core::as_text(head), segment.substr(0, 4096));
  storage::BatchHeader batch;
  batch.payload_bytes = 176;
  batch.records = 2;
  batch.first_id = 1001;
  batch.start = 880;
  batch.payload_checksum = core::xxhash64(core::as_bytes(segment).subspan(4160, 176));
  batch.first_us = batch.last_us = 1'767'225'600'000'001;
  std::array<std::byte, storage::kBatchHeaderBytes> batch_head;
  storage::write_batch_header(batch, chain, batch_head);
  EXPECT_EQ(core::as_text(batch_head), segment.substr(4096, 64));
}

TEST(UsageFormat, KeepsTheBytesOfRollups) {
  const storage::RollupKey key{
      0x01020304, {.key = 9, .template_id = 3, .status = 429, .method = core::Method::kPut}, 7};
  const storage::RollupKeyBytes bytes = storage::write_rollup_key(key);
  const std::string expected = std::string("\1\2\3\4", 4) + std::string("\0\0\0\0\0\0\0\x09", 8) +
                               std::string("\0\0\0\3", 4) + "\4" + std::string("\x01\xad", 2) +
                               std::string("\0\0\0\7", 4);
  EXPECT_EQ(core::as_text(bytes), expected);
  const auto again = storage::read_rollup_key(bytes);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->start, key.start);
  EXPECT_EQ(again->name, key.name);
  EXPECT_EQ(again->part, key.part);

  storage::RollupCounts counts;
  counts.add(5, 1);
  counts.add(200, 300);  // LEB128: ac 02.
  std::vector<std::byte> value;
  storage::write_rollup_value(bytes, counts, value);
  EXPECT_EQ(core::as_text(value).substr(8), std::string("\5\1\xc8\xac\2"));
  storage::RollupCounts read;
  ASSERT_TRUE(storage::read_rollup_value(bytes, value, read));
  EXPECT_EQ(read.by_bucket, counts.by_bucket);
}

TEST(UsageFormat, TakesADamagedRollupForNoRollup) {
  const storage::RollupKeyBytes key = storage::write_rollup_key({5, {.key = 1}, 1});
  storage::RollupCounts counts;
  counts.add(17, 1000);
  std::vector<std::byte> value;
  storage::write_rollup_value(key, counts, value);
  for (std::size_t i = 0; i < value.size(); ++i) {
    std::vector<std::byte> damaged = value;
    damaged[i] ^= std::byte{1};
    storage::RollupCounts read;
    EXPECT_FALSE(storage::read_rollup_value(key, damaged, read)) << i;
  }
  const storage::RollupKeyBytes elsewhere = storage::write_rollup_key({6, {.key = 1}, 1});
  storage::RollupCounts read;
  EXPECT_FALSE(storage::read_rollup_value(elsewhere, value, read)) << "a row in the wrong place";
}

TEST(UsageFormat, KeepsTheBytesOfTotalsAndCursor) {
  const auto use = storage::write_key_use(3, {10, 2, 99});
  const auto read_use = storage::read_key_use(3, use);
  ASSERT_TRUE(read_use.has_value());
  EXPECT_EQ(read_use->total, 10u);
  EXPECT_EQ(read_use->rejected, 2u);
  EXPECT_EQ(read_use->last_used_us, 99);
  EXPECT_FALSE(storage::read_key_use(4, use).has_value()) << "another key's";
  const storage::FoldCursor cursor{100, 200, 300, 4, 5};
  const auto read_cursor = storage::read_fold_cursor(storage::write_fold_cursor(cursor));
  ASSERT_TRUE(read_cursor.has_value());
  EXPECT_EQ(read_cursor->replay_after, 100u);
  EXPECT_EQ(read_cursor->folded_id, 200u);
  EXPECT_EQ(read_cursor->closed_minute, 300u);
  EXPECT_EQ(read_cursor->folds, 4u);
  EXPECT_EQ(read_cursor->hours_before, 5u);
}

}  // namespace
