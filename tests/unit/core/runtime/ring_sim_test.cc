// The simulated ring itself: that it behaves as sockets do, that a seed says all, and that it stops
// a process that breaks the rules of core/runtime/ring.h.
#include "tests/support/sim_ring.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <string>
#include <vector>

namespace sim {
namespace {

using core::Completion;
using core::OpKind;
using core::OpTag;

constexpr OpTag kAccept{OpKind::kAccept, 1, 0};
constexpr OpTag kRecv{OpKind::kRecv, 1, 0};
constexpr OpTag kSend{OpKind::kSend, 1, 0};

class SimRingTest : public testing::Test {
 protected:
  explicit SimRingTest(const SimRingOptions& options = {}) : ring_(net_, clock_, options) {}

  std::vector<Completion> poll(SimRing& ring) {
    const auto got = ring.reap(0);
    return {got.begin(), got.end()};
  }
  std::vector<Completion> poll() { return poll(ring_); }

  // A connection that was accepted: its descriptor.
  int accept_one() {
    ring_.accept_multishot(listener_, kAccept);
    client_ = net_.connect(listener_);
    const auto got = poll();
    ring_.cancel(kAccept);
    poll();
    return got.at(0).result;
  }

  std::string text_of(const Completion& completion) {
    std::string text(core::as_text(completion.data));
    if (completion.has_buffer) ring_.return_buffer(completion.buffer);
    return text;
  }

  SimClock clock_;
  SimNet net_;
  SimRing ring_;
  const int listener_ = net_.listen();
  int client_ = -1;
};

TEST_F(SimRingTest, AcceptsInTheOrderOfTheQueueAndStaysArmed) {
  ring_.accept_multishot(listener_, kAccept);
  EXPECT_TRUE(poll().empty());
  net_.connect(listener_);
  net_.connect(listener_);
  const auto got = poll();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_TRUE(got[0].more && got[1].more);
  EXPECT_EQ(got[1].result, got[0].result + 1);
}

TEST_F(SimRingTest, AnAcceptThatFailsEndsAndCanBeArmedAgain) {
  ring_.accept_multishot(listener_, kAccept);
  net_.connect(listener_);
  net_.fail_accepts(listener_, EMFILE);
  auto got = poll();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].result, -EMFILE);
  EXPECT_FALSE(got[0].more);
  ring_.accept_multishot(listener_, kAccept);
  got = poll();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_GE(got[0].result, 0);
}

TEST_F(SimRingTest, CarriesBytesBothWaysAndShowsTheEndsOfBothStreams) {
  const int fd = accept_one();
  ring_.recv_multishot(fd, kRecv);
  net_.client_send(client_, "ping");
  net_.client_shutdown_write(client_);
  const auto got = poll();
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(text_of(got[0]), "ping");
  EXPECT_EQ(got[1].result, 0);
  EXPECT_FALSE(got[1].more);
  ring_.send(fd, core::as_bytes("pong"), kSend);
  EXPECT_EQ(poll().at(0).result, 4);
  EXPECT_EQ(net_.client_take(client_), "pong");
  EXPECT_FALSE(net_.client_sees_eof(client_));
  ring_.close(fd);
  EXPECT_TRUE(net_.client_sees_eof(client_));
  EXPECT_FALSE(net_.client_sees_reset(client_));
}

TEST_F(SimRingTest, NoReceiveGoesAcrossAGivenOffset) {
  const int fd = accept_one();
  net_.split_at(client_, {1, 4, 5});
  net_.client_send(client_, "abcdefgh");
  ring_.recv_multishot(fd, kRecv);
  std::vector<std::string> pieces;
  for (const Completion& completion : poll()) pieces.push_back(text_of(completion));
  EXPECT_EQ(pieces, (std::vector<std::string>{"a", "bcd", "e", "fgh"}));
}

TEST_F(SimRingTest, ASendEndsOnlyWhenTheClientHasTakenEnough) {
  const int fd = accept_one();
  net_.set_send_window(client_, 3);
  ring_.send(fd, core::as_bytes("12345678"), kSend);
  EXPECT_TRUE(poll().empty());
  EXPECT_EQ(net_.client_take(client_), "123");
  EXPECT_TRUE(poll().empty());
  EXPECT_EQ(net_.client_take(client_), "456");
  const auto got = poll();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].result, 8);
  EXPECT_EQ(net_.client_take(client_), "78");
}

TEST_F(SimRingTest, AResetEndsAWaitingSendWithWhatItGotThrough) {
  const int fd = accept_one();
  net_.set_send_window(client_, 3);
  ring_.send(fd, core::as_bytes("12345678"), kSend);
  poll();
  net_.client_reset(client_);
  EXPECT_EQ(poll().at(0).result, 3);
  ring_.send(fd, core::as_bytes("again"), kSend);
  EXPECT_EQ(poll().at(0).result, -ECONNRESET);
}

TEST_F(SimRingTest, AClosedClientTakesOneMoreSendAndAnswersWithAReset) {
  const int fd = accept_one();
  net_.client_close(client_);
  ring_.send(fd, core::as_bytes("one"), kSend);
  EXPECT_EQ(poll().at(0).result, 3);
  ring_.send(fd, core::as_bytes("two"), kSend);
  EXPECT_EQ(poll().at(0).result, -ECONNRESET);
}

TEST_F(SimRingTest, WithoutFreeBuffersAReceiveEndsEvenWithNothingToReceive) {
  SimRing small(net_, clock_, {.buffers = 1});
  const int fd = accept_one();
  small.recv_multishot(fd, kRecv);
  net_.client_send(client_, std::string(5000, 'x'));
  const auto got = poll(small);
  ASSERT_EQ(got.size(), 2u);
  EXPECT_EQ(got[0].result, 4096);
  EXPECT_EQ(got[1].result, -ENOBUFS);
  EXPECT_FALSE(got[1].more);
  EXPECT_EQ(small.buffers_lent(), 1u);
  small.recv_multishot(fd, kRecv);
  EXPECT_EQ(poll(small).at(0).result, -ENOBUFS);
  small.return_buffer(got[0].buffer);
  small.recv_multishot(fd, kRecv);
  EXPECT_EQ(poll(small).at(0).result, 904);
}

TEST_F(SimRingTest, ACancelEndsTheOperationAndIsNotReportedItself) {
  const int fd = accept_one();
  ring_.recv_multishot(fd, kRecv);
  ring_.cancel(kRecv);
  const auto got = poll();
  ASSERT_EQ(got.size(), 1u);
  EXPECT_EQ(got[0].result, -ECANCELED);
  EXPECT_FALSE(got[0].more);
  ring_.cancel(kRecv);
  EXPECT_TRUE(poll().empty());
}

TEST_F(SimRingTest, ClosingWithBytesUnreadDestroysTheAnswerOnItsWay) {
  const int fd = accept_one();
  ring_.send(fd, core::as_bytes("answer"), kSend);
  poll();
  net_.client_send(client_, "more of a body");
  ring_.close(fd);
  EXPECT_TRUE(net_.client_sees_reset(client_));
  EXPECT_FALSE(net_.client_sees_eof(client_));
  EXPECT_EQ(net_.client_take(client_), "");
}

TEST_F(SimRingTest, ADescriptorsNumberIsUsedAgainAtOnce) {
  const int fd = accept_one();
  ring_.close(fd);
  EXPECT_EQ(accept_one(), fd);
}

TEST_F(SimRingTest, AWaitMovesTheClockToTheNextCompletionOrToTheDeadline) {
  SimRing slow(net_, clock_, {.delay_max = 1000});
  const core::BootNanos start = clock_.boot_now();
  slow.accept_multishot(listener_, kAccept);
  slow.set_asleep(true);
  EXPECT_TRUE(slow.reap(start + 50).empty());
  EXPECT_EQ(clock_.boot_now(), start + 50);
  net_.connect(listener_);
  EXPECT_EQ(slow.reap(start + 10'000).size(), 1u);
  EXPECT_LE(clock_.boot_now(), start + 1050);
  slow.waker().wake();
  EXPECT_TRUE(slow.reap(start + 10'000).empty());
  EXPECT_LE(clock_.boot_now(), start + 1050);
}

// What a careful owner sees of a hundred connections in an unkind machine: a log of all that
// happened.
std::string echo_under_chaos(std::uint64_t seed, int& short_sends) {
  SimClock clock;
  SimNet net;
  SimRing ring(net, clock, SimRingOptions::chaos(seed));
  const int listener = net.listen();
  struct Peer {
    int fd = -1;
    std::string unsent;   // Received, to be echoed.
    std::string sending;  // Must not move while a send is in flight: in a stable map.
    bool is_sending = false;
    bool is_over = false;
  };
  std::map<std::uint32_t, Peer> peers;
  std::vector<std::string> echoed(20);
  std::string log;
  ring.set_asleep(true);
  ring.accept_multishot(listener, kAccept);
  for (std::size_t c = 0; c < echoed.size(); ++c) {
    const int client = net.connect(listener);
    net.set_send_window(client, 50);
    net.client_send(client, std::string(700 + c, static_cast<char>('a' + c)));
    net.client_shutdown_write(client);
  }
  for (int turn = 0; turn < 20'000; ++turn) {
    for (const Completion& completion : ring.reap(clock.boot_now() + 1'000'000)) {
      log += std::to_string(completion.tag.pack()) + ":" + std::to_string(completion.result) + " ";
      const OpTag tag = completion.tag;
      if (tag.kind == OpKind::kAccept) {
        const auto slot = static_cast<std::uint32_t>(peers.size());
        peers[slot].fd = completion.result;
        ring.recv_multishot(completion.result, {OpKind::kRecv, 1, slot});
        if (!completion.more) ring.accept_multishot(listener, kAccept);
        continue;
      }
      Peer& peer = peers.at(tag.slot);
      if (tag.kind == OpKind::kSend) {
        if (completion.result != static_cast<int>(peer.sending.size())) ++short_sends;
        peer.is_sending = false;
      } else {
        peer.unsent += core::as_text(completion.data);
        if (completion.has_buffer) ring.return_buffer(completion.buffer);
        if (completion.result == 0)
          peer.is_over = true;
        else if (!completion.more)
          ring.recv_multishot(peer.fd, tag);
      }
      if (!peer.is_sending && !peer.unsent.empty()) {
        peer.sending = std::exchange(peer.unsent, {});
        peer.is_sending = true;
        ring.send(peer.fd, core::as_bytes(peer.sending), {OpKind::kSend, 1, tag.slot});
      } else if (!peer.is_sending && peer.is_over) {
        ring.close(std::exchange(peer.fd, -1));
      }
    }
    for (std::size_t c = 0; c < echoed.size(); ++c)
      echoed[c] += net.client_take(static_cast<int>(c));
  }
  for (std::size_t c = 0; c < echoed.size(); ++c) {
    EXPECT_EQ(echoed[c], std::string(700 + c, static_cast<char>('a' + c)));
    EXPECT_TRUE(net.client_sees_eof(static_cast<int>(c)));
  }
  EXPECT_EQ(ring.buffers_lent(), 0u);
  EXPECT_EQ(ring.operations_in_flight(), 1u);
  return log;
}

TEST(SimRingChaos, ACarefulOwnerEchoesEveryByteWhateverTheSeed) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    int short_sends = 0;
    EXPECT_FALSE(echo_under_chaos(seed, short_sends).empty());
    EXPECT_EQ(short_sends, 0);
  }
}

TEST(SimRingChaos, ASeedSaysAllThatHappens) {
  int short_sends = 0;
  const std::string first = echo_under_chaos(7, short_sends);
  EXPECT_EQ(first, echo_under_chaos(7, short_sends));
  EXPECT_NE(first, echo_under_chaos(8, short_sends));
}

TEST(SimRingChaos, ReordersBetweenOperationsAndNeverWithinOne) {
  SimClock clock;
  SimNet net;
  SimRing ring(net, clock, {.seed = 3, .buffer_bytes = 1, .reorder = true});
  const int listener = net.listen();
  ring.accept_multishot(listener, kAccept);
  std::vector<int> clients;
  for (int i = 0; i < 3; ++i) clients.push_back(net.connect(listener));
  std::vector<int> fds;
  for (const Completion& completion : ring.reap(0)) fds.push_back(completion.result);
  for (std::uint32_t i = 0; i < 3; ++i) {
    net.client_send(clients[i], "0123456789");
    ring.recv_multishot(fds[i], {OpKind::kRecv, 1, i});
  }
  std::vector<std::string> received(3);
  std::vector<std::uint32_t> order;
  for (const Completion& completion : ring.reap(0)) {
    received[completion.tag.slot] += core::as_text(completion.data);
    order.push_back(completion.tag.slot);
  }
  EXPECT_EQ(received, std::vector<std::string>(3, "0123456789"));
  EXPECT_FALSE(std::ranges::is_sorted(order));
}

TEST(SimRingChaos, ACancelMayLoseTheRaceAgainstItsOperation) {
  int lost = 0;
  int won = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimClock clock;
    SimNet net;
    SimRing ring(net, clock, {.seed = seed, .late_cancel_chance = 50});
    const int listener = net.listen();
    ring.accept_multishot(listener, kAccept);
    net.connect(listener);
    const int fd = ring.reap(0)[0].result;
    ring.send(fd, core::as_bytes("x"), kSend);
    ring.cancel(kSend);
    const auto got = ring.reap(0);
    ASSERT_EQ(got.size(), 1u);
    ++(got[0].result == 1 ? lost : won);
  }
  EXPECT_GT(lost, 5);
  EXPECT_GT(won, 5);
}

using SimRingDeathTest = SimRingTest;

TEST_F(SimRingDeathTest, StopsASecondSendInFlight) {
  const int fd = accept_one();
  ring_.send(fd, core::as_bytes("a"), kSend);
  EXPECT_DEATH(ring_.send(fd, core::as_bytes("b"), {OpKind::kSend, 2, 0}), "sending");
}

TEST_F(SimRingDeathTest, StopsASecondReceiveOnOneDescriptor) {
  const int fd = accept_one();
  ring_.recv_multishot(fd, kRecv);
  EXPECT_DEATH(ring_.recv_multishot(fd, {OpKind::kRecv, 2, 0}), "receiving");
}

TEST_F(SimRingDeathTest, StopsACloseWithAnOperationInFlight) {
  const int fd = accept_one();
  ring_.recv_multishot(fd, kRecv);
  ring_.shutdown_both(fd);
  EXPECT_DEATH(ring_.close(fd), "receiving");
  EXPECT_EQ(poll().at(0).result, 0);
  ring_.close(fd);
}

TEST_F(SimRingDeathTest, StopsAnOperationOnAClosedDescriptor) {
  const int fd = accept_one();
  ring_.close(fd);
  EXPECT_DEATH(ring_.recv_multishot(fd, kRecv), "end");
  EXPECT_DEATH(ring_.shutdown_both(fd), "end");
  EXPECT_DEATH(ring_.close(fd), "end");
}

TEST_F(SimRingDeathTest, StopsDataThatChangedWhileItWasSent) {
  const int fd = accept_one();
  net_.set_send_window(client_, 2);
  std::string data = "abcdef";
  ring_.send(fd, core::as_bytes(data), kSend);
  poll();
  data[0] = 'X';
  net_.set_send_window(client_, 100);
  EXPECT_DEATH(poll(), "sent_data");
}

TEST_F(SimRingDeathTest, StopsABufferThatIsReturnedTwice) {
  const int fd = accept_one();
  ring_.recv_multishot(fd, kRecv);
  net_.client_send(client_, "x");
  const auto got = poll();
  ring_.return_buffer(got.at(0).buffer);
  EXPECT_DEATH(ring_.return_buffer(got.at(0).buffer), "lent");
}

TEST_F(SimRingDeathTest, StopsTwoOperationsWithOneTag) {
  const int fd = accept_one();
  const int other = accept_one();
  ring_.recv_multishot(fd, kRecv);
  EXPECT_DEATH(ring_.recv_multishot(other, kRecv), "tag");
}

TEST_F(SimRingDeathTest, StopsAWaitThatWasNotAnnounced) {
  EXPECT_DEATH(ring_.reap(clock_.boot_now() + 1), "asleep");
}

TEST(SimClock, AdvancesBothClocksAndStepsTheWallAlone) {
  SimClock clock;
  const core::TurnTime start = clock.now();
  for (int i = 0; i < 10; ++i) clock.advance(300);
  EXPECT_EQ(clock.now().boot_ns, start.boot_ns + 3000);
  EXPECT_EQ(clock.now().wall_us, start.wall_us + 3);
  clock.step_wall(-3600 * core::kMicrosPerSecond);
  EXPECT_EQ(clock.now().wall_us, start.wall_us + 3 - 3600 * core::kMicrosPerSecond);
  EXPECT_EQ(clock.boot_now(), start.boot_ns + 3000);
}

}  // namespace
}  // namespace sim
