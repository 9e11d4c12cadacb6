// Giving privileges up, before any ring exists: a ring keeps the credentials it was made with.
#pragma once

#include <expected>
#include <string>

namespace tollgate {

// Gives the data directory to `user`, then becomes that user for good: groups, gid, uid,
// no_new_privs. The error is a sentence for the operator.
std::expected<void, std::string> drop_privileges(const std::string& user,
                                                 const std::string& data_dir);

// No core dumps, for they would hold secrets of requests in flight.
void forbid_core_dumps() noexcept;

}  // namespace tollgate
