// A tenant as clients send and see it.
#pragma once

#include <string>

#include "core/domain/tenant.h"
#include "core/service/command.h"
#include "core/service/form.h"

namespace core {

// Reads the fields of a new tenant or of a change; what does not fit is in the form's issues.
CreateTenant read_create_tenant(Form& form);
UpdateTenant read_update_tenant(Form& form, TenantId id);

// The whole row anew: what is not sent gets its default, but for the slug, which stays.
UpdateTenant read_replace_tenant(Form& form, TenantId id);

// Lower-case letters, digits and single '-' between them, at most 100 characters.
bool is_slug(std::string_view text) noexcept;

void append_json(std::string& out, const Tenant& tenant);

}  // namespace core
