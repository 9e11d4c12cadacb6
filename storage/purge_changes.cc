#include "storage/purge_changes.h"

#include <string>
#include <vector>

#include "storage/age_key.h"

namespace storage {

namespace {

// One Purge while it is applied.
class Purging {
 public:
  Purging(ChangeContext& context, std::uint32_t records_max) noexcept
      : context_(context), left_(records_max) {}

  core::Status answers(core::WallMicros before) {
    const auto due = take_due(Aged::kAnswer, before);
    if (!due) return std::unexpected(due.error());
    for (const std::string& entry : *due) {
      const core::Bytes key = core::as_bytes(entry);
      STORE_TRY(context_.writer.erase_answer(AgeKey::id(key)));
      STORE_TRY(context_.writer.erase_age(key));
      ++tally_.answers;
    }
    return {};
  }

  core::PurgeTally tally() const noexcept {
    core::PurgeTally tally = tally_;
    tally.more = left_ == 0;
    return tally;
  }

 private:
  // The oldest entries of the kind that are older than `before`, as many as there is room for.
  core::Result<std::vector<std::string>> take_due(Aged kind, core::WallMicros before) {
    std::vector<std::string> due;
    if (before <= 0 || left_ == 0) return due;
    const Records& records = context_.records;
    auto cursor = records.txn().cursor(records.tables().by_age);
    if (!cursor) return std::unexpected(cursor.error());
    auto found = cursor->seek(AgeKey(kind, 0).bytes());
    for (; found && *found && left_ > 0; found = cursor->next()) {
      const core::Bytes key = cursor->key();
      if (AgeKey::kind(key) != kind || AgeKey::since(key) >= before) break;
      due.emplace_back(core::as_text(key));
      --left_;
    }
    if (!found) return std::unexpected(found.error());
    return due;
  }

  ChangeContext& context_;
  std::uint32_t left_;
  core::PurgeTally tally_;
};

}  // namespace

ChangeResult apply(const core::Purge& command, ChangeContext& context) {
  Purging purging(context, command.records_max);
  STORE_TRY(purging.answers(command.answers_before));
  return done(purging.tally());
}

}  // namespace storage
