#include "storage/usage_record.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace {

using storage::check_usage_record;

core::UsageEvent event_with(std::string_view endpoint) {
  core::UsageEvent event;
  event.time_us = -5;
  event.key_id = 3;
  event.status = 404;
  event.endpoint = endpoint;
  return event;
}

TEST(UsageRecord, HasTheSizeThatItsEndpointNeeds) {
  const std::string text(300, 'e');
  std::array<std::byte, storage::kUsageRecordBytesMax> bytes;
  for (std::size_t length = 0; length <= 300; ++length) {
    const core::UsageEvent event = event_with(std::string_view(text).substr(0, length));
    const std::size_t size = storage::write_usage_record(bytes.data(), event, {7, 1000});
    EXPECT_EQ(size, storage::usage_record_bytes(std::min<std::size_t>(length, 200)));
    EXPECT_EQ(size % 8, 0u);
    EXPECT_EQ(check_usage_record(bytes, {7, 1000}), size);
    EXPECT_EQ(storage::usage_record_sequence(bytes.data()), 1000 + size);
    EXPECT_EQ(storage::read_usage_record(bytes.data()).endpoint, event.endpoint.substr(0, 200))
        << "cut, not refused";
  }
}

TEST(UsageRecord, IsNotGoodWithAnyBitFlippedOrInAnotherPlace) {
  std::array<std::byte, storage::kUsageRecordBytesMax> bytes{};
  const std::size_t size =
      storage::write_usage_record(bytes.data(), event_with("/api/data"), {7, 1000});
  for (std::size_t bit = 0; bit < size * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    EXPECT_FALSE(check_usage_record(bytes, {7, 1000}).has_value()) << bit;
    bytes[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
  }
  EXPECT_TRUE(check_usage_record(bytes, {7, 1000}).has_value());
  EXPECT_FALSE(check_usage_record(bytes, {8, 1000}).has_value());
  EXPECT_FALSE(check_usage_record(bytes, {7, 1008}).has_value());
}

TEST(UsageRecord, IsNeverReadBeyondTheBytesThereAre) {
  std::array<std::byte, storage::kUsageRecordBytesMax> bytes{};
  const std::size_t size =
      storage::write_usage_record(bytes.data(), event_with(std::string(150, 'x')), {7, 0});
  for (std::size_t length = 0; length < size; ++length) {
    const std::vector<std::byte> cut(bytes.begin(), bytes.begin() + length);  // ASan guards it.
    EXPECT_FALSE(check_usage_record(cut, {7, 0}).has_value()) << length;
  }
}

}  // namespace
