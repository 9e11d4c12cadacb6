"""The admin token: where it comes from, and that nobody else can read it."""

import os
import stat
import unittest

from server import Server, run_to_end
from wire import get

TOKEN = "a-token-of-the-operators-own-making"


class AdminToken(unittest.TestCase):
    def setUp(self):
        self.server = Server("--shards", "1")
        self.addCleanup(self.server.discard)
        self.file = os.path.join(self.server.folder, "token")

    def write(self, text, mode=0o600):
        with open(self.file, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(self.file, mode)

    def admitted(self, token):
        fields = [f"Authorization: Bearer {token}"]
        return self.server.request("GET", "/api/tenants", None, *fields).status == 200

    def refused(self, *flags, environment=None):
        status, _, errors, seconds = run_to_end("serve", "--data", self.server.data, "--listen",
                                                "127.0.0.1:0", *flags, environment=environment)
        lines = [line for line in errors.splitlines() if "running as root" not in line]
        self.assertEqual((status, len(lines)), (1, 1), errors)
        self.assertLess(seconds, 1.0)
        return lines[0]

    def test_is_made_once_for_the_owner_alone_and_kept(self):
        self.server.start()
        path = os.path.join(self.server.data, "admin.token")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertEqual(len([line for line in self.server.lines if path in line]), 1)
        self.assertFalse([line for line in self.server.lines if self.server.token in line])
        self.assertRegex(self.server.token, r"^[A-Za-z0-9_-]{43}$")
        self.assertTrue(self.admitted(self.server.token))
        first = self.server.token
        self.server.token = None
        self.server.restart()
        self.assertEqual(self.server.token, first)
        self.assertFalse([line for line in self.server.lines if path in line])

    def test_comes_from_a_file_before_a_variable_before_the_made_one(self):
        self.server.start()
        made = self.server.token
        self.write(TOKEN + "-file\n")
        self.server.environment["TOLLGATE_ADMIN_TOKEN"] = TOKEN + "-variable"
        self.server.restart("--admin-token-file", self.file)
        self.assertTrue(self.admitted(TOKEN + "-file"))
        self.assertFalse(self.admitted(TOKEN + "-variable"))
        self.assertFalse(self.admitted(made))
        self.server.restart()
        self.assertTrue(self.admitted(TOKEN + "-variable"))
        self.assertFalse(self.admitted(made))

    def test_in_a_file_that_others_can_read_is_refused(self):
        for mode in (0o644, 0o640, 0o604, 0o620):
            with self.subTest(mode=oct(mode)):
                self.write(TOKEN, mode)
                line = self.refused("--admin-token-file", self.file)
                self.assertIn(self.file, line)
                self.assertIn("chmod 600", line)

    def test_that_is_too_short_empty_or_missing_is_refused(self):
        for text in ("", "\n", "short", "x" * 15):
            with self.subTest(text=text):
                self.write(text)
                self.assertIn("too short", self.refused("--admin-token-file", self.file))
                self.assertIn("too short", self.refused(environment={"TOLLGATE_ADMIN_TOKEN": text}))
        self.assertIn("/nowhere/token", self.refused("--admin-token-file", "/nowhere/token"))

    def test_cannot_be_read_from_the_process(self):
        server = Server("--shards", "1", token=TOKEN)
        self.addCleanup(server.discard)
        server.start()
        for name in ("environ", "cmdline"):
            with open(f"/proc/{server.pid}/{name}", "rb") as file:
                self.assertNotIn(TOKEN.encode(), file.read(), name)
        self.assertEqual(server.api("GET", "/api/tenants").status, 200)
        for folder, _, names in os.walk(server.data):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    self.assertNotIn(TOKEN.encode(), file.read(), name)

    def test_is_compared_as_a_whole(self):
        server = Server("--shards", "1", token=TOKEN)
        self.addCleanup(server.discard)
        server.start()
        for value in (f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", f"Bearer {TOKEN.upper()}",
                      "Bearer", "Bearer ", f"Basic {TOKEN}", TOKEN, f"Bearer {TOKEN} {TOKEN}"):
            with self.subTest(value=value):
                answer = server.send(get("/api/tenants", f"Authorization: {value}"))
                self.assertEqual((answer.status, answer.code), (401, "UNAUTHORIZED"))
                self.assertIn("Bearer", answer.headers["www-authenticate"])
        for value in (f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER {TOKEN}"):
            answer = server.send(get("/api/tenants", f"Authorization: {value}"))
            self.assertEqual(answer.status, 200)
        cookie = server.send(get("/api/tenants", f"Cookie: token={TOKEN}", f"X-API-Key: {TOKEN}"))
        self.assertEqual(cookie.status, 401)

    def test_guards_every_route_of_the_admin_and_no_other(self):
        self.server.start()
        secret = self.server.key()["key"]
        for method, path in (("GET", "/api/tenants"), ("POST", "/api/tenants"),
                             ("GET", "/api/tenants/1"), ("PATCH", "/api/tenants/1"),
                             ("DELETE", "/api/tenants/1"), ("GET", "/api/keys"),
                             ("POST", "/api/api_keys"), ("GET", "/api/keys/1"),
                             ("PATCH", "/api/keys/1"), ("DELETE", "/api/keys/1"),
                             ("GET", "/api/keys/1/usage"), ("GET", "/api/usage_logs")):
            with self.subTest(method=method, path=path):
                for fields in ([], [f"X-API-Key: {secret}"], [f"Authorization: Bearer {secret}"]):
                    self.assertEqual(self.server.request(method, path, None, *fields).status, 401)
        self.assertEqual(self.server.api("GET", "/api/data").status, 401)
        self.assertEqual(self.server.api("GET", "/api/keys/1").status, 200)



if __name__ == "__main__":
    unittest.main(verbosity=2)
