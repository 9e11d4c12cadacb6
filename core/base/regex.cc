#include "core/base/regex.h"

#include <fmt/format.h>
#include <re2/re2.h>

namespace core {

Regex::Regex(std::unique_ptr<re2::RE2> compiled) : compiled_(std::move(compiled)) {}

Regex::~Regex() = default;

std::expected<std::shared_ptr<const Regex>, std::string> Regex::compile(std::string_view pattern) {
  if (pattern.size() > kPatternBytesMax) {
    return std::unexpected(fmt::format("longer than {} bytes", kPatternBytesMax));
  }
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(kMemoryBytesMax);
  auto compiled =
      std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!compiled->ok()) return std::unexpected(compiled->error());
  return std::shared_ptr<const Regex>(new Regex(std::move(compiled)));
}

bool Regex::matches_all(std::string_view text) const {
  return re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

}  // namespace core
