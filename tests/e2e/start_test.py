"""Starting: addresses, shards, flags, files and variables, and every way in which it is refused."""

import os
import socket
import stat
import subprocess
import unittest

from server import PROGRAM, Server, clean_environment, run_to_end
from wire import Connection, get

REFUSED_WITHIN_S = 1.0


class Starts(unittest.TestCase):
    def test_says_where_it_listens_on_one_line(self):
        with Server("--shards", "2") as server:
            ready = [line for line in server.lines if "listening" in line]
            self.assertEqual(ready, [f"tollgate: listening on {server.url} (2 shards)"])
            self.assertRegex(server.url, r"^http://127\.0\.0\.1:[1-9]\d*$")
            self.assertEqual(server.request("GET", "/health/ready").status, 200)

    def test_serves_on_any_number_of_shards_and_may_change_it(self):
        with Server("--shards", "1") as server:
            self.assertIn("(1 shard)", server.lines[-1])
            key = server.key()
            for number, shards in enumerate(("4", "2", "1", "3")):
                server.restart("--shards", shards)
                self.assertEqual(self.shard_threads(server), int(shards))
                with self.subTest(shards=shards):
                    created = server.as_key(key["key"], "POST", "/api/data", {"name": shards})
                    self.assertEqual(created.status, 201)
                    rows = server.as_key(key["key"], "GET", "/api/data").data
                    self.assertEqual(len(rows), number + 1)
            self.assertEqual(server.usage(key["id"])["total"], 8)

    @staticmethod
    def shard_threads(server):
        names = []
        for thread in os.listdir(f"/proc/{server.pid}/task"):
            with open(f"/proc/{server.pid}/task/{thread}/comm", encoding="ascii") as file:
                names.append(file.read().strip())
        return len([name for name in names if name.startswith("tg-shard-")])

    def test_pins_its_shards_to_the_cpus_that_are_named(self):
        cpu = min(os.sched_getaffinity(0))
        with Server("--cpus", str(cpu)) as server:
            self.assertIn("(1 shard)", server.lines[-1])
            for thread in os.listdir(f"/proc/{server.pid}/task"):
                with open(f"/proc/{server.pid}/task/{thread}/comm", encoding="ascii") as file:
                    if file.read().startswith("tg-shard-"):
                        self.assertEqual(os.sched_getaffinity(int(thread)), {cpu})

    def test_takes_as_many_shards_as_its_affinity_allows(self):
        cpu = min(os.sched_getaffinity(0))
        with Server(launcher=["taskset", "-c", str(cpu)]) as server:
            self.assertIn("(1 shard)", server.lines[-1])

    def test_listens_on_several_addresses_of_every_kind(self):
        server = Server("--shards", "2")
        path = os.path.join(server.folder, "socket")
        server.listen = ["127.0.0.1:0", "[::1]:0", f"unix:{path}"]
        with server:
            self.assertRegex(server.urls[1], r"^http://\[::1\]:[1-9]\d*$")
            self.assertEqual(server.urls[2], f"unix:{path}")
            v6 = ("::1", int(server.urls[1].rsplit(":", 1)[1]))
            for address in (server.address, v6, path):
                with self.subTest(address=address), Connection(address) as connection:
                    self.assertEqual(connection.request(get("/health")).status, 200)

    def test_takes_over_the_socket_file_of_a_server_that_was_killed(self):
        server = Server("--shards", "1")
        path = os.path.join(server.folder, "socket")
        server.listen = ["127.0.0.1:0", f"unix:{path}"]
        with server:
            server.kill()
            self.assertTrue(stat.S_ISSOCK(os.stat(path).st_mode))
            server.start()
            with Connection(path) as connection:
                self.assertEqual(connection.request(get("/health")).status, 200)

    def test_makes_its_data_directory_for_itself_alone(self):
        with Server("--shards", "1") as server:
            server.discard()
        with Server("--shards", "1") as server:
            server.stop()
            server.data = os.path.join(server.folder, "a", "b", "c")
            server.token = None
            server.start()
            self.assertEqual(stat.S_IMODE(os.stat(server.data).st_mode), 0o700)


class Settings(unittest.TestCase):
    def test_come_from_a_file_that_flags_override(self):
        server = Server()
        config = os.path.join(server.folder, "tollgate.toml")
        with open(config, "w", encoding="ascii") as file:
            file.write('shards = 3\nmax-body = 100\nmax-connections = 50\n')
        server.flags = ["--config", config, "--shards", "1"]
        with server:
            self.assertIn("(1 shard)", server.lines[-1])
            self.assertEqual(server.api("POST", "/api/tenants", b"x" * 101).status, 413)
            server.flags = []
            server.environment = {"TOLLGATE_CONFIG": config}
            server.restart()
            self.assertIn("(3 shards)", server.lines[-1])

    def test_come_from_variables_that_flags_override(self):
        variables = {"TOLLGATE_SHARDS": "3", "TOLLGATE_MAX_BODY": "100"}
        with Server(environment=variables) as server:
            self.assertIn("(3 shards)", server.lines[-1])
            self.assertEqual(server.api("POST", "/api/tenants", b"x" * 101).status, 413)
            server.restart("--shards", "1", "--max-body", "200")
            self.assertIn("(1 shard)", server.lines[-1])
            self.assertEqual(server.api("POST", "/api/tenants", b"x" * 101).status, 400)
            self.assertEqual(server.api("POST", "/api/tenants", b"x" * 201).status, 413)

    def test_bound_what_a_request_may_be(self):
        with Server("--shards", "1", "--max-request-line", "100", "--max-head", "300",
                    "--max-fields", "5") as server:
            line = len("GET  HTTP/1.1")
            self.assertEqual(server.request("GET", "/" + "a" * (99 - line)).status, 404)
            self.assertEqual(server.request("GET", "/" + "a" * (100 - line)).status, 414)
            self.assertEqual(server.request("GET", "/", None, "A: " + "b" * 300).status, 431)
            self.assertEqual(server.request("GET", "/", None, *["A: b"] * 4).status, 404)
            self.assertEqual(server.request("GET", "/", None, *["A: b"] * 5).status, 431)


class Refusals(unittest.TestCase):
    """One line, the exit code, and soon."""

    def setUp(self):
        self.place = Server("--shards", "1")  # Its folder; most tests don't start it.
        self.addCleanup(self.place.discard)

    def refused(self, code, *flags, environment=None, launcher=()):
        """The line that says why."""
        if "--data" not in flags:
            flags += ("--data", self.place.data)
        if "--listen" not in flags:
            flags += ("--listen", "127.0.0.1:0")
        status, out, errors, seconds = run_to_end("serve", *flags, environment=environment,
                                                  launcher=launcher)
        # What it says on the way (running as root, where it wrote the token) is not the refusal.
        notes = ("running as root", "the admin token was made")
        lines = [line for line in errors.splitlines() if not any(note in line for note in notes)]
        self.assertEqual((status, out), (code, ""), errors)
        self.assertEqual(len(lines), 1, errors)
        self.assertRegex(lines[0], r"^tollgate: \S")
        self.assertLess(seconds, REFUSED_WITHIN_S)
        return lines[0]

    def test_a_wrong_flag_or_value_is_2(self):
        for flags in (["--bogus"], ["--shards", "two"], ["--shards", "-1"], ["--shards", "121"],
                      ["--max-body", "0"], ["--max-body", "99999999999"],
                      ["--max-connections", "0"], ["--usage-sync", "sometimes"],
                      ["--usage-sync-ms", "0"], ["--log-level", "loud"], ["--cpus", "x"],
                      ["--cpus", "4095"], ["--cpus", "3-1"], ["--head-timeout", "0"],
                      ["--drain-timeout"], ["--max-fields", "101"],
                      ["--config", "/nowhere/tollgate.toml"], ["stray"]):
            with self.subTest(flags=flags):
                line = self.refused(2, *flags)
                self.assertTrue(flags[0] in line or flags[-1] in line, line)

    def test_an_address_that_is_none_is_2(self):
        for address in ("", "localhost", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536",
                        "127.0.0.1:x", "::1:80", "unix:", "unix:" + "a" * 200):
            with self.subTest(address=address):
                self.assertIn(f"--listen {address}", self.refused(2, "--listen", address))

    def test_a_wrong_variable_or_file_is_2(self):
        self.assertIn("shards", self.refused(2, environment={"TOLLGATE_SHARDS": "many"}).lower())
        config = os.path.join(self.place.folder, "tollgate.toml")
        for text in ("shards = 'many'\n", "bogus = 1\n", "= = =\n"):
            with self.subTest(text=text):
                with open(config, "w", encoding="ascii") as file:
                    file.write(text)
                self.refused(2, "--config", config)

    def test_no_command_or_an_unknown_one_is_2(self):
        for arguments in ([], ["bogus"], ["--bogus"]):
            with self.subTest(arguments=arguments):
                status, _, errors, _ = run_to_end(*arguments)
                self.assertEqual((status, len(errors.splitlines())), (2, 1), errors)

    def test_help_and_version_are_0(self):
        for arguments in (["--help"], ["serve", "--help"], ["--version"], ["version"]):
            with self.subTest(arguments=arguments):
                status, out, errors, _ = run_to_end(*arguments)
                self.assertEqual((status, errors), (0, ""))
                self.assertNotEqual(out, "")
        self.assertIn("TOLLGATE_MAX_BODY", run_to_end("serve", "--help")[1])

    def test_a_port_in_use_is_1_even_where_it_could_be_shared(self):
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with self.subTest(host=host), socket.socket(family) as other:
                other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                other.bind((host, 0))
                other.listen()
                name = f"[{host}]" if ":" in host else host
                address = f"{name}:{other.getsockname()[1]}"
                line = self.refused(1, "--listen", address)
                self.assertIn(f"{address} is in use", line)

    def test_a_socket_file_in_use_is_1_and_stays(self):
        path = os.path.join(self.place.folder, "socket")
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(path)
            other.listen()
            self.assertIn("in use", self.refused(1, "--listen", f"unix:{path}"))
            with Connection(path):
                pass
        os.unlink(path)
        with open(path, "w", encoding="ascii"):
            pass
        self.refused(1, "--listen", f"unix:{path}")
        self.assertTrue(os.path.isfile(path))

    def test_a_data_directory_that_a_server_holds_is_1_and_names_it(self):
        with self.place as holder:
            line = self.refused(1)
            self.assertIn(holder.data, line)
            self.assertIn(str(holder.pid), line)
            self.assertEqual(holder.request("GET", "/health").status, 200)

    def test_a_data_directory_that_cannot_be_made_or_written_is_1(self):
        file = os.path.join(self.place.folder, "file")
        with open(file, "w", encoding="ascii"):
            pass
        for path in (file, f"{file}/data", "/proc/tollgate", "/proc"):
            with self.subTest(path=path):
                self.assertIn(path, self.refused(1, "--data", path))

    @unittest.skipIf(os.geteuid() != 0, "only root can become another user")
    def test_a_data_directory_of_somebody_else_is_1(self):
        os.mkdir(self.place.data, 0o755)
        launcher = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        probe = subprocess.run([*launcher, PROGRAM, "--version"], capture_output=True,
                               env=clean_environment(), check=False)
        if probe.returncode != 0:
            self.skipTest("another user may not run the binary where it lies")
        self.assertIn("owner", self.refused(1, launcher=launcher))

    def test_a_log_that_cannot_be_opened_is_1(self):
        for flag in ("--log-file", "--access-log"):
            with self.subTest(flag=flag):
                self.assertIn("/nowhere/log", self.refused(1, flag, "/nowhere/log"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
