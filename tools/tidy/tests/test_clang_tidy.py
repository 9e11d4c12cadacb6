"""clang-tidy's findings come out as ours, and a file that failed is looked at again."""

import shutil
import unittest

from planted import RULES, PlantedTree
from clang_tidy import ClangTidy

_FAULTY = """\
#include <string>
#include <utility>
std::string f(std::string a) {
  std::string b = std::move(a);
  return b + a;
}
"""


@unittest.skipUnless(shutil.which("clang-tidy-19"), "clang-tidy-19 is not installed")
class ClangTidyRun(PlantedTree):
    def check(self, text: str):
        settings = (RULES.parents[1] / ".clang-tidy").read_text(encoding="utf-8")
        tree = self.plant({"core/domain/a.cc": text, ".clang-tidy": settings})
        return ClangTidy(tree, self.root / "build").check(tree.get("core/domain/a.cc"))

    def test_names_place_and_check(self):
        for _ in range(2):
            found = [(f.path, f.line, f.rule) for f in self.check(_FAULTY)]
            self.assertEqual(found, [("core/domain/a.cc", 5, "bugprone-use-after-move")])

    def test_passes_a_file_without_faults(self):
        self.assertEqual(self.check("int f(int a) { return a; }\n"), set())


if __name__ == "__main__":
    unittest.main()
