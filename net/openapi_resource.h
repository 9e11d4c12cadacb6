// What the OpenAPI document says of one resource: its schemas and its routes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/base/json_writer.h"
#include "core/domain/resource_row.h"

namespace net {

// What a resource is called in the document. `one` names schemas (Invoice, InvoiceCreate,
// InvoiceUpdate) and operations (getInvoice), `many` the others (listInvoices).
struct ResourceNames {
  std::string one;
  std::string many;
};

// In the order of the resources. A name that the server's own routes have, or a resource before it,
// gets the id of the resource behind it: names never change while the resource lives.
std::vector<ResourceNames> resource_names(std::span<const core::Resource* const> resources);

// Writes members of components/schemas.
void write_resource_schemas(core::JsonWriter& json, const core::ResourceSchema& schema,
                            const ResourceNames& names);

// Writes members of paths.
void write_resource_paths(core::JsonWriter& json, const core::ResourceSchema& schema,
                          const ResourceNames& names);

// Writes the parameters that a path has whatever the method: of X-Request-ID, and of {id}.
void write_path_parameters(core::JsonWriter& json, std::string_view pattern);

}  // namespace net
