// Listening sockets: proving that an address is free, then one socket for each shard.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "net/address.h"

namespace net {

// The sockets of one address: one a shard, all bound to it with SO_REUSEPORT, so that the kernel
// spreads connections over them. A Unix socket has one, which all shards share.
//
// Owns the descriptors until release() gives one to its shard, which closes it.
class Listener {
 public:
  // First proves the address free by a bind without SO_REUSEPORT, which would let a second server
  // share the port silently; then opens `shards` sockets. Waits half a second at most for an
  // address that is in use: a killed server's is freed a little after its end. `pause` is called
  // between two attempts. The error is a sentence for the operator.
  static std::expected<Listener, std::string> open(const ListenAddress& address, int shards,
                                                   void (*pause)() = pause_in_use);

  ~Listener();
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&&) = delete;

  // The socket for a shard.
  int release(int shard) noexcept;

  // "http://127.0.0.1:8000" with the port that was picked, or "unix:/path".
  const std::string& url() const noexcept { return url_; }

 private:
  Listener(const ListenAddress& address, std::vector<int> sockets);
  static void pause_in_use();

  std::vector<int> sockets_;
  std::string url_;
};

}  // namespace net
