// `tollgate serve`: builds the server out of its parts, runs it, takes it down in reverse.
#pragma once

#include "tools/tollgate/serve_options.h"

namespace tollgate {

// The process's exit code: 0 after a clean stop, 1 for a failure of the world, 2 for bad usage.
// What went wrong is said in one line on stderr.
int serve(const ServeOptions& options);

}  // namespace tollgate
