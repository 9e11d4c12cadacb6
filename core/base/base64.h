// base64 in its first alphabet, with padding (RFC 4648 4). The one for URLs is in digest.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace core {

// 32 bytes make 44 characters.
std::string to_base64(Bytes bytes);

// Writes what the text stands for into `out` and returns how many bytes that were. Nothing if it is
// not exactly what to_base64() makes of some bytes (no blanks, whole padding, no stray bits), or if
// `out` has no room for them; `out` may have been written to then. Keeps no copy: fit for secrets.
std::optional<std::size_t> decode_base64(std::string_view text, MutableBytes out) noexcept;

}  // namespace core
