// The usage log: every use of a key, from the shards' rings through segment files into rollups, and
// the answers to questions about them.
//
//   shard --publish--> ring (mapped file) --drain--> segment (file) --fold--> minutes in memory
//                        head <------- fdatasync -------+                --> rollups (LMDB)
//
// A record survives kill -9 from publish() on, and power loss once it is synced. The log is the
// truth: what an answer counts is what was folded into rollups plus what the log holds after that.
// Formats: docs/formats-usage.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/result.h"
#include "core/runtime/clock.h"
#include "core/runtime/ring.h"
#include "core/service/ports.h"
#include "storage/log_position.h"
#include "storage/usage_disk.h"

namespace storage {

enum class UsageSync : std::uint8_t {
  kInterval,  // fdatasync at most sync_ms after the first record that is not on disk.
  kAlways,    // As soon as records are drained; shards hold answers until synced() covers them.
  kOff,       // At the end of a segment and at stop() only; heads move once records are written.
};

struct UsageOptions {
  std::string dir;  // The data directory: usage/ and rollups/ are made in it.
  std::uint32_t shards = 1;
  UsageSync sync = UsageSync::kInterval;
  std::uint32_t sync_ms = 5;
  std::size_t ring_bytes = std::size_t{16} << 20;     // Per shard; a power of two, 64 KiB to 1 GiB.
  std::size_t segment_bytes = std::size_t{64} << 20;  // 1 MiB to 1 GiB, set aside beforehand.
  std::size_t rollup_map_bytes = std::size_t{64} << 30;  // Address space; sparse.
  std::uint32_t checkpoint_s = 30;

  // For crash tests: the process kills itself (SIGKILL) when it passes this place, "NAME" for the
  // first time or "NAME:N" for the N-th. Names: usage.after_write, usage.after_sync,
  // usage.after_fold_commit. Empty: never.
  std::string failpoint;

  // Told, in one line each, of what an operator must know: corruption, a disk that refuses writes,
  // its recovery. Called from any of the log's threads, also within open(). May be empty.
  std::function<void(std::string_view)> report;
};

inline constexpr std::uint32_t kUsageShardsMax = 120;  // One segment header names their rings.

class UsageLog {
 public:
  // Opens or makes the log under options.dir. Every ring file that an earlier process left behind,
  // whatever its number of shards, is drained to disk before this returns; a torn tail is cut off
  // and counted in stats().lost_bytes_at_start. `clock`, `random` and `disk` must outlive the log.
  // Fails with one error that says what; then nothing is left open.
  // Requires: the caller holds the data directory's lock.
  static core::Result<std::unique_ptr<UsageLog>> open(const UsageOptions& options,
                                                      const core::Clock& clock,
                                                      core::Random& random,
                                                      UsageDisk& disk = kernel_disk());

  // stop() is called if it was not.
  ~UsageLog();
  UsageLog(const UsageLog&) = delete;
  UsageLog& operator=(const UsageLog&) = delete;

  // The log's side of a shard; used by that shard's thread only. Requires: shard < options.shards.
  core::UsageSink& sink(std::uint32_t shard) noexcept;

  // Any thread. Questions are answered once start() was called, or within turn().
  core::UsageDesk& desk() noexcept;

  // Before start(). In kAlways each is woken after every sync.
  void set_wakers(std::vector<core::Waker*> wakers);

  // Before start(). Called each checkpoint_s, and in stop(), on a thread that may block, with a
  // position all of whose records are on disk and were published before the call: what the caller
  // flushes now covers them.
  void set_checkpoint(std::function<void(LogPosition)> checkpoint);

  // Starts the threads "tg-usage" (drains, writes, syncs, counts) and "tg-worker" (writes rollups,
  // answers).
  void start();

  // Drains and syncs what was published, folds the minutes that are over, joins the threads. The
  // shards must have stopped publishing. Safe to call twice, and without start(). Questions that
  // wait are answered first.
  void stop();

  // One round of both threads' work on the caller's thread, for the simulator and for tests; not
  // with start(). Returns whether there was anything to do.
  bool turn();

  // Any thread.
  core::UsageStats stats() const noexcept;

  // Reads all records after a position, oldest first; `each` returns false to end it. Endpoint
  // views are valid within the call. Before start(). Fails if a segment can't be read; records
  // before the failure have been passed.
  core::Status for_each_after(LogPosition position,
                              const std::function<bool(const core::UsageEvent&)>& each) const;

 private:
  struct Parts;
  explicit UsageLog(std::unique_ptr<Parts> parts) noexcept;

  std::unique_ptr<Parts> parts_;
};

}  // namespace storage
