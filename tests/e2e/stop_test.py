"""Stopping: nothing accepted is lost, nothing stretches it, and usage is exact afterwards."""

import json
import os
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from server import Server
from wire import Closed, get, post

LOAD = os.environ["TOLLGATE_LOAD_BIN"]
SLACK_S = 6  # Well below the default --drain-timeout: the end did not come from that.
RECEIVED = "tollgate_received_bytes_total"


class Stopping(unittest.TestCase):
    def stopped_within(self, server, seconds, status=0):
        begun = time.monotonic()
        self.assertEqual(server.wait(seconds + 20), status)
        self.assertLess(time.monotonic() - begun, seconds)

    def test_ends_at_once_without_clients(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number=number), Server("--shards", "2") as server:
                server.signal(number)
                self.stopped_within(server, SLACK_S)

    def test_says_not_ready_and_serves_on_during_the_delay(self):
        with Server("--shards", "2", "--drain-delay", "2") as server:
            key = server.key(rate_limit=None)["key"]
            with server.connect() as old:
                self.assertEqual(old.request(get("/health/ready")).status, 200)
                begun = time.monotonic()
                server.signal()
                while server.request("GET", "/health/ready").status == 200:
                    self.assertLess(time.monotonic() - begun, 1)
                while time.monotonic() - begun < 1.5:
                    self.assertEqual(server.request("GET", "/health/live").status, 200)
                    self.assertEqual(server.request("GET", "/health/ready").status, 503)
                    self.assertEqual(server.as_key(key, "GET", "/api/data").status, 200)
                    self.assertEqual(old.request(get("/health/ready")).code, "SERVICE_UNAVAILABLE")
                self.assertTrue(old.at_end())
            self.stopped_within(server, SLACK_S)
            with self.assertRaises(ConnectionRefusedError):
                server.connect()

    def test_answers_what_is_in_flight_and_says_close(self):
        with Server("--shards", "2", "--drain-timeout", "5") as server:
            key = "X-API-Key: " + server.key()["key"]
            whole = post("/api/data", {"name": "in flight"}, key)
            with server.connect() as connection:
                before = server.metrics()[RECEIVED]
                connection.send(whole[:-5])
                self.wait_until_received(server, before, len(whole) - 5)
                server.signal()
                time.sleep(0.2)
                self.assertIsNone(server.process.poll())
                answer = connection.request(whole[-5:])
                self.assertEqual((answer.status, answer.closes), (201, True))
                connection.finish()
                self.assertTrue(connection.at_end())
            self.stopped_within(server, SLACK_S)
            server.start()
            self.assertEqual(len(server.send(get("/api/data", key)).data), 1)

    def wait_until_received(self, server, before, count):
        """Until `count` bytes came in since `before`, besides those of the questions here."""
        until = time.monotonic() + 5
        asked = len(get("/metrics"))
        while server.metrics()[RECEIVED] - before - asked < count:
            self.assertLess(time.monotonic(), until)
            asked += len(get("/metrics"))

    def test_lets_no_hanging_client_stretch_it(self):
        for sent in (b"", b"GET / HT", post("/api/data", b"12345")[:-1]):
            with self.subTest(sent=sent), Server("--drain-timeout", "1") as server:
                with server.connect() as hanging, server.connect() as idle:
                    idle.request(get("/health"))
                    hanging.send(sent)
                    time.sleep(0.1)
                    server.signal()
                    self.stopped_within(server, 1 + SLACK_S)

    def test_is_forced_by_a_second_signal(self):
        for flags in (["--drain-timeout", "60"], ["--drain-delay", "60"]):
            with self.subTest(flags=flags), Server(*flags) as server, server.connect() as hanging:
                hanging.send(b"GET / HT")
                time.sleep(0.1)
                server.signal()
                time.sleep(0.3)
                self.assertIsNone(server.process.poll())
                server.signal()
                self.stopped_within(server, SLACK_S)

    def test_ends_idle_connections_without_a_reset(self):
        with Server("--shards", "2") as server:
            connections = [server.connect() for _ in range(50)]
            for connection in connections:
                self.assertEqual(connection.request(get("/health")).status, 200)
            server.signal()
            for connection in connections:
                self.assertTrue(connection.at_end())
                connection.close()
            self.stopped_within(server, SLACK_S)

    def test_answers_every_connection_that_was_accepted(self):
        with Server("--shards", "2", "--drain-timeout", "5") as server:
            counts = {"answered": 0, "refused": 0, "lost": 0}
            stopped = threading.Event()
            guard = threading.Lock()

            def come_and_go():
                while not stopped.is_set():
                    outcome = self.one_request(server)
                    with guard:
                        counts[outcome] += 1
                    if outcome == "refused":
                        return

            clients = [threading.Thread(target=come_and_go) for _ in range(8)]
            for client in clients:
                client.start()
            time.sleep(0.5)
            server.signal()
            self.stopped_within(server, 5)
            stopped.set()
            for client in clients:
                client.join()
            print(counts)
            self.assertEqual(counts["lost"], 0)
            self.assertGreater(counts["answered"], 100)

    @staticmethod
    def one_request(server):
        try:
            connection = server.connect()
        except (ConnectionRefusedError, ConnectionResetError):
            return "refused"
        with connection:
            try:
                status = connection.request(get("/health/live")).status
                return "answered" if status == 200 else "lost"
            except (Closed, ConnectionResetError, BrokenPipeError):
                return "lost"


class UnderLoad(unittest.TestCase):
    """R38: what the client counts and what the server recorded are the same."""

    def run_load(self, server, secret, seconds):
        with tempfile.NamedTemporaryFile("w", suffix=".keys") as keys:
            keys.write(secret + "\n")
            keys.flush()
            load = subprocess.Popen([LOAD, "--url", f"{server.url}/api/data", "--keys", keys.name,
                                     "--connections", "32", "--rate", "5000", "--duration",
                                     f"{seconds}s", "--json"], stdout=subprocess.PIPE, text=True)
            time.sleep(seconds / 2)
            begun = time.monotonic()
            server.signal()
            status = server.wait(20)
            stopping = time.monotonic() - begun
            report = json.loads(load.communicate(timeout=30)[0])
        self.assertEqual(status, 0)
        self.assertLess(stopping, 5)
        return report

    def test_a_stop_loses_no_request_and_usage_is_exact(self):
        for sync in ("interval", "always", "off"):
            with self.subTest(sync=sync), Server("--shards", "2", "--usage-sync", sync) as server:
                key = server.key(rate_limit=None)
                report = self.run_load(server, key["key"], 2)
                print(sync, {name: report[name] for name in
                             ("requests", "answered", "lost", "errors", "statuses")})
                self.assertGreater(report["answered"], 500)
                self.assertEqual(set(report["statuses"]), {"200"})
                self.assertEqual(report["lost"], 0)
                server.start()
                self.assertEqual(server.usage(key["id"])["total"], report["answered"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
