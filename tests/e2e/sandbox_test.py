"""Where io_uring is refused, and serving without rights or with few descriptors."""

import os
import pwd
import resource
import sys
import time
import unittest

from server import Server, run_to_end
from wire import Connection, get

LAUNCHER = [sys.executable, "-B", os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                               "refused_ring.py")]
REFUSED_WITHIN_S = 1.0


class RefusedRing(unittest.TestCase):
    def refused(self, error, calls, *words):
        place = Server()
        self.addCleanup(place.discard)
        begun = time.monotonic()
        run_to_end("--version", launcher=[*LAUNCHER, error, calls])
        python_s = time.monotonic() - begun  # Not the server's.
        status, out, errors, seconds = run_to_end("serve", "--data", place.data, "--listen",
                                                  "127.0.0.1:0", launcher=[*LAUNCHER, error, calls])
        lines = [line for line in errors.splitlines() if "running as root" not in line]
        self.assertEqual((status, out, len(lines)), (1, "", 1), errors)
        self.assertRegex(lines[0], r"^tollgate: ")
        for word in words:
            self.assertIn(word, lines[0])
        self.assertLess(seconds - python_s, REFUSED_WITHIN_S)

    def test_is_one_line_that_says_what_to_do(self):
        every = "io_uring_setup,io_uring_enter,io_uring_register"
        self.refused("EPERM", every, "seccomp", "kernel.io_uring_disabled")
        self.refused("ENOSYS", every, "seccomp", "kernel.io_uring_disabled")
        self.refused("ENOMEM", every, "seccomp", "kernel.io_uring_disabled", "memory")

    def test_is_noticed_where_only_registering_or_entering_is_refused(self):
        for error in ("EPERM", "ENOSYS", "ENOMEM"):
            for call in ("io_uring_register", "io_uring_enter"):
                with self.subTest(error=error, call=call):
                    self.refused(error, call, "seccomp")

    def test_leaves_no_token_and_no_lock_behind(self):
        with Server() as server:
            server.stop()
            status, *_ = run_to_end("serve", "--data", server.data, "--listen", "127.0.0.1:0",
                                    launcher=[*LAUNCHER, "EPERM", "io_uring_setup"])
            self.assertEqual(status, 1)
            server.start()
            self.assertEqual(server.request("GET", "/health").status, 200)


@unittest.skipIf(os.geteuid() != 0, "only root has something to give up")
class Privileges(unittest.TestCase):
    def test_are_given_up_with_user(self):
        with Server("--shards", "2", "--user", "nobody") as server:
            nobody = pwd.getpwnam("nobody")
            self.assertFalse([line for line in server.lines if "running as root" in line])
            self.assertEqual(server.status_field("Uid").split(), [str(nobody.pw_uid)] * 4)
            self.assertEqual(server.status_field("Gid").split(), [str(nobody.pw_gid)] * 4)
            for name in ("CapEff", "CapPrm", "CapInh", "CapAmb"):
                self.assertEqual(int(server.status_field(name), 16), 0, name)
            self.assertEqual(server.status_field("NoNewPrivs"), "1")
            for thread in os.listdir(f"/proc/{server.pid}/task"):
                with open(f"/proc/{server.pid}/task/{thread}/status", encoding="ascii") as file:
                    uids = next(line for line in file if line.startswith("Uid:")).split()[1:]
                self.assertEqual(uids, [str(nobody.pw_uid)] * 4)
            for folder, _, names in os.walk(server.data):
                for name in [".", *names]:
                    self.assertEqual(os.stat(os.path.join(folder, name)).st_uid, nobody.pw_uid)
            key = server.key()
            self.assertEqual(server.as_key(key["key"], "GET", "/api/data").status, 200)
            server.restart()
            self.assertEqual(server.as_key(key["key"], "GET", "/api/data").status, 200)

    def test_are_kept_without_it_and_one_line_says_so(self):
        with Server("--shards", "1") as server:
            self.assertEqual(len([line for line in server.lines if "running as root" in line]), 1)

    def test_are_not_kept_where_the_user_is_unknown(self):
        with Server() as server:
            server.stop()
            status, _, errors, _ = run_to_end("serve", "--data", server.data, "--listen",
                                              "127.0.0.1:0", "--user", "no-such-user")
            self.assertEqual((status, len(errors.splitlines())), (1, 1))
            self.assertIn("no-such-user", errors)

    def test_do_not_reach_a_file_that_a_link_in_the_data_directory_names(self):
        with Server("--shards", "1") as server:
            server.stop()
            outside = os.path.join(server.folder, "outside")
            os.mkdir(outside)
            os.symlink(outside, os.path.join(server.data, "link"))
            server.start("--user", "nobody")
            self.assertEqual(os.stat(outside).st_uid, 0)


class Descriptors(unittest.TestCase):
    """R40: few descriptors, many clients."""

    LIMIT = 64
    CLIENTS = 300

    def test_that_run_out_cost_no_cpu_and_no_client_that_is_served(self):
        with Server("--shards", "2", launcher=["prlimit", f"--nofile={self.LIMIT}"]) as server:
            kept = server.connect()
            self.assertEqual(kept.request(get("/health")).status, 200)
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            if soft < self.CLIENTS + 100:
                resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
            crowd = [Connection(server.address, timeout=10) for _ in range(self.CLIENTS)]
            try:
                self.starved(server, kept)
            finally:
                for connection in crowd:
                    connection.close()
            begun = time.monotonic()
            for _ in range(20):
                self.assertEqual(server.request("GET", "/health").status, 200)
            waited = time.monotonic() - begun
            print(f"new clients served {waited * 1000:.0f} ms after descriptors were free")
            self.assertLess(waited, 1.0)
            self.assertGreater(server.metrics()["tollgate_accept_failures_total"], 0)
            kept.close()

    def starved(self, server, kept):
        time.sleep(0.3)
        before = server.cpu_seconds()
        time.sleep(2)
        spent = server.cpu_seconds() - before
        print(f"CPU while out of descriptors: {spent / 2:.1%}")
        self.assertLess(spent, 0.4)
        for _ in range(20):
            self.assertEqual(kept.request(get("/health")).status, 200)


if __name__ == "__main__":
    unittest.main(verbosity=2)
