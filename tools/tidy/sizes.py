"""Bounds on what a reader has to hold at once: lines of a file, of a function; parameters."""

from dataclasses import dataclass

from finding import Finding
from functions import Function, find_functions
from lexer import raw_string_lines
from tree import Source, Tree

COLUMNS_MAX = 100
PARAMETERS_MAX = 5


@dataclass(frozen=True)
class Bound:
    lines_max: int
    patterns: list[str]


# The first row that matches a file counts.
FILE_BOUNDS = [
    Bound(59, ["main.cc", "*/main.cc"]),
    Bound(800, ["tests", "tools/*/tests"]),
    Bound(500, ["*"]),
]
FUNCTION_BOUNDS = [
    # The path of a checked request: one screen each.
    Bound(50, ["net/connection*", "net/http_parser*", "net/router*", "core/service/gate*",
               "storage/key_index*", "core/domain/token_bucket*", "storage/usage_log*",
               "net/http_response*"]),
    Bound(70, ["*"]),
]
_CODE_SUFFIXES = (".h", ".cc", ".py", ".sh")


def check_sizes(tree: Tree) -> list[Finding]:
    findings: list[Finding] = []
    for source in tree:
        if not _is_code(source):
            continue
        findings += _check_file(source)
        findings += _check_columns(source)
        if source.is_cpp:
            findings += _check_functions(source)
            findings += _check_pragma(source)
    return findings


def _is_code(source: Source) -> bool:
    return source.path.endswith(_CODE_SUFFIXES) or source.text.startswith("#!")


def _bound(source: Source, bounds: list[Bound]) -> int:
    return next(bound.lines_max for bound in bounds if source.matches(bound.patterns))


def _check_file(source: Source) -> list[Finding]:
    count, most = len(source.lines), _bound(source, FILE_BOUNDS)
    if count <= most:
        return []
    return [Finding(source.path, 0, "file-lines", f"{count} lines, at most {most}")]


def _check_columns(source: Source) -> list[Finding]:
    data = raw_string_lines(source.text) if source.is_cpp else set()
    return [
        Finding(source.path, number, "columns", f"{len(line)} columns, at most {COLUMNS_MAX}")
        for number, line in enumerate(source.lines, start=1)
        if len(line) > COLUMNS_MAX and number not in data and "://" not in line
    ]


def _check_functions(source: Source) -> list[Finding]:
    most = _bound(source, FUNCTION_BOUNDS)
    findings = []
    for function in find_functions(source.code):
        place = (source.path, function.first_line)
        if function.is_definition and function.line_count > most:
            text = f"{function.name} has {function.line_count} lines, at most {most}"
            findings.append(Finding(*place, "function-lines", text))
        if function.parameters > PARAMETERS_MAX and not _is_macro(function):
            text = f"{function.name} takes {function.parameters}, at most {PARAMETERS_MAX}"
            findings.append(Finding(*place, "parameters", text + "; make them a struct"))
    return findings


def _is_macro(function: Function) -> bool:
    return function.name.isupper()


def _check_pragma(source: Source) -> list[Finding]:
    if not source.is_header or "#pragma once" in source.lines:
        return []
    return [Finding(source.path, 0, "pragma-once", "a header has #pragma once")]
