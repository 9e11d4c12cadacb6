// Commands on keys.
#pragma once

#include "storage/change_context.h"

namespace storage {

ChangeResult apply(const core::CreateKey& command, ChangeContext& context);

// Requires: may_apply() said so.
ChangeResult apply(const core::UpdateKey& command, ChangeContext& context);

ChangeResult apply(const core::DeleteKey& command, ChangeContext& context);

ChangeResult apply(const core::RestoreKey& command, ChangeContext& context);

ChangeResult apply(const core::RotateKey& command, ChangeContext& context);

// Takes the key's row away for good, and what leads to it; the key may be a live one, of a tenant
// that is gone. Its slot of the limiter table is not given to another key.
core::Status purge_key(core::TenantId tenant, core::KeyId id, ChangeContext& context);

// False for a second change of one key's limit within a transaction: its word must be brought to
// the first change's generation in between, and that is done after a commit only. (A word of a
// generation that never commits would make every shard reload a record that is not there.)
bool may_apply(const core::UpdateKey& command, ChangeContext& context);

// Whether the entry, one of those that share the digest's first 8 bytes, is the digest's.
bool is_entry_of(const DigestEntry& entry, const core::Digest& digest) noexcept;

// The row that creating a key makes.
struct NewKeyPlace {
  core::KeyId id = 0;
  std::uint32_t limiter_slot = 0;
  core::WallMicros when = 0;
};
core::ApiKey new_key_row(const core::CreateKey& command, const NewKeyPlace& place);

// The limit that results from a change. A burst that was not sent follows the new rate if it was as
// large as the old one, or if there was no old one; else it stays.
core::RateLimit merge_limit(const core::RateLimit& old, const core::LimitChange& change) noexcept;

}  // namespace storage
