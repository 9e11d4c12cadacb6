"""tollgate-load against servers that misbehave. Usage: load_generator_test.py TOLLGATE_LOAD"""

import contextlib
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = ""
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class ScriptedServer:
    """Listens on a port of its own and runs `script(connection, number)` for each connection, in a
    thread; `number` counts connections from 0. The connection closes when the script returns."""

    def __init__(self, script):
        self.script = script
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listener.getsockname()[1]
        self.accepted = 0
        self.threads = [threading.Thread(target=self.accept)]

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            worker = threading.Thread(target=self.serve, args=(connection, self.accepted))
            self.accepted += 1
            self.threads.append(worker)
            worker.start()

    def serve(self, connection, number):
        with connection, contextlib.suppress(OSError, EOFError):
            self.script(Connection(connection), number)

    def __enter__(self):
        self.threads[0].start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for thread in self.threads:
            thread.join(timeout=30)


class Connection:
    def __init__(self, plain):
        self.plain = plain
        self.held = b""

    def request(self):
        """The path of the next request; its body is read. EOFError when the client is gone."""
        while b"\r\n\r\n" not in self.held:
            self.receive()
        head, _, self.held = self.held.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                self.skip(int(line.split(b":")[1]))
        return head.split(b" ")[1].decode()

    def receive(self):
        part = self.plain.recv(65536)
        if not part:
            raise EOFError
        self.held += part

    def skip(self, count):
        while len(self.held) < count:
            self.receive()
        self.held = self.held[count:]

    def send(self, data):
        self.plain.sendall(data)

    def reset(self):
        self.plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def load(port, *flags):
    """Runs tollgate-load. Returns (exit status, its report)."""
    done = subprocess.run([PROGRAM, "--url", f"http://127.0.0.1:{port}/x", "--json", *flags],
                          capture_output=True, text=True, timeout=60)
    return done.returncode, json.loads(done.stdout or "null")


def answer_all(connection, _):
    while True:
        connection.request()
        connection.send(OK)


class LoadGenerator(unittest.TestCase):
    def test_counts_every_answer_of_a_sound_server(self):
        with ScriptedServer(answer_all) as server:
            status, report = load(server.port, "--requests", "500", "--connections", "5",
                                  "--expect", "200")
        self.assertEqual(status, 0)
        self.assertEqual(report["answered"], 500)
        self.assertEqual(report["statuses"], {"200": 500})
        self.assertEqual(report["bytes_received"], 500 * len(OK))
        self.assertEqual(report["errors"], {})

    def test_puts_together_answers_that_arrive_byte_by_byte(self):
        def dribble(connection, _):
            connection.plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                connection.request()
                for at in range(len(OK)):
                    connection.send(OK[at:at + 1])

        with ScriptedServer(dribble) as server:
            status, report = load(server.port, "--requests", "40", "--connections", "2",
                                  "--pipeline", "2")
        self.assertEqual((status, report["answered"]), (0, 40))

    def test_takes_apart_answers_that_arrive_together(self):
        def coalesce(connection, _):
            while True:
                for _ in range(16):
                    connection.request()
                connection.send(OK * 16)

        with ScriptedServer(coalesce) as server:
            status, report = load(server.port, "--requests", "320", "--connections", "2",
                                  "--pipeline", "16")
        self.assertEqual((status, report["answered"]), (0, 320))

    def test_refuses_chunked_answers(self):
        def chunk(connection, _):
            connection.request()
            connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
            connection.receive()

        with ScriptedServer(chunk) as server:
            status, report = load(server.port, "--requests", "9", "--connections", "1")
        self.assertEqual(status, 1)
        self.assertEqual((report["answered"], report["lost"]), (0, 1))
        self.assertEqual(report["errors"], {"unframed": 1})

    def test_notices_an_answer_that_nobody_asked_for(self):
        def answer_twice(connection, _):
            connection.request()
            connection.send(OK + OK)
            connection.receive()

        with ScriptedServer(answer_twice) as server:
            status, report = load(server.port, "--requests", "9", "--connections", "1")
        self.assertEqual((status, report["answered"]), (1, 1))
        self.assertEqual(report["errors"], {"unasked": 1})

    def test_counts_statuses_that_were_not_expected(self):
        def refuse_each_third(connection, _):
            for number in range(30):
                connection.request()
                refused = b"HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n"
                connection.send(refused if number % 3 == 2 else OK)
            connection.receive()

        with ScriptedServer(refuse_each_third) as server:
            status, report = load(server.port, "--requests", "30", "--connections", "1",
                                  "--expect", "200")
        self.assertEqual((status, report["unexpected"]), (1, 10))
        self.assertEqual(report["statuses"], {"200": 20, "429": 10})

    def test_stops_a_connection_that_the_server_ends(self):
        def answer_three(connection, _):
            for _ in range(3):
                connection.request()
                connection.send(OK)
            connection.request()

        with ScriptedServer(answer_three) as server:
            status, report = load(server.port, "--requests", "100", "--connections", "2")
        self.assertEqual(status, 1)
        self.assertEqual((report["answered"], report["lost"]), (6, 2))
        self.assertEqual(report["errors"], {"closed": 2})
        self.assertEqual(report["stopped_connections"], 2)

    def test_sends_nothing_after_an_answer_that_announces_the_end(self):
        def say_close(connection, _):
            connection.request()
            connection.send(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))

        with ScriptedServer(say_close) as server:
            _, report = load(server.port, "--requests", "5", "--connections", "1", "--reconnect")
        self.assertEqual((report["answered"], report["lost"]), (5, 0))
        self.assertEqual(report["reconnects"], 4)

    def test_gives_up_on_a_server_that_never_answers(self):
        def swallow(connection, _):
            while True:
                connection.request()

        with ScriptedServer(swallow) as server:
            status, report = load(server.port, "--duration", "100ms", "--connections", "3")
        self.assertEqual((status, report["lost"]), (1, 3))
        self.assertEqual(report["errors"], {"unanswered": 3})

    def test_reports_a_port_where_nobody_listens(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            status, report = load(unused.getsockname()[1], "--connections", "3")
        self.assertEqual((status, report["errors"]), (1, {"connect": 3}))

    def test_sends_bodies_larger_than_a_socket_takes_at_once(self):
        body = "x" * 100_000
        with ScriptedServer(answer_all) as server:
            status, report = load(server.port, "--requests", "640", "--connections", "2",
                                  "--pipeline", "64", "--method", "POST", "--body", body)
        self.assertEqual((status, report["answered"]), (0, 640))
        self.assertGreater(report["bytes_sent"], 640 * len(body))

    def test_waits_for_its_own_send_when_the_answer_comes_first(self):
        def answer_early(connection, _):
            while True:
                while b"\r\n\r\n" not in connection.held:
                    connection.receive()
                connection.send(OK * 64)  # All of the batch, before most of it was read.
                for _ in range(64):
                    connection.request()

        with ScriptedServer(answer_early) as server:
            status, report = load(server.port, "--requests", "640", "--connections", "1",
                                  "--pipeline", "64", "--method", "POST", "--body", "x" * 100_000)
        self.assertEqual((status, report["answered"]), (0, 640))

    def test_charges_a_stall_to_every_request_that_was_due_in_it(self):
        stall_s = 0.4

        def stall_once(connection, _):
            for number in range(10_000):
                connection.request()
                if number == 100:
                    time.sleep(stall_s)
                connection.send(OK)

        with ScriptedServer(stall_once) as server:
            _, report = load(server.port, "--rate", "500", "--duration", "1s", "--connections", "1")
        # 500 were due; those due in the stall waited for its rest, 0.2 s on average.
        self.assertEqual(report["requests"] + report["overdue"], 500)
        waited = stall_s * 500
        self.assertGreater(report["latency_us"]["p90"], stall_s * 1e6 / 4)
        self.assertGreater(report["latency_us"]["mean"] * report["answered"],
                           waited * stall_s * 1e6 / 2 * 0.8)

    def test_records_one_outcome_for_every_request_of_a_server_that_dies(self):
        received = []  # Appending is atomic.

        def die_after_some(connection, number):
            for at in range(20 + number):
                path = connection.request()
                received.append(path)
                if at % 7 == 6 and number % 2 == 0:
                    connection.reset()  # Received, and never answered.
                    return
                connection.send(OK)

        with tempfile.TemporaryDirectory() as folder:
            record, keys = os.path.join(folder, "record"), os.path.join(folder, "keys")
            with open(keys, "w") as out:
                out.writelines(f"fp_{number:04}\n" for number in range(100))
            with ScriptedServer(die_after_some) as server:
                _, report = load(server.port, "--duration", "500ms", "--connections", "4",
                                 "--pipeline", "3", "--reconnect", "--unique-path", "crash/",
                                 "--record", record, "--keys", keys, "--key-choice", "uniform")
            with open(record) as lines:
                events = [line.split() for line in lines]
        sent = {path: int(key) for event, path, key in events if event == "sent"}
        answered = [path for event, path, _ in events if event == "answered"]
        lost = [path for event, path, _ in events if event == "lost"]
        self.assertEqual(len(sent), report["requests"])
        self.assertEqual(len(answered), report["answered"])
        self.assertEqual(len(lost), report["lost"])
        self.assertEqual(sorted(answered + lost), sorted(sent))
        self.assertEqual(len(received), len(set(received)))
        self.assertLessEqual(set(answered), set(received))
        self.assertLessEqual(set(received), set(sent))
        self.assertTrue(all(0 <= key < 100 for key in sent.values()))
        self.assertGreater(report["reconnects"], 0)
        self.assertGreater(report["lost"], 0)
        self.assertEqual(set(report["errors"]) - {"reset", "closed", "send"}, set())


if __name__ == "__main__":
    PROGRAM = sys.argv.pop(1)
    unittest.main(verbosity=2)
