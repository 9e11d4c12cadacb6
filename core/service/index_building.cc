#include "core/service/index_building.h"

#include <variant>

namespace core {

void IndexBuilding::tick(WallMicros now) noexcept {
  if (is_running_.load(std::memory_order_acquire)) return;
  now_ = now;
  is_running_.store(true, std::memory_order_relaxed);
  submit();
}

void IndexBuilding::submit() noexcept {
  if (!commands_.submit({.when = now_, .change = BuildIndexes{}}, *this, 0)) end();
}

void IndexBuilding::post(Reply&& reply) noexcept {
  const auto& outcome = std::get<Outcome>(reply.body);
  const auto* const tally = std::get_if<IndexTally>(&outcome.row);
  if (tally == nullptr) return end();  // The store is full, or writes are stopped: the next tick.
  if (!tally->finished.empty()) {
    log_.info("index of {} is built: {} rows", tally->finished, tally->rows);
  }
  return tally->more ? submit() : end();
}

}  // namespace core
