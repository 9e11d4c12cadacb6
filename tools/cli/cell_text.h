// JSON values as a person reads them in a table.
#pragma once

#include <string>
#include <string_view>

#include "core/base/json.h"

namespace tollgate {

// One line, whatever the value: "-" for null, yes or no, texts as they are, times ("..._at") to the
// second, lists joined by ", ", objects as name=value. A field of a resource is NAME:TYPE. What a
// terminal would act on (control characters) is shown as '?'.
std::string cell_text(std::string_view field, core::JsonValue value);

}  // namespace tollgate
