"""kill -9 with 512 writes in flight: every answered write is there, every other one wholly or not
at all, and counts, unique values and indexes agree with the rows.

A connection's writes are applied in their order, so what is found of it after a crash must be what
its model held after some number of them: at least as many as were answered.

TOLLGATE_LONG=1: 20 kills instead of 3. TOLLGATE_SEED: the seed.
"""

import copy
import os
import random
import threading
import unittest

from server import LONG, Server
from wire import Closed, post

KILLS = 20 if LONG else 3
CONNECTIONS = 64
IN_FLIGHT = 8  # Of each connection.
SHARDS = ("2", "1", "4")


class Writer:
    """A connection's writes, and what its rows were after each of them."""

    def __init__(self, number, key, rng):
        self.owner = f"writer-{number}"
        self.key = key
        self.random = rng
        self.states = [{}]  # After each write: {code: (id, n)}; an id is None until it is known.
        self.made = 0
        self.answered = 0

    def next(self):
        """The bytes of a write. Changes only rows whose ids are known from answers."""
        state = copy.copy(self.states[-1])
        known = [code for code, (number, _) in state.items() if number is not None]
        choice = self.random.random()
        if choice < 0.5 or not known:
            code = f"{self.owner}-{self.made}"
            self.made += 1
            value = self.random.randint(0, 9)
            state[code] = (None, value)
            data = self.ask("POST", "/api/assets", {"code": code, "owner": self.owner, "n": value})
        else:
            code = self.random.choice(known)
            number, _ = state[code]
            if choice < 0.8:
                value = self.random.randint(0, 9)
                state[code] = (number, value)
                data = self.ask("PATCH", f"/api/assets/{number}", {"n": value})
            else:
                del state[code]
                data = self.ask("DELETE", f"/api/assets/{number}", {})
        self.states.append(state)
        return data

    def ask(self, method, path, body):
        return post(path, body, f"X-API-Key: {self.key}", method=method)

    def take(self, answer):
        self.answered += 1
        if answer.status == 201:
            for state in self.states[self.answered:]:
                if answer.data["code"] in state:
                    _, value = state[answer.data["code"]]
                    state[answer.data["code"]] = (answer.data["id"], value)

    def values(self, state):
        return {code: value for code, (_, value) in state.items()}

    def settle(self, found):
        """Which of the states since the last answer this is; goes on from there."""
        rows = {row["code"]: row["n"] for row in found}
        for state in self.states[self.answered:]:
            if self.values(state) == rows:
                self.states = [{row["code"]: (row["id"], row["n"]) for row in found}]
                self.answered = 0
                return True
        return False


class WriteCrash(unittest.TestCase):
    def setUp(self):
        self.seed = int(os.environ.get("TOLLGATE_SEED", random.randrange(1 << 32)))
        self.random = random.Random(self.seed)
        self.server = Server("--shards", "2").start()
        self.addCleanup(self.server.discard)
        self.server.made("/api/resources", {"name": "Asset", "fields": [
            "code:string:required,unique", "owner:string:index", "n:integer:index"]})
        self.key = self.server.key(rate_limit=None)
        self.rotated = self.server.key(self.key["tenant_id"], rate_limit=None)
        self.secret = self.rotated["key"]
        self.definitions = {"Asset"}

    def write_until_killed(self, writers):
        """Returns the answers that the admin's connection got."""
        connections = [self.server.connect() for _ in writers]
        admin = self.server.connect()
        admin.send(b"".join(self.admin_writes()))
        threads = [threading.Thread(target=self.write, args=(writer, connection))
                   for writer, connection in zip(writers, connections, strict=True)]
        for thread in threads:
            thread.start()
        answers = []
        killer = threading.Timer(self.random.uniform(0.05, 0.4), self.server.process.kill)
        killer.start()
        try:
            while True:
                answers.append(admin.answer())
        except (Closed, ConnectionResetError):
            pass
        killer.join()
        self.server.wait()
        for thread in threads:
            thread.join()
        for connection in [*connections, admin]:
            connection.close()
        return answers

    @staticmethod
    def write(writer, connection):
        try:
            for _ in range(IN_FLIGHT):
                connection.send(writer.next())
            while True:
                writer.take(connection.answer())
                connection.send(writer.next())
        except (Closed, OSError):
            pass

    def admin_writes(self):
        """Definitions and rotations in turn."""
        credential = f"Authorization: Bearer {self.server.token}"
        for number in range(200):
            name = f"Made{self.random.getrandbits(40)}"
            self.asked.append(name)
            yield post("/api/resources", {"name": name, "fields": ["a:string:index"]}, credential)
            if number % 2:
                self.asked.append(None)
                yield post(f"/api/keys/{self.rotated['id']}/rotate", {}, credential)

    def check_admin(self, answers):
        """A prefix of what was asked is there, at least as long as what was answered."""
        for answer in answers:
            self.assertIn(answer.status, (200, 201), answer)
        there = {row["name"] for row in self.server.api("GET", "/api/resources").data}
        done = [name for name in self.asked[:len(answers)] if name]
        open_ = [name for name in self.asked[len(answers):] if name]
        self.assertLessEqual(set(done) | self.definitions, there)
        began = [name in there for name in open_]
        self.assertEqual(began, sorted(began, reverse=True), "a later one without an earlier one")
        self.definitions = there
        secrets = [answer.data["key"] for answer in answers if answer.status == 200]
        secret = secrets[-1] if secrets else self.secret
        status = self.server.as_key(secret, "GET", "/api/me").status
        self.assertIn(status, (200, 401))
        if status == 401:  # Then a rotation that was not answered took its place.
            self.assertTrue(any(name is None for name in self.asked[len(answers):]))
        self.secret = self.server.made(f"/api/keys/{self.rotated['id']}/rotate", {},
                                       status=200)["key"]
        self.assertEqual(self.server.as_key(self.secret, "GET", "/api/me").status, 200)

    def rows(self, query=""):
        found, cursor = [], ""
        while cursor is not None:
            path = f"/api/assets?limit=1000{query}{'&cursor=' + cursor if cursor else ''}"
            answer = self.server.as_key(self.key["key"], "GET", path)
            found += answer.data
            cursor = answer.json["meta"]["next_cursor"]
        return found

    def check_rows(self, writers):
        rows = self.rows()
        counted = self.server.as_key(self.key["key"], "GET", "/api/assets/count").data["count"]
        self.assertEqual(counted, len(rows))
        self.assertEqual(len({row["code"] for row in rows}), len(rows))
        for writer in writers:
            own = [row for row in rows if row["owner"] == writer.owner]
            self.assertEqual(self.rows(f"&owner={writer.owner}"), own)
            self.assertTrue(writer.settle(own), (self.seed, writer.owner))
        by_n = self.rows("&sort=n")
        self.assertEqual(by_n, sorted(rows, key=lambda row: (row["n"], row["id"])))
        by_code = self.rows("&sort=code")
        self.assertEqual([row["code"] for row in by_code], sorted(row["code"] for row in rows))
        for row in self.random.sample(rows, min(len(rows), 10)):
            taken = self.server.as_key(self.key["key"], "POST", "/api/assets",
                                       {"code": row["code"], "n": 0})
            self.assertEqual(taken.status, 409, taken)

    def test_every_answered_write_is_there_and_every_other_wholly_or_not_at_all(self):
        print(f"TOLLGATE_SEED={self.seed}")
        writers = [Writer(number, self.key["key"], random.Random(self.random.random()))
                   for number in range(CONNECTIONS)]
        for number in range(KILLS):
            with self.subTest(kill=number):
                self.asked = []
                answers = self.write_until_killed(writers)
                answered = sum(writer.answered for writer in writers)
                in_flight = sum(len(writer.states) - 1 - writer.answered for writer in writers)
                print(f"kill {number}: {answered} writes and {len(answers)} of the admin's "
                      f"answered, {in_flight} in flight")
                self.server.start("--shards", SHARDS[number % len(SHARDS)])
                self.check_admin(answers)
                self.check_rows(writers)


if __name__ == "__main__":
    unittest.main(verbosity=2)
