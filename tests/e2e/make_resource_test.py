"""tollgate make:resource and make:model: a definition from the command line, served at once."""

import json
import unittest

from server import Server, run_to_end

# Four definitions as somebody would type them, with every flag.
COMMANDS = (
    ("make:resource", "Organization",
     "-f", "name:string:required,max:100",
     "-f", "slug:slug:required,unique,index",
     "-f", "plan:string:default:free",
     "-f", "is_active:boolean:default:true",
     "-m"),
    ("make:resource", "Device",
     "-f", "key:string:required,unique,index",
     "-f", "name:string:required,max:100",
     "-f", "tenant_id:integer:required,foreign:tenants.id",
     "-f", "scopes:json:default:[]",
     "-f", "rate_limit:integer:default:1000",
     "-f", "last_used_at:datetime:nullable",
     "-f", "expires_at:datetime:nullable",
     "-m", "-p"),
    ("make:model", "AccessLog",
     "-f", "api_key_id:integer:required,foreign:api_keys.id",
     "-f", "endpoint:string:required,max:200",
     "-f", "method:string:required,max:10",
     "-f", "status_code:integer:required",
     "-f", "response_time:integer:required",
     "-f", "ip_address:ip:required",
     "-m"),
    ("make:resource", "Hook",
     "-f", "url:url:required",
     "-f", "tenant_id:integer:required,foreign:tenants.id",
     "-f", "events:json:required",
     "-f", "secret:string:required",
     "-f", "is_active:boolean:default:true",
     "-m", "-p"),
)


class MakeResource(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("--shards", "2").start()
        cls.addClassCleanup(cls.server.discard)
        cls.key = cls.server.key(rate_limit=None)

    def run_command(self, *arguments, token=None, url=None):
        environment = {"TOLLGATE_ADMIN_TOKEN": token or self.server.token,
                       "TOLLGATE_URL": url or self.server.url}
        status, out, errors, _ = run_to_end(*arguments, environment=environment)
        return status, out, errors

    def create(self, path, body):
        return self.server.as_key(self.key["key"], "POST", path, body)

    def test_defines_what_is_served_without_a_restart(self):
        for arguments in COMMANDS:
            with self.subTest(name=arguments[1]):
                status, out, errors = self.run_command(*arguments)
                self.assertEqual((status, errors), (0, ""))
                self.assertEqual(json.loads(out)["name"], arguments[1])
        row = self.create("/api/organizations", {"name": "Acme", "slug": "acme"}).data
        self.assertEqual((row["plan"], row["is_active"]), ("free", True))
        taken = self.create("/api/organizations", {"name": "Other", "slug": "acme"})
        self.assertEqual(taken.status, 409)
        row = self.create("/api/devices", {"key": "k", "name": "n",
                                           "tenant_id": self.key["tenant_id"]}).data
        self.assertEqual((row["scopes"], row["rate_limit"], row["expires_at"]), ([], 1000, None))
        self.assertEqual(self.create("/api/devices", {"key": "l", "name": "n",
                                                      "tenant_id": 999}).status, 422)
        self.assertEqual(self.create("/api/access_logs", {}).status, 405)
        self.assertEqual(self.create("/api/hooks", {"url": "nowhere", "events": ["*"],
                                                    "secret": "s"}).status, 422)
        hook = self.create("/api/hooks", {"url": "https://example.com/", "events": ["*"],
                                          "secret": "s"})
        self.assertEqual((hook.status, hook.data["is_active"]), (201, True))

    def test_says_which_field_and_rule_do_not_fit(self):
        status, out, errors = self.run_command("make:resource", "Thing", "-f", "a:blob",
                                               "-f", "b:integer:min:9,max:1")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("fields.0.type: ", errors)
        self.assertIn("fields.1.", errors)

    def test_says_why_a_server_does_not_answer_or_refuses(self):
        command = ("make:resource", "Thing", "-f", "a:string")
        status, _, errors = self.run_command(*command, url="http://127.0.0.1:1")
        self.assertEqual(status, 1)
        self.assertRegex(errors, r"^tollgate: http://127\.0\.0\.1:1/api/resources: .+\n$")
        status, _, errors = self.run_command(*command, token="x" * 20)
        self.assertEqual((status, errors), (1, "tollgate: Admin token required\n"))

    def test_needs_a_name_and_a_field(self):
        for arguments in (("make:resource",), ("make:resource", "Thing"),
                          ("make:model", "Thing", "--bogus")):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.run_command(*arguments)[0], 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
