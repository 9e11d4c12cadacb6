"""What must not be written, and where: the rules are in bans.ini, each with its reason."""

import configparser
import re
from dataclasses import dataclass, field
from pathlib import Path

from finding import DataFileError, Finding
from lexer import line_of
from tree import Source, Tree

DATA_FILE = "bans.ini"
_KEYS = {"pattern", "in", "where", "except", "instead"}


@dataclass(frozen=True)
class Ban:
    """One section of bans.ini."""

    name: str
    pattern: re.Pattern
    subject: str  # What the pattern is searched in: "code", "text" or "name".
    where: list[str]
    instead: str
    exceptions: dict[str, str] = field(default_factory=dict)  # Path pattern -> reason.

    def applies_to(self, source: Source) -> bool:
        if self.subject == "code" and not source.is_cpp:
            return False
        return source.matches(self.where) and not source.matches(list(self.exceptions))


def read_bans(path: Path) -> list[Ban]:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",))
    parser.read_string(path.read_text(encoding="utf-8"), source=path.name)
    return [_ban(path.name, parser[name]) for name in parser.sections()]


def _ban(file: str, section: configparser.SectionProxy) -> Ban:
    place = f"{file} [{section.name}]"
    unknown = set(section) - _KEYS
    missing = {"pattern", "instead"} - set(section)
    if unknown or missing:
        raise DataFileError(f"{place}: unknown {sorted(unknown)}, missing {sorted(missing)}")
    subject = section.get("in", "code")
    if subject not in ("code", "text", "name"):
        raise DataFileError(f"{place}: in = code, text or name, not {subject}")
    return Ban(
        name=section.name,
        pattern=re.compile(section["pattern"].strip(), re.MULTILINE),
        subject=subject,
        where=section.get("where", "*").split(),
        instead=" ".join(section["instead"].split()),
        exceptions=_exceptions(place, section.get("except", "")),
    )


def _exceptions(place: str, lines: str) -> dict[str, str]:
    exceptions = {}
    for line in filter(None, (line.strip() for line in lines.splitlines())):
        path, _, reason = line.partition(":")
        if not reason.strip():
            raise DataFileError(f"{place}: the exception {path} gives no reason")
        exceptions[path.strip()] = reason.strip()
    return exceptions


def check_bans(tree: Tree, bans: list[Ban]) -> list[Finding]:
    return [
        finding
        for source in tree
        for ban in bans
        if ban.applies_to(source)
        for finding in _search(source, ban)
    ]


def _search(source: Source, ban: Ban) -> list[Finding]:
    if ban.subject == "name":
        match = ban.pattern.search(source.path)
        return [Finding(source.path, 0, ban.name, ban.instead)] if match else []
    text = source.code if ban.subject == "code" else source.text
    findings = []
    for match in ban.pattern.finditer(text):
        shown = " ".join(match.group().split())[:40]
        message = f"`{shown}`: {ban.instead}"
        findings.append(Finding(source.path, line_of(text, match.start()), ban.name, message))
    return findings
