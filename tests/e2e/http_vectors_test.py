"""Every vector of the parser's tests, sent to the real binary. VECTORS names the program that
prints them."""

import json
import os
import subprocess
import unittest
from collections import Counter

from server import Server
from wire import Closed

# Bytes that no vector's request can be answered with: nothing of it may be routed.
REFUSALS = (400, 413, 414, 417, 431, 501, 505)


def vectors():
    done = subprocess.run([os.environ["TOLLGATE_VECTORS"]], check=True, capture_output=True,
                          text=True)
    for line in done.stdout.splitlines():
        vector = json.loads(line)
        for name in ("name", "bytes", "rest"):
            vector[name] = bytes.fromhex(vector[name])
        yield vector


class Vectors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2").start()
        cls.addClassCleanup(cls.server.discard)

    def test_end_as_a_strict_server_must_end_them(self):
        ends = Counter()
        for vector in vectors():
            with self.subTest(rule=vector["rule"], name=vector["name"]):
                ends[self.check(vector)] += 1
        print(dict(ends))
        self.assertGreater(min(ends.values()), 10)
        self.assertEqual(self.server.request("GET", "/health").status, 200)

    def check(self, vector):
        with self.server.connect() as connection:
            connection.send(vector["bytes"])
            if vector["incomplete"]:
                connection.finish()
                self.assertTrue(connection.at_end() or connection.held.startswith(b"HTTP/1.1 100"))
                return "incomplete"
            answer = connection.answer(head=vector["method"] == "HEAD")
            while answer.status == 100:
                self.assertTrue(vector["expect_continue"])
                answer = connection.answer(head=vector["method"] == "HEAD")
            if vector["status"]:
                return self.check_refused(vector, connection, answer)
            self.assertNotIn(answer.status, (413, 414, 417, 431, 501, 505))
            # 400 for the request that was accepted can only be that of its body's JSON.
            self.assertNotEqual(answer.status, 400)
            if vector["rest"] or not vector["keep_alive"]:
                self.assertEqual(answer.closes, not vector["keep_alive"])
            connection.finish()
            if not vector["keep_alive"]:
                self.assertTrue(connection.at_end())
            elif not vector["rest"]:
                self.assertEqual(connection.read_to_end(), b"")
            return "accepted"

    def check_refused(self, vector, connection, answer):
        self.assertEqual(answer.status, vector["status"])
        self.assertIn(answer.status, REFUSALS)
        self.assertTrue(answer.closes)
        connection.finish()
        try:
            self.fail(f"answered behind a refusal: {connection.answer()}")
        except Closed as end:
            self.assertEqual(end.held, b"")
        return "refused"


if __name__ == "__main__":
    unittest.main(verbosity=2)
