#include "net/authz_routes.h"

#include <array>

#include "core/domain/api_key.h"
#include "net/http_chars.h"

namespace net {
namespace {

// Takes the first word off; empty at the end.
std::string_view take_word(std::string_view& text) noexcept {
  text = trim_blanks(text);
  const std::string_view word = text.substr(0, text.find_first_of(" \t"));
  text.remove_prefix(word.size());
  return word;
}

std::optional<core::Method> named_method(std::string_view name) noexcept {
  constexpr std::array kNamed = {core::Method::kGet,    core::Method::kHead,  core::Method::kPost,
                                 core::Method::kPut,    core::Method::kPatch, core::Method::kDelete,
                                 core::Method::kOptions};
  for (const core::Method method : kNamed) {
    if (core::method_name(method) == name) return method;
  }
  return std::nullopt;
}

bool has_prefix(std::string_view path, std::string_view prefix) noexcept {
  if (!path.starts_with(prefix)) return false;
  return path.size() == prefix.size() || prefix.ends_with('/') || path[prefix.size()] == '/';
}

}  // namespace

std::expected<void, std::string> AuthzRoutes::add(std::string_view row) {
  if (rows_.size() >= kRowsMax) return std::unexpected("there are too many; 256 is the most");
  const std::string_view method = take_word(row);
  const std::string_view prefix = take_word(row);
  const std::string_view scope = take_word(row);
  if (scope.empty() || !trim_blanks(row).empty()) {
    return std::unexpected("must be METHOD PREFIX SCOPE, such as \"GET /orders orders:read\"");
  }
  const auto known = named_method(method);
  if (!known && method != "*") {
    return std::unexpected("the method must be GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS or *");
  }
  if (!prefix.starts_with('/')) return std::unexpected("the prefix must begin with /");
  if (scope != "-" && !core::is_scope(scope)) {
    return std::unexpected(
        "the scope must be NAME:read, NAME:write, NAME:*, *, verify, or - for none");
  }
  rows_.push_back({known, std::string(prefix), scope == "-" ? "" : std::string(scope)});
  return {};
}

std::optional<std::string_view> AuthzRoutes::scope_for(core::Method method,
                                                       std::string_view path) const noexcept {
  for (const Row& row : rows_) {
    if (row.method && *row.method != method) continue;
    if (has_prefix(path, row.prefix)) return row.scope;
  }
  return std::nullopt;
}

}  // namespace net
