"""The commands of the README, run as printed by the real curl."""

import json
import shutil
import subprocess
import unittest

from server import Server


@unittest.skipIf(shutil.which("curl") is None, "needs curl")
class Curl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2").start()
        cls.addClassCleanup(cls.server.discard)
        cls.url = cls.server.url
        cls.server.tenant("Demo")
        cls.key = cls.server.key(1)["key"]

    def curl(self, *arguments, stdin=None):
        """(status, headers by lower-case name, body)."""
        done = subprocess.run(["curl", "-sS", "-i", "--max-time", "20", *arguments], check=True,
                              capture_output=True, text=True, input=stdin)
        rest = done.stdout
        while True:
            head, _, rest = rest.partition("\n\n")  # text=True has made CRLF into LF.
            lines = head.split("\n")
            status = int(lines[0].split()[1])
            if status >= 200:
                return status, dict(line.lower().split(": ", 1) for line in lines[1:]), rest

    def test_creates_a_key(self):
        status, _, body = self.curl(
            "-X", "POST", f"{self.url}/api/keys",
            "-H", f"Authorization: Bearer {self.server.token}",
            "-d", '{"name": "Production Key", "tenant_id": 1}')
        self.assertEqual(status, 201)
        answer = json.loads(body)
        self.assertTrue(answer["success"])
        self.assertRegex(answer["data"]["key"], r"^fp_[A-Za-z0-9_-]{43}$")
        self.assertEqual(answer["data"]["name"], "Production Key")

    def test_reads_data_with_the_rate_limit_in_the_headers(self):
        key = self.server.key()["key"]
        for remaining in ("999", "998"):
            status, headers, body = self.curl(f"{self.url}/api/data", "-H", f"X-API-Key: {key}")
            self.assertEqual((status, json.loads(body)["data"]), (200, []))
            self.assertEqual(headers["x-ratelimit-limit"], "1000")
            self.assertEqual(headers["x-ratelimit-remaining"], remaining)

    def test_reads_usage(self):
        made = self.server.key(1)
        for _ in range(3):
            self.curl(f"{self.url}/api/data", "-H", f"Authorization: Bearer {made['key']}")
        status, _, body = self.curl(f"{self.url}/api/keys/{made['id']}/usage", "-H",
                                    f"Authorization: Bearer {self.server.token}")
        self.assertEqual((status, json.loads(body)["data"]["count"]), (200, 3))

    def test_sends_large_bodies_behind_100_continue(self):
        value = json.dumps({"name": "large", "value": "x" * 30_000})
        for more in ([], ["-H", "Transfer-Encoding: chunked"], ["--http1.0"],
                     ["-H", "Expect: 100-continue"]):
            with self.subTest(more=more):
                status, _, body = self.curl(f"{self.url}/api/data", "-H", f"X-API-Key: {self.key}",
                                            "--data-binary", "@-", *more, stdin=value)
                self.assertEqual(status, 201, body)

    def test_asks_for_heads_and_options(self):
        status, headers, body = self.curl("-I", f"{self.url}/api/data", "-H",
                                          f"X-API-Key: {self.key}")
        self.assertEqual((status, body.strip()), (200, ""))
        self.assertGreater(int(headers["content-length"]), 0)
        status, headers, _ = self.curl("-X", "OPTIONS", f"{self.url}/api/data")
        self.assertEqual((status, headers["allow"]), (204, "get, head, options, post"))

    def test_uses_one_connection_for_several_requests(self):
        done = subprocess.run(["curl", "-sS", "-o", "/dev/null", "-w", "%{num_connects} ",
                               f"{self.url}/health", "-o", "/dev/null", f"{self.url}/health",
                               "-o", "/dev/null", f"{self.url}/api/data"], check=True,
                              capture_output=True, text=True)
        self.assertEqual(done.stdout.split(), ["1", "0", "0"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
