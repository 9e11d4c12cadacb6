// Writing JSON (RFC 8259). Reading is in core/base/json.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace core {

// Appends `text` as a JSON string with its quotes. Valid UTF-8 passes as it is; quotes, backslashes
// and control characters are escaped; each byte that is not UTF-8 becomes U+FFFD. So the result is
// always one valid JSON string without a line break, whatever bytes come in: hostile paths and
// header values may be logged through it.
void append_json_string(std::string& out, std::string_view text);

// Appends one JSON value to a string, without spaces:
//
//   JsonWriter json(out);
//   json.begin_object().key("success").boolean(true).key("data").begin_array();
//   for (const Row& row : rows) json.int64(row.id);
//   json.end_array().end_object();
//
// Commas and colons are its business. It can't make invalid JSON: a call that would (two names in a
// row, a value without a name in an object, an end that doesn't match) is a broken invariant:
// CHECK.
//
// Owns:   nothing; `out` must outlive it. Its capacity is the caller's to reserve.
// Shared: one thread.
// Bound:  kDepthMax levels of objects and arrays; deeper is a broken invariant. What has a depth
//         that a client chose goes in through raw().
class JsonWriter {
 public:
  static constexpr int kDepthMax = 64;

  explicit JsonWriter(std::string& out) noexcept : out_(out) {}
  JsonWriter(const JsonWriter&) = delete;
  JsonWriter& operator=(const JsonWriter&) = delete;

  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();

  // The name of the next member; only inside an object, and followed by exactly one value. Names
  // are the caller's to keep different.
  JsonWriter& key(std::string_view name);

  JsonWriter& string(std::string_view text);
  JsonWriter& int64(std::int64_t value);
  JsonWriter& uint64(std::uint64_t value);

  // The shortest text that reads back as the same double. JSON has no infinity and no NaN: they
  // are written as null.
  JsonWriter& float64(double value);

  JsonWriter& boolean(bool value);
  JsonWriter& null();

  // A value that is JSON already: stored metadata, the output of JsonValue::minify() or of another
  // writer. It is not checked, only that it isn't empty.
  JsonWriter& raw(std::string_view json);

  // Whether exactly one whole value has been written.
  bool complete() const noexcept { return depth_ == 0 && !needs_value_ && begun_; }

 private:
  void before_value();
  JsonWriter& begin(char bracket, bool object);
  JsonWriter& end(char bracket, bool object);
  bool in_object() const noexcept { return (objects_ & 1) != 0; }

  std::string& out_;
  std::uint64_t objects_ = 0;  // The lowest bit: is the innermost level an object? Then outwards.
  int depth_ = 0;
  bool begun_ = false;        // The innermost level, or the text, has something in it.
  bool needs_value_ = false;  // A name was written.
};

}  // namespace core
