#!/usr/bin/env python3
"""Measures tollgate against its peers in alternating rounds. See README.md beside this file."""

import argparse
import contextlib
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import servers

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATH = "/api/data"
ROWS = 10
DEFAULT_ANSWER_BYTES = 1400  # Where tollgate is not there to be asked.
SPIN_US = 50
SETTLE_S = 0.2  # Work that a server puts off, such as writing its log, is charged to the round.
BARE_LIMIT = 0.95  # Of nginx's CPU per request: a bare responder that needs more was disturbed.

# name: (what it is, load flags, peers that spin)
SCENARIOS = {
    "hot": ("64 connections, 64 hot keys",
            ["--connections", "64", "--hot-keys", "64"], False),
    "uniform": ("64 connections, keys uniform over all",
                ["--connections", "64", "--key-choice", "uniform"], False),
    "pipelined": ("64 connections, pipelined by 16, 64 hot keys",
                  ["--connections", "64", "--pipeline", "16", "--hot-keys", "64"], False),
    "single": ("1 connection", ["--connections", "1", "--hot-keys", "64"], False),
    "single-spin": (f"1 connection, servers spin {SPIN_US} us",
                    ["--connections", "1", "--hot-keys", "64"], True),
}

# What tollgate must reach: scenario, figure, times the bare responder's.
BUDGETS = [
    ("hot", "shard_us", 1.10), ("hot", "cpu_us", 1.15), ("uniform", "cpu_us", 1.35),
    ("pipelined", "cpu_us", 1.90), ("single", "p50_us", 1.05), ("single-spin", "p50_us", 1.10),
]


def parse_flags():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", default="bare,nginx,lua,tollgate",
                        help="which of bare, nginx, lua, tollgate; in the order of a round")
    parser.add_argument("--scenarios", default=",".join(SCENARIOS), help=", ".join(SCENARIOS))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="measured, a peer and round")
    parser.add_argument("--warm-seconds", type=float, default=0.5, help="before, not measured")
    parser.add_argument("--keys", type=int, default=1_000_000, help="stored keys")
    parser.add_argument("--server-cpu", type=int, default=0)
    parser.add_argument("--client-cpu", type=int, default=1)
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin",
                        help="directory of tollgate, tollgate-load and bare_responder")
    parser.add_argument("--seeded", type=pathlib.Path,
                        help="directory to keep the seeded store in, and to find it in again")
    parser.add_argument("--out", type=pathlib.Path, help="write everything as JSON to this file")
    parser.add_argument("--check", action="store_true", help="exit 1 where a budget is missed")
    return parser.parse_args()


class Bench:
    """One run: the servers that are up, and how to load one of them."""

    def __init__(self, flags, work):
        self.flags = flags
        self.work = pathlib.Path(work)
        self.store = (flags.seeded or self.work / "store").resolve()
        self.keys_file = self.store / f"keys-{flags.keys}"
        self.answer_bytes = DEFAULT_ANSWER_BYTES
        self.path = PATH

    def program(self, name):
        path = self.flags.bin.resolve() / name
        if not path.exists():
            raise servers.SetupError(f"{path} is missing: build it, or name another --bin")
        return path

    def data(self):
        return self.store / f"data-{self.flags.keys}"

    def prepare(self, peers):
        """Makes the keys, and learns from tollgate how large the others' answers must be."""
        self.store.mkdir(parents=True, exist_ok=True)
        if "tollgate" not in peers:
            if not self.keys_file.exists():
                servers.make_keys(self.keys_file, self.flags.keys)
            return
        if not (self.keys_file.exists() and self.data().exists()):
            print(f"seeding {self.flags.keys} keys", file=sys.stderr)
            servers.seed(self.program("tollgate"), self.data(), self.flags.keys, ROWS,
                         self.keys_file)
        with self.make("tollgate", False) as server, open(self.keys_file) as keys:
            key = keys.readline().strip()
            self.answer_bytes = servers.data_answer_bytes(server, PATH, key, ROWS)

    def make(self, peer, spin):
        work, cpu = self.work / f"{peer}{'-spin' if spin else ''}", self.flags.server_cpu
        spin_us = SPIN_US if spin else 0
        if peer == "bare":
            return servers.Bare(work, cpu, self.program("bare_responder"), self.answer_bytes,
                                spin_us)
        if peer == "nginx":
            return servers.NginxPlain(work, cpu, self.answer_bytes, self.keys_file)
        if peer == "lua":
            return servers.NginxLua(work, cpu, self.answer_bytes, self.keys_file)
        if peer == "tollgate":
            return servers.Tollgate(work, cpu, self.program("tollgate"), self.data(), spin_us)
        raise servers.SetupError(f"there is no peer {peer}")

    def load(self, server, load_flags, seconds):
        command = [self.program("tollgate-load"), "--url", f"http://127.0.0.1:{server.port}{self.path}",
                   "--keys", self.keys_file, "--cpu", self.flags.client_cpu, "--json",
                   "--expect", 200, "--duration", f"{seconds}s", *load_flags]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
        if done.returncode not in (0, 1) or not done.stdout:
            raise servers.SetupError(f"tollgate-load failed: {done.stderr}")
        result = json.loads(done.stdout)
        if not result["clean"]:
            raise servers.SetupError(f"{server.name} did not answer every request: {done.stdout}")
        return result

    def measure(self, server, load_flags, number):
        """One peer's part of a round. Each round draws other keys."""
        load_flags = [*load_flags, "--seed", str(number + 1)]
        self.load(server, load_flags, self.flags.warm_seconds)
        machine_before, (total_before, before) = machine_busy_s(), server.cpu_ns()
        started = time.monotonic()
        result = self.load(server, load_flags, self.flags.seconds)
        time.sleep(SETTLE_S)
        took = time.monotonic() - started
        (total, after), machine_after = server.cpu_ns(), machine_busy_s()
        answered = result["answered"]
        cpu_us = (total - total_before) / 1e3 / answered
        threads = {name: (ns - before.get(name, 0)) / 1e3 / answered
                   for name, ns in after.items() if ns > before.get(name, 0)}
        own = (cpu_us + result["client_cpu_us"]) * answered / 1e6
        return {
            "answered": answered, "rps": result["rps"], "cpu_us": cpu_us,
            "shard_us": sum(us for name, us in threads.items() if name.startswith("tg-shard")),
            "threads_us": threads, "p50_us": result["latency_us"]["p50"],
            "p99_us": result["latency_us"]["p99"], "client_us": result["client_cpu_us"],
            "answer_bytes": result["bytes_received"] / answered,
            "foreign": max(0.0, machine_after - machine_before - own) / took / os.cpu_count(),
        }


def machine_busy_s():
    """CPU seconds that anything used on this machine so far, what the host took included."""
    fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _iowait, irq, softirq, steal = map(int, fields)
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def run_scenario(bench, scenario, peers):
    _, load_flags, spin = SCENARIOS[scenario]
    if spin:  # The others have no such mode.
        peers = [peer for peer in peers if peer in ("bare", "tollgate")]
    rounds = {peer: [] for peer in peers}
    with contextlib.ExitStack() as stack:
        up = {peer: stack.enter_context(bench.make(peer, spin)) for peer in peers}
        for number in range(bench.flags.rounds):
            for peer in peers:
                rounds[peer].append(bench.measure(up[peer], load_flags, number))
            print(f"{scenario}: round {number + 1} of {bench.flags.rounds}", file=sys.stderr)
    return {peer: {"summary": summarize(parts, rounds.get("bare")), "rounds": parts}
            for peer, parts in rounds.items()}


def summarize(parts, bare_parts):
    """Medians; and of each figure the median of its round-by-round ratios to the bare responder."""
    figures = ["rps", "cpu_us", "shard_us", "p50_us", "p99_us", "client_us", "answer_bytes",
               "foreign"]
    summary = {figure: statistics.median(part[figure] for part in parts) for figure in figures}
    names = sorted({name for part in parts for name in part["threads_us"]})
    summary["threads_us"] = {
        name: statistics.median(part["threads_us"].get(name, 0.0) for part in parts)
        for name in names}
    if bare_parts:
        # A shard thread is compared to the whole bare responder, which is one thread.
        against = {"cpu_us": "cpu_us", "shard_us": "cpu_us", "p50_us": "p50_us"}
        summary["ratio"] = {
            figure: statistics.median(part[figure] / bare[of]
                                      for part, bare in zip(parts, bare_parts))
            for figure, of in against.items()}
    return summary


def print_table(scenario, result):
    print(f"\n{scenario}: {SCENARIOS[scenario][0]}")
    print(f"  {'peer':9}{'CPU us':>8}{'x bare':>7}{'shard us':>9}{'x bare':>7}{'p50 us':>9}"
          f"{'x bare':>7}{'p99 us':>9}{'req/s':>10}{'client us':>10}{'bytes':>7}{'others':>7}")
    for peer, measured in result.items():
        one = measured["summary"]
        ratio = {name: f"{value:.2f}" for name, value in one.get("ratio", {}).items()}
        shard = one["shard_us"] > 0
        print(f"  {peer:9}{one['cpu_us']:8.2f}{ratio.get('cpu_us', '-'):>7}"
              f"{format(one['shard_us'], '.2f') if shard else '-':>9}"
              f"{ratio.get('shard_us', '-') if shard else '-':>7}"
              f"{one['p50_us']:9.1f}{ratio.get('p50_us', '-'):>7}{one['p99_us']:9.1f}"
              f"{one['rps']:10.0f}{one['client_us']:10.2f}{one['answer_bytes']:7.0f}"
              f"{one['foreign']:7.0%}")
    for peer, measured in result.items():
        threads = measured["summary"]["threads_us"]
        if len(threads) > 1:
            shares = ", ".join(f"{name} {us:.3f}" for name, us in threads.items())
            print(f"  {peer} by thread, CPU us: {shares}")


def check_bare(results):
    """Whether the bare responder was undisturbed, by scenario that is judged by CPU."""
    valid = {}
    judged = {scenario for scenario, figure, _ in BUDGETS if figure != "p50_us"}
    for scenario, result in results.items():
        if scenario not in judged or "bare" not in result or "nginx" not in result:
            continue
        bare, nginx = (result[peer]["summary"]["cpu_us"] for peer in ("bare", "nginx"))
        valid[scenario] = bare <= BARE_LIMIT * nginx
        verdict = "counts" if valid[scenario] else "DOES NOT COUNT: run again on a quiet machine"
        print(f"  {scenario:12} bare {bare:.2f} us is {bare / nginx:.2f} x nginx "
              f"(at most {BARE_LIMIT}): {verdict}")
    return valid


def check_budgets(results):
    missed = 0
    for scenario, figure, limit in BUDGETS:
        ratio = results.get(scenario, {}).get("tollgate", {}).get("summary", {}).get("ratio")
        if not ratio:
            continue
        met = 0 < ratio[figure] <= limit  # 0: there is no thread of that name.
        missed += not met
        print(f"  {scenario:12} {figure:9} {ratio[figure]:.2f} x bare, at most {limit:.2f}: "
              f"{'met' if met else 'MISSED'}")
    return missed


def environment():
    model = next((line.split(":", 1)[1].strip()
                  for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), "unknown")
    return {"time": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "kernel": platform.release(), "cpu": model, "cpus": os.cpu_count()}


def main():
    flags = parse_flags()
    peers, scenarios = flags.peers.split(","), flags.scenarios.split(",")
    unknown = [name for name in scenarios if name not in SCENARIOS]
    if unknown or flags.rounds < 1:
        print(f"run_peers: no such scenario: {', '.join(unknown)}", file=sys.stderr)
        return 2
    try:
        with tempfile.TemporaryDirectory(prefix="tollgate-peers-") as work:
            bench = Bench(flags, work)
            bench.prepare(peers)
            results = {scenario: run_scenario(bench, scenario, peers) for scenario in scenarios}
    except servers.SetupError as error:
        print(f"run_peers: {error}", file=sys.stderr)
        return 2
    machine = environment()
    print(f"\n{machine['cpu']}, {machine['cpus']} CPUs, Linux {machine['kernel']}, "
          f"{machine['time']}; {flags.rounds} rounds of {flags.seconds} s, medians")
    for scenario, result in results.items():
        print_table(scenario, result)
    print("\nbare responder against nginx")
    valid = check_bare(results)
    print("\nbudgets")
    missed = check_budgets(results)
    if flags.out:
        flags.out.parent.mkdir(parents=True, exist_ok=True)
        settings = {name: str(value) for name, value in vars(flags).items()}
        flags.out.write_text(json.dumps({"machine": machine, "settings": settings,
                                         "bare_counts": valid, "scenarios": results}, indent=1))
    return 1 if flags.check and (missed or not all(valid.values())) else 0


if __name__ == "__main__":
    sys.exit(main())
