#include "core/service/resource_form.h"

#include <fmt/format.h>

#include <algorithm>

namespace core {
namespace {

constexpr std::size_t kResourceNameMax = 64;

constexpr std::string_view kReservedPaths[] = {
    "tenants", "keys",       "api_keys", "webhooks",   "resources",    "usage_logs",
    "usage",   "deliveries", "events",   "audit_logs", "admin_tokens", "me",
};

struct Plural {
  std::string_view one;
  std::string_view many;
};

// Last words whose plural no rule makes.
constexpr Plural kIrregular[] = {
    {"child", "children"},
    {"data", "data"},
    {"equipment", "equipment"},
    {"feedback", "feedback"},
    {"information", "information"},
    {"man", "men"},
    {"media", "media"},
    {"metadata", "metadata"},
    {"news", "news"},
    {"person", "people"},
    {"series", "series"},
    {"woman", "women"},
};

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_pascal_case(std::string_view name) {
  return !name.empty() && name.size() <= kResourceNameMax && is_upper(name.front()) &&
         std::ranges::all_of(name, [](char c) { return is_upper(c) || is_lower_or_digit(c); });
}

// LineItem -> line_item, APIKey -> api_key: a word begins at a capital behind a small letter, or in
// front of one.
std::string snake_case(std::string_view name) {
  std::string snake;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool before_small = i + 1 < name.size() && name[i + 1] >= 'a' && name[i + 1] <= 'z';
    if (i > 0 && is_upper(c) && (is_lower_or_digit(name[i - 1]) || before_small)) snake += '_';
    snake += is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c;
  }
  return snake;
}

std::string plural(std::string_view word) {
  for (const auto& [one, many] : kIrregular) {
    if (word == one) return std::string(many);
  }
  const std::string_view stem = word.substr(0, word.empty() ? 0 : word.size() - 1);
  if (word.ends_with("sis")) return std::string(word.substr(0, word.size() - 2)) + "es";
  if (word.ends_with('y') && !stem.empty() && !std::string_view("aeiou").contains(stem.back())) {
    return std::string(stem) + "ies";
  }
  for (const std::string_view hiss : {"s", "x", "z", "ch", "sh"}) {
    if (word.ends_with(hiss)) return std::string(word) + "es";
  }
  return std::string(word) + "s";
}

class ResourceReader {
 public:
  ResourceReader(JsonValue body, std::vector<FieldIssue>& issues) : body_(body), issues_(issues) {}

  ResourceSchema read() {
    if (body_.kind() != JsonKind::kObject) {
      issue("", fmt::format("must be a JSON object, not {}", name_of(body_.kind())));
      return {};
    }
    read_name();
    read_path();
    read_read_only();
    read_fields();
    for (const auto& [name, value] : body_.members()) {
      if (name != "name" && name != "path" && name != "read_only" && name != "fields") {
        issue(name, "is not a known field");
      }
    }
    return std::move(schema_);
  }

 private:
  void read_name() {
    const auto value = body_.find("name");
    if (!value) return issue("name", "is required");
    const std::string_view name = value->as_string().value_or("");
    if (!is_pascal_case(name)) {
      return issue("name", fmt::format("must be PascalCase of at most {} letters and digits, such "
                                       "as LineItem",
                                       kResourceNameMax));
    }
    schema_.name = name;
  }

  void read_path() {
    const auto value = body_.find("path");
    const bool given = value && !value->is_null();
    if (!given && schema_.name.empty()) return;
    schema_.path = given ? value->as_string().value_or("") : path_of_name(schema_.name);
    const std::string_view cause = given ? "path" : "name";
    if (!is_snake_case(schema_.path)) {
      issue(cause,
            given ? fmt::format("must be snake_case of at most {} characters, such as "
                                "line_items",
                                kFieldNameMax)
                  : fmt::format("makes the path {}, which is too long: give a path", schema_.path));
    } else if (is_reserved_path(schema_.path)) {
      issue(cause, fmt::format("is taken: /api/{} is the server's own", schema_.path));
    }
  }

  void read_read_only() {
    const auto value = body_.find("read_only");
    if (!value) return;
    const auto read_only = value->as_bool();
    if (!read_only) {
      issue("read_only", fmt::format("must be true or false, not {}", name_of(value->kind())));
    }
    schema_.is_read_only = read_only.value_or(false);
  }

  void read_fields() {
    const auto fields = body_.find("fields");
    if (!fields) return issue("fields", "is required");
    if (fields->kind() != JsonKind::kArray) {
      return issue("fields", fmt::format("must be a list, not {}", name_of(fields->kind())));
    }
    // One more than are kept, for tenant_id.
    if (fields->size() > kFieldsMax + 1) return too_many();
    std::vector<std::string> names;
    std::size_t i = 0;
    for (const JsonValue value : fields->elements()) {
      const std::string place = fmt::format("fields.{}", i++);
      Field field = read_first_field(value, place, issues_);
      if (!field.name.empty() && std::ranges::count(names, field.name) != 0) {
        issue(place + ".name", "is there twice");
      }
      names.push_back(field.name);
      if (!is_tenant_field(field)) schema_.fields.push_back(std::move(field));
    }
    if (schema_.fields.size() > kFieldsMax) too_many();
    if (schema_.fields.empty()) issue("fields", "must have a field besides tenant_id");
  }

  void too_many() { issue("fields", fmt::format("must be at most {}", kFieldsMax)); }

  void issue(std::string_view field, std::string message) {
    issues_.push_back({std::string(field), std::move(message)});
  }

  JsonValue body_;
  std::vector<FieldIssue>& issues_;
  ResourceSchema schema_;
};

void write_bounds(JsonWriter& json, const Field& field) {
  const bool number = is_number(field.type);
  for (const FieldBound& bound : field.bounds) {
    switch (bound.kind) {
      case FieldBound::Kind::kAtLeast:
        json.key(number ? "ge" : "min");
        break;
      case FieldBound::Kind::kMoreThan:
        json.key("gt");
        break;
      case FieldBound::Kind::kAtMost:
        json.key(number ? "le" : "max");
        break;
      case FieldBound::Kind::kLessThan:
        json.key("lt");
        break;
    }
    json.raw(bound.number);
  }
}

void write_field(JsonWriter& json, const Field& field) {
  json.begin_object();
  json.key("name").string(field.name).key("type").string(name_of(field.type));
  if (field.required) json.key("required").boolean(true);
  if (field.unique) json.key("unique").boolean(true);
  if (field.indexed) json.key("index").boolean(true);
  write_bounds(json, field);
  if (!field.choices.empty()) {
    json.key("choices").begin_array();
    for (const std::string& choice : field.choices) json.string(choice);
    json.end_array();
  }
  if (!field.foreign.empty()) json.key("foreign").string(field.foreign + ".id");
  if (!field.regex.empty()) json.key("regex").string(field.regex);
  if (field.default_json) json.key("default").raw(*field.default_json);
  json.end_object();
}

}  // namespace

ResourceSchema read_resource(JsonValue body, std::vector<FieldIssue>& issues) {
  return ResourceReader(body, issues).read();
}

std::string path_of_name(std::string_view name) {
  const std::string snake = snake_case(name);
  const std::size_t last = snake.rfind('_') + 1;  // 0 where there is none.
  return snake.substr(0, last) + plural(std::string_view(snake).substr(last));
}

bool is_reserved_path(std::string_view path) noexcept {
  return std::ranges::count(kReservedPaths, path) != 0;
}

std::string to_json(const ResourceSchema& schema) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.key("name").string(schema.name).key("path").string(schema.path);
  json.key("read_only").boolean(schema.is_read_only).key("fields").begin_array();
  for (const Field& field : schema.fields) write_field(json, field);
  json.end_array().end_object();
  return out;
}

void append_json(std::string& out, const Resource& resource) {
  const std::string schema = to_json(resource.schema);  // {"name":...}
  out += fmt::format(R"({{"id":{},)", resource.id);
  out += std::string_view(schema).substr(1, schema.size() - 2);
  out += fmt::format(R"(,"created_at":"{}","updated_at":"{}"}})", to_rfc3339(resource.created_at),
                     to_rfc3339(resource.updated_at));
}

}  // namespace core
