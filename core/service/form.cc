#include "core/service/form.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/utf8.h"

namespace core {

Form::Form(JsonValue body) : body_(body) {
  if (body_.kind() != JsonKind::kObject) {
    issue("", fmt::format("must be a JSON object, not {}", name_of(body_.kind())));
  }
}

std::optional<JsonValue> Form::take(std::string_view name) {
  known_.push_back(name);
  return body_.find(name);
}

void Form::mistyped(std::string_view name, std::string_view expected, JsonValue value) {
  issue(name, fmt::format("must be {}, not {}", expected, name_of(value.kind())));
}

std::optional<std::string> Form::text(std::string_view name, const Text& rule) {
  const auto view = text_view(name, rule);
  if (!view) return std::nullopt;
  return std::string(*view);
}

std::optional<std::string_view> Form::text_view(std::string_view name, const Text& rule) {
  const auto value = take(name);
  if (!value) return std::nullopt;
  const auto text = value->as_string();
  if (!text) {
    mistyped(name, "a string", *value);
    return std::nullopt;
  }
  const std::size_t characters = utf8_count(*text);
  if (characters < rule.characters_min) {
    issue(name, rule.characters_min == 1
                    ? "must not be empty"
                    : fmt::format("must have at least {} characters", rule.characters_min));
    return std::nullopt;
  }
  if (characters > rule.characters_max) {
    issue(name, fmt::format("must have at most {} characters", rule.characters_max));
    return std::nullopt;
  }
  if (has_control(*text)) {
    issue(name, "must not contain control characters");
    return std::nullopt;
  }
  return *text;
}

std::optional<bool> Form::boolean(std::string_view name) {
  const auto value = take(name);
  if (!value) return std::nullopt;
  const auto boolean = value->as_bool();
  if (!boolean) mistyped(name, "true or false", *value);
  return boolean;
}

std::optional<std::int64_t> Form::integer(std::string_view name, const Integer& rule) {
  const auto value = take(name);
  if (!value) return std::nullopt;
  const auto integer = value->as_int64();
  if (!integer && value->kind() != JsonKind::kNumber) {
    mistyped(name, "an integer", *value);
    return std::nullopt;
  }
  if (!integer || *integer < rule.min || *integer > rule.max) {
    issue(name, fmt::format("must be an integer from {} to {}", rule.min, rule.max));
    return std::nullopt;
  }
  return integer;
}

std::optional<WallMicros> Form::datetime(std::string_view name) {
  const auto value = take(name);
  if (!value) return std::nullopt;
  const auto text = value->as_string();
  if (!text) {
    mistyped(name, "an RFC 3339 date-time", *value);
    return std::nullopt;
  }
  const auto time = parse_rfc3339(*text);
  if (!time) {
    issue(name, fmt::format("must be an RFC 3339 date-time such as 2030-01-31T12:00:00Z: {}",
                            time.error().what));
    return std::nullopt;
  }
  return *time;
}

std::optional<JsonValue> Form::list(std::string_view name) {
  const auto value = take(name);
  if (!value || value->kind() == JsonKind::kArray) return value;
  mistyped(name, "a list", *value);
  return std::nullopt;
}

std::optional<std::vector<std::string>> Form::texts(std::string_view name, std::size_t count_max) {
  const auto value = take(name);
  if (!value) return std::nullopt;
  if (value->kind() != JsonKind::kArray) {
    mistyped(name, "a list of strings", *value);
    return std::nullopt;
  }
  if (value->size() > count_max) {
    issue(name, fmt::format("must have at most {} elements", count_max));
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const JsonValue element : value->elements()) {
    const auto text = element.as_string();
    if (!text) {
      issue(name, fmt::format("must hold strings, not {}", name_of(element.kind())));
      return std::nullopt;
    }
    texts.emplace_back(*text);
  }
  return texts;
}

std::optional<std::string> Form::json(std::string_view name, std::size_t bytes_max) {
  const auto value = take(name);
  if (!value) return std::nullopt;
  std::string compact = value->minify();
  if (compact.size() > bytes_max) {
    issue(name, fmt::format("must have at most {} bytes as compact JSON", bytes_max));
    return std::nullopt;
  }
  return compact;
}

bool Form::is_null(std::string_view name) {
  const auto value = body_.find(name);
  if (!value || !value->is_null()) return false;
  known_.push_back(name);
  return true;
}

bool Form::has(std::string_view name) const {
  return body_.find(name).has_value();
}

void Form::require(std::string_view name) {
  if (body_.kind() == JsonKind::kObject && !has(name)) issue(name, "is required");
}

void Form::issue(std::string_view field, std::string message) {
  issues_.push_back({std::string(field), std::move(message)});
}

std::vector<FieldIssue> Form::finish() {
  for (const auto& [name, value] : body_.members()) {
    if (std::ranges::find(known_, name) == known_.end()) issue(name, "is not a known field");
  }
  return std::move(issues_);
}

std::string to_json(const std::vector<FieldIssue>& issues) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  for (const FieldIssue& issue : issues) {
    json.begin_object().key("field").string(issue.field).key("message").string(issue.message);
    json.end_object();
  }
  json.end_array();
  return out;
}

}  // namespace core
