// Where the admin token comes from. Only its SHA-256 stays in memory.
#pragma once

#include <expected>
#include <string>

#include "core/base/digest.h"
#include "core/base/random.h"

namespace tollgate {

struct AdminToken {
  core::Digest digest;
  std::string made_at;  // The file it was written to, if it was made now.
};

// From `token_file` if given, else from the environment variable TOLLGATE_ADMIN_TOKEN (which is
// overwritten in place, so that /proc/PID/environ shows it no longer), else from
// DATA_DIR/admin.token, which is made with 256 random bits and mode 0600 if it is absent.
// A file that others may read is refused, and so is a token shorter than 16 characters.
std::expected<AdminToken, std::string> read_admin_token(const std::string& token_file,
                                                        const std::string& data_dir,
                                                        core::Random& random);

}  // namespace tollgate
