"""The include edges: every #include follows an arrow that layers.txt allows."""

import fnmatch
import re
from dataclasses import dataclass, field
from pathlib import Path

from finding import DataFileError, Finding
from tree import Source, Tree, matches

DATA_FILE = "layers.txt"
_INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"(?P<own>[^"]+)"|<(?P<system>[^>]+)>)')


@dataclass(frozen=True)
class Include:
    path: str
    line: int
    is_own: bool  # Written with quotes.


@dataclass
class Layers:
    edges: dict[str, list[str]] = field(default_factory=dict)
    users: dict[str, list[str]] = field(default_factory=dict)  # Library header -> its users.

    def folder_of(self, path: str) -> str | None:
        """The longest folder of layers.txt that holds `path`."""
        holders = [folder for folder in self.edges if path.startswith(folder + "/")]
        return max(holders, key=len, default=None)


def read_layers(path: Path) -> Layers:
    layers = Layers()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        left, colon, right = line.partition(":")
        if not colon:
            raise DataFileError(f"{path.name}:{number}: no colon")
        if left.startswith("only "):
            layers.users[left.removeprefix("only ").strip()] = right.split()
        else:
            layers.edges[left.strip()] = right.split()
    return layers


def includes_of(source: Source) -> list[Include]:
    """The file's #include lines; those in comments and raw strings don't count."""
    masked = source.code.splitlines()
    found = []
    for number, line in enumerate(source.lines, start=1):
        match = _INCLUDE.match(line)
        if match and "#" in masked[number - 1]:
            path = match["own"] or match["system"]
            found.append(Include(path, number, is_own=match["own"] is not None))
    return found


def check_layers(tree: Tree, layers: Layers) -> list[Finding]:
    return [
        Finding(source.path, include.line, "layers", message)
        for source in tree.cpp()
        for include in includes_of(source)
        if (message := _fault(tree, layers, source, include))
    ]


def _fault(tree: Tree, layers: Layers, source: Source, include: Include) -> str | None:
    if not include.is_own:
        return _library_fault(layers, source, include)
    if include.path not in tree:
        return f'"{include.path}" is no file of this tree; includes are rooted at the repository'
    user, used = layers.folder_of(source.path), layers.folder_of(include.path)
    if user is None or used is None:
        unknown = source.path if user is None else include.path
        return f"{unknown} lies in no folder of {DATA_FILE}"
    if user == used or used in layers.edges[user] or "*" in layers.edges[user]:
        return None
    return f"{user} may not include {used}; the allowed edges are in tools/tidy/{DATA_FILE}"


def _library_fault(layers: Layers, source: Source, include: Include) -> str | None:
    for header, users in layers.users.items():
        if fnmatch.fnmatchcase(include.path, header) and not matches(source.path, users):
            return f"<{include.path}> may be included by {', '.join(users)} only"
    return None
