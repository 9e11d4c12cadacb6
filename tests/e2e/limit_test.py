"""A limit of 1000 admits exactly 1000: from eight threads at once, through kill -9, and while the
wall clock is stepped by a day."""

import calendar
import glob
import os
import signal
import threading
import time
import unittest

from load import Load, write_keys
from server import Server
from usage_log import read_usage_log

LIMIT = 1000
WINDOW_S = 31_536_000  # One token comes back in 8.7 hours: none while a test runs.
CLIENTS = 8  # Programs of one thread each.
KILLS = 3

DAY_S = 86_400
LIBFAKETIME = "/usr/lib/*/faketime/libfaketimeMT.so.1"  # Debian: libfaketime.


class LimitTest(unittest.TestCase):
    def setUp(self):
        self.server = Server("--shards", "2")
        self.addCleanup(self.server.discard)

    def make_key(self):
        self.key = self.server.key(rate_limit=LIMIT, rate_window=WINDOW_S)
        self.key_file = os.path.join(self.server.folder, "keys")
        write_keys(self.key_file, [self.key["key"]])

    def begin(self, *flags):
        """Eight clients on connections of their own, 32 in all."""
        clients = [Load(self.server, "--keys", self.key_file, "--connections", 4, *flags)
                   for _ in range(CLIENTS)]
        for client in clients:
            self.addCleanup(client.end)
        return clients

    @staticmethod
    def end(clients):
        """(answers of 200, answers of 429, requests without an answer) of all of them."""
        reports = [client.report() for client in clients]
        for report in reports:
            if set(report["statuses"]) - {"200", "429"}:
                raise AssertionError(f"other answers: {report}")
        return (sum(report["statuses"].get("200", 0) for report in reports),
                sum(report["statuses"].get("429", 0) for report in reports),
                sum(report["lost"] for report in reports))

    def wait_for_requests(self, count, timeout=30):
        deadline = time.monotonic() + timeout
        while self.server.usage(self.key["id"])["total"] < count:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.005)

    def logged(self):
        """(rows of status 200, rows of status 429) of the key."""
        rows = [row["status_code"] for row in read_usage_log(self.server)
                if row["api_key_id"] == self.key["id"]]
        return rows.count(200), rows.count(429)


class EightClients(LimitTest):
    def test_are_admitted_exactly_as_often_as_the_limit_says(self):
        self.server.start()
        self.make_key()
        admitted, refused, lost = self.end(self.begin("--requests", 2500, "--pipeline", 4))
        self.assertEqual((admitted, refused, lost), (LIMIT, CLIENTS * 2500 - LIMIT, 0))
        self.assertEqual(self.logged(), (admitted, refused))

    def test_are_admitted_at_most_as_often_through_kills_and_each_token_has_its_request(self):
        """What "exactly" means when the server dies: the tokens are 1000 in all. Each went to a
        request that was answered 200, or to one whose answer was lost with the server; nothing
        refused before all were gone, and nothing was admitted after. A lost request may have had
        its token without a record, if the server died between the two."""
        self.server.start()
        self.make_key()
        admitted = lost = 0
        for kill in range(KILLS):
            clients = self.begin("--rate", 40)
            self.wait_for_requests((kill + 1) * LIMIT // (KILLS + 1))
            self.server.signal(signal.SIGKILL)
            answers = self.end(clients)
            self.server.wait()
            self.assertEqual(answers[1], 0, "refused before the limit was reached")
            self.assertGreater(answers[0], 0)
            admitted += answers[0]
            lost += answers[2]
            self.server.start("--shards", str(1 + kill % 2))
            logged, _ = self.logged()
            self.assertGreaterEqual(logged, admitted)
            self.assertLessEqual(logged, admitted + lost)
        answers = self.end(self.begin("--requests", 1000, "--pipeline", 4))
        self.assertEqual(answers[2], 0)
        admitted += answers[0]
        self.assertLessEqual(admitted, LIMIT)
        self.assertGreaterEqual(admitted + lost, LIMIT)
        logged, _ = self.logged()
        self.assertGreaterEqual(logged, admitted)
        self.assertLessEqual(logged, LIMIT)
        print(f"{KILLS} kills: {admitted} answered 200, {lost} lost, {logged} in the log")
        self.server.kill()
        self.server.start()
        self.assertEqual(self.end(self.begin("--requests", 100))[0], 0, "admitted once more")


@unittest.skipUnless(glob.glob(LIBFAKETIME), "libfaketime is not installed")
class SteppedClock(LimitTest):
    """The server runs under libfaketime, which adds to the wall clock what a file says, and reads
    the file at each look at the clock. Clocks that can't be stepped stay as they are."""

    def setUp(self):
        super().setUp()
        self.file = os.path.join(self.server.folder, "offset")
        self.step(0)
        self.server.environment |= {
            "LD_PRELOAD": glob.glob(LIBFAKETIME)[0], "FAKETIME_TIMESTAMP_FILE": self.file,
            "FAKETIME_NO_CACHE": "1", "DONT_FAKE_MONOTONIC": "1"}
        self.server.start()
        self.make_key()

    def step(self, offset_s):
        with open(self.file + ".new", "w", encoding="ascii") as file:
            file.write(f"{offset_s:+d}\n")
        os.replace(self.file + ".new", self.file)

    def server_offset_s(self):
        """By how much the server's wall clock is ahead of this process's: what it logs says it."""
        probe = self.server.key(name="probe")
        self.server.as_key(probe["key"], "GET", "/api/me")
        used = self.server.api("GET", f"/api/keys/{probe['id']}").data["last_used_at"]
        at = time.strptime(used[:19], "%Y-%m-%dT%H:%M:%S")
        return round((calendar.timegm(at) - time.time()) / 60) * 60

    def test_a_day_either_way_admits_nothing_more_and_nothing_less(self):
        total = 0
        for offset_s in (DAY_S, 0, -DAY_S, DAY_S):
            self.step(offset_s)
            self.assertEqual(self.server_offset_s(), offset_s)
            admitted, refused, lost = self.end(self.begin("--requests", 25))
            self.assertEqual((admitted, refused, lost), (200, 0, 0))
            total += admitted
        self.step(-DAY_S)
        total += self.end(self.begin("--requests", 100))[0]
        self.assertEqual(total, LIMIT)

    def test_steps_in_the_middle_of_load_change_nothing(self):
        stop = threading.Event()

        def wander():
            for number in range(1 << 30):
                if stop.wait(0.02):
                    return
                self.step((DAY_S, -DAY_S, 0)[number % 3])

        wanderer = threading.Thread(target=wander)
        wanderer.start()
        try:
            admitted, _, lost = self.end(self.begin("--rate", 100, "--requests", 250))
        finally:
            stop.set()
            wanderer.join()
        self.assertEqual((admitted, lost), (LIMIT, 0))

    def test_a_step_over_a_restart_changes_nothing(self):
        """The machine is the same, and has not been started again: the wall clock has no say."""
        total = 0
        for offset_s in (DAY_S, -DAY_S, 0):
            total += self.end(self.begin("--requests", 25))[0]
            self.step(offset_s)
            if offset_s < 0:
                self.server.kill()
                self.server.start()
            else:
                self.server.restart()
        self.assertEqual(total, 600)
        total += self.end(self.begin("--requests", 100))[0]
        self.assertEqual(total, LIMIT)


if __name__ == "__main__":
    unittest.main(verbosity=2)
