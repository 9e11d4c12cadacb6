#include "net/listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <utility>

#include "core/base/check.h"
#include "tests/support/temp_folder.h"

namespace net {
namespace {

ListenAddress address_of(const std::string& text) {
  auto address = parse_listen_address(text);
  CHECK(address.has_value());
  return *address;
}

// Closes what it holds.
struct Descriptor {
  explicit Descriptor(int number) : fd(number) {}
  Descriptor(Descriptor&& other) noexcept : fd(std::exchange(other.fd, -1)) {}
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
  int fd;
};

Descriptor connect_to(const std::string& url) {
  constexpr std::string_view kHttp = "http://";
  const std::string text = url.starts_with(kHttp) ? url.substr(kHttp.size()) : url;
  const ListenAddress to = address_of(text);
  Descriptor client(::socket(to.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int result = ::connect(client.fd, reinterpret_cast<const sockaddr*>(&to.storage), to.bytes);
  return result == 0 ? std::move(client) : Descriptor(-1);
}

bool is_served(const std::string& url, int listener) {
  const Descriptor client = connect_to(url);
  if (client.fd < 0) return false;
  const Descriptor accepted(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  return accepted.fd >= 0;
}

TEST(Listener, PicksAPortAndSaysWhich) {
  auto listener = Listener::open(address_of("127.0.0.1:0"), 1);
  ASSERT_TRUE(listener) << listener.error();
  EXPECT_TRUE(listener->url().starts_with("http://127.0.0.1:"));
  EXPECT_FALSE(listener->url().ends_with(":0"));
  const Descriptor shard(listener->release(0));
  EXPECT_TRUE(is_served(listener->url(), shard.fd));
}

TEST(Listener, GivesEveryShardASocketOnOnePort) {
  auto listener = Listener::open(address_of("127.0.0.1:0"), 3);
  ASSERT_TRUE(listener) << listener.error();
  std::uint16_t port = 0;
  for (int shard = 0; shard < 3; ++shard) {
    const Descriptor socket(listener->release(shard));
    sockaddr_in bound{};
    socklen_t bytes = sizeof bound;
    ASSERT_EQ(::getsockname(socket.fd, reinterpret_cast<sockaddr*>(&bound), &bytes), 0);
    EXPECT_TRUE(shard == 0 || ntohs(bound.sin_port) == port) << shard;
    port = ntohs(bound.sin_port);
    EXPECT_NE(::fcntl(socket.fd, F_GETFD) & FD_CLOEXEC, 0);
  }
  EXPECT_TRUE(listener->url().ends_with(":" + std::to_string(port)));
}

TEST(Listener, RefusesAPortInUseWithASentenceAlsoToASecondServerOfTheSameUser) {
  const auto first = Listener::open(address_of("127.0.0.1:0"), 2);
  ASSERT_TRUE(first) << first.error();
  const std::string taken = first->url().substr(std::string_view("http://").size());
  const auto second = Listener::open(address_of(taken), 2);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error(),
            taken + " is in use: stop what listens there, or choose another --listen");
}

std::optional<Listener> killed;  // Its address is freed while another waits for it.

TEST(Listener, WaitsForAnAddressThatIsFreedInAMoment) {
  const core::TempFolder folder;
  for (const std::string& text : {std::string("127.0.0.1:0"), "unix:" + folder.file("t.sock")}) {
    killed.emplace(std::move(*Listener::open(address_of(text), 2)));
    std::string taken = killed->url();
    if (taken.starts_with("http://")) taken.erase(0, std::string_view("http://").size());
    const auto next = Listener::open(address_of(taken), 2, [] { killed.reset(); });
    EXPECT_TRUE(next) << next.error();
    EXPECT_FALSE(killed);
  }
}

TEST(Listener, FreesThePortWhenItGoes) {
  std::string url;
  {
    const auto first = Listener::open(address_of("127.0.0.1:0"), 1);
    ASSERT_TRUE(first);
    url = first->url();
  }
  EXPECT_LT(connect_to(url).fd, 0);
}

TEST(Listener, ListensOnIPv6WithTheAddressInBrackets) {
  auto listener = Listener::open(address_of("[::1]:0"), 1);
  if (!listener) GTEST_SKIP() << "no IPv6 on this machine: " << listener.error();
  EXPECT_TRUE(listener->url().starts_with("http://[::1]:"));
  const Descriptor shard(listener->release(0));
  EXPECT_TRUE(is_served(listener->url(), shard.fd));
  const Descriptor client = connect_to(listener->url());
  const Descriptor accepted(::accept4(shard.fd, nullptr, nullptr, SOCK_CLOEXEC));
  EXPECT_EQ(format_address(peer_address(accepted.fd)), "::1");
}

TEST(Listener, SharesOneUnixSocketBetweenShards) {
  const core::TempFolder folder;
  const std::string text = "unix:" + folder.file("t.sock");
  auto listener = Listener::open(address_of(text), 2);
  ASSERT_TRUE(listener) << listener.error();
  EXPECT_EQ(listener->url(), text);
  for (int shard = 0; shard < 2; ++shard) {
    const Descriptor socket(listener->release(shard));
    EXPECT_TRUE(is_served(text, socket.fd)) << shard;
  }
}

TEST(Listener, ReplacesASocketFileThatACrashLeftBehind) {
  const core::TempFolder folder;
  const std::string text = "unix:" + folder.file("t.sock");
  { const auto crashed = Listener::open(address_of(text), 1); }
  struct stat info {};
  ASSERT_EQ(::stat(folder.file("t.sock").c_str(), &info), 0);
  auto listener = Listener::open(address_of(text), 1);
  ASSERT_TRUE(listener) << listener.error();
  const Descriptor socket(listener->release(0));
  EXPECT_TRUE(is_served(text, socket.fd));
}

TEST(Listener, LeavesAUnixSocketThatIsServedAndAFileThatIsNoSocketAlone) {
  const core::TempFolder folder;
  const std::string text = "unix:" + folder.file("t.sock");
  auto first = Listener::open(address_of(text), 1);
  ASSERT_TRUE(first);
  const auto second = Listener::open(address_of(text), 1);
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find("is in use"), std::string::npos) << second.error();

  std::ofstream(folder.file("note")) << "keep me";
  EXPECT_FALSE(Listener::open(address_of("unix:" + folder.file("note")), 1));
  EXPECT_EQ(folder.read("note"), "keep me");
}

TEST(Listener, SaysWhyAnAddressOfAnotherMachineCanNotBeBound) {
  const auto listener = Listener::open(address_of("192.0.2.1:0"), 1);  // RFC 5737: nobody's.
  ASSERT_FALSE(listener);
  EXPECT_TRUE(listener.error().starts_with("can't bind on 192.0.2.1:0: ")) << listener.error();
}

}  // namespace
}  // namespace net
