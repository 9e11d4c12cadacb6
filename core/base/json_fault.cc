#include "core/base/json_fault.h"

#include "core/base/utf8.h"

namespace core {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

unsigned hex_value(char c) noexcept {
  return static_cast<unsigned>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
}

// A position in the text that a NUL byte seems to follow.
struct Cursor {
  std::string_view text;
  std::size_t at = 0;

  bool at_end() const noexcept { return at >= text.size(); }
  char peek() const noexcept { return at_end() ? '\0' : text[at]; }
  bool take(char c) noexcept {
    if (at_end() || text[at] != c) return false;
    ++at;
    return true;
  }
  bool take_digits() noexcept {
    const std::size_t before = at;
    while (is_digit(peek())) ++at;
    return at > before;
  }
};

// Moves over a number. Null, or what is wrong at the cursor.
const char* scan_number(Cursor& cursor) noexcept {
  cursor.take('-');
  if (cursor.take('0')) {
    if (is_digit(cursor.peek())) return "a number may not have leading zeros";
  } else if (!cursor.take_digits()) {
    return "expected a digit";
  }
  if (cursor.take('.') && !cursor.take_digits()) return "expected a digit after the decimal point";
  if (cursor.take('e') || cursor.take('E')) {
    if (!cursor.take('+')) cursor.take('-');
    if (!cursor.take_digits()) return "expected a digit of the exponent";
  }
  return nullptr;
}

// A recursive descent over RFC 8259. Each member function moves over its part of the grammar and
// returns false at a fault, with the cursor on the offending byte.
class FaultFinder {
 public:
  FaultFinder(std::string_view text, int depth_max) noexcept
      : cursor_{text}, depth_left_(depth_max) {}

  std::optional<JsonFault> find() noexcept {
    if (cursor_.text.starts_with("\xEF\xBB\xBF")) {
      fail("a byte order mark is not allowed");
    } else if (value()) {
      skip_space();
      if (cursor_.at_end()) return std::nullopt;
      fail("expected nothing more after the value");
    }
    return JsonFault{cursor_.at, reason_};
  }

  std::size_t string_length() noexcept {
    return cursor_.peek() == '"' && string() ? cursor_.at : 0;
  }

 private:
  bool fail(const char* reason) noexcept {
    reason_ = reason;
    return false;
  }

  void skip_space() noexcept {
    for (char c = cursor_.peek(); c == ' ' || c == '\n' || c == '\r' || c == '\t';
         c = cursor_.peek()) {
      ++cursor_.at;
    }
  }

  bool value() noexcept {
    skip_space();
    switch (cursor_.peek()) {
      case '{':
        return container(&FaultFinder::members);
      case '[':
        return container(&FaultFinder::elements);
      case '"':
        return string();
      case 't':
        return literal("true", "expected \"true\"");
      case 'f':
        return literal("false", "expected \"false\"");
      case 'n':
        return literal("null", "expected \"null\"");
      default:
        return number();
    }
  }

  bool container(bool (FaultFinder::*content)() noexcept) noexcept {
    if (depth_left_ == 0) return fail("nested too deep");
    --depth_left_;
    ++cursor_.at;
    skip_space();
    if (!(this->*content)()) return false;
    ++depth_left_;
    return true;
  }

  bool members() noexcept {
    if (cursor_.take('}')) return true;
    do {
      skip_space();
      if (cursor_.peek() != '"') return fail("expected a name in double quotes");
      if (!string()) return false;
      skip_space();
      if (!cursor_.take(':')) return fail("expected ':'");
      if (!value()) return false;
      skip_space();
    } while (cursor_.take(','));
    return cursor_.take('}') || fail("expected ',' or '}'");
  }

  bool elements() noexcept {
    if (cursor_.take(']')) return true;
    do {
      if (!value()) return false;
      skip_space();
    } while (cursor_.take(','));
    return cursor_.take(']') || fail("expected ',' or ']'");
  }

  bool literal(std::string_view word, const char* expected) noexcept {
    for (const char c : word) {
      if (!cursor_.take(c)) return fail(expected);
    }
    return true;
  }

  bool number() noexcept {
    if (!is_digit(cursor_.peek()) && cursor_.peek() != '-') return fail("expected a value");
    const char* const wrong = scan_number(cursor_);
    return wrong == nullptr || fail(wrong);
  }

  bool string() noexcept {
    ++cursor_.at;  // The quote.
    while (!cursor_.at_end()) {
      const char c = cursor_.peek();
      if (c == '"') {
        ++cursor_.at;
        return true;
      }
      if (c == '\\') {
        if (!escape()) return false;
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20) {
        return fail("a control character in a string must be escaped");
      }
      const std::size_t length = utf8_sequence_length(cursor_.text.substr(cursor_.at));
      if (length == 0) return fail("not valid UTF-8");
      cursor_.at += length;
    }
    return fail("expected '\"' at the end of the string");
  }

  bool escape() noexcept {
    const std::size_t began = cursor_.at++;
    if (!cursor_.take('u')) {
      constexpr std::string_view kEscapes = "\"\\/bfnrt";
      if (cursor_.at_end() || kEscapes.find(cursor_.peek()) == kEscapes.npos) {
        return fail("expected one of \" \\ / b f n r t u after the backslash");
      }
      ++cursor_.at;
      return true;
    }
    unsigned unit = 0;
    if (!hex_digits(unit)) return false;
    if (unit < 0xD800 || unit > 0xDFFF) return true;
    return low_surrogate(unit, began);
  }

  // The second half of a pair, after `high`, whose escape began at `began`.
  bool low_surrogate(unsigned high, std::size_t began) noexcept {
    unsigned low = 0;
    const bool pair = high < 0xDC00 && cursor_.take('\\') && cursor_.take('u');
    if (pair && !hex_digits(low)) return false;
    if (pair && low >= 0xDC00 && low <= 0xDFFF) return true;
    cursor_.at = began;
    return fail("a surrogate without its other half");
  }

  bool hex_digits(unsigned& unit) noexcept {
    for (int i = 0; i < 4; ++i) {
      const char c = cursor_.peek();
      if (!is_hex_digit(c)) return fail("expected four hexadecimal digits after \\u");
      unit = unit << 4 | hex_value(c);
      ++cursor_.at;
    }
    return true;
  }

  Cursor cursor_;
  int depth_left_;
  const char* reason_ = "";
};

}  // namespace

std::optional<JsonFault> find_json_fault(std::string_view text, int depth_max) noexcept {
  return FaultFinder(text, depth_max).find();
}

std::size_t json_number_length(std::string_view text) noexcept {
  Cursor cursor{text};
  const char* const wrong = scan_number(cursor);
  return wrong == nullptr ? cursor.at : 0;
}

std::size_t json_string_length(std::string_view text) noexcept {
  return FaultFinder(text, 0).string_length();
}

}  // namespace core
