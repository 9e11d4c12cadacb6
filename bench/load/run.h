// One run of the generator, from its options to its tally.
#pragma once

#include "bench/load/options.h"
#include "bench/load/tally.h"
#include "core/base/result.h"

namespace bench {

// As many descriptors as may be had; too few show up as failed connections.
void raise_descriptor_limit();

// Pins the thread, reads the keys, opens the record and runs; `tally` is what came of it.
core::Status run(const Options& options, Tally& tally);

}  // namespace bench
