#include "core/base/access_log.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/check.h"
#include "core/base/line_file.h"
#include "core/base/line_ring.h"

namespace core {
namespace {

Result<std::unique_ptr<LineFile>> open_file(const std::string& path) {
  if (path == "-") return LineFile::borrow(STDOUT_FILENO);
  return LineFile::open(path);
}

}  // namespace

// The lanes, the thread that drains them, and the file.
class AccessLog::Writer {
 public:
  Writer(const Options& options, std::unique_ptr<LineFile> file, int wake_fd)
      : file_(std::move(file)), wake_fd_(wake_fd) {
    for (std::size_t i = 0; i < options.lanes; ++i) {
      lanes_.push_back(std::make_unique<Lane>(options.lane_bytes));
    }
    thread_ = std::thread([this] { run(); });
  }

  ~Writer() {
    ask(&Orders::stop);
    thread_.join();
    ::close(wake_fd_);
  }

  bool append(std::size_t lane_number, std::string_view line) noexcept {
    Lane& lane = *lanes_[lane_number];
    const LineRing::Push pushed = lane.ring.push(line);
    if (pushed != LineRing::Push::kDone) wake_once();
    if (pushed != LineRing::Push::kFull) return true;
    // One thread writes it: no need of an atomic addition.
    lane.dropped.store(lane.dropped.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return false;
  }

  std::uint64_t dropped() const noexcept {
    std::uint64_t lines = lost_.load(std::memory_order_relaxed);
    for (const auto& lane : lanes_) lines += lane->dropped.load(std::memory_order_relaxed);
    return lines;
  }

  void flush() { wait_for(ask(nullptr)); }

  Status reopen() {
    wait_for(ask(&Orders::reopen));
    const std::lock_guard lock(mutex_);
    return reopened_;
  }

 private:
  struct Lane {
    explicit Lane(std::size_t bytes) : ring(bytes) {}
    LineRing ring;
    std::atomic<std::uint64_t> dropped = 0;
  };

  // What the other threads want of the writer. A number counts them: all up to it are one round.
  struct Orders {
    std::uint64_t number = 0;
    bool reopen = false;
    bool stop = false;
  };

  std::uint64_t ask(bool Orders::*what) {
    const std::lock_guard lock(mutex_);
    if (what != nullptr) orders_.*what = true;
    wake();
    return ++orders_.number;
  }

  void wait_for(std::uint64_t number) {
    std::unique_lock lock(mutex_);
    round_done_.wait(lock, [&] { return done_ >= number; });
  }

  // A full descriptor counter (EAGAIN) means that the writer is awake anyway.
  void wake() noexcept { static_cast<void>(eventfd_write(wake_fd_, 1)); }

  void wake_once() noexcept {
    // Whoever finds it set knows that its line will be seen: the writer clears it before it looks.
    if (!woken_.exchange(true, std::memory_order_acq_rel)) wake();
  }

  void run() {
    for (bool stopping = false; !stopping;) {
      pollfd event{wake_fd_, POLLIN, 0};
      ::poll(&event, 1, kDrainMs);
      eventfd_t wakes = 0;
      if ((event.revents & POLLIN) != 0) eventfd_read(wake_fd_, &wakes);
      woken_.exchange(false, std::memory_order_acq_rel);

      std::unique_lock lock(mutex_);
      const Orders orders = orders_;
      orders_.reopen = false;
      lock.unlock();

      drain();
      const Status reopened = orders.reopen ? file_->reopen() : Status{};
      stopping = orders.stop;

      lock.lock();
      if (orders.reopen) reopened_ = reopened;
      done_ = orders.number;
      lock.unlock();
      round_done_.notify_all();
    }
  }

  void drain() {
    for (const auto& lane : lanes_) {
      lines_.clear();
      lane->ring.take(lines_);
      if (lines_.empty()) continue;
      const std::uint64_t lost = file_->write(lines_);
      if (lost > 0) lost_.fetch_add(lost, std::memory_order_relaxed);
    }
  }

  std::vector<std::unique_ptr<Lane>> lanes_;
  std::unique_ptr<LineFile> file_;  // The thread's.
  std::string lines_;               // The thread's.
  int wake_fd_;
  std::atomic<bool> woken_ = false;  // A shard has written to wake_fd_ since the last round.
  std::atomic<std::uint64_t> lost_ = 0;

  std::mutex mutex_;
  std::condition_variable round_done_;
  Orders orders_;
  std::uint64_t done_ = 0;  // The number of the last orders carried out.
  Status reopened_;
  std::thread thread_;
};

Result<std::unique_ptr<AccessLog>> AccessLog::open(const Options& options) {
  CHECK(options.lanes > 0 && std::has_single_bit(options.lane_bytes));
  auto file = open_file(options.file);
  if (!file) return std::unexpected(file.error());
  const int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd < 0) return std::unexpected(errno_error("open access log"));
  return std::unique_ptr<AccessLog>(
      new AccessLog(std::make_unique<Writer>(options, std::move(*file), wake_fd)));
}

AccessLog::AccessLog(std::unique_ptr<Writer> writer) noexcept : writer_(std::move(writer)) {}

AccessLog::~AccessLog() = default;

bool AccessLog::append(std::size_t lane, std::string_view line) noexcept {
  DCHECK(line.find('\n') == std::string_view::npos);
  return writer_->append(lane, line);
}

Status AccessLog::reopen() {
  return writer_->reopen();
}

void AccessLog::flush() {
  writer_->flush();
}

std::uint64_t AccessLog::dropped() const noexcept {
  return writer_->dropped();
}

}  // namespace core
