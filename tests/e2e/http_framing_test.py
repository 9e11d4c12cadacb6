"""Where a request ends, on every path to an answer: a body is consumed to its exact end, or the
connection closes; never are a body's bytes taken for a request (RFC 9112 section 9.3)."""

import unittest

from server import Server
from wire import Closed, chunked, get, post

HELD_BACK_S = 0.02

# What follows the body: it must be answered as itself, or not at all.
NEXT = get("/behind-the-body")
NEXT_STATUS = 404
# A body that would be answered with 200, were it taken for a request.
SMUGGLED = get("/health")


class Framing(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2", "--max-body", "2000").start()
        cls.addClassCleanup(cls.server.discard)
        cls.secret = cls.server.key(rate_limit=None)["key"]
        cls.blocked = cls.server.key(rate_limit=0)["key"]
        silent = cls.server.tenant("Off", is_active=False)["id"]
        cls.forbidden = cls.server.key(silent)["key"]

    def paths(self):
        """(expected status, method, path, fields, body) of each way to an answer."""
        key = f"X-API-Key: {self.secret}"
        admin = f"Authorization: Bearer {self.server.token}"
        return [
            (200, "GET", "/api/data", [key], SMUGGLED),
            (200, "GET", "/health", [], SMUGGLED),
            (200, "GET", "/api/keys/1/usage", [admin], SMUGGLED),
            (201, "POST", "/api/data", [key], b'{"name": "a", "value": "\\r\\n\\r\\n"}'),
            (201, "POST", "/api/tenants", [admin], b'{"name": "a"}'),
            (400, "POST", "/api/data", [key], SMUGGLED),
            (401, "POST", "/api/data", [], SMUGGLED),
            (401, "POST", "/api/data", ["X-API-Key: fp_wrong"], SMUGGLED),
            (401, "POST", "/api/tenants", [], SMUGGLED),
            (403, "POST", "/api/data", [f"X-API-Key: {self.forbidden}"], SMUGGLED),
            (404, "POST", "/nowhere", [key], SMUGGLED),
            (404, "DELETE", "/api/data/999999", [key], SMUGGLED),
            (405, "POST", "/health", [], SMUGGLED),
            (405, "DELETE", "/api/data", [key], SMUGGLED),
            (413, "POST", "/api/data", [key], SMUGGLED * 70),
            (422, "POST", "/api/data", [key], b'{"name": 1}'),
            (429, "POST", "/api/data", [f"X-API-Key: {self.blocked}"], SMUGGLED),
        ]

    @staticmethod
    def framed(kind, method, path, fields, body):
        """(head, body as it is sent)."""
        if kind == "chunked":
            whole = chunked(path, body[:7], body[7:], fields=fields, method=method,
                            trailer=b"X-Trailer: GET / HTTP/1.1\r\n")
        elif kind == "expect":
            whole = post(path, body, "Expect: 100-continue", *fields, method=method)
        else:
            whole = post(path, body, *fields, method=method)
        at = whole.index(b"\r\n\r\n") + 4
        return whole[:at], whole[at:]

    def check(self, status, pieces, expects=False):
        """Sends the pieces; the answers must be `status` and then NEXT's, or the end."""
        with self.server.connect() as connection:
            connection.send_pieces(pieces, HELD_BACK_S)
            first = connection.answer()
            if expects and first.status == 100:
                first = connection.answer()
            self.assertEqual(first.status, status)
            try:
                second = connection.answer()
            except Closed as end:
                self.assertEqual(end.held, b"")
                self.assertTrue(first.closes, "closed without having said so")
                return "closed"
            self.assertEqual(second.status, NEXT_STATUS)
            self.assertFalse(first.closes, "said it would close, and did not")
            connection.finish()
            self.assertTrue(connection.at_end(), "answered more than was asked")
            return "answered"

    def test_is_kept_on_every_path_to_an_answer(self):
        outcomes = {"closed": 0, "answered": 0}
        for status, method, path, fields, body in self.paths():
            for kind in ("sized", "chunked", "expect"):
                head, sent = self.framed(kind, method, path, fields, body)
                ways = {"at once": [head + sent + NEXT],
                        "body held back": [head, sent + NEXT],
                        "body in parts": [head, sent[:9], sent[9:], NEXT],
                        "head cut": [head[:-2], head[-2:] + sent[:1], sent[1:] + NEXT]}
                for way, pieces in ways.items():
                    with self.subTest(status=status, path=path, kind=kind, way=way):
                        outcomes[self.check(status, pieces, kind == "expect")] += 1
        print(outcomes)
        # Only what is over the bound may cost the connection.
        self.assertLessEqual(outcomes["closed"], 3 * 4)

    def test_of_a_get_with_a_body_is_kept(self):
        key = f"X-API-Key: {self.secret}"
        for status, path, fields in ((200, "/api/data", [key]), (401, "/api/data", []),
                                     (404, "/nowhere", []), (429, "/api/data",
                                                             [f"X-API-Key: {self.blocked}"])):
            for kind in ("sized", "chunked"):
                head, sent = self.framed(kind, "GET", path, fields, SMUGGLED)
                for pieces in ([head + sent + NEXT], [head, sent, NEXT]):
                    with self.subTest(status=status, kind=kind, pieces=len(pieces)):
                        self.assertEqual(self.check(status, pieces), "answered")

    def test_of_a_head_request_is_kept_and_its_answer_has_no_body(self):
        with self.server.connect() as connection:
            connection.send(get("/api/data", f"X-API-Key: {self.secret}", method="HEAD") + NEXT)
            first = connection.answer(head=True)
            self.assertEqual((first.status, first.body), (200, b""))
            self.assertGreater(int(first.headers["content-length"]), 0)
            self.assertEqual(connection.answer().status, NEXT_STATUS)

    def test_that_is_ambiguous_ends_the_connection(self):
        """Each is refused with 4xx or 501, and nothing behind it is read as a request."""
        ambiguous = {
            "length and coding": ["Content-Length: 5", "Transfer-Encoding: chunked"],
            "coding and length": ["Transfer-Encoding: chunked", "Content-Length: 5"],
            "two lengths": ["Content-Length: 5", "Content-Length: 6"],
            "a list of lengths": ["Content-Length: 5, 5"],
            "a signed length": ["Content-Length: +5"],
            "chunked not last": ["Transfer-Encoding: chunked, gzip"],
            "chunked twice": ["Transfer-Encoding: chunked, chunked"],
            "an unknown coding": ["Transfer-Encoding: xchunked"],
            "a blank before the colon": ["Transfer-Encoding : chunked"],
            "a folded coding": ["Transfer-Encoding:\r\n chunked"],
        }
        for name, fields in ambiguous.items():
            with self.subTest(name), self.server.connect() as connection:
                connection.send(get("/api/data", *fields, method="POST") + b"0\r\n\r\n" + SMUGGLED)
                answers = connection.answers_to_end()
                self.assertEqual(len(answers), 1, answers)
                self.assertIn(answers[0].status, (400, 501))
                self.assertTrue(answers[0].closes)

    def test_of_pipelined_requests_keeps_their_order(self):
        key = f"X-API-Key: {self.secret}"
        requests, expected = [], []
        for number in range(60):
            kind = number % 4
            if kind == 0:
                requests.append(get("/api/data", key))
            elif kind == 1:
                requests.append(post("/api/data", {"name": f"row {number}"}, key))
            elif kind == 2:
                requests.append(chunked("/nowhere", b"abc", b"def"))
            else:
                requests.append(get("/api/me"))
            expected.append((200, 201, 404, 401)[kind])
        for way in ("one send", "one byte behind"):
            with self.subTest(way), self.server.connect() as connection:
                whole = b"".join(requests)
                pieces = [whole] if way == "one send" else [whole[:1], whole[1:-1], whole[-1:]]
                connection.send_pieces(pieces, HELD_BACK_S)
                answers = connection.answers(len(requests))
                self.assertEqual([answer.status for answer in answers], expected)


if __name__ == "__main__":
    unittest.main(verbosity=2)
