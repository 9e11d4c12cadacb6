#include "tests/support/sim_net.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace sim {
namespace {

constexpr int kFirstDescriptor = 3;

}  // namespace

int SimNet::listen() {
  Socket listener;
  listener.is_listener = true;
  return open_socket(std::move(listener));
}

int SimNet::connect(int listener_fd) {
  Socket& listener = socket(listener_fd);
  CHECK(listener.is_listener);
  const int client = static_cast<int>(connections_.size());
  connections_.emplace_back();
  listener.queue.push_back(client);
  return client;
}

void SimNet::client_send(int client, std::string_view bytes) {
  Connection& at = connection(client);
  CHECK(!at.client_finished && !at.reset_by_client);
  if (!at.reset_by_server) at.to_server += bytes;
}

std::string SimNet::client_take(int client) {
  return std::exchange(connection(client).to_client, {});
}

void SimNet::client_shutdown_write(int client) {
  connection(client).client_finished = true;
}

void SimNet::client_close(int client) {
  connection(client).client_finished = true;
  connection(client).client_closed = true;
}

void SimNet::client_reset(int client) {
  connection(client).reset_by_client = true;
  connection(client).to_client.clear();
}

bool SimNet::client_sees_eof(int client) const {
  const Connection& at = connection(client);
  return at.server_finished && at.to_client.empty() && !at.reset_by_server;
}

bool SimNet::client_sees_reset(int client) const {
  return connection(client).reset_by_server;
}

void SimNet::set_send_window(int client, std::size_t bytes) {
  connection(client).window = bytes;
}

void SimNet::split_at(int client, std::vector<std::size_t> offsets) {
  CHECK(std::ranges::is_sorted(offsets));
  connection(client).splits.assign(offsets.begin(), offsets.end());
}

void SimNet::fail_accepts(int listener_fd, int error, int count) {
  Socket& listener = socket(listener_fd);
  listener.accept_error = error;
  listener.accept_errors = count;
}

int SimNet::accept_now(int listener_fd) {
  Socket& listener = socket(listener_fd);
  return listener.queue.empty() ? -1 : accept(listener);
}

std::size_t SimNet::unread(int client) const {
  return connection(client).to_server.size();
}

SimNet::Socket& SimNet::socket(int fd) {
  const auto at = sockets_.find(fd);
  CHECK(at != sockets_.end());  // An operation on a descriptor that is not open.
  return at->second;
}

SimNet::Connection& SimNet::connection(int client) {
  CHECK(client >= 0 && static_cast<std::size_t>(client) < connections_.size());
  return connections_[static_cast<std::size_t>(client)];
}

const SimNet::Connection& SimNet::connection(int client) const {
  return const_cast<SimNet*>(this)->connection(client);
}

SimNet::Connection& SimNet::connection_of(int fd) {
  return connection(socket(fd).client);
}

int SimNet::open_socket(Socket socket) {
  int fd = kFirstDescriptor;
  while (sockets_.contains(fd)) ++fd;
  sockets_.emplace(fd, std::move(socket));
  return fd;
}

int SimNet::accept(Socket& listener) {
  Socket accepted;
  accepted.client = listener.queue.front();
  listener.queue.pop_front();
  return open_socket(std::move(accepted));
}

void SimNet::close(int fd) {
  Socket& closed = socket(fd);
  CHECK(!closed.accepting && !closed.receiving && !closed.sending);  // Still in flight.
  for (const int client : closed.queue) connection(client).reset_by_server = true;
  if (!closed.is_listener) {
    Connection& at = connection(closed.client);
    at.server_finished = true;
    if (!at.to_server.empty()) {
      at.reset_by_server = true;
      at.to_client.clear();
    }
  }
  sockets_.erase(fd);
}

std::size_t SimNet::readable(const Connection& connection, std::size_t bytes_max) {
  std::size_t bytes = std::min(connection.to_server.size(), bytes_max);
  for (const std::size_t split : connection.splits) {
    if (split > connection.received) return std::min(bytes, split - connection.received);
  }
  return bytes;
}

std::string SimNet::take(Connection& connection, std::size_t bytes) {
  std::string taken = connection.to_server.substr(0, bytes);
  connection.to_server.erase(0, bytes);
  connection.received += bytes;
  return taken;
}

}  // namespace sim
