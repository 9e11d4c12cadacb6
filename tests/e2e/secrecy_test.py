"""Secrets are shown once and kept nowhere: not on disk, not in a log, not in a core file."""

import base64
import hashlib
import os
import unittest

from server import Server
from wire import get


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


if __name__ == "__main__":
    unittest.main(verbosity=2)
