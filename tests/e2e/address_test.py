"""Where a request may come from: allowed_ips, and whom a proxy is believed to speak for."""

import unittest

from server import Server, address_of, run_to_end
from wire import Connection, get

LISTEN = ("127.0.0.1:0", "[::1]:0")
V4, V6 = 0, 1  # Places in LISTEN.


class Client:
    """Asks one server over either family."""

    def __init__(self, server):
        self.server = server

    def ask(self, family, *fields, path="/api/data"):
        with Connection(address_of(self.server.urls[family])) as connection:
            return connection.request(get(path, *fields))

    def status(self, family, secret, *fields):
        return self.ask(family, f"X-API-Key: {secret}", *fields).status


class AllowedIps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2", listen=LISTEN).start()
        cls.addClassCleanup(cls.server.discard)
        cls.client = Client(cls.server)

    def statuses(self, secret):
        return self.client.status(V4, secret), self.client.status(V6, secret)

    def test_keep_a_key_to_its_addresses_from_the_answer_on_and_after_a_restart(self):
        key = self.server.key(allowed_ips=["::1"])
        path = f"/api/keys/{key['id']}"
        self.assertEqual(self.statuses(key["key"]), (403, 200))
        refused = self.client.ask(V4, f"X-API-Key: {key['key']}")
        self.assertEqual((refused.code, refused.json["error"]["message"]),
                         ("FORBIDDEN", "Address not allowed"))
        for networks, expected in ((["127.0.0.0/8"], (200, 403)), (["::/0"], (403, 200)),
                                   (["::ffff:127.0.0.1"], (200, 403)),
                                   (["0.0.0.0/0", "::/0"], (200, 200)), ([], (200, 200)),
                                   (["192.0.2.1", "127.0.0.1"], (200, 403))):
            changed = self.server.api("PATCH", path, {"allowed_ips": networks})
            self.assertEqual(changed.status, 200, changed)
            self.assertEqual(self.statuses(key["key"]), expected, networks)
        self.assertEqual(changed.data["allowed_ips"], ["192.0.2.1", "127.0.0.1"])
        self.server.restart()
        self.assertEqual(self.statuses(key["key"]), (200, 403))
        self.assertEqual(self.server.api("GET", path).data["allowed_ips"],
                         ["192.0.2.1", "127.0.0.1"])

    def test_are_judged_after_the_key_and_before_the_scope(self):
        key = self.server.key(allowed_ips=["::1"], scopes=["data:write"])
        def message():
            answer = self.client.ask(V4, f"X-API-Key: {key['key']}")
            return answer.json["error"]["message"]
        self.assertEqual(message(), "Address not allowed")
        self.server.api("PATCH", f"/api/keys/{key['id']}", {"is_active": False})
        self.assertEqual(message(), "API key is inactive")
        self.server.api("PATCH", f"/api/keys/{key['id']}",
                        {"is_active": True, "allowed_ips": ["127.0.0.1"]})
        self.assertEqual(message(), "The key lacks the scope data:read")

    def test_that_are_none_are_named(self):
        tenant = self.server.tenant()["id"]
        for networks in (["10.0.0.1/8"], ["localhost"], [""], ["1.2.3.4/33"], [7], "::1",
                         ["::1"] * 33):
            answer = self.server.api("POST", "/api/keys", {"name": "k", "tenant_id": tenant,
                                                           "allowed_ips": networks})
            self.assertEqual(answer.status, 422, networks)
            self.assertEqual([each["field"] for each in answer.json["error"]["details"]],
                             ["allowed_ips"])

    def test_are_not_moved_by_a_header_of_an_untrusted_peer(self):
        key = self.server.key(allowed_ips=["203.0.113.9"])
        for fields in (["X-Forwarded-For: 203.0.113.9"], ["Forwarded: for=203.0.113.9"],
                       ["X-Real-IP: 203.0.113.9"], ["X-Forwarded-For: 203.0.113.9, 127.0.0.1"]):
            self.assertEqual(self.client.status(V4, key["key"], *fields), 403, fields)


class TrustedProxies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2", "--trusted-proxies", "127.0.0.1,10.0.0.0/8",
                            listen=LISTEN).start()
        cls.addClassCleanup(cls.server.discard)
        cls.client = Client(cls.server)

    def test_tell_whom_they_speak_for(self):
        key = self.server.key(allowed_ips=["203.0.113.0/24"])
        for forwarded, status in (("203.0.113.9", 200), ("198.51.100.1, 203.0.113.9", 200),
                                  ("203.0.113.9, 10.1.1.1", 200), ("203.0.113.9, 127.0.0.1", 200),
                                  ("203.0.113.9, 198.51.100.1", 403), ("203.0.113.9, x", 403),
                                  ("", 403)):
            fields = [f"X-Forwarded-For: {forwarded}"]
            self.assertEqual(self.client.status(V4, key["key"], *fields), status, forwarded)
        self.assertEqual(self.client.status(V4, key["key"]), 403)
        self.assertEqual(self.client.status(V6, key["key"], "X-Forwarded-For: 203.0.113.9"), 403)

    def test_give_the_usage_log_its_address(self):
        key = self.server.key()
        field = "X-Forwarded-For: 1.1.1.1, 203.0.113.9"
        self.assertEqual(self.client.status(V4, key["key"], field), 200)
        self.assertEqual(self.client.status(V6, key["key"], field), 200)
        logs = self.server.api("GET", f"/api/usage_logs?api_key_id={key['id']}").data
        # Two shards served them, whose records come in any order.
        self.assertEqual({row["ip_address"] for row in logs}, {"203.0.113.9", "::1"})

    def test_do_not_open_the_metrics_to_those_they_speak_for(self):
        def status(*fields):
            return self.client.ask(V4, *fields, path="/metrics").status
        self.assertEqual(status(), 200)
        self.assertEqual(status("X-Forwarded-For: 203.0.113.9"), 401)
        self.assertEqual(status("X-Forwarded-For: 127.0.0.1, 203.0.113.9"), 401)

    def test_that_are_no_networks_are_refused_at_the_start(self):
        for text in ("10.0.0.1/8", "proxy", "127.0.0.1,x"):
            status, _, errors, _ = run_to_end("serve", "--trusted-proxies", text)
            self.assertEqual(status, 2, errors)
            self.assertIn("--trusted-proxies", errors)


if __name__ == "__main__":
    unittest.main(verbosity=2)
