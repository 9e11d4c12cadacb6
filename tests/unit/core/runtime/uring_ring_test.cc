// The ring over real sockets of this machine: Unix pairs and loopback TCP on a port that the kernel
// picks.
#include "core/runtime/uring_ring.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/check.h"

namespace core {
namespace {

constexpr BootNanos kPatience = 20 * kNanosPerSecond;  // A test that waits so long has failed.
constexpr OpTag kAccept{OpKind::kAccept, 1, 7};
constexpr OpTag kRecv{OpKind::kRecv, 1, 7};
constexpr OpTag kSend{OpKind::kSend, 1, 7};

class Socket {
 public:
  explicit Socket(int fd = -1) : fd_(fd) {}
  Socket(Socket&& from) noexcept : fd_(std::exchange(from.fd_, -1)) {}
  Socket& operator=(Socket&& from) noexcept {
    std::swap(fd_, from.fd_);
    return *this;
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void write(std::string_view text) const {
    ASSERT_EQ(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  // What is there now, at most `bytes`; waits for a first byte unless the stream has ended.
  std::string read(std::size_t bytes = 1 << 16) const {
    std::string text(bytes, '\0');
    const ssize_t got = ::recv(fd_, text.data(), text.size(), 0);
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    return text;
  }

 private:
  int fd_;
};

struct Pair {
  Socket ours;
  Socket peer;
};

Pair make_pair_of_sockets() {
  int fds[2];
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  return {Socket(fds[0]), Socket(fds[1])};
}

struct Listener {
  Socket socket;
  sockaddr_in address;
};

Listener make_listener(int flags = 0) {
  Listener listener{Socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0)), {}};
  listener.address.sin_family = AF_INET;
  listener.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* address = reinterpret_cast<sockaddr*>(&listener.address);
  socklen_t bytes = sizeof listener.address;
  EXPECT_EQ(bind(listener.socket.fd(), address, bytes), 0);
  EXPECT_EQ(listen(listener.socket.fd(), 64), 0);
  EXPECT_EQ(getsockname(listener.socket.fd(), address, &bytes), 0);
  return listener;
}

Socket connect_to(const Listener& listener) {
  Socket client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(connect(client.fd(), reinterpret_cast<const sockaddr*>(&listener.address),
                    sizeof listener.address),
            0);
  return client;
}

class UringRingTest : public testing::Test {
 protected:
  void open(const UringOptions& options = {}) {
    auto ring = UringRing::open(options);
    ASSERT_TRUE(ring.has_value()) << describe(ring.error());
    ring_ = std::move(*ring);
  }
  void SetUp() override { open(); }

  BootNanos patience() const { return clock_.boot_now() + kPatience; }

  // The next completion. What else came with it is kept for the next call.
  Completion next() {
    const BootNanos deadline = patience();
    while (at_ == pending_.size()) {
      CHECK(clock_.boot_now() < deadline);  // Nothing came.
      const auto got = ring_->reap(deadline);
      pending_.assign(got.begin(), got.end());
      at_ = 0;
    }
    return pending_[at_++];
  }

  // True if nothing is there or comes within a poll.
  bool is_quiet() { return at_ == pending_.size() && ring_->reap(0).empty(); }

  std::string take(const Completion& completion) {
    if (!completion.has_buffer) return {};
    std::string text(as_text(completion.data));
    ring_->return_buffer(completion.buffer);
    return text;
  }

  SystemClock clock_;
  std::unique_ptr<UringRing> ring_;
  std::vector<Completion> pending_;
  std::size_t at_ = 0;
};

TEST_F(UringRingTest, AcceptsManyConnectionsWithOneArming) {
  const Listener listener = make_listener();
  ring_->accept_multishot(listener.socket.fd(), kAccept);
  for (int i = 0; i < 40; ++i) {
    const Socket client = connect_to(listener);
    const Completion accepted = next();
    EXPECT_EQ(accepted.tag, kAccept);
    EXPECT_TRUE(accepted.more);
    ASSERT_GE(accepted.result, 0);
    const Socket server(accepted.result);
    EXPECT_NE(fcntl(server.fd(), F_GETFD) & FD_CLOEXEC, 0);
    client.write("hello");
    EXPECT_EQ(server.read(), "hello");
  }
}

TEST_F(UringRingTest, AcceptsFromAListenerInNonBlockingModeToo) {
  const Listener listener = make_listener(SOCK_NONBLOCK);
  ring_->accept_multishot(listener.socket.fd(), kAccept);
  EXPECT_TRUE(is_quiet());
  const Socket client = connect_to(listener);
  const Completion accepted = next();
  ASSERT_GE(accepted.result, 0);
  EXPECT_TRUE(accepted.more);
  ::close(accepted.result);
}

TEST_F(UringRingTest, AFailingAcceptIsItsLastWord) {
  const Pair pair = make_pair_of_sockets();
  ring_->accept_multishot(pair.ours.fd(), kAccept);
  const Completion failed = next();
  EXPECT_LT(failed.result, 0);
  EXPECT_FALSE(failed.more);
}

TEST_F(UringRingTest, ReceivesUntilTheEndWithOneArming) {
  Pair pair = make_pair_of_sockets();
  ring_->recv_multishot(pair.ours.fd(), kRecv);
  for (int i = 0; i < 100; ++i) {
    const std::string text = "message " + std::to_string(i);
    pair.peer.write(text);
    const Completion received = next();
    EXPECT_EQ(received.tag, kRecv);
    EXPECT_TRUE(received.more);
    EXPECT_TRUE(received.has_buffer);
    EXPECT_EQ(received.result, static_cast<int>(text.size()));
    EXPECT_EQ(take(received), text);
  }
  ::shutdown(pair.peer.fd(), SHUT_WR);
  const Completion end = next();
  EXPECT_EQ(end.result, 0);
  EXPECT_FALSE(end.more);
}

TEST_F(UringRingTest, WhatIsLongerThanABufferComesInOrderInSeveral) {
  Pair pair = make_pair_of_sockets();
  std::string text;
  while (text.size() < 50'000) text += std::to_string(text.size()) + ",";
  pair.peer.write(text);
  ring_->recv_multishot(pair.ours.fd(), kRecv);
  std::string all;
  while (all.size() < text.size()) {
    const Completion received = next();
    ASSERT_GT(received.result, 0);
    ASSERT_TRUE(received.more);
    all += take(received);
  }
  EXPECT_EQ(all, text);
}

TEST_F(UringRingTest, ASendOfManyMegabytesCompletesOnce) {
  Pair pair = make_pair_of_sockets();
  std::vector<std::byte> data(24 << 20);
  for (std::size_t i = 0; i < data.size(); ++i)
    data[i] = static_cast<std::byte>(i * 2654435761u >> 13);
  ring_->send(pair.ours.fd(), data, kSend);
  std::vector<Completion> completions;
  std::vector<std::byte> received(data.size());
  std::size_t have = 0;
  while (have < data.size()) {
    for (const Completion& completion : ring_->reap(0)) completions.push_back(completion);
    const ssize_t got =
        ::recv(pair.peer.fd(), received.data() + have, received.size() - have, MSG_DONTWAIT);
    if (got > 0)
      have += static_cast<std::size_t>(got);
    else
      ASSERT_EQ(errno, EAGAIN);
  }
  while (completions.empty()) completions.push_back(next());
  EXPECT_TRUE(received == data);
  ASSERT_EQ(completions.size(), 1u);
  EXPECT_EQ(completions[0].tag, kSend);
  EXPECT_EQ(completions[0].result, static_cast<int>(data.size()));
  EXPECT_FALSE(completions[0].more);
  EXPECT_TRUE(is_quiet());
}

TEST_F(UringRingTest, ASendToAPeerThatIsGoneFailsWithoutASignal) {
  Pair pair = make_pair_of_sockets();
  pair.peer = Socket();
  ring_->send(pair.ours.fd(), as_bytes("x"), kSend);
  EXPECT_EQ(next().result, -EPIPE);
}

TEST_F(UringRingTest, WithoutFreeBuffersReceivingEndsAndGoesOnAfterSomeWereReturned) {
  open({.submissions = 8, .completions = 64, .buffers = {.count = 4, .bytes = 64}});
  Pair pair = make_pair_of_sockets();
  std::string text;
  for (int i = 0; i < 1000; ++i) text += static_cast<char>('a' + i % 26);
  pair.peer.write(text);
  ring_->recv_multishot(pair.ours.fd(), kRecv);
  std::string all;
  std::vector<std::uint16_t> held;
  int starved = 0;
  while (all.size() < text.size()) {
    const Completion completion = next();
    if (completion.has_buffer) {
      all += as_text(completion.data);
      held.push_back(completion.buffer);
      ASSERT_TRUE(completion.more);
    } else {
      ASSERT_EQ(completion.result, -ENOBUFS);
      ASSERT_FALSE(completion.more);
      ASSERT_EQ(held.size(), 4u);
      ++starved;
      for (const std::uint16_t buffer : held) ring_->return_buffer(buffer);
      held.clear();
      ring_->recv_multishot(pair.ours.fd(), kRecv);
    }
  }
  EXPECT_EQ(all, text);
  EXPECT_GE(starved, 3);
}

// The kernel is given some of the buffers at first, and more when it ran out.
TEST_F(UringRingTest, EveryBufferOfTheRingCanBeHeldAtOnce) {
  open({.submissions = 8, .completions = 4096, .buffers = {.count = 1024, .bytes = 64}});
  Pair pair = make_pair_of_sockets();
  pair.peer.write(std::string(64 * 1500, 'x'));
  ring_->recv_multishot(pair.ours.fd(), kRecv);
  std::vector<bool> held(1024);
  std::size_t count = 0;
  for (int starved = 0; count < held.size();) {
    const Completion completion = next();
    if (completion.has_buffer) {
      EXPECT_FALSE(held[completion.buffer]);
      held[completion.buffer] = true;
      ++count;
    } else {
      ASSERT_EQ(completion.result, -ENOBUFS);
      ASSERT_LE(++starved, 4);
      ring_->recv_multishot(pair.ours.fd(), kRecv);
    }
  }
  EXPECT_EQ(next().result, -ENOBUFS);
}

TEST_F(UringRingTest, ABusyRingGoesOnWithTheBuffersThatItUsedLast) {
  Pair pair = make_pair_of_sockets();
  ring_->recv_multishot(pair.ours.fd(), kRecv);
  std::set<std::uint16_t> used;
  for (int i = 0; i < 5000; ++i) {
    pair.peer.write("x");
    const Completion received = next();
    ASSERT_EQ(received.result, 1);
    used.insert(received.buffer);
    ring_->return_buffer(received.buffer);
  }
  EXPECT_LE(used.size(), 130u);
}

TEST_F(UringRingTest, ACancelledReceiveEndsOnceAndTheCancelItselfIsNotReported) {
  Pair pair = make_pair_of_sockets();
  ring_->recv_multishot(pair.ours.fd(), kRecv);
  EXPECT_TRUE(is_quiet());
  ring_->cancel(kRecv);
  const Completion last = next();
  EXPECT_EQ(last.tag, kRecv);
  EXPECT_EQ(last.result, -ECANCELED);
  EXPECT_FALSE(last.more);
  EXPECT_TRUE(is_quiet());
}

TEST_F(UringRingTest, ACancelOfWhatIsOverIsNotReported) {
  ring_->cancel(kRecv);
  EXPECT_TRUE(is_quiet());
  EXPECT_TRUE(is_quiet());
}

TEST_F(UringRingTest, AcceptAndSendCanBeCancelledToo) {
  const Listener listener = make_listener();
  Pair pair = make_pair_of_sockets();
  const std::vector<std::byte> data(8 << 20);
  ring_->accept_multishot(listener.socket.fd(), kAccept);
  ring_->send(pair.ours.fd(), data, kSend);
  EXPECT_TRUE(is_quiet());
  ring_->cancel(kAccept);
  EXPECT_EQ(next().result, -ECANCELED);
  ring_->cancel(kSend);
  const Completion sent = next();
  EXPECT_EQ(sent.tag, kSend);
  EXPECT_LT(sent.result, static_cast<int>(data.size()));
}

TEST_F(UringRingTest, ALateCompletionCarriesTheGenerationOfItsOwnOperation) {
  Pair first = make_pair_of_sockets();
  const OpTag old_tag{OpKind::kRecv, 0xFFFFFF, 0xFFFFFFFF};
  const OpTag new_tag{OpKind::kRecv, 0, 0xFFFFFFFF};
  ring_->recv_multishot(first.ours.fd(), old_tag);
  EXPECT_TRUE(is_quiet());
  first.peer.write("late");
  ring_->shutdown_both(first.ours.fd());
  Pair second = make_pair_of_sockets();
  ring_->recv_multishot(second.ours.fd(), new_tag);
  second.peer.write("fresh");
  std::string of_old;
  std::string of_new;
  bool old_ended = false;
  while (!old_ended || of_new.empty()) {
    const Completion completion = next();
    const bool is_old = completion.tag.generation == old_tag.generation;
    EXPECT_EQ(completion.tag, is_old ? old_tag : new_tag);
    (is_old ? of_old : of_new) += take(completion);
    old_ended = old_ended || (is_old && !completion.more);
  }
  EXPECT_EQ(of_new, "fresh");
  EXPECT_TRUE(of_old == "late" || of_old.empty());
}

// The kernel's receive holds the file: closing first would leave the peer without its end of
// stream.
TEST_F(UringRingTest, ShutdownThenLastCompletionThenCloseShowsThePeerTheEnd) {
  Pair pair = make_pair_of_sockets();
  const int fd = pair.ours.release();
  ring_->recv_multishot(fd, kRecv);
  EXPECT_TRUE(is_quiet());
  ring_->shutdown_both(fd);
  const Completion last = next();
  EXPECT_EQ(last.result, 0);
  EXPECT_FALSE(last.more);
  ring_->close(fd);
  EXPECT_EQ(fcntl(fd, F_GETFD), -1);
  EXPECT_EQ(pair.peer.read(), "");
}

TEST_F(UringRingTest, AfterTheEndOfItsWritesItStillReceives) {
  Pair pair = make_pair_of_sockets();
  ring_->recv_multishot(pair.ours.fd(), kRecv);
  ring_->shutdown_write(pair.ours.fd());
  EXPECT_EQ(pair.peer.read(), "");
  pair.peer.write("still here");
  EXPECT_EQ(take(next()), "still here");
}

TEST_F(UringRingTest, AFullSubmissionQueueIsSubmittedAndGoesOn) {
  open({.submissions = 4, .completions = 1024, .buffers = {.count = 4, .bytes = 64}});
  std::vector<Pair> pairs;
  for (std::uint32_t i = 0; i < 100; ++i) {
    pairs.push_back(make_pair_of_sockets());
    ring_->send(pairs[i].ours.fd(), as_bytes("x"), {OpKind::kSend, 1, i});
  }
  std::vector<int> seen(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const Completion sent = next();
    EXPECT_EQ(sent.result, 1);
    ++seen[sent.tag.slot];
  }
  EXPECT_EQ(seen, std::vector<int>(pairs.size(), 1));
}

TEST_F(UringRingTest, MoreOutcomesThanTheQueueHoldsAllArriveInOrder) {
  open({.submissions = 4, .completions = 8, .buffers = {.count = 1024, .bytes = 64}});
  std::vector<Pair> pairs;
  const std::string text(64 * 20, 'x');
  std::vector<std::size_t> received(60);
  for (std::uint32_t i = 0; i < received.size(); ++i) {
    pairs.push_back(make_pair_of_sockets());
    pairs[i].peer.write(text);
    ring_->recv_multishot(pairs[i].ours.fd(), {OpKind::kRecv, 1, i});
  }
  std::size_t done = 0;
  int ended_early = 0;
  while (done < pairs.size()) {
    const Completion completion = next();
    const std::uint32_t slot = completion.tag.slot;
    if (completion.result > 0) received[slot] += take(completion).size();
    if (completion.result > 0 && received[slot] == text.size()) ++done;
    if (completion.more) continue;
    ++ended_early;
    ring_->recv_multishot(pairs[slot].ours.fd(), completion.tag);
  }
  EXPECT_EQ(received, std::vector<std::size_t>(pairs.size(), text.size()));
  EXPECT_GT(ended_early, 0);
}

TEST_F(UringRingTest, WhatIsLeftOfABigReapIsTakenByTheNextWithoutWaiting) {
  std::vector<Pair> pairs;
  const std::size_t total = kReapMax + 44;
  for (std::uint32_t i = 0; i < total; ++i) {
    pairs.push_back(make_pair_of_sockets());
    ring_->send(pairs[i].ours.fd(), as_bytes("x"), {OpKind::kSend, 1, i});
  }
  EXPECT_EQ(ring_->reap(patience()).size(), kReapMax);
  EXPECT_EQ(ring_->reap(patience()).size(), total - kReapMax);
}

TEST_F(UringRingTest, WaitsForItsDeadlineAndNotLonger) {
  const BootNanos deadline = clock_.boot_now() + 3'000'000;
  while (clock_.boot_now() < deadline) EXPECT_TRUE(ring_->reap(deadline).empty());
  EXPECT_LT(clock_.boot_now(), deadline + kPatience);
}

TEST_F(UringRingTest, ASignalEndsAWaitWithNothing) {
  struct sigaction action {};
  action.sa_handler = [](int) {};
  struct sigaction before {};
  ASSERT_EQ(sigaction(SIGALRM, &action, &before), 0);
  const itimerval timer{.it_interval = {0, 1000}, .it_value = {0, 1000}};
  ASSERT_EQ(setitimer(ITIMER_REAL, &timer, nullptr), 0);
  const BootNanos deadline = patience();
  EXPECT_TRUE(ring_->reap(deadline).empty());
  EXPECT_LT(clock_.boot_now(), deadline);
  const itimerval off{};
  setitimer(ITIMER_REAL, &off, nullptr);
  sigaction(SIGALRM, &before, nullptr);
}

TEST_F(UringRingTest, APollingRingFindsWhatComesWithoutWaiting) {
  open({.busy_polling = true});
  Pair pair = make_pair_of_sockets();
  ring_->recv_multishot(pair.ours.fd(), kRecv);
  EXPECT_TRUE(is_quiet());
  EXPECT_TRUE(is_quiet());
  pair.peer.write("ping");
  std::span<const Completion> got;
  const BootNanos deadline = patience();
  while (got.empty() && clock_.boot_now() < deadline) got = ring_->reap(0);
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(take(got[0]), "ping");
}

TEST(UringRing, AnIdleRingHoldsLittleMemory) {
  const auto anonymous_kib = [] {
    FILE* file = fopen("/proc/self/status", "r");
    char line[256];
    long kib = 0;
    while (fgets(line, sizeof line, file) != nullptr) sscanf(line, "RssAnon: %ld", &kib);
    fclose(file);
    return kib;
  };
#ifdef __SANITIZE_THREAD__
  constexpr long kMostKib = 4096;  // ThreadSanitizer's shadow is anonymous memory, too.
#else
  constexpr long kMostKib = 512;
#endif
  const long before = anonymous_kib();
  const auto ring = UringRing::open({});
  ASSERT_TRUE(ring.has_value());
  EXPECT_LT(anonymous_kib() - before, kMostKib);
}

TEST(UringRing, TagsSurviveTheirPacking) {
  const OpTag tag{OpKind::kSend, 0xABCDEF, 0x89ABCDEF};
  const OpTag same = OpTag::unpack(tag.pack());
  EXPECT_EQ(same.kind, tag.kind);
  EXPECT_EQ(same.generation, tag.generation);
  EXPECT_EQ(same.slot, tag.slot);
  EXPECT_EQ(OpTag::unpack(OpTag{OpKind::kRecv, 0x1000001, 5}.pack()).generation, 1u);
}

}  // namespace
}  // namespace core
