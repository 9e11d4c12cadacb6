"""Retention: what was deleted can be restored for as long as the operator says, then it is gone."""

import os
import time
import unittest

from server import Server, run_to_end
from wire import post

SHORT_S = 2
GONE_TIMEOUT_S = 20
MANY = 3000


class Retention(unittest.TestCase):
    def start(self, *flags):
        server = Server("--shards", "2", *flags).start()
        self.addCleanup(server.discard)
        return server

    def wait_until(self, holds, what):
        deadline = time.monotonic() + GONE_TIMEOUT_S
        while not holds():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.1)

    def wait_until_gone(self, server, path):
        ask = lambda: server.api("GET", f"{path}?include_deleted=true").status
        self.assertEqual(ask(), 200, path)
        self.wait_until(lambda: ask() == 404, path)
        self.assertEqual(server.api("POST", f"{path}/restore").status, 404)

    @staticmethod
    def purged(server, kind):
        return server.metrics()[f'tollgate_purged_total{{kind="{kind}"}}']

    def test_rows_go_and_what_is_live_or_restored_stays(self):
        server = self.start("--retain-deleted", f"{SHORT_S}s")
        secret = server.key(rate_limit=None)["key"]
        ask = lambda method, path, body=None: server.as_key(secret, method, path, body)
        for name in ("stays", "goes", "comes back"):
            self.assertEqual(ask("POST", "/api/data", {"name": name}).status, 201)
        begun = time.monotonic()
        for number in (2, 3):
            ask("DELETE", f"/api/data/{number}")
        self.assertEqual(ask("POST", "/api/data/3/restore").status, 200)
        everything = "/api/data?include_deleted=true"
        self.assertEqual(len(ask("GET", everything).data), 3)
        self.wait_until(lambda: len(ask("GET", everything).data) == 2, "the row stays")
        self.assertGreaterEqual(time.monotonic() - begun, SHORT_S)
        self.assertEqual([row["name"] for row in ask("GET", everything).data],
                         ["stays", "comes back"])
        self.assertEqual(ask("POST", "/api/data/2/restore").status, 404)
        self.assertEqual(ask("GET", "/api/data/count").data["count"], 2)
        self.assertEqual(ask("POST", "/api/data", {"name": "next"}).data["id"], 4)
        self.assertEqual(self.purged(server, "row"), 1)

    def test_keys_go(self):
        server = self.start("--retain-deleted", f"{SHORT_S}s")
        kept = server.key()
        gone = server.key(kept["tenant_id"])
        server.api("DELETE", f"/api/keys/{gone['id']}")
        self.wait_until_gone(server, f"/api/keys/{gone['id']}")
        listed = server.api("GET", f"/api/keys?tenant_id={kept['tenant_id']}&include_deleted=true")
        self.assertEqual([row["id"] for row in listed.data], [kept["id"]])
        self.assertEqual(server.api("GET", "/api/keys/count").data["count"], 1)
        self.assertEqual(server.as_key(gone["key"], "GET", "/api/me").status, 401)
        self.assertEqual(server.as_key(kept["key"], "GET", "/api/me").status, 200)

    def test_a_tenant_goes_with_all_it_had_and_its_slug_is_free(self):
        server = self.start("--retain-deleted", f"{SHORT_S}s")
        other = server.key()
        tenant = server.tenant("Gone", slug="gone")
        keys = [server.key(tenant["id"], rate_limit=None) for _ in range(3)]
        for secret in (keys[0]["key"], other["key"]):
            server.as_key(secret, "POST", "/api/data", {"name": "a"})
        server.api("DELETE", f"/api/tenants/{tenant['id']}")
        self.wait_until_gone(server, f"/api/tenants/{tenant['id']}")
        self.wait_until(lambda: self.purged(server, "key") == 3, "keys stay")
        self.wait_until(lambda: self.purged(server, "row") == 1, "rows stay")
        for key in keys:
            path = f"/api/keys/{key['id']}?include_deleted=true"
            self.assertEqual(server.api("GET", path).status, 404)
            self.assertEqual(server.as_key(key["key"], "GET", "/api/me").status, 401)
        self.assertEqual(server.api("GET", "/api/keys/count").data["count"], 1)
        self.assertEqual(server.api("GET", "/api/tenants/count").data["count"], 1)
        self.assertEqual(len(server.as_key(other["key"], "GET", "/api/data").data), 1)
        self.assertGreater(server.tenant("Again", slug="gone")["id"], tenant["id"])

    def test_a_resource_goes_with_everybodys_rows(self):
        server = self.start("--retain-deleted", f"{SHORT_S}s")
        definition = {"name": "Asset", "fields": ["code:string:required,unique"]}
        made = server.made("/api/resources", definition)
        secrets = [server.key()["key"] for _ in range(3)]
        for secret in secrets[:2]:
            server.as_key(secret, "POST", "/api/assets", {"code": "a"})
        server.api("DELETE", f"/api/resources/{made['id']}")
        self.wait_until(lambda: self.purged(server, "resource") == 1, "the resource stays")
        self.wait_until(lambda: self.purged(server, "row") == 2, "its rows stay")
        again = server.made("/api/resources", definition)
        self.assertGreater(again["id"], made["id"])
        for secret in secrets:
            self.assertEqual(server.as_key(secret, "GET", "/api/assets").data, [])
            answer = server.as_key(secret, "POST", "/api/assets", {"code": "a"})
            self.assertEqual((answer.status, answer.data["id"]), (201, 1))

    def test_many_rows_go_a_little_at_a_time_whatever_kill_9_does(self):
        server = self.start("--retain-deleted", f"{SHORT_S}s")
        key = server.key(rate_limit=None)
        rest = [post("/api/data", {"name": "row"}, f"X-API-Key: {key['key']}")] * MANY
        with server.connect() as connection:
            while rest:
                batch, rest = rest[:100], rest[100:]
                connection.send(b"".join(batch))
                self.assertTrue(all(answer.status == 201 for answer in
                                    connection.answers(len(batch))))
        path = f"/api/tenants/{key['tenant_id']}"
        server.api("DELETE", path)
        self.wait_until_gone(server, path)
        server.kill()
        server.start()
        self.assertEqual(server.api("POST", f"{path}/restore").status, 404)
        listed = f"/api/keys?tenant_id={key['tenant_id']}&include_deleted=true"
        self.wait_until(lambda: server.api("GET", listed).data == [], "keys stay")
        self.assertEqual(server.as_key(key["key"], "GET", "/api/data").status, 401)
        rows = [self.purged(server, "row")]
        while len(rows) < 2 or rows[-1] != rows[-2]:
            time.sleep(1.5)
            rows.append(self.purged(server, "row"))
        self.assertLessEqual(rows[-1], MANY)
        fresh = server.key()["key"]
        self.assertEqual(server.as_key(fresh, "POST", "/api/data", {"name": "a"}).status, 201)
        print(f"{rows[-1]:.0f} of {MANY} rows were left to take away after kill -9")

    def test_zero_keeps_for_ever_and_the_default_keeps_for_long(self):
        for flags in (("--retain-deleted", "0"), ()):
            server = self.start(*flags)
            key = server.key()
            server.api("DELETE", f"/api/keys/{key['id']}")
            time.sleep(SHORT_S + 1.5)
            self.assertEqual(server.api("POST", f"/api/keys/{key['id']}/restore").status, 200)

    def test_durations_come_from_flags_variables_and_files(self):
        for value in ("5x", "-1s", "1.5d", "d", "", "1d2h", "36501d",
                      "99999999999999999999d"):
            status, _, told, _ = run_to_end("serve", "--retain-deleted", value)
            self.assertEqual(status, 2, told)
            self.assertIn("retain-deleted", told)
        status, _, told, _ = run_to_end("serve", "--retain-idempotency", "23h")
        self.assertEqual(status, 2, told)
        settings = os.path.join(self.start("--retain-idempotency", "0").folder, "settings.toml")
        with open(settings, "w", encoding="ascii") as file:
            file.write(f'retain-deleted = "{SHORT_S}s"\n')
        in_file = self.start("--config", settings)
        in_variable = Server("--shards", "1",
                             environment={"TOLLGATE_RETAIN_DELETED": f"{SHORT_S}s"}).start()
        self.addCleanup(in_variable.discard)
        for server in (in_file, in_variable):
            key = server.key()
            server.api("DELETE", f"/api/keys/{key['id']}")
            self.wait_until_gone(server, f"/api/keys/{key['id']}")


if __name__ == "__main__":
    unittest.main(verbosity=2)
