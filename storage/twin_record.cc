#include "storage/twin_record.h"

#include <cstring>

#include "core/base/check.h"
#include "core/base/hash.h"

namespace storage {
namespace {

constexpr std::size_t kChecksumAt = 8;

std::size_t page_of(std::uint64_t sequence) noexcept {
  return sequence % 2 * TwinRecord::kPageBytes;
}

}  // namespace

TwinRecord::TwinRecord(core::MutableBytes area) noexcept : area_(area) {
  CHECK(area.size() == kBytes);
}

bool TwinRecord::read(core::MutableBytes payload) noexcept {
  CHECK(payload.size() <= kPayloadBytesMax);
  sequence_ = 0;
  for (std::size_t page = 0; page < kBytes; page += kPageBytes) {
    const std::byte* at = area_.data() + page;
    const auto sequence = core::load<std::uint64_t>(at);
    const core::Bytes stored(at + kPayloadAt, payload.size());
    if (sequence <= sequence_ || page_of(sequence) != page) continue;
    if (core::load<std::uint64_t>(at + kChecksumAt) != core::xxhash64(stored, sequence)) continue;
    sequence_ = sequence;
    std::memcpy(payload.data(), stored.data(), stored.size());
  }
  return sequence_ != 0;
}

void TwinRecord::write(core::Bytes payload) noexcept {
  CHECK(payload.size() <= kPayloadBytesMax);
  ++sequence_;
  std::byte* at = area_.data() + page_of(sequence_);
  core::store(at, sequence_);
  core::store(at + kChecksumAt, core::xxhash64(payload, sequence_));
  std::memcpy(at + kPayloadAt, payload.data(), payload.size());
  // The process may be killed between two instructions: what it does next must not be seen in the
  // file before this.
  __atomic_signal_fence(__ATOMIC_SEQ_CST);
}

}  // namespace storage
