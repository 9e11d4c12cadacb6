// What stored values are made of: a head of fixed size, then texts whose lengths are in the head.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/check.h"

namespace storage {

inline constexpr std::uint8_t kValueLayout = 1;  // The first byte of every value with a head.

// A length as its field in a head holds it. What does not fit is a broken invariant: the forms
// bound it.
template <typename Length>
Length checked_length(std::size_t bytes) {
  CHECK(bytes <= std::numeric_limits<Length>::max());
  return static_cast<Length>(bytes);
}

template <typename Head>
void append_head(std::string& out, const Head& head) {
  static_assert(std::has_unique_object_representations_v<Head>, "no padding in stored values");
  out.append(reinterpret_cast<const char*>(&head), sizeof head);
}

// `rest` is what follows the head. False: too short, or of another layout.
template <typename Head>
bool read_head(core::Bytes payload, Head& head, std::string_view& rest) noexcept {
  if (payload.size() < sizeof(Head)) return false;
  std::memcpy(&head, payload.data(), sizeof head);
  rest = core::as_text(payload.subspan(sizeof(Head)));
  return head.layout == kValueLayout;
}

// Takes texts off the bytes behind a head. A length beyond what is there makes all that follows
// empty and done() false.
class TextReader {
 public:
  explicit TextReader(std::string_view rest) noexcept : rest_(rest) {}

  std::string_view take(std::size_t bytes) noexcept {
    if (bytes > rest_.size()) {
      fits_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view text = rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
    return text;
  }

  // Everything fitted and nothing is left.
  bool done() const noexcept { return fits_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool fits_ = true;
};

// Texts of at most 255 bytes, each behind a byte with its length.
std::string join_texts(const std::vector<std::string>& texts);

// False: the last one is longer than what is there.
bool split_texts(std::string_view joined, std::vector<std::string>& texts);

}  // namespace storage
