// Dates and times of day as fields hold them.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace core {

// "2024-02-29" (RFC 3339 full-date), a day that exists in the Gregorian calendar, years 0001 to
// 9999: days of birth lie before 1970. It is its own normal form, and sorts by its bytes.
Result<std::string> normal_date(std::string_view text);

// "23:59:59" or with 1 to 6 digits of a second, "23:59:59.5"; no zone, no leap second. Normal:
// without a fraction that is zero, else with all six digits; sorts by its bytes.
Result<std::string> normal_time(std::string_view text);

}  // namespace core
