#include "tools/cli/body_flags.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "core/base/json.h"

namespace tollgate {
namespace {

constexpr std::size_t kJsonBytesMax = std::size_t{1} << 20;

bool is_integer(std::string_view text) noexcept {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && (text.size() == 1 || text[0] != '0') &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// What CLI11 prints behind the flag's name; empty if the value fits.
std::string check_integer(const std::string& text) {
  return is_integer(text) ? "" : "\"" + text + "\" is not an integer";
}

std::string check_json(const std::string& text) {
  core::JsonParser parser(kJsonBytesMax);
  const auto parsed = parser.parse(text);
  return parsed ? "" : "not JSON: " + core::describe(parsed.error());
}

}  // namespace

BodyFlags::Entry& BodyFlags::add(Kind kind, const Flag& flag) {
  return entries_.emplace_back(Entry{.kind = kind, .flag = flag});
}

BodyFlags& BodyFlags::text(const Flag& flag) {
  Entry& entry = add(Kind::kText, flag);
  entry.option = command_.add_option(flag.names, entry.text, flag.help);
  return *this;
}

BodyFlags& BodyFlags::integer(const Flag& flag) {
  Entry& entry = add(Kind::kInteger, flag);
  entry.option = command_.add_option(flag.names, entry.text, flag.help)
                     ->check([word = flag.null_word](const std::string& text) {
                       return !word.empty() && text == word ? "" : check_integer(text);
                     });
  return *this;
}

BodyFlags& BodyFlags::json(const Flag& flag) {
  Entry& entry = add(Kind::kJson, flag);
  entry.option = command_.add_option(flag.names, entry.text, flag.help)
                     ->check([word = flag.null_word](const std::string& text) {
                       return !word.empty() && text == word ? "" : check_json(text);
                     });
  return *this;
}

BodyFlags& BodyFlags::list(const Flag& flag) {
  Entry& entry = add(Kind::kList, flag);
  entry.option = command_.add_option(flag.names, entry.texts, flag.help)->expected(1)->take_all();
  return *this;
}

BodyFlags& BodyFlags::boolean(const Flag& flag) {
  Entry& entry = add(Kind::kBoolean, flag);
  entry.option = command_.add_flag(flag.names, entry.boolean, flag.help);
  return *this;
}

void BodyFlags::set(std::string_view field, std::string json) {
  fixed_.push_back({std::string(field), std::move(json)});
}

bool BodyFlags::empty() const {
  return fixed_.empty() && std::ranges::all_of(entries_, [](const Entry& entry) {
           return entry.option->count() == 0;
         });
}

std::string BodyFlags::value_of(const Entry& entry) {
  if (!entry.flag.null_word.empty() && entry.text == entry.flag.null_word) return "null";
  std::string value;
  core::JsonWriter json(value);
  switch (entry.kind) {
    case Kind::kText:
      json.string(entry.text);
      break;
    case Kind::kInteger:
    case Kind::kJson:
      json.raw(entry.text);
      break;
    case Kind::kBoolean:
      json.boolean(entry.boolean);
      break;
    case Kind::kList:
      json.begin_array();
      for (std::string_view rest : entry.texts) {
        while (!rest.empty()) {
          const std::string_view element = rest.substr(0, rest.find(','));
          json.string(element);
          rest.remove_prefix(std::min(rest.size(), element.size() + 1));
        }
      }
      json.end_array();
      break;
  }
  return value;
}

std::string BodyFlags::body() const {
  std::string body;
  core::JsonWriter json(body);
  json.begin_object();
  for (const Fixed& fixed : fixed_) json.key(fixed.field).raw(fixed.json);
  for (const Entry& entry : entries_) {
    if (entry.option->count() > 0) json.key(entry.flag.field).raw(value_of(entry));
  }
  json.end_object();
  return body;
}

}  // namespace tollgate
