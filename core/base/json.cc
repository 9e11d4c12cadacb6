#include "core/base/json.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <memory>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/base/decimal.h"
#include "core/base/json_fault.h"

namespace core {
namespace {

namespace ondemand = simdjson::ondemand;
using detail::JsonNode;

std::string_view trim_end(std::string_view text) noexcept {
  return text.substr(0, text.find_last_not_of(" \n\r\t") + 1);  // npos + 1 is 0.
}

// From the first byte of a value to the next structural character. Empty on failure.
std::string_view token_of(ondemand::value& value) noexcept {
  return trim_end(value.raw_json_token());
}

// How a text of this many bytes is rounded up, so that buffers grow a few times and no more.
std::size_t capacity_for(std::size_t bytes) noexcept {
  constexpr std::size_t kCapacityBytesMin = 4096;
  return std::bit_ceil(std::max(bytes, kCapacityBytesMin));
}

JsonError make_error(std::string_view text, std::size_t offset, std::string reason) {
  JsonError error{offset, 1, 1, std::move(reason)};
  for (const char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++error.line;
      error.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
      ++error.column;  // Only the first byte of a character counts.
    }
  }
  return error;
}

// At most 64 bytes of a name, quoted and printable.
std::string quote_name(std::string_view name) {
  constexpr std::size_t kShownBytesMax = 64;
  std::string quoted;
  std::size_t shown = std::min(name.size(), kShownBytesMax);
  if (shown < name.size()) {
    while (shown > 0 && (static_cast<unsigned char>(name[shown]) & 0xC0) == 0x80) --shown;
  }
  append_json_string(quoted, name.substr(0, shown));
  if (shown < name.size()) quoted += "...";
  return quoted;
}

}  // namespace

// The nodes of one text, and all the memory that they point into.
//
// simdjson finds the structure, checks UTF-8 and unescapes; this walks what it found, once and in
// order, and keeps what simdjson's own tree (its DOM) loses: how numbers were written.
class JsonParser::Tree {
 public:
  struct Name {
    std::string_view text;
    std::size_t offset;  // Of its opening quote.
  };

  // False if `text` is refused; duplicate() tells whether that is for a name that is there twice.
  bool build(std::string_view text) {
    nodes_.clear();
    names_.clear();
    duplicate_.reset();
    if (!take(text)) return false;
    ondemand::document document;
    const std::size_t padded_bytes = text.size() + simdjson::SIMDJSON_PADDING;
    if (parser_.iterate(input_.get(), text.size(), padded_bytes).get(document)) return false;
    std::string_view token;
    if (document.raw_json_token().get(token)) return false;
    const char* const first = token.data();
    token = trim_end({first, text_end_});  // A lone scalar must be all of the text.
    if (!append(document, token, kDepthMax)) return false;
    return reached_end(document, token);
  }

  const JsonNode* root() const noexcept { return nodes_.data(); }
  const std::optional<Name>& duplicate() const noexcept { return duplicate_; }
  std::size_t capacity_bytes() const noexcept { return capacity_bytes_; }

 private:
  // Copies the text to where simdjson may read past its end. The padding is zeros, so that no
  // bracket in it can close a text that is cut short.
  bool take(std::string_view text) {
    if (text.size() > capacity_bytes_ || !input_) {
      const std::size_t capacity = capacity_for(text.size());
      if (parser_.allocate(capacity)) return false;
      input_ = std::make_unique_for_overwrite<char[]>(capacity + simdjson::SIMDJSON_PADDING);
      capacity_bytes_ = capacity;
    }
    if (!text.empty()) std::memcpy(input_.get(), text.data(), text.size());
    text_end_ = input_.get() + text.size();
    std::memset(text_end_, 0, simdjson::SIMDJSON_PADDING);
    return true;
  }

  bool reached_end(ondemand::document& document, std::string_view token) const noexcept {
    switch (JsonValue(root()).kind()) {
      case JsonKind::kArray:
      case JsonKind::kObject:
        return document.current_location().error() == simdjson::OUT_OF_BOUNDS;  // Nothing is left.
      case JsonKind::kString:
        return json_string_length(token) == token.size();
      default:
        return true;  // append() looked at the whole token.
    }
  }

  // `element` is an ondemand::value or the document; `token` is its text if it is a scalar.
  template <typename Element>
  bool append(Element& element, std::string_view token, int depth_left) {
    ondemand::json_type type;
    if (element.type().get(type)) return false;
    switch (type) {
      case ondemand::json_type::array:
        return depth_left > 0 && append_array(element, depth_left - 1);
      case ondemand::json_type::object:
        return depth_left > 0 && append_object(element, depth_left - 1);
      case ondemand::json_type::string:
        return append_text(element, token);
      case ondemand::json_type::number:
        add(JsonKind::kNumber, token);
        return json_number_length(token) == token.size();
      case ondemand::json_type::boolean:
        add(JsonKind::kBool, {});
        nodes_.back().size = token == "true";
        return token == "true" || token == "false";
      case ondemand::json_type::null:
        add(JsonKind::kNull, {});
        return token == "null";
    }
    return false;
  }

  template <typename Element>
  bool append_text(Element& element, std::string_view token) {
    std::string_view text;
    if (element.get_string().get(text)) return false;
    return append_string(text, token);
  }

  // `text` is what simdjson unescaped, `source` begins with the string as it was written.
  bool append_string(std::string_view text, std::string_view source) {
    add(JsonKind::kString, text);
    // A text of n bytes has its first escape, if any, in the first n bytes. simdjson lets some
    // lone surrogates through, so that escapes are checked again.
    const bool escaped = source.substr(1, text.size()).find('\\') != std::string_view::npos;
    return !escaped || json_string_length(source) > 0;
  }

  template <typename Element>
  bool append_array(Element& element, int depth_left) {
    ondemand::array array;
    if (element.get_array().get(array)) return false;
    const std::size_t node = open(JsonKind::kArray);
    std::uint32_t count = 0;
    for (auto item : array) {
      ondemand::value value;
      if (std::move(item).get(value)) return false;
      if (!append(value, token_of(value), depth_left)) return false;
      ++count;
    }
    close(node, count);
    return true;
  }

  template <typename Element>
  bool append_object(Element& element, int depth_left) {
    ondemand::object object;
    if (element.get_object().get(object)) return false;
    const std::size_t node = open(JsonKind::kObject);
    const std::size_t first_name = names_.size();
    for (auto item : object) {
      ondemand::field field;
      if (std::move(item).get(field)) return false;
      const char* const source = field.key().raw() - 1;  // With the quote.
      std::string_view name;
      if (field.unescaped_key().get(name)) return false;
      if (!append_string(name, {source, text_end_})) return false;
      names_.push_back({name, static_cast<std::size_t>(source - input_.get())});
      ondemand::value& value = field.value();
      if (!append(value, token_of(value), depth_left)) return false;
    }
    close(node, static_cast<std::uint32_t>(names_.size() - first_name));
    return take_unique_names(first_name);
  }

  void add(JsonKind kind, std::string_view text) {
    nodes_.push_back({text.data(), static_cast<std::uint32_t>(text.size()), 1,
                      static_cast<std::uint32_t>(kind)});
  }

  std::size_t open(JsonKind kind) {
    add(kind, {});
    return nodes_.size() - 1;
  }

  void close(std::size_t node, std::uint32_t count) noexcept {
    nodes_[node].size = count;
    nodes_[node].extent = (nodes_.size() - node) & ((1U << 29) - 1);
  }

  // Removes the names from `first` on; false if one is there twice. Sorted, so that an object of
  // many names costs no more than its share.
  bool take_unique_names(std::size_t first) {
    const auto names = std::span(names_).subspan(first);
    std::ranges::sort(names, [](const Name& a, const Name& b) {
      return std::tie(a.text, a.offset) < std::tie(b.text, b.offset);
    });
    for (std::size_t i = 1; i < names.size(); ++i) {
      const bool same = names[i].text == names[i - 1].text;
      if (same && (!duplicate_ || names[i].offset < duplicate_->offset)) duplicate_ = names[i];
    }
    names_.resize(first);
    return !duplicate_;
  }

  ondemand::parser parser_;
  std::unique_ptr<char[]> input_;
  char* text_end_ = nullptr;  // In input_.
  std::size_t capacity_bytes_ = 0;
  std::vector<JsonNode> nodes_;
  std::vector<Name> names_;  // Of the objects that are open, the innermost last.
  std::optional<Name> duplicate_;
};

JsonParser::JsonParser(std::size_t capacity_bytes)
    : capacity_bytes_(capacity_bytes), tree_(std::make_unique<Tree>()) {
  CHECK(capacity_bytes <= kCapacityBytesMax);
}

JsonParser::~JsonParser() = default;

std::expected<JsonValue, JsonError> JsonParser::parse(std::string_view text) {
  if (text.size() > capacity_bytes_) {
    return std::unexpected(make_error(text, capacity_bytes_, "longer than is allowed here"));
  }
  if (tree_->capacity_bytes() > kKeptTextBytes && text.size() <= kKeptTextBytes) {
    tree_ = std::make_unique<Tree>();
  }
  if (tree_->build(text)) return JsonValue(tree_->root());
  if (const auto& name = tree_->duplicate()) {
    return std::unexpected(
        make_error(text, name->offset, "the name " + quote_name(name->text) + " is there twice"));
  }
  const auto fault = find_json_fault(text, kDepthMax);
  if (!fault) return std::unexpected(make_error(text, 0, "not readable as JSON"));
  std::string reason = fault->reason;
  if (fault->offset == text.size()) reason += ", found the end of the text";
  return std::unexpected(make_error(text, fault->offset, std::move(reason)));
}

std::string describe(const JsonError& error) {
  std::string text = error.reason + " at line ";
  append_decimal(text, error.line);
  text += ", column ";
  append_decimal(text, error.column);
  text += " (byte ";
  append_decimal(text, error.offset);
  text += ')';
  return text;
}

}  // namespace core
