"""Refusals: readable to the end whatever is still under way, and taken at a bounded cost."""

import socket
import unittest

from server import LONG, Server
from wire import Connection, get

TRIES = 1000 if LONG else 200
REPEATS = 1000 if LONG else 200
# A shard's 2048 receive buffers of 4 KiB, touched as they are needed; what is refused here
# adds up to 400 MB a kind. The bar for a quiet machine, 1 MB, is printed beside the figure.
GROWTH_MAX_KB = 8 * 1024
PIECE = 64 * 1024


def rss_kb(server):
    return int(server.status_field("RssAnon").split()[0])


class Refusals(unittest.TestCase):
    """The client reads the whole answer and then the end, never a reset."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2", "--max-connections", "50").start()
        cls.addClassCleanup(cls.server.discard)

    def every_time(self, status, data):
        """Sends all of `data` before reading. 0 bare ends and 0 resets in all the tries."""
        faults = {"bare": 0, "reset": 0}
        for _ in range(TRIES):
            with self.server.connect() as connection:
                try:
                    connection.send(data)
                    answer = connection.answer()
                    self.assertEqual((answer.status, answer.closes), (status, True))
                    self.assertFalse(answer.json["success"])
                    connection.finish()
                    faults["bare"] += not connection.at_end()
                except (ConnectionResetError, BrokenPipeError):
                    faults["reset"] += 1
        self.assertEqual(faults, {"bare": 0, "reset": 0})

    def test_of_a_body_over_the_bound_with_a_megabyte_behind_it(self):
        head = get("/api/data", "Content-Length: 1048577", method="POST")
        self.every_time(413, head + b"x" * 1_048_577)

    def test_of_a_chunk_over_the_bound(self):
        head = get("/api/data", "Transfer-Encoding: chunked", method="POST")
        self.every_time(413, head + b"200000\r\n" + b"x" * 300_000)

    def test_of_a_head_over_the_bound(self):
        self.every_time(431, get("/", "A: " + "b" * 200_000))

    def test_of_a_malformed_request_with_junk_behind_it(self):
        self.every_time(400, b"GET  / HTTP/1.1\r\n\r\n" + b"\x16\x03\x01junk\r\n\r\n" * 5000)

    def test_of_one_connection_too_many(self):
        held = []
        try:
            while len(held) < 50:
                connection = self.server.connect()
                held.append(connection)
                self.assertEqual(connection.request(get("/health")).status, 200)
            for _ in range(20):
                with self.server.connect() as connection:
                    answer = connection.answer()
                    self.assertEqual((answer.status, answer.closes), (503, True))
                    connection.finish()
                    self.assertTrue(connection.at_end())
            for connection in held:
                self.assertEqual(connection.request(get("/health")).status, 200)
            held.pop().close()
            refused = self.server.metrics_over(held[0])["tollgate_connections_refused_total"]
            self.assertEqual(refused, 20)
        finally:
            for connection in held:
                connection.close()


class Bounds(unittest.TestCase):
    """Sent at full speed and in small pieces, over and over: refused, and nothing is kept."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "1").start()
        cls.addClassCleanup(cls.server.discard)

    def refused(self, statuses, data, piece=PIECE):
        """The status of the answer, if any could be read before the end."""
        with Connection(self.server.address) as connection:
            try:
                for at in range(0, len(data), piece):
                    connection.send(data[at:at + piece])
                connection.finish()
            except (ConnectionResetError, BrokenPipeError):
                pass  # It stopped listening: what it said before is still there to be read.
            answers = connection.answers_to_end()
            self.assertEqual(len(answers), 1)
            self.assertIn(answers[0].status, statuses)
            self.assertTrue(answers[0].closes)

    def bounded(self, statuses, data):
        self.refused(statuses, data, piece=1000)
        for _ in range(20):  # Buffers that are kept for reuse are there now.
            self.refused(statuses, data)
        before = rss_kb(self.server)
        for _ in range(REPEATS):
            self.refused(statuses, data)
        growth = rss_kb(self.server) - before
        print(f"RSS grew by {growth} KB (bar: 1024)")
        self.assertLess(growth, GROWTH_MAX_KB)
        self.assertEqual(self.server.request("GET", "/health").status, 200)

    def test_of_a_target(self):
        self.bounded([414], get("/" + "a" * 2_000_000))

    def test_of_a_method(self):
        self.bounded([400, 414, 501], b"A" * 2_000_000)

    def test_of_a_header(self):
        self.bounded([431], get("/", "A: " + "b" * 2_000_000))

    def test_of_the_number_of_headers(self):
        self.bounded([431], get("/", *["A: b"] * 200_000))

    def test_of_empty_lines_before_a_request(self):
        self.bounded([400, 414, 431], b"\r\n" * 500_000)

    def test_of_chunk_extensions(self):
        head = get("/api/data", "Transfer-Encoding: chunked", method="POST")
        self.bounded([400], head + (b"1;" + b"e" * 200 + b"\r\nx\r\n") * 5000)
        self.refused([400], head + b"1;" + b"e" * 2_000_000)

    def test_of_what_chunks_cost(self):
        head = get("/api/data", "Transfer-Encoding: chunked", method="POST")
        self.bounded([400], head + b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n")

    def test_of_a_trailer(self):
        head = get("/api/data", "Transfer-Encoding: chunked", method="POST")
        self.bounded([400, 431], head + b"1\r\nx\r\n0\r\nA: " + b"b" * 1_000_000 + b"\r\n\r\n")

    def test_of_a_body(self):
        head = get("/api/data", "Content-Length: 1048577", method="POST")
        self.bounded([413], head + b"x" * 1_048_577)

    def test_of_requests_whose_answers_are_not_read(self):
        wanted = get("/health")
        with Connection(self.server.address, timeout=1) as connection:
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            before = rss_kb(self.server)
            sent = 0
            try:
                for _ in range(3000):
                    connection.send(wanted * 500)
                    sent += 500
            except TimeoutError:
                pass  # It reads no further than it answers.
            self.assertLess(sent, 1_500_000)
            self.assertLess(rss_kb(self.server) - before, 2 * GROWTH_MAX_KB)
            self.assertEqual(self.server.request("GET", "/health").status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
