// Simulated sockets: the server's side is reached through SimRing, the clients' side through here.
#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sim {

// Listeners and connections of one simulated machine, shared by the rings of its shards. One
// thread.
//
// Descriptors are the server's, the lowest free number first, as the kernel does: a number is
// reused as soon as it is closed. Clients are named by handles, which are never reused. A call with
// a descriptor that is not open is a broken invariant.
class SimNet {
 public:
  // A descriptor to accept from.
  int listen();

  // A client whose connection waits in the listener's queue.
  int connect(int listener_fd);

  void client_send(int client, std::string_view bytes);
  // What the server has sent so far and was not taken yet. Makes room in the send window.
  std::string client_take(int client);
  // The end of the client's stream; it still takes what is sent.
  void client_shutdown_write(int client);
  // The end of its stream, and a reset as soon as the server sends more.
  void client_close(int client);
  void client_reset(int client);
  // All was taken and the server has ended its stream.
  bool client_sees_eof(int client) const;
  // The server closed with bytes unread: what was not taken by then is lost, as with TCP.
  bool client_sees_reset(int client) const;

  // How many untaken bytes the network holds for the client; a send ends when all of it is in.
  void set_send_window(int client, std::size_t bytes);
  // No receive goes across these offsets of the client's stream; ascending.
  void split_at(int client, std::vector<std::size_t> offsets);
  // The next `count` accepts on the listener fail with this errno value.
  void fail_accepts(int listener_fd, int error, int count = 1);

  // What accept4 on a non-blocking listener does: the next of the queue, -1 where it is empty.
  int accept_now(int listener_fd);

  // Of the server: listeners and connections that are open.
  std::size_t open_descriptors() const { return sockets_.size(); }
  // Sent by the client and not received by the server yet.
  std::size_t unread(int client) const;

 private:
  friend class SimRing;

  struct Connection {
    std::string to_server;
    std::size_t received = 0;  // Offset in the client's stream of to_server's first byte.
    std::deque<std::size_t> splits;
    std::string to_client;
    std::size_t window = std::numeric_limits<std::size_t>::max();
    bool client_finished = false;
    bool client_closed = false;
    bool reset_by_client = false;
    bool reset_by_server = false;
    bool server_stopped_reading = false;
    bool server_finished = false;
  };

  struct Socket {
    bool is_listener = false;
    int client = -1;
    std::deque<int> queue;  // Clients that wait to be accepted.
    int accept_error = 0;
    int accept_errors = 0;  // How often.
    bool accepting = false;
    bool receiving = false;
    bool sending = false;
  };

  Socket& socket(int fd);
  Connection& connection(int client);
  const Connection& connection(int client) const;
  Connection& connection_of(int fd);
  int open_socket(Socket socket);
  int accept(Socket& listener);
  void close(int fd);

  // The next bytes that one receive may take, at most `bytes_max`.
  static std::size_t readable(const Connection& connection, std::size_t bytes_max);
  static std::string take(Connection& connection, std::size_t bytes);

  std::map<int, Socket> sockets_;
  std::deque<Connection> connections_;
};

}  // namespace sim
