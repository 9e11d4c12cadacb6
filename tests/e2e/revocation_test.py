"""The revocation bound is zero: once the answer to a change was read, no request that begins is
judged by the state before, on any shard, under full load and with every cache warm.

TOLLGATE_LONG=1: 1000 changes of each kind instead of 200.
"""

import contextlib
import itertools
import os
import statistics
import time
import unittest

from load import Load, write_keys
from server import LONG, Server
from wire import get, post

CHANGES = 1000 if LONG else 200
SHARDS = 4
PROBES = 16  # Connections; the server spreads them over the shards.
PROBES_ON_A_SHARD = 2  # At least.
LOAD_KEYS = 16
LOAD_CONNECTIONS = 48
LOAD_S = 600  # Ended by the test.

PAST = "2000-01-01T00:00:00Z"
KEYS_TOGETHER = 100  # Creations in flight while the keys of a test are made.


class Probes:
    """Connections on every shard that send the same request at once."""

    def __init__(self, server, stack):
        self.connections = [stack.enter_context(server.connect()) for _ in range(PROBES)]

    def send(self, request):
        for connection in self.connections:
            connection.socket.send(request)

    def answers(self):
        return [connection.answer() for connection in self.connections]


class Revocation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with contextlib.ExitStack() as stack:
            # Room for what full load records while the disk takes seconds for a sync: without room
            # there are 503, not verdicts.
            cls.server = stack.enter_context(
                Server("--shards", str(SHARDS), "--usage-ring-mib", "64"))
            cls.tenant = cls.server.tenant()["id"]
            # The probes are the first connections that stay, so they are spread evenly.
            cls.probes = Probes(cls.server, stack)
            cls.probes.send(get("/health/live"))
            cls.probes.answers()
            served = [value for name, value in cls.server.metrics().items()
                      if name.startswith("tollgate_shard_connections{")]
            if len(served) != SHARDS or min(served) < PROBES_ON_A_SHARD:
                raise AssertionError(f"the probes' connections by shard: {served}")
            cls.admin = stack.enter_context(cls.server.connect())
            cls.load = stack.enter_context(cls.begin_load())
            cls.addClassCleanup(stack.pop_all().close)

    @classmethod
    def begin_load(cls):
        """Full load from keys of other tenants."""
        secrets = [cls.server.key(rate_limit=None)["key"] for _ in range(LOAD_KEYS)]
        key_file = os.path.join(cls.server.folder, "keys")
        write_keys(key_file, secrets)
        return Load(cls.server, "--keys", key_file, "--connections", LOAD_CONNECTIONS,
                    "--pipeline", 4, "--duration", f"{LOAD_S}s")

    def setUp(self):
        self.begun = time.monotonic()
        self.answered_before = self.answered()
        self.gaps = []  # Seconds from a change's answer to the last probe of it.
        self.old_verdicts = 0

    def tearDown(self):
        seconds = time.monotonic() - self.begun
        load = (self.answered() - self.answered_before) / seconds
        changes, gap = len(self.gaps), statistics.median(self.gaps)
        print(f"{changes} changes, {changes * PROBES} probes within {gap * 1e6:.0f} us (median), "
              f"{self.old_verdicts} old verdicts, in {seconds:.1f} s under {load:.0f} requests a "
              "second", flush=True)
        self.assertIsNone(self.load.process.poll(), "the load has ended")

    def answered(self):
        return self.server.metrics()['tollgate_gate_total{outcome="admitted"}']

    def request(self, method, path, body=None):
        field = f"Authorization: Bearer {self.server.token}"
        if body is None:
            return get(path, field, method=method)
        return post(path, body, field, method=method)

    def make_keys(self, count):
        """Pipelined, for the making is not what is tested."""
        body = {"name": "k", "tenant_id": self.tenant, "rate_limit": None}
        rows = []
        while len(rows) < count:
            together = min(KEYS_TOGETHER, count - len(rows))
            self.admin.send(self.request("POST", "/api/keys", body) * together)
            rows += [answer.data for answer in self.admin.answers(together)]
        return rows

    @staticmethod
    def use(key):
        """The request that probes send with a key."""
        return get("/api/data?limit=1", f"X-API-Key: {key['key']}")

    def change(self, change, probe, status, header=None):
        """Makes a change and, as soon as its answer is read, probes: every verdict is the new
        one. `header`: a field and its value that each answer has, too. Returns the answer to the
        change."""
        self.admin.send(change)
        self.admin.held += self.admin.socket.recv(65536)
        read_at = time.perf_counter()
        self.probes.send(probe)
        self.gaps.append(time.perf_counter() - read_at)
        answer = self.admin.answer()
        verdicts = self.probes.answers()
        self.assertEqual(answer.status, 200, answer)
        for verdict in verdicts:
            is_new = verdict.status == status
            if header is not None:
                is_new = is_new and verdict.headers.get(header[0]) == header[1]
            self.old_verdicts += not is_new
        self.assertEqual(self.old_verdicts, 0, f"{status} {header} expected: {verdicts}")
        return answer

    def warm(self, probe):
        """Every shard knows the key, twice over."""
        for _ in range(2):
            self.probes.send(probe)
            self.assertEqual({answer.status for answer in self.probes.answers()}, {200})

    def flip(self, path, states):
        """Changes a row of `path` to one state after the other, `CHANGES` times to the first.
        `states`: (body, status that the key's requests get then)."""
        probe = self.use(self.key)
        self.warm(probe)
        for body, status in itertools.chain.from_iterable([states] * CHANGES):
            self.change(self.request("PATCH", path, body), probe, status)

    def make_key(self):
        self.key = self.make_keys(1)[0]
        return f"/api/keys/{self.key['id']}"

    def test_keys_that_are_deleted(self):
        keys = self.make_keys(CHANGES)
        for key in keys:
            self.warm(self.use(key))
            self.change(self.request("DELETE", f"/api/keys/{key['id']}"), self.use(key), 401)

    def test_secrets_that_are_replaced(self):
        self.make_key()
        rotate = f"/api/keys/{self.key['id']}/rotate"
        secret = self.key["key"]
        for _ in range(CHANGES):
            self.warm(self.use({"key": secret}))
            answer = self.change(self.request("POST", rotate), self.use({"key": secret}), 401)
            secret = answer.data["key"]

    def test_secrets_whose_overlap_is_cut_short(self):
        self.make_key()
        rotate = f"/api/keys/{self.key['id']}/rotate"
        secret = self.key["key"]
        for _ in range(CHANGES):
            old = self.use({"key": secret})
            answer = self.change(self.request("POST", rotate, {"overlap_seconds": 600}), old, 200)
            secret = answer.data["key"]
            self.warm(old)
            answer = self.change(self.request("POST", rotate, {"overlap_seconds": 600}), old, 401)
            secret = answer.data["key"]

    def test_keys_that_are_switched_off_and_on(self):
        self.flip(self.make_key(), [({"is_active": False}, 403), ({"is_active": True}, 200)])

    def test_tenants_that_are_disabled_and_enabled(self):
        self.make_key()
        self.flip(f"/api/tenants/{self.tenant}",
                  [({"is_active": False}, 403), ({"is_active": True}, 200)])

    def test_keys_that_expire_and_do_not(self):
        self.flip(self.make_key(), [({"expires_at": PAST}, 401), ({"expires_at": None}, 200)])

    def test_addresses_that_are_shut_out_and_let_in(self):
        self.flip(self.make_key(),
                  [({"allowed_ips": ["::1"]}, 403), ({"allowed_ips": ["127.0.0.1"]}, 200),
                   ({"allowed_ips": ["::1"]}, 403), ({"allowed_ips": []}, 200)])

    def test_scopes_that_are_taken_and_given(self):
        self.flip(self.make_key(),
                  [({"scopes": ["data:write"]}, 403), ({"scopes": ["data:read"]}, 200)])

    def test_limits_that_are_set_to_none_to_nothing_and_to_other_numbers(self):
        path = self.make_key()
        probe = self.use(self.key)
        self.warm(probe)
        for number in range(CHANGES):
            limit = 1_000_000 + number
            self.change(self.request("PATCH", path, {"rate_limit": limit, "burst": limit}), probe,
                        200, ("x-ratelimit-limit", str(limit)))
            self.change(self.request("PATCH", path, {"rate_limit": 0}), probe, 429)
            self.change(self.request("PATCH", path, {"rate_limit": None}), probe, 200,
                        ("x-ratelimit-limit", None))


if __name__ == "__main__":
    unittest.main(verbosity=2)
