"""Webhooks as rows: the admin's and the tenants' own routes, their scopes, and their secrets."""

import base64
import os
import re
import stat
import unittest

from server import Server

URL = "https://hooks.example.com/in?a=1"
EVENTS = ["key.*", "invoice.created"]


class Webhooks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2").start()
        cls.addClassCleanup(cls.server.discard)

    def api(self, *request):
        return self.server.api(*request)

    def tenant_with_key(self, *scopes):
        tenant = self.server.tenant()["id"]
        return tenant, self.server.key(tenant, scopes=list(scopes))["key"]

    def made(self, tenant, **fields):
        return self.server.made("/api/webhooks", {"tenant_id": tenant, "url": URL,
                                                  "events": EVENTS, **fields})

    def test_are_made_shown_changed_deleted_and_restored_by_the_admin(self):
        tenant = self.server.tenant()["id"]
        made = self.made(tenant)
        path = f"/api/webhooks/{made['id']}"
        shown = self.api("GET", path)
        self.assertEqual(shown.headers["etag"], '"1"')
        self.assertRegex(made.pop("secret"), r"^whsec_[A-Za-z0-9+/]{43}=$")
        self.assertEqual(shown.data, made)
        self.assertEqual(
            {name: made[name] for name in ("tenant_id", "url", "events", "description",
                                           "is_active", "ordered", "previous_secret_expires_at")},
            {"tenant_id": tenant, "url": URL, "events": EVENTS, "description": "",
             "is_active": True, "ordered": False, "previous_secret_expires_at": None})

        changed = self.api("PATCH", path, {"ordered": True, "is_active": False}, 'If-Match: "1"')
        self.assertEqual((changed.status, changed.headers["etag"]), (200, '"2"'))
        self.assertEqual(changed.data, dict(made, ordered=True, is_active=False,
                                            updated_at=changed.data["updated_at"]))
        replaced = self.api("PUT", path, {"url": "http://h/", "events": ["*"],
                                          "tenant_id": tenant}).data
        self.assertEqual((replaced["url"], replaced["events"], replaced["ordered"],
                          replaced["is_active"]), ("http://h/", ["*"], False, True))
        self.assertEqual(self.api("PATCH", path, {"ordered": True}, 'If-Match: "1"').status, 412)
        self.assertEqual(self.api("GET", path, None, 'If-None-Match: "3"').status, 304)
        self.assertEqual(self.api("HEAD", path).headers["etag"], '"3"')
        self.assertEqual(self.api("POST", f"{path}/restore").status, 409)

        count = self.api("GET", "/api/webhooks/count").data["count"]
        deleted = self.api("DELETE", path)
        self.assertEqual((deleted.status, deleted.json["message"]), (200, "Webhook deleted"))
        self.assertEqual(self.api("GET", "/api/webhooks/count").data["count"], count - 1)
        for method, body in (("GET", None), ("PATCH", {"ordered": True}), ("DELETE", None)):
            self.assertEqual(self.api(method, path, body).status, 404)
        self.assertEqual(self.api("POST", f"{path}/rotate_secret").status, 404)
        self.assertTrue(self.api("GET", f"{path}?include_deleted=true").data["deleted_at"])
        listed = self.api("GET", f"/api/webhooks?tenant_id={tenant}")
        self.assertEqual(listed.data, [])
        listed = self.api("GET", f"/api/webhooks?tenant_id={tenant}&include_deleted=true")
        self.assertEqual([row["id"] for row in listed.data], [made["id"]])
        restored = self.api("POST", f"{path}/restore")
        self.assertEqual((restored.status, restored.headers["etag"]), (200, '"5"'))
        self.assertNotIn("deleted_at", self.api("GET", path).data)

    def test_are_listed_in_pages(self):
        tenant = self.server.tenant()["id"]
        made = [self.made(tenant)["id"] for _ in range(5)]
        for filtered in (f"tenant_id={tenant}&", f"cursor={made[0] - 1}&"):
            seen, query = [], f"?{filtered}limit=2"
            while query:
                page = self.api("GET", f"/api/webhooks{query}")
                seen += [row["id"] for row in page.data]
                self.assertTrue(all("secret" not in row for row in page.data))
                cursor = page.json["meta"]["next_cursor"]
                query = cursor and f"?tenant_id={tenant}&limit=2&cursor={cursor}"
            self.assertEqual(seen, made)

    def test_that_are_wrong_are_refused_with_each_field_named(self):
        answer = self.api("POST", "/api/webhooks", {
            "url": "ftp://h", "events": ["a b"], "secret": "short", "is_active": 1, "color": "red"})
        self.assertEqual((answer.status, answer.code), (422, "VALIDATION_ERROR"))
        named = {issue["field"] for issue in answer.json["error"]["details"]}
        self.assertEqual(named, {"tenant_id", "url", "events", "secret", "is_active", "color"})
        answer = self.api("POST", "/api/webhooks", {"tenant_id": 999_999, "url": URL,
                                                    "events": ["*"]})
        self.assertEqual((answer.status, answer.json["error"]["details"]),
                         (422, [{"field": "tenant_id", "message": "names no tenant"}]))

    def test_of_a_tenant_are_its_keys_to_see_and_change(self):
        tenant, key = self.tenant_with_key("webhooks:*")
        other = self.made(self.server.tenant()["id"])["id"]

        def ask(method, path, body=None, *fields):
            return self.server.as_key(key, method, path, body, *fields)

        made = ask("POST", "/api/webhooks", {"url": URL, "events": ["*"]})
        self.assertEqual((made.status, made.data["tenant_id"]), (201, tenant))
        self.assertTrue(made.data["secret"].startswith("whsec_"))
        own = f"/api/webhooks/{made.data['id']}"
        self.assertEqual([row["id"] for row in ask("GET", "/api/webhooks").data],
                         [made.data["id"]])
        self.assertEqual(ask("GET", "/api/webhooks/count").data, {"count": 1})
        self.assertEqual(ask("GET", own).status, 200)
        self.assertEqual(ask("PATCH", own, {"ordered": True}).status, 200)
        self.assertEqual(ask("PUT", own, {"url": URL, "events": ["*"]}).status, 200)
        self.assertEqual(ask("POST", f"{own}/rotate_secret").status, 200)
        self.assertEqual(ask("DELETE", own).status, 200)
        self.assertEqual(ask("GET", "/api/webhooks/count").data, {"count": 0})
        self.assertEqual(ask("POST", f"{own}/restore").status, 200)

        # Whatever another tenant has is as what nobody has.
        for number in (other, 999_999):
            path = f"/api/webhooks/{number}"
            for method, target, body in (
                    ("GET", path, None), ("HEAD", path, None), ("PATCH", path, {"ordered": True}),
                    ("PUT", path, {"url": URL, "events": ["*"]}), ("DELETE", path, None),
                    ("GET", f"{path}?include_deleted=true", None),
                    ("POST", f"{path}/restore", None), ("POST", f"{path}/rotate_secret", None)):
                self.assertEqual(ask(method, target, body).status, 404, (method, target))
            refused = ask("POST", "/api/webhooks", {"url": URL, "events": ["*"],
                                                    "tenant_id": number + 1})
            self.assertEqual(refused.json["error"]["details"], [
                {"field": "tenant_id", "message": "must be the id of the key's own tenant"}])
        self.assertEqual(ask("GET", f"/api/webhooks?tenant_id={tenant}").status, 422)
        self.assertEqual(self.api("GET", f"/api/webhooks/{other}").headers["etag"], '"1"')

    def test_need_a_scope_that_names_them(self):
        body = {"url": URL, "events": ["*"]}
        for scopes, reads, writes in (([], 403, 403), (["data:*"], 403, 403),
                                      (["webhooks:read"], 200, 403), (["webhooks:write"], 403, 201),
                                      (["webhooks:*"], 200, 201), (["*"], 200, 201)):
            _, key = self.tenant_with_key(*scopes)
            read = self.server.as_key(key, "GET", "/api/webhooks")
            write = self.server.as_key(key, "POST", "/api/webhooks", body)
            self.assertEqual((read.status, write.status), (reads, writes), scopes)
            if reads == 403:
                self.assertEqual(read.json["error"]["message"],
                                 "The key lacks the scope webhooks:read")
        self.assertEqual(self.server.request("GET", "/api/webhooks").status, 401)
        self.assertEqual(self.server.as_key("fp_unknown", "GET", "/api/webhooks").status, 401)

    def test_uses_of_a_key_on_them_are_counted_and_limited(self):
        tenant = self.server.tenant()["id"]
        key = self.server.key(tenant, scopes=["webhooks:read"], rate_limit=3)
        statuses = [self.server.as_key(key["key"], "GET", "/api/webhooks").status
                    for _ in range(4)]
        self.assertEqual(statuses, [200, 200, 200, 429])
        self.assertEqual(self.server.usage(key["id"])["total"], 4)

    def test_are_at_most_a_hundred_of_a_tenant(self):
        tenant = self.server.tenant()["id"]
        for _ in range(100):
            last = self.made(tenant)["id"]
        body = {"tenant_id": tenant, "url": URL, "events": ["*"]}
        self.assertEqual(self.api("POST", "/api/webhooks", body).status, 409)
        self.api("DELETE", f"/api/webhooks/{last}")
        self.assertEqual(self.api("POST", "/api/webhooks", body).status, 201)
        self.assertEqual(self.api("POST", f"/api/webhooks/{last}/restore").status, 409)

    def test_secrets_can_be_rotated_with_an_overlap_and_brought(self):
        tenant = self.server.tenant()["id"]
        own = "whsec_" + base64.b64encode(os.urandom(24)).decode()
        made = self.made(tenant, secret=own)
        self.assertNotIn("secret", made)
        path = f"/api/webhooks/{made['id']}/rotate_secret"
        first = self.api("POST", path, {"overlap_seconds": 3600})
        self.assertRegex(first.data["secret"], r"^whsec_[A-Za-z0-9+/]{43}=$")
        self.assertTrue(first.data["previous_secret_expires_at"])
        second = self.api("POST", path)
        self.assertNotEqual(second.data["secret"], first.data["secret"])
        self.assertIsNone(second.data["previous_secret_expires_at"])
        brought = self.api("POST", path, {"secret": "of eight", "overlap_seconds": 1})
        self.assertEqual((brought.status, brought.headers["etag"]), (200, '"4"'))
        self.assertNotIn("secret", brought.data)
        for wrong in ("seven b", "whsec_", "whsec_c2hvcnQ=", "whsec_" + "A" * 88 + "AA==", 7,
                      "x" * 257):
            answer = self.api("POST", path, {"secret": wrong})
            self.assertEqual((answer.status, answer.json["error"]["details"][0]["field"]),
                             (422, "secret"), wrong)
        self.assertEqual(self.api("POST", path, {"overlap_seconds": -1}).status, 422)
        self.assertEqual(self.api("POST", path, {}, 'If-Match: "3"').status, 412)


class Keeping(unittest.TestCase):
    def test_secrets_are_in_no_file_and_rows_outlive_restarts_and_crashes(self):
        server = Server("--shards", "2", "--log-level", "debug")
        server.flags += ["--log-file", os.path.join(server.folder, "log"),
                         "--access-log", os.path.join(server.folder, "access")]
        with server:
            tenant = server.tenant()["id"]
            key = server.key(tenant, scopes=["webhooks:*"])["key"]
            secrets = ["my own secret text, of some length",
                       "whsec_" + base64.b64encode(b"k" * 40).decode()]
            body = {"url": URL, "events": ["*"]}
            for secret in secrets[:2]:
                server.made("/api/webhooks", {**body, "tenant_id": tenant, "secret": secret})
            for number in range(20):
                made = server.as_key(key, "POST", "/api/webhooks", body).data
                secrets.append(made["secret"])
                rotated = server.api("POST", f"/api/webhooks/{made['id']}/rotate_secret",
                                     {"overlap_seconds": number})
                secrets.append(rotated.data["secret"])
            rows = server.api("GET", "/api/webhooks").data
            self.search(server, secrets)
            server.restart()
            self.assertEqual(server.api("GET", "/api/webhooks").data, rows)
            server.kill()
            server.start()
            self.assertEqual(server.api("GET", "/api/webhooks").data, rows)
            self.assertEqual(server.as_key(key, "GET", "/api/webhooks/count").data, {"count": 22})
            self.search(server, secrets)
            with open(os.path.join(server.folder, "log"), encoding="utf-8") as log:
                self.assertNotIn("secrets.key", log.read())

    def search(self, server, secrets):
        needles = [secret[len("whsec_"):].encode() for secret in secrets]
        # The bytes that are signed with, too.
        needles += [base64.b64decode(secret[len("whsec_"):]) for secret in secrets
                    if re.match("^whsec_", secret)]
        for place, _, names in os.walk(server.folder):
            for name in names:
                path = os.path.join(place, name)
                with open(path, "rb") as file:
                    content = file.read()
                for needle in needles:
                    self.assertNotIn(needle, content, path)

    def test_the_key_of_secrets_is_made_once_and_is_the_owners_alone(self):
        with Server("--shards", "1") as server:
            path = os.path.join(server.data, "secrets.key")
            status = os.stat(path)
            self.assertEqual((stat.S_IMODE(status.st_mode), status.st_size), (0o600, 32))
            with open(path, "rb") as file:
                key = file.read()
            server.restart()
            with open(path, "rb") as file:
                self.assertEqual(file.read(), key)
            for spoil in (lambda: os.chmod(path, 0o644), lambda: os.truncate(path, 31)):
                server.stop()
                spoil()
                with self.assertRaisesRegex(AssertionError, "secrets.key"):
                    server.start()
                os.chmod(path, 0o600)
                with open(path, "wb") as file:
                    file.write(key)
                server.start()

    def test_without_its_key_the_server_starts_and_says_what_is_lost(self):
        with Server("--shards", "1") as server:
            log = os.path.join(server.folder, "log")
            server.flags += ["--log-file", log]
            server.restart()
            tenant = server.tenant()["id"]
            body = {"tenant_id": tenant, "url": URL, "events": ["*"]}
            made = [server.made("/api/webhooks", body)["id"] for _ in range(3)]
            server.stop()
            os.remove(os.path.join(server.data, "secrets.key"))
            server.start()
            for number in made:
                rotated = server.api("POST", f"/api/webhooks/{number}/rotate_secret")
                self.assertEqual(rotated.status, 200)
            server.stop()  # The log is written behind what is logged; the end waits for it.
            with open(log, encoding="utf-8") as file:
                self.assertIn("the secrets of 3 of the first 3 webhooks", file.read())
            os.truncate(log, 0)
            server.restart()
            server.stop()
            with open(log, encoding="utf-8") as file:
                self.assertNotIn("secrets.key", file.read())


if __name__ == "__main__":
    unittest.main(verbosity=2)
