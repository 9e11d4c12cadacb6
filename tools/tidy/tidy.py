#!/usr/bin/env python3
"""Checks the rules of this tree that a machine can check. Prints PATH:LINE: RULE: TEXT for each
finding; exits 0 without any, 1 with some, 2 when a rule file is malformed.

The rules are data: layers.txt (include edges), bans.ini (what must not be written), untested.txt
(sources without a test of their own), and the bounds at the head of sizes.py.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import bans
import layers
import mirror
from finding import DataFileError, Finding
from headers import check_headers
from sizes import check_sizes
from tree import Tree

_RULES = Path(__file__).resolve().parent


def check(tree: Tree, rules: Path) -> list[Finding]:
    """All checks that need no compiler."""
    return (
        layers.check_layers(tree, layers.read_layers(rules / layers.DATA_FILE))
        + check_sizes(tree)
        + bans.check_bans(tree, bans.read_bans(rules / bans.DATA_FILE))
        + mirror.check_mirror(tree, mirror.read_untested(rules / mirror.DATA_FILE))
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--root", type=Path, default=_RULES.parents[1], help="the tree to check")
    parser.add_argument("--rules", type=Path, default=_RULES, help="the folder of the rule files")
    parser.add_argument("--cache", type=Path, help="where headers that passed are remembered")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="compilers at a time")
    parser.add_argument("--no-headers", action="store_true", help="don't compile the headers")
    return parser.parse_args()


def main() -> int:
    arguments = _arguments()
    start = time.monotonic()
    tree = Tree(arguments.root.resolve())
    try:
        findings = check(tree, arguments.rules)
    except DataFileError as error:
        print(f"tidy: {error}", file=sys.stderr)
        return 2
    if not arguments.no_headers:
        findings += check_headers(tree, arguments.cache, arguments.jobs)
    for finding in sorted(findings):
        print(finding)
    seconds = time.monotonic() - start
    print(f"tidy: {len(list(tree))} files, {len(findings)} findings, {seconds:.1f} s")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
