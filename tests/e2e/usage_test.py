"""Usage: exact counts, series, groups and raw logs, whatever the connection."""

import datetime
import unittest
from collections import Counter

from server import Server
from wire import chunked, get, post

MINUTE = datetime.timedelta(minutes=1)


def parsed(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def written(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


class Usage(unittest.TestCase):
    def mixed_requests(self, server, secret):
        """A few hundred requests of a key, kept alive, pipelined, and on connections of their own.
        Returns how often (method, endpoint, status) was answered."""
        key = f"X-API-Key: {secret}"
        kinds = [(get("/api/data", key), "GET", "/api/data", 200),
                 (get("/api/data?limit=5", key), "GET", "/api/data", 200),
                 (get("/api/data?limit=0", key), "GET", "/api/data", 422),
                 (get("/api/data/999999", key), "GET", "/api/data/999999", 404),
                 (get("/api/me", key, method="HEAD"), "HEAD", "/api/me", 200),
                 (post("/api/data", {"name": "a"}, key), "POST", "/api/data", 201),
                 (post("/api/data", {"name": 1}, key), "POST", "/api/data", 422),
                 (post("/api/data", b"{", key), "POST", "/api/data", 400),
                 (chunked("/api/data", b'{"name":', b'"c"}', fields=[key]), "POST", "/api/data",
                  201)]
        counted = Counter()
        for depth, rounds in ((1, 8), (len(kinds), 20), (0, 4)):
            with server.connect() as kept:
                for _ in range(rounds):
                    if depth > 1:
                        kept.send(b"".join(kind[0] for kind in kinds))
                    for data, method, endpoint, status in kinds:
                        if depth == 0:
                            answer = server.send(data)
                        else:
                            if depth == 1:
                                kept.send(data)
                            answer = kept.answer(head=method == "HEAD")
                        self.assertEqual(answer.status, status)
                        counted[method, endpoint, status] += 1
        return counted

    def test_counts_every_request_that_was_answered_once(self):
        for sync in ("interval", "always", "off"):
            with self.subTest(sync=sync), Server("--shards", "2", "--usage-sync", sync) as server:
                key = server.key(rate_limit=None)
                counted = self.mixed_requests(server, key["key"])
                total = counted.total()
                self.assertEqual(total, 288)
                for _ in range(2):
                    usage = server.usage(key["id"])
                    self.assertEqual((usage["count"], usage["rejected"], usage["total"]),
                                     (total, 0, total))
                    self.assert_groups(server, key, counted)
                    server.restart("--shards", "3")

    def assert_groups(self, server, key, counted):
        rows = server.usage(key["id"], "?group_by=endpoint,method,status")["series"]
        found = Counter()
        for row in rows:
            group = row["group"]
            found[group["method"], group["endpoint"], group["status"]] += row["count"]
        templates = Counter()
        for (method, endpoint, status), count in counted.items():
            template = "/api/data/{id}" if endpoint.endswith("999999") else endpoint
            templates[method, template, status] += count
        self.assertEqual(found, templates)
        statuses = Counter()
        for (_, _, status), count in counted.items():
            statuses[status] += count
        by_status = Counter()
        for row in server.usage(key["id"], "?group_by=status")["series"]:
            by_status[row["group"]["status"]] += row["count"]
        self.assertEqual(by_status, statuses)

    def test_tells_admitted_from_rejected(self):
        with Server("--shards", "2") as server:
            key = server.key(rate_limit=20, rate_window=31_536_000)
            statuses = Counter()
            with server.connect() as connection:
                connection.send(get("/api/data", f"X-API-Key: {key['key']}") * 50)
                for answer in connection.answers(50):
                    statuses[answer.status] += 1
            self.assertEqual(statuses, {200: 20, 429: 30})
            usage = server.usage(key["id"])
            self.assertEqual((usage["count"], usage["rejected"], usage["total"]), (20, 30, 50))
            self.assertEqual((usage["rate_limit"]["limit"], usage["rate_limit"]["remaining"]),
                             (20, 0))
            self.assertGreater(usage["rate_limit"]["reset"], 0)

    def test_records_every_request_whose_key_was_found(self):
        with Server("--shards", "1") as server:
            tenant = server.tenant()["id"]
            key = server.key(tenant, scopes=["data:read"])
            server.as_key(key["key"], "POST", "/api/data", {"name": "a"})
            server.api("PATCH", f"/api/keys/{key['id']}", {"is_active": False})
            server.as_key(key["key"], "GET", "/api/data")
            server.api("PATCH", f"/api/keys/{key['id']}",
                       {"is_active": True, "expires_at": "2001-01-01T00:00:00Z"})
            server.as_key(key["key"], "GET", "/api/data")
            server.request("GET", "/api/data")
            server.as_key("fp_" + "x" * 43, "GET", "/api/data")
            rows = server.api("GET", "/api/usage_logs").data
            self.assertEqual([row["status_code"] for row in rows], [403, 403, 401])
            self.assertEqual(server.usage(key["id"])["total"], 3)
            self.assertEqual(server.usage(key["id"])["rate_limit"]["remaining"], 1000)

    def test_series_fill_the_span_that_is_asked_for(self):
        with Server("--shards", "2") as server:
            key = server.key(rate_limit=None)
            for _ in range(30):
                server.as_key(key["key"], "GET", "/api/data")
            usage = server.usage(key["id"])
            self.assertEqual(sum(row["count"] for row in usage["series"]), 30)
            for row in usage["series"]:
                self.assertEqual(parsed(row["end"]) - parsed(row["start"]), MINUTE)
                self.assertLessEqual(row["p50_us"], row["p90_us"])
                self.assertLessEqual(row["p90_us"], row["p99_us"])
                self.assertGreater(row["p99_us"], 0)
            hour = parsed(usage["last_used_at"]).replace(minute=0, second=0, microsecond=0)
            span = f"&from={written(hour - 60 * MINUTE)}&to={written(hour + 60 * MINUTE)}"
            hours = server.usage(key["id"], f"?window=hour{span}")["series"]
            self.assertEqual(sum(row["count"] for row in hours), 30)
            self.assertEqual(parsed(hours[-1]["start"]), hour)
            self.assertEqual(parsed(hours[-1]["end"]), hour + 60 * MINUTE)
            last = parsed(usage["last_used_at"])
            now = datetime.datetime.now(datetime.timezone.utc)
            self.assertLess(abs((now - last).total_seconds()), 30)
            self.assertEqual(server.api("GET", f"/api/keys/{key['id']}").data["last_used_at"],
                             usage["last_used_at"])

    def test_spans_leave_out_what_lies_outside(self):
        with Server("--shards", "1") as server:
            key = server.key()
            server.as_key(key["key"], "GET", "/api/data")
            now = datetime.datetime.now(datetime.timezone.utc)
            spans = {(now - 120 * MINUTE, now - 60 * MINUTE): 0, (now - 60 * MINUTE, now): 1,
                     (now + 60 * MINUTE, now + 120 * MINUTE): 0,
                     (now - 2 * MINUTE, now + 2 * MINUTE): 1}
            for (start, end), count in spans.items():
                with self.subTest(start=start):
                    query = f"?from={written(start)}&to={written(end)}"
                    usage = server.usage(key["id"], query)
                    self.assertEqual((usage["count"], usage["total"]), (count, 1))
                    self.assertEqual(sum(row["count"] for row in usage["series"]), count)
            for query in ("from=x", "to=yesterday", "window=second", "group_by=bogus", "bogus=1",
                          f"from={written(now)}&to={written(now - 5 * MINUTE)}"):
                with self.subTest(query=query):
                    answer = server.api("GET", f"/api/keys/{key['id']}/usage?{query}")
                    self.assertEqual((answer.status, answer.code), (422, "VALIDATION_ERROR"))
            self.assertEqual(server.api("GET", "/api/keys/999/usage").status, 404)

    def test_of_an_unlimited_key_can_be_asked_for(self):
        with Server("--shards", "1") as server:
            key = server.key(rate_limit=None)
            self.assertEqual(server.usage(key["id"])["rate_limit"],
                             {"limit": None, "remaining": None, "reset": None})

    def test_of_ones_own_key_is_what_the_admin_sees(self):
        with Server("--shards", "2") as server:
            key = server.key()
            for _ in range(3):
                server.as_key(key["key"], "GET", "/api/data")
            own = server.as_key(key["key"], "GET", "/api/usage").data
            self.assertEqual((own["api_key_id"], own["total"]), (key["id"], 3))
            self.assertEqual(own["rate_limit"]["remaining"], 996)
            self.assertEqual(server.usage(key["id"])["total"], 4)  # That question, too.

    def test_of_a_key_is_untouched_by_other_keys(self):
        with Server("--shards", "2") as server:
            keys = [server.key(rate_limit=None) for _ in range(20)]
            with server.connect() as connection:
                for number, key in enumerate(keys):
                    connection.send(get("/api/me", f"X-API-Key: {key['key']}") * number)
                    connection.answers(number)
            self.assertEqual([server.usage(key["id"])["total"] for key in keys], list(range(20)))


class Logs(unittest.TestCase):
    def test_are_paged_in_order_and_filtered(self):
        with Server("--shards", "2") as server:
            keys = [server.key(rate_limit=None) for _ in range(3)]
            sent = 0
            with server.connect() as connection:
                for number in range(240):
                    key = keys[number % 3]
                    connection.send(get(f"/api/data/{number + 1}", f"X-API-Key: {key['key']}"))
                    connection.answer()
                    sent += 1
            rows = self.all_pages(server, "limit=50")
            self.assertEqual([row["endpoint"] for row in rows],
                             [f"/api/data/{number + 1}" for number in range(sent)])
            self.assertEqual(rows, self.all_pages(server, "limit=1000"))
            ids = [row["id"] for row in rows]
            self.assertEqual(ids, sorted(set(ids)))
            key = keys[1]
            of_key = self.all_pages(server, f"limit=7&api_key_id={key['id']}")
            self.assertEqual(of_key, [row for row in rows if row["api_key_id"] == key["id"]])
            of_tenant = self.all_pages(server, f"tenant_id={key['tenant_id']}")
            self.assertEqual(of_tenant, of_key)
            for field, wanted in (("endpoint", "/api/data/7"), ("status_code", "404"),
                                  ("method", "GET"), ("ip_address", "127.0.0.1")):
                self.assertEqual(self.all_pages(server, f"{field}={wanted}"),
                                 [row for row in rows if str(row[field]) == wanted], field)
            self.assertEqual(self.all_pages(server, "ip_address=10.0.0.0/8"), [])
            self.assertEqual(self.all_pages(server, f"from={rows[3]['created_at']}"
                                                    f"&to={rows[9]['created_at']}"),
                             [row for row in rows if rows[3]["created_at"] <= row["created_at"]
                              < rows[9]["created_at"]])
            self.assertEqual(server.api("GET", f"/api/usage_logs/{rows[3]['id']}").data, rows[3])
            self.assertEqual(server.api("GET", f"/api/usage_logs/{rows[-1]['id'] + 1}").status, 404)

    @staticmethod
    def all_pages(server, query):
        rows, cursor = [], None
        while True:
            more = f"&cursor={cursor}" if cursor else ""
            answer = server.api("GET", f"/api/usage_logs?{query}{more}")
            rows += answer.data
            cursor = answer.json["meta"]["next_cursor"]
            if cursor is None:
                return rows

    def test_have_the_fields_that_are_documented(self):
        with Server("--shards", "1") as server:
            key = server.key()
            long_path = "/api/data/1?" + "q" * 300
            server.as_key(key["key"], "GET", long_path)
            server.as_key(key["key"], "GET", "/api/me")
            first, second = server.api("GET", "/api/usage_logs").data
            self.assertEqual(set(first), {"id", "api_key_id", "tenant_id", "endpoint", "method",
                                          "status_code", "response_time", "response_time_us",
                                          "ip_address", "created_at"})
            self.assertEqual((first["endpoint"], first["status_code"]), ("/api/data/1", 404))
            self.assertEqual((second["endpoint"], second["method"], second["ip_address"],
                              second["status_code"], second["api_key_id"], second["tenant_id"]),
                             ("/api/me", "GET", "127.0.0.1", 200, key["id"], key["tenant_id"]))
            self.assertEqual(second["response_time"], second["response_time_us"] // 1000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
