// The key under which secrets that must be had again (those of webhooks) are stored.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "core/base/random.h"
#include "core/base/secret_box.h"

namespace tollgate {

// Reads DATA_DIR/secrets.key, 32 bytes as they are. Made with mode 0600 if it is absent: at the
// first start or, with all that was sealed before lost, after it was. A file that others may read
// is refused. The error is a sentence for the operator.
std::expected<std::unique_ptr<core::SecretBox>, std::string> open_secret_box(
    const std::string& data_dir, core::Random& random);

}  // namespace tollgate
