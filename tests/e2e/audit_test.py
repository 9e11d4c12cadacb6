"""The audit log: an entry for each change that an admin makes, with what was before and after,
together with the change or not at all, and without anything that opens a door."""

import base64
import hashlib
import json
import threading
import time
import unittest

from server import LONG, Server
from wire import Closed, post

CRASHES = 12 if LONG else 4
UNDER_WAY = 64  # Changes in flight when the server is killed.
ACKNOWLEDGED = 20  # Changes answered before that, at least.


def without(row, *names):
    return {name: value for name, value in row.items() if name not in names}


class Entries(unittest.TestCase):
    def setUp(self):
        self.server = Server("--shards", "2").start()
        self.addCleanup(self.server.discard)

    def entries(self, query=""):
        answer = self.server.api("GET", f"/api/audit_logs?limit=1000{query}")
        self.assertEqual(answer.status, 200)
        return answer.data

    def last(self):
        return self.server.api("GET", "/api/audit_logs?sort=-id&limit=1").data[0]

    def change(self, method, path, body=None):
        answer = self.server.api(method, path, body)
        self.assertIn(answer.status, (200, 201), answer)
        return answer.data

    def expect(self, action, resource, before, after):
        """The newest entry."""
        entry = self.last()
        self.assertEqual((entry["action"], entry["resource"]), (action, resource))
        self.assertEqual(entry["before"], before)
        self.assertEqual(entry["after"], after)
        self.assertEqual(entry["row_id"], (after or before)["id"])
        return entry

    def test_show_each_action_with_the_row_before_and_after(self):
        tenant = self.change("POST", "/api/tenants", {"name": "Acme"})
        entry = self.expect("tenant.created", "tenants", None, tenant)
        self.assertEqual((entry["actor"], entry["actor_id"], entry["ip_address"]),
                         ("root", None, "127.0.0.1"))
        self.assertEqual(entry["tenant_id"], tenant["id"])
        path = f"/api/tenants/{tenant['id']}"
        renamed = self.change("PATCH", path, {"name": "Other"})
        self.expect("tenant.updated", "tenants", tenant, renamed)
        deleted = self.change("DELETE", path)
        self.expect("tenant.deleted", "tenants", renamed, None)
        restored = self.change("POST", path + "/restore")
        self.expect("tenant.restored", "tenants", deleted, restored)

        key = without(self.change("POST", "/api/keys", {"name": "k", "tenant_id": tenant["id"]}),
                      "key", "last_used_at")
        self.expect("key.created", "api_keys", None, key)
        path = f"/api/keys/{key['id']}"
        changed = without(self.change("PATCH", path, {"rate_limit": 5}), "last_used_at")
        self.expect("key.updated", "api_keys", key, changed)
        rotated = without(self.change("POST", path + "/rotate", {}), "key", "last_used_at")
        self.assertNotEqual(rotated["display"], changed["display"])
        self.expect("key.rotated", "api_keys", changed, rotated)
        deleted = without(self.change("DELETE", path), "last_used_at")
        self.expect("key.deleted", "api_keys", rotated, None)
        restored = without(self.change("POST", path + "/restore"), "last_used_at")
        self.expect("key.restored", "api_keys", deleted, restored)

        defined = without(self.change("POST", "/api/resources",
                                      {"name": "Note", "fields": ["text:string:required"]}),
                          "index_builds")
        self.expect("resource.created", "resources", None, defined)
        path = f"/api/resources/{defined['id']}"
        wider = without(self.change("PATCH", path, {"add_fields": ["more:integer"]}),
                        "index_builds")
        self.expect("resource.updated", "resources", defined, wider)
        self.change("POST", path + "/indexes", {"field": "more"})
        self.expect("resource.indexed", "resources", wider, wider)
        deadline = time.monotonic() + 20
        while self.server.api("GET", path).data["index_builds"]:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        wider = without(self.server.api("GET", path).data, "index_builds")
        self.change("DELETE", path)
        self.expect("resource.deleted", "resources", wider, None)

        token = without(self.change("POST", "/api/admin_tokens",
                                    {"name": "ops", "role": "tenant", "tenant_id": tenant["id"]}),
                        "token")
        self.expect("admin_token.created", "admin_tokens", None, token)
        path = f"/api/admin_tokens/{token['id']}"
        changed = self.change("PATCH", path, {"name": "more ops"})
        self.expect("admin_token.updated", "admin_tokens", token, changed)
        self.change("DELETE", path)
        self.expect("admin_token.deleted", "admin_tokens", changed, None)

        webhook = without(self.change("POST", "/api/webhooks", {
            "tenant_id": tenant["id"], "url": "https://hooks.example.com/", "events": ["*"]}),
                          "secret")
        self.expect("webhook.created", "webhooks", None, webhook)
        path = f"/api/webhooks/{webhook['id']}"
        changed = self.change("PATCH", path, {"ordered": True})
        self.expect("webhook.updated", "webhooks", webhook, changed)
        rotated = without(self.change("POST", path + "/rotate_secret"), "secret")
        self.expect("webhook.rotated", "webhooks", changed, rotated)
        deleted = self.change("DELETE", path)
        self.expect("webhook.deleted", "webhooks", rotated, None)
        restored = self.change("POST", path + "/restore")
        self.expect("webhook.restored", "webhooks", deleted, restored)

        ids = [entry["id"] for entry in self.entries()]
        self.assertEqual(ids, list(range(1, len(ids) + 1)))
        self.assertEqual(self.server.api("GET", "/api/audit_logs/count").data, {"count": len(ids)})

    def test_name_the_token_the_address_and_the_request(self):
        made = self.server.made("/api/admin_tokens", {"name": "deployer", "role": "all"})
        answer = self.server.request("POST", "/api/tenants", {"name": "Acme"},
                                     f"Authorization: Bearer {made['token']}",
                                     "X-Request-ID: deploy-17")
        self.assertEqual(answer.status, 201)
        entry = self.last()
        self.assertEqual((entry["actor"], entry["actor_id"], entry["request_id"]),
                         ("deployer", made["id"], "deploy-17"))
        self.assertEqual(self.entries("&actor=deployer"), [entry])
        self.server.api("DELETE", f"/api/admin_tokens/{made['id']}")
        self.assertEqual(self.entries("&actor=deployer"), [entry])  # The name outlives its token.

    def test_leave_out_reads_refusals_and_what_tenants_do(self):
        key = self.server.key(scopes=["*"])
        before = self.server.api("GET", "/api/audit_logs/count").data
        self.server.as_key(key["key"], "POST", "/api/data", {"name": "row"})
        made = self.server.as_key(key["key"], "POST", "/api/webhooks",
                                  {"url": "https://hooks.example.com/", "events": ["*"]})
        self.assertEqual(made.status, 201)
        self.server.api("GET", "/api/keys")
        self.server.api("POST", "/api/tenants", {"name": ""})
        self.server.api("DELETE", "/api/keys/4000")
        self.server.api("PATCH", f"/api/keys/{key['id']}", {"name": "x"}, 'If-Match: "9"')
        self.assertEqual(self.server.api("GET", "/api/audit_logs/count").data, before)

    def test_have_one_for_each_imported_key(self):
        tenant = self.server.tenant()["id"]
        keys = [{"name": f"k{number}", "tenant_id": tenant,
                 "sha256": hashlib.sha256(b"key %d" % number).hexdigest()} for number in range(3)]
        for _ in range(2):  # The second time they are there already.
            self.change("POST", "/api/keys/import", {"keys": keys})
        found = self.entries("&action=key.imported")
        self.assertEqual([entry["after"]["name"] for entry in found], ["k0", "k1", "k2"])

    def test_are_found_by_filter_in_pages_and_both_ways(self):
        tenants = [self.server.tenant(f"T{number}")["id"] for number in range(4)]
        for tenant in tenants:
            self.server.key(tenant)
        of_one = self.entries(f"&tenant_id={tenants[2]}")
        self.assertEqual([entry["action"] for entry in of_one], ["tenant.created", "key.created"])
        self.assertEqual(self.entries(f"&resource=tenants&row_id={tenants[1]}")[0]["row_id"],
                         tenants[1])
        every = self.entries()
        since = every[3]["created_at"]
        self.assertEqual(self.entries(f"&from={since}"),
                         [entry for entry in every if entry["created_at"] >= since])
        for sort, wanted in (("id", every), ("-id", every[::-1])):
            found, cursor = [], ""
            while cursor is not None:
                page = self.server.api("GET", f"/api/audit_logs?sort={sort}&limit=3{cursor}").json
                found += page["data"]
                following = page["meta"]["next_cursor"]
                cursor = f"&cursor={following}" if following else None
            self.assertEqual(found, wanted)
        self.assertEqual(self.server.api("GET", "/api/audit_logs/2").data, every[1])

    def test_cannot_be_written_or_taken_away(self):
        self.server.tenant()
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            for path in ("/api/audit_logs", "/api/audit_logs/1"):
                self.assertEqual(self.server.api(method, path, {}).status, 405)

    def test_hold_no_secret_and_no_digest(self):
        secrets = []
        for number in range(5):
            key = self.server.key(metadata={"n": number})
            secrets.append(key["key"])
            rotated = self.change("POST", f"/api/keys/{key['id']}/rotate", {"overlap_seconds": 60})
            secrets.append(rotated["key"])
            self.change("PATCH", f"/api/keys/{key['id']}", {"name": "x"})
            self.change("DELETE", f"/api/keys/{key['id']}")
            made = self.change("POST", "/api/admin_tokens", {"name": f"t{number}", "role": "all"})
            secrets.append(made["token"])
            self.change("DELETE", f"/api/admin_tokens/{made['id']}")
            path = "/api/webhooks"
            hook = {"tenant_id": key["tenant_id"], "url": "https://h", "events": ["*"]}
            for body in (hook, {**hook, "secret": f"brought by client {number}"}):
                made = self.change("POST", path, body)
                secrets.append(made.get("secret", body.get("secret")))
                rotated = self.change("POST", f"{path}/{made['id']}/rotate_secret")
                secrets.append(rotated["secret"])
        text = json.dumps(self.entries())
        self.assertGreater(len(text), 10_000)
        for secret in [*secrets, self.server.token]:
            digest = hashlib.sha256(secret.encode()).digest()
            for needle in (secret[7:-4], digest.hex(), base64.b64encode(digest).decode(),
                           base64.urlsafe_b64encode(digest).decode().rstrip("=")):
                self.assertNotIn(needle, text)
        self.assertNotIn("digest", text)
        self.assertNotIn("sealed", text)


class Crashes(unittest.TestCase):
    def test_keep_each_change_and_its_entry_together(self):
        """kill -9 with changes in flight: what is there has an entry, and each entry is there."""
        with Server("--shards", "2") as server:
            acknowledged = []
            for crash in range(CRASHES):
                worker = threading.Thread(target=self.create, args=(server, crash, acknowledged))
                seen = len(acknowledged)
                worker.start()
                while worker.is_alive() and len(acknowledged) < seen + ACKNOWLEDGED:
                    worker.join(0.001)
                server.kill()
                worker.join()
                server.start()
                self.compare(server, acknowledged)
            self.assertGreaterEqual(len(acknowledged), CRASHES * ACKNOWLEDGED)

    @staticmethod
    def create(server, crash, acknowledged):
        field = f"Authorization: Bearer {server.token}"
        try:
            with server.connect() as connection:
                for number in range(100_000):
                    if number >= UNDER_WAY:
                        acknowledged.append(connection.answer().data["id"])
                    connection.send(post("/api/tenants", {"name": f"{crash} {number}"}, field))
        except (Closed, OSError):
            pass

    def compare(self, server, acknowledged):
        tenants = {row["id"]: row for row in self.all(server, "/api/tenants")}
        entries = self.all(server, "/api/audit_logs")
        made = {row["row_id"]: row["after"] for row in entries
                if row["action"] == "tenant.created"}
        self.assertEqual(made, tenants)
        self.assertLessEqual(set(acknowledged), set(tenants))
        self.assertEqual([row["id"] for row in entries], list(range(1, len(entries) + 1)))

    @staticmethod
    def all(server, path):
        rows, cursor = [], ""
        while cursor is not None:
            page = server.api("GET", f"{path}?limit=1000{cursor}").json
            rows += page["data"]
            following = page["meta"]["next_cursor"]
            cursor = f"&cursor={following}" if following else None
        return rows


if __name__ == "__main__":
    unittest.main(verbosity=2)
