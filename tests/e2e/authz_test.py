"""nginx in front of a backend asks tollgate about every request, with the documented
configuration: what arrives at the client, at the backend and in the usage log."""

import unittest

from gateways import GatewayTest, start_nginx
from server import Server, run_to_end


class NginxTest(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nginx = start_nginx(cls.server.port, cls.backend.port)
        cls.addClassCleanup(cls.nginx.stop)

    def test_an_admitted_request_arrives_with_the_identity_of_its_key(self):
        key = self.key()
        answer = self.ask(self.nginx, "GET", "/things/7?x=y", f"X-API-Key: {key['key']}")
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers["x-ratelimit-limit"], "1000")
        self.assertEqual(answer.headers["x-ratelimit-remaining"], "999")
        self.assertIn("x-ratelimit-reset", answer.headers)
        seen = dict(self.backend.seen[0]["fields"])
        self.assertEqual(self.backend.seen[0]["path"], "/things/7?x=y")
        self.assertEqual(seen["x-tenant-id"], str(self.tenant))
        self.assertEqual(seen["x-api-key-id"], str(key["id"]))
        self.assertNotIn("x-api-key", seen)
        self.assertNotIn(key["key"], str(self.backend.seen))

    def test_spoofed_fields_change_nothing(self):
        key = self.key(scopes=["orders:read"])
        spoofed = ["X-Tenant-Id: 999", "X-Api-Key-Id: 999", "x-tenant-id: 998",
                   "X-Forwarded-Method: GET", "X-Forwarded-Uri: /things",
                   "X-Original-Method: GET", "X-Original-URI: /things",
                   "X-HTTP-Method-Override: GET", "X-Error-Status: 200"]
        answer = self.ask(self.nginx, "GET", "/orders", f"X-API-Key: {key['key']}", *spoofed)
        self.assertEqual(answer.status, 200, answer)
        seen = self.backend.seen[0]["fields"]
        self.assertEqual([value for name, value in seen if name == "x-tenant-id"],
                         [str(self.tenant)])
        self.assertEqual([value for name, value in seen if name == "x-api-key-id"],
                         [str(key["id"])])
        answer = self.ask(self.nginx, "DELETE", "/orders", f"X-API-Key: {key['key']}", *spoofed)
        self.assertEqual(answer.status, 403, answer)
        self.assertEqual(len(self.backend.seen), 1)
        self.assertEqual(self.logged(key), [("GET", "/orders", 200), ("DELETE", "/orders", 403)])

    def test_a_client_without_a_good_key_gets_401(self):
        for fields in ([], ["X-API-Key: fp_nobody"], ["Authorization: Bearer fp_nobody"]):
            answer = self.ask(self.nginx, "GET", "/things", *fields)
            self.assertEqual(answer.status, 401, answer)
            self.assertEqual([value for name, value in answer.fields
                              if name == "www-authenticate"], ['Bearer realm="tollgate"'])
            self.assertEqual(answer.code, "UNAUTHORIZED")
        self.assertEqual(self.backend.seen, [])

    def test_a_key_without_the_scope_gets_403(self):
        key = self.key(scopes=["orders:read", "data:read"])
        field = f"X-API-Key: {key['key']}"
        for method, path, status in [
                ("GET", "/orders/1", 200), ("POST", "/orders/1", 403), ("PUT", "/%6frders", 403),
                ("DELETE", "//orders", 403), ("GET", "/api/data", 200),
                ("POST", "/api/data", 403), ("GET", "/things", 200), ("HEAD", "/things", 200)]:
            answer = self.ask(self.nginx, method, path, field)
            self.assertEqual(answer.status, status, f"{method} {path}")
            if status == 403:
                self.assertEqual(answer.code, "FORBIDDEN")
                self.assertNotIn("retry-after", answer.headers)
        self.assertEqual(self.ask(self.nginx, "GET", "/things/../orders", field).status, 400)
        self.assertEqual(len(self.backend.seen), 4)

    def test_a_key_over_its_limit_gets_429_and_is_told_when_to_come_back(self):
        key = self.key(rate_limit=2, rate_window=3600)
        field = f"X-API-Key: {key['key']}"
        statuses = [self.ask(self.nginx, "POST", "/things", field, body=b"{}").status
                    for _ in range(2)]
        self.assertEqual(statuses, [200, 200])
        self.assertEqual(self.backend.seen[0]["body"], "{}")
        answer = self.ask(self.nginx, "POST", "/things", field, body=b"{}")
        self.assertEqual(answer.status, 429, answer)
        self.assertEqual(answer.code, "RATE_LIMIT_EXCEEDED")
        self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
        self.assertLessEqual(int(answer.headers["retry-after"]), 1800)
        self.assertEqual(answer.headers["x-ratelimit-remaining"], "0")
        self.assertEqual(len(self.backend.seen), 2)
        usage = self.server.usage(key["id"], "?group_by=endpoint,method,status")
        self.assertEqual((usage["count"], usage["rejected"], usage["total"]), (2, 1, 3))

    def test_the_original_request_is_what_is_recorded(self):
        key = self.key(rate_limit=None)
        field = f"X-API-Key: {key['key']}"
        long_path = "/" + "x" * 400
        uuid = "/items/9f1c3a5e-0b7d-4c2e-8f10-123456789abc/42"
        for method, path in [("GET", "/things?token=secret"), ("PATCH", "/things/7"),
                             ("DELETE", uuid), ("OPTIONS", long_path), ("HEAD", "/a%20b")]:
            self.assertEqual(self.ask(self.nginx, method, path, field).status, 200)
        self.assertEqual(self.logged(key),
                         [("GET", "/things", 200), ("PATCH", "/things/7", 200),
                          ("DELETE", uuid, 200), ("OPTIONS", long_path[:200], 200),
                          ("HEAD", "/a%20b", 200)])
        series = self.server.usage(key["id"], "?group_by=endpoint")["series"]
        self.assertEqual({row["group"]["endpoint"] for row in series},
                         {"/things", "/things/{id}", "/items/{id}/{id}", long_path[:200],
                          "/a%20b"})

    def test_clients_can_not_reach_the_question_itself(self):
        key = self.key()
        answer = self.ask(self.nginx, "GET", "/_tollgate", f"X-API-Key: {key['key']}")
        self.assertEqual(answer.status, 404)

    def test_a_revoked_key_is_out_at_once(self):
        key = self.key()
        field = f"X-API-Key: {key['key']}"
        self.assertEqual(self.ask(self.nginx, "GET", "/things", field).status, 200)
        self.assertEqual(self.server.api("DELETE", f"/api/keys/{key['id']}").status, 200)
        self.assertEqual(self.ask(self.nginx, "GET", "/things", field).status, 401)


class NginxVariantTest(GatewayTest):
    def test_a_location_can_name_its_scope_in_the_question(self):
        key = self.key(scopes=["bills:read"])
        field = f"X-API-Key: {key['key']}"
        for scope, status in [("bills:read", 200), ("bills:write", 403)]:
            with start_nginx(self.server.port, self.backend.port, lambda text, scope=scope:
                             text.replace("/v1/authz/nginx;", f"/v1/authz/nginx?scope={scope};")
                             ) as nginx:
                answer = self.ask(nginx, "GET", "/things?scope=bills:read", field)
                self.assertEqual(answer.status, status, answer)

    def test_a_configuration_that_does_not_tell_the_request_lets_nothing_through(self):
        field = f"X-API-Key: {self.key()['key']}"
        with start_nginx(self.server.port, self.backend.port, lambda text:
                         text.replace("proxy_set_header X-Original-Method $request_method;", "")
                         ) as nginx:
            self.assertEqual(self.ask(nginx, "GET", "/things", field).status, 400)
        self.assertEqual(self.backend.seen, [])

    def test_a_wrong_row_of_the_route_map_is_named_and_stops_the_start(self):
        for row, why in [("GET /orders", "must be METHOD PREFIX SCOPE"),
                         ("get /orders orders:read", "the method must be"),
                         ("GET orders orders:read", "the prefix must begin with /"),
                         ("GET /orders orders", "the scope must be")]:
            status, _, said, _ = run_to_end("serve", "--listen", "127.0.0.1:0", "--data",
                                            self.server.folder, "--authz-route", row)
            self.assertEqual(status, 2, said)
            self.assertIn(f'--authz-route "{row}": {why}', said)

    def test_nothing_gets_through_while_tollgate_is_down(self):
        with Server("--shards", "1") as other, start_nginx(other.port, self.backend.port) as nginx:
            key = other.key()
            other.stop()
            answer = self.ask(nginx, "GET", "/things", f"X-API-Key: {key['key']}")
            self.assertEqual(answer.status, 500)
        self.assertEqual(self.backend.seen, [])


class VerifyTest(GatewayTest):
    def verify(self, key, *, caller=None, **fields):
        """What the answer says of a key; asked by the admin, or with another key."""
        body = {"key": key["key"], **fields}
        answer = (self.server.api("POST", "/v1/keys/verify", body) if caller is None
                  else self.server.as_key(caller["key"], "POST", "/v1/keys/verify", body))
        self.assertEqual(answer.status, 200, answer)
        return answer.data

    def test_a_service_learns_why_a_key_is_not_good(self):
        service = self.key(scopes=["verify"])
        key = self.key(scopes=["orders:read"], rate_limit=3, metadata={"team": "a"})
        found = self.verify(key, caller=service, scope="orders:read")
        self.assertEqual((found["valid"], found["code"], found["key_id"], found["tenant_id"]),
                         (True, "VALID", key["id"], self.tenant))
        self.assertEqual((found["scopes"], found["metadata"], found["rate_limit"]["remaining"]),
                         (["orders:read"], {"team": "a"}, 2))
        codes = [self.verify(key, caller=service, scope="orders:write")["code"],
                 self.verify(key, caller=service)["code"],
                 self.verify(key)["code"],
                 self.verify(key, caller=service)["code"]]
        self.assertEqual(codes, ["INSUFFICIENT_PERMISSIONS", "VALID", "VALID", "RATE_LIMITED"])
        path = f"/api/keys/{key['id']}"
        for change, code in [({"is_active": False}, "DISABLED"),
                             ({"is_active": True, "expires_at": "1970-01-01T00:00:00Z"}, "EXPIRED"),
                             ({"expires_at": None, "rate_limit": None}, "VALID")]:
            self.assertEqual(self.server.api("PATCH", path, change).status, 200)
            self.assertEqual(self.verify(key, caller=service)["code"], code)
        self.assertEqual(self.server.api("DELETE", path).status, 200)
        self.assertEqual(self.verify(key, caller=service), {"valid": False, "code": "NOT_FOUND"})
        recorded = [status for _, _, status in self.logged(key)]
        self.assertEqual(recorded, [200, 403, 200, 200, 429, 403, 401, 200])
        self.assertEqual({row[:2] for row in self.logged(key) + self.logged(service)},
                         {("POST", "/v1/keys/verify")})

    def test_a_scope_that_is_taken_away_is_gone_at_once(self):
        service = self.key(scopes=["verify"], rate_limit=None)
        key = self.key(scopes=["orders:read"], rate_limit=None)
        for _ in range(20):
            for scopes, code in [(["orders:read"], "VALID"),
                                 (["bills:read"], "INSUFFICIENT_PERMISSIONS")]:
                changed = self.server.api("PATCH", f"/api/keys/{key['id']}", {"scopes": scopes})
                self.assertEqual(changed.status, 200, changed)
                found = self.verify(key, caller=service, scope="orders:read")
                self.assertEqual(found["code"], code)

    def test_no_key_asks_about_others_without_the_scope_by_name(self):
        for scopes in ([], ["*"], ["data:*"]):
            caller = self.key(scopes=scopes)
            answer = self.server.as_key(caller["key"], "POST", "/v1/keys/verify",
                                        {"key": caller["key"]})
            self.assertEqual(answer.status, 403, answer)
            self.assertEqual(answer.json["error"]["message"], "The key lacks the scope verify")


if __name__ == "__main__":
    unittest.main(verbosity=2)
