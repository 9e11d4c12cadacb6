// The tables of admin tokens and of the audit log in the full walk over the store.
#pragma once

#include "storage/records.h"
#include "storage/verify.h"

namespace storage {

// Every token against its name and digest and back, every entry against its place under its tenant,
// and the counts. Look-ups of damaged values count as absent; they are named by the walk over their
// own table.
core::Status verify_admin_tables(Records& records, VerifyReport& report);

}  // namespace storage
