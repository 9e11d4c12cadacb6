// Where a value stands in an index: filters, sorting and unique rules compare these bytes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/domain/resource_schema.h"

namespace core {

inline constexpr std::size_t kIndexedBytesMax = 256;

// Bytes that sort (memcmp) as the values do, null first; values are equal where their bytes are.
// No value's bytes begin another's of the same field, so that keys may go on behind them: a row's
// id, say. Requires: `json` is null or a normal form that fits the field, which is no kJson.
//
//   null               00
//   any value          01, then
//   boolean            00 or 01
//   integer, bigint    8 bytes, big-endian, sign bit turned over
//   float              8 bytes, big-endian, sign bit turned over; all bits, if negative
//   decimal and like   16 bytes: times 10^18, big-endian, sign bit turned over
//   ip                 04 and 4 bytes, or 06 and 16 bytes
//   enum               2 bytes, big-endian: its place among the choices
//   others             the text's UTF-8, then 00. One of more than 222 bytes is cut: its first 223
//                      bytes and the SHA-256 of the whole. So long texts that begin alike are
//                      not told apart by sorting, yet remain different.
std::string index_bytes(const Field& field, std::string_view json);

// The same for a value from a query ("?name=Ada"): reads the text as the field's type. Nothing: it
// is no value of that type, so that no row has it.
std::optional<std::string> index_bytes_of_text(const Field& field, std::string_view text);

}  // namespace core
