#!/usr/bin/env python3
"""Runs clang-tidy with the root's .clang-tidy over the product's sources.

Skips those that passed before and haven't changed. Prints PATH:LINE: CHECK: TEXT; exits 1 with
findings.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from finding import Finding
from headers import CPP_FLAGS, tool_version
from passed import Passed
from tree import Source, Tree

_TOOL = "clang-tidy-19"
_FOLDERS = ["core", "net", "storage", "tools/cli", "tools/tollgate"]
_FAULT = re.compile(r"^(?P<path>[^\s:]+):(?P<line>\d+):\d+: (?:error|warning): (?P<message>.*)$")
_RULE = re.compile(r"\s*\[(?P<rule>[\w.,-]+)\]$")


class ClangTidy:
    """Threads: check() may run on several at once."""

    def __init__(self, tree: Tree, cache: Path | None):
        self._tree = tree
        settings = (tree.root / ".clang-tidy").read_text(encoding="utf-8")
        self._passed = Passed(tree, cache, (tool_version(_TOOL), CPP_FLAGS, settings))

    def check(self, source: Source) -> set[Finding]:
        if self._passed.has(source):
            return set()
        file = str(self._tree.root / source.path)
        command = [_TOOL, "--quiet", file, "--", *CPP_FLAGS, f"-I{self._tree.root}"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            self._passed.add(source)
            return set()
        return self._findings(result.stdout) or {
            Finding(source.path, 0, "clang-tidy", (result.stderr or "failed").splitlines()[-1])
        }

    def _findings(self, output: str) -> set[Finding]:
        return {
            self._finding(match) for line in output.splitlines() if (match := _FAULT.match(line))
        }

    def _finding(self, match: re.Match) -> Finding:
        path = os.path.relpath(match["path"], self._tree.root)
        rule = _RULE.search(match["message"])
        name = rule["rule"].removesuffix(",-warnings-as-errors") if rule else "clang-tidy"
        return Finding(path, int(match["line"]), name, _RULE.sub("", match["message"]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    root = Path(__file__).resolve().parents[2]
    parser.add_argument("--root", type=Path, default=root, help="the tree to check")
    parser.add_argument("--cache", type=Path, help="where files that passed are remembered")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="runs at a time")
    arguments = parser.parse_args()
    start = time.monotonic()
    tree = Tree(arguments.root.resolve())
    sources = [source for source in tree.cpp(_FOLDERS) if not source.is_header]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        # A header's finding is reported by each file that includes it: once is enough.
        findings = set().union(*pool.map(ClangTidy(tree, arguments.cache).check, sources))
    for finding in sorted(findings):
        print(finding)
    seconds = time.monotonic() - start
    print(f"clang-tidy: {len(sources)} files, {len(findings)} findings, {seconds:.1f} s")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
