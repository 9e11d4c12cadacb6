"""tests/unit mirrors the tree: each source has a test of the same path, each test has a source."""

from pathlib import Path

from finding import DataFileError, Finding
from functions import find_functions
from tree import Source, Tree

DATA_FILE = "untested.txt"
_FOLDERS = ["core", "net", "storage", "tools/cli"]
_TESTS = "tests/unit/"
_SUFFIX = "_test.cc"
# An inline function from this many lines on has something to get wrong.
_INLINE_LINES_MIN = 6


def read_untested(path: Path) -> dict[str, str]:
    """Sources without a test of their own, tests without one source -> why."""
    untested = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        source, _, reason = line.partition(":")
        if not reason.strip():
            raise DataFileError(f"{path.name}:{number}: no reason")
        untested[source.strip()] = reason.strip()
    return untested


def check_mirror(tree: Tree, untested: dict[str, str]) -> list[Finding]:
    sources = [source for source in tree.cpp(_FOLDERS) if _needs_test(tree, source)]
    tests = [path.path for path in tree if _is_unit_test(path)]
    return (
        _sources_without_test(sources, tests, untested)
        + _tests_without_source(tree, tests, untested)
        + _stale_reasons(tree, sources, tests, untested)
    )


def _is_unit_test(source: Source) -> bool:
    return source.path.startswith(_TESTS) and source.path.endswith(_SUFFIX)


def _needs_test(tree: Tree, source: Source) -> bool:
    if not source.is_header:
        return True
    if f"{source.stem}.cc" in tree:
        return False
    return any(
        function.is_definition and function.line_count >= _INLINE_LINES_MIN
        for function in find_functions(source.code)
    )


def _is_tested(source: Source, tests: list[str]) -> bool:
    """By SOURCE_test.cc, or by several that go on from its name: SOURCE_model_test.cc."""
    mirrored = _TESTS + source.stem
    return any(test.startswith(mirrored + "_") for test in tests)


def _sources_without_test(sources, tests, untested) -> list[Finding]:
    return [
        Finding(source.path, 0, "untested", f"no {_TESTS}{source.stem}{_SUFFIX}")
        for source in sources
        if source.path not in untested and not _is_tested(source, tests)
    ]


def _tests_without_source(tree, tests, untested) -> list[Finding]:
    return [
        Finding(test, 0, "test-without-source", "its path mirrors no source; move or rename it")
        for test in tests
        if test not in untested and not _has_source(tree, test)
    ]


def _has_source(tree: Tree, test: str) -> bool:
    """Whether the test goes on from a source's path; those of tests/support are in support/."""
    name = test.removeprefix(_TESTS).removesuffix("test.cc")
    stems = (source.stem.removeprefix("tests/") for source in tree.cpp() if source.path != test)
    return any(name.startswith(stem + "_") for stem in stems)


def _stale_reasons(tree, sources, tests, untested) -> list[Finding]:
    needed = {source.path for source in sources if not _is_tested(source, tests)}
    needed.update(test for test in tests if not _has_source(tree, test))
    return [
        Finding(f"tools/tidy/{DATA_FILE}", 0, "stale-reason", f"{path} needs no entry any more")
        for path in untested
        if path not in needed
    ]
