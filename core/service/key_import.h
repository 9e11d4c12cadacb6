// Many keys at once whose secrets exist elsewhere: POST /api/keys/import.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "core/service/command.h"
#include "core/service/form.h"

namespace core {

// Keys of one request: they are one command, which holds the writer for some milliseconds.
inline constexpr std::size_t kImportedKeysMax = 1000;

// What is shown of a key whose text never came here, unless the client says something else.
inline constexpr std::string_view kImportedDisplay = "imported";

// Reads the fields of one key: those of a new one, with "sha256" (of its text, 64 hexadecimal
// digits), "tenant" (a slug) beside or instead of "tenant_id", and "display". Its index is not in
// the form.
ImportedKey read_imported_key(Form& form, WallMicros now);

// {"keys":[...]}: the keys that are good, and what is wrong with the others.
struct ImportRequest {
  ImportKeys import;
  std::vector<ImportReport::Refused> refused;
};

// The issues are those of the request as a whole.
std::expected<ImportRequest, std::vector<FieldIssue>> read_import(JsonValue body, WallMicros now);

// {"created":2,"existing":1,"first_id":17,"refused":[{"index":3,"field":"name","message":"..."}]},
// in the order of the keys. "first_id" is null where none was created.
std::string to_json(const ImportReport& report);

}  // namespace core
