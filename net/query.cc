#include "net/query.h"

#include <fmt/format.h>

#include <cstring>
#include <limits>

#include "core/base/decimal.h"

namespace net {
namespace {

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

char* put(char* at, std::string_view text) noexcept {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

std::string decode(std::string_view raw) {
  std::string text;
  text.reserve(raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) {
    if (raw[i] == '%' && i + 2 < raw.size() && hex_digit(raw[i + 1]) >= 0 &&
        hex_digit(raw[i + 2]) >= 0) {
      text.push_back(static_cast<char>(hex_digit(raw[i + 1]) * 16 + hex_digit(raw[i + 2])));
      i += 2;
    } else {
      text.push_back(raw[i] == '+' ? ' ' : raw[i]);
    }
  }
  return text;
}

}  // namespace

Query::Query(std::string_view raw) {
  while (!raw.empty()) {
    const std::string_view pair = raw.substr(0, raw.find('&'));
    raw.remove_prefix(std::min(raw.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    Parameter parameter;
    parameter.name = decode(pair.substr(0, equals));
    if (equals != std::string_view::npos) parameter.value = decode(pair.substr(equals + 1));
    if (find(parameter.name) != nullptr) issue(parameter.name, "is given more than once");
    parameters_.push_back(std::move(parameter));
  }
}

Query::Parameter* Query::find(std::string_view name) {
  for (Parameter& parameter : parameters_) {
    if (parameter.name == name) return &parameter;
  }
  return nullptr;
}

std::optional<std::string> Query::text(std::string_view name) {
  Parameter* const parameter = find(name);
  if (parameter == nullptr) return std::nullopt;
  parameter->known = true;
  return parameter->value;
}

std::optional<std::uint64_t> Query::integer(std::string_view name, std::uint64_t min,
                                            std::uint64_t max) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto number = core::parse_decimal(*value, max);
  if (!number || *number < min) {
    issue(name, fmt::format("must be an integer from {} to {}", min, max));
    return std::nullopt;
  }
  return number;
}

std::optional<core::WallMicros> Query::datetime(std::string_view name) {
  const auto value = text(name);
  if (!value) return std::nullopt;
  const auto time = core::parse_rfc3339(*value);
  if (!time) {
    issue(name, fmt::format("must be an RFC 3339 date-time such as 2030-01-31T12:00:00Z: {}",
                            time.error().what));
    return std::nullopt;
  }
  return *time;
}

bool Query::boolean(std::string_view name) {
  const auto value = text(name);
  if (!value) return false;
  if (*value != "true" && *value != "false") issue(name, "must be true or false");
  return *value == "true";
}

void Query::issue(std::string_view name, std::string message) {
  issues_.push_back({std::string(name), std::move(message)});
}

std::vector<core::FieldIssue> Query::finish() {
  for (const Parameter& parameter : parameters_) {
    if (!parameter.known) issue(parameter.name, "is not a known parameter");
  }
  return std::move(issues_);
}

core::PageQuery read_page(Query& query) {
  core::PageQuery page;
  page.limit = static_cast<std::uint32_t>(query.integer("limit", 1, 1000).value_or(page.limit));
  page.after_id =
      query.integer("cursor", 0, std::numeric_limits<std::int64_t>::max()).value_or(page.after_id);
  return page;
}

PageMeta::PageMeta(std::uint32_t limit, std::uint64_t next_after_id) noexcept {
  char* at = put(text_.data(), R"(,"meta":{"limit":)");
  at = core::write_decimal(at, limit);
  at = put(at, R"(,"next_cursor":)");
  if (next_after_id == 0) {
    at = put(at, "null}");
  } else {
    *at++ = '"';
    at = core::write_decimal(at, next_after_id);
    at = put(at, "\"}");
  }
  size_ = static_cast<std::size_t>(at - text_.data());
}

}  // namespace net
