// bare_responder: what one pinned thread on one io_uring costs when it does nothing but answer.
// It counts request ends ("\r\n\r\n"), reads nothing else, and sends that many copies of one fixed
// response in one send. No request with a body, no client that sends on without reading answers:
// it is the floor that servers are compared to, not a server.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/load/uring.h"
#include "core/base/result.h"

namespace {

// Copies of the response that one send carries at most; a longer batch takes several turns.
constexpr std::size_t kCopies = 256;
constexpr int kBacklog = 4096;

struct Flags {
  int port = 0;
  int cpu = -1;
  std::size_t response_bytes = 1400;
  std::int64_t busy_poll_us = 0;
};

// A response of exactly `bytes`, or of its head alone when that is longer.
std::string fixed_response(std::size_t bytes) {
  constexpr std::size_t kLengthDigits = 8;  // Leading zeros keep the head's size independent.
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ";
  const std::size_t head_bytes = head.size() + kLengthDigits + 4;
  const std::size_t body_bytes = bytes > head_bytes ? bytes - head_bytes : 0;
  std::string length = std::to_string(body_bytes);
  length.insert(0, kLengthDigits - length.size(), '0');
  return head + length + "\r\n\r\n" + std::string(body_bytes, 'x');
}

class BareResponder {
 public:
  BareResponder(int listener, const std::string& response, std::unique_ptr<bench::Uring> ring)
      : listener_(listener), response_bytes_(response.size()), ring_(std::move(ring)) {
    for (std::size_t i = 0; i < kCopies; ++i) copies_ += response;
  }

  // Serves until the ring fails.
  core::Status serve(std::int64_t busy_poll_ns) {
    ring_->accept_all(listener_, tag(Operation::kAccept, listener_));
    for (;;) {
      const auto status = busy_poll_ns > 0 ? ring_->wait_spinning(busy_poll_ns) : ring_->wait(-1);
      if (!status) return status;
      ring_->for_each_completion([this](const bench::Completion& done) { on_completion(done); });
    }
  }

 private:
  enum class Operation : std::uint8_t { kAccept, kReceive, kSend };

  static std::uint64_t tag(Operation operation, int socket) {
    return static_cast<std::uint64_t>(operation) << 32 | static_cast<std::uint32_t>(socket);
  }

  void on_completion(const bench::Completion& done) {
    const int socket = static_cast<int>(done.tag & 0xffffffff);
    switch (static_cast<Operation>(done.tag >> 32)) {
      case Operation::kAccept:
        if (done.result >= 0) begin(done.result);
        if (!done.more) ring_->accept_all(listener_, done.tag);
        break;
      case Operation::kReceive:
        on_received(socket, done);
        break;
      case Operation::kSend:
        break;  // Only failures arrive; the receive ends as well and closes the socket.
    }
  }

  void begin(int socket) {
    const auto index = static_cast<std::size_t>(socket);
    if (index >= last_bytes_.size()) last_bytes_.resize(index + 1);
    last_bytes_[index] = 0;
    ring_->receive_all(socket, tag(Operation::kReceive, socket));
  }

  void on_received(int socket, const bench::Completion& done) {
    if (done.result <= 0 && done.result != -ENOBUFS) {
      ::close(socket);
      return;
    }
    for (std::size_t ends = count_ends(socket, done.bytes); ends != 0;) {
      const std::size_t copies = std::min(ends, kCopies);
      const std::string_view answers(copies_.data(), copies * response_bytes_);
      ring_->send_quietly(socket, answers, tag(Operation::kSend, socket));
      ends -= copies;
    }
    if (!done.more) ring_->receive_all(socket, done.tag);
  }

  std::size_t count_ends(int socket, std::string_view bytes) {
    constexpr std::uint32_t kEnd = 0x0d0a0d0a;
    std::uint32_t last = last_bytes_[static_cast<std::size_t>(socket)];
    std::size_t ends = 0;
    for (const char byte : bytes) {
      last = last << 8 | static_cast<unsigned char>(byte);
      ends += last == kEnd ? 1 : 0;
    }
    last_bytes_[static_cast<std::size_t>(socket)] = last;
    return ends;
  }

  const int listener_;
  const std::size_t response_bytes_;
  std::unique_ptr<bench::Uring> ring_;
  std::string copies_;                     // Every send takes its bytes from the front of this.
  std::vector<std::uint32_t> last_bytes_;  // By socket: the last four bytes that came.
};

core::Result<int> listen_on(int port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) return std::unexpected(core::errno_error("make a socket"));
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);  // Accepted sockets inherit it.
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener, generic, bytes) != 0 || ::listen(listener, kBacklog) != 0 ||
      ::getsockname(listener, generic, &bytes) != 0) {
    return std::unexpected(core::errno_error("listen"));
  }
  std::fprintf(stderr, "bare_responder: listening on http://127.0.0.1:%d\n",
               static_cast<int>(ntohs(address.sin_port)));
  return listener;
}

core::Status serve(const Flags& flags) {
  if (flags.cpu >= 0) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(static_cast<unsigned>(flags.cpu), &cpus);
    if (sched_setaffinity(0, sizeof cpus, &cpus) != 0) {
      return std::unexpected(core::errno_error("pin to the CPU"));
    }
  }
  bench::Uring::Sizes sizes;
  sizes.spin = flags.busy_poll_us > 0;
  auto ring = bench::Uring::open(sizes);
  if (!ring) return std::unexpected(ring.error());
  const auto listener = listen_on(flags.port);
  if (!listener) return std::unexpected(listener.error());
  BareResponder responder(*listener, fixed_response(flags.response_bytes), std::move(*ring));
  return responder.serve(flags.busy_poll_us * 1000);
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  CLI::App app("Answers every request with the same bytes.", "bare_responder");
  app.add_option("--port", flags.port, "port on 127.0.0.1; 0 picks one")->check(CLI::Range(65535));
  app.add_option("--cpu", flags.cpu, "pin to this CPU")->check(CLI::NonNegativeNumber);
  app.add_option("--response-bytes", flags.response_bytes, "size of an answer, head and body")
      ->check(CLI::Range(1, 1 << 20))
      ->capture_default_str();
  app.add_option("--busy-poll-us", flags.busy_poll_us,
                 "look for requests this long before sleeping")
      ->check(CLI::Range(1'000'000));
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGPIPE, SIG_IGN);
  const auto status = serve(flags);
  std::fprintf(stderr, "bare_responder: %s\n", core::describe(status.error()).c_str());
  return 1;
}
