// The data directory, held by one server at a time.
#pragma once

#include <expected>
#include <string>

namespace tollgate {

// Owns the directory's lock until it is destroyed or the process ends, however it ends.
class DataDir {
 public:
  // Makes the directory (mode 0700, parents too) if it is absent and takes DIR/lock. The error is a
  // sentence for the operator.
  static std::expected<DataDir, std::string> open(const std::string& path);

  ~DataDir();
  DataDir(DataDir&& other) noexcept;
  DataDir& operator=(DataDir&&) = delete;

  const std::string& path() const noexcept { return path_; }

 private:
  DataDir(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  std::string path_;
  int lock_;
};

}  // namespace tollgate
