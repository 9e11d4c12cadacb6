// How far an import has come, and what was wrong with its lines: on stderr.
#pragma once

#include <cstdint>
#include <cstdio>
#include <mutex>
#include <string>

#include "core/base/time.h"
#include "core/runtime/clock.h"

namespace tollgate {

struct ImportCounts {
  std::uint64_t lines = 0;  // Answered, or refused here. Blank ones are none.
  std::uint64_t created = 0;
  std::uint64_t existing = 0;
  std::uint64_t refused = 0;
  std::uint64_t bytes = 0;  // Of the file.
};

// "[#####...............]  25 %  250000 keys  81000/s  0:09 left", at most `width` characters; with
// kNoBar as long as it is, without the bar. Where the file's size is not known (0), only the keys.
inline constexpr std::size_t kNoBar = 0;
std::string progress_text(const ImportCounts& counts, std::uint64_t bytes_total, double seconds,
                          std::size_t width);

// On a terminal one line that is written over, else a line each 5 s. The first 20 refused lines are
// told as they come, all of them go to the file of --errors.
//
// Shared: any thread.
class ImportProgress {
 public:
  struct Options {
    std::FILE* to = stderr;
    bool is_terminal = false;
    std::size_t width = 80;
    std::FILE* errors = nullptr;  // JSON lines; null: nowhere.
    std::uint64_t bytes_total = 0;
  };
  // The clock must outlive it.
  ImportProgress(const Options& options, const core::Clock& clock);

  // One thing that is wrong with a line.
  void refuse(std::uint64_t line, std::string_view field, std::string_view message);

  // Adds what became of some lines, and shows it if it is time.
  void add(const ImportCounts& counts);

  // Takes the bar away, and says how many refused lines were not told.
  void finish();

  ImportCounts counts();
  double seconds() const;

 private:
  void show();
  void clear_bar();

  const Options options_;
  const core::Clock& clock_;
  const core::BootNanos begun_;
  std::mutex mutex_;
  ImportCounts counts_;
  core::BootNanos shown_;
  std::uint64_t told_ = 0;
  std::uint64_t untold_ = 0;
  bool has_bar_ = false;
};

}  // namespace tollgate
