#include "storage/answer_changes.h"

#include "storage/age_key.h"
#include "storage/first_answer.h"

namespace storage {

std::optional<core::Outcome> find_first_answer(const core::Idempotency& idempotency,
                                               ChangeContext& context) {
  auto answer = context.records.answer(idempotency.key);
  // One from the future was given before the clock was set back: it is no older than the window.
  if (!answer || context.when - answer->when >= core::kReplayWindow) return std::nullopt;
  if (!core::ct_equal(answer->request, idempotency.request)) {
    return refuse(core::OutcomeCode::kInvalid, "Idempotency-Key", "was used with another request");
  }
  answer->outcome.replayed = true;
  return std::move(answer->outcome);
}

core::Status keep_first_answer(const core::Idempotency& idempotency, const core::Outcome& outcome,
                               ChangeContext& context) {
  if (!is_kept(outcome)) return {};
  const core::Bytes id = idempotency.key.bytes;
  if (const auto older = context.records.answer(idempotency.key)) {
    STORE_TRY(context.writer.erase_age(AgeKey(Aged::kAnswer, older->when, id).bytes()));
  }
  STORE_TRY(context.writer.put_answer(
      idempotency.key, {.when = context.when, .request = idempotency.request, .outcome = outcome}));
  return context.writer.put_age(AgeKey(Aged::kAnswer, context.when, id));
}

}  // namespace storage
