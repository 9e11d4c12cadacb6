// A place in the usage log.
#pragma once

#include <compare>
#include <cstdint>

namespace storage {

// All records up to and with this id.
struct LogPosition {
  std::uint64_t id = 0;
  auto operator<=>(const LogPosition&) const = default;
};

}  // namespace storage
