// The kernel's disk with failures on demand, for tests of the usage log.
#pragma once

#include <atomic>
#include <cerrno>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "storage/usage_disk.h"

namespace test {

// What is to fail from now on, as an errno value; 0: nothing. Any thread may set them.
struct DiskFaults {
  std::atomic<int> write{0};  // Half of the bytes are written all the same.
  std::atomic<int> sync{0};   // What was written since the last flush is lost: it reads as zeros.
  std::atomic<int> allocate{0};
  std::atomic<int> create{0};

  // How often each was asked for.
  std::atomic<int> syncs{0};
  std::atomic<int> writes_after_failed_sync{0};  // To a file whose flush had failed.
};

class FaultyFile final : public storage::UsageFile {
 public:
  FaultyFile(std::unique_ptr<storage::UsageFile> file, DiskFaults& faults)
      : file_(std::move(file)), faults_(faults) {}

  core::Status write(std::uint64_t offset, core::Bytes data) noexcept override {
    return write_two(offset, data, {});
  }

  core::Status write_two(std::uint64_t offset, core::Bytes first,
                         core::Bytes second) noexcept override {
    if (has_failed_) ++faults_.writes_after_failed_sync;
    unsynced_.emplace_back(offset, first.size() + second.size());
    if (const int code = faults_.write) {
      core::ignore(file_->write_two(offset, first, second.first(second.size() / 2)), "it fails");
      return std::unexpected(core::Error{"write usage segment", code});
    }
    return file_->write_two(offset, first, second);
  }

  core::Result<std::size_t> read(std::uint64_t offset,
                                 core::MutableBytes out) const noexcept override {
    return file_->read(offset, out);
  }

  core::Status sync_data() noexcept override {
    ++faults_.syncs;
    if (has_failed_) ++faults_.writes_after_failed_sync;
    if (const int code = faults_.sync) {
      has_failed_ = true;
      for (const auto& [offset, bytes] : unsynced_) {
        const std::vector<std::byte> zeros(bytes);
        core::ignore(file_->write(offset, zeros), "a test would show it");
      }
      return std::unexpected(core::Error{"sync usage segment", code});
    }
    unsynced_.clear();
    return file_->sync_data();
  }

  core::Status allocate(std::uint64_t bytes) noexcept override {
    if (const int code = faults_.allocate) {
      return std::unexpected(core::Error{"set room aside for usage segment", code});
    }
    return file_->allocate(bytes);
  }

  core::Status truncate(std::uint64_t bytes) noexcept override { return file_->truncate(bytes); }
  core::Result<std::uint64_t> size() const noexcept override { return file_->size(); }

 private:
  const std::unique_ptr<storage::UsageFile> file_;
  DiskFaults& faults_;
  std::vector<std::pair<std::uint64_t, std::size_t>> unsynced_;
  bool has_failed_ = false;
};

class FaultyDisk final : public storage::UsageDisk {
 public:
  DiskFaults faults;

  core::Status make_dir(const std::string& path) noexcept override {
    return storage::kernel_disk().make_dir(path);
  }
  core::Result<std::vector<std::string>> list(const std::string& dir) const noexcept override {
    return storage::kernel_disk().list(dir);
  }
  core::Result<std::unique_ptr<storage::UsageFile>> create(
      const std::string& path) noexcept override {
    if (const int code = faults.create) {
      return std::unexpected(core::Error{"open usage segment", code});
    }
    return wrap(storage::kernel_disk().create(path));
  }
  core::Result<std::unique_ptr<storage::UsageFile>> open_to_repair(
      const std::string& path) noexcept override {
    return wrap(storage::kernel_disk().open_to_repair(path));
  }
  core::Result<std::unique_ptr<storage::UsageFile>> open_to_read(
      const std::string& path) const noexcept override {
    return storage::kernel_disk().open_to_read(path);
  }
  core::Status remove(const std::string& path) noexcept override {
    return storage::kernel_disk().remove(path);
  }
  core::Status sync_dir(const std::string& dir) noexcept override {
    return storage::kernel_disk().sync_dir(dir);
  }

 private:
  core::Result<std::unique_ptr<storage::UsageFile>> wrap(
      core::Result<std::unique_ptr<storage::UsageFile>> file) {
    if (!file) return file;
    return std::make_unique<FaultyFile>(std::move(*file), faults);
  }
};

}  // namespace test
