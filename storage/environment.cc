#include "storage/environment.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

#include "core/base/check.h"

namespace storage {

namespace {

constexpr std::int64_t kReadersOutTimeout = 100 * 1'000'000;  // Many turns of a shard.
constexpr std::int64_t kReopenPatience = 2 * core::kNanosPerSecond;
constexpr int kReopenAttempts = 50;
constexpr auto kReopenPause = std::chrono::milliseconds(100);
constexpr std::size_t kProbeBytes = std::size_t{1} << 20;  // Room for a commit of some size.

}  // namespace

// Environment.

Environment::Environment(const EnvOptions& options, core::Log& log)
    : options_(options), log_(log), damage_(log) {}

Environment::~Environment() {
  CHECK(snapshots_.empty());
}

core::Result<std::unique_ptr<Environment>> Environment::open(const EnvOptions& options,
                                                             core::Log& log) {
  std::unique_ptr<Environment> environment(new Environment(options, log));
  if (auto opened = environment->open_now(); !opened) return std::unexpected(opened.error());
  return environment;
}

core::Status Environment::open_now() {
  auto env = Env::open(options_);
  if (!env) return std::unexpected(env.error());
  const auto tables = open_tables(*env, store_formats());
  if (!tables) return std::unexpected(tables.error());
  env_ = std::move(*env);
  tables_ = *tables;
  return {};
}

bool Environment::reopen() {
  const std::lock_guard lock(snapshots_lock_);
  versions_
      .count_commit();  // No snapshot is the newest any more: readers leave at their next turn.
  if (!gate_.close(kReadersOutTimeout)) return false;
  for (Snapshot* snapshot : snapshots_) snapshot->txn_.reset();
  env_.reset();
  core::Status opened = open_now();
  for (int attempt = 1; !opened && attempt < kReopenAttempts; ++attempt) {
    log_.error("store: {}: trying again", describe_lmdb(opened.error()));
    std::this_thread::sleep_for(kReopenPause);
    opened = open_now();
  }
  CHECK(opened.has_value());
  for (Snapshot* snapshot : snapshots_) {
    auto txn = env_->read();
    CHECK(txn.has_value());  // As many reader slots as there were before.
    txn->reset();
    snapshot->txn_ = std::move(*txn);
  }
  versions_.bump_all();
  gate_.open();
  return true;
}

core::Status Environment::probe() const noexcept {
  const std::string path = options_.dir + "/probe";
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return std::unexpected(core::errno_error("write in the store's directory"));
  core::Status outcome;
  const std::array<char, 4096> page{};
  for (std::size_t done = 0; outcome && done < kProbeBytes; done += page.size()) {
    const ssize_t written = ::write(file, page.data(), page.size());
    if (written != static_cast<ssize_t>(page.size())) {
      outcome = std::unexpected(core::errno_error("write in the store's directory"));
    }
  }
  if (outcome && ::fdatasync(file) != 0) {
    outcome = std::unexpected(core::errno_error("flush in the store's directory"));
  }
  static_cast<void>(::close(file));
  static_cast<void>(::unlink(path.c_str()));
  return outcome;
}

// Snapshot.

core::Result<std::unique_ptr<Snapshot>> Snapshot::open(Environment& environment) {
  std::unique_ptr<Snapshot> snapshot(new Snapshot(environment));
  const std::lock_guard lock(environment.snapshots_lock_);
  auto txn = environment.env_->read();
  if (!txn) return std::unexpected(txn.error());
  txn->reset();
  snapshot->txn_ = std::move(*txn);
  environment.snapshots_.push_back(snapshot.get());
  environment.gate_.join(snapshot->seat_);
  return snapshot;
}

Snapshot::~Snapshot() {
  drop();
  const std::lock_guard lock(environment_.snapshots_lock_);
  if (std::erase(environment_.snapshots_, this) != 0) environment_.gate_.part(seat_);
}

const Txn* Snapshot::take() noexcept {
  commits_ = environment_.versions().commits();
  if (held_) {
    txn_->reset();
    if (txn_->renew()) return &*txn_;
    held_ = false;
    environment_.gate_.leave(seat_);
  }
  // A renewal fails after a commit failed so badly that LMDB closes itself. The writer opens it
  // anew then, at once.
  for (int attempt = 0; attempt < 2; ++attempt) {
    const std::uint64_t openings = environment_.gate_.openings();
    environment_.gate_.enter(seat_);
    commits_ = environment_.versions().commits();
    const core::Status renewed = txn_->renew();
    if (renewed) {
      held_ = true;
      return &*txn_;
    }
    environment_.gate_.leave(seat_);
    environment_.damage_.report("(all)", {}, describe_lmdb(renewed.error()).c_str());
    environment_.gate_.await_opening(openings, kReopenPatience);
  }
  return nullptr;
}

void Snapshot::let_go() noexcept {
  txn_->reset();
  held_ = false;
  environment_.gate_.leave(seat_);
}

}  // namespace storage
