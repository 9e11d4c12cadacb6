// A log that a test reads.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/log.h"

namespace test {

// Keeps the lines. Any thread.
class LineLog final : public core::Log {
 public:
  LineLog() : core::Log(core::LogLevel::kDebug) {}

  bool contains(std::string_view text) {
    const std::lock_guard lock(mutex_);
    for (const std::string& line : lines_) {
      if (line.find(text) != std::string::npos) return true;
    }
    return false;
  }
  std::size_t lines() {
    const std::lock_guard lock(mutex_);
    return lines_.size();
  }

 private:
  void write(core::LogLevel, std::string_view message) override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(message);
  }

  std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace test
