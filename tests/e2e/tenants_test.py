"""The admin's tenants and keys: routes, validation, envelope, codes, and what a restart keeps."""

import datetime
import json
import time
import unittest

from server import Server
from wire import get, post


def in_seconds(seconds):
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Admin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2").start()
        cls.addClassCleanup(cls.server.discard)

    def failed(self, answer, status, code):
        self.assertEqual(answer.status, status, answer)
        body = answer.json
        self.assertEqual((body["success"], body["error"]["code"]), (False, code))
        self.assertTrue(body["error"]["message"])
        self.assertNotIn("data", body)
        self.assertEqual(answer.headers["content-type"], "application/json")
        self.assertTrue(answer.headers["x-request-id"])
        return body["error"]

    def invalid(self, path, body, *fields, method="POST"):
        """422, and the details name exactly these fields, with a message each."""
        answer = self.server.api(method, path, body)
        error = self.failed(answer, 422, "VALIDATION_ERROR")
        self.assertEqual({detail["field"] for detail in error["details"]}, set(fields), body)
        for detail in error["details"]:
            self.assertEqual(set(detail), {"field", "message"})
            self.assertTrue(detail["message"])


class Tenants(Admin):
    def test_have_the_fields_and_defaults_that_are_documented(self):
        answer = self.server.api("POST", "/api/tenants", {"name": "Big & Co. GmbH"})
        self.assertEqual((answer.status, answer.json["success"]), (201, True))
        row = answer.data
        self.assertEqual((row["name"], row["slug"], row["plan"], row["is_active"]),
                         ("Big & Co. GmbH", "big-co-gmbh", "free", True))
        self.assertIsInstance(row["id"], int)
        for name in ("created_at", "updated_at"):
            self.assertRegex(row[name], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$")
        self.assertNotIn("deleted_at", row)
        self.assertEqual(self.server.api("GET", f"/api/tenants/{row['id']}").data, row)

    def test_are_changed_only_in_what_is_sent(self):
        row = self.server.tenant("Before", plan="pro")
        changed = self.server.api("PATCH", f"/api/tenants/{row['id']}", {"name": "After"})
        self.assertEqual(changed.status, 200)
        self.assertGreater(changed.data["updated_at"], row["updated_at"])
        same = {name: value for name, value in changed.data.items() if name != "updated_at"}
        expected = {name: value for name, value in row.items() if name != "updated_at"}
        self.assertEqual(same, expected | {"name": "After"})

    def test_have_slugs_of_their_own(self):
        first = self.server.tenant("Same Name")
        self.assertEqual(first["slug"], "same-name")
        self.assertEqual(self.server.tenant("Same Name")["slug"], "same-name-2")
        taken = self.server.api("POST", "/api/tenants", {"name": "x", "slug": "same-name"})
        error = self.failed(taken, 409, "CONFLICT")
        self.assertEqual(error["details"][0]["field"], "slug")
        other = self.server.tenant("Other")
        moved = self.server.api("PATCH", f"/api/tenants/{other['id']}", {"slug": "same-name"})
        self.failed(moved, 409, "CONFLICT")
        own = self.server.api("PATCH", f"/api/tenants/{first['id']}", {"slug": "same-name"})
        self.assertEqual(own.status, 200)
        self.assertEqual(self.server.tenant("Größe – 大")["slug"], "gr-e")

    def test_are_deleted_softly(self):
        row = self.server.tenant("Leaving")
        path = f"/api/tenants/{row['id']}"
        deleted = self.server.api("DELETE", path)
        self.assertEqual(deleted.status, 200)
        self.assertTrue(deleted.data["deleted_at"])
        for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
            self.failed(self.server.api(method, path, body), 404, "NOT_FOUND")
        listed = [item["id"] for item in self.server.api("GET", "/api/tenants?limit=1000").data]
        self.assertNotIn(row["id"], listed)
        everything = self.server.api("GET", "/api/tenants?limit=1000&include_deleted=true").data
        self.assertIn(row["id"], [item["id"] for item in everything])

    def test_that_are_invalid_name_every_field(self):
        self.invalid("/api/tenants", {}, "name")
        self.invalid("/api/tenants", {"name": ""}, "name")
        self.invalid("/api/tenants", {"name": "x" * 101}, "name")
        self.invalid("/api/tenants", {"name": None}, "name")
        self.invalid("/api/tenants", {"name": "a\u0000b"}, "name")
        self.invalid("/api/tenants", {"name": 7, "plan": [], "is_active": "yes", "bogus": 1},
                     "name", "plan", "is_active", "bogus")
        self.invalid("/api/tenants", {"name": "a", "slug": "Not A Slug"}, "slug")
        self.invalid("/api/tenants", {"name": "a", "id": 7}, "id")
        self.assertEqual(self.server.tenant("é" * 100)["name"], "é" * 100)
        row = self.server.tenant()
        self.invalid(f"/api/tenants/{row['id']}", {"name": ""}, "name", method="PATCH")

    def test_are_listed_in_pages(self):
        made = [self.server.tenant(f"Page {number}")["id"] for number in range(25)]
        path = f"/api/tenants?limit=10&cursor={made[0] - 1}"
        pages, cursor = [], None
        while cursor is not None or not pages:
            answer = self.server.api("GET", path if cursor is None else
                                     f"/api/tenants?limit=10&cursor={cursor}")
            self.assertEqual(answer.json["meta"]["limit"], 10)
            pages.append([row["id"] for row in answer.data])
            cursor = answer.json["meta"]["next_cursor"]
        self.assertEqual([number for page in pages for number in page][:25], made)
        self.assertTrue(all(len(page) == 10 for page in pages[:-1]))
        for query in ("limit=0", "limit=1001", "limit=x", "limit=", "cursor=x", "cursor=-1",
                      "bogus=1", "limit=1&limit=2", "include_deleted=maybe"):
            with self.subTest(query=query):
                answer = self.server.api("GET", f"/api/tenants?{query}")
                error = self.failed(answer, 422, "VALIDATION_ERROR")
                self.assertEqual(error["details"][0]["field"], query.split("=")[0])


class Keys(Admin):
    def test_are_shown_once(self):
        key = self.server.key()
        self.assertRegex(key["key"], r"^fp_[A-Za-z0-9_-]{43}$")
        self.assertEqual(key["display"], f"{key['key'][:7]}...{key['key'][-4:]}")
        for answer in (self.server.api("GET", f"/api/keys/{key['id']}"),
                       self.server.api("GET", "/api/keys?limit=1000"),
                       self.server.api("PATCH", f"/api/keys/{key['id']}", {"name": "x"})):
            self.assertEqual(answer.status, 200)
            self.assertNotIn(key["key"].encode(), answer.body)
            self.assertNotIn(b'"key":', answer.body)

    def test_have_the_fields_and_defaults_that_are_documented(self):
        key = self.server.key()
        expected = {"scopes": [], "rate_limit": 1000, "rate_window": 3600, "burst": 1000,
                    "algorithm": "token_bucket", "is_active": True, "expires_at": None,
                    "last_used_at": None, "metadata": {}}
        self.assertEqual({name: key[name] for name in expected}, expected)
        full = {"scopes": ["data:read", "data:write"], "rate_limit": None, "rate_window": 60,
                "is_active": False, "expires_at": "2999-01-31T12:00:00Z",
                "metadata": {"a": [1, {"b": None}]}}
        made = self.server.key(**full)
        shown = self.server.api("GET", f"/api/keys/{made['id']}").data
        self.assertEqual({name: shown[name] for name in full},
                         full | {"expires_at": "2999-01-31T12:00:00.000000Z"})

    def test_are_rotated_with_and_without_an_overlap(self):
        key = self.server.key(rate_limit=100, scopes=["data:read"])
        path = f"/api/keys/{key['id']}"
        def status(secret):
            return self.server.as_key(secret, "GET", "/api/data").status
        self.assertEqual(status(key["key"]), 200)
        rotated = self.server.api("POST", f"{path}/rotate", {"overlap_seconds": 1})
        self.assertEqual(rotated.status, 200, rotated)
        second = rotated.data
        self.assertRegex(second["key"], r"^fp_[A-Za-z0-9_-]{43}$")
        self.assertNotEqual(second["key"], key["key"])
        self.assertEqual((second["id"], second["scopes"]), (key["id"], ["data:read"]))
        self.assertEqual((status(key["key"]), status(second["key"])), (200, 200))
        ends = datetime.datetime.fromisoformat(second["previous_secret_expires_at"])
        time.sleep(max(0.0, (ends - datetime.datetime.now(datetime.timezone.utc)).total_seconds()))
        self.failed(self.server.as_key(key["key"], "GET", "/api/data"), 401, "UNAUTHORIZED")
        limit = self.server.as_key(second["key"], "GET", "/api/data").headers
        self.assertEqual(limit["x-ratelimit-remaining"], "96")  # Four uses of the one bucket.
        third = self.server.api("POST", f"{path}/rotate").data
        self.assertIsNone(third["previous_secret_expires_at"])
        self.assertEqual([status(each["key"]) for each in (key, second, third)], [401, 401, 200])
        self.server.restart()
        self.assertEqual([status(each["key"]) for each in (key, second, third)], [401, 401, 200])
        self.assertNotIn("key", self.server.api("GET", path).data)
        self.assertEqual(self.server.api("DELETE", path).status, 200)
        self.assertEqual(status(third["key"]), 401)
        self.failed(self.server.api("POST", f"{path}/rotate"), 404, "NOT_FOUND")
        self.invalid(f"/api/keys/{self.server.key()['id']}/rotate",
                     {"overlap_seconds": 2592001, "x": 1}, "overlap_seconds", "x")

    def test_answer_to_both_names_of_their_routes(self):
        tenant = self.server.tenant()["id"]
        made = self.server.api("POST", "/api/api_keys", {"name": "a", "tenant_id": tenant})
        self.assertEqual(made.status, 201)
        path = f"{made.data['id']}"
        for prefix in ("/api/keys/", "/api/api_keys/"):
            self.assertEqual(self.server.api("GET", prefix + path).data["name"], "a")
            self.assertEqual(self.server.api("GET", f"{prefix}{path}/usage").data["total"], 0)
        rows = self.server.api("GET", f"/api/api_keys?tenant_id={tenant}").data
        self.assertEqual([row["id"] for row in rows], [made.data["id"]])

    def test_that_are_invalid_name_every_field(self):
        tenant = self.server.tenant()["id"]
        good = {"name": "a", "tenant_id": tenant}
        self.invalid("/api/keys", {}, "name", "tenant_id")
        self.invalid("/api/keys", {"name": "a", "tenant_id": 999_999}, "tenant_id")
        for name, values in {
                "name": ["", "x" * 101, 1], "tenant_id": [0, -1, "1", 1.5, None],
                "scopes": ["data:read", [1], ["bogus"], ["data:fly"], ["data:read"] * 65],
                "rate_limit": [-1, 1.5, "9", 2**31], "burst": [0, -1, 2**31],
                "rate_window": [0, 31_536_001, "1"], "algorithm": ["bogus", 1],
                "is_active": [1, "true"], "metadata": [[], "x", {"a": "x" * 5000}],
                "expires_at": ["tomorrow", 1, "2001-01-01T00:00:00Z", "2999-13-01T00:00:00Z"],
                "key": ["fp_mine"], "id": [1]}.items():
            for value in values:
                with self.subTest(name=name, value=str(value)[:40]):
                    self.invalid("/api/keys", good | {name: value}, name)

    def test_work_until_they_are_deleted_disabled_or_expired(self):
        def answer(key):
            return self.server.as_key(key["key"], "GET", "/api/data")

        def refused(key, status, message):
            found = answer(key)
            code = "UNAUTHORIZED" if status == 401 else "FORBIDDEN"
            self.assertEqual(self.failed(found, status, code)["message"], message)
            self.assertEqual("www-authenticate" in found.headers, status == 401)

        deleted, disabled, orphan, expired = (self.server.key() for _ in range(4))
        for key in (deleted, disabled, orphan, expired):
            self.assertEqual(answer(key).status, 200)
        self.assertEqual(self.server.api("DELETE", f"/api/keys/{deleted['id']}").status, 200)
        refused(deleted, 401, "Invalid API key")
        self.server.api("PATCH", f"/api/keys/{disabled['id']}", {"is_active": False})
        refused(disabled, 403, "API key is inactive")
        self.server.api("PATCH", f"/api/keys/{disabled['id']}", {"is_active": True})
        self.assertEqual(answer(disabled).status, 200)
        tenant = f"/api/tenants/{orphan['tenant_id']}"
        self.server.api("PATCH", tenant, {"is_active": False})
        refused(orphan, 403, "Tenant is inactive")
        self.server.api("PATCH", tenant, {"is_active": True})
        self.assertEqual(answer(orphan).status, 200)
        self.server.api("DELETE", tenant)
        refused(orphan, 401, "Invalid API key")
        past = self.server.api("PATCH", f"/api/keys/{expired['id']}",
                               {"expires_at": "2001-01-01T00:00:00Z"})
        self.assertEqual(past.status, 200)
        refused(expired, 401, "API key expired")
        self.server.api("PATCH", f"/api/keys/{expired['id']}", {"expires_at": in_seconds(3600)})
        self.assertEqual(answer(expired).status, 200)
        missing = self.server.request("GET", "/api/data")
        self.assertEqual(self.failed(missing, 401, "UNAUTHORIZED")["message"], "API key required")

    def test_that_are_unknown_deleted_or_malformed_are_told_the_same(self):
        deleted = self.server.key()
        self.server.api("PATCH", f"/api/keys/{deleted['id']}",
                        {"expires_at": "2001-01-01T00:00:00Z"})
        self.server.api("DELETE", f"/api/keys/{deleted['id']}")
        seen = set()
        for secret in (deleted["key"], "fp_" + "A" * 43, "fp_", "x", "fp_" + "A" * 5000, "%00",
                       deleted["key"] + "A", deleted["key"][:-1]):
            answer = self.server.as_key(secret, "GET", "/api/data")
            fields = [(name, value) for name, value in answer.fields
                      if name not in ("x-request-id", "date")]
            seen.add((answer.status, json.dumps(fields), answer.body))
        self.assertEqual(len(seen), 1, seen)

    def test_keep_what_was_used_when_their_limit_changes(self):
        key = self.server.key(rate_limit=100, rate_window=31_536_000)
        used = 40
        for _ in range(used):
            self.server.as_key(key["key"], "GET", "/api/me")
        changed = self.server.api("PATCH", f"/api/keys/{key['id']}",
                                  {"rate_limit": 200, "burst": 200})
        self.assertEqual(changed.status, 200)
        answer = self.server.as_key(key["key"], "GET", "/api/me")
        self.assertEqual(answer.headers["x-ratelimit-limit"], "200")
        self.assertEqual(answer.headers["x-ratelimit-remaining"], str(200 - used - 1))
        self.server.api("PATCH", f"/api/keys/{key['id']}", {"rate_limit": 30, "burst": 30})
        over = self.server.as_key(key["key"], "GET", "/api/me")
        self.failed(over, 429, "RATE_LIMIT_EXCEEDED")
        self.assertGreaterEqual(int(over.headers["retry-after"]), 1)
        self.assertEqual(over.headers["x-ratelimit-remaining"], "0")

    def test_may_be_limited_to_reading_or_writing(self):
        reader, writer, all_of_it = (self.server.key(scopes=scopes) for scopes in
                                     (["data:read"], ["data:write"], ["*"]))
        for key, read, write in ((reader, 200, 403), (writer, 403, 201), (all_of_it, 200, 201)):
            self.assertEqual(self.server.as_key(key["key"], "GET", "/api/data").status, read)
            created = self.server.as_key(key["key"], "POST", "/api/data", {"name": "a"})
            self.assertEqual(created.status, write)
            self.assertEqual(self.server.as_key(key["key"], "GET", "/api/me").status, 200)


class Routes(Admin):
    def test_that_are_unknown_are_404(self):
        for path in ("/", "/api", "/api/", "/api/bogus", "/api/tenants/", "/api/tenants/0",
                     "/api/tenants/x", "/api/tenants/1/bogus", "/api/tenants/1/usage/",
                     "/api/tenants/-1", "/api/tenants/18446744073709551616", "/api/tenants/01x",
                     "/api/data/1/usage", "/API/tenants", "/api//tenants", "/api/../api/tenants",
                     "/metrics/", "/health/bogus", "/%61pi/tenants/x"):
            with self.subTest(path=path):
                self.failed(self.server.api("GET", path), 404, "NOT_FOUND")

    def test_refuse_methods_that_they_lack_and_say_which_they_have(self):
        for method, path, allowed in (("DELETE", "/api/tenants", "GET, HEAD, OPTIONS, POST"),
                                      ("POST", "/api/tenants/1",
                                       "GET, HEAD, OPTIONS, PUT, PATCH, DELETE"),
                                      ("GET", "/api/keys/1/rotate", "OPTIONS, POST"),
                                      ("POST", "/health", "GET, HEAD, OPTIONS"),
                                      ("PATCH", "/api/usage_logs", "GET, HEAD, OPTIONS"),
                                      ("TRACE", "/api/data", "GET, HEAD, OPTIONS, POST")):
            with self.subTest(method=method, path=path):
                answer = self.server.send(get(path, method=method))
                self.failed(answer, 405, "METHOD_NOT_ALLOWED")
                self.assertEqual(answer.headers["allow"], allowed)

    def test_say_where_json_is_malformed(self):
        for body in (b"", b"{", b'{"name": }', b'{"name": "a"', b'{"a":1}x', b"\xff", b"nul",
                     b'{"name": "\\x"}', b'{"name": "a",}', b"[1, 2", b"{'name': 1}"):
            with self.subTest(body=body):
                error = self.failed(self.server.api("POST", "/api/tenants", body), 400,
                                    "BAD_REQUEST")
                self.assertRegex(error["message"], r"JSON")
                self.assertRegex(error["message"], r"\d|empty|end")
        for body in (b"[]", b"1", b"null", b'"x"'):
            with self.subTest(body=body):
                answer = self.server.api("POST", "/api/tenants", body)
                self.assertEqual(answer.status, 422)
        deep = b'{"name":' + b"[" * 5000 + b"]" * 5000 + b"}"
        self.assertIn(self.server.api("POST", "/api/tenants", deep).status, (400, 422))

    def test_read_json_whatever_its_type_is_called(self):
        for kind in ("application/x-www-form-urlencoded", "text/plain", "application/json", "?"):
            answer = self.server.api("POST", "/api/tenants", {"name": "a"}, f"Content-Type: {kind}")
            self.assertEqual(answer.status, 201)
        self.assertEqual(self.server.send(post("/api/tenants", {"name": "a"})).status, 401)


if __name__ == "__main__":
    unittest.main(verbosity=2)
