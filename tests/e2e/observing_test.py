"""What an operator sees: metrics that agree with what was done, and logs that can be trusted."""

import json
import os
import re
import signal
import time
import unittest

from server import Server
from wire import Connection, get, post

SAMPLE = re.compile(r'^([a-z_:][a-z0-9_:]*)(\{[a-z_]+="[^"\n]*"(,[a-z_]+="[^"\n]*")*\})? '
                    r'(-?\d+(\.\d+)?(e[+-]?\d+)?|NaN|[+-]Inf)$')
SUFFIXES = ("_bucket", "_sum", "_count")


class Metrics(unittest.TestCase):
    def test_are_prometheus_text(self):
        with Server("--shards", "2") as server:
            server.as_key(server.key()["key"], "GET", "/api/data")
            answer = server.request("GET", "/metrics")
            self.assertEqual(answer.status, 200)
            self.assertTrue(answer.headers["content-type"].startswith("text/plain; version=0.0.4"))
            text = answer.body.decode()
            self.assertTrue(text.endswith("\n"))
            types, seen = {}, set()
            for line in text.splitlines():
                if line.startswith("# TYPE "):
                    _, _, name, kind = line.split(" ")
                    self.assertNotIn(name, types)
                    types[name] = kind
                elif not line.startswith("# HELP "):
                    self.check_sample(line, types, seen)
            self.assertTrue(set(types.values()) <= {"counter", "gauge", "histogram"})

    def check_sample(self, line, types, seen):
        self.assertRegex(line, SAMPLE)
        series, _ = line.rsplit(" ", 1)
        self.assertNotIn(series, seen)
        seen.add(series)
        name = series.split("{")[0]
        family = name if name in types else re.sub(f"({'|'.join(SUFFIXES)})$", "", name)
        self.assertIn(family, types)
        if types[family] == "counter":
            self.assertTrue(name.endswith("_total"), name)
        self.assertTrue(name.startswith("tollgate_"), name)

    def test_agree_with_what_was_done(self):
        with Server("--shards", "2") as server:
            key = server.key(rate_limit=10, rate_window=31_536_000)["key"]
            for _ in range(15):
                server.as_key(key, "GET", "/api/data")
            for _ in range(3):
                server.as_key("fp_bogus", "GET", "/api/data")
                server.request("GET", "/api/data")
            server.request("GET", "/nowhere")
            server.send(b"BOGUS\r\n\r\n")
            server.request("GET", "/api/tenants")
            server.usage(1)  # Records wait until they are asked about, or for a few milliseconds.
            found = server.metrics()
            expected = {
                'tollgate_requests_total{route="/api/data",status="200"}': 10,
                'tollgate_requests_total{route="/api/data",status="429"}': 5,
                'tollgate_requests_total{route="/api/data",status="401"}': 6,
                'tollgate_requests_total{route="/api/tenants",status="201"}': 1,
                'tollgate_requests_total{route="/api/tenants",status="401"}': 1,
                'tollgate_requests_total{route="(none)",status="404"}': 1,
                'tollgate_requests_total{route="(refused)",status="400"}': 1,
                'tollgate_gate_total{outcome="admitted"}': 10,
                'tollgate_gate_total{outcome="over_limit"}': 5,
                'tollgate_gate_total{outcome="key_unknown"}': 3,
                'tollgate_gate_total{outcome="key_missing"}': 3,
                "tollgate_admin_refused_total": 1,
                "tollgate_usage_records_total": 15,
                "tollgate_store_commands_total": 2,
                "tollgate_store_writable": 1,
                "tollgate_draining": 0}
            for name, value in expected.items():
                self.assertEqual((name, found.get(name)), (name, value))
            requests = sum(value for name, value in found.items()
                           if name.startswith("tollgate_requests_total"))
            self.assertEqual(found["tollgate_request_duration_seconds_count"], requests)
            self.assertEqual(found["tollgate_request_duration_seconds_bucket{le=\"+Inf\"}"],
                             requests)

    def test_are_for_operators(self):
        with Server("--shards", "1", "--ops-listen", "127.0.0.1:0") as server:
            self.assertEqual(server.request("GET", "/metrics").status, 200)
            self.assertEqual(len([line for line in server.lines if "listening" in line]), 2)


class Logs(unittest.TestCase):
    HOSTILE = ['/"quoted"', "/back\\slash", "/%00%0a%1b[31m", "/\u00e9".encode().decode("latin-1"),
               "/api/data?secret=1", "/'; DROP TABLE--", "/<script>", "/" + "a" * 3000, "/{}[],:"]

    def setUp(self):
        self.server = Server("--shards", "2")
        self.addCleanup(self.server.discard)
        self.path = os.path.join(self.server.folder, "access.log")
        self.server.flags += ["--access-log", self.path]

    @staticmethod
    def entries(path):
        with open(path, encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def test_have_one_json_object_a_request_whatever_it_is(self):
        with self.server as server:
            key = server.key()
            statuses = []
            for path in self.HOSTILE:
                statuses.append(server.send(get(path, f"X-API-Key: {key['key']}",
                                                'User-Agent: "\x80"', "Referer: \\")).status)
            statuses.append(server.send(b"\x16\x03\x01\x02\r\n\r\n").status)
            statuses.append(server.send(get("/api/data", f"X-API-Key: {key['key']}",
                                            "X-Request-ID: mine")).status)
            server.stop()
            entries = [entry for entry in self.entries(self.path)
                       if entry["path"] not in ("/api/tenants", "/api/keys")]
        self.assertEqual(sorted(entry["status"] for entry in entries), sorted(statuses))
        self.assertGreater(len(set(statuses)), 2)
        self.assertIn("mine", [entry["request_id"] for entry in entries])
        last = next(entry for entry in entries if entry["request_id"] == "mine")
        self.assertEqual((last["method"], last["path"], last["route"], last["status"],
                          last["key_id"], last["address"]),
                         ("GET", "/api/data", "/api/data", 200, key["id"], "127.0.0.1"))
        self.assertFalse([entry for entry in entries if "secret=1" in entry["path"]])

    def test_lose_no_line_of_many_requests(self):
        with self.server as server:
            key = server.key(rate_limit=None)["key"]
            with server.connect() as connection:
                for _ in range(50):
                    connection.send(get("/api/data", f"X-API-Key: {key}") * 100)
                    connection.answers(100)
            self.assertEqual(server.metrics()["tollgate_access_log_dropped_total"], 0)
            server.stop()
            entries = self.entries(self.path)
        self.assertEqual(len([entry for entry in entries if entry["path"] == "/api/data"]), 5000)
        self.assertEqual(len({entry["request_id"] for entry in entries}), len(entries))

    def test_are_reopened_at_a_hangup(self):
        log = os.path.join(self.server.folder, "server.log")
        self.server.flags += ["--log-file", log]
        with self.server as server:
            with server.connect() as kept:
                kept.request(get("/before"))
                self.wait_for(self.path, "/before")
                os.rename(self.path, self.path + ".1")
                os.rename(log, log + ".1")
                server.signal(signal.SIGHUP)
                self.wait_for(self.path, None)
                self.wait_for(log, None)
                self.assertEqual(kept.request(get("/after")).status, 404)
                self.wait_for(self.path, "/after")
            with open(self.path + ".1", encoding="utf-8") as file:
                self.assertNotIn("/after", file.read())

    def wait_for(self, path, text):
        """Until the file is there and, unless `text` is None, has it."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    if text is None or text in file.read():
                        return
            time.sleep(0.02)
        self.fail(f"{path} never had {text}")

    def test_that_cannot_be_reopened_do_not_stop_the_server(self):
        with self.server as server:
            os.rename(self.path, self.path + ".1")
            os.mkdir(self.path)
            server.signal(signal.SIGHUP)
            for _ in range(20):
                self.assertEqual(server.request("GET", "/health").status, 200)
            self.assertEqual(server.stop(), 0)


class Health(unittest.TestCase):
    def test_is_open_to_everybody(self):
        with Server("--shards", "1") as server, Connection(server.address) as connection:
            for path in ("/health", "/health/live", "/health/ready"):
                answer = connection.request(get(path))
                self.assertEqual((answer.status, answer.data["status"]), (200, "ok"))
            self.assertEqual(connection.request(post("/health", b"")).status, 405)


if __name__ == "__main__":
    unittest.main(verbosity=2)
