#include "core/service/field_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base/exact_decimal.h"
#include "core/base/utf8.h"
#include "core/service/field_text.h"
#include "core/service/field_value.h"

namespace core {
namespace {

using Kind = FieldBound::Kind;

struct BoundRule {
  std::string_view name;
  Kind kind;
};

constexpr BoundRule kBoundRules[] = {
    {"min", Kind::kAtLeast}, {"max", Kind::kAtMost},  {"gt", Kind::kMoreThan},
    {"ge", Kind::kAtLeast},  {"gte", Kind::kAtLeast}, {"lt", Kind::kLessThan},
    {"le", Kind::kAtMost},   {"lte", Kind::kAtMost},
};

bool is_lower_bound(Kind kind) {
  return kind == Kind::kAtLeast || kind == Kind::kMoreThan;
}

// Names that a row has anyway.
constexpr std::string_view kReservedNames[] = {"id", "tenant_id", "created_at", "updated_at",
                                               "deleted_at"};
// Parameters of lists: a filter by such a field could not be told from them.
constexpr std::string_view kListParameters[] = {"limit", "cursor", "sort", "include_deleted"};

class FieldReader {
 public:
  FieldReader(JsonValue definition, std::string_view place, std::vector<FieldIssue>& issues)
      : definition_(definition), place_(place), issues_(issues), issues_before_(issues.size()) {}

  Field read() {
    if (definition_.kind() != JsonKind::kObject) {
      issue("", fmt::format("must be an object or a text such as amount:decimal:required, not {}",
                            name_of(definition_.kind())));
      return std::move(field_);
    }
    read_name();
    read_type();
    // Without a type no rule can be judged.
    if (type_known_) {
      read_flags();
      read_bounds();
      read_choices();
      read_foreign();
      read_regex();
      read_default();
    }
    name_unknown();
    return std::move(field_);
  }

 private:
  // A rule that is there; null says the same as leaving it out.
  std::optional<JsonValue> find(std::string_view rule) {
    const auto value = definition_.find(rule);
    if (!value || value->is_null()) return std::nullopt;
    return value;
  }

  std::optional<std::string_view> text(std::string_view rule) {
    const auto value = find(rule);
    if (!value) return std::nullopt;
    const auto text = value->as_string();
    if (!text) issue(rule, fmt::format("must be a string, not {}", name_of(value->kind())));
    return text;
  }

  void read_name() {
    if (!find("name")) return issue("name", "is required");
    const auto name = text("name");
    if (!name) return;
    if (!is_snake_case(*name)) {
      issue("name", fmt::format("must be snake_case of at most {} characters", kFieldNameMax));
    }
    field_.name = *name;
  }

  void read_type() {
    if (!find("type")) return issue("type", "is required");
    const auto name = text("type");
    if (!name) return;
    if (*name == "file" || *name == "image") {
      return issue("type", fmt::format("{} is not supported: files are not kept here; keep them "
                                       "elsewhere and their address in a field of the type url",
                                       *name));
    }
    const auto type = field_type_of(*name);
    if (!type) return issue("type", fmt::format("must be one of {}", field_type_names()));
    field_.type = *type;
    type_known_ = true;
  }

  bool flag(std::string_view rule) {
    const auto value = find(rule);
    if (!value) return false;
    const auto on = value->as_bool();
    // A text comes from RULE:VALUE.
    if (!on) issue(rule, "takes no value: it is true or false");
    return on.value_or(false);
  }

  void read_flags() {
    field_.required = flag("required");
    if (flag("nullable") && field_.required) issue("nullable", "contradicts required");
    field_.unique = flag("unique");
    field_.indexed = flag("index") || field_.unique;
    if (!field_.indexed) return;
    const std::string_view rule = field_.unique ? "unique" : "index";
    if (field_.type == FieldType::kJson) issue(rule, "does not fit the type json");
    if (std::ranges::count(kListParameters, field_.name) != 0) {
      issue(rule, "does not fit the name: lists have a parameter of that name");
    }
  }

  void read_bounds() {
    for (const BoundRule& rule : kBoundRules) {
      if (const auto value = find(rule.name)) read_bound(rule, *value);
    }
  }

  void read_bound(const BoundRule& rule, JsonValue value) {
    const bool of_length = rule.name == "min" || rule.name == "max";
    if (!is_number(field_.type) && !(of_length && is_text(field_.type))) {
      return issue(rule.name, fmt::format("does not fit the type {}", name_of(field_.type)));
    }
    auto number =
        is_number(field_.type) ? bound_of_number(rule, value) : bound_of_length(rule, value);
    if (!number) return;
    for (const FieldBound& other : field_.bounds) {
      if (is_lower_bound(other.kind) == is_lower_bound(rule.kind)) {
        return issue(rule.name, is_lower_bound(rule.kind) ? "is a second lower bound"
                                                          : "is a second upper bound");
      }
    }
    field_.bounds.push_back({rule.kind, *std::move(number)});
    if (field_.bounds.size() == 2 && !leaves_room()) {
      issue(rule.name, "leaves no value: the lower bound is above the upper one");
    }
  }

  // A value of the type itself; in a text, too, where it comes from RULE:VALUE.
  std::optional<std::string> bound_of_number(const BoundRule& rule, JsonValue value) {
    Field bare;
    bare.type = field_.type;
    const auto as_text = value.as_string();
    const auto json = as_text ? read_value_of_text(bare, *as_text) : read_value(bare, value);
    if (json) return std::string(number_text(*json));
    issue(rule.name, as_text ? fmt::format("must be a number of the type {}", name_of(field_.type))
                             : json.error());
    return std::nullopt;
  }

  std::optional<std::string> bound_of_length(const BoundRule& rule, JsonValue value) {
    const std::string_view text = value.number_text().value_or(value.as_string().value_or(""));
    const std::size_t least = rule.kind == Kind::kAtMost ? 1 : 0;
    std::size_t most = characters_max(field_.type);
    if (find("regex")) most = std::min(most, kMatchedCharactersMax);
    const auto number = ExactDecimal::parse(text, {.whole = 9, .fraction = 0});
    std::string normal = number ? number->to_text() : "";
    std::size_t length = most + 1;
    std::from_chars(normal.data(), normal.data() + normal.size(), length);
    if (length >= least && length <= most) return normal;
    issue(rule.name,
          fmt::format("must be a count of characters from {} to {} for the type {}{}", least, most,
                      name_of(field_.type), find("regex") ? " with a regex" : ""));
    return std::nullopt;
  }

  bool leaves_room() const {
    const bool first_is_lower = is_lower_bound(field_.bounds[0].kind);
    const FieldBound& lower = field_.bounds[first_is_lower ? 0 : 1];
    const FieldBound& upper = field_.bounds[first_is_lower ? 1 : 0];
    const bool both_included = lower.kind == Kind::kAtLeast && upper.kind == Kind::kAtMost;
    const std::partial_ordering order = compare_numbers(field_.type, lower.number, upper.number);
    return order < 0 || (order == 0 && both_included);
  }

  void read_choices() {
    const auto choices = find("choices");
    if (field_.type != FieldType::kEnum) {
      if (choices) issue("choices", fmt::format("does not fit the type {}", name_of(field_.type)));
      return;
    }
    if (!choices) return issue("choices", "is required for the type enum");
    if (choices->kind() != JsonKind::kArray || choices->size() == 0 ||
        choices->size() > kChoicesMax) {
      return issue("choices", fmt::format("must be a list of 1 to {} strings", kChoicesMax));
    }
    for (const JsonValue choice : choices->elements()) {
      const std::string_view text = choice.as_string().value_or("");
      if (text.empty() || utf8_count(text) > kChoiceCharactersMax || has_control(text)) {
        return issue("choices", fmt::format("must be strings of 1 to {} characters without "
                                            "control characters",
                                            kChoiceCharactersMax));
      }
      if (std::ranges::count(field_.choices, text) != 0) {
        return issue("choices", fmt::format("has {} twice", text));
      }
      field_.choices.emplace_back(text);
    }
  }

  void read_foreign() {
    if (!find("foreign")) return;
    const auto target = text("foreign");
    if (!target) return;
    if (field_.type != FieldType::kInteger && field_.type != FieldType::kBigint) {
      return issue("foreign", fmt::format("does not fit the type {}: ids are integer or bigint",
                                          name_of(field_.type)));
    }
    const std::size_t dot = target->find('.');
    const std::string_view path = target->substr(0, dot);
    if (dot == target->npos || target->substr(dot + 1) != "id" || !is_snake_case(path)) {
      return issue("foreign", "must be the ids of a resource, such as invoices.id");
    }
    field_.foreign = path;
  }

  void read_regex() {
    if (!find("regex")) return;
    const auto pattern = text("regex");
    if (!pattern) return;
    if (!is_text(field_.type)) {
      return issue("regex", fmt::format("does not fit the type {}", name_of(field_.type)));
    }
    if (pattern->empty()) return issue("regex", "must not be empty");
    auto compiled = Regex::compile(*pattern);
    if (!compiled) return issue("regex", "must be a pattern of RE2: " + compiled.error());
    field_.regex = *pattern;
    field_.pattern = *std::move(compiled);
  }

  void read_default() {
    const auto value = definition_.find("default");
    if (!value) return;
    if (value->is_null()) {
      if (field_.required) issue("default", "must not be null: the field is required");
      return;
    }
    if (field_.unique) {
      return issue("default", "does not fit unique: a second row could not have it");
    }
    if (!field_.foreign.empty()) {
      return issue("default", "does not fit foreign: each tenant has rows of its own");
    }
    if (issues_.size() != issues_before_) return;  // The rules that it must fit are in doubt.
    auto json = read_value(field_, *value);
    if (!json) return issue("default", json.error());
    field_.default_json = *std::move(json);
  }

  void name_unknown() {
    constexpr std::string_view kRules[] = {
        "name", "type", "required", "nullable", "unique", "index",   "min",     "max",   "gt",
        "ge",   "gte",  "lt",       "le",       "lte",    "choices", "foreign", "regex", "default"};
    for (const auto& [name, value] : definition_.members()) {
      if (std::ranges::count(kRules, name) == 0) issue(name, "is not a known rule");
    }
  }

  void issue(std::string_view rule, std::string message) {
    issues_.push_back({rule_place(place_, rule), std::move(message)});
  }

  JsonValue definition_;
  std::string_view place_;
  std::vector<FieldIssue>& issues_;
  std::size_t issues_before_;
  bool type_known_ = false;
  Field field_;
};

// Of either form; reserved names are not looked at.
Field read_any_field(JsonValue value, std::string_view place, std::vector<FieldIssue>& issues) {
  const auto text = value.as_string();
  if (!text) return FieldReader(value, place, issues).read();
  const std::size_t before = issues.size();
  const std::string json = field_text_to_json(*text, place, issues);
  if (issues.size() != before) return {};
  JsonParser parser(json.size());
  const auto parsed = parser.parse(json);
  if (!parsed) {
    issues.push_back({std::string(place), "must be a field: " + describe(parsed.error())});
    return {};
  }
  return FieldReader(*parsed, place, issues).read();
}

void check_tenant_field(const Field& field, std::string_view place,
                        std::vector<FieldIssue>& issues) {
  if (field.type != FieldType::kInteger && field.type != FieldType::kBigint) {
    issues.push_back({rule_place(place, "type"), "must be integer for tenant_id"});
  }
  if (!field.foreign.empty() && field.foreign != "tenants") {
    issues.push_back({rule_place(place, "foreign"), "must be tenants.id for tenant_id"});
  }
}

}  // namespace

Field read_field(JsonValue value, std::string_view place, std::vector<FieldIssue>& issues) {
  Field field = read_any_field(value, place, issues);
  if (std::ranges::count(kReservedNames, field.name) != 0) {
    issues.push_back({rule_place(place, "name"), "is reserved: every row has it"});
  }
  return field;
}

Field read_first_field(JsonValue value, std::string_view place, std::vector<FieldIssue>& issues) {
  const std::size_t before = issues.size();
  Field field = read_any_field(value, place, issues);
  if (is_tenant_field(field)) {
    if (issues.size() == before) check_tenant_field(field, place, issues);
  } else if (std::ranges::count(kReservedNames, field.name) != 0) {
    issues.push_back({rule_place(place, "name"), "is reserved: every row has it"});
  }
  return field;
}

Field field_from_text(std::string_view text, std::string_view place,
                      std::vector<FieldIssue>& issues) {
  std::string json;
  append_json_string(json, text);
  JsonParser parser(json.size());
  const auto value = parser.parse(json);
  return read_field(*value, place, issues);
}

bool is_tenant_field(const Field& field) noexcept {
  return field.name == "tenant_id";
}

bool is_snake_case(std::string_view text) noexcept {
  if (text.empty() || text.size() > kFieldNameMax) return false;
  if (text.front() < 'a' || text.front() > 'z') return false;
  bool word = false;  // Whether the character before was a letter or digit.
  for (const char c : text) {
    const bool part = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!part && (c != '_' || !word)) return false;
    word = part;
  }
  return word;
}

}  // namespace core
