// What the OpenAPI document says of the server's own routes: the same in every server.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "net/openapi_operation.h"
#include "net/router.h"

namespace net {

struct Tag {
  std::string_view name;
  std::string_view description;
};
std::span<const Tag> fixed_tags() noexcept;

// Operations in the order of their paths.
struct FixedOperation {
  Operation operation;
  std::string_view tag;
};
std::span<const FixedOperation> fixed_operations() noexcept;

// What every resource has; ids and summaries are completed with its names: "list" to listInvoices.
// The data is the resource's row, the body "Create" or "Update" behind its name.
std::span<const Operation> row_operations() noexcept;

// Schemas as JSON, by name; those of resources are not among them.
struct NamedJson {
  std::string_view name;
  std::string_view json;
};
std::span<const NamedJson> fixed_parameters() noexcept;
std::span<const NamedJson> fixed_schemas() noexcept;

// Object schemas that share members. `members` are pieces of the object `properties`.
struct ObjectSchema {
  std::string_view name;
  std::string_view description;
  std::string_view required;  // Joined by spaces.
  std::array<std::string_view, 4> members;
  bool is_closed = false;  // A body, in which unknown members are refused.
};
std::span<const ObjectSchema> object_schemas() noexcept;

}  // namespace net
