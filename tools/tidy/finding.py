"""What a check reports: a place, the rule that is broken there, and what to do about it."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    path: str  # Relative to the root of the tree.
    line: int  # Counted from 1; 0 means the whole file.
    rule: str
    message: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.rule}: {self.message}"


class DataFileError(Exception):
    """A rule file of tidy itself is malformed; the text names the file and what is wrong."""
