// The tables of admin tokens and of the audit log in the full walk over the store.
#pragma once

#include "storage/records.h"
#include "storage/verify.h"

namespace storage {

// Every token against its name and digest and back, every deleted one against its entry by age,
// every entry of the log against its place under its tenant, and the counts. Look-ups of damaged
// values count as absent; they are named by the walk over their own table.
//
// How many tokens are deleted: as many as they have entries by age.
core::Result<std::uint64_t> verify_admin_tables(Records& records, VerifyReport& report);

}  // namespace storage
