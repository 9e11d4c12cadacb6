// An entry of the audit log as clients see it.
#pragma once

#include <string>

#include "core/domain/audit_entry.h"

namespace core {

void append_json(std::string& out, const AuditEntry& entry);

}  // namespace core
