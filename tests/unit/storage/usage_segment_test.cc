// Version 1 of record and segment, byte by byte: what is written here must be read for ever.
#include "storage/usage_segment.h"

#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "core/base/hash.h"
#include "storage/usage_record.h"
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

TEST(UsageSegment, ReadsASegmentOfVersion1) {
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

TEST(UsageSegment, StillWritesRecordsAndBatchesOfVersion1) {
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

}  // namespace
