#include "net/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

namespace net {
namespace {

// What may wait to be accepted; the kernel lowers it to net.core.somaxconn.
constexpr int kBacklog = 4096;

// The kernel frees the sockets of a killed server some milliseconds after the process is gone: its
// rings hold them, and a kernel worker takes those down. A restart at once waits for that.
constexpr int kInUseAttempts = 50;
constexpr auto kInUsePause = std::chrono::milliseconds(10);

struct Failure {
  bool in_use = false;
  std::string sentence;  // For the operator.
};

// A descriptor that is closed unless it is taken out.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&&) = delete;
  int get() const noexcept { return fd_; }
  int take() noexcept { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

std::unexpected<Failure> failure(const ListenAddress& address, const char* what) {
  const int error = errno;
  Failure failed{error == EADDRINUSE, {}};
  if (failed.in_use) {
    failed.sentence = fmt::format(
        "{} is in use: stop what listens there, or choose another --listen", address.text);
  } else if (error == EACCES) {
    failed.sentence = fmt::format(
        "no permission to listen on {}: ports below 1024 need CAP_NET_BIND_SERVICE", address.text);
  } else {
    failed.sentence =
        fmt::format("{} on {}: {}", what, address.text, std::generic_category().message(error));
  }
  return std::unexpected(std::move(failed));
}

std::vector<int> taken(std::vector<Socket>& sockets) {
  std::vector<int> descriptors;
  for (Socket& socket : sockets) descriptors.push_back(socket.take());
  return descriptors;
}

const sockaddr* raw(const sockaddr_storage& storage) noexcept {
  return reinterpret_cast<const sockaddr*>(&storage);
}

// Options on the listener are inherited by what it accepts: no system call per connection.
std::expected<Socket, Failure> open_socket(const ListenAddress& address, bool reuse_port) {
  const int family = address.storage.ss_family;
  Socket socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return failure(address, "can't make a socket");
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (reuse_port) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (family == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (family != AF_UNIX) ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::bind(socket.get(), raw(address.storage), address.bytes) != 0) {
    return failure(address, "can't bind");
  }
  return socket;
}

std::expected<Socket, Failure> open_listening(const ListenAddress& address, bool reuse_port) {
  auto socket = open_socket(address, reuse_port);
  if (socket && ::listen(socket->get(), kBacklog) != 0) {
    return failure(address, "can't listen");
  }
  return socket;
}

// A socket file that nobody listens behind is left over from a crash: it goes.
void remove_stale_unix(const ListenAddress& address) {
  struct stat info {};
  if (::lstat(address.unix_path.c_str(), &info) != 0 || !S_ISSOCK(info.st_mode)) return;
  const Socket probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const bool answered = ::connect(probe.get(), raw(address.storage), address.bytes) == 0;
  if (!answered && errno == ECONNREFUSED) ::unlink(address.unix_path.c_str());
}

std::string url_of(int fd, const ListenAddress& address) {
  if (!address.unix_path.empty()) return address.text;
  sockaddr_storage bound{};
  socklen_t bytes = sizeof bound;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &bytes);
  char text[INET6_ADDRSTRLEN] = "";
  if (bound.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(bound);
    inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
    return fmt::format("http://[{}]:{}", text, ntohs(v6.sin6_port));
  }
  const auto& v4 = reinterpret_cast<const sockaddr_in&>(bound);
  inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
  return fmt::format("http://{}:{}", text, ntohs(v4.sin_port));
}

using Sockets = std::expected<std::vector<int>, Failure>;

Sockets open_unix(const ListenAddress& address, int shards) {
  remove_stale_unix(address);
  auto socket = open_listening(address, false);
  if (!socket) return std::unexpected(std::move(socket.error()));
  std::vector<Socket> copies;
  for (int shard = 1; shard < shards; ++shard) {
    copies.emplace_back(::fcntl(socket->get(), F_DUPFD_CLOEXEC, 0));
    if (copies.back().get() < 0) return failure(address, "can't share the socket");
  }
  copies.push_back(std::move(*socket));
  return taken(copies);
}

Sockets open_port(const ListenAddress& address, int shards) {
  ListenAddress chosen = address;
  {
    const auto proof = open_socket(address, false);
    if (!proof) return std::unexpected(proof.error());
    // Port 0: the one picked for the proof is the one that all shards take.
    socklen_t bytes = sizeof chosen.storage;
    ::getsockname(proof->get(), reinterpret_cast<sockaddr*>(&chosen.storage), &bytes);
  }
  std::vector<Socket> sockets;
  for (int shard = 0; shard < shards; ++shard) {
    auto socket = open_listening(chosen, true);
    if (!socket) return std::unexpected(std::move(socket.error()));
    sockets.push_back(std::move(*socket));
  }
  return taken(sockets);
}

}  // namespace

std::expected<Listener, std::string> Listener::open(const ListenAddress& address, int shards,
                                                    void (*pause)()) {
  for (int attempt = 1;; ++attempt) {
    auto sockets =
        address.unix_path.empty() ? open_port(address, shards) : open_unix(address, shards);
    if (sockets) return Listener(address, std::move(*sockets));
    if (!sockets.error().in_use || attempt == kInUseAttempts) {
      return std::unexpected(std::move(sockets.error().sentence));
    }
    pause();
  }
}

void Listener::pause_in_use() {
  std::this_thread::sleep_for(kInUsePause);
}

Listener::Listener(const ListenAddress& address, std::vector<int> sockets)
    : sockets_(std::move(sockets)), url_(url_of(sockets_.front(), address)) {}

Listener::~Listener() {
  for (const int fd : sockets_) {
    if (fd >= 0) ::close(fd);
  }
}

Listener::Listener(Listener&& other) noexcept
    : sockets_(std::move(other.sockets_)), url_(std::move(other.url_)) {
  other.sockets_.clear();
}

int Listener::release(int shard) noexcept {
  return std::exchange(sockets_[static_cast<std::size_t>(shard)], -1);
}

}  // namespace net
