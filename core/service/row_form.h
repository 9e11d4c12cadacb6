// A row of a tenant's data as clients send it.
#pragma once

#include "core/service/command.h"
#include "core/service/form.h"

namespace core {

inline constexpr std::size_t kRowNameCharactersMax = 100;
inline constexpr std::size_t kRowValueBytesMax = 256 * 1024;  // Compact.

// POST: name is required, value is null if absent.
CreateRow read_create_row(Form& form, const Caller& caller);

// PUT sets every field, an absent value to null; PATCH those that were sent.
UpdateRow read_replace_row(Form& form, const Caller& caller, RowId id);
UpdateRow read_update_row(Form& form, const Caller& caller, RowId id);

}  // namespace core
