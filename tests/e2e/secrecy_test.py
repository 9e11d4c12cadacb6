"""Secrets are shown once and kept nowhere: not on disk, not in a log, not in a core file."""

import base64
import hashlib
import json
import os
import subprocess
import tempfile
import unittest

from server import LONG, Server, run_to_end
from wire import get, post

MANY = 100_000 if LONG else 1_200
CONNECTIONS = 64


def digests_of(secret):
    """The ways in which somebody might present a stored hash."""
    digest = hashlib.sha256(secret.encode()).digest()
    url = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return [digest.hex(), f"fp_{digest.hex()}", url, f"fp_{url}",
            base64.b64encode(digest).decode(), digest.decode("latin-1")]


def files_under(folder):
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(place, name)
            with open(path, "rb") as file:
                yield path, file.read()


class Secrets(unittest.TestCase):
    def test_of_keys_are_in_no_file_after_use_restart_and_crash(self):
        server = Server("--shards", "2", "--log-level", "debug")
        log = os.path.join(server.folder, "log")
        access_log = os.path.join(server.folder, "access")
        server.flags += ["--log-file", log, "--access-log", access_log]
        with server:
            keys = [server.key(rate_limit=5, metadata={"n": number})["key"] for number in range(20)]
            unknown = "fp_" + "NobodyHasThisKey" * 2 + "0123456789A"
            for number in range(1, 6):
                rotated = server.api("POST", f"/api/keys/{number}/rotate", {"overlap_seconds": 60})
                keys.append(rotated.data["key"])
            keys += self.shown_once(server)
            tokens = self.use_tokens(server)
            for secret in [*keys, unknown]:
                for _ in range(8):
                    server.as_key(secret, "GET", "/api/data")
                server.as_key(secret, "POST", "/api/data", {"name": "a"})
                server.request("GET", "/api/me", None, f"Authorization: Bearer {secret}")
                server.as_key(secret, "GET", "/v1/authz/nginx", None, "X-Original-Method: GET",
                              f"X-Original-URI: /things?key={secret}")
                server.api("POST", "/v1/keys/verify", {"key": secret, "scope": "a:read"})
                server.api("POST", "/v1/keys/verify", {"key": secret, "cost": 1})
                server.api("POST", "/v1/keys/verify", f'{{"key":"{secret}"'.encode())
                server.send(get("/bogus", f"X-API-Key: {secret}"))
                server.send(get("/", f"X-API-Key: {secret}", f"X-API-Key: {secret}"))
            hooks = self.webhook_secrets(server)
            server.restart()
            for secret in keys:
                server.as_key(secret, "GET", "/api/data")
            server.kill()
            server.start()
            self.search(server, [*keys, *hooks, *tokens, unknown])
            server.stop()
            self.assertGreater(os.path.getsize(access_log), 1000)
            self.assertGreater(os.path.getsize(log), 0)
            self.search(server, [*keys, *hooks, *tokens, unknown])

    @staticmethod
    def use_tokens(server):
        """Makes admin tokens of each role, uses them well and badly. Returns their texts."""
        tenant = server.tenant()["id"]
        tokens = [server.made("/api/admin_tokens", body)["token"] for body in (
            {"name": "all", "role": "all"}, {"name": "looks", "role": "read_only"},
            {"name": "one", "role": "tenant", "tenant_id": tenant})]
        for token in [*tokens, "ta_" + "NobodyHasThisToken" * 2 + "1234567"]:
            field = f"Authorization: Bearer {token}"
            server.request("GET", "/api/keys", None, field)
            server.request("POST", "/api/tenants", {"name": token[:5]}, field)
            server.request("POST", "/api/keys", {"name": "k", "tenant_id": tenant}, field)
            server.request("GET", f"/api/audit_logs?actor={token}", None, field)
            server.send(get("/bogus", field))
            server.send(get("/api/data", f"X-API-Key: {token}"))
        server.api("DELETE", "/api/admin_tokens/1")
        return tokens

    @staticmethod
    def webhook_secrets(server):
        """Made and brought, in requests that are taken and in one that is refused."""
        webhook = {"tenant_id": 1, "url": "https://hooks.example.com/", "events": ["*"]}
        brought = [f"{number} a secret that the client brought" for number in range(3)]
        first = server.made("/api/webhooks", webhook)
        server.made("/api/webhooks", {**webhook, "secret": brought[0]})
        path = f"/api/webhooks/{first['id']}/rotate_secret"
        rotated = server.api("POST", path, {"overlap_seconds": 60}).data["secret"]
        server.api("POST", path, {"overlap_seconds": 60, "secret": brought[1]})
        server.api("POST", path, {"overlap_seconds": -1, "secret": brought[2]})
        return [first["secret"], rotated, *brought]

    def shown_once(self, server):
        """Secrets of answers that were asked for twice with an Idempotency-Key."""
        secrets = []
        for path, body in (("/api/keys", {"name": "Once", "tenant_id": 1}),
                           ("/api/keys/6/rotate", {"overlap_seconds": 60})):
            first, again = (server.api("POST", path, body, f"Idempotency-Key: once-{path}")
                            for _ in range(2))
            self.assertEqual(again.headers["idempotency-replayed"], "true")
            secrets.append(first.data["key"])
            self.assertNotIn(secrets[-1][7:-4].encode(), again.body)
            self.assertNotIn("key", again.data)
        return secrets

    def search(self, server, secrets):
        """Neither the secrets nor what is behind their prefixes, whole or the middle of it."""
        needles = [secret[7:-4].encode() for secret in secrets]
        own_token = os.path.join(server.data, "admin.token")
        searched = 0
        for path, content in files_under(server.folder):
            searched += len(content)
            for needle in needles:
                self.assertNotIn(needle, content, path)
            if path != own_token:
                self.assertNotIn(server.token.encode(), content, path)
        self.assertGreater(searched, 10_000)

    def test_stored_as_hashes_do_not_open_anything(self):
        with Server("--shards", "2") as server:
            key = server.key()
            self.assertEqual(server.as_key(key["key"], "GET", "/api/data").status, 200)
            admin = server.made("/api/admin_tokens", {"name": "a", "role": "all"})
            digest = hashlib.sha256(key["key"].encode()).digest()
            server.stop()
            content = b"".join(content for _, content in files_under(server.data))
            self.assertTrue(digest in content or digest[::-1] in content,
                            "the hash is what is stored, so it is what a thief would have")
            server.start()
            for presented in digests_of(key["key"]):
                fields = f"X-API-Key: {presented}"
                answer = server.send(get("/api/data", fields))
                self.assertIn(answer.status, (400, 401), presented)  # 400: bytes of no field value.
            for presented in [*digests_of(server.token), *digests_of(admin["token"]),
                              "ta_" + digests_of(admin["token"])[2]]:
                answer = server.send(get("/api/tenants", f"Authorization: Bearer {presented}"))
                self.assertIn(answer.status, (400, 401))

    def test_are_kept_out_of_core_files(self):
        with Server("--shards", "1") as server:
            # A process that may not be dumped has its /proc entries owned by root.
            with open(f"/proc/{server.pid}/coredump_filter", encoding="ascii") as file:
                self.assertTrue(file.read())
            if os.geteuid() == 0:
                server.restart("--user", "nobody")
                self.assertEqual(os.stat(f"/proc/{server.pid}/environ").st_uid, 0)


class ManySecrets(unittest.TestCase):
    """Creations, rotations and imports, a third of each; every secret is used, too."""

    def setUp(self):
        self.server = Server("--shards", "2", "--log-level", "debug")
        self.log = os.path.join(self.server.folder, "log")
        self.access_log = os.path.join(self.server.folder, "access")
        self.server.flags += ["--log-file", self.log, "--access-log", self.access_log]
        self.server.start()
        self.addCleanup(self.server.discard)
        outside = tempfile.TemporaryDirectory()
        self.addCleanup(outside.cleanup)
        self.needles = os.path.join(outside.name, "needles")
        self.keys_file = os.path.join(outside.name, "keys.jsonl")
        self.secrets = []

    def on_all_connections(self, requests):
        """Sends them over many connections at once. Yields the answers in their order."""
        connections = [self.server.connect(60) for _ in range(CONNECTIONS)]
        for begin in range(0, len(requests), CONNECTIONS):
            some = list(zip(connections, requests[begin:begin + CONNECTIONS]))
            for connection, request in some:
                connection.send(request)
            for connection, _ in some:
                yield connection.answer()
        for connection in connections:
            connection.close()

    def make(self, path_of, body_of, count):
        """Every tenth twice, with an Idempotency-Key."""
        admin = f"Authorization: Bearer {self.server.token}"
        requests = []
        for number in range(count):
            once = [f"Idempotency-Key: {path_of(0)}-{number}"] if number % 10 == 0 else []
            request = post(path_of(number), body_of(number), admin, *once)
            requests += [request] * (2 if once else 1)
        for answer in self.on_all_connections(requests):
            self.assertIn(answer.status, (200, 201), answer)
            if "idempotency-replayed" not in answer.headers:
                self.secrets.append(answer.data["key"])

    def import_many(self, count):
        clear = [f"legacy-{number}-canary-{os.urandom(12).hex()}" for number in range(count)]
        with open(self.keys_file, "w", encoding="ascii") as file:
            for secret in clear:
                file.write(json.dumps({"tenant_id": 1, "name": "Moved", "key": secret}) + "\n")
        status, _, errors, _ = run_to_end(
            "keys", "import", self.keys_file, timeout=600,
            environment={"TOLLGATE_ADMIN_TOKEN": self.server.token,
                         "TOLLGATE_URL": self.server.url})
        self.assertEqual(status, 0, errors)
        self.secrets += clear

    def found(self):
        """The files of the server that hold a secret, or the middle of one."""
        search = subprocess.run(["grep", "-rlaFf", self.needles, self.server.folder],
                                env={**os.environ, "LC_ALL": "C"}, capture_output=True,
                                text=True, check=False)
        self.assertIn(search.returncode, (0, 1), search.stderr)
        return search.stdout.split()

    def test_are_in_no_file_answer_or_metric(self):
        third = MANY // 3
        self.server.tenant()
        self.make(lambda _: "/api/keys",
                  lambda number: {"name": f"Key {number}", "tenant_id": 1}, third)
        self.make(lambda number: f"/api/keys/{number + 1}/rotate",
                  lambda _: {"overlap_seconds": 3600}, third)
        self.import_many(MANY - 2 * third)
        self.assertEqual(len(set(self.secrets)), MANY)
        uses = [get("/api/data", f"X-API-Key: {secret}") for secret in self.secrets]
        self.assertEqual({answer.status for answer in self.on_all_connections(uses)}, {200})

        middles = [secret[7:-4] for secret in self.secrets]
        with open(self.needles, "w", encoding="ascii") as file:
            file.write("\n".join(middles) + "\n")
        planted = os.path.join(self.server.folder, "planted")
        with open(planted, "w", encoding="ascii") as file:
            file.write(f"x{middles[MANY // 2]}y")
        self.assertEqual(self.found(), [planted])  # The search finds what is there.
        with open(planted, "w", encoding="ascii") as file:
            self.write_answers(file)
        self.assertEqual(self.found(), [])
        self.server.kill()
        self.assertEqual(self.found(), [])
        self.server.start()
        self.server.stop()
        self.assertEqual(self.found(), [])
        self.assertGreater(os.path.getsize(self.access_log), MANY * 50)

    def write_answers(self, file):
        """What the server tells: metrics, and its audit log and usage log whole."""
        file.write(self.server.request("GET", "/metrics").body.decode())
        for path in ("/api/audit_logs", "/api/usage_logs", "/api/keys"):
            cursor = ""
            while cursor is not None:
                answer = self.server.api("GET", f"{path}?limit=1000{cursor}")
                file.write(answer.body.decode())
                after = answer.json["meta"]["next_cursor"]
                cursor = None if after is None else f"&cursor={after}"


if __name__ == "__main__":
    unittest.main(verbosity=2)
