#include "net/http_body.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>
#include <string_view>

namespace net {
namespace {

RequestHead chunked_head() {
  RequestHead head;
  head.chunked = head.has_body = true;
  return head;
}

RequestHead sized_head(std::uint64_t bytes) {
  RequestHead head;
  head.content_length = bytes;
  head.has_body = bytes != 0;
  return head;
}

// `count` chunks of `bytes` each, with `extension` behind each size, and the end.
struct Chunks {
  int count;
  std::size_t bytes;
  std::string extension = "";
};
std::string coded(const Chunks& chunks) {
  char size[24];
  std::snprintf(size, sizeof size, "%zx", chunks.bytes);
  std::string all;
  for (int i = 0; i < chunks.count; ++i) {
    all += size + chunks.extension + "\r\n" + std::string(chunks.bytes, 'x') + "\r\n";
  }
  return all + "0\r\n\r\n";
}

struct Reading {
  BodyProgress progress;
  std::uint16_t status;
  std::string payload;
};
Reading read_chunked(std::string_view bytes, const BodyLimits& limits = {}) {
  BodyReader reader(limits);
  EXPECT_EQ(reader.start(chunked_head()), BodyOutcome::kNeedMore);
  std::string payload;
  const BodyProgress progress = reader.feed(bytes, payload);
  return {progress, reader.refusal().status, payload};
}

TEST(BodyReader, IsCompleteAtOnceWhenThereIsNoBody) {
  const BodyLimits limits;
  BodyReader reader(limits);
  EXPECT_EQ(reader.start(sized_head(0)), BodyOutcome::kComplete);
}

TEST(BodyReader, TakesExactlyContentLengthBytes) {
  const BodyLimits limits;
  BodyReader reader(limits);
  std::string payload;
  ASSERT_EQ(reader.start(sized_head(5)), BodyOutcome::kNeedMore);
  EXPECT_EQ(reader.feed("hel", payload).outcome, BodyOutcome::kNeedMore);
  const BodyProgress progress = reader.feed("loGET /", payload);
  EXPECT_EQ(progress.outcome, BodyOutcome::kComplete);
  EXPECT_EQ(progress.consumed, 2u);
  EXPECT_EQ(payload, "hello");
}

TEST(BodyReader, NeedsMoreOfNothing) {
  const BodyLimits limits;
  BodyReader reader(limits);
  std::string payload;
  ASSERT_EQ(reader.start(chunked_head()), BodyOutcome::kNeedMore);
  const BodyProgress progress = reader.feed("", payload);
  EXPECT_EQ(progress.outcome, BodyOutcome::kNeedMore);
  EXPECT_EQ(progress.consumed, 0u);
}

TEST(BodyReader, AppendsToWhatThePayloadHolds) {
  const BodyLimits limits;
  BodyReader reader(limits);
  std::string payload = "before ";
  ASSERT_EQ(reader.start(chunked_head()), BodyOutcome::kNeedMore);
  reader.feed("5\r\nafter\r\n0\r\n\r\n", payload);
  EXPECT_EQ(payload, "before after");
}

TEST(BodyReader, RefusesALongContentLengthBeforeAnyByteOfIt) {
  const BodyLimits limits{.body_bytes = 10};
  BodyReader reader(limits);
  EXPECT_EQ(reader.start(sized_head(10)), BodyOutcome::kNeedMore);
  EXPECT_EQ(reader.start(sized_head(11)), BodyOutcome::kRefused);
  EXPECT_EQ(reader.refusal().status, 413);
}

TEST(BodyReader, RefusesALongChunkBeforeAnyByteOfIt) {
  const BodyLimits limits{.body_bytes = 10};
  EXPECT_EQ(read_chunked("a\r\n0123456789\r\n0\r\n\r\n", limits).payload, "0123456789");
  EXPECT_EQ(read_chunked("b\r\n", limits).status, 413);
  const Reading second = read_chunked("5\r\n01234\r\n6\r\n567890", limits);
  EXPECT_EQ(second.status, 413);
  EXPECT_EQ(second.payload, "01234");
  EXPECT_EQ(second.progress.consumed, 13u);
}

TEST(BodyReader, StopsBehindTheLastLine) {
  const Reading reading = read_chunked("5\r\nhello\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.1\r\n");
  EXPECT_EQ(reading.progress.outcome, BodyOutcome::kComplete);
  EXPECT_EQ(reading.progress.consumed, 21u);
  EXPECT_EQ(reading.payload, "hello");
}

TEST(BodyReader, BoundsWhatChunkingCosts) {
  EXPECT_EQ(read_chunked(coded({.count = 1000, .bytes = 1000})).status, 0);
  EXPECT_EQ(read_chunked(coded({.count = 100'000, .bytes = 10})).status, 0);
  EXPECT_EQ(read_chunked(coded({.count = 100'000, .bytes = 1})).status, 400);
  EXPECT_EQ(read_chunked(coded({.count = 4096, .bytes = 1})).status, 0);
  EXPECT_EQ(read_chunked(coded({.count = 4098, .bytes = 1})).status, 400);
}

TEST(BodyReader, BoundsChunkExtensionsOverTheWholeBody) {
  const std::string kilobyte = ";" + std::string(1023, 'e');
  EXPECT_EQ(read_chunked(coded({.count = 1, .bytes = 100, .extension = kilobyte})).status, 0);
  EXPECT_EQ(read_chunked(coded({.count = 2, .bytes = 100, .extension = kilobyte})).status, 400);
  EXPECT_EQ(read_chunked(coded({.count = 512, .bytes = 100, .extension = ";e"})).status, 0);
  EXPECT_EQ(read_chunked(coded({.count = 513, .bytes = 100, .extension = ";e"})).status, 400);
}

TEST(BodyReader, BoundsTrailersToTheByte) {
  const BodyLimits limits{.trailer_bytes = 10, .trailer_fields = 2};
  EXPECT_EQ(read_chunked("0\r\nX: yyyy\r\n\r\n", limits).status, 431);
  EXPECT_EQ(read_chunked("0\r\nX: yyy\r\n\r\n", limits).status, 0);
  EXPECT_EQ(read_chunked("0\r\nX:\r\nY:\r\n\r\n", limits).status, 0);
  const BodyLimits wide{.trailer_bytes = 100, .trailer_fields = 2};
  EXPECT_EQ(read_chunked("0\r\nX:\r\nY:\r\nZ:\r\n\r\n", wide).status, 431);
}

TEST(BodyReader, ForgetsABodyWhenTheNextOneStarts) {
  const BodyLimits limits{.body_bytes = 10};
  BodyReader reader(limits);
  for (int i = 0; i < 3; ++i) {
    std::string payload;
    ASSERT_EQ(reader.start(chunked_head()), BodyOutcome::kNeedMore);
    EXPECT_EQ(reader.feed("8\r\n01234567\r\n0\r\nX: y\r\n\r\n", payload).outcome,
              BodyOutcome::kComplete);
    EXPECT_EQ(payload, "01234567");

    ASSERT_EQ(reader.start(chunked_head()), BodyOutcome::kNeedMore);
    EXPECT_EQ(reader.feed("8 ", payload).outcome, BodyOutcome::kRefused);
    EXPECT_EQ(reader.refusal().status, 400);
  }
}

}  // namespace
}  // namespace net
