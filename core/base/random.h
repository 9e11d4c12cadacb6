// The source of secrets and nonces. A seam: the simulator passes a seeded one.
#pragma once

#include "core/base/bytes.h"

namespace core {

// Fills buffers with random bytes. Implementations may be called from one thread at a time only,
// unless they say more.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(MutableBytes out) noexcept = 0;
};

// The kernel's source, getrandom(2). Any thread. A failure of it is a broken invariant: CHECK.
class KernelRandom final : public Random {
 public:
  void fill(MutableBytes out) noexcept override;
};

}  // namespace core
