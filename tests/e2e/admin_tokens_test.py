"""Named admin tokens: what each role may do over HTTP, and that a deleted one is refused at once on
every shard, while requests run."""

import contextlib
import json
import os
import subprocess
import threading
import unittest

from server import LONG, Server
from wire import get, post

SHARDS = 4
PROBES = 16  # Connections; the server spreads them over the shards.
ENDED = 300 if LONG else 60  # Tokens.


def admin_routes():
    """(pattern, method) of every route of the table that takes an admin token."""
    done = subprocess.run([os.environ["TOLLGATE_ROUTES"]], check=True, capture_output=True,
                          text=True)
    table = [json.loads(line) for line in done.stdout.splitlines()]
    return [(row["pattern"], method) for row in table
            if row["audience"] in ("admin", "admin_or_tenant")
            for method in row["methods"] if method != "OPTIONS"]


def make_token(server, name, role, **fields):
    return server.made("/api/admin_tokens", {"name": name, "role": role, **fields})


class AsToken:
    """Requests with an admin token that is not the server's own."""

    def __init__(self, server, text):
        self.server = server
        self.text = text

    def __call__(self, method, path, body=None, *fields):
        return self.server.request(method, path, body, f"Authorization: Bearer {self.text}",
                                   *fields)


class Roles(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2").start()
        cls.addClassCleanup(cls.server.discard)
        cls.own = cls.server.tenant("Own")["id"]
        cls.other = cls.server.tenant("Other")["id"]
        cls.own_key = cls.server.key(cls.own)
        cls.other_key = cls.server.key(cls.other)
        cls.all = AsToken(cls.server, make_token(cls.server, "all", "all")["token"])
        cls.reader = AsToken(cls.server, make_token(cls.server, "reader", "read_only")["token"])
        cls.tenant = AsToken(cls.server, make_token(cls.server, "of own", "tenant",
                                                    tenant_id=cls.own)["token"])

    def test_all_may_do_all_also_make_tokens(self):
        self.assertEqual(self.all("POST", "/api/tenants", {"name": "New"}).status, 201)
        made = self.all("POST", "/api/admin_tokens", {"name": "made by all", "role": "all"})
        self.assertEqual(made.status, 201)
        again = AsToken(self.server, made.data["token"])
        self.assertEqual(again("DELETE", f"/api/admin_tokens/{made.data['id']}").status, 200)
        self.assertEqual(again("GET", "/api/tenants").status, 401)

    def test_read_only_reads_every_route_and_changes_nothing(self):
        for pattern, method in admin_routes():
            path = pattern.replace("{id}", "1")
            with self.subTest(method=method, path=path):
                body = None if method in ("GET", "HEAD") else {}
                status = self.reader(method, path, body).status
                if method in ("GET", "HEAD"):
                    self.assertIn(status, (200, 404))
                else:
                    self.assertEqual(status, 403)

    def test_a_tenants_token_manages_its_own_keys(self):
        made = self.tenant("POST", "/api/keys", {"name": "k", "tenant_id": self.own})
        self.assertEqual(made.status, 201)
        path = f"/api/keys/{made.data['id']}"
        self.assertEqual(self.server.as_key(made.data["key"], "GET", "/api/data").status, 200)
        self.assertEqual(self.tenant("PATCH", path, {"name": "renamed"}).data["name"], "renamed")
        self.assertEqual(self.tenant("POST", path + "/rotate", {}).status, 200)
        self.assertEqual(self.tenant("GET", path + "/usage").data["count"], 1)
        self.assertEqual(self.tenant("DELETE", path).status, 200)
        self.assertEqual(self.tenant("POST", path + "/restore", {}).status, 200)
        self.assertEqual({row["tenant_id"] for row in self.tenant("GET", "/api/keys").data},
                         {self.own})
        self.assertEqual(self.tenant("GET", f"/api/tenants/{self.own}").data["name"], "Own")

    def test_others_rows_do_not_exist_for_a_tenants_token(self):
        there, never = self.other_key["id"], 4_000_000
        for method, path, body in (
                ("GET", "/api/keys/{}", None), ("PATCH", "/api/keys/{}", {"name": "x"}),
                ("PUT", "/api/keys/{}", {"name": "x"}), ("DELETE", "/api/keys/{}", None),
                ("POST", "/api/keys/{}/rotate", {}), ("POST", "/api/keys/{}/restore", {}),
                ("GET", "/api/keys/{}/usage", None), ("GET", "/api/tenants/{}", None)):
            with self.subTest(method=method, path=path):
                number = self.other if "tenants" in path else there
                refused = self.tenant(method, path.format(number), body)
                unknown = self.tenant(method, path.format(never), body)
                self.assertEqual((refused.status, refused.body), (404, unknown.body))
        for tenant in (self.other, never):
            made = self.tenant("POST", "/api/keys", {"name": "k", "tenant_id": tenant})
            self.assertEqual(made.status, 422)
            self.assertIn(b"names no tenant", made.body)
        self.assertEqual(self.server.as_key(self.other_key["key"], "GET", "/api/data").status, 200)

    def test_a_tenants_token_manages_its_own_webhooks_and_sees_no_others(self):
        body = {"url": "https://hooks.example.com/", "events": ["*"]}
        made = self.tenant("POST", "/api/webhooks", {**body, "tenant_id": self.own})
        self.assertEqual(made.status, 201)
        own = f"/api/webhooks/{made.data['id']}"
        self.assertEqual(self.tenant("PATCH", own, {"ordered": True}).data["ordered"], True)
        self.assertEqual(self.tenant("PUT", own, body).status, 200)
        self.assertEqual(self.tenant("POST", own + "/rotate_secret").status, 200)
        self.assertEqual(self.tenant("DELETE", own).status, 200)
        self.assertEqual(self.tenant("POST", own + "/restore").status, 200)

        there = self.server.made("/api/webhooks", {**body, "tenant_id": self.other})["id"]
        self.assertEqual([row["tenant_id"] for row in self.tenant("GET", "/api/webhooks").data],
                         [self.own])
        self.assertEqual(self.tenant("GET", f"/api/webhooks?tenant_id={self.other}").status, 422)
        self.assertEqual(self.tenant("GET", "/api/webhooks/count").data, {"count": 1})
        for method, path, sent in (
                ("GET", "", None), ("GET", "?include_deleted=true", None),
                ("PATCH", "", {"ordered": True}), ("PUT", "", body), ("DELETE", "", None),
                ("POST", "/restore", None), ("POST", "/rotate_secret", None)):
            with self.subTest(method=method, path=path):
                refused = self.tenant(method, f"/api/webhooks/{there}{path}", sent)
                unknown = self.tenant(method, f"/api/webhooks/4000000{path}", sent)
                self.assertEqual((refused.status, refused.body), (404, unknown.body))
        for tenant in (self.other, 4_000_000):
            refused = self.tenant("POST", "/api/webhooks", {**body, "tenant_id": tenant})
            self.assertEqual(refused.status, 422)
            self.assertIn(b"names no tenant", refused.body)
        self.assertEqual(self.server.api("GET", f"/api/webhooks/{there}").headers["etag"], '"1"')

    def test_read_only_sees_every_webhook_and_changes_none(self):
        hook = {"url": "https://hooks.example.com/", "events": ["*"]}
        made = [self.server.made("/api/webhooks", {**hook, "tenant_id": tenant})["id"]
                for tenant in (self.server.tenant()["id"], self.server.tenant()["id"])]
        for number in made:
            path = f"/api/webhooks/{number}"
            self.assertEqual(self.reader("GET", path).status, 200)
            for method, end in (("DELETE", ""), ("PATCH", ""), ("POST", "/rotate_secret")):
                self.assertEqual(self.reader(method, path + end, None).status, 403)

    def test_usage_and_audit_are_kept_to_the_tenant(self):
        for key in (self.own_key, self.other_key):
            self.assertEqual(self.server.as_key(key["key"], "GET", "/api/data").status, 200)
        for path in ("/api/usage_logs", "/api/audit_logs"):
            rows = self.tenant("GET", path + "?limit=1000").data
            self.assertEqual({row["tenant_id"] for row in rows}, {self.own})
            every = self.server.api("GET", path + "?limit=1000").data
            self.assertIn(self.other, {row["tenant_id"] for row in every})
            self.assertEqual(self.tenant("GET", f"{path}?tenant_id={self.other}").status, 422)
            foreign = next(row for row in every if row["tenant_id"] == self.other)
            if "audit" in path:
                self.assertEqual(self.tenant("GET", f"{path}/{foreign['id']}").status, 404)

    def test_a_verification_tells_a_tenants_token_of_its_own_keys(self):
        own = self.tenant("POST", "/v1/keys/verify", {"key": self.own_key["key"]})
        self.assertEqual(own.data["code"], "VALID")
        other = self.tenant("POST", "/v1/keys/verify", {"key": self.other_key["key"]})
        self.assertEqual(other.data, {"valid": False, "code": "NOT_FOUND"})

    def test_a_tenants_token_goes_with_its_tenant(self):
        number = self.server.tenant("Going")["id"]
        token = AsToken(self.server, make_token(self.server, "going", "tenant",
                                                tenant_id=number)["token"])
        self.assertEqual(token("GET", "/api/keys").status, 200)
        self.server.api("PATCH", f"/api/tenants/{number}", {"is_active": False})
        self.assertEqual(token("GET", "/api/keys").status, 403)
        self.server.api("DELETE", f"/api/tenants/{number}")
        self.assertEqual(token("GET", "/api/keys").status, 401)
        refused = self.server.api("POST", "/api/admin_tokens",
                                  {"name": "x", "role": "tenant", "tenant_id": number})
        self.assertEqual((refused.status, refused.code), (422, "VALIDATION_ERROR"))


class Rows(unittest.TestCase):
    def setUp(self):
        self.server = Server("--shards", "2").start()
        self.addCleanup(self.server.discard)

    def test_are_kept_over_a_restart_and_a_crash_and_shown_without_their_text(self):
        made = make_token(self.server, "ops", "read_only")
        self.assertRegex(made["token"], r"^ta_[A-Za-z0-9_-]{43}$")
        shown = self.server.api("GET", f"/api/admin_tokens/{made['id']}")
        self.assertEqual(shown.data, {name: made[name] for name in made if name != "token"})
        self.assertEqual(shown.data["display"], f"{made['token'][:7]}...{made['token'][-4:]}")
        for again in (self.server.restart, lambda: (self.server.kill(), self.server.start())):
            again()
            token = AsToken(self.server, made["token"])
            self.assertEqual(token("GET", "/api/tenants").status, 200)
            self.assertEqual(token("POST", "/api/tenants", {"name": "x"}).status, 403)
        self.server.api("DELETE", f"/api/admin_tokens/{made['id']}")
        self.server.restart()
        self.assertEqual(AsToken(self.server, made["token"])("GET", "/api/tenants").status, 401)

    def test_have_unique_names_versions_counts_and_an_end(self):
        first = make_token(self.server, "ops", "all")
        path = f"/api/admin_tokens/{first['id']}"
        taken = self.server.api("POST", "/api/admin_tokens", {"name": "ops", "role": "all"})
        self.assertEqual((taken.status, taken.code), (409, "CONFLICT"))
        self.assertEqual(self.server.api("GET", "/api/admin_tokens/count").data, {"count": 1})
        tag = self.server.api("GET", path).headers["etag"]
        self.assertEqual(self.server.api("PATCH", path, {"name": "new"}, f"If-Match: {tag}").status,
                         200)
        self.assertEqual(self.server.api("DELETE", path, None, f"If-Match: {tag}").status, 412)
        token = AsToken(self.server, first["token"])
        self.assertEqual(token("GET", "/api/tenants").status, 200)
        self.server.api("PATCH", path, {"expires_at": "2001-01-01T00:00:00Z"})
        ended = token("GET", "/api/tenants")
        self.assertEqual(ended.status, 401)
        self.assertIn(b"Admin token expired", ended.body)
        self.server.api("PATCH", path, {"expires_at": None})
        self.assertEqual(token("GET", "/api/tenants").status, 200)
        self.assertEqual(self.server.api("DELETE", path).status, 200)
        self.assertEqual(self.server.api("GET", path).status, 404)
        self.assertEqual(self.server.api("POST", path + "/restore", {}).status, 404)
        self.assertEqual(self.server.api("GET", "/api/admin_tokens").data, [])
        rows = self.server.api("GET", "/api/admin_tokens?include_deleted=true").data
        self.assertEqual([row["name"] for row in rows], ["new"])


class Deletion(unittest.TestCase):
    """The bound is zero for tokens, too: docs/decisions/0002 and 0012."""

    def test_binds_every_request_that_begins_after_its_answer_on_every_shard(self):
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(Server("--shards", str(SHARDS)))
            probes = [stack.enter_context(server.connect()) for _ in range(PROBES)]
            stop = threading.Event()
            seen = []
            for number in range(ENDED):
                token = make_token(server, f"token {number}", "all")
                request = get("/api/tenants?limit=1", f"Authorization: Bearer {token['token']}")
                for probe in probes:
                    self.assertEqual(probe.request(request).status, 200)
                stop.clear()
                busy = threading.Thread(target=self.use, args=(server, request, stop, seen))
                busy.start()
                try:
                    ended = server.api("DELETE", f"/api/admin_tokens/{token['id']}")
                    for probe in probes:
                        probe.socket.send(request)
                    statuses = [probe.answer().status for probe in probes]
                finally:
                    stop.set()
                    busy.join()
                self.assertEqual(ended.status, 200)
                self.assertEqual(statuses, [401] * PROBES)
            self.assertLessEqual(set(seen), {200, 401})
            self.assertIn(200, seen)

    def test_binds_changes_that_the_token_has_under_way(self):
        """No change of a token is made behind its deletion, however they came in."""
        with Server("--shards", "2") as server:
            for number in range(ENDED // 3):
                token = make_token(server, f"token {number}", "all")
                field = f"Authorization: Bearer {token['token']}"
                end = post(f"/api/admin_tokens/{token['id']}", b"",
                           f"Authorization: Bearer {server.token}", method="DELETE")
                with server.connect() as changing, server.connect() as ending:
                    create = post("/api/tenants", {"name": "t"}, field)
                    changing.send(create * 3)
                    ending.send(end)
                    changing.send(create * 3)
                    self.assertEqual(ending.answer().status, 200)
                    statuses = [answer.status for answer in changing.answers(6)]
                    self.assertEqual(changing.request(create).status, 401)
                done = statuses.count(201)
                self.assertEqual(statuses, [201] * done + [401] * (6 - done))
                entries = server.api("GET", "/api/audit_logs?sort=-id&limit=8").data
                actions = [row["action"] for row in reversed(entries)]
                last = len(actions) - 1 - actions[::-1].index("admin_token.deleted")
                self.assertEqual(actions[last + 1:], [])

    @staticmethod
    def use(server, request, stop, seen):
        with server.connect() as connection:
            while not stop.is_set():
                seen.append(connection.request(request).status)


if __name__ == "__main__":
    unittest.main(verbosity=2)
