// What the first request with an Idempotency-Key was answered: values of the table answers.
// Grammar: docs/formats-store.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/base/bytes.h"
#include "core/service/command.h"

namespace storage {

struct FirstAnswer {
  core::WallMicros when = 0;
  core::Digest request;   // core::Idempotency::request of the first one.
  core::Outcome outcome;  // Never one that is_kept() says false of.
};

// Followed by field and message as texts, then the row: of a tenant, key, webhook and resource its
// value as it lies in its own table, under the key of this one; of a row of a resource its JSON.
struct AnswerHead {
  std::uint8_t layout = 1;
  std::uint8_t code = 0;
  std::uint8_t row_kind = 0;
  std::uint8_t reserved = 0;
  std::uint16_t field_bytes = 0;
  std::uint16_t message_bytes = 0;
  std::int64_t when = 0;
  std::uint64_t row_id = 0;
  std::uint64_t row_version = 0;  // Of a row of a resource; else 0.
  std::array<std::byte, 32> request{};
};
static_assert(sizeof(AnswerHead) == 64 && offsetof(AnswerHead, request) == 32);

// Whether that is an outcome which the store has decided, so that it is given again. What depends
// on who asks (401, 403) and what failed (503) is not; nor is an import, which finds what it has
// made before.
bool is_kept(const core::Outcome& outcome) noexcept;

// A sealed value. Requires: is_kept(answer.outcome).
std::string encode(const FirstAnswer& answer, core::Bytes key);

// What encode() wrote, unsealed; nothing if it is not such a value.
std::optional<FirstAnswer> decode_first_answer(core::Bytes key, core::Bytes payload);

}  // namespace storage
