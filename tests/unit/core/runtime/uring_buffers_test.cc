// Receive buffers with a bare ring: one receive at a time, and no more than it takes to see which
// buffer the kernel chose.
#include "core/runtime/uring_buffers.h"

#include <gtest/gtest.h>
#include <liburing.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "core/base/bytes.h"

namespace core {
namespace {

constexpr std::uint16_t kGroup = 3;

class UringBuffersTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(io_uring_queue_init(8, &ring_, 0), 0);
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets_), 0);
  }
  void TearDown() override {
    io_uring_queue_exit(&ring_);
    ::close(sockets_[0]);
    ::close(sockets_[1]);
  }

  void open(BufferShape shape) {
    auto buffers = UringBuffers::open(ring_, shape, kGroup);
    ASSERT_TRUE(buffers.has_value()) << describe(buffers.error());
    buffers_ = std::move(*buffers);
  }

  // Has `text` received: the buffer it is in, or -errno.
  int receive(const std::string& text) {
    io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
    io_uring_prep_recv(sqe, sockets_[0], nullptr, 0, 0);
    sqe->flags |= IOSQE_BUFFER_SELECT;
    sqe->buf_group = kGroup;
    EXPECT_EQ(::send(sockets_[1], text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    EXPECT_EQ(io_uring_submit_and_wait(&ring_, 1), 1);
    io_uring_cqe* cqe = nullptr;
    EXPECT_EQ(io_uring_peek_cqe(&ring_, &cqe), 0);
    const int result = cqe->res;
    const auto buffer = static_cast<std::uint16_t>(cqe->flags >> IORING_CQE_BUFFER_SHIFT);
    io_uring_cqe_seen(&ring_, cqe);
    if (result < 0) {  // What was sent is still in the socket.
      std::string rest(text.size(), '\0');
      EXPECT_EQ(::recv(sockets_[0], rest.data(), rest.size(), 0),
                static_cast<ssize_t>(rest.size()));
      return result;
    }
    buffers_->take(buffer);
    EXPECT_EQ(as_text(buffers_->received(buffer, static_cast<std::size_t>(result))), text);
    return buffer;
  }

  // How many buffers the kernel has. They are lent afterwards.
  std::size_t drain() {
    std::set<int> taken;
    for (int buffer = receive("x"); buffer >= 0; buffer = receive("x")) {
      EXPECT_TRUE(taken.insert(buffer).second);
    }
    return taken.size();
  }

  io_uring ring_{};
  int sockets_[2] = {-1, -1};
  std::unique_ptr<UringBuffers> buffers_;
};

TEST_F(UringBuffersTest, TheKernelHasFewAtFirstAndTwiceAsManyWheneverItRanOut) {
  open({.count = 512, .bytes = 64});
  EXPECT_EQ(drain(), 128u);
  buffers_->publish();
  EXPECT_EQ(drain(), 128u) << "what is lent does not count";
  buffers_->grow();
  buffers_->grow();
  buffers_->publish();
  EXPECT_EQ(drain(), 256u);
  buffers_->grow();
  buffers_->publish();
  EXPECT_EQ(drain(), 0u) << "all are lent";
}

TEST_F(UringBuffersTest, ASmallSetIsTheKernelsAsAWhole) {
  open({.count = 4, .bytes = 64});
  EXPECT_EQ(drain(), 4u);
}

TEST_F(UringBuffersTest, AReturnedBufferIsTheKernelsAfterPublishing) {
  open({.count = 1, .bytes = 64});
  EXPECT_EQ(receive("first"), 0);
  buffers_->give_back(0);
  EXPECT_EQ(receive("x"), -ENOBUFS);
  buffers_->publish();
  EXPECT_EQ(receive("second"), 0);
}

TEST_F(UringBuffersTest, TheBufferReturnedLastIsUsedFirst) {
  open({.count = 1024, .bytes = 64});
  std::set<int> used;
  for (int i = 0; i < 1000; ++i) {
    const int buffer = receive("x");
    ASSERT_GE(buffer, 0);
    used.insert(buffer);
    buffers_->give_back(static_cast<std::uint16_t>(buffer));
    buffers_->publish();
  }
  EXPECT_LE(used.size(), 129u);
}

TEST_F(UringBuffersTest, TheSlackAfterABufferIsNotTheNextBuffers) {
  open({.count = 4, .bytes = 64});
  const std::byte* previous = buffers_->received(0, 0).data();
  for (std::uint16_t buffer = 1; buffer < 4; ++buffer) {
    const std::byte* at = buffers_->received(buffer, 0).data();
    EXPECT_GE(at - previous, static_cast<std::ptrdiff_t>(64 + kReadSlack));
    previous = at;
  }
}

TEST_F(UringBuffersTest, ARefusedRegistrationIsAnError) {
  open({.count = 4, .bytes = 64});
  const auto again = UringBuffers::open(ring_, {.count = 4, .bytes = 64}, kGroup);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().code, EEXIST);
}

using UringBuffersDeathTest = UringBuffersTest;

TEST_F(UringBuffersDeathTest, MoreReturnsThanBuffersStopTheProcess) {
  open({.count = 1, .bytes = 64});
  EXPECT_DEATH(
      {
        buffers_->give_back(0);
        buffers_->give_back(0);
      },
      "free_");
}

}  // namespace
}  // namespace core
