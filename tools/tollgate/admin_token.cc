#include "tools/tollgate/admin_token.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <system_error>

namespace tollgate {
namespace {

constexpr std::size_t kTokenBytesMin = 16;
constexpr std::size_t kTokenFileBytesMax = 4096;

using Token = std::expected<AdminToken, std::string>;

std::string cause() {
  return std::generic_category().message(errno);
}

Token digest_of(std::string& text, const std::string& source) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) {
    text.pop_back();
  }
  Token token;
  if (text.size() < kTokenBytesMin) {
    token = std::unexpected(fmt::format(
        "the admin token in {} is too short: use at least {} characters", source, kTokenBytesMin));
  } else {
    token = AdminToken{core::Hasher().sha256(text), ""};
  }
  core::wipe(text.data(), text.size());
  return token;
}

Token from_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return std::unexpected(fmt::format("can't read the admin token file {}: {}", path, cause()));
  struct stat info {};
  ::fstat(fd, &info);
  if ((info.st_mode & 077) != 0) {
    ::close(fd);
    return std::unexpected(
        fmt::format("the admin token file {} can be read by others: run chmod 600 {}", path, path));
  }
  std::string text(kTokenFileBytesMax, '\0');
  const ssize_t bytes = ::read(fd, text.data(), text.size());
  ::close(fd);
  text.resize(bytes > 0 ? static_cast<std::size_t>(bytes) : 0);
  return digest_of(text, path);
}

Token make_at(const std::string& path, core::Random& random) {
  std::array<std::byte, 32> bytes;
  random.fill(bytes);
  std::string text = core::to_base64url(bytes);
  core::wipe(bytes.data(), bytes.size());
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const std::string line = text + "\n";
  const bool written = fd >= 0 &&
                       ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       ::fsync(fd) == 0;
  const std::string why = cause();
  if (fd >= 0) ::close(fd);
  if (!written) {
    ::unlink(path.c_str());
    return std::unexpected(fmt::format("can't write the admin token to {}: {}", path, why));
  }
  Token token = digest_of(text, path);
  if (token) token->made_at = path;
  return token;
}

}  // namespace

Token read_admin_token(const std::string& token_file, const std::string& data_dir,
                       core::Random& random) {
  if (!token_file.empty()) return from_file(token_file);
  if (char* variable = std::getenv("TOLLGATE_ADMIN_TOKEN"); variable != nullptr) {
    std::string text = variable;
    std::memset(variable, 'x', std::strlen(variable));
    return digest_of(text, "TOLLGATE_ADMIN_TOKEN");
  }
  const std::string path = data_dir + "/admin.token";
  return ::access(path.c_str(), F_OK) == 0 ? from_file(path) : make_at(path, random);
}

}  // namespace tollgate
