// A run's figures as text.
#pragma once

#include <string>

#include "bench/load/tally.h"

namespace bench {

// A few lines for people.
std::string to_text(const Tally& tally);

// One JSON object on one line; durations in microseconds, with the field names' unit.
std::string to_json(const Tally& tally);

}  // namespace bench
