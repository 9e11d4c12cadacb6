"""Connections that the kernel gives to one listener are spread over the shards all the same."""

import os
import socket
import struct
import time
import unittest

from server import Server
from wire import get

SHARDS = 4
CONNECTIONS = 64
EQUAL_WITHIN = 0.10
PORTS = range(20_000, 30_000)  # Below those that the kernel picks by itself.
PING = get("/health/live")


class Spread(unittest.TestCase):
    def setUp(self):
        self.server = Server("--shards", str(SHARDS))
        self.addCleanup(self.server.discard)
        path = os.path.join(self.server.folder, "socket")
        self.server.listen.append(f"unix:{path}")
        self.server.start()
        # What it counts is asked over one connection, so that asking changes nothing.
        self.questions = self.server.connect()
        self.addCleanup(self.questions.close)
        self.assertEqual(self.served(), 1)

    def by_shard(self, name):
        text = self.questions.request(get("/metrics")).body.decode()
        samples = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")
        return [int(samples[f'{name}{{shard="{shard}"}}']) for shard in range(SHARDS)]

    def accepted(self):
        return self.by_shard("tollgate_shard_accepted_total")

    def served(self):
        return sum(self.by_shard("tollgate_shard_connections"))

    def ping(self, connection):
        """An answer: the connection was accepted and counted."""
        connection.sendall(PING)
        self.assertTrue(connection.recv(4096).startswith(b"HTTP/1.1 200 "))

    def hold(self, connections):
        for connection in connections:
            self.addCleanup(connection.close)
            self.ping(connection)

    def assert_spread(self):
        """With the connection of the questions there is one more."""
        by_shard = self.by_shard("tollgate_shard_connections")
        print(f"{CONNECTIONS} connections and one: {by_shard} by shard")
        self.assertEqual(sum(by_shard), CONNECTIONS + 1)
        equal = CONNECTIONS / SHARDS
        for count in by_shard:
            self.assertGreaterEqual(count, equal * (1 - EQUAL_WITHIN))
            self.assertLessEqual(count, equal * (1 + EQUAL_WITHIN))

    # The kernel picks a listener of a SO_REUSEPORT group by a hash of both addresses and ports,
    # keyed with a secret. It can't be computed, but it can be asked: a connection from a port of
    # our choice is accepted by some shard, whose count says so; the next one from the same port
    # will be, too.

    def connect_from(self, port):
        """A connection from that port, None if it is taken. It ends by a reset, which frees the
        port at once."""
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.settimeout(20)
        try:
            connection.bind(("127.0.0.1", port))
            connection.connect(self.server.address)
        except OSError:
            connection.close()
            return None
        return connection

    def ports_that_lead_to(self, shard):
        found = []
        before = self.accepted()
        for port in PORTS:
            connection = self.connect_from(port)
            if connection is None:
                continue
            with connection:
                self.ping(connection)
            after = self.accepted()
            self.assertEqual(sum(after), sum(before) + 1)
            if after[shard] > before[shard]:
                found.append(port)
            before = after
            if len(found) == CONNECTIONS:
                break
        return found

    def test_connections_steered_to_one_listener_end_within_a_tenth_of_equal(self):
        ports = self.ports_that_lead_to(0)
        deadline = time.monotonic() + 20
        while self.served() > 1:
            self.assertLess(time.monotonic(), deadline, "connections that were reset stay")
        before = self.accepted()
        self.hold([self.connect_from(port) for port in ports])
        self.assertEqual(self.accepted(), [before[0] + CONNECTIONS, *before[1:]])
        self.assert_spread()

    def test_connections_to_a_unix_socket_that_all_shards_share_end_the_same(self):
        connections = []
        for _ in range(CONNECTIONS):
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(20)
            connection.connect(self.server.urls[1].removeprefix("unix:"))
            connections.append(connection)
        self.hold(connections)
        self.assert_spread()


if __name__ == "__main__":
    unittest.main(verbosity=2)
