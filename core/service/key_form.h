// An API key as clients send and see it.
#pragma once

#include <string>
#include <string_view>

#include "core/domain/api_key.h"
#include "core/service/command.h"
#include "core/service/form.h"
#include "core/service/usage_query.h"

namespace core {

inline constexpr std::size_t kScopesMax = 64;
inline constexpr std::size_t kMetadataBytesMax = 4096;

// Reads the fields of a new key, without its secret. `now` is for expires_at, which may lie in the
// past only in a change (that is how a key is expired by hand).
CreateKey read_create_key(Form& form, WallMicros now);

// The same without its tenant.
CreateKey read_key_settings(Form& form, WallMicros now);

UpdateKey read_update_key(Form& form, KeyId id);

// The whole row anew: what is not sent gets its default. "tenant_id" may be sent, to say the same.
UpdateKey read_replace_key(Form& form, KeyId id);

// Reads how long the old secret works on: "overlap_seconds", 0 if absent. The new one is not in the
// form.
RotateKey read_rotate_key(Form& form, KeyId id);

// The key without its secret. `totals` gives last_used_at.
void append_json(std::string& out, const ApiKey& key, const KeyTotals& totals);

// What only changes change: the key without its secret and without last_used_at.
void append_stored_json(std::string& out, const ApiKey& key);

// The first with "key":SECRET in it: for the one answer that shows it.
void append_json_with_secret(std::string& out, const ApiKey& key, std::string_view secret);

}  // namespace core
