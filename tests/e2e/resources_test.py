"""Resources that users define: served at once, validated, isolated, kept over a restart."""

import time
import unittest

from server import Server
from wire import post

INVOICE = {
    "name": "Invoice",
    "fields": [
        "number:string:required,max:20,unique",
        "amount:money:required,ge:0,index",
        "status:enum:choices:draft|sent|paid,required,default:draft",
        "paid_on:date",
        {"name": "lines", "type": "json"},
    ],
}


class Resources(unittest.TestCase):
    def setUp(self):
        self.server = Server("--shards", "2").start()
        self.addCleanup(self.server.discard)
        self.key = self.server.key(rate_limit=None)["key"]

    def ask(self, method, path, body=None, key=None):
        return self.server.as_key(key or self.key, method, path, body)

    def define(self, definition):
        answer = self.server.api("POST", "/api/resources", definition)
        self.assertEqual(answer.status, 201, answer)
        return answer.data

    def ids(self, path, key=None):
        answer = self.ask("GET", path, key=key)
        self.assertEqual(answer.status, 200, answer)
        return [row["id"] for row in answer.data]

    def invalid(self, answer, *fields):
        self.assertEqual(answer.status, 422, answer)
        details = answer.json["error"]["details"]
        self.assertEqual({detail["field"] for detail in details}, set(fields), details)

    def test_are_served_at_once_and_after_a_restart(self):
        self.assertEqual(self.ask("GET", "/api/invoices").status, 404)
        defined = self.define(INVOICE)
        self.assertEqual((defined["name"], defined["path"]), ("Invoice", "invoices"))
        made = self.ask("POST", "/api/invoices", {"number": "A-1", "amount": "12.50"})
        self.assertEqual(made.status, 201, made)
        row = made.data
        self.assertEqual(
            {name: row[name] for name in ("id", "number", "amount", "status", "paid_on", "lines")},
            {"id": 1, "number": "A-1", "amount": "12.50", "status": "draft", "paid_on": None,
             "lines": None})
        self.server.restart("--shards", "1")
        self.assertEqual(self.ask("GET", "/api/invoices/1").data, row)
        changed = self.ask("PATCH", "/api/invoices/1", {"status": "paid", "paid_on": "2026-02-28"})
        self.assertEqual(changed.data["status"], "paid")
        self.assertEqual(changed.data["number"], "A-1")
        replaced = self.ask("PUT", "/api/invoices/1", {"number": "A-1", "amount": 3})
        self.assertEqual((replaced.data["status"], replaced.data["paid_on"]), ("draft", None))
        self.assertEqual(self.ask("GET", "/api/invoices").data, [replaced.data])

    def test_name_each_field_that_does_not_fit(self):
        self.define(INVOICE)
        self.invalid(self.ask("POST", "/api/invoices", {}), "number", "amount")
        self.invalid(self.ask("POST", "/api/invoices", {
            "number": "x" * 21, "amount": -1, "status": "lost", "paid_on": "2026-02-30",
            "colour": 1, "tenant_id": 999}),
            "number", "amount", "status", "paid_on", "colour", "tenant_id")
        self.assertEqual(self.ids("/api/invoices"), [])
        self.invalid(self.server.api("POST", "/api/resources", {
            "name": "invoice", "fields": ["a:blob", "b:string:max:x"]}),
            "name", "fields.0.type", "fields.1.max")
        self.invalid(self.server.api("POST", "/api/resources", {
            "name": "Key", "fields": ["a:string"]}), "name")  # Its path, /api/keys, is taken.
        taken = self.server.api("POST", "/api/resources", INVOICE)
        self.assertEqual(taken.status, 409, taken)

    def test_keep_unique_values_unique_through_deleting_and_restoring(self):
        self.define(INVOICE)
        body = {"number": "A-1", "amount": 1}
        self.assertEqual(self.ask("POST", "/api/invoices", body).status, 201)
        taken = self.ask("POST", "/api/invoices", body)
        self.assertEqual((taken.status, taken.json["error"]["code"]), (409, "CONFLICT"))
        self.assertEqual(taken.json["error"]["details"][0]["field"], "number")
        self.assertEqual(self.ask("DELETE", "/api/invoices/1").status, 200)
        self.assertEqual(self.ask("GET", "/api/invoices/1").status, 404)
        self.assertEqual(self.ask("POST", "/api/invoices", body).data["id"], 2)
        self.assertEqual(self.ask("POST", "/api/invoices/1/restore").status, 409)
        self.assertEqual(self.ask("DELETE", "/api/invoices/2").status, 200)
        self.assertEqual(self.ask("POST", "/api/invoices/1/restore").status, 200)
        self.assertEqual(self.ids("/api/invoices"), [1])
        self.assertEqual(self.ids("/api/invoices?include_deleted=true"), [1, 2])
        self.assertEqual(self.ask("GET", "/api/invoices/count").data, {"count": 1})

    def test_are_filtered_sorted_and_paged(self):
        self.define(INVOICE)
        amounts = ["10.00", "2.50", "10.00", "0.00", "7.00"]
        for number, amount in enumerate(amounts):
            self.ask("POST", "/api/invoices", {"number": str(number), "amount": amount})
        self.assertEqual(self.ids("/api/invoices?sort=amount"), [4, 2, 5, 1, 3])
        self.assertEqual(self.ids("/api/invoices?sort=-amount"), [3, 1, 5, 2, 4])
        self.assertEqual(self.ids("/api/invoices?amount=10"), [1, 3])
        self.assertEqual(self.ids("/api/invoices?amount=10.00&number=2"), [3])
        found, cursor = [], ""
        while cursor is not None:
            page = self.ask("GET", "/api/invoices?sort=amount&limit=2" +
                            (f"&cursor={cursor}" if cursor else ""))
            found += [row["id"] for row in page.data]
            cursor = page.json["meta"]["next_cursor"]
        self.assertEqual(found, [4, 2, 5, 1, 3])
        self.invalid(self.ask("GET", "/api/invoices?status=draft"), "status")

    def test_take_fields_that_are_added_while_they_serve(self):
        resource = self.define(INVOICE)["id"]
        self.ask("POST", "/api/invoices", {"number": "1", "amount": 1})
        answer = self.server.api("PATCH", f"/api/resources/{resource}",
                                 {"add_fields": ["currency:string:default:EUR", "memo:text"]})
        self.assertEqual(answer.status, 200, answer)
        row = self.ask("GET", "/api/invoices/1").data
        self.assertEqual((row["currency"], row["memo"]), ("EUR", None))
        self.assertEqual(self.ask("GET", "/api/invoices").data, [row])
        made = self.ask("POST", "/api/invoices", {"number": "2", "amount": 1, "currency": "CHF"})
        self.assertEqual(made.data["currency"], "CHF")

    def test_get_an_index_while_they_serve(self):
        defined = self.define({"name": "Reading", "fields": ["sensor:string", "value:integer"]})
        resource = f"/api/resources/{defined['id']}"
        with self.server.connect() as connection:
            for number in range(3000):
                row = {"sensor": f"s{number % 10}", "value": number}
                connection.send(post("/api/readings", row, f"X-API-Key: {self.key}"))
                self.assertEqual(connection.answer().status, 201)
        self.invalid(self.ask("GET", "/api/readings?sensor=s3"), "sensor")
        begun = self.server.api("POST", f"{resource}/indexes", {"field": "sensor"})
        self.assertEqual(begun.status, 200, begun)
        self.assertEqual([build["field"] for build in begun.data["index_builds"]], ["sensor"])
        self.ask("POST", "/api/readings", {"sensor": "s3", "value": 3000})
        self.ask("DELETE", "/api/readings/14")  # An s3, too.
        again = self.server.api("POST", f"{resource}/indexes", {"field": "sensor"})
        self.assertEqual(again.status, 409, again)
        deadline = time.monotonic() + 20
        while self.server.api("GET", resource).data["index_builds"]:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        self.assertTrue(self.server.api("GET", resource).data["fields"][0]["index"])
        found = self.ask("GET", "/api/readings?sensor=s3&limit=1000").data
        self.assertEqual([row["value"] for row in found],
                         [number for number in range(3, 3000, 10) if number != 13] + [3000])
        self.assertEqual(self.ask("GET", "/api/readings/count?sensor=s3").data, {"count": 300})
        self.assertEqual(self.ask("GET", "/api/readings/count?sensor=s11").data, {"count": 0})
        self.invalid(self.ask("GET", "/api/readings/count?value=3"), "value")
        self.server.restart("--shards", "1")
        self.assertEqual(self.ask("GET", "/api/readings/count?sensor=s3").data, {"count": 300})

    def test_are_dropped(self):
        resource = self.define(INVOICE)["id"]
        self.ask("POST", "/api/invoices", {"number": "1", "amount": 1})
        self.assertEqual(self.server.api("DELETE", f"/api/resources/{resource}").status, 200)
        self.assertEqual(self.ask("GET", "/api/invoices").status, 404)
        self.assertEqual(self.server.api("GET", "/api/resources").data, [])
        self.define(INVOICE)
        self.assertEqual(self.ids("/api/invoices"), [])

    def test_belong_to_the_tenant_of_the_key(self):
        self.define(INVOICE)
        self.define({"name": "Payment", "fields": ["invoice_id:integer:foreign:invoices.id"]})
        other = self.server.key(rate_limit=None)["key"]
        self.ask("POST", "/api/invoices", {"number": "1", "amount": 1})
        for method, path, body in (
                ("GET", "/api/invoices/1", None), ("PATCH", "/api/invoices/1", {"amount": 2}),
                ("DELETE", "/api/invoices/1", None), ("POST", "/api/invoices/1/restore", None)):
            with self.subTest(method=method):
                strange = self.ask(method, path, body, key=other)
                none = self.ask(method, path.replace("/1", "/7"), body, key=other)
                self.assertEqual((strange.status, strange.json), (404, none.json))
        for path in ("/api/invoices", "/api/invoices?number=1", "/api/invoices?sort=-number",
                     "/api/invoices?include_deleted=true"):
            self.assertEqual(self.ids(path, key=other), [])
        self.assertEqual(self.ask("GET", "/api/invoices/count", key=other).data, {"count": 0})
        self.assertEqual(
            self.ask("POST", "/api/invoices", {"number": "1", "amount": 1}, key=other).status, 201)
        self.ask("POST", "/api/invoices", {"number": "2", "amount": 1})
        self.invalid(self.ask("POST", "/api/payments", {"invoice_id": 2}, key=other), "invoice_id")
        self.assertEqual(self.ask("POST", "/api/payments", {"invoice_id": 2}).status, 201)

    def test_need_their_own_scope(self):
        self.define(INVOICE)
        tenant = self.server.tenant()["id"]
        reads = self.server.key(tenant, scopes=["invoices:read"])["key"]
        data = self.server.key(tenant, scopes=["data:*"])["key"]
        self.assertEqual(self.ids("/api/invoices", key=reads), [])
        refused = self.ask("POST", "/api/invoices", {"number": "1", "amount": 1}, key=reads)
        self.assertEqual(refused.status, 403)
        self.assertIn("invoices:write", refused.json["error"]["message"])
        self.assertEqual(self.ask("GET", "/api/invoices", key=data).status, 403)
        self.assertEqual(self.ask("GET", "/api/data", key=reads).status, 403)

    def test_are_read_only_if_they_are_defined_so(self):
        self.define({**INVOICE, "read_only": True})
        refused = self.ask("POST", "/api/invoices", {"number": "1", "amount": 1})
        self.assertEqual((refused.status, refused.headers["allow"]), (405, "GET, HEAD, OPTIONS"))
        self.assertEqual(self.ids("/api/invoices"), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
