"""Separates C++ code from its comments and literals, without parsing it.

mask() keeps every character's position: a reader of the masked text can look for code by regular
expression, and count lines and columns, without being fooled by a brace in a string.
"""

import re

# One alternative for each thing that hides its content. Order matters: a raw string begins like an
# identifier followed by a string; a digit separator (1'000) must not open a character literal.
_HIDDEN = re.compile(
    r"""
      (?P<line_comment>//(?:[^\n\\]|\\.|\\\n)*)
    | (?P<block_comment>/\*.*?(?:\*/|\Z))
    | (?P<raw>\b(?:u8|[uUL])?R"(?P<tag>[^()\\\s]{0,16})\(.*?(?:\)(?P=tag)"|\Z))
    | (?P<number>\b\d(?:'?[\w.])*)
    | (?P<string>"(?:[^"\\\n]|\\.)*(?:"|(?=\n)|\Z))
    | (?P<char>'(?:[^'\\\n]|\\.)+')
    """,
    re.VERBOSE | re.DOTALL,
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE | re.DOTALL)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def _hide(match: re.Match) -> str:
    text = match.group()
    if match.lastgroup == "number":
        return text.replace("'", "_")
    if match.lastgroup in ("line_comment", "block_comment"):
        return _blank(text)
    # A literal keeps its quotes, so that code around it still reads as an expression.
    quote = text[-1] if text[-1] in "\"'" else '"'
    return quote + _blank(text[1:-1]) + quote if len(text) > 1 else text


def mask(text: str) -> str:
    """`text` with comments and the contents of literals blanked; the same length and lines."""
    return _HIDDEN.sub(_hide, text)


def mask_directives(masked: str) -> str:
    """`masked` with preprocessor lines, continuations included, blanked too."""
    return _DIRECTIVE.sub(lambda match: _blank(match.group()), masked)


def raw_string_lines(text: str) -> set[int]:
    """The lines that lie at least partly in a raw string: data, which can't be broken at will."""
    lines: set[int] = set()
    for match in _HIDDEN.finditer(text):
        if match.lastgroup == "raw":
            first = line_of(text, match.start())
            lines.update(range(first, first + match.group().count("\n") + 1))
    return lines


def line_of(text: str, offset: int) -> int:
    """The line, counted from 1, in which `offset` lies."""
    return text.count("\n", 0, offset) + 1
