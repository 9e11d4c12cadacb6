"""Each header compiles alone: whoever includes it needs to know of no other."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from finding import Finding
from passed import Passed
from tree import Source, Tree

CPP_FLAGS = ["-std=c++23", '-DTOLLGATE_VERSION=""']
_WARNINGS = ["-fsyntax-only", "-Wall", "-Wextra", "-Werror"]


def check_headers(tree: Tree, cache: Path | None, jobs: int) -> list[Finding]:
    """Compiles each header that has changed since it passed, `jobs` at a time."""
    check = _HeaderCheck(tree, cache)
    headers = [source for source in tree.cpp() if source.is_header]
    with ThreadPoolExecutor(jobs) as pool:
        return [finding for finding in pool.map(check.compile, headers) if finding]


class _HeaderCheck:
    def __init__(self, tree: Tree, cache: Path | None):
        self._command = ["g++", *CPP_FLAGS, *_WARNINGS, f"-I{tree.root}", "-x", "c++", "-"]
        self._passed = Passed(tree, cache, (tool_version("g++"), self._command))

    def compile(self, header: Source) -> Finding | None:
        if self._passed.has(header):
            return None
        # Twice, so that a header without its guard is found too.
        stub = f'#include "{header.path}"\n' * 2
        result = subprocess.run(
            self._command, input=stub, capture_output=True, text=True, check=False
        )
        if result.returncode == 0:
            self._passed.add(header)
            return None
        return Finding(header.path, 0, "header-alone", _first_error(result.stderr))


def tool_version(tool: str) -> str:
    return subprocess.run([tool, "--version"], capture_output=True, text=True, check=True).stdout


def _first_error(stderr: str) -> str:
    errors = [line for line in stderr.splitlines() if " error: " in line]
    return "does not compile alone: " + (errors or stderr.splitlines() or ["?"])[0]
