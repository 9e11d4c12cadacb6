"""Finds functions in masked C++ by matching braces: where each begins, ends, and what it takes.

Not a parser. It relies on what clang-format guarantees about the layout of this tree and on the
rule that macros don't hide braces. A lambda belongs to the function it is written in.
"""

import re
from dataclasses import dataclass

import lexer


@dataclass(frozen=True)
class Function:
    name: str
    first_line: int
    last_line: int  # Of the closing brace; the line of the semicolon for a declaration.
    parameters: int
    is_definition: bool

    @property
    def line_count(self) -> int:
        return self.last_line - self.first_line + 1


_SCOPE = re.compile(
    r"^(?:inline\s+)?namespace\b|^extern\s*\"[^\"]*\"\s*$|"
    r"^(?:typedef\s+)?(?:class|struct|union|enum)\b(?![^<]*\)\s*(?:const)?\s*$)"
)
_ACCESS = re.compile(r"^(?:(?:public|protected|private)\s*:\s*)+")
_ATTRIBUTE = re.compile(
    r"\[\[[^\]]*\]\]|\b(?:alignas|__attribute__)\s*\([^()]*(?:\([^()]*\))*[^()]*\)"
)
_CALL_NAME = re.compile(
    r"(operator\s*(?:\(\s*\)|[^\s\w(]+|\w+)|~?[A-Za-z_][\w:~]*(?:<[^<>()]*>)?)\s*$"
)
_NOT_A_NAME = {"requires", "noexcept", "decltype", "explicit", "if", "while", "for", "switch",
               "static_assert", "sizeof", "return", "catch"}
_LAMBDA = re.compile(r"\[[^\[\]]*\]\s*(?:\((?P<parameters>.*)\))?[^()]*$", re.DOTALL)


def find_functions(masked: str) -> list[Function]:
    """All functions, members and free, of a file masked by lexer.mask(), in order."""
    return list(_Scanner(lexer.mask_directives(masked)).scan())


class _Scanner:
    """Walks scopes (namespaces and types); jumps over every other brace pair in one step."""

    def __init__(self, code: str):
        self._code = code
        self._closing = _matching_braces(code)

    def scan(self):
        head_start = 0
        position = 0
        while position < len(self._code):
            character = self._code[position]
            if character == "(":
                position = _skip_parentheses(self._code, position)
                continue
            if character in ";}":
                if character == ";":
                    yield from self._declaration(head_start, position)
                head_start = position + 1
            elif character == "{":
                position, ended = yield from self._brace(head_start, position)
                head_start = position + 1 if ended else head_start
            position += 1

    def _brace(self, head_start: int, brace: int):
        """Returns where to go on, and whether the statement that the brace belongs to is over."""
        head = _clean(self._code[head_start:brace])
        if _SCOPE.match(head):
            return brace, True
        closing = self._closing.get(brace, len(self._code) - 1)
        signature = _signature(head)
        if signature is None:
            signature = _lambda_value(head)
            if signature is None:
                return closing, False  # An initializer: the statement goes on to its semicolon.
        elif _is_member_initializer(head, signature.after):
            return closing, False
        yield self._function(signature, head_start, closing, is_definition=True)
        return closing, True

    def _declaration(self, head_start: int, semicolon: int):
        head = _clean(self._code[head_start:semicolon])
        signature = _signature(head)
        # "Type name(arguments);" at namespace scope reads as a declaration, which is harmless.
        if signature is not None and not head.startswith(("using", "friend", "typedef")):
            yield self._function(signature, head_start, semicolon, is_definition=False)

    def _function(self, signature, head_start: int, end: int, is_definition: bool) -> Function:
        text = self._code[head_start:end]
        start = head_start + len(text) - len(text.lstrip())
        access = _ACCESS.match(self._code[start:end])
        if access:
            start += access.end()
        return Function(
            name=signature.name,
            first_line=lexer.line_of(self._code, start),
            last_line=lexer.line_of(self._code, end),
            parameters=_count_parameters(signature.parameters),
            is_definition=is_definition,
        )


@dataclass(frozen=True)
class _Signature:
    name: str
    parameters: str
    after: str  # What follows the closing parenthesis: qualifiers, return type, initializers.


def _clean(head: str) -> str:
    """A statement's head in one line, without attributes, access labels and template clauses."""
    head = _ACCESS.sub("", " ".join(_ATTRIBUTE.sub(" ", head).split()))
    while head.startswith("template"):
        opening = head.find("<")
        head = head[_skip_angles(head, opening):].strip() if opening >= 0 else ""
        if head.startswith("requires"):
            head = _without_requires(head)
    return head


def _without_requires(head: str) -> str:
    """Drops "requires (...) && Concept<T>" in front of a declaration."""
    term = re.compile(r"(?:requires|&&|\|\|)\s*")
    match = term.match(head)
    while match:
        head = head[match.end():]
        if head.startswith("("):
            head = head[_skip_parentheses(head, 0):].strip()
        else:
            name = re.match(r"[\w:]+\s*", head)
            head = head[name.end():] if name else ""
            if head.startswith("<"):
                head = head[_skip_angles(head, 0):].strip()
        match = term.match(head)
    return head


def _signature(head: str) -> _Signature | None:
    """The first "name(parameters)" of a head, unless an initializer comes before it."""
    position = 0
    while True:
        opening = head.find("(", position)
        if opening < 0:
            return None
        before = head[:opening]
        if "{" in before:
            return None
        if re.search(r"\boperator\s*$", before):  # operator()(...): these are part of the name.
            opening = head.find("(", head.find(")", opening) + 1)
            if opening < 0:
                return None
            before = head[:opening]
        closing = _skip_parentheses(head, opening)
        name = _CALL_NAME.search(before)
        if name and name.group(1) not in _NOT_A_NAME:
            if _has_assignment(before[: name.start()]):
                return None
            return _Signature(name.group(1), head[opening + 1:closing - 1], head[closing:])
        if _has_assignment(before):
            return None
        position = closing


def _has_assignment(text: str) -> bool:
    return re.search(r"(?<![=!<>+\-*/%&|^])=(?!=)", text) is not None


def _lambda_value(head: str) -> _Signature | None:
    """A lambda that initializes a variable outside of any function counts as that function."""
    if not _has_assignment(head):
        return None
    left, right = head.split("=", 1)
    match = _LAMBDA.match(right.strip())
    if match is None:
        return None
    return _Signature(left.split()[-1], match.group("parameters") or "", "")


def _is_member_initializer(head: str, after: str) -> bool:
    """Whether the brace that follows `head` opens a member's initializer: `Type() : member_{`."""
    if not re.search(r"(?<!:):(?!:)", after):
        return False
    return not head.endswith((")", "}"))


def _count_parameters(parameters: str) -> int:
    parameters = re.sub(r"->|<=>|<=|>=|<<", "", parameters).strip()
    if parameters in ("", "void"):
        return 0
    count, depth = 1, 0
    for character in parameters:
        if character in "([{<":
            depth += 1
        elif character in ")]}>":
            depth -= 1
        elif character == "," and depth == 0:
            count += 1
    return count


def _skip_parentheses(code: str, opening: int) -> int:
    """The offset after the parenthesis that closes the one at `opening`."""
    depth = 0
    for position in range(opening, len(code)):
        if code[position] == "(":
            depth += 1
        elif code[position] == ")":
            depth -= 1
            if depth == 0:
                return position + 1
    return len(code)


def _skip_angles(head: str, opening: int) -> int:
    """The offset after the ">" that closes the "<" at `opening`."""
    depth = 0
    for position in range(opening, len(head)):
        if head[position] == "<":
            depth += 1
        elif head[position] == ">" and head[position - 1] not in "-=":
            depth -= 1
            if depth == 0:
                return position + 1
    return len(head)


def _matching_braces(code: str) -> dict[int, int]:
    closing: dict[int, int] = {}
    stack: list[int] = []
    for match in re.finditer(r"[{}]", code):
        if match.group() == "{":
            stack.append(match.start())
        elif stack:
            closing[stack.pop()] = match.start()
    return closing
