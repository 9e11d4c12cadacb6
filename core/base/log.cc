#include "core/base/log.h"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <mutex>

#include "core/base/line_file.h"
#include "core/base/time.h"
#include "core/base/utf8.h"

namespace core {
namespace {

constexpr std::array<std::string_view, 5> kLevelNames = {"debug", "info", "warn", "error", "off"};

constexpr std::array kSpdlogLevels = {spdlog::level::debug, spdlog::level::info,
                                      spdlog::level::warn, spdlog::level::err, spdlog::level::off};

LogLevel level_of(spdlog::level::level_enum level) noexcept {
  std::size_t i = 0;
  while (i + 1 < kSpdlogLevels.size() && kSpdlogLevels[i] != level) ++i;
  return static_cast<LogLevel>(i);
}

// Control characters could end the line or move a terminal's cursor: those of ASCII, and those of
// Latin-1 that UTF-8 writes as C2 80 to C2 9F.
bool is_control(std::string_view sequence) noexcept {
  const auto byte = static_cast<unsigned char>(sequence.front());
  if (sequence.size() == 1) return byte < 0x20 || byte == 0x7F;
  return byte == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

void append_printable(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  while (!text.empty()) {
    const std::size_t length = utf8_sequence_length(text);
    const std::string_view sequence = text.substr(0, length > 0 ? length : 1);
    if (length > 0 && !is_control(sequence)) {
      out += sequence;
    } else {
      for (const char c : sequence) {
        out += "\\x";
        out += kDigits[static_cast<unsigned char>(c) >> 4];
        out += kDigits[static_cast<unsigned char>(c) & 15];
      }
    }
    text.remove_prefix(sequence.size());
  }
}

// spdlog's side of a LineFile. Its mutex keeps reopen() and the writing thread apart.
class FileSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FileSink(std::unique_ptr<LineFile> file) : file_(std::move(file)) {}

  Status reopen() {
    const std::lock_guard lock(mutex_);
    return file_->reopen();
  }

  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    using std::chrono::microseconds;
    const auto time = std::chrono::duration_cast<microseconds>(message.time.time_since_epoch());
    line_.resize(kRfc3339Bytes);
    write_rfc3339(line_.data(), time.count());
    fmt::format_to(std::back_inserter(line_), " {:<5} ", name_of(level_of(message.level)));
    append_printable(line_, {message.payload.data(), message.payload.size()});
    line_ += '\n';
    lost_.fetch_add(file_->write(line_), std::memory_order_relaxed);
  }

  void flush_() override {}

  std::unique_ptr<LineFile> file_;
  std::string line_;
  std::atomic<std::uint64_t> lost_ = 0;
};

}  // namespace

std::string_view name_of(LogLevel level) noexcept {
  return kLevelNames[static_cast<std::size_t>(level)];
}

std::optional<LogLevel> parse_log_level(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i) {
    if (kLevelNames[i] == name) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

// spdlog's queue and thread. The pool ends after it has written what is queued.
class ServerLog::Queue {
 public:
  explicit Queue(std::unique_ptr<LineFile> file)
      : sink_(std::make_shared<FileSink>(std::move(file))),
        pool_(std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1)),
        logger_(std::make_shared<spdlog::async_logger>(
            "tollgate", sink_, pool_, spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_level(spdlog::level::trace);  // Log has chosen already.
  }

  // The thread first: each queued line holds the logger, whose last owner is then this one.
  ~Queue() { pool_.reset(); }

  void add(LogLevel level, std::string_view message) {
    logger_->log(kSpdlogLevels[static_cast<std::size_t>(level)],
                 spdlog::string_view_t(message.data(), message.size()));
  }

  Status reopen() { return sink_->reopen(); }
  std::uint64_t dropped() const { return pool_->overrun_counter() + sink_->lost(); }

 private:
  std::shared_ptr<FileSink> sink_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

Result<std::unique_ptr<ServerLog>> ServerLog::open(const Options& options) {
  std::unique_ptr<LineFile> file;
  if (options.file.empty()) {
    file = LineFile::borrow(STDERR_FILENO);
  } else {
    auto opened = LineFile::open(options.file);
    if (!opened) return std::unexpected(opened.error());
    file = std::move(*opened);
  }
  auto queue = std::make_unique<Queue>(std::move(file));
  return std::unique_ptr<ServerLog>(new ServerLog(options.lowest, std::move(queue)));
}

ServerLog::ServerLog(LogLevel lowest, std::unique_ptr<Queue> queue) noexcept
    : Log(lowest), queue_(std::move(queue)) {}

ServerLog::~ServerLog() = default;

Status ServerLog::reopen() {
  return queue_->reopen();
}

std::uint64_t ServerLog::dropped() const {
  return queue_->dropped();
}

void ServerLog::write(LogLevel level, std::string_view message) {
  queue_->add(level, message);
}

}  // namespace core
