#include "net/out_buffer.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace net {
namespace {

TEST(OutBuffer, AppendsAndKeepsWhatItHasWhileItGrows) {
  OutBuffer out;
  EXPECT_TRUE(out.empty());
  std::string expected;
  for (int i = 0; i < 5'000; ++i) {
    out.append("piece ");
    expected += "piece ";
  }
  out.append("");
  EXPECT_EQ(out.text(), expected);
  EXPECT_EQ(out.size(), expected.size());
  EXPECT_EQ(out.bytes().size(), expected.size());
}

TEST(OutBuffer, TakesWhatIsWrittenIntoItsReserve) {
  OutBuffer out;
  out.append("a");
  char* at = out.reserve(10'000);
  *at++ = 'b';
  *at++ = 'c';
  out.advance_to(at);
  EXPECT_EQ(out.text(), "abc");
}

TEST(OutBuffer, IsEmptyAndUsableWhenItsBytesWereMovedOut) {
  OutBuffer from;
  from.append("bytes");
  OutBuffer to = std::move(from);
  EXPECT_EQ(to.text(), "bytes");
  EXPECT_TRUE(from.empty());
  EXPECT_EQ(from.capacity(), 0U);
  from.append("again");
  EXPECT_EQ(from.text(), "again");
  std::swap(from, to);
  EXPECT_EQ(to.text(), "again");
  EXPECT_EQ(from.text(), "bytes");
}

TEST(OutBuffer, WipesASecretWhenItIsClearedAndNothingElse) {
  OutBuffer out;
  out.append("fp_secret");
  const char* const at = out.text().data();
  out.mark_secret();
  out.clear();
  EXPECT_EQ(std::string(at, 9), std::string(9, '\0'));
  out.append("plain");
  out.clear();
  EXPECT_EQ(std::string(at, 5), "plain");
}

TEST(OutBuffer, CarriesTheMarkOfASecretAlong) {
  OutBuffer from;
  from.mark_secret();
  from.append("fp_secret");
  OutBuffer to = std::move(from);
  const char* const at = to.text().data();
  to.clear();
  EXPECT_EQ(std::string(at, 9), std::string(9, '\0'));
}

TEST(BufferPool, LendsTheSameMemoryAgain) {
  BufferPool pool;
  OutBuffer out = pool.take();
  EXPECT_EQ(out.capacity(), 0U);
  out.append("bytes");
  const char* const at = out.text().data();
  pool.give(std::move(out));
  OutBuffer again = pool.take();
  EXPECT_TRUE(again.empty());
  again.append("x");
  EXPECT_EQ(again.text().data(), at);
}

TEST(BufferPool, KeepsNoBufferThatHasGrownLarge) {
  BufferPool pool;
  OutBuffer large;
  large.append(std::string(BufferPool::kKeepBytesMax + 1, 'x'));
  pool.give(std::move(large));
  EXPECT_EQ(pool.take().capacity(), 0U);
}

TEST(BufferPool, KeepsNoMoreThanItsBound) {
  BufferPool pool;
  for (std::size_t i = 0; i < BufferPool::kIdleMax + 10; ++i) {
    OutBuffer out;
    out.append("x");
    pool.give(std::move(out));
  }
  std::size_t kept = 0;
  while (pool.take().capacity() != 0) ++kept;
  EXPECT_EQ(kept, BufferPool::kIdleMax);
}

}  // namespace
}  // namespace net
