"""Remembers which files passed a check that takes seconds, so that it runs again only on change."""

import hashlib
from pathlib import Path

from layers import includes_of
from tree import Source, Tree


class Passed:
    """One empty file for each passed check, named by a digest of all that its outcome depends on.

    Threads: may be used from several at once, for different sources.
    """

    def __init__(self, tree: Tree, folder: Path | None, salt: object):
        """`salt` is what the outcome depends on besides the sources: the tool and its settings.
        Without a folder nothing is remembered."""
        self._tree = tree
        self._folder = folder
        self._salt = repr(salt).encode()
        if folder:
            folder.mkdir(parents=True, exist_ok=True)

    def has(self, source: Source) -> bool:
        return self._folder is not None and self._file(source).exists()

    def add(self, source: Source) -> None:
        if self._folder is not None:
            self._file(source).touch()

    def _file(self, source: Source) -> Path:
        digest = hashlib.sha256(self._salt)
        for path in sorted(self._closure(source)):
            digest.update(path.encode() + b"\0" + self._tree.get(path).text.encode() + b"\0")
        return self._folder / digest.hexdigest()

    def _closure(self, source: Source) -> set[str]:
        """The source and all files of the tree that it includes, however far away."""
        seen: set[str] = set()
        open_ends = [source.path]
        while open_ends:
            path = open_ends.pop()
            included = self._tree.get(path)
            if included is not None and path not in seen:
                seen.add(path)
                open_ends += [include.path for include in includes_of(included)]
        return seen
