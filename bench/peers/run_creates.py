#!/usr/bin/env python3
"""Measures durable creations over HTTP, beside LMDB alone with the same records and batches.

Each round copies the seeded store for each of the two, so that none works on the other's pages.
Server and load generator have a CPU of their own. See README.md beside this file."""

import argparse
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import urllib.request

import run_peers
import servers

ROWS = 10  # Stored for each tenant.

# name: (path, body, at least so many a second by connections, as admin)
KINDS = {
    "keys": ("/api/keys", '{"name":"Bench Key","tenant_id":1}', {64: 6_000, 256: 10_000}, True),
    "rows": ("/api/data", '{"name":"a row","value":{"kind":"example","count":1}}',
             {64: 20_000, 256: 20_000}, False),
}
LEAST_OF_BARE = 0.8  # Of what LMDB alone does, for keys.


def parse_flags():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="measured, a kind and round")
    parser.add_argument("--keys", type=int, default=1_000_000, help="stored keys")
    parser.add_argument("--connections", type=int, nargs="+", default=[64, 256])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--server-cpu", type=int, default=0)
    parser.add_argument("--client-cpu", type=int, default=1)
    parser.add_argument("--bin", type=pathlib.Path, default=run_peers.ROOT / "build/release/bin",
                        help="directory of tollgate, tollgate-load and bare_writer")
    parser.add_argument("--seeded", type=pathlib.Path,
                        help="directory to keep the seeded store in, and to find it in again")
    parser.add_argument("--check", action="store_true", help="exit 1 where a budget is missed")
    return parser.parse_args()


class Creates:
    def __init__(self, flags, work):
        self.flags = flags
        self.work = pathlib.Path(work)
        self.bench = run_peers.Bench(flags, work)
        self.bench.store.mkdir(parents=True, exist_ok=True)
        if not (self.bench.keys_file.exists() and self.bench.data().exists()):
            print(f"seeding {flags.keys} keys", file=sys.stderr)
            servers.seed(self.bench.program("tollgate"), self.bench.data(), flags.keys, ROWS,
                         self.bench.keys_file)

    def copy(self):
        """The seeded data, for one run."""
        data = self.work / "data"
        shutil.rmtree(data, ignore_errors=True)
        subprocess.run(["cp", "-r", "--sparse=always", self.bench.data(), data], check=True)
        return data

    def served(self, kind, connections):
        """Creations a second over HTTP, and how many a commit they were."""
        path, body, _, as_admin = KINDS[kind]
        data = self.copy()
        server = servers.Tollgate(self.work / "server", self.flags.server_cpu,
                                  self.bench.program("tollgate"), data)
        with server:
            with open(self.bench.keys_file, encoding="ascii") as keys:
                credential = f"X-API-Key: {keys.readline().strip()}"
            if as_admin:
                credential = "Authorization: Bearer " + (data / "admin.token").read_text().strip()
            before = commits(server.port)
            command = [self.bench.program("tollgate-load"),
                       "--url", f"http://127.0.0.1:{server.port}{path}", "--method", "POST",
                       "--header", credential, "--body", body, "--connections", connections,
                       "--cpu", self.flags.client_cpu, "--expect", 201, "--json",
                       "--duration", f"{self.flags.seconds}s"]
            done = subprocess.run(list(map(str, command)), capture_output=True, text=True,
                                  check=False)
            result = json.loads(done.stdout or "{}")
            if not result.get("clean"):
                raise servers.SetupError(f"not every creation was answered 201: {done.stdout}"
                                         f"{done.stderr}")
            made = commits(server.port) - before
        return result["rps"], max(1, round(result["answered"] / made))

    def bare(self, kind, batch):
        """The same by LMDB alone."""
        command = ["taskset", "-c", self.flags.server_cpu, self.bench.program("bare_writer"),
                   self.copy() / "store", kind, batch, self.flags.seconds]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
        return json.loads(done.stdout)["per_second"]


def commits(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        found = re.search(r"(?m)^tollgate_store_commits_total (\d+)", answer.read().decode())
    return int(found[1])


def main():
    flags = parse_flags()
    missed = False
    with tempfile.TemporaryDirectory(dir=flags.seeded) as work:
        creates = Creates(flags, work)
        print(f"{'':16}{'served':>10}{'a commit':>10}{'bare':>10}{'ratio':>8}{'least':>8}")
        for kind in flags.kinds:
            for connections in flags.connections:
                rounds = []
                for _ in range(flags.rounds):
                    served, batch = creates.served(kind, connections)
                    rounds.append((served, batch, creates.bare(kind, batch)))
                served, batch, bare = (statistics.median(column) for column in zip(*rounds))
                ratio = statistics.median(each[0] / each[2] for each in rounds)
                least = KINDS[kind][2].get(connections, 0)
                print(f"{kind:10}{connections:6}{served:10.0f}{batch:10.0f}{bare:10.0f}{ratio:8.2f}"
                      f"{least:8}", flush=True)
                missed |= served < least or (kind == "keys" and ratio < LEAST_OF_BARE)
    return 1 if flags.check and missed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except servers.SetupError as error:
        sys.exit(f"run_creates.py: {error}")
