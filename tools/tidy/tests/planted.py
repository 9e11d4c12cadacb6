"""A small tree that keeps every rule, and the means to plant a violation in it."""

import shutil
import sys
import tempfile
import unittest
from pathlib import Path

RULES = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(RULES))

import tidy  # noqa: E402  (found through the path above)
from finding import Finding  # noqa: E402
from tree import Tree  # noqa: E402

CLEAN = {
    ".gitignore": "build/\n*.swp\n",
    "core/base/bytes.h": "#pragma once\n\n#include <span>\n\ninline int one() { return 1; }\n",
    "core/domain/bucket.h": "#pragma once\n\n#include \"core/base/bytes.h\"\n\nint take(int n);\n",
    "core/domain/bucket.cc": "#include \"core/domain/bucket.h\"\n\nint take(int n) { return n; }\n",
    "tests/unit/core/domain/bucket_test.cc":
        "#include \"core/domain/bucket.h\"\n\nTEST(Bucket, TakesWhatIsThere) {}\n",
    "tools/tollgate/main.cc": "int main() { return 0; }\n",
    "README.md": "# A tree\n",
}


class PlantedTree(unittest.TestCase):
    """Makes trees in a folder of its own and says what tidy finds there."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="tidy-")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name, "tree")
        self.rules = Path(folder.name, "rules")
        self.rules.mkdir(parents=True)
        for file in ("layers.txt", "bans.ini"):
            shutil.copy(RULES / file, self.rules)
        self.excuse("")

    def excuse(self, untested: str):
        """Replaces the list of sources that need no test; it is empty at first."""
        (self.rules / "untested.txt").write_text(untested, encoding="utf-8")

    def plant(self, files: dict[str, str]) -> Tree:
        """The clean tree with `files` added or replaced."""
        for path, text in {**CLEAN, **files}.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return Tree(self.root)

    def findings(self, files: dict[str, str]) -> list[Finding]:
        return tidy.check(self.plant(files), self.rules)

    def assert_found(self, rule: str, path: str, text: str, line: int = 0):
        """The planted file breaks `rule`, in `line` if that is given."""
        found = [f for f in self.findings({path: text}) if f.rule == rule and f.path == path]
        self.assertTrue(found, f"{rule} was not found in {path}:\n{text}")
        if line:
            self.assertEqual(found[0].line, line)

    def assert_not_found(self, rule: str, path: str, text: str):
        """The file keeps `rule`."""
        found = [f for f in self.findings({path: text}) if f.rule == rule and f.path == path]
        self.assertEqual(found, [])
