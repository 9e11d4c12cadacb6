// Reading JSON (RFC 8259). Writing is in core/base/json_writer.h, included here for convenience.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/json_writer.h"

namespace core {

enum class JsonKind : std::uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

// "null", "boolean", "number", "string", "array", "object": for messages.
std::string_view name_of(JsonKind kind) noexcept;

// Why and where a text was refused.
struct JsonError {
  std::size_t offset =
      0;                 // Of the first offending byte; the size of the text if it ends too early.
  std::size_t line = 1;  // From 1.
  std::size_t column = 1;  // From 1, in characters.
  std::string reason;      // "expected ',' or '}'"; printable, at most about 150 bytes.
};

// "expected ',' or '}' at line 1, column 9 (byte 8)".
std::string describe(const JsonError& error);

namespace detail {

// Values lie in one array in the order of the text, each before what is in it; an object's members
// are a string node, the name, and a value node in turns.
struct JsonNode {
  const char* text;    // String: unescaped. Number: as it was written. Others: null.
  std::uint32_t size;  // String, number: bytes. Array: elements. Object: members. Boolean: 0 or 1.
  std::uint32_t extent : 29;  // Nodes of this value with all that is in it.
  std::uint32_t kind : 3;
};

inline constexpr JsonNode kJsonNull{nullptr, 0, 1, 0};

}  // namespace detail

// Forward iteration over what a container holds; Item is JsonValue or JsonMember.
template <typename Item>
class JsonRange;
struct JsonMember;

// A view of one parsed value: a word that is copied freely. It and every text that it gives are
// valid until the next parse() of its parser, or the parser's end; any thread may read until then.
// An accessor of another kind than kind() gives nothing: none of them fails.
class JsonValue {
 public:
  // Null.
  JsonValue() noexcept : node_(&detail::kJsonNull) {}

  // For the parser and the ranges.
  explicit JsonValue(const detail::JsonNode* node) noexcept : node_(node) {}

  JsonKind kind() const noexcept { return static_cast<JsonKind>(node_->kind); }
  bool is_null() const noexcept { return kind() == JsonKind::kNull; }

  std::optional<bool> as_bool() const noexcept;

  // A number written without fraction and exponent that fits; 1.0 and 1e3 are not integers here.
  std::optional<std::int64_t> as_int64() const noexcept;

  // The nearest double. Nothing where it would be infinite (1e400).
  std::optional<double> as_double() const noexcept;

  std::optional<std::string_view> as_string() const noexcept;

  // A number exactly as the client wrote it, of any size and precision.
  std::optional<std::string_view> number_text() const noexcept;

  // Elements of an array or members of an object; 0 for others.
  std::size_t size() const noexcept;

  // In the order of the text; empty for any other kind.
  //   for (const JsonValue element : value.elements()) ...
  //   for (const auto& [name, member] : value.members()) ...
  JsonRange<JsonValue> elements() const noexcept;
  JsonRange<JsonMember> members() const noexcept;

  // The member of that name; nothing where there is none, or this isn't an object. Linear.
  std::optional<JsonValue> find(std::string_view name) const noexcept;

  // Appends the value as compact JSON: the same value for every reader, numbers as they were
  // written, members in their order, strings with the fewest escapes.
  void append_to(std::string& out) const;
  std::string minify() const;

 private:
  const detail::JsonNode* node_;
};

struct JsonMember {
  std::string_view name;  // Unescaped, as as_string().
  JsonValue value;
};

// Reads one JSON text at a time, strictly: RFC 8259, UTF-8 without a byte order mark, nothing but
// white space around the value. Names are unique within their object: readers that differ on which
// of two counts have been used to slip past checks, so a second one is refused.
//
// Owns:   a copy of the text, so that the argument of parse() may go at once.
// Shared: one thread; one per thread is the way to use it.
// Bound:  texts of `capacity_bytes`, kDepthMax levels. Memory grows with the texts, to at most
//         about 16 times the longest, and what is above kKeptTextBytes of it is given back
//         when a text comes that doesn't need it.
class JsonParser {
 public:
  static constexpr int kDepthMax = 64;
  static constexpr std::size_t kKeptTextBytes = 64 * 1024;
  static constexpr std::size_t kCapacityBytesMax = 256 * 1024 * 1024;

  // Requires: capacity_bytes <= kCapacityBytesMax.
  explicit JsonParser(std::size_t capacity_bytes);
  ~JsonParser();
  JsonParser(const JsonParser&) = delete;
  JsonParser& operator=(const JsonParser&) = delete;

  // Ends the life of all values of the parse before, also when it fails.
  std::expected<JsonValue, JsonError> parse(std::string_view text);

 private:
  class Tree;
  std::size_t capacity_bytes_;
  std::unique_ptr<Tree> tree_;
};

template <typename Item>
class JsonRange {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Item;
    using difference_type = std::ptrdiff_t;
    using pointer = void;
    using reference = Item;

    Iterator() = default;
    explicit Iterator(const detail::JsonNode* at) noexcept : at_(at) {}

    Item operator*() const noexcept {
      if constexpr (std::same_as<Item, JsonMember>) {
        return {{at_->text, at_->size}, JsonValue(at_ + 1)};
      } else {
        return JsonValue(at_);
      }
    }
    Iterator& operator++() noexcept {
      if constexpr (std::same_as<Item, JsonMember>) ++at_;  // Past the name.
      at_ += at_->extent;
      return *this;
    }
    Iterator operator++(int) noexcept {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const detail::JsonNode* at_ = nullptr;
  };

  JsonRange(const detail::JsonNode* first, const detail::JsonNode* last) noexcept
      : first_(first), last_(last) {}
  Iterator begin() const noexcept { return Iterator(first_); }
  Iterator end() const noexcept { return Iterator(last_); }

 private:
  const detail::JsonNode* first_;
  const detail::JsonNode* last_;
};

}  // namespace core
