"""HAProxy and Caddy in front of a backend ask tollgate about every request, with the documented
configurations. nginx has a test of its own: authz_test.py."""

import unittest

from gateways import GatewayTest, start_caddy, start_haproxy
from server import Server


class Contract:
    """What holds for each gateway that hands every refusal on."""

    start = None  # Of the gateway, by the ports of tollgate and the backend.
    status_without_tollgate = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gateway = cls.start(cls.server.port, cls.backend.port)
        cls.addClassCleanup(cls.gateway.stop)

    def test_an_admitted_request_arrives_with_the_identity_of_its_key_and_no_other(self):
        key = self.key()
        answer = self.ask(self.gateway, "POST", "/things/7?x=y&scope=openid",
                          f"X-API-Key: {key['key']}", "X-Tenant-Id: 999", "x-api-key-id: 999",
                          body=b"{}")
        self.assertEqual(answer.status, 200, answer)
        seen = self.backend.seen[0]
        self.assertEqual((seen["method"], seen["path"], seen["body"]),
                         ("POST", "/things/7?x=y&scope=openid", "{}"))
        identity = sorted(field for field in seen["fields"]
                          if field[0] in ("x-tenant-id", "x-api-key-id"))
        self.assertEqual(identity,
                         [("x-api-key-id", str(key["id"])), ("x-tenant-id", str(self.tenant))])
        self.assertNotIn(key["key"], str(seen))

    def test_spoofed_fields_do_not_move_what_is_judged_and_recorded(self):
        key = self.key(scopes=["orders:read"])
        spoofed = ["X-Forwarded-Method: GET", "X-Forwarded-Uri: /things",
                   "X-Original-Method: GET", "X-Original-URI: /things"]
        answer = self.ask(self.gateway, "DELETE", "/orders/7?x=y", f"X-API-Key: {key['key']}",
                          *spoofed)
        self.assertEqual(answer.status, 403, answer)
        self.assertEqual(answer.code, "FORBIDDEN")
        self.assertEqual(self.backend.seen, [])
        answer = self.ask(self.gateway, "GET", "/orders/7", f"X-API-Key: {key['key']}",
                          "X-Forwarded-Method: DELETE", "X-Forwarded-Uri: /things")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.logged(key),
                         [("DELETE", "/orders/7", 403), ("GET", "/orders/7", 200)])

    def test_refusals_arrive_as_they_were_written(self):
        answer = self.ask(self.gateway, "GET", "/things")
        self.assertEqual((answer.status, answer.code), (401, "UNAUTHORIZED"))
        self.assertEqual(answer.headers["www-authenticate"], 'Bearer realm="tollgate"')
        key = self.key(rate_limit=1)
        field = f"Authorization: Bearer {key['key']}"
        self.assertEqual(self.ask(self.gateway, "GET", "/things", field).status, 200)
        answer = self.ask(self.gateway, "GET", "/things", field)
        self.assertEqual((answer.status, answer.code), (429, "RATE_LIMIT_EXCEEDED"))
        self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
        self.assertEqual(answer.headers["x-ratelimit-remaining"], "0")

    def test_nothing_gets_through_while_tollgate_is_down(self):
        with Server("--shards", "1") as other:
            gateway = type(self).start(other.port, self.backend.port)
            self.addCleanup(gateway.stop)
            key = other.key()
            other.stop()
            answer = self.ask(gateway, "GET", "/things", f"X-API-Key: {key['key']}")
            self.assertEqual(answer.status, self.status_without_tollgate)
        self.assertEqual(self.backend.seen, [])


class HaproxyTest(Contract, GatewayTest):
    start = staticmethod(start_haproxy)
    status_without_tollgate = 503


class CaddyTest(Contract, GatewayTest):
    start = staticmethod(start_caddy)
    status_without_tollgate = 502


if __name__ == "__main__":
    unittest.main(verbosity=2)
