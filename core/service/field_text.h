// The short form of a field's definition, as it stands on a command line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/service/form.h"

namespace core {

// Writes "amount:decimal:required,ge:0" as {"name":"amount","type":"decimal","required":true,
// "ge":"0"}, which is checked elsewhere. Notes what can't be written so, under `place`; the JSON is
// an object all the same.
//
// NAME:TYPE, then perhaps ':' and rules with ',' between them, each RULE or RULE:VALUE. A value
// ends at the next ',', with two exceptions: a default that begins with '[', '{' or '"' is JSON and
// ends where that does, and a regex takes all that follows, so that it comes last.
std::string field_text_to_json(std::string_view text, std::string_view place,
                               std::vector<FieldIssue>& issues);

// "fields.2" and "max" make "fields.2.max"; an empty place leaves the rule.
std::string rule_place(std::string_view place, std::string_view rule);

}  // namespace core
