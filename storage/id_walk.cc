#include "storage/id_walk.h"

#include <limits>
#include <utility>

namespace storage {

namespace {

constexpr std::uint64_t kLastId = std::numeric_limits<std::uint64_t>::max();

}  // namespace

IdWalk::IdWalk(Records& records, const Course& course) : records_(records), course_(course) {
  auto cursor = records_.txn().cursor(course_.table);
  if (cursor) {
    cursor_ = std::move(*cursor);
  } else {
    records_.report_failure(course_.name, {}, cursor.error());
  }
}

core::Result<bool> IdWalk::seek_key(std::uint64_t id) {
  if (course_.tenant == 0) return cursor_->seek(integer_key(id));
  return cursor_->seek(TenantScopedKey(course_.tenant, id).bytes());
}

void IdWalk::seek(std::uint64_t after) {
  has_id_ = false;
  passed_ = after;
  if (!cursor_) return;
  if (!course_.descending) {
    if (after != kLastId) take(seek_key(after + 1));
    return;
  }
  // The cursor comes to rest at the first key that is not before the place, or behind the last one.
  const auto found = seek_key(after == 0 ? kLastId : after);
  take(found && !*found ? cursor_->last() : found ? cursor_->previous() : found);
}

void IdWalk::next() {
  passed_ = id_;
  take(course_.descending ? cursor_->previous() : cursor_->next());
}

void IdWalk::take(const core::Result<bool>& found) {
  has_id_ = false;
  if (!found) return records_.report_failure(course_.name, {}, found.error());
  if (!*found) return;
  const core::Bytes key = cursor_->key();
  if (course_.tenant == 0) {
    id_ = cursor_->integer_key();
  } else {
    if (key.size() != TenantScopedKey::kBytes || TenantScopedKey::tenant(key) != course_.tenant) {
      return;
    }
    id_ = TenantScopedKey::id(key);
  }
  has_id_ = true;
}

}  // namespace storage
