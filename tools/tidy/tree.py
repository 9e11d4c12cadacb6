"""The files under check, read once and shared by all checks."""

import fnmatch
import functools
import os
from pathlib import Path

import lexer

CPP_SUFFIXES = (".h", ".cc")
_NEVER_READ = {".git"}  # A folder; in a linked work tree, a file.


class Source:
    """One text file. Everything derived from its text is computed at first use and kept."""

    def __init__(self, root: Path, path: str):
        self.path = path
        self._root = root

    @functools.cached_property
    def text(self) -> str:
        return (self._root / self.path).read_text(encoding="utf-8", errors="replace")

    @functools.cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @functools.cached_property
    def code(self) -> str:
        """The text with comments and contents of literals blanked (C++ files only)."""
        return lexer.mask(self.text) if self.is_cpp else self.text

    @property
    def is_cpp(self) -> bool:
        return self.path.endswith(CPP_SUFFIXES)

    @property
    def is_header(self) -> bool:
        return self.path.endswith(".h")

    @property
    def stem(self) -> str:
        """The path without its suffix: "core/base/bytes"."""
        return os.path.splitext(self.path)[0]

    def matches(self, patterns: list[str]) -> bool:
        return matches(self.path, patterns)


def matches(path: str, patterns: list[str]) -> bool:
    """Whether `path` is one of the patterns: a glob whose * crosses folders, or a folder."""
    return any(
        fnmatch.fnmatchcase(path, pattern) or path.startswith(pattern.rstrip("/") + "/")
        for pattern in patterns
    )


class Tree:
    """The text files below `root`, but for the folders that .gitignore names ("build/")."""

    def __init__(self, root: Path):
        self.root = root
        self._sources = {path: Source(root, path) for path in sorted(self._walk())}

    def __iter__(self):
        return iter(self._sources.values())

    def __contains__(self, path: str) -> bool:
        return path in self._sources

    def get(self, path: str) -> Source | None:
        return self._sources.get(path)

    def cpp(self, folders: list[str] | None = None) -> list[Source]:
        """The C++ files, all or those below one of `folders`."""
        return [s for s in self if s.is_cpp and (folders is None or s.matches(folders))]

    def _walk(self):
        folders, files = _ignored(self.root)
        for folder, subfolders, names in os.walk(self.root):
            subfolders[:] = [name for name in subfolders if name not in folders]
            for name in names:
                path = Path(folder, name)
                ignored = any(fnmatch.fnmatchcase(name, pattern) for pattern in files)
                if not ignored and not path.is_symlink() and _is_text(path):
                    yield path.relative_to(self.root).as_posix()


def _ignored(root: Path) -> tuple[set[str], list[str]]:
    """Names of folders, and patterns of file names, that .gitignore leaves out."""
    folders, files = set(_NEVER_READ), list(_NEVER_READ)
    ignore = root / ".gitignore"
    lines = ignore.read_text(encoding="utf-8").split() if ignore.exists() else []
    for line in lines:
        if line.endswith("/"):
            folders.add(line.strip("/"))
        else:
            files.append(line.lstrip("/"))
    return folders, files


def _is_text(path: Path) -> bool:
    with path.open("rb") as file:
        return b"\0" not in file.read(4096)
