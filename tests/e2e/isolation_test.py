"""Tenants see their own rows and nothing of others': random operations on every route of the table,
from four tenants in turn on pipelined connections to several shards, beside a plain model.

Each row holds its tenant's mark, and no answer may hold another's. Ids (but those of webhooks,
which are asked for by every tenant), unique values, references, versions, cursors and
Idempotency-Keys are the same small numbers and words for all tenants, so that whatever crosses from
one to another makes an answer differ from the model's.

Each seed does 6000 operations, so many that every kind of refusal comes about. TOLLGATE_LONG=1: 50
seeds instead of 2. TOLLGATE_SEED: the first seed.
"""

import json
import os
import random
import subprocess
import unittest

from server import LONG, Server
from wire import get, post

SEEDS = 50 if LONG else 2
OPERATIONS = 6000
BATCH = 12  # Requests that a connection writes together.
IDS = 25  # Rows are asked for by ids up to this one.
CODES = [f"code-{number}" for number in range(6)]
ONCE = [f"once-{number}" for number in range(30)]
DEFINITIONS = (
    {"name": "Asset", "fields": ["code:string:required,unique", "owner:string:index",
                                 "rank:integer:index"]},
    {"name": "Part", "fields": ["asset_id:integer:foreign:assets.id,index", "owner:string:index"]},
)
FIELDS = {"assets": ("code", "owner", "rank"), "parts": ("asset_id", "owner"),
          "data": ("name", "value")}


def routes():
    """The rows of the route table that are for tenants: (pattern, method) pairs."""
    done = subprocess.run([os.environ["TOLLGATE_ROUTES"]], check=True, capture_output=True,
                          text=True)
    table = [json.loads(line) for line in done.stdout.splitlines()]
    return [(row["pattern"], method) for row in table
            if row["audience"] in ("tenant", "admin_or_tenant") for method in row["methods"]]


class Row:
    def __init__(self, number, values):
        self.number = number
        self.values = values
        self.version = 1
        self.deleted = False


class Tenant:
    """What one tenant's answers must be."""

    def __init__(self, number, key):
        self.mark = f"mark-of-{number}-"
        self.id = key["tenant_id"]
        self.key = key["key"]
        self.rows = {path: {} for path in (*FIELDS, "webhooks")}
        self.first = {}  # (path, Idempotency-Key) -> values, status and row of the first answer.

    def live(self, path):
        return [row for row in self.rows[path].values() if not row.deleted]

    def find(self, path, number):
        row = self.rows[path].get(number)
        return row if row and not row.deleted else None

    def refusal(self, path, values, but=None):
        """The status that the values get because of other rows; None: they fit."""
        if path == "assets":
            taken = any(row.values["code"] == values["code"] for row in self.live(path)
                        if row is not but)
            return 409 if taken else None
        if path == "parts" and values["asset_id"] is not None:
            unchanged = but is not None and not but.deleted and \
                but.values["asset_id"] == values["asset_id"]
            return None if unchanged or self.find("assets", values["asset_id"]) else 422
        return None


class Operation:
    """A request, and what is expected of its answer: a status (None: any), and the rows."""

    def __init__(self, tenant, data, status=None, rows=None, method="GET", replayed=False):
        self.replayed = replayed
        self.tenant = tenant
        self.data = data
        self.status = status
        self.rows = rows
        self.method = method


class Webhooks:
    """Their ids are the store's: whoever makes one gets the next, and asks for others', too."""

    def __init__(self):
        self.made = 0
        self.first = 1  # Of those that the present tenants can have.

    def operation(self, generator, tenant, pattern, method):
        number = self.first + generator.random.randrange(IDS)
        target = pattern.replace("{id}", str(number))
        make = {
            ("", "POST"): self.create, ("", "GET"): self.list, ("/count", "GET"): generator.count,
            ("/{id}", "GET"): generator.show, ("/{id}", "DELETE"): generator.delete,
            ("/{id}", "PUT"): self.change, ("/{id}", "PATCH"): self.change,
            ("/{id}/restore", "POST"): self.restore, ("/{id}/rotate_secret", "POST"): self.rotate,
        }.get((pattern.removeprefix("/api/webhooks"), method))
        if make is None:
            body = None if method in ("HEAD", "OPTIONS") else {}
            return Operation(tenant, generator.ask(tenant, method, target, body), method=method)
        if getattr(make, "__self__", None) is generator:
            return make(tenant, "webhooks", number, target, method)
        return make(generator, tenant, number, target, method)

    @staticmethod
    def values(generator, tenant):
        return {"url": f"https://hooks.example.com/{tenant.mark}",
                "events": generator.random.choice([["*"], ["key.*", "asset.created"]]),
                "description": tenant.mark, "is_active": generator.random.random() < 0.5,
                "ordered": generator.random.random() < 0.5}

    def create(self, generator, tenant, _, target, method):
        values = self.values(generator, tenant)
        owner = generator.random.choice([tenant, tenant, *generator.tenants])
        data = generator.ask(tenant, method, target, {**values, "tenant_id": owner.id})
        if owner is not tenant:
            return Operation(tenant, data, 422)
        self.made += 1
        values["tenant_id"] = tenant.id
        tenant.rows["webhooks"][self.made] = Row(self.made, values)
        return Operation(tenant, data, 201, [dict(values, id=self.made)])

    def change(self, generator, tenant, number, target, method):
        values = self.values(generator, tenant)
        if method == "PATCH":
            del values["events"]
        return self.changed(generator, tenant, number, values, method, target, values)

    def rotate(self, generator, tenant, number, target, method):
        body = generator.random.choice([{}, {"overlap_seconds": 60},
                                        {"secret": f"a secret, {tenant.mark}"}])
        return self.changed(generator, tenant, number, {}, method, target, body)

    @staticmethod
    def changed(generator, tenant, number, values, *request):
        version = generator.random.choice([None, None, 1, 2])
        fields = () if version is None else (f'If-Match: "{version}"',)
        data = generator.ask(tenant, *request, *fields)
        row = tenant.find("webhooks", number)
        if not row:
            return Operation(tenant, data, 404)
        if version not in (None, row.version):
            return Operation(tenant, data, 412)
        row.values = {**row.values, **values}
        row.version += 1
        return Operation(tenant, data, 200, [dict(row.values, id=number)])

    @staticmethod
    def restore(generator, tenant, number, target, method):
        data = generator.ask(tenant, method, target)
        row = tenant.rows["webhooks"].get(number)
        if not row or not row.deleted:
            return Operation(tenant, data, 409 if row else 404)
        row.deleted = False
        row.version += 1
        return Operation(tenant, data, 200, [dict(row.values, id=number)])

    @staticmethod
    def list(generator, tenant, number, target, method):
        everything = generator.random.random() < 0.5
        rows = tenant.rows["webhooks"].values() if everything else tenant.live("webhooks")
        query = f"?limit=1000&cursor={number}" + ("&include_deleted=true" if everything else "")
        wanted = [dict(row.values, id=row.number) for row in rows if row.number > number]
        return Operation(tenant, generator.ask(tenant, method, target + query), 200, wanted)


class Generator:
    def __init__(self, tenants, seed, webhooks):
        self.tenants = tenants
        self.webhooks = webhooks
        webhooks.first = webhooks.made + 1
        self.random = random.Random(seed)
        self.routes = routes()
        self.cursors = ["00", "6162", "ff"]  # Of any tenant, to be tried by every other.

    def next(self):
        tenant = self.random.choice(self.tenants)
        pattern, method = self.random.choice(self.routes)
        if pattern.startswith("/api/webhooks"):
            return self.webhooks.operation(self, tenant, pattern, method)
        path = "data" if pattern.startswith("/api/data") else self.random.choice(tuple(FIELDS))
        number = self.random.randint(1, IDS)
        target = pattern.replace("{resource}", path).replace("{id}", str(number))
        make = {
            ("rows", "POST"): self.create, ("rows", "GET"): self.list,
            ("row", "GET"): self.show, ("row", "PUT"): self.change, ("row", "PATCH"): self.change,
            ("row", "DELETE"): self.delete, ("count", "GET"): self.count,
            ("restore", "POST"): self.restore,
        }.get((self.kind(pattern), method))
        if make is None:
            # HEAD, OPTIONS, and routes that are newer than this test: nothing of others' in them.
            if method in ("GET", "HEAD", "OPTIONS"):
                data = get(target, f"X-API-Key: {tenant.key}", method=method)
                return Operation(tenant, data, method=method)
            return Operation(tenant, post(target, {}, f"X-API-Key: {tenant.key}", method=method),
                             method=method)
        return make(tenant, path, number, target, method)

    @staticmethod
    def kind(pattern):
        return {"/api/data": "rows", "/api/{resource}": "rows", "/api/data/{id}": "row",
                "/api/{resource}/{id}": "row", "/api/{resource}/count": "count",
                "/api/{resource}/{id}/restore": "restore"}.get(pattern, "other")

    def values(self, tenant, path):
        owner = tenant.mark + str(self.random.randint(1, 4))
        if path == "assets":
            return {"code": self.random.choice(CODES), "owner": owner,
                    "rank": self.random.choice([None, 1, 2, 3])}
        if path == "parts":
            return {"asset_id": self.random.choice([None, self.random.randint(1, IDS)]),
                    "owner": owner}
        return {"name": "row", "value": {"owner": owner}}

    @staticmethod
    def ask(tenant, method, target, body=None, *fields):
        fields = (f"X-API-Key: {tenant.key}", *fields)
        if body is None:
            return get(target, *fields, method=method)
        return post(target, body, *fields, method=method)

    def create(self, tenant, path, _, target, method):
        if self.random.random() < 0.5:
            return self.create_once(tenant, path, target, method)
        values = self.values(tenant, path)
        return Operation(tenant, self.ask(tenant, method, target, values),
                         *self.created(tenant, path, values))

    @staticmethod
    def created(tenant, path, values):
        """Status and rows of the answer."""
        status = tenant.refusal(path, values)
        if status:
            return status, None
        row = Row(len(tenant.rows[path]) + 1, values)
        tenant.rows[path][row.number] = row
        return 201, [dict(values, id=row.number)]

    def create_once(self, tenant, path, target, method):
        """With an Idempotency-Key that all tenants use; every other time as the first time."""
        key = self.random.choice(ONCE)
        values = self.values(tenant, path)
        first = tenant.first.get((path, key))
        if first and self.random.random() < 0.5:
            values = first[0]
        data = self.ask(tenant, method, target, values, f"Idempotency-Key: {key}")
        if not first:
            first = tenant.first[path, key] = values, *self.created(tenant, path, values)
            return Operation(tenant, data, *first[1:])
        if values == first[0]:
            return Operation(tenant, data, *first[1:], replayed=True)
        return Operation(tenant, data, 422)

    def show(self, tenant, path, number, target, method):
        row = tenant.find(path, number)
        rows = [dict(row.values, id=number)] if row else None
        return Operation(tenant, self.ask(tenant, method, target), 200 if row else 404, rows)

    def change(self, tenant, path, number, target, method):
        values = self.values(tenant, path)
        if method == "PATCH":
            values = {name: value for name, value in values.items() if self.random.random() < 0.6}
        version = self.random.choice([None, None, 1, 2, 3])
        fields = () if version is None else (f'If-Match: "{version}"',)
        data = self.ask(tenant, method, target, values, *fields)
        row = tenant.find(path, number)
        if not row:
            return Operation(tenant, data, 404)
        if version not in (None, row.version):
            return Operation(tenant, data, 412)
        changed = {**row.values, **values}
        status = tenant.refusal(path, changed, row)
        if status:
            return Operation(tenant, data, status)
        row.values = changed
        row.version += 1
        return Operation(tenant, data, 200, [dict(changed, id=number)])

    def delete(self, tenant, path, number, target, method):
        row = tenant.find(path, number)
        if row:
            row.deleted = True
            row.version += 1
        return Operation(tenant, self.ask(tenant, method, target), 200 if row else 404)

    def restore(self, tenant, path, number, target, method):
        data = self.ask(tenant, method, target)
        row = tenant.rows[path].get(number)
        if not row or not row.deleted:
            return Operation(tenant, data, 404)
        status = tenant.refusal(path, row.values, row)
        if status:
            return Operation(tenant, data, status)
        row.deleted = False
        row.version += 1
        return Operation(tenant, data, 200, [dict(row.values, id=number)])

    def count(self, tenant, path, _, target, method):
        rows = {"count": len(tenant.live(path))}
        return Operation(tenant, self.ask(tenant, method, target), 200, rows)

    def list(self, tenant, path, _, target, method):
        """A list that the model answers, or one from a cursor of anybody's, which it doesn't."""
        rows = tenant.live(path)
        query = ""
        choice = self.random.randint(0, 5)
        if choice == 0:
            rows = list(tenant.rows[path].values())
            query = "?include_deleted=true&limit=1000"
        elif choice == 1 and path != "data":
            owner = self.random.choice(self.tenants).mark + str(self.random.randint(1, 4))
            rows = [row for row in rows if row.values["owner"] == owner]
            query = f"?owner={owner}&limit=1000"
        elif choice == 2 and path == "assets":
            code = self.random.choice(CODES)
            rows = [row for row in rows if row.values["code"] == code]
            query = f"?code={code}"
        elif choice == 3 and path != "data":
            rows = sorted(rows, key=lambda row: row.values["owner"])
            query = "?sort=owner&limit=1000"
        elif choice == 4 and path != "data":
            query = f"?sort=-owner&limit=2&cursor={self.random.choice(self.cursors)}"
            return Operation(tenant, self.ask(tenant, method, target + query))
        else:
            query = "?limit=1000"
        wanted = [dict(row.values, id=row.number) for row in rows]
        return Operation(tenant, self.ask(tenant, method, target + query), 200, wanted)


class Isolation(unittest.TestCase):
    def setUp(self):
        self.server = Server("--shards", "3").start()
        self.addCleanup(self.server.discard)
        for definition in DEFINITIONS:
            self.server.made("/api/resources", definition)
        self.webhooks = Webhooks()

    def check(self, operation, answer, tenants):
        told = answer.body + repr(answer.fields).encode()
        for other in tenants:
            if other is not operation.tenant:
                self.assertNotIn(other.mark.encode(), told, operation.data)
        if operation.status is not None:
            self.assertEqual(answer.status, operation.status, (operation.data, answer))
        self.assertEqual("idempotency-replayed" in answer.headers, operation.replayed,
                         (operation.data, answer))
        if operation.rows is None or answer.status >= 400:
            return
        shown = answer.data if isinstance(answer.data, list) else [answer.data]
        if isinstance(operation.rows, dict):
            self.assertEqual(answer.data, operation.rows, operation.data)
            return
        for row in shown:
            for name in ("created_at", "updated_at", "deleted_at", "secret",
                         "previous_secret_expires_at"):
                row.pop(name, None)
        self.assertEqual(shown, operation.rows, operation.data)

    def run_seed(self, seed):
        tenants = [Tenant(f"{seed}-{number}", self.server.key(rate_limit=None, scopes=["*"]))
                   for number in range(4)]
        generator = Generator(tenants, seed, self.webhooks)
        connections = [self.server.connect() for _ in range(6)]
        statuses = {}
        try:
            for _ in range(OPERATIONS // BATCH):
                batch = [generator.next() for _ in range(BATCH)]
                connection = generator.random.choice(connections)
                connection.send(b"".join(operation.data for operation in batch))
                for operation in batch:
                    answer = connection.answer(head=operation.method == "HEAD")
                    self.check(operation, answer, tenants)
                    statuses[answer.status] = statuses.get(answer.status, 0) + 1
                    if answer.status == 200 and b'"next_cursor":"' in answer.body:
                        generator.cursors.append(answer.json["meta"]["next_cursor"])
        finally:
            for connection in connections:
                connection.close()
        for status in (200, 201, 404, 409, 412, 422):
            self.assertGreater(statuses.get(status, 0), 0, statuses)
        return statuses

    def test_no_answer_holds_or_confirms_a_row_of_another_tenant(self):
        first = int(os.environ.get("TOLLGATE_SEED", random.randrange(1 << 32)))
        total = 0
        for seed in range(first, first + SEEDS):
            with self.subTest(seed=seed):
                total += sum(self.run_seed(seed).values())
        print(f"TOLLGATE_SEED={first}: {total} operations over {SEEDS} seeds")


if __name__ == "__main__":
    unittest.main(verbosity=2)
