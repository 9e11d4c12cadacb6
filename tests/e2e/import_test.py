"""tollgate keys import: keys that exist elsewhere, from JSON lines."""

import hashlib
import json
import os
import subprocess
import threading
import time
import unittest

from server import LONG, PROGRAM, Server, clean_environment, run_to_end
from terminal import run_on_terminal

MANY = 1_000_000 if LONG else 30_000


def clear_key(number):
    return f"sk_live_{number:08d}_{hashlib.sha256(str(number).encode()).hexdigest()[:24]}"


def digest(key):
    return hashlib.sha256(key.encode()).hexdigest()


class Import(unittest.TestCase):
    def setUp(self):
        self.server = Server("--shards", "2").start()
        self.addCleanup(self.server.discard)
        self.tenant = self.server.tenant("Acme", slug="acme")

    @property
    def environment(self):
        return {"TOLLGATE_ADMIN_TOKEN": self.server.token, "TOLLGATE_URL": self.server.url}

    def write(self, *lines):
        """A file of these lines: objects, or texts as they are. Returns its path."""
        path = os.path.join(self.server.folder, "keys.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            for line in lines:
                file.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
        return path

    def write_many(self, count):
        """Half of them clear, half of them as hashes."""
        path = os.path.join(self.server.folder, "many.jsonl")
        with open(path, "w", encoding="ascii") as file:
            for number in range(count):
                key = clear_key(number)
                secret = f'"key":"{key}"' if number % 2 else f'"sha256":"{digest(key)}"'
                file.write(f'{{"tenant":"acme","name":"key {number}",{secret}}}\n')
        return path

    def run_import(self, *arguments, timeout=600):
        status, out, errors, _ = run_to_end("keys", "import", *arguments, timeout=timeout,
                                            environment=self.environment)
        return status, json.loads(out) if out else None, errors

    def done(self, *arguments):
        status, summary, errors = self.run_import(*arguments)
        self.assertEqual(status, 0, errors)
        return summary

    def status_of(self, secret):
        return self.server.as_key(secret, "GET", "/api/data").status

    def count(self):
        return self.server.api("GET", "/api/keys/count").data["count"]


class ImportedKeys(Import):
    def test_work_whatever_their_prefix(self):
        keys = ["sk_live_4eC39HqLyjWDarjtT1zdp7dc", "x", "AKIAIOSFODNN7EXAMPLE", "a b/c=~é",
                "0123456789abcdef" * 4, "k" * 512]
        lines = [{"tenant": "acme", "name": f"key {i}", "key": key}
                 for i, key in enumerate(keys[:3])]
        lines += [{"tenant_id": self.tenant["id"], "name": "hash", "sha256": digest(key)}
                  for key in keys[3:]]
        summary = self.done(self.write(*lines))
        self.assertEqual((summary["lines"], summary["created"], summary["refused"]), (6, 6, 0))
        for key in keys:
            header = key.encode().decode("latin-1")  # How requests are written here.
            self.assertEqual(self.status_of(header), 200, key)
            answer = self.server.request("GET", "/api/data", None,
                                         f"Authorization: Bearer {header}")
            self.assertEqual(answer.status, 200, key)
            self.assertEqual(self.server.api("POST", "/v1/keys/verify", {"key": key}).data["code"],
                             "VALID")
        self.assertEqual(self.status_of(digest("x")), 401, "a hash is no key")

    def test_have_the_fields_of_their_lines(self):
        secret = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
        self.done(self.write({"tenant": "acme", "name": "Old", "key": secret, "scopes":
                              ["data:read"], "rate_limit": 2, "rate_window": 86400,
                              "metadata": {"old_id": 7}, "expires_at": "2100-01-01T00:00:00Z"},
                             {"tenant": "acme", "name": "Hash", "sha256": digest("a")},
                             {"tenant": "acme", "name": "Named", "sha256": digest("b"),
                              "display": "sk_…b"}))
        rows = self.server.api("GET", "/api/keys").data
        self.assertEqual([row["display"] for row in rows], ["sk_live...p7dc", "imported", "sk_…b"])
        self.assertEqual((rows[0]["scopes"], rows[0]["rate_limit"], rows[0]["metadata"]),
                         (["data:read"], 2, {"old_id": 7}))
        self.assertEqual([self.status_of(secret) for _ in range(3)], [200, 200, 429])
        self.assertEqual(self.server.as_key(secret, "POST", "/api/data", {"name": "n"}).status, 403)

    def test_are_left_alone_when_the_file_is_run_again(self):
        path = self.write({"tenant": "acme", "name": "a", "key": "one"},
                          {"tenant": "acme", "name": "b", "key": "two"})
        self.assertEqual(self.done(path)["created"], 2)
        self.server.api("PATCH", "/api/keys/1", {"name": "changed", "is_active": False})
        again = self.done(path)
        self.assertEqual((again["created"], again["existing"]), (0, 2))
        self.assertEqual(self.server.api("GET", "/api/keys/1").data["name"], "changed")
        self.assertEqual((self.status_of("one"), self.status_of("two")), (403, 200))

    def test_have_an_audit_entry_each_when_they_are_made(self):
        path = self.write(*({"tenant": "acme", "name": "n", "key": f"key {i}"} for i in range(30)))
        for _ in range(2):  # The second time nothing is made.
            self.done(path, "--batch", "10")
            entries = self.server.api("GET", "/api/audit_logs?action=key.imported").data
            self.assertEqual(sorted(entry["row_id"] for entry in entries), list(range(1, 31)))
        self.assertNotIn(digest("key 7"), json.dumps(entries))

    def test_are_in_no_file_line_or_argument_of_the_server(self):
        secret = "sk_canary_" + "q7Zp" * 8
        with open(f"/proc/{self.server.pid}/cmdline", "rb") as file:
            self.assertNotIn(secret.encode(), file.read())
        self.done(self.write({"tenant": "acme", "name": "a", "key": secret}))
        self.assertEqual(self.status_of(secret), 200)
        self.server.stop()
        self.assertNotIn(secret, "\n".join(self.server.lines))
        for folder, _, names in os.walk(self.server.data):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    self.assertNotIn(secret[10:].encode(), file.read(), name)


class Lines(Import):
    BAD = (
        ("{", "is not valid JSON"),
        ("[]", "must be a JSON object"),
        ({"tenant": "acme", "name": "n"}, "key: is required, or sha256"),
        ({"tenant": "acme", "name": "n", "key": "a", "sha256": "b"}, "key: must not stand beside"),
        ({"tenant": "acme", "name": "n", "key": 7}, "key: must be a string"),
        ({"tenant": "acme", "name": "n", "key": " x"}, "key: must not begin or end with a blank"),
        ({"tenant": "acme", "name": "n", "key": "k" * 513}, "key: must have at most 512"),
        ({"tenant": "nobody", "name": "n", "key": "nobody's"}, "tenant: names no tenant"),
        ({"tenant_id": 99, "name": "n", "key": "99's"}, "tenant_id: names no tenant"),
        ({"name": "n", "key": "no tenant"}, "tenant_id: is required"),
        ({"tenant": "acme", "key": "no name"}, "name: is required"),
        ({"tenant": "acme", "name": "n", "key": "typo", "rate_limt": 5},
         "rate_limt: is not a known field"),
        ({"tenant": "acme", "name": "n", "sha256": "abc"}, "sha256: must have at least 64"),
        ('{"tenant":"acme","name":"n","key":"' + "x" * 70_000 + '"}', "must have at most 65536"),
    )

    def test_that_are_bad_are_named_by_number_and_field_and_the_others_count(self):
        good = [{"tenant": "acme", "name": "n", "key": f"good {i}"} for i in range(3)]
        bad = [line for line, _ in self.BAD]
        path = self.write(good[0], "", *bad, good[1], "   ", good[2])
        errors_path = os.path.join(self.server.folder, "errors.jsonl")
        status, summary, errors = self.run_import(path, "--errors", errors_path)
        self.assertEqual(status, 1)
        self.assertEqual((summary["lines"], summary["created"], summary["refused"]),
                         (3 + len(bad), 3, len(bad)))
        self.assertTrue(errors.endswith(
            f"tollgate: {len(bad)} of {3 + len(bad)} lines were refused\n"), errors)
        for number, (_, message) in enumerate(self.BAD, start=3):
            self.assertIn(f"tollgate: line {number}: {message}", errors)
        with open(errors_path, encoding="utf-8") as file:
            kept = [json.loads(line) for line in file]
        self.assertEqual({row["line"] for row in kept}, set(range(3, 3 + len(bad))))
        for row in kept:
            self.assertIn(self.BAD[row["line"] - 3][1].split(": ")[-1], row["message"])
        self.assertEqual([self.status_of(f"good {i}") for i in range(3)], [200] * 3)
        for secret in ("nobody's", "no tenant", "xxxxxxxx"):
            self.assertNotIn(f'"{secret}', errors)

    def test_of_another_tenants_key_are_refused(self):
        self.server.tenant("Other", slug="other")
        self.done(self.write({"tenant": "acme", "name": "n", "key": "mine"}))
        status, _, errors = self.run_import(self.write({"tenant": "other", "name": "n",
                                                        "key": "mine"}))
        self.assertEqual(status, 1)
        self.assertIn("line 1: sha256: is that of another tenant's key", errors)

    def test_can_come_from_stdin_and_can_be_checked_only(self):
        lines = "".join(json.dumps({"tenant": "acme", "name": "n", "key": f"key {i}"}) + "\n"
                        for i in range(700)).rstrip("\n")  # The last one without its end.
        for flags, made in ((("--dry-run",), 0), ((), 700)):
            done = subprocess.run([PROGRAM, "keys", "import", "-", *flags], input=lines, text=True,
                                  capture_output=True, check=False,
                                  env=clean_environment(**self.environment))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(json.loads(done.stdout)["lines"], 700)
            self.assertEqual(self.count(), made)
        path = self.write({"tenant": "acme", "name": "", "key": "a"}, {"name": "n", "key": "b"})
        status, summary, errors = self.run_import("--dry-run", path)
        self.assertEqual((status, summary["good"], summary["refused"]), (1, 0, 2))
        self.assertIn("line 1: name: must not be empty", errors)
        self.assertIn("line 2: tenant_id: is required", errors)

    def test_many_refused_ones_are_told_in_part(self):
        path = self.write(*("{" for _ in range(50)))
        _, _, errors = self.run_import(path)
        self.assertEqual(errors.count("is not valid JSON"), 20)
        self.assertIn("tollgate: and 30 more (--errors FILE keeps them all)\n", errors)

    def test_files_that_can_not_be_opened_are_named(self):
        for arguments in (("/nowhere/keys",), (self.write("{}"), "--errors", "/nowhere/errors")):
            status, summary, errors = self.run_import(*arguments)
            self.assertEqual((status, summary), (1, None))
            self.assertRegex(errors, r"^tollgate: /nowhere/\w+: No such file or directory\n$")


class Many(Import):
    def test_are_imported_at_once_with_a_bar(self):
        path = self.write_many(MANY)
        begun = time.monotonic()
        status, text = run_on_terminal("keys", "import", path, environment=self.environment)
        seconds = time.monotonic() - begun
        print(f"{MANY} keys in {seconds:.1f} s: {MANY / seconds:.0f} a second")
        self.assertEqual(status, 0, text[-500:])
        bars = [bar for bar in text.split("\r\x1b[K") if bar.startswith("[")]
        self.assertGreater(len(bars), 0)  # How many is a matter of the machine.
        self.assertRegex(bars[-1], r"^\[#+\.*\] +\d+ %  \d+ keys  \d+/s  \d+:\d\d left$")
        self.assertLess(max(map(len, bars)), 80)
        self.assertRegex(text, rf"created +\x1b\[0m{MANY}\n")
        self.assertEqual(self.count(), MANY)
        for number in range(0, MANY, MANY // 50):
            self.assertEqual(self.status_of(clear_key(number)), 200)
        again = self.done(path)
        self.assertEqual((again["created"], again["existing"]), (0, MANY))

    def test_survive_a_kill_of_the_server_in_the_midst(self):
        count = MANY // 5
        path = self.write_many(count)
        for part in (0.2, 0.6):
            killed = threading.Thread(target=self.kill_at, args=(int(count * part),))
            killed.start()
            status, summary, errors = self.run_import(path)
            killed.join()
            self.assertEqual(status, 1)
            self.assertIn("to go on, run it again", errors)
            self.assertLess(summary["created"] + summary["existing"], count)
            answered = summary["created"] + summary["existing"]
            self.server.start()
            self.assertGreaterEqual(self.count(), answered, "what was answered is there")
        status, summary, errors = self.run_import(path)
        self.assertEqual(status, 0, errors)
        self.assertEqual(summary["created"] + summary["existing"], count)
        self.assertEqual(self.count(), count)
        names = set()
        cursor = ""
        while cursor is not None:
            page = self.server.api("GET", f"/api/keys?limit=1000{cursor}")
            names.update(row["name"] for row in page.data)
            after = page.json["meta"]["next_cursor"]
            cursor = f"&cursor={after}" if after else None
        self.assertEqual(names, {f"key {number}" for number in range(count)})
        for number in range(0, count, count // 20):
            self.assertEqual(self.status_of(clear_key(number)), 200)

    def kill_at(self, keys):
        """Kills the server as soon as it holds so many keys."""
        while self.count() < keys:
            time.sleep(0.005)
        self.server.kill()


if __name__ == "__main__":
    unittest.main(verbosity=2)
