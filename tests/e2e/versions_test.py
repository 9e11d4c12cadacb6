"""ETag, If-Match and If-None-Match; replacing, restoring and counting tenants and keys."""

import threading
import unittest

from server import Server


class Versions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2").start()
        cls.addClassCleanup(cls.server.discard)

    def api(self, *request):
        return self.server.api(*request)

    def count(self, path):
        answer = self.api("GET", f"{path}/count")
        self.assertEqual(set(answer.data), {"count"})
        return answer.data["count"]

    def test_are_the_etags_of_tenants_and_keys(self):
        tenant = self.server.tenant()["id"]
        for path, body in ((f"/api/tenants/{tenant}", {"name": "n"}),
                           (f"/api/keys/{self.server.key(tenant)['id']}", {"name": "n"})):
            self.assertEqual(self.api("GET", path).headers["etag"], '"1"')
            self.assertEqual(self.api("HEAD", path).headers["etag"], '"1"')
            self.assertEqual(self.api("PATCH", path, body).headers["etag"], '"2"')
            self.assertEqual(self.api("PUT", path, body).headers["etag"], '"3"')
            for tags, status in (('"3"', 304), ('W/"3"', 304), ('"1", "3"', 304), ("*", 304),
                                 ('"2"', 200)):
                answer = self.api("GET", path, None, f"If-None-Match: {tags}")
                self.assertEqual((answer.status, answer.headers["etag"]), (status, '"3"'), tags)
            for method in ("PATCH", "PUT", "DELETE"):
                for tags in ('"2"', 'W/"3"', "3", "", '"2", "4"'):
                    sent = None if method == "DELETE" else body
                    answer = self.api(method, path, sent, f"If-Match: {tags}")
                    self.assertEqual((answer.status, answer.code), (412, "PRECONDITION_FAILED"))
            self.assertEqual(self.api("PATCH", path, body, 'If-Match: "3"').headers["etag"], '"4"')
            self.assertEqual(self.api("PATCH", path, body, "If-Match: *").headers["etag"], '"5"')
            self.assertEqual(self.api("DELETE", path, None, 'If-Match: "9", "5"').status, 200)
            self.assertEqual(self.api("PATCH", path, body, "If-Match: *").status, 404)

    def test_stay_while_a_key_is_used(self):
        key = self.server.key()
        path = f"/api/keys/{key['id']}"
        self.assertEqual(self.server.as_key(key["key"], "GET", "/api/data").status, 200)
        answer = self.api("GET", path)
        self.assertTrue(answer.data["last_used_at"])
        self.assertEqual(answer.headers["etag"], '"1"')

    def test_let_one_of_many_writers_win(self):
        path = f"/api/tenants/{self.server.tenant()['id']}"
        statuses = []
        def change(number):
            answer = self.api("PATCH", path, {"name": f"Writer {number}"}, 'If-Match: "1"')
            statuses.append(answer.status)
        writers = [threading.Thread(target=change, args=(number,)) for number in range(16)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        self.assertEqual(sorted(statuses), [200] + [412] * 15)

    def test_of_rows_of_data_are_guarded_too(self):
        key = self.server.key()["key"]
        made = self.server.as_key(key, "POST", "/api/data", {"name": "a"})
        self.assertEqual(made.headers["etag"], '"1"')
        path = f"/api/data/{made.data['id']}"
        def change(field):
            return self.server.as_key(key, "PATCH", path, {"name": "b"}, field).status
        self.assertEqual([change('If-Match: "2"'), change('If-Match: "1"'), change('If-Match: "1"'),
                          change("If-Match: *")], [412, 200, 412, 200])

    def test_replacing_takes_the_defaults_for_what_is_not_sent(self):
        tenant = self.server.tenant("Before", plan="pro", slug="before-all", is_active=False)
        path = f"/api/tenants/{tenant['id']}"
        replaced = self.api("PUT", path, {"name": "After"}).data
        self.assertEqual((replaced["name"], replaced["slug"], replaced["plan"],
                          replaced["is_active"]), ("After", "before-all", "free", True))
        self.assertEqual(self.api("PUT", path, {"plan": "pro"}).status, 422)
        key = self.server.key(tenant["id"], rate_limit=5, rate_window=60, burst=2,
                              allowed_ips=["::1"], metadata={"a": 1}, is_active=False)
        path = f"/api/keys/{key['id']}"
        replaced = self.api("PUT", path, {"name": "k", "tenant_id": tenant["id"]}).data
        expected = {"name": "k", "scopes": [], "rate_limit": 1000, "rate_window": 3600,
                    "burst": 1000, "allowed_ips": [], "is_active": True, "expires_at": None,
                    "metadata": {}, "display": key["display"]}
        self.assertEqual({name: replaced[name] for name in expected}, expected)
        self.assertEqual(self.server.as_key(key["key"], "GET", "/api/me").status, 200)
        moved = self.api("PUT", path, {"name": "k", "tenant_id": self.server.tenant()["id"]})
        self.assertEqual((moved.status, moved.json["error"]["details"][0]["field"]),
                         (422, "tenant_id"))
        self.api("PATCH", path, {"scopes": ["data:read"]})
        emptied = self.api("PUT", path, {"name": "k"})
        self.assertEqual((emptied.status, emptied.json["error"]["details"][0]["field"]),
                         (422, "scopes"))

    def test_restoring_brings_a_key_and_its_tenant_back(self):
        tenant = self.server.tenant("Come Back")
        key = self.server.key(tenant["id"])
        def status():
            return self.server.as_key(key["key"], "GET", "/api/data").status
        tenants, keys = self.count("/api/tenants"), self.count("/api/keys")
        tenant_path, key_path = f"/api/tenants/{tenant['id']}", f"/api/keys/{key['id']}"
        self.assertEqual(status(), 200)
        for path in (key_path, tenant_path):
            self.assertEqual(self.api("POST", f"{path}/restore").status, 409)
            self.assertEqual(self.api("DELETE", path).status, 200)
            self.assertEqual(self.api("GET", path).status, 404)
            shown = self.api("GET", f"{path}?include_deleted=true").data
            self.assertTrue(shown["deleted_at"])
        self.assertEqual((self.count("/api/tenants"), self.count("/api/keys")),
                         (tenants - 1, keys - 1))
        refused = self.api("POST", f"{key_path}/restore")
        self.assertEqual((refused.status, refused.json["error"]["details"][0]["field"]),
                         (409, "tenant_id"))
        other = self.server.tenant("Come Back")
        refused = self.api("POST", f"{tenant_path}/restore")
        self.assertEqual((refused.status, refused.json["error"]["details"][0]["field"]),
                         (409, "slug"))
        self.api("PATCH", f"/api/tenants/{other['id']}", {"slug": "gone-on"})
        restored = self.api("POST", f"{tenant_path}/restore")
        self.assertEqual((restored.status, restored.headers["etag"]), (200, '"3"'))
        self.assertNotIn("deleted_at", restored.data)
        self.assertEqual(status(), 401)
        self.assertEqual(self.api("POST", f"{key_path}/restore").status, 200)
        self.assertEqual(status(), 200)
        self.assertEqual((self.count("/api/tenants"), self.count("/api/keys")),
                         (tenants + 1, keys))
        self.server.restart()
        self.assertEqual(status(), 200)
        self.assertEqual(self.api("POST", "/api/keys/999999/restore").status, 404)


if __name__ == "__main__":
    unittest.main(verbosity=2)
