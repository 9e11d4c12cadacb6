// The clocks as a seam: the simulator and the tests pass their own.
#pragma once

#include "core/base/time.h"

namespace core {

class Clock {
 public:
  virtual ~Clock() = default;

  // Both clocks. Any thread.
  virtual TurnTime now() const noexcept = 0;

  // Boot time alone, for measuring the span since a turn began. Any thread.
  virtual BootNanos boot_now() const noexcept = 0;
};

// CLOCK_REALTIME and CLOCK_BOOTTIME, about 25 ns each.
class SystemClock final : public Clock {
 public:
  TurnTime now() const noexcept override;
  BootNanos boot_now() const noexcept override;
};

}  // namespace core
