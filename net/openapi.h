// The API as an OpenAPI 3.1 document (spec.openapis.org/oas/v3.1.1), made from the definitions that
// the server has at the moment.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/domain/resource_row.h"

namespace net {

// The resources that the document describes, in its order: Data, then those that are defined.
std::vector<const core::Resource*> described_resources(
    std::span<const core::Resource* const> resources);

// Differs when the document does: of the server's version, and of each definition's. Never 0.
std::uint64_t openapi_version(std::span<const core::Resource* const> resources) noexcept;

// The document, JSON. `resources` are those of described_resources().
std::string render_openapi(std::span<const core::Resource* const> resources);

}  // namespace net
