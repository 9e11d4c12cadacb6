// Rows of a resource as examples: made from its fields, and accepted by them.
#pragma once

#include <optional>
#include <string>

#include "core/domain/resource_schema.h"

namespace net {

// A value that core::read_value accepts, as JSON. Nothing where none was found: a field that refers
// to the tenant, or rules that no value of a small list fits.
std::optional<std::string> example_value(const core::Field& field);

// The body of a POST: every field that an example was found for. Nothing where one that must be
// sent has none.
std::optional<std::string> example_body(const core::ResourceSchema& schema);

// The body of a PATCH: one field, the first that is not unique if there is such a one.
std::optional<std::string> example_change(const core::ResourceSchema& schema);

// The row that the POST makes, as it is sent.
std::optional<std::string> example_row(const core::ResourceSchema& schema);

}  // namespace net
