"""/openapi.json of the real binary: linted, compiled into a client that works, and replayed.

The npm packages of openapi/package-lock.json are installed once into the build folder.
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from server import PROGRAM, Server

HERE = Path(__file__).resolve().parent / "openapi"
COPIED = ("package.json", "package-lock.json", ".npmrc", "redocly.yaml", "tsconfig.json",
          "client.ts", "validate.mjs")
INSTALL_TIMEOUT_S = 200
# The linter is not to ask the network for newer versions of itself, nor to tell of its use.
QUIET = {"REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "REDOCLY_TELEMETRY": "off"}

CUSTOMER = {"name": "Customer", "fields": ["name:string:required,index"]}
INVOICE = {
    "name": "Invoice",
    "fields": [
        "number:string:required,max:20,unique",
        "amount:money:required,ge:0,index",
        "customer_id:integer:foreign:customers.id",
        "status:enum:choices:draft|sent|paid,required,default:draft",
        "paid_on:date:index",
        "code:string:required,regex:^[A-Z]{2,3}-[0-9]+$",
    ],
}
TYPES = ("string text integer bigint float decimal money percent boolean datetime date time email "
         "url uuid json phone slug ip color enum").split()
READING = {"name": "Reading", "read_only": True, "fields": ["at:datetime:required,index"]}


def every_type(name, *rules):
    """A resource with a field of each type."""
    def field(kind):
        own = [*rules, "choices:a|b"] if kind == "enum" else list(rules)
        return f"f_{kind}:{kind}" + (":" + ",".join(own) if own else "")
    return {"name": name, "fields": [field(kind) for kind in TYPES]}


def installed():
    """The folder with node_modules, in the build folder; installed anew when the lock differs."""
    folder = Path(PROGRAM).resolve().parent.parent / "openapi_client"
    folder.mkdir(exist_ok=True)
    for name in COPIED:
        shutil.copy(HERE / name, folder / name)
    wanted = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text(encoding="ascii") != wanted:
        stamp.unlink(missing_ok=True)
        run(folder, "npm", "ci", "--ignore-scripts", timeout=INSTALL_TIMEOUT_S)
        stamp.write_text(wanted, encoding="ascii")
    return folder


def run(folder, *command, timeout=120, environment=None, text=None):
    """Standard output of a command that must succeed."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=timeout,
                          input=text, env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done.stdout


class OpenApi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tools = installed()
        cls.bin = cls.tools / "node_modules" / ".bin"
        cls.server = Server("--shards", "2").start()
        cls.addClassCleanup(cls.server.discard)
        for definition in (CUSTOMER, INVOICE, every_type("Anything"),
                           every_type("Everything", "required"), READING):
            cls.server.made("/api/resources", definition)
        cls.key = cls.server.key(rate_limit=None)["key"]
        cls.folder = tempfile.mkdtemp(prefix="tollgate-openapi-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        answer = cls.server.request("GET", "/openapi.json")
        cls.document = answer.json
        cls.file = os.path.join(cls.folder, "openapi.json")
        Path(cls.file).write_bytes(answer.body)

    def test_passes_the_linter_without_a_warning(self):
        output = run(self.tools, self.bin / "redocly", "lint", self.file, "--config",
                     "redocly.yaml", "--format", "json", environment=QUIET)
        totals = json.loads(output[output.index("{"):])["totals"]
        self.assertEqual((totals["errors"], totals["warnings"], totals["ignored"]), (0, 0, 0))

    def test_a_generated_client_compiles_and_works(self):
        run(self.tools, self.bin / "openapi-typescript", self.file, "-o", "schema.d.ts",
            "--default-non-nullable=false")
        run(self.tools, self.bin / "tsc", "-p", ".")
        environment = {"TOLLGATE_URL": self.server.url, "TOLLGATE_KEY": self.key}
        self.assertEqual(run(self.tools, "node", "client.js", environment=environment), "ok\n")

    def test_is_made_anew_when_a_definition_changes(self):
        first = self.server.request("GET", "/openapi.json")
        same = self.server.request("GET", "/openapi.json", None,
                                   f"If-None-Match: {first.headers['etag']}")
        self.assertEqual(same.status, 304)
        defined = self.server.made("/api/resources", {"name": "Late", "fields": ["a:string"]})
        self.assertIn("/api/lates", self.server.request("GET", "/openapi.json").json["paths"])
        self.server.api("DELETE", f"/api/resources/{defined['id']}")
        gone = self.server.request("GET", "/openapi.json").json["paths"]
        self.assertNotIn("/api/lates", gone)

    # Every operation with its example: its answer is in the document, as it says.

    def credential(self, operation):
        schemes = [name for each in operation["security"] for name in each]
        if "adminToken" in schemes:
            return f"Authorization: Bearer {self.server.token}"
        return f"X-API-Key: {self.key}"

    def answer_schema(self, pointer, status, operation):
        """The pointer to the schema of an answer with that status; None: it has no JSON."""
        answer = operation["responses"][status]
        if "$ref" in answer:
            pointer = answer["$ref"].removeprefix("#")
            answer = self.document["components"]["responses"][pointer.rsplit("/", 1)[1]]
        else:
            pointer += f"/responses/{status}"
        if "application/json" not in answer.get("content", {}):
            return None
        return pointer + "/content/application~1json/schema"

    def replay(self, method, path, ids):
        """Sends one operation. Returns what is to be validated of its answer."""
        operation = self.document["paths"][path][method]
        body = None
        if "requestBody" in operation:
            body = operation["requestBody"]["content"]["application/json"]["example"]
        collection = path.split("/{id}")[0]
        target = path.replace("{id}", str(ids.get(collection, 1)))
        answer = self.server.request(method.upper(), target, body, self.credential(operation))
        status = str(answer.status)
        self.assertIn(status, operation["responses"], f"{method} {path}: {answer}")
        if operation["operationId"].startswith("create"):
            self.assertEqual(status, "201", f"{method} {path} {body}: {answer}")
            ids[collection] = answer.data["id"]
        elif "requestBody" in operation:
            self.assertEqual(status, "200", f"{method} {path} {body}: {answer}")
        pointer = "/paths/" + path.replace("/", "~1") + "/" + method
        schema = self.answer_schema(pointer, status, operation)
        if schema is None or path == "/openapi.json":
            return []
        return [{"operation": f"{method} {path} {status}", "schema": schema, "body": answer.json}]

    def test_every_example_is_answered_as_the_document_says(self):
        rank = ["post", "get", "put", "patch", "delete"]
        operations = [(rank.index(method), path, method)
                      for path, item in self.document["paths"].items()
                      for method in item if method in rank]
        # Rows that others refer to come first, restoring last.
        operations.sort(key=lambda each: (each[1].endswith("/restore"), each[0],
                                          each[1] != "/api/customers", each[1]))
        self.assertGreater(len(operations), 60)
        ids = {}
        answers = []
        for _, path, method in operations:
            answers += self.replay(method, path, ids)
        given = json.dumps({"document": self.document, "answers": answers})
        self.assertEqual(run(self.tools, "node", "validate.mjs", text=given), "")
        self.assertGreater(len(answers), 55)

    def test_refusals_are_as_the_document_says(self):
        failure = "/components/schemas/Failure"
        asked = [("GET", "/api/invoices/999", None), ("POST", "/api/invoices", {}),
                 ("POST", "/api/invoices", b"{"), ("POST", "/api/invoices", {"id": 1})]
        answers = [self.server.as_key(self.key, *each) for each in asked]
        self.assertEqual([answer.status for answer in answers], [404, 422, 400, 422])
        answers.append(self.server.request("GET", "/api/invoices"))
        given = {"document": self.document,
                 "answers": [{"operation": str(answer.status), "schema": failure,
                              "body": answer.json} for answer in answers]}
        self.assertEqual(run(self.tools, "node", "validate.mjs", text=json.dumps(given)), "")


if __name__ == "__main__":
    unittest.main(verbosity=2)
