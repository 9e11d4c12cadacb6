// What the changes of one transaction share while they are applied.
#pragma once

#include <expected>
#include <string>
#include <utility>
#include <vector>

#include "core/service/command.h"
#include "storage/limiter_slots.h"
#include "storage/record_writer.h"
#include "storage/records.h"
#include "storage/resource_table.h"

namespace storage {

// What the writer does once the changes are committed, before anyone is answered.
struct Effects {
  struct KeyTouch {
    core::Digest digest;
    core::AuthRecord record;
    bool limit_changed = false;  // The record's slot is to be brought to its new generation.
  };
  std::vector<KeyTouch> keys;
  std::vector<core::TenantId> data;  // Tenants whose rows of data changed; may repeat.
  bool tenants = false;
  bool resources = false;

  // Whether this transaction has changed the limit of the key with that slot.
  bool changes_limit_of(std::uint32_t slot) const noexcept;
};

// A change either returns kDone with its puts made, or another outcome with nothing put. An Error
// is a put that failed: the transaction must be aborted.
using ChangeResult = core::Result<core::Outcome>;

// Owner: one ChangeSet, for one transaction.
struct ChangeContext {
  Records records;
  RecordWriter writer;
  LimiterSlots& slots;
  Counters counters;  // As after the changes applied so far; put before the commit.
  Effects effects;
  ResourceTable& resources;  // As after the changes applied so far.
  bool writes_audit = true;
  // The present command's.
  core::WallMicros when = 0;
  const core::VersionGuard* if_match = nullptr;  // Null: any version may be changed.
  const core::Actor* actor = nullptr;            // Who asked for it; null: the server itself.
  core::TenantId confined_to = 0;                // The tenant whose rows it may change; 0: any.

  bool admits(std::uint64_t version) const noexcept {
    return if_match == nullptr || if_match->admits(version);
  }

  // Whether the command may know of that tenant's rows at all.
  bool reaches(core::TenantId tenant) const noexcept {
    return confined_to == 0 || confined_to == tenant;
  }
};

inline core::Outcome refuse(core::OutcomeCode code, std::string field = {},
                            std::string message = {}) {
  return {.code = code, .field = std::move(field), .message = std::move(message), .row = {}};
}

// A row can't be restored that is not deleted.
inline core::Outcome refuse_live() {
  return refuse(core::OutcomeCode::kConflict, "deleted_at", "is null: the row is not deleted");
}

// Where a stored record that a change needs is damaged, nothing is changed.
inline core::Outcome refuse_damaged() {
  return refuse(core::OutcomeCode::kStoreFull, "", "a stored record is damaged: see the log");
}

template <typename Row>
core::Outcome done(Row&& row) {
  return {
      .code = core::OutcomeCode::kDone, .field = {}, .message = {}, .row = std::forward<Row>(row)};
}

// Leaves the calling function with the Error of a write that failed.
#define STORE_TRY(write)                                                     \
  do {                                                                       \
    if (auto tried = (write); !tried) return std::unexpected(tried.error()); \
  } while (false)

}  // namespace storage
