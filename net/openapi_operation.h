// One operation of the OpenAPI document (3.1.1, 4.8.10), from a row of a table.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "core/base/json_writer.h"
#include "net/http_head.h"
#include "net/router.h"

namespace net {

// What `data` of an answer is.
enum class DataShape : std::uint8_t {
  kOne,
  kVersioned,  // A row whose version is the answer's ETag.
  kPage,       // A list, with meta.
  kList,       // A list without.
};

// A row of the table. All texts outlive the call that writes it.
struct Operation {
  RouteId route;  // Who may ask follows from it.
  Method method;
  std::string_view id;  // operationId: listKeys.
  std::string_view summary;
  std::string_view parameters;  // Of components/parameters, joined by spaces.
  std::string_view body;        // Of components/schemas; empty: none.
  std::string_view example;     // Of the body, JSON; empty: none.
  DataShape shape;
  std::string_view data;      // Of components/schemas.
  std::string_view refusals;  // Statuses beyond those that the route, the body and If-Match imply.
};

// Calls `visit` with each of the words in `text`, which one space each joins.
template <typename Visit>
void for_each_word(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    visit(word);
  }
}

// "get", "post": the names of operations in a path item.
std::string_view operation_name(Method method) noexcept;

// Where an operation stands.
struct OperationPlace {
  std::string_view tag;
  std::string_view data_example = {};        // Of one row, JSON; empty: none.
  std::string_view parameters_as_json = {};  // Further ones, of this operation alone: objects.
};

// Writes the operation object. Requires: the name of the member was written.
void write_operation(core::JsonWriter& json, const Operation& operation,
                     const OperationPlace& place);

// Writes components/responses: what write_operation refers to, one for each status of a refusal.
void write_refusals(core::JsonWriter& json);

// Writes components/headers.
void write_headers(core::JsonWriter& json);

}  // namespace net
