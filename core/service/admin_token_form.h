// An admin token as clients send and see it.
#pragma once

#include <string>
#include <string_view>

#include "core/domain/admin_token.h"
#include "core/service/command.h"
#include "core/service/form.h"

namespace core {

// Reads the fields of a new token, without its secret; what does not fit is in the form's issues.
// `now` is for expires_at, which may lie in the past only in a change.
CreateAdminToken read_create_admin_token(Form& form, WallMicros now);
UpdateAdminToken read_update_admin_token(Form& form, AdminTokenId id);

void append_json(std::string& out, const AdminToken& token);

// The same with "token":SECRET in it: for the one answer that shows it.
void append_json_with_secret(std::string& out, const AdminToken& token, std::string_view secret);

}  // namespace core
