"""Idempotency-Key: a repeated POST is answered as the first one was, and done once."""

import threading
import unittest

from server import Server
from wire import Closed, post

REPLAYED = "idempotency-replayed"
TWINS = 64
CONNECTIONS = 8
IN_FLIGHT = 32  # Of each connection, when the server is killed.


def once(key):
    return f"Idempotency-Key: {key}"


class Idempotency(unittest.TestCase):
    def setUp(self):
        self.server = Server("--shards", "2").start()
        self.addCleanup(self.server.discard)
        self.key = self.server.key(rate_limit=None)
        self.secret = self.key["key"]

    def create(self, key, body, secret=None):
        return self.server.as_key(secret or self.secret, "POST", "/api/data", body, once(key))

    def rows(self, secret=None):
        answer = self.server.as_key(secret or self.secret, "GET", "/api/data/count")
        return answer.data["count"]

    def expect_replay(self, again, first):
        self.assertEqual((again.status, again.body), (first.status, first.body))
        self.assertEqual(again.headers.get(REPLAYED), "true")
        self.assertNotIn(REPLAYED, first.headers)
        self.assertEqual(again.headers.get("etag"), first.headers.get("etag"))

    def test_a_repeated_request_gets_the_bytes_of_the_first_answer(self):
        first = self.create("k", {"name": "a", "value": [1, {"b": "\u00e4"}]})
        self.assertEqual(first.status, 201)
        self.expect_replay(self.create("k", {"name": "a", "value": [1, {"b": "\u00e4"}]}), first)
        self.assertEqual(self.rows(), 1)
        number = first.data["id"]
        self.server.as_key(self.secret, "PATCH", f"/api/data/{number}", {"name": "changed"})
        self.expect_replay(self.create("k", {"name": "a", "value": [1, {"b": "\u00e4"}]}), first)

    def test_another_body_under_the_key_is_refused(self):
        self.create("k", {"name": "a"})
        answer = self.create("k", {"name": "b"})
        self.assertEqual(answer.status, 422)
        self.assertEqual(answer.json["error"]["details"][0]["field"], "Idempotency-Key")
        self.assertNotIn(REPLAYED, answer.headers)
        self.assertEqual(self.rows(), 1)

    def test_a_malformed_key_is_refused_and_one_on_other_methods_means_nothing(self):
        for value in ("", "a b", "x" * 256):
            self.assertEqual(self.create(value, {"name": "a"}).status, 400, value)
        twice = self.server.as_key(self.secret, "POST", "/api/data", {"name": "a"}, once("a"),
                                   once("a"))
        self.assertEqual(twice.status, 400)
        self.assertEqual(self.rows(), 0)
        self.assertEqual(self.create("x" * 255, {"name": "a"}).status, 201)
        for name in ("b", "c"):
            answer = self.server.as_key(self.secret, "PATCH", "/api/data/1", {"name": name},
                                        once("k"))
            self.assertEqual((answer.status, answer.data["name"]), (200, name))

    def test_the_key_is_each_credentials_and_each_routes_own(self):
        other = self.server.key(rate_limit=None)["key"]
        sister = self.server.key(self.key["tenant_id"], rate_limit=None)["key"]
        for secret in (self.secret, other, sister):
            answer = self.create("k", {"name": "a"}, secret)
            self.assertEqual(answer.status, 201)
            self.assertNotIn(REPLAYED, answer.headers)
        self.assertEqual((self.rows(), self.rows(other)), (2, 1))
        self.assertEqual(self.create("k", {"name": "b"}, other).status, 422)
        made = self.server.api("POST", "/api/tenants", {"name": "a"}, once("k"))
        self.assertEqual(made.status, 201)
        self.assertNotIn(REPLAYED, made.headers)

    def test_every_kind_of_change_is_answered_again(self):
        admin = [("/api/tenants", {"name": "Twice"}),
                 ("/api/resources", {"name": "Asset", "fields": ["code:string:required,unique"]})]
        for path, body in admin:
            first = self.server.api("POST", path, body, once("k"))
            self.assertEqual(first.status, 201, first)
            self.expect_replay(self.server.api("POST", path, body, once("k")), first)
        first = self.server.as_key(self.secret, "POST", "/api/assets", {"code": "a"}, once("k"))
        again = self.server.as_key(self.secret, "POST", "/api/assets", {"code": "a"}, once("k"))
        self.expect_replay(again, first)
        self.server.as_key(self.secret, "DELETE", "/api/assets/1")
        for status in (200, 200):
            answer = self.server.as_key(self.secret, "POST", "/api/assets/1/restore", None,
                                        once("r"))
            self.assertEqual(answer.status, status)
        self.assertEqual(answer.headers[REPLAYED], "true")

    def test_a_refusal_is_given_again_but_not_one_of_the_form(self):
        self.server.made("/api/resources", {"name": "Asset",
                                            "fields": ["code:string:required,unique"]})
        ask = lambda key, body: self.server.as_key(self.secret, "POST", "/api/assets", body,
                                                   once(key))
        ask("first", {"code": "a"})
        conflict = ask("k", {"code": "a"})
        self.assertEqual(conflict.status, 409)
        self.server.as_key(self.secret, "DELETE", "/api/assets/1")
        self.expect_replay(ask("k", {"code": "a"}), conflict)
        self.assertEqual(ask("form", {}).status, 422)
        answer = ask("form", {"code": "b"})
        self.assertEqual(answer.status, 201)

    def test_a_replayed_creation_or_rotation_of_a_key_shows_no_secret(self):
        body = {"name": "Once", "tenant_id": self.key["tenant_id"]}
        for path, sent, status in (("/api/keys", body, 201),
                                   (f"/api/keys/{self.key['id']}/rotate", {}, 200)):
            first = self.server.api("POST", path, sent, once("k"))
            again = self.server.api("POST", path, sent, once("k"))
            self.assertEqual((first.status, again.status), (status, status))
            self.assertEqual(again.headers[REPLAYED], "true")
            row = first.data
            secret = row.pop("key")
            self.assertEqual(again.data, row)
            self.assertNotIn(secret[7:-4].encode(), again.body)
            self.assertIn("answered before", again.json["message"])
            self.assertEqual(self.server.as_key(secret, "GET", "/api/me").status, 200)
        found = self.server.api("GET", f"/api/keys?tenant_id={self.key['tenant_id']}").data
        self.assertEqual([row["name"] for row in found].count("Once"), 1)

    def test_if_match_is_part_of_the_request_and_a_replay_does_not_ask_again(self):
        self.create("a", {"name": "a"})
        self.server.as_key(self.secret, "DELETE", "/api/data/1")
        restore = lambda version: self.server.as_key(
            self.secret, "POST", "/api/data/1/restore", None, once("k"), f'If-Match: "{version}"')
        first = restore(2)
        self.assertEqual(first.status, 200)
        self.expect_replay(restore(2), first)  # The row is in version 3 by now.
        self.assertEqual(restore(3).status, 422)

    def test_a_revoked_key_is_not_told_the_answer(self):
        key = self.server.key(rate_limit=None)
        self.assertEqual(self.create("k", {"name": "a"}, key["key"]).status, 201)
        self.server.api("DELETE", f"/api/keys/{key['id']}")
        self.assertEqual(self.create("k", {"name": "a"}, key["key"]).status, 401)

    def test_concurrent_twins_make_one_row(self):
        data = post("/api/data", {"name": "twin"}, f"X-API-Key: {self.secret}", once("twin"))
        answers, ready = [], threading.Barrier(TWINS)

        def ask():
            with self.server.connect() as connection:
                ready.wait()
                answers.append(connection.request(data))

        threads = [threading.Thread(target=ask) for _ in range(TWINS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual({(answer.status, answer.body) for answer in answers},
                         {(201, answers[0].body)})
        self.assertEqual(sum(REPLAYED not in answer.headers for answer in answers), 1)
        self.assertEqual(self.rows(), 1)

    def test_answers_outlive_a_restart_and_kill_9(self):
        first = self.create("k", {"name": "a"})
        self.server.restart("--shards", "1")
        self.expect_replay(self.create("k", {"name": "a"}), first)
        self.server.kill()
        self.server.start("--shards", "4")
        self.expect_replay(self.create("k", {"name": "a"}), first)
        self.assertEqual(self.create("k", {"name": "b"}).status, 422)

    def test_what_was_in_flight_at_kill_9_is_done_once_when_it_is_sent_again(self):
        requests = [[post("/api/data", {"name": f"row {lane} {number}"},
                          f"X-API-Key: {self.secret}", once(f"{lane}-{number}"))
                     for number in range(IN_FLIGHT)] for lane in range(CONNECTIONS)]
        before = [[] for _ in requests]

        def ask(lane, connection):
            try:
                connection.send(b"".join(requests[lane]))
                while True:
                    before[lane].append(connection.answer())
                    if sum(map(len, before)) > CONNECTIONS * IN_FLIGHT // 3:
                        self.server.process.kill()
            except (Closed, OSError):
                pass

        connections = [self.server.connect() for _ in requests]
        threads = [threading.Thread(target=ask, args=pair) for pair in enumerate(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.server.wait()
        for connection in connections:
            connection.close()
        self.server.start()
        after = []
        for lane in requests:
            with self.server.connect() as connection:
                connection.send(b"".join(lane))
                after.append(connection.answers(len(lane)))
        for told, again in zip(before, after, strict=True):
            self.assertTrue(all(answer.status == 201 for answer in again))
            for first, second in zip(told, again, strict=False):
                self.expect_replay(second, first)
        total = CONNECTIONS * IN_FLIGHT
        self.assertEqual(len({answer.data["id"] for lane in after for answer in lane}), total)
        self.assertEqual(self.rows(), total)
        answered = sum(map(len, before))
        replayed = sum(REPLAYED in answer.headers for lane in after for answer in lane)
        print(f"{answered} answered before kill -9, {replayed} found done after it, of {total}")
        self.assertGreater(answered, 0)


if __name__ == "__main__":
    unittest.main(verbosity=2)
