#include "tools/cli/import_progress.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/json_writer.h"

namespace tollgate {
namespace {

constexpr std::uint64_t kToldMax = 20;
constexpr std::size_t kBarMax = 30;
constexpr core::BootNanos kBarInterval = core::kNanosPerSecond / 10;
constexpr core::BootNanos kLineInterval = 5 * core::kNanosPerSecond;

// "1:05".
std::string minutes(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds + 0.5);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

std::string progress_text(const ImportCounts& counts, std::uint64_t bytes_total, double seconds,
                          std::size_t width) {
  const double rate = seconds > 0 ? static_cast<double>(counts.lines) / seconds : 0;
  std::string text = fmt::format("{} keys  {:.0f}/s", counts.lines, rate);
  if (bytes_total == 0) return width == kNoBar ? text : text.substr(0, width);
  const double part =
      std::min(static_cast<double>(counts.bytes) / static_cast<double>(bytes_total), 1.0);
  text = fmt::format("{:3.0f} %  {}", part * 100, text);
  if (part > 0) text += fmt::format("  {} left", minutes(seconds / part - seconds));
  if (width == kNoBar) return text;
  if (width < text.size() + 8) return text.substr(0, width);
  const std::size_t bar = std::min(kBarMax, width - text.size() - 4);
  const auto full = static_cast<std::size_t>(part * static_cast<double>(bar));
  return fmt::format("[{}{}]  {}", std::string(full, '#'), std::string(bar - full, '.'), text);
}

ImportProgress::ImportProgress(const Options& options, const core::Clock& clock)
    : options_(options), clock_(clock), begun_(clock.boot_now()), shown_(begun_) {}

double ImportProgress::seconds() const {
  return static_cast<double>(clock_.boot_now() - begun_) / core::kNanosPerSecond;
}

ImportCounts ImportProgress::counts() {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void ImportProgress::refuse(std::uint64_t line, std::string_view field, std::string_view message) {
  const std::lock_guard lock(mutex_);
  if (options_.errors != nullptr) {
    std::string text;
    core::JsonWriter json(text);
    json.begin_object().key("line").uint64(line).key("field").string(field);
    json.key("message").string(message).end_object();
    std::fprintf(options_.errors, "%s\n", text.c_str());
  }
  if (told_ == kToldMax) {
    ++untold_;
    return;
  }
  ++told_;
  clear_bar();
  const std::string what =
      field.empty() ? std::string(message) : fmt::format("{}: {}", field, message);
  std::fprintf(options_.to, "tollgate: line %llu: %s\n", static_cast<unsigned long long>(line),
               what.c_str());
}

void ImportProgress::add(const ImportCounts& counts) {
  const std::lock_guard lock(mutex_);
  counts_.lines += counts.lines;
  counts_.created += counts.created;
  counts_.existing += counts.existing;
  counts_.refused += counts.refused;
  counts_.bytes += counts.bytes;
  const core::BootNanos now = clock_.boot_now();
  if (now - shown_ < (options_.is_terminal ? kBarInterval : kLineInterval)) return;
  shown_ = now;
  show();
}

void ImportProgress::show() {
  if (options_.is_terminal) {
    const std::string text =
        progress_text(counts_, options_.bytes_total, seconds(), options_.width - 1);
    std::fprintf(options_.to, "\r\x1b[K%s", text.c_str());
    has_bar_ = true;
  } else {
    const std::string text = progress_text(counts_, options_.bytes_total, seconds(), kNoBar);
    std::fprintf(options_.to, "tollgate: %s\n", text.c_str());
  }
  std::fflush(options_.to);
}

void ImportProgress::clear_bar() {
  if (has_bar_) std::fputs("\r\x1b[K", options_.to);
  has_bar_ = false;
}

void ImportProgress::finish() {
  const std::lock_guard lock(mutex_);
  clear_bar();
  if (untold_ > 0) {
    std::fprintf(options_.to, "tollgate: and %llu more%s\n",
                 static_cast<unsigned long long>(untold_),
                 options_.errors == nullptr ? " (--errors FILE keeps them all)" : "");
  }
  std::fflush(options_.to);
}

}  // namespace tollgate
