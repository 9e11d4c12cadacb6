#include "core/service/field_text.h"

#include <algorithm>
#include <optional>

#include "core/base/json.h"
#include "core/domain/resource_schema.h"

namespace core {
namespace {

// The bytes of the JSON value that `text` begins with, by its quotes and brackets: a string, array
// or object. Whether it is well-formed is seen by who reads it.
std::size_t json_extent(std::string_view text) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
    if (depth == 0 && !in_string) return i + 1;
  }
  return text.size();
}

// Types whose values are no JSON strings.
bool is_bare(std::string_view type_name) {
  const auto type = field_type_of(type_name);
  return type && (is_number(*type) || *type == FieldType::kBoolean || *type == FieldType::kJson);
}

struct Rule {
  std::string_view name;
  std::optional<std::string_view> value;
};

// Takes the rule that `rest` begins with, and the ',' behind it.
Rule take_rule(std::string_view& rest) {
  Rule rule;
  rule.name = rest.substr(0, rest.find_first_of(":,"));
  rest.remove_prefix(rule.name.size());
  if (rest.starts_with(':')) {
    rest.remove_prefix(1);
    std::size_t end = rest.size();
    if (rule.name == "default" && !rest.empty() && std::string_view("[{\"").contains(rest[0])) {
      end = json_extent(rest);
      end += std::min(rest.substr(end).find(','), rest.size() - end);
    } else if (rule.name != "regex") {
      end = std::min(rest.find(','), rest.size());
    }
    rule.value = rest.substr(0, end);
    rest.remove_prefix(end);
  }
  return rule;
}

class FieldText {
 public:
  FieldText(std::string_view place, std::vector<FieldIssue>& issues)
      : place_(place), issues_(issues), json_(out_) {
    json_.begin_object();
  }

  std::string convert(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == text.npos) {
      issue("", "must be NAME:TYPE or NAME:TYPE:RULES, such as amount:decimal:required,ge:0");
      json_.end_object();
      return std::move(out_);
    }
    std::string_view rest = text.substr(colon + 1);
    type_ = rest.substr(0, rest.find(':'));
    rest.remove_prefix(type_.size());
    json_.key("name").string(text.substr(0, colon)).key("type").string(type_);
    while (!rest.empty()) {
      rest.remove_prefix(1);  // ':' before the first, ',' before the others.
      write(take_rule(rest));
    }
    json_.end_object();
    return std::move(out_);
  }

 private:
  void write(const Rule& rule) {
    if (rule.name.empty()) return issue("", "has an empty rule");
    if (rule.name == "name" || rule.name == "type") return issue(rule.name, "is not a known rule");
    if (std::ranges::count(written_, rule.name) != 0) return issue(rule.name, "is there twice");
    written_.push_back(rule.name);
    if (!rule.value) {
      json_.key(rule.name).boolean(true);
    } else if (rule.name == "choices") {
      write_choices(*rule.value);
    } else if (rule.name == "default") {
      write_default(*rule.value);
    } else {
      json_.key(rule.name).string(*rule.value);
    }
  }

  void write_choices(std::string_view value) {
    json_.key("choices").begin_array();
    while (true) {
      const std::size_t end = std::min(value.find('|'), value.size());
      json_.string(value.substr(0, end));
      if (end == value.size()) break;
      value.remove_prefix(end + 1);
    }
    json_.end_array();
  }

  // JSON where the type's values are no strings, or where the text says so by a quote.
  void write_default(std::string_view value) {
    JsonParser parser(value.size() + 1);
    const bool bare = is_bare(type_);
    if (!bare && !value.starts_with('"')) {
      json_.key("default").string(value);
    } else if (const auto parsed = parser.parse(value)) {
      json_.key("default").raw(parsed->minify());
    } else {
      issue("default", "must be JSON: " + describe(parsed.error()));
    }
  }

  void issue(std::string_view rule, std::string message) {
    issues_.push_back({rule_place(place_, rule), std::move(message)});
  }

  std::string_view place_;
  std::vector<FieldIssue>& issues_;
  std::string out_;
  JsonWriter json_;
  std::string_view type_;
  std::vector<std::string_view> written_;
};

}  // namespace

std::string field_text_to_json(std::string_view text, std::string_view place,
                               std::vector<FieldIssue>& issues) {
  return FieldText(place, issues).convert(text);
}

std::string rule_place(std::string_view place, std::string_view rule) {
  std::string full(place);
  if (!place.empty() && !rule.empty()) full += '.';
  return full.append(rule);
}

}  // namespace core
