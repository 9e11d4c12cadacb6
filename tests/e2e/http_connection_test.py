"""What a connection does: keep-alive, HTTP/1.0, half-closed clients, every cut, and deadlines."""

import json
import socket
import threading
import time
import unittest

from server import Server
from wire import Connection, chunked, get, post

SLOW_S = 1
# What a busy machine and the timer's coarseness may add to a deadline.
SLACK_S = 1.5


def comparable(answer):
    """An answer without what differs between two equal requests."""
    names = sorted(name for name, _ in answer.fields)
    body = answer.json if answer.body else {}
    data = body.get("data")
    if isinstance(data, dict):
        body = body | {"data": {name: value for name, value in data.items()
                                if name not in ("id", "created_at", "updated_at")}}
    return answer.status, names, json.dumps(body)


class Keeping(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2").start()
        cls.addClassCleanup(cls.server.discard)
        cls.key = "X-API-Key: " + cls.server.key(rate_limit=None)["key"]

    def test_is_the_default_of_1_1_and_must_be_asked_for_in_1_0(self):
        for version, field, kept in (("HTTP/1.1", None, True), ("HTTP/1.1", "close", False),
                                     ("HTTP/1.1", "Close", False),
                                     ("HTTP/1.1", "x, close", False),
                                     ("HTTP/1.0", None, False), ("HTTP/1.0", "keep-alive", True),
                                     ("HTTP/1.0", "Keep-Alive, x", True),
                                     ("HTTP/1.0", "keep-alive, close", False)):
            with self.subTest(version=version, field=field), self.server.connect() as connection:
                fields = [f"Connection: {field}"] if field else []
                request = get("/health", *fields, version=version)
                answer = connection.request(request)
                self.assertEqual(answer.status, 200)
                self.assertEqual(answer.closes, not kept)
                if version == "HTTP/1.0" and kept:
                    self.assertEqual(answer.headers["connection"].lower(), "keep-alive")
                if kept:
                    self.assertEqual(connection.request(request).status, 200)
                else:
                    connection.finish()
                    self.assertTrue(connection.at_end())

    def test_answers_a_client_that_has_finished_sending(self):
        requests = [get("/health"), get("/api/data", self.key),
                    post("/api/data", {"name": "a"}, self.key), get("/nowhere")]
        with self.server.connect() as connection:
            connection.send(b"".join(requests))
            connection.finish()
            answers = connection.answers_to_end()
            self.assertEqual([answer.status for answer in answers], [200, 200, 201, 404])

    def test_forgets_a_client_that_leaves_in_the_middle(self):
        for cut in (b"", b"GET", get("/health")[:-2], post("/api/data", b"12345", self.key)[:-1]):
            for finish in (True, False):
                with self.server.connect() as connection:
                    connection.send(cut)
                    if finish:
                        connection.finish()
                        self.assertTrue(connection.at_end())
                    else:
                        connection.reset()
        until = time.monotonic() + 5
        while self.server.metrics()["tollgate_connections_open"] > 1:  # The one that asks.
            self.assertLess(time.monotonic(), until)
            time.sleep(0.02)

    def test_sends_100_once_and_only_when_it_is_waited_for(self):
        head, body = b'{"name":', b'"a"}'
        whole = post("/api/data", head + body, self.key, "Expect: 100-continue")
        at = whole.index(b"\r\n\r\n") + 4
        with self.server.connect() as connection:
            connection.send(whole[:at])
            self.assertEqual(connection.answer().status, 100)
            connection.send_pieces([head, body], 0.02)
            self.assertEqual(connection.answer().status, 201)
            self.assertEqual(connection.request(whole).status, 201)  # The body came along.
            old = whole.replace(b"HTTP/1.1", b"HTTP/1.0")
            connection.send(old[:at])
            connection.socket.settimeout(0.2)
            with self.assertRaises(TimeoutError):
                connection.answer()
            connection.socket.settimeout(20)
            self.assertEqual(connection.request(old[at:]).status, 201)
        self.assertEqual(self.server.send(get("/", "Expect: 200-ok")).status, 417)

    def test_request_ids_are_the_clients_own_if_they_are_sane(self):
        sane = self.server.request("GET", "/health", None, "X-Request-ID: abc-123_X.9")
        self.assertEqual(sane.headers["x-request-id"], "abc-123_X.9")
        made = set()
        for sent in ("", "a b", "a\tb", "\xff", '"', "x" * 1000, "a,b;c"):
            with self.subTest(sent=sent):
                answer = self.server.request("GET", "/health", None, f"X-Request-ID: {sent}")
                own = answer.headers["x-request-id"]
                self.assertRegex(own, r"^[0-9a-f]{16}$")
                made.add(own)
        self.assertEqual(len(made), 7)


class Cuts(unittest.TestCase):
    """The same answers wherever the bytes are cut into segments."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2").start()
        cls.addClassCleanup(cls.server.discard)
        cls.key = "X-API-Key: " + cls.server.key(rate_limit=None)["key"]

    def everywhere(self, data, statuses):
        def exchange(pieces):
            with self.server.connect() as connection:
                connection.send_pieces(pieces, 0.0003)
                connection.finish()
                return [comparable(answer) for answer in connection.answers_to_end()]

        whole = exchange([data])
        self.assertEqual([status for status, _, _ in whole], statuses)
        for at in range(1, len(data)):
            with self.subTest(at=at):
                self.assertEqual(exchange([data[:at], data[at:]]), whole)
        self.assertEqual(exchange([data[at:at + 1] for at in range(len(data))]), whole)

    def test_of_a_get(self):
        self.everywhere(get("/api/me?a=b", self.key, "Accept: */*"), [200])

    def test_of_a_post(self):
        self.everywhere(post("/api/data", {"name": "a", "value": [1, "\r\n"]}, self.key), [201])

    def test_of_chunks_with_trailers(self):
        data = chunked("/api/data", b'{"name":', b' "a",', b'"value":{}}', fields=[self.key],
                       trailer=b"X-Sum: 1\r\nX-More: 2\r\n")
        self.everywhere(data.replace(b"\r\n{", b";ext=1\r\n{"), [201])

    def test_of_two_pipelined_requests(self):
        self.everywhere(post("/api/data", {"name": "a"}, self.key) + get("/nowhere"), [201, 404])

    def test_of_a_refused_request(self):
        self.everywhere(b"GET /api/data HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", [400])


class Deadlines(unittest.TestCase):
    """Absolute: a byte now and then does not move them."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "1", "--head-timeout", str(SLOW_S), "--body-timeout",
                            str(SLOW_S), "--idle-timeout", "2").start()
        cls.addClassCleanup(cls.server.discard)
        cls.key = "X-API-Key: " + cls.server.key(rate_limit=None)["key"]

    def seconds_until_closed(self, first, drip):
        """Sends `first`, then a byte of `drip` each 0.1 s. How long until the end came."""
        with self.server.connect() as connection:
            begun = time.monotonic()
            connection.send(first)
            done = threading.Event()

            def dribble():
                for at in range(len(drip)):
                    if done.wait(0.1):
                        return
                    try:
                        connection.send(drip[at:at + 1])
                    except OSError:
                        return

            sender = threading.Thread(target=dribble)
            sender.start()
            try:
                connection.read_to_end()
            except ConnectionResetError:
                pass  # Its last bytes came behind the end.
            finally:
                done.set()
                sender.join()
            return time.monotonic() - begun

    def test_end_every_kind_of_slow_client(self):
        many = b"x" * 200
        sized = get("/api/data", self.key, "Content-Length: 1000", method="POST")
        coded = get("/api/data", self.key, "Transfer-Encoding: chunked", method="POST")
        slow = {"silent": (b"", b""),
                "a slow head": (b"GET / HTTP/1.1\r\nA: ", many),
                "a slow request line": (b"", b"GET /" + many),
                "half a head": (get("/health")[:-3], b""),
                "a slow body": (sized, many),
                "no body": (sized, b""),
                "slow chunks": (coded, b"1\r\nx\r\n" * 50),
                "one slow chunk": (coded + b"ff\r\n", many),
                "a slow chunk size": (coded, b"0" * 200),
                "a slow trailer": (coded + b"0\r\n", b"A: " + many),
                "a second slow head": (get("/health") + b"GET", b" /" + many)}
        spans = {}

        def measure(name):
            spans[name] = self.seconds_until_closed(*slow[name])

        threads = [threading.Thread(target=measure, args=(name,)) for name in slow]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for name in slow:
            with self.subTest(name):
                self.assertGreaterEqual(spans[name], SLOW_S * 0.9)
                self.assertLess(spans[name], SLOW_S + SLACK_S)

    def test_give_an_idle_client_longer(self):
        with self.server.connect() as connection:
            for _ in range(3):
                self.assertEqual(connection.request(get("/health")).status, 200)
                time.sleep(SLOW_S + 0.3)
            begun = time.monotonic()
            self.assertEqual(connection.request(get("/health")).status, 200)
            self.assertTrue(connection.at_end())
            self.assertGreater(time.monotonic() - begun, 1.8)
            self.assertLess(time.monotonic() - begun, 2 + SLACK_S)

    def test_let_through_a_body_that_is_large_and_steady(self):
        body = json.dumps({"name": "a", "value": "x" * 60_000}).encode()
        with self.server.connect() as connection:
            whole = post("/api/data", body, self.key)
            pieces = [whole[at:at + 6000] for at in range(0, len(whole), 6000)]
            connection.send_pieces(pieces, 0.12)  # 1.2 s in all: 1 s, and 1 s for each 32 KiB.
            self.assertEqual(connection.answer().status, 201)


class Unix(unittest.TestCase):
    def test_sockets_serve_as_ports_do(self):
        server = Server("--shards", "2")
        path = f"{server.folder}/socket"
        server.listen.append(f"unix:{path}")
        with server:
            key = "X-API-Key: " + server.key()["key"]
            with Connection(path) as connection:
                connection.send(post("/api/data", {"name": "a"}, key) * 3)
                self.assertEqual([a.status for a in connection.answers(3)], [201] * 3)
                self.assertEqual(connection.socket.family, socket.AF_UNIX)


if __name__ == "__main__":
    unittest.main(verbosity=2)
