// What retention takes away, in the order of its age: keys of the table by_age.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/bytes.h"
#include "core/base/check.h"
#include "core/base/time.h"

namespace storage {

// What an entry is about, and what its id is.
//
// NOTE: the numbers are part of the store's format (docs/formats-store.md).
enum class Aged : std::uint8_t {
  kTenant = 1,    // Deleted; its id, big-endian.
  kKey = 2,       // Deleted; TenantScopedKey.
  kResource = 3,  // A deleted definition; its id, four bytes, big-endian.
  kRow = 4,       // Deleted; RowKey.
  kAnswer = 5,    // Given; the digest that it lies under.
  // Taken away itself, while what belonged to it is still being taken away.
  kGoneTenant = 6,
  kGoneResource = 7,
};
inline constexpr std::size_t kAgedKinds = 8;  // With 0, which is none.

// The kind, the time from which its age counts, big-endian, and the id. An entry is written with
// what makes its record old (a deletion, an answer), and erased with what makes it young again.
class AgeKey {
 public:
  static constexpr std::size_t kPrefixBytes = 1 + 8;

  // Where the entries of a kind begin that are no older than `since`. Requires: since >= 0.
  AgeKey(Aged kind, core::WallMicros since) : key_(kPrefixBytes, static_cast<char>(kind)) {
    CHECK(since >= 0);
    core::store_be64(key_.data() + 1, static_cast<std::uint64_t>(since));
  }
  AgeKey(Aged kind, core::WallMicros since, core::Bytes id) : AgeKey(kind, since) {
    key_ += core::as_text(id);
  }

  core::Bytes bytes() const noexcept { return core::as_bytes(key_); }

  // Requires: a key of this table.
  static Aged kind(core::Bytes key) noexcept { return static_cast<Aged>(key.front()); }
  static core::WallMicros since(core::Bytes key) noexcept {
    return static_cast<core::WallMicros>(core::load_be64(key.data() + 1));
  }
  static core::Bytes id(core::Bytes key) noexcept { return key.subspan(kPrefixBytes); }

 private:
  std::string key_;
};

}  // namespace storage
