#include "core/base/base64.h"

#include <array>
#include <cstdint>

namespace core {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 0xFF;

constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNone);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

// How many of the last four characters are padding.
std::size_t padding_of(std::string_view text) noexcept {
  if (text.ends_with("==")) return 2;
  return text.ends_with('=') ? 1 : 0;
}

}  // namespace

std::string to_base64(Bytes bytes) {
  std::string text((bytes.size() + 2) / 3 * 4, '=');
  char* out = text.data();
  std::uint32_t bits = 0;
  int held = 0;  // Bits of `bits` that are not written yet: 0, 2 or 4 between bytes.
  for (const std::byte byte : bytes) {
    bits = bits << 8 | std::to_integer<std::uint32_t>(byte);
    for (held += 8; held >= 6; held -= 6) *out++ = kAlphabet[bits >> (held - 6) & 63];
  }
  if (held > 0) *out = kAlphabet[bits << (6 - held) & 63];
  return text;
}

std::optional<std::size_t> decode_base64(std::string_view text, MutableBytes out) noexcept {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = padding_of(text);
  const std::size_t bytes = text.size() / 4 * 3 - padding;
  if (bytes > out.size()) return std::nullopt;
  text.remove_suffix(padding);
  std::uint32_t bits = 0;
  int held = 0;
  std::size_t written = 0;
  for (const char c : text) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(c)];
    if (value == kNone) return std::nullopt;
    bits = bits << 6 | value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out[written++] = static_cast<std::byte>(bits >> held & 0xFF);
  }
  // Bits that no byte holds: were they not 0, two texts would stand for the same bytes.
  if ((bits & ((1U << held) - 1)) != 0) return std::nullopt;
  return written;
}

}  // namespace core
