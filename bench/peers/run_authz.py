#!/usr/bin/env python3
"""Measures what a gateway's question costs tollgate, beside a direct request for data.

One server, asked in alternating rounds as run_peers.py does it: GET /api/data (ten rows), then the
questions of /v1/authz. See README.md beside this file."""

import argparse
import pathlib
import statistics
import sys
import tempfile

import run_peers
import servers

BUDGET = 1.15  # Of the CPU time of a direct request, for the questions that the budget names.

# name: (path, original method and URI in nginx's fields or None, whether the budget counts for it)
QUESTIONS = {
    "data": ("/api/data", None, False),
    "nginx": ("/v1/authz/nginx", ("GET", "/orders/7?page=2"), True),
    "nginx, own path": ("/v1/authz/nginx", ("GET", "/api/data/7"), True),
    "envoy": ("/v1/authz/envoy/orders/7?page=2", None, True),
    "nginx, ?scope=": ("/v1/authz/nginx?scope=orders:read", ("GET", "/orders/7"), False),
}


def parse_flags():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=2.0, help="measured, a question and round")
    parser.add_argument("--warm-seconds", type=float, default=0.5, help="before, not measured")
    parser.add_argument("--keys", type=int, default=100_000, help="stored keys")
    parser.add_argument("--server-cpu", type=int, default=0)
    parser.add_argument("--client-cpu", type=int, default=1)
    parser.add_argument("--bin", type=pathlib.Path,
                        default=run_peers.ROOT / "build/release/bin",
                        help="directory of tollgate and tollgate-load")
    parser.add_argument("--seeded", type=pathlib.Path,
                        help="directory to keep the seeded store in, and to find it in again")
    parser.add_argument("--check", action="store_true", help="exit 1 where the budget is missed")
    return parser.parse_args()


def fields(original):
    if original is None:
        return []
    method, uri = original
    return ["--header", f"X-Original-Method: {method}", "--header", f"X-Original-URI: {uri}"]


def measure_all(bench):
    load_flags = run_peers.SCENARIOS["hot"][1]
    rounds = {name: [] for name in QUESTIONS}
    with bench.make("tollgate", False) as server:
        for number in range(bench.flags.rounds):
            for name, (path, original, _) in QUESTIONS.items():
                bench.path = path
                rounds[name].append(bench.measure(server, [*load_flags, *fields(original)], number))
            print(f"round {number + 1} of {bench.flags.rounds}", file=sys.stderr)
    return rounds


def print_table(rounds):
    """Prints medians. Returns how many questions missed the budget."""
    missed = 0
    print(f"{'':18}{'CPU us':>8}{'x data':>8}{'shard us':>10}{'p50 us':>8}{'req/s':>9}"
          f"{'bytes':>7}{'others':>8}")
    for name, parts in rounds.items():
        ratio = statistics.median(part["cpu_us"] / data["cpu_us"]
                                  for part, data in zip(parts, rounds["data"]))
        median = {figure: statistics.median(part[figure] for part in parts)
                  for figure in ("cpu_us", "shard_us", "p50_us", "rps", "answer_bytes", "foreign")}
        verdict = ""
        if QUESTIONS[name][2]:
            missed += ratio > BUDGET
            verdict = f"  at most {BUDGET}: {'met' if ratio <= BUDGET else 'MISSED'}"
        print(f"{name:18}{median['cpu_us']:8.2f}{ratio:8.2f}{median['shard_us']:10.2f}"
              f"{median['p50_us']:8.1f}{median['rps']:9.0f}{median['answer_bytes']:7.0f}"
              f"{median['foreign']:8.0%}{verdict}")
    return missed


def main():
    flags = parse_flags()
    try:
        with tempfile.TemporaryDirectory(prefix="tollgate-authz-") as work:
            bench = run_peers.Bench(flags, work)
            bench.prepare(["tollgate"])
            rounds = measure_all(bench)
    except servers.SetupError as error:
        print(f"run_authz: {error}", file=sys.stderr)
        return 2
    machine = run_peers.environment()
    print(f"{machine['cpu']}, {machine['cpus']} CPUs, Linux {machine['kernel']}, "
          f"{machine['time']}; {flags.rounds} rounds of {flags.seconds} s, medians")
    missed = print_table(rounds)
    return 1 if flags.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
