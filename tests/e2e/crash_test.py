"""kill -9 under full load, at random moments and at failpoints: nothing that was answered is lost,
nothing is counted twice, and limits carry on. TOLLGATE_LONG=1: twenty kills instead of four."""

import collections
import math
import os
import random
import signal
import time
import unittest

from load import Load, Record, wait_for_lines, write_keys
from server import LONG, Server
from usage_log import read_usage_log

# Where a server dies: by a signal while it serves, or by its own hand at a failpoint of the usage
# log. The first four are the quick run; a fold's commit needs the end of a minute.
PLACES = ["signal", "usage.after_write", "usage.after_sync", "usage.after_fold_commit"]
KILLS = 20 if LONG else len(PLACES)
SHARDS = ["2", "1", "4"]

CONNECTIONS = 64
DEPTHS = [16, 4]  # Requests in flight on a connection, in turns.
RATE_BAR = 30_000  # Requests a second that the load is to reach; printed, for it is a timing.

# So wide that it never refuses, and gives back a token in 8 s.
LIMIT = 4_000_000
WINDOW_S = 31_536_000

DIES_WITHIN_S = 60  # Of load.

# A minute's rollups are written 2 s after its end. The server that is to die there starts before
# the end, and the load begins shortly before the rollups: it is fast, and all of it is checked.
START_BEFORE_END_S = 5
LOAD_AFTER_END_S = 1.3


def next_end():
    """When the minute ends at whose end there is time to be ready."""
    return math.ceil((time.time() + START_BEFORE_END_S) / 60) * 60


def sleep_until(when):
    time.sleep(max(0.0, when - time.time()))


class Key:
    """A key of the load, and what is known of its requests over all rounds."""

    def __init__(self, server, **fields):
        row = server.key(**fields)
        self.id, self.secret = row["id"], row["key"]
        self.made_at = time.monotonic()
        self.sent = 0
        self.logged = 0
        self.by_minute = collections.Counter()  # (minute, status) -> rows of the log.

    def add(self, row):
        self.logged += 1
        self.by_minute[row["created_at"][:16], row["status_code"]] += 1

    def given_back(self):
        """At most so many tokens came back since it was made."""
        return math.ceil((time.monotonic() - self.made_at) * LIMIT / WINDOW_S) + 1


class Crashes(unittest.TestCase):
    def setUp(self):
        seed = int(os.environ.get("TOLLGATE_SEED", random.randrange(1 << 32)))
        print(f"TOLLGATE_SEED={seed}", flush=True)
        self.random = random.Random(seed)
        self.server = Server("--shards", "2")
        self.addCleanup(self.server.discard)
        self.server.start()
        # Line 0 and 1 of the key file.
        self.keys = [Key(self.server, name="unlimited", rate_limit=None),
                     Key(self.server, name="limited", rate_limit=LIMIT, rate_window=WINDOW_S)]
        self.key_file = os.path.join(self.server.folder, "keys")
        write_keys(self.key_file, [key.secret for key in self.keys])
        self.shards = SHARDS[0]
        self.last_id = 0
        self.log_digest = 0

    def test_every_answered_request_is_logged_once_and_totals_and_limits_carry_on(self):
        places = [PLACES[i % len(PLACES)] for i in range(KILLS)]
        for number in range(KILLS):
            place = self.take_next(places)
            depth = DEPTHS[number % len(DEPTHS)]
            record, rate = self.die_under_load(number, place, depth)
            print(f"kill {number + 1}: {place}, depth {depth}, {self.shards} shards, "
                  f"{len(record.answered)} answered of {len(record.sent)}, {rate:.0f} a second "
                  f"(the bar: {RATE_BAR})", flush=True)
            self.shards = SHARDS[(number + 1) // 2 % len(SHARDS)]  # Another one each second time.
            self.come_back()
            self.check_log(record, depth)
            self.check_totals()
            self.check_limit()
        self.check_whole_log()
        self.assertEqual(self.server.stop(), 0)

    def take_next(self, places):
        """The next place; a fold's turn comes when a minute is about to end, or at last."""
        fold = PLACES[-1]
        if fold in places and next_end() - time.time() < 3 * START_BEFORE_END_S:
            places.remove(fold)
            return fold
        other = next((place for place in places if place != fold), fold)
        places.remove(other)
        return other

    # One round.

    def die_under_load(self, number, place, depth):
        """Puts load on the server until it is dead. Returns the load's record and its rate."""
        path = os.path.join(self.server.folder, f"record-{number}")
        if place == PLACES[-1]:
            self.restart_before_fold()
        elif place != "signal":
            self.restart_with(f"{place}:{self.random.randrange(5, 40)}")
        # Digits alone, and 1 in front: the id of a row that there isn't.
        flags = ["--unique-path", f"api/data/1{number:02}", "--connections", CONNECTIONS,
                 "--pipeline", depth, "--record", path, "--keys", self.key_file,
                 "--hot-keys", len(self.keys), "--duration", f"{DIES_WITHIN_S}s"]
        with Load(self.server, *flags) as load:
            wait_for_lines(path)
            if place == "signal":
                time.sleep(self.random.uniform(0.05, 0.6))
                self.server.signal(signal.SIGKILL)
            self.assertEqual(self.server.wait(2 * DIES_WITHIN_S), -signal.SIGKILL)
            report = load.report()
        self.assertEqual(set(report["errors"]) - {"reset", "closed", "send", "connect"}, set())
        record = Record(path)
        os.unlink(path)
        self.assertGreater(len(record.answered), 1000, "it died before there was load")
        for line in record.sent.values():
            self.keys[line].sent += 1
        return record, report["rps"]

    def restart_with(self, failpoint):
        self.server.environment["TOLLGATE_FAILPOINT"] = failpoint
        self.server.restart("--shards", self.shards)
        del self.server.environment["TOLLGATE_FAILPOINT"]

    def restart_before_fold(self):
        """Returns when the load is to begin; the minute before has a record to be folded."""
        end = next_end()
        sleep_until(end - START_BEFORE_END_S)
        self.check_limit()
        self.restart_with(PLACES[-1])
        sleep_until(end + LOAD_AFTER_END_S)

    def come_back(self):
        """Starts again. Every second time it is killed once more while it recovers the log."""
        if self.random.random() < 0.5:
            place = self.random.choice(PLACES[1:3])
            self.server.environment["TOLLGATE_FAILPOINT"] = place
            try:
                self.server.start("--shards", self.shards)
            except AssertionError:
                self.assertEqual(self.server.process.returncode, -signal.SIGKILL)
            else:  # Nothing was left to recover.
                self.server.kill()
            del self.server.environment["TOLLGATE_FAILPOINT"]
        self.server.start("--shards", self.shards)

    # What must be true then.

    def check_log(self, record, depth):
        logged = {}
        for row in read_usage_log(self.server, self.last_id):
            self.take_row(row)
            path = row["endpoint"]
            if path == "/api/me":
                continue
            self.assertNotIn(path, logged, "logged twice")
            logged[path] = row
        answered, sent = record.answered.keys(), record.sent.keys()
        self.assertEqual(answered - logged.keys(), set(), "answered and not in the log")
        self.assertEqual(logged.keys() - sent, set(), "in the log and never sent")
        unanswered = collections.Counter(path[:-10] for path in logged.keys() - answered)
        self.assertLessEqual(max(unanswered.values(), default=0), depth)
        for path, row in logged.items():
            key = self.keys[record.sent[path]]
            status = record.answered.get(path, 404)
            if (row["api_key_id"], row["status_code"], row["method"]) != (key.id, status, "GET"):
                self.fail(f"{path} of key {key.id}, answered {status}: {row}")

    def take_row(self, row):
        if row["id"] <= self.last_id:
            self.fail(f"the log's ids go back behind {self.last_id}: {row}")
        self.last_id = row["id"]
        self.log_digest ^= hash((row["id"], row["endpoint"], row["status_code"]))
        key = next(key for key in self.keys if key.id == row["api_key_id"])
        key.add(row)

    def check_totals(self):
        for key in self.keys:
            first = min(minute for minute, _ in key.by_minute)
            usage = self.server.usage(key.id, f"?from={first}:00Z&window=minute&group_by=status")
            self.assertEqual(usage["total"], key.logged)
            self.assertEqual((usage["count"], usage["rejected"]), (key.logged, 0))
            series = {(row["start"][:16], row["group"]["status"]): row["count"]
                      for row in usage["series"]}
            self.assertEqual(series, dict(key.by_minute))

    def check_limit(self):
        """Each logged request took its token; a token without a logged request is one that was
        taken for a request that was never answered."""
        key = self.keys[1]
        answer = self.server.as_key(key.secret, "GET", "/api/me")
        self.assertEqual(answer.status, 200)
        key.sent += 1
        used = LIMIT - int(answer.headers["x-ratelimit-remaining"])
        self.assertGreaterEqual(used, key.logged + 1 - key.given_back())
        self.assertLessEqual(used, key.sent)

    def check_whole_log(self):
        """What was read after each kill is still what the log says."""
        digest, last_id = self.log_digest, self.last_id
        self.log_digest = 0
        logged = [key.logged for key in self.keys]
        again = collections.Counter()
        for row in read_usage_log(self.server):
            if row["id"] > last_id:
                continue
            again[row["api_key_id"]] += 1
            self.log_digest ^= hash((row["id"], row["endpoint"], row["status_code"]))
        self.assertEqual([again[key.id] for key in self.keys], logged)
        self.assertEqual(self.log_digest, digest)


if __name__ == "__main__":
    unittest.main(verbosity=2)
