#include "net/openapi_pattern.h"

#include <algorithm>
#include <cstdint>

#include "core/base/decimal.h"

namespace net {
namespace {

constexpr std::string_view kSyntax = "^$\\.*+?()[]{}|/";

// What stands behind a backslash in both, outside of brackets and within.
constexpr std::string_view kSameEscapes = "dDwWtnrfv";

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

// {2}, {2,} or {2,5}, at the front of `text`; 0: none, and the brace is meant literally.
std::size_t repetition_bytes(std::string_view text) noexcept {
  std::size_t at = 1;
  const auto skip_digits = [&] {
    const std::size_t first = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return at > first;
  };
  if (!skip_digits()) return 0;
  if (at < text.size() && text[at] == ',') {
    ++at;
    skip_digits();
  }
  return at < text.size() && text[at] == '}' ? at + 1 : 0;
}

class Translator {
 public:
  explicit Translator(std::string_view rest) : rest_(rest) {}

  // False: the pattern has no translation.
  bool run() {
    while (!rest_.empty()) {
      if (!step()) return false;
    }
    return true;
  }

  std::string text = "^(?:";

 private:
  void copy(std::size_t bytes) {
    text += rest_.substr(0, bytes);
    rest_.remove_prefix(bytes);
  }

  bool step() {
    switch (rest_.front()) {
      case '\\':
        return escape(false);
      case '[':
        return brackets();
      case '(':
        if (rest_.starts_with("(?") && !rest_.starts_with("(?:")) return false;
        copy(rest_.starts_with("(?:") ? 3 : 1);
        return true;
      case '{': {
        const std::size_t bytes = repetition_bytes(rest_);
        copy(bytes);
        return bytes > 0;
      }
      case '}':
      case ']':
        return false;
      case '.':  // ECMA-262 leaves out three more line ends.
        text += "[^\\n]";
        rest_.remove_prefix(1);
        return true;
      default:
        copy(1);
        return true;
    }
  }

  bool escape(bool in_brackets) {
    if (rest_.size() < 2) return false;
    const char c = rest_[1];
    if (c == 's') {  // ECMA-262 adds the white space of Unicode.
      text += in_brackets ? "\\t\\n\\f\\r " : "[\\t\\n\\f\\r ]";
      rest_.remove_prefix(2);
      return true;
    }
    if (c == 'b' && in_brackets) return false;
    if (kSameEscapes.contains(c) || kSyntax.contains(c) || c == 'b' || c == 'B' ||
        (c == '-' && in_brackets)) {
      copy(2);
      return true;
    }
    // With the flag u only syntax may be escaped; RE2 lets all punctuation be.
    const bool is_ascii_punctuation =
        c > ' ' && c < 0x7F && !is_digit(c) && !(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z');
    if (!is_ascii_punctuation) return false;
    text += c;
    rest_.remove_prefix(2);
    return true;
  }

  bool brackets() {
    copy(rest_.starts_with("[^") ? 2 : 1);
    for (bool first = true; !rest_.empty(); first = false) {
      const char c = rest_.front();
      if (c == ']' && !first) {
        copy(1);
        return true;
      }
      // A bracket that comes first is literal to RE2 alone; [: begins a POSIX class.
      if (c == ']' || c == '[') return false;
      if (c == '\\') {
        if (!escape(true)) return false;
      } else {
        copy(1);
      }
    }
    return false;
  }

  std::string_view rest_;
};

class Sampler {
 public:
  explicit Sampler(std::string_view rest) : rest_(rest) {}

  // What the alternatives at the front say, up to ')' or the end.
  std::optional<std::string> alternatives() {
    std::optional<std::string> first;
    for (;;) {
      auto text = sequence();
      if (!text) return std::nullopt;
      if (!first) first = std::move(text);
      if (!take('|')) return first;
    }
  }
  bool at_end() const noexcept { return rest_.empty(); }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<std::string> sequence() {
    std::string text;
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      const auto one = atom();
      if (!one) return std::nullopt;
      for (std::uint64_t count = repetitions(); count > 0; --count) text += *one;
      if (text.size() > kSampleBytesMax) return std::nullopt;
    }
    return text;
  }

  // The fewest of the quantifier at the front; 1 where there is none.
  std::uint64_t repetitions() {
    std::uint64_t fewest = 1;
    if (take('*') || take('?')) {
      fewest = 0;
    } else if (rest_.starts_with('{')) {
      const std::string_view digits = rest_.substr(1, rest_.find_first_of(",}") - 1);
      fewest = core::parse_decimal(digits).value_or(0);
      rest_.remove_prefix(std::min(rest_.size(), repetition_bytes(rest_)));
    } else {
      take('+');
    }
    take('?');
    return fewest;
  }

  std::optional<std::string> atom() {
    const char c = rest_.front();
    if (c == '[') return brackets();
    if (c == '{') return std::nullopt;
    rest_.remove_prefix(1);
    if (c == '^' || c == '$') return "";
    if (c == '.') return "a";
    if (c == '\\') return escape();
    if (c != '(') return std::string(1, c);
    if (rest_.starts_with("?:")) rest_.remove_prefix(2);
    if (rest_.starts_with('?')) return std::nullopt;
    auto text = alternatives();
    return take(')') ? text : std::nullopt;
  }

  std::optional<std::string> escape() {
    if (rest_.empty()) return std::nullopt;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (c == 'd') return "1";
    if (c == 'w') return "a";
    if (c == 's') return " ";
    if (c == 'b') return "";
    const bool is_word = is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return is_word ? std::nullopt : std::optional(std::string(1, c));
  }

  std::optional<std::string> brackets() {
    rest_.remove_prefix(1);
    if (rest_.starts_with('^') || rest_.starts_with("[:") || rest_.empty()) return std::nullopt;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    auto first = c == '\\' ? escape() : std::string(1, c);
    while (!rest_.empty() && !rest_.starts_with(']')) {
      rest_.remove_prefix(std::min<std::size_t>(rest_.size(), rest_.front() == '\\' ? 2 : 1));
    }
    return take(']') ? first : std::nullopt;
  }

  // A text with a pattern has at most 1 000 characters.
  static constexpr std::size_t kSampleBytesMax = 4'000;

  std::string_view rest_;
};

}  // namespace

std::optional<std::string> ecma_pattern(std::string_view regex) {
  Translator translator(regex);
  if (!translator.run()) return std::nullopt;
  return std::move(translator.text) + ")$";
}

std::optional<std::string> pattern_sample(std::string_view regex) {
  Sampler sampler(regex);
  auto text = sampler.alternatives();
  return sampler.at_end() ? text : std::nullopt;
}

}  // namespace net
