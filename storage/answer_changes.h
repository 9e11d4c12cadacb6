// Requests with an Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): the first one's
// outcome is kept beside what it changed, in the same transaction, and given to those that repeat
// it.
#pragma once

#include <optional>

#include "storage/change_context.h"

namespace storage {

// The outcome of the first request, if one with that key came within kReplayWindow before
// context.when: `replayed`; or kInvalid where the present request asks for something else. Nothing:
// the request is the first, or records.damaged() says that this can't be known.
std::optional<core::Outcome> find_first_answer(const core::Idempotency& idempotency,
                                               ChangeContext& context);

// Keeps the outcome, if it is one that is given again, over an older one.
core::Status keep_first_answer(const core::Idempotency& idempotency, const core::Outcome& outcome,
                               ChangeContext& context);

}  // namespace storage
