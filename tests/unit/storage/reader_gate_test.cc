#include "storage/reader_gate.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace {

using storage::ReaderGate;

constexpr std::int64_t kPatience = 60'000'000'000;

TEST(ReaderGate, ClosesWhenNobodyIsInside) {
  ReaderGate gate;
  ReaderGate::Seat seat;
  gate.join(seat);
  gate.enter(seat);
  EXPECT_FALSE(gate.close(0));
  gate.leave(seat);
  EXPECT_TRUE(gate.close(0));
  gate.open();
  gate.enter(seat);
  gate.leave(seat);
}

TEST(ReaderGate, ASeatThatPartedIsNotWaitedFor) {
  ReaderGate gate;
  ReaderGate::Seat seat;
  gate.join(seat);
  gate.enter(seat);
  gate.part(seat);
  EXPECT_TRUE(gate.close(0));
}

TEST(ReaderGate, AReaderThatComesWhileItIsClosedWaits) {
  ReaderGate gate;
  ReaderGate::Seat seat;
  gate.join(seat);
  ASSERT_TRUE(gate.close(0));
  const std::uint64_t openings = gate.openings();
  int guarded = 0;
  std::thread reader([&] {
    gate.enter(seat);
    EXPECT_EQ(guarded, 1);
    gate.leave(seat);
  });
  guarded = 1;
  gate.open();
  reader.join();
  EXPECT_EQ(gate.openings(), openings + 1);
  gate.await_opening(openings, kPatience);  // Returns at once.
}

// The guarded variable is plain: TSan proves that the gate orders all uses of it.
TEST(ReaderGate, NoReaderIsInsideWhileItIsClosed) {
  constexpr int kReaders = 3;
  constexpr int kRounds = 2000;
  ReaderGate gate;
  std::uint64_t guarded = 0;
  std::atomic<bool> over{false};
  std::vector<std::unique_ptr<ReaderGate::Seat>> seats;
  std::vector<std::thread> readers;
  for (int i = 0; i < kReaders; ++i) {
    seats.push_back(std::make_unique<ReaderGate::Seat>());
    gate.join(*seats.back());
    readers.emplace_back([&, seat = seats.back().get()] {
      while (!over.load(std::memory_order_relaxed)) {
        gate.enter(*seat);
        const std::uint64_t first = guarded;
        const std::uint64_t second = guarded;
        EXPECT_EQ(first, second);
        gate.leave(*seat);
      }
    });
  }
  for (int i = 0; i < kRounds; ++i) {
    ASSERT_TRUE(gate.close(kPatience));
    ++guarded;
    gate.open();
  }
  over.store(true);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(guarded, static_cast<std::uint64_t>(kRounds));
}

}  // namespace
