#include "net/openapi_field.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/decimal.h"
#include "net/openapi_pattern.h"

namespace net {
namespace {

using core::FieldBound;
using core::FieldType;

// One member of a schema: its name, and its value as JSON. An empty name: none.
struct Keyword {
  std::string_view name;
  std::string_view json;
};

// How a type is said in one place. `types` is a JSON type, or several joined by '|'.
struct TypeForm {
  std::string_view types;
  std::array<Keyword, 3> rules;
};

struct TypeForms {
  TypeForm sent;
  TypeForm accepted;
};

constexpr TypeForm kString{"string", {}};
constexpr TypeForm kInteger{
    "integer", {{{"format", R"("int32")"}, {"minimum", "-2147483648"}, {"maximum", "2147483647"}}}};
constexpr Keyword kInt64Min{"minimum", "-9223372036854775808"};
constexpr Keyword kInt64Max{"maximum", "9223372036854775807"};
constexpr TypeForm kDouble{"number", {{{"format", R"("double")"}}}};
constexpr Keyword kDecimal{"format", R"("decimal")"};
constexpr TypeForm kNumberOrText{
    "string|number", {{{"pattern", R"("^-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][-+]?[0-9]+)?$")"}}}};
constexpr TypeForm kDatetime{"string", {{{"format", R"("date-time")"}}}};
constexpr TypeForm kDate{"string", {{{"format", R"("date")"}}}};
// Not "time", which wants an offset.
constexpr TypeForm kTime{
    "string",
    {{{"format", R"("time-local")"},
      {"pattern", R"("^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?$")"}}}};
constexpr TypeForm kEmail{"string", {{{"format", R"("email")"}}}};
constexpr TypeForm kUrl{"string",
                        {{{"format", R"("uri")"}, {"pattern", R"("^[hH][tT][tT][pP][sS]?://")"}}}};
constexpr TypeForm kUuid{"string", {{{"format", R"("uuid")"}}}};
constexpr TypeForm kAnything{"object|array|string|number|boolean", {}};
constexpr TypeForm kSlug{"string", {{{"pattern", R"("^[a-z0-9]+(-[a-z0-9]+)*$")"}}}};
constexpr TypeForm kIp{"string", {{{"anyOf", R"([{"format":"ipv4"},{"format":"ipv6"}])"}}}};

// In the order of FieldType.
constexpr std::array<TypeForms, 21> kForms = {{
    {kString, kString},
    {kString, kString},
    {kInteger, kInteger},
    {{"integer", {{{"format", R"("int64")"}, kInt64Min, kInt64Max}}},
     {"integer|string", {{{"pattern", R"("^-?[0-9]{1,19}$")"}, kInt64Min, kInt64Max}}}},
    {kDouble, kDouble},
    {{"string", {{kDecimal, {"pattern", R"("^-?[0-9]{1,20}(\\.[0-9]{1,18})?$")"}}}}, kNumberOrText},
    {{"string", {{kDecimal, {"pattern", R"("^-?[0-9]{1,15}\\.[0-9]{2,4}$")"}}}}, kNumberOrText},
    {{"string", {{kDecimal, {"pattern", R"("^-?[0-9]{1,5}(\\.[0-9]{1,4})?$")"}}}}, kNumberOrText},
    {{"boolean", {}}, {"boolean", {}}},
    {kDatetime, kDatetime},
    {kDate, kDate},
    {kTime, kTime},
    {kEmail, kEmail},
    {kUrl, kUrl},
    {kUuid, kUuid},
    {kAnything, kAnything},
    {{"string", {{{"pattern", R"("^\\+?[0-9]{3,15}$")"}}}},
     {"string", {{{"pattern", R"("^\\+?[-0-9 .()]+$")"}}}}},
    {kSlug, kSlug},
    {kIp, kIp},
    {{"string", {{{"pattern", R"("^#[0-9a-f]{6}$")"}}}},
     {"string", {{{"pattern", R"("^#[0-9a-fA-F]{6}$")"}}}}},
    {kString, kString},
}};
static_assert(kForms.size() == static_cast<std::size_t>(FieldType::kEnum) + 1);

// In the order of FieldBound::Kind.
struct BoundWords {
  std::string_view keyword;
  std::string_view replaces;  // The bound of the type, which this one makes needless.
  std::string_view words;
};
constexpr std::array<BoundWords, 4> kBoundWords = {{
    {"minimum", "minimum", "At least"},
    {"exclusiveMinimum", "minimum", "More than"},
    {"maximum", "maximum", "At most"},
    {"exclusiveMaximum", "maximum", "Less than"},
}};

class FieldWriter {
 public:
  FieldWriter(core::JsonWriter& json, const core::Field& field, FieldUse use)
      : json_(json), field_(field), use_(use), is_sent_(use == FieldUse::kSent) {}

  void write() {
    const TypeForms& forms = kForms[static_cast<std::size_t>(field_.type)];
    const TypeForm& form = is_sent_ ? forms.sent : forms.accepted;
    for (const Keyword& rule : form.rules) {
      if (!rule.name.empty()) set(rule.name, std::string(rule.json));
    }
    if (core::is_number(field_.type)) take_bounds();
    if (!field_.regex.empty()) take_regex();
    if (use_ != FieldUse::kFilter) note_meaning();

    json_.begin_object();
    write_types(form.types);
    for (const auto& [name, value] : rules_) json_.key(name).raw(value);
    if (core::is_text(field_.type)) write_lengths();
    if (!field_.choices.empty()) write_choices();
    if (use_ == FieldUse::kWritten && field_.default_json) {
      json_.key("default").raw(*field_.default_json);
    }
    if (!notes_.empty()) json_.key("description").string(notes_);
    json_.end_object();
  }

 private:
  bool may_be_null() const { return !field_.required && use_ != FieldUse::kFilter; }

  void set(std::string_view name, std::string json) { rules_.emplace_back(name, std::move(json)); }

  void write_types(std::string_view types) {
    json_.key("type");
    const bool several = types.contains('|') || may_be_null();
    if (several) json_.begin_array();
    while (!types.empty()) {
      const std::string_view type = types.substr(0, types.find('|'));
      types.remove_prefix(std::min(types.size(), type.size() + 1));
      json_.string(type);
    }
    if (may_be_null()) json_.string("null");
    if (several) json_.end_array();
  }

  // JSON Schema compares numbers only: for those in strings the bound is told.
  void take_bounds() {
    const bool is_sent_as_text = field_.type >= FieldType::kDecimal;
    const bool may_be_text = is_sent_as_text || (field_.type == FieldType::kBigint && !is_sent_);
    for (const FieldBound& bound : field_.bounds) {
      const BoundWords& words = kBoundWords[static_cast<std::size_t>(bound.kind)];
      if (may_be_text) note(fmt::format("{} {}", words.words, bound.number));
      if (is_sent_as_text && is_sent_) continue;
      std::erase_if(rules_, [&](const auto& rule) { return rule.first == words.replaces; });
      set(words.keyword, bound.number);
    }
  }

  // A pattern is of the normal form: where other forms are accepted, or where the type has a
  // pattern of its own, it is only told.
  void take_regex() {
    const bool is_normal = is_sent_ || field_.type == FieldType::kString ||
                           field_.type == FieldType::kText || field_.type == FieldType::kSlug;
    const bool has_pattern =
        std::ranges::any_of(rules_, [](const auto& rule) { return rule.first == "pattern"; });
    const auto pattern = ecma_pattern(field_.regex);
    if (!is_normal || has_pattern || !pattern) {
      return note(fmt::format("The whole text matches the RE2 pattern {}", field_.regex));
    }
    std::string quoted;
    core::append_json_string(quoted, *pattern);
    set("pattern", std::move(quoted));
  }

  // Lengths are of the normal form; a telephone number may be sent with separators.
  void write_lengths() {
    const bool may_be_longer = field_.type == FieldType::kPhone && !is_sent_;
    std::uint64_t least = field_.required ? 1 : 0;
    std::uint64_t most = core::characters_max(field_.type);
    if (field_.pattern) most = std::min<std::uint64_t>(most, core::kMatchedCharactersMax);
    for (const FieldBound& bound : field_.bounds) {
      const std::uint64_t number = core::parse_decimal(bound.number).value_or(0);
      if (bound.kind == FieldBound::Kind::kAtLeast) least = std::max(least, number);
      if (bound.kind == FieldBound::Kind::kAtMost && !may_be_longer) most = std::min(most, number);
    }
    if (least > 0) json_.key("minLength").uint64(least);
    json_.key("maxLength").uint64(most);
  }

  void write_choices() {
    json_.key("enum").begin_array();
    for (const std::string& choice : field_.choices) json_.string(choice);
    if (may_be_null()) json_.null();
    json_.end_array();
  }

  void note_meaning() {
    if (field_.unique) note("Unique among the tenant's rows that are not deleted");
    if (field_.foreign == "tenants") {
      note("The id of the tenant itself");
    } else if (field_.foreign == "api_keys" || field_.foreign == "keys") {
      note("The id of a key of the tenant");
    } else if (!field_.foreign.empty()) {
      note(fmt::format("The id of a row of /api/{}", field_.foreign));
    }
  }

  void note(std::string_view sentence) {
    if (!notes_.empty()) notes_ += ' ';
    notes_ += sentence;
    notes_ += '.';
  }

  core::JsonWriter& json_;
  const core::Field& field_;
  const FieldUse use_;
  const bool is_sent_;
  std::vector<std::pair<std::string_view, std::string>> rules_;  // By name, as JSON.
  std::string notes_;
};

}  // namespace

void write_field_schema(core::JsonWriter& json, const core::Field& field, FieldUse use) {
  FieldWriter(json, field, use).write();
}

}  // namespace net
