// Reads a JSON object as the fields of a resource: checks types and rules, and names every field
// that does not fit, so that one answer tells a client all that is wrong.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/json.h"
#include "core/base/time.h"

namespace core {

// What is wrong with one field. `field` is its name as sent, "" for the body as a whole.
struct FieldIssue {
  std::string field;
  std::string message;
};

// The body being read. Every field is asked for by name; finish() then names those that nobody
// asked for.
class Form {
 public:
  // What `body` views must outlive the form. Anything but an object is one issue.
  explicit Form(JsonValue body);

  struct Text {
    std::size_t characters_min = 1;
    std::size_t characters_max = 100;  // Unicode code points.
  };
  struct Integer {
    std::int64_t min = 0;
    std::int64_t max = 0;
  };

  // Nothing if the field is absent or does not fit (then an issue was noted).
  std::optional<std::string> text(std::string_view name, const Text& rule);
  // The same without a copy: views what the body views.
  std::optional<std::string_view> text_view(std::string_view name, const Text& rule);
  std::optional<bool> boolean(std::string_view name);
  std::optional<std::int64_t> integer(std::string_view name, const Integer& rule);
  std::optional<WallMicros> datetime(std::string_view name);
  std::optional<std::vector<std::string>> texts(std::string_view name, std::size_t count_max);
  // A list of anything. Views what the body views.
  std::optional<JsonValue> list(std::string_view name);
  // Any JSON value, compact.
  std::optional<std::string> json(std::string_view name, std::size_t bytes_max);

  // Whether the field is there and is null. It is then known, and no value is read from it.
  bool is_null(std::string_view name);
  bool has(std::string_view name) const;

  void require(std::string_view name);
  void issue(std::string_view field, std::string message);

  // All issues, unknown fields among them. Empty: the form is good.
  std::vector<FieldIssue> finish();

 private:
  std::optional<JsonValue> take(std::string_view name);
  void mistyped(std::string_view name, std::string_view expected, JsonValue value);

  JsonValue body_;
  std::vector<std::string_view> known_;
  std::vector<FieldIssue> issues_;
};

// [{"field":"name","message":"is required"}]
std::string to_json(const std::vector<FieldIssue>& issues);

}  // namespace core
