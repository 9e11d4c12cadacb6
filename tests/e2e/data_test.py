"""A tenant's data: its routes, its isolation from other tenants, and what a restart keeps."""

import unittest

from server import Server
from wire import get, post


class Data(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2").start()
        cls.addClassCleanup(cls.server.discard)

    def setUp(self):
        self.tenant = self.server.tenant()["id"]
        self.key = self.server.key(self.tenant, rate_limit=None)["key"]

    def call(self, method, path, body=None, key=None):
        return self.server.as_key(key or self.key, method, path, body)

    def made(self, **fields):
        answer = self.call("POST", "/api/data", fields)
        self.assertEqual(answer.status, 201, answer)
        return answer.data

    def test_is_created_read_changed_replaced_and_deleted(self):
        row = self.made(name="first", value={"a": [1, 2.5, None, "ü\n"]})
        path = f"/api/data/{row['id']}"
        self.assertEqual(row["value"], {"a": [1, 2.5, None, "ü\n"]})
        self.assertNotIn("tenant_id", row)
        self.assertEqual(self.call("GET", path).data, row)
        changed = self.call("PATCH", path, {"name": "second"}).data
        self.assertEqual((changed["name"], changed["value"]), ("second", row["value"]))
        self.assertGreater(changed["updated_at"], row["updated_at"])
        replaced = self.call("PUT", path, {"name": "third"}).data
        self.assertEqual((replaced["name"], replaced["value"]), ("third", None))
        self.assertEqual(replaced["created_at"], row["created_at"])
        self.assertEqual(self.call("DELETE", path).status, 200)
        for method, body in (("GET", None), ("PATCH", {"name": "x"}), ("PUT", {"name": "x"}),
                             ("DELETE", None)):
            self.assertEqual(self.call(method, path, body).code, "NOT_FOUND")
        self.assertEqual(self.call("GET", "/api/data").data, [])

    def test_keeps_every_kind_of_value_as_it_was_sent(self):
        for text in (b"0", b"-1.5e300", b"true", b"null", b'""', b"[]", b"{}", b'"\\u00e9\\ud83d"',
                     b"12345678901234567890", b"0.1", b'[[[[["deep"]]]]]', b'{"":{"":""}}'):
            with self.subTest(text=text):
                answer = self.call("POST", "/api/data", b'{"name":"a","value":' + text + b"}")
                if text.startswith(b'"\\u00e9\\ud83d'):
                    self.assertEqual(answer.status, 400)  # Half of a surrogate pair.
                    continue
                self.assertEqual(answer.status, 201)
                shown = self.call("GET", f"/api/data/{answer.data['id']}")
                self.assertIn(b'"value":' + text, shown.body)

    def test_that_is_invalid_names_the_field(self):
        for body, field in (({}, "name"), ({"name": 1}, "name"), ({"name": ""}, "name"),
                            ({"name": "x" * 201}, "name"), ({"name": "a", "bogus": 1}, "bogus"),
                            ({"name": "a", "id": 9}, "id"),
                            ({"name": "a", "value": "x" * 300_000}, "value")):
            with self.subTest(field=field, body=str(body)[:50]):
                answer = self.call("POST", "/api/data", body)
                self.assertEqual((answer.status, answer.code), (422, "VALIDATION_ERROR"))
                details = answer.json["error"]["details"]
                self.assertEqual([detail["field"] for detail in details], [field])

    def test_another_tenant_named_in_a_row_is_told_the_same_whether_it_exists_or_not(self):
        other = self.server.tenant()["id"]
        answers = [self.call("POST", "/api/data", {"name": "a", "tenant_id": number})
                   for number in (other, 999_999)]
        self.assertEqual([answer.status for answer in answers], [422, 422])
        self.assertEqual(answers[0].body, answers[1].body)

    def test_of_another_tenant_is_as_if_it_were_not_there(self):
        row = self.made(name="mine", value="secret")
        other = self.server.key(rate_limit=None)["key"]
        for method, body in (("GET", None), ("HEAD", None), ("PATCH", {"name": "x"}),
                             ("PUT", {"name": "x"}), ("DELETE", None)):
            with self.subTest(method=method):
                foreign = self.call(method, f"/api/data/{row['id']}", body, other)
                random = self.call(method, "/api/data/987654321", body, other)
                self.assertEqual(foreign.status, 404)
                self.assertEqual(foreign.body, random.body)
                without_id = [[field for field in answer.fields if field[0] != "x-request-id"]
                              for answer in (foreign, random)]
                self.assertEqual(*without_id)
        self.assertEqual(self.call("GET", "/api/data", key=other).data, [])
        self.assertEqual(self.call("GET", f"/api/data/{row['id']}").data, row)

    def test_of_two_tenants_on_one_connection_is_never_mixed(self):
        other_tenant = self.server.tenant()["id"]
        other = self.server.key(other_tenant, rate_limit=None)["key"]
        self.made(name="A")
        self.call("POST", "/api/data", {"name": "B"}, other)
        pattern = [self.key if (number * 7) % 3 else other for number in range(300)]
        with self.server.connect() as connection:
            for _ in range(10):
                connection.send(b"".join(get("/api/data", f"X-API-Key: {key}") for key in pattern))
                for key in pattern:
                    names = [row["name"] for row in connection.answer().data]
                    self.assertEqual(names, ["A" if key == self.key else "B"])

    def test_is_listed_in_pages(self):
        with self.server.connect() as connection:
            connection.send(b"".join(post("/api/data", {"name": f"row {number}"},
                                          f"X-API-Key: {self.key}") for number in range(250)))
            made = [answer.data["id"] for answer in connection.answers(250)]
        self.assertEqual(made, sorted(set(made)))
        for limit in (1000, 100, 99, 250, 249, None):
            with self.subTest(limit=limit):
                self.assertEqual(self.all_pages(limit), made)
        for number in made[::2]:
            self.call("DELETE", f"/api/data/{number}")
        self.assertEqual(self.all_pages(50), made[1::2])

    def all_pages(self, limit):
        found, cursor = [], None
        for _ in range(10):
            query = [f"limit={limit}"] if limit else []
            query += [f"cursor={cursor}"] if cursor else []
            answer = self.call("GET", "/api/data" + ("?" + "&".join(query) if query else ""))
            self.assertLessEqual(len(answer.data), limit or 100)
            found += [row["id"] for row in answer.data]
            cursor = answer.json["meta"]["next_cursor"]
            if cursor is None:
                return found
        return self.fail("the pages never end")

    def test_page_ends_early_where_rows_are_large(self):
        value = "x" * 60_000
        with self.server.connect() as connection:
            for _ in range(100):
                connection.send(post("/api/data", {"name": "large", "value": value},
                                     f"X-API-Key: {self.key}"))
                self.assertEqual(connection.answer().status, 201)
        first = self.call("GET", "/api/data?limit=1000")
        self.assertLess(len(first.body), 4.5 * 2**20)
        self.assertIsNotNone(first.json["meta"]["next_cursor"])
        self.assertEqual(len(self.all_pages(1000)), 100)

    def test_behind_a_write_on_a_connection_is_what_was_written(self):
        with self.server.connect() as connection:
            for number in range(50):
                connection.send(post("/api/data", {"name": str(number)}, f"X-API-Key: {self.key}") +
                                get("/api/data?limit=1000", f"X-API-Key: {self.key}"))
                self.assertEqual(connection.answer().status, 201)
                self.assertEqual(len(connection.answer().data), number + 1)

    def test_says_whom_a_key_belongs_to(self):
        key = self.server.key(self.tenant, "Named", scopes=["data:read"], rate_limit=10)
        me = self.call("GET", "/api/me", key=key["key"]).data
        self.assertEqual((me["key_id"], me["tenant_id"], me["name"], me["scopes"], me["display"]),
                         (key["id"], self.tenant, "Named", ["data:read"], key["display"]))
        self.assertEqual((me["rate_limit"]["limit"], me["rate_limit"]["remaining"]), (10, 9))
        self.assertIsNone(self.call("GET", "/api/me").data["rate_limit"])


class Restarts(unittest.TestCase):
    def test_keep_everything(self):
        with Server("--shards", "2") as server:
            tenants = [server.tenant(f"T{number}") for number in range(5)]
            keys = [server.key(tenant["id"], rate_limit=50) for tenant in tenants]
            rows = [server.as_key(key["key"], "POST", "/api/data",
                                  {"name": "kept", "value": [key["id"]]}).data for key in keys]
            server.api("DELETE", f"/api/keys/{keys[0]['id']}")
            server.api("DELETE", f"/api/tenants/{tenants[1]['id']}")
            before = [server.api("GET", "/api/tenants?include_deleted=true").data,
                      server.api("GET", "/api/keys?include_deleted=true").data,
                      [server.usage(key["id"])["total"] for key in keys[2:]],
                      server.api("GET", "/api/usage_logs").data]
            server.restart("--shards", "1")
            after = [server.api("GET", "/api/tenants?include_deleted=true").data,
                     server.api("GET", "/api/keys?include_deleted=true").data,
                     [server.usage(key["id"])["total"] for key in keys[2:]],
                     server.api("GET", "/api/usage_logs").data]
            self.assertEqual(after, before)
            for key, row in zip(keys[2:], rows[2:]):
                answer = server.as_key(key["key"], "GET", f"/api/data/{row['id']}")
                self.assertEqual(answer.data, row)
                self.assertEqual(answer.headers["x-ratelimit-remaining"], "48")
            for key in keys[:2]:
                self.assertEqual(server.as_key(key["key"], "GET", "/api/data").status, 401)
            last = max(tenant["id"] for tenant in tenants)
            self.assertGreater(server.tenant("New")["id"], last)


if __name__ == "__main__":
    unittest.main(verbosity=2)
