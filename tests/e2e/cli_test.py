"""tollgate tenants, keys, tokens, ...: the admin API from a shell."""

import json
import os
import subprocess
import unittest

from server import PROGRAM, Server, clean_environment, run_to_end
from terminal import run_on_terminal


class CommandLine(unittest.TestCase):
    """A server, and commands against it."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2").start()
        cls.addClassCleanup(cls.server.discard)

    @property
    def environment(self):
        return {"TOLLGATE_ADMIN_TOKEN": self.server.token, "TOLLGATE_URL": self.server.url}

    def run_command(self, *arguments, **environment):
        status, out, errors, _ = run_to_end(*arguments, environment=self.environment | environment)
        return status, out, errors

    def done(self, *arguments):
        """Of a command that must succeed without a word on stderr: its JSON."""
        status, out, errors = self.run_command(*arguments)
        self.assertEqual((status, errors), (0, ""), arguments)
        self.assertEqual(out.count("\n"), 1, "one document on one line")
        return json.loads(out)

    def refused(self, *arguments):
        """Of a command that must fail: its lines on stderr."""
        status, out, errors = self.run_command(*arguments)
        self.assertEqual((status, out), (1, ""), arguments)
        return errors.splitlines()

    def terminal(self, *arguments, columns=80, **environment):
        status, text = run_on_terminal(*arguments, columns=columns,
                                       environment=self.environment | environment)
        self.assertEqual(status, 0, text)
        return text.splitlines()


class Tenants(CommandLine):
    def test_every_command_does_what_the_api_does(self):
        made = self.done("tenants", "create", "Blue Ltd", "--slug", "blue", "--plan", "pro")
        self.assertEqual((made["name"], made["slug"], made["plan"]), ("Blue Ltd", "blue", "pro"))
        self.assertEqual(self.done("tenants", "show", "blue"), made)
        self.assertEqual(self.done("tenants", "show", str(made["id"])), made)
        changed = self.done("tenants", "update", "blue", "--plan", "free", "--inactive")
        self.assertEqual((changed["plan"], changed["is_active"]), ("free", False))
        self.assertEqual(changed["name"], "Blue Ltd")
        self.assertTrue(self.done("tenants", "update", "blue", "--active")["is_active"])
        before = self.done("tenants", "count")["count"]
        self.assertIn("deleted_at", self.done("tenants", "delete", "blue"))
        self.assertEqual(self.done("tenants", "count")["count"], before - 1)
        self.assertEqual(self.refused("tenants", "show", "blue"),
                         ['tollgate: tenant: none has the slug "blue"'])
        self.assertIn(made["id"], [row["id"] for row in self.done("tenants", "list", "--deleted")])
        self.done("tenants", "restore", str(made["id"]))
        self.assertEqual(self.done("tenants", "list", "--slug", "blue")[0]["id"], made["id"])

    def test_errors_name_the_field(self):
        self.assertEqual(self.refused("tenants", "create"), ["tollgate: name: is required"])
        self.done("tenants", "create", "Taken", "--slug", "taken")
        lines = self.refused("tenants", "create", "Other", "--slug", "taken")
        self.assertEqual(len(lines), 1)
        self.assertTrue(lines[0].startswith("tollgate: slug: "), lines)
        lines = self.refused("tenants", "create", "x" * 101, "--slug", "A B")
        self.assertEqual([line.split(": ")[1] for line in lines], ["name", "slug"])
        self.assertEqual(self.refused("tenants", "show", "987654"), ["tollgate: No such tenant"])


class Lists(CommandLine):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tenant_rows = [cls.server.tenant(f"Tenant number {i}") for i in range(1050)]

    def test_are_cut_into_pages_or_not(self):
        status, out, errors = self.run_command("tenants", "list", "--limit", "10")
        rows = json.loads(out)
        self.assertEqual((status, len(rows)), (0, 10))
        cursor = str(rows[-1]["id"])
        self.assertEqual(errors, f"tollgate: there is more: --cursor {cursor}, or --all\n")
        status, out, _ = self.run_command("tenants", "list", "--cursor", cursor, "--limit", "10")
        self.assertEqual(json.loads(out)[0]["id"], rows[-1]["id"] + 1)
        self.assertEqual(self.done("tenants", "list", "--all"), self.tenant_rows)
        self.assertEqual(self.done("tenants", "list", "--all", "--limit", "333"), self.tenant_rows)

    def test_are_tables_on_a_terminal(self):
        lines = self.terminal("tenants", "list", "--all", NO_COLOR="1")
        self.assertEqual(lines[0].split(), ["ID", "SLUG", "NAME", "PLAN", "IS", "ACTIVE", "CREATED",
                                            "AT"])
        self.assertEqual(len(lines), 1 + len(self.tenant_rows))
        for line, row in zip(lines[1:], self.tenant_rows, strict=True):
            self.assertLessEqual(len(line), 80)
            self.assertEqual(line.split()[0], str(row["id"]))
            self.assertIn(" free ", line)
        narrow = self.terminal("tenants", "list", columns=30, NO_COLOR="1")
        self.assertLessEqual(max(map(len, narrow[:-2])), 30)
        self.assertIn("…", narrow[1])

    def test_colours_are_a_terminals_only_and_can_be_refused(self):
        title = self.terminal("tenants", "list", "--slug", "tenant-number-7")[0]
        self.assertTrue(title.startswith("\x1b[1m"), title)
        self.assertNotIn("\x1b", self.terminal("tenants", "list", NO_COLOR="1")[0])
        status, out, _ = self.run_command("tenants", "list", "--table", "--limit", "5")
        self.assertEqual(status, 0)
        self.assertNotIn("\x1b", out)
        self.assertEqual(len(out.splitlines()), 6)

    def test_json_and_table_can_be_forced(self):
        text = self.terminal("tenants", "list", "--slug", "tenant-number-7", "--json")
        self.assertEqual(json.loads("".join(text))[0]["slug"], "tenant-number-7")
        self.assertEqual(self.run_command("tenants", "list", "--json", "--table")[0], 2)

    def test_columns_can_be_chosen(self):
        lines = self.terminal("tenants", "list", "--slug", "tenant-number-7", "--columns",
                              "slug,version_of_nothing", NO_COLOR="1")
        self.assertEqual([line.split() for line in lines],
                         [["SLUG", "VERSION", "OF", "NOTHING"], ["tenant-number-7", "-"]])

    def test_an_empty_list_has_its_titles_or_is_an_empty_array(self):
        self.assertEqual(self.done("tenants", "list", "--slug", "nobody"), [])
        lines = self.terminal("tenants", "list", "--slug", "nobody", NO_COLOR="1")
        self.assertEqual(len(lines), 1)


class Keys(CommandLine):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tenant = cls.server.tenant("Acme", slug="acme")

    def asks(self, secret):
        return self.server.as_key(secret, "GET", "/api/data").status

    def test_every_command_does_what_the_api_does(self):
        made = self.done("keys", "create", "Production", "--tenant", "acme", "--scope",
                         "data:read,verify", "--scope", "orders:*", "--rate-limit", "60",
                         "--rate-window", "60", "--allowed-ips", "127.0.0.0/8", "--expires-at",
                         "2100-01-01T00:00:00Z", "--metadata", '{"team":"a"}')
        self.assertEqual(self.asks(made["key"]), 200)
        self.assertEqual((made["tenant_id"], made["scopes"], made["rate_limit"], made["metadata"]),
                         (self.tenant["id"], ["data:read", "verify", "orders:*"], 60,
                          {"team": "a"}))
        name = str(made["id"])
        shown = self.done("keys", "show", name)
        self.assertNotIn("key", shown)
        self.assertEqual(shown["display"], made["display"])
        changed = self.done("keys", "update", name, "--rate-limit", "unlimited", "--expires-at",
                            "never", "--allowed-ips", "", "--name", "Other")
        self.assertEqual((changed["rate_limit"], changed["expires_at"], changed["allowed_ips"]),
                         (None, None, []))
        self.assertEqual(changed["name"], "Other")
        rotated = self.done("keys", "rotate", name, "--overlap-seconds", "0")
        self.assertEqual((self.asks(made["key"]), self.asks(rotated["key"])), (401, 200))
        self.assertIn(made["id"], [row["id"] for row in
                                   self.done("keys", "list", "--tenant", "acme")])
        before = self.done("keys", "count")["count"]
        self.done("keys", "revoke", name)
        self.assertEqual(self.asks(rotated["key"]), 401)
        self.assertEqual(self.done("keys", "count")["count"], before - 1)
        self.done("keys", "restore", name)
        self.assertEqual(self.asks(rotated["key"]), 200)
        self.done("keys", "delete", name)
        self.assertEqual(self.asks(rotated["key"]), 401)

    def test_quiet_prints_the_key_alone(self):
        for command in (("create", "Quiet", "--tenant", "acme"),):
            status, out, errors = self.run_command("keys", *command, "--quiet")
            self.assertEqual((status, errors), (0, ""))
            self.assertRegex(out, r"\Afp_[A-Za-z0-9_-]{43}\n\Z")
            self.assertEqual(self.asks(out.strip()), 200)
        found = self.done("keys", "list", "--tenant", "acme", "--all")[-1]["id"]
        status, rotated, _ = self.run_command("keys", "rotate", str(found), "-q")
        self.assertEqual((status, self.asks(out.strip()), self.asks(rotated.strip())),
                         (0, 401, 200))

    def test_a_terminal_gets_the_key_with_a_warning(self):
        lines = self.terminal("keys", "create", "Shown", "--tenant", "acme", NO_COLOR="1")
        self.assertRegex(lines[0], r"^key +fp_[A-Za-z0-9_-]{43}$")
        self.assertEqual(lines[-1], "Keep the key: it is not shown again")

    def test_errors_name_the_field(self):
        self.assertEqual(sorted(self.refused("keys", "create")),
                         ["tollgate: name: is required", "tollgate: tenant_id: is required"])
        self.assertEqual(self.refused("keys", "create", "x", "--tenant", "nobody"),
                         ['tollgate: tenant: none has the slug "nobody"'])
        self.assertEqual(self.refused("keys", "create", "x", "--tenant", "999"),
                         ["tollgate: tenant_id: names no tenant"])
        lines = self.refused("keys", "create", "x", "--tenant", "acme", "--scope", "No!",
                             "--rate-limit", "-5", "--expires-at", "tomorrow")
        self.assertEqual({line.split(": ")[1] for line in lines},
                         {"scopes", "rate_limit", "expires_at"})
        self.assertEqual(self.refused("keys", "show", "999"), ["tollgate: No such key"])

    def test_bad_usage_is_told_before_anything_is_sent(self):
        for arguments in (("keys",), ("keys", "bogus"), ("keys", "show"), ("keys", "show", "x"),
                          ("keys", "create", "x", "--rate-limit", "many"),
                          ("keys", "create", "x", "--metadata", "{"),
                          ("tenants", "list", "--bogus"), ("tenants", "show"),
                          ("usage", "show"), ("resources", "add-field", "x")):
            with self.subTest(arguments=arguments):
                status, out, errors = self.run_command(*arguments,
                                                       TOLLGATE_URL="http://127.0.0.1:1")
                self.assertEqual((status, out), (2, ""))
                self.assertTrue(errors.startswith("tollgate: "), errors)

    def test_verify_reads_the_key_from_a_file_or_stdin(self):
        key = self.server.key(self.tenant["id"], scopes=["orders:read"])
        path = os.path.join(self.server.folder, "key.txt")
        with open(path, "w", encoding="ascii") as file:
            file.write(key["key"] + "\n")
        self.assertEqual(self.done("keys", "verify", path, "--scope", "orders:read")["code"],
                         "VALID")
        status, out, errors = self.run_command("keys", "verify", path, "--scope", "orders:write")
        self.assertEqual((status, json.loads(out)["code"]), (1, "INSUFFICIENT_PERMISSIONS"))
        self.assertEqual(errors, "tollgate: key: INSUFFICIENT_PERMISSIONS\n")
        done = subprocess.run([PROGRAM, "keys", "verify"], input="fp_unknown\n", text=True,
                              capture_output=True, check=False,
                              env=clean_environment(**self.environment))
        self.assertEqual((done.returncode, json.loads(done.stdout)["code"]), (1, "NOT_FOUND"))


class Resources(CommandLine):
    def test_are_named_by_id_name_or_path(self):
        made = self.done("make:resource", "Invoice", "-f", "number:string:required,unique", "-f",
                         "amount:money")
        for name in (str(made["id"]), "Invoice", "invoices"):
            self.assertEqual(self.done("resources", "show", name)["path"], "invoices")
        self.assertEqual([row["path"] for row in self.done("resources", "list")], ["invoices"])
        added = self.done("resources", "add-field", "invoices", "note:text",
                          "currency:string:required,default:EUR")
        self.assertEqual([field["name"] for field in added["fields"]],
                         ["number", "amount", "note", "currency"])
        table = self.terminal("resources", "list", columns=120, NO_COLOR="1")
        self.assertIn("number:string, amount:money", table[1])
        lines = self.refused("resources", "add-field", "invoices", "note:blob")
        self.assertTrue(all(line.startswith("tollgate: add_fields.0") for line in lines), lines)
        self.done("resources", "drop", "Invoice")
        self.assertEqual(self.refused("resources", "show", "invoices"),
                         ['tollgate: resource: none is named "invoices"'])


class Usage(CommandLine):
    def test_shows_counts_a_series_and_the_log(self):
        key = self.server.key()
        for _ in range(3):
            self.server.as_key(key["key"], "GET", "/api/data")
        name = str(key["id"])
        shown = self.done("usage", "show", "--key", name, "--group-by", "endpoint,status")
        self.assertEqual((shown["count"], shown["total"]), (3, 3))
        self.assertEqual(shown["series"][0]["group"], {"endpoint": "/api/data", "status": 200})
        lines = self.terminal("usage", "show", name, "--group-by", "endpoint,status", columns=160,
                              NO_COLOR="1")
        self.assertIn("endpoint=/api/data status=200", lines[-1])
        self.assertEqual([line.split()[1] for line in lines if line.startswith("count ")], ["3"])
        logs = self.done("usage", "logs", "--key", name)
        self.assertEqual([row["endpoint"] for row in logs], ["/api/data"] * 3)
        logs = self.done("usage", "logs", "--tenant", "acme", "--all", "--limit", "2")
        self.assertEqual(len(logs), 3)
        for flags, count in ((("--status", "2xx", "--method", "GET", "--ip", "127.0.0.0/8"), 3),
                             (("--endpoint", "/api/d*", "--from", "2020-01-01T00:00:00Z"), 3),
                             (("--status", "404"), 0), (("--to", "2020-01-01T00:00:00Z"), 0)):
            self.assertEqual(len(self.done("usage", "logs", "--key", name, *flags)), count, flags)
        self.assertEqual([line.split(": ")[1] for line in
                          self.refused("usage", "show", name, "--window", "week")], ["window"])


class Tokens(CommandLine):
    def test_every_command_does_what_the_api_does(self):
        made = self.done("tokens", "create", "watcher", "--role", "read_only")
        row = {name: value for name, value in made.items() if name != "token"}
        name = str(made["id"])
        self.assertEqual(self.done("tokens", "show", name), row)
        self.assertEqual(self.done("tokens", "list"), [row])
        self.assertEqual(self.done("tokens", "update", name, "--name", "viewer")["name"], "viewer")
        self.assertEqual(self.done("tenants", "count", "--token", made["token"])["count"], 0)
        status, _, errors = self.run_command("tenants", "create", "x", "--token", made["token"])
        self.assertEqual((status, errors.count("\n")), (1, 1))
        self.done("tenants", "create", "Acme")
        status, text, _ = self.run_command("tokens", "create", "acme", "--role", "tenant",
                                           "--tenant", "acme", "--quiet")
        self.assertEqual(status, 0)
        self.assertRegex(text, r"\Ata_[A-Za-z0-9_-]{43}\n\Z")
        self.assertEqual(self.done("tokens", "count")["count"], 2)
        self.done("tokens", "delete", name)
        self.assertEqual(self.refused("tenants", "count", "--token", made["token"]),
                         ["tollgate: Admin token required"])
        self.assertEqual([line.split(": ")[1] for line in
                          self.refused("tokens", "create", "y", "--role", "king")], ["role"])

        entries = self.done("audit", "list", "--resource", "admin_tokens", "--row", name)
        self.assertEqual([entry["action"] for entry in entries],
                         ["admin_token.created", "admin_token.updated", "admin_token.deleted"])
        newest = self.done("audit", "list", "--sort", "-id", "--all", "--limit", "1")
        self.assertEqual(newest[0]["action"], "admin_token.deleted")
        self.assertEqual(self.done("audit", "count")["count"], len(newest))
        self.assertEqual(self.done("audit", "show", str(newest[0]["id"])), newest[0])
        table = self.terminal("audit", "list", "--actor", "root", columns=120, NO_COLOR="1")
        self.assertIn("admin_token.created", table[1])


class Webhooks(CommandLine):
    def test_every_command_does_what_the_api_does(self):
        self.server.tenant("Acme", slug="acme")
        made = self.done("webhooks", "create", "https://example.com/hook", "--tenant", "acme",
                         "--events", "key.*,tenant.updated", "--ordered", "--description", "d")
        self.assertTrue(made["secret"].startswith("whsec_"))
        row = {name: value for name, value in made.items() if name != "secret"}
        self.assertEqual((row["events"], row["ordered"]), (["key.*", "tenant.updated"], True))
        name = str(made["id"])
        self.assertEqual(self.done("webhooks", "show", name), row)
        self.assertEqual(self.done("webhooks", "list", "--tenant", "acme"), [row])
        changed = self.done("webhooks", "update", name, "--to", "https://example.com/other",
                            "--events", "*", "--inactive", "--unordered")
        self.assertEqual((changed["url"], changed["events"], changed["is_active"],
                          changed["ordered"]), ("https://example.com/other", ["*"], False, False))
        status, text, _ = self.run_command("webhooks", "rotate-secret", name, "--overlap-seconds",
                                           "60", "--quiet")
        self.assertEqual((status, text.startswith("whsec_"), text.count("\n")), (0, True, 1))
        self.assertEqual(self.done("webhooks", "count")["count"], 1)
        self.done("webhooks", "delete", name)
        self.assertEqual(self.done("webhooks", "list"), [])
        self.assertEqual(len(self.done("webhooks", "list", "--deleted")), 1)
        self.done("webhooks", "restore", name)
        self.assertEqual({line.split(": ")[1] for line in
                          self.refused("webhooks", "create", "ftp://x", "--tenant", "acme")},
                         {"url", "events"})


class Reaching(CommandLine):
    def test_the_token_is_found_in_each_of_its_places(self):
        path = os.path.join(self.server.folder, "token")
        with open(path, "w", encoding="ascii") as file:
            file.write(self.server.token + "\n")
        url = {"TOLLGATE_URL": self.server.url}
        for flags, more in ((("--token", self.server.token), {}),
                            (("--token-file", path), {"TOLLGATE_ADMIN_TOKEN": "wrong"}),
                            ((), {"TOLLGATE_ADMIN_TOKEN": self.server.token}),
                            (("--data", self.server.data), {})):
            with self.subTest(flags=flags):
                status, out, errors, _ = run_to_end("tenants", "count", *flags,
                                                    environment=url | more)
                self.assertEqual((status, errors), (0, ""))
                self.assertIn("count", json.loads(out))
        status, _, errors, _ = run_to_end("tenants", "count", "--data", "/nowhere",
                                          environment=url)
        self.assertEqual(status, 1)
        self.assertIn("no admin token: can't read /nowhere/admin.token", errors)

    def test_the_url_of_the_command_line_counts_before_the_environment(self):
        status, out, _ = self.run_command("tenants", "count", "--url", self.server.url,
                                          TOLLGATE_URL="http://127.0.0.1:1")
        self.assertEqual((status, json.loads(out)), (0, {"count": 0}))

    def test_says_why_a_server_does_not_answer_or_refuses(self):
        status, out, errors = self.run_command("keys", "list", TOLLGATE_URL="http://127.0.0.1:1")
        self.assertEqual(status, 1)
        self.assertRegex(errors, r"^tollgate: http://127\.0\.0\.1:1/api/keys: .+\n$")
        status, out, errors = self.run_command("keys", "count", TOLLGATE_ADMIN_TOKEN="x" * 20)
        self.assertEqual((status, out, errors), (1, "", "tollgate: Admin token required\n"))

    def test_help_has_an_example_for_each_command(self):
        for group, names in (
                ("tenants", "list show create update delete restore count"),
                ("keys", "list show create update delete revoke restore rotate verify count"),
                ("resources", "list show add-field drop"), ("usage", "show logs"),
                ("tokens", "list show create update delete count"), ("audit", "list show count"),
                ("webhooks", "list show create update delete restore rotate-secret count")):
            status, text, _, _ = run_to_end(group, "--help")
            self.assertEqual(status, 0)
            for name in names.split():
                self.assertIn(f"  {name} ", text)
                status, about, _, _ = run_to_end(group, name, "--help")
                self.assertEqual(status, 0)
                self.assertIn(f"tollgate {group} {name}", about.split("Example:")[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
