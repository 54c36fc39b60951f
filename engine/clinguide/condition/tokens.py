"""The words of a line: where it is split, which words are reserved, and how a defect is told.

A line is split at white space and at `( ) ,`, and no further: `10*9/L`, `mmHg/a` and `tisa-cel` are one token each.
"""

import re
import unicodedata
from collections.abc import Callable

import msgspec

from clinguide.problems import Problem, Span

IsUnit = Callable[[str], bool]
"""Whether a token is in the table of units."""

LONGEST = 2_000
"""Characters of a line; nobody reads a longer one, and reading stays bounded."""
DEEPEST = 50
"""Parentheses inside one another."""
MOST_SIGNS = 100
"""Signs of one sum, product or offset: a chain is a tree as deep as it is long."""

OPERATORS = frozenset(("=", "!=", "<", "<=", ">", ">="))
SIGNS = frozenset(("+", "-", "*", "/"))
PUNCTUATION = frozenset(("(", ")", ","))

_LITERAL_WORDS = """
    all any none_of at_least of when label
    is not in includes unknown true false empty sqrt to
    highest lowest first last at count least apart ever time for which bridging longest total from since done
    doses dose daily except within before now infusion start
    and or
"""
RESERVED = frozenset(_LITERAL_WORDS.split())
"""Every word that stands literally in the grammar; `and` and `or` are added, so that no name reads as a connective."""

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_TOKEN = re.compile(r"[(),]|[^\s(),]+")

_TYPED_INSTEAD = {
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "×": "*",
    "÷": "/",
    "−": "-",
    "–": "-",
    "—": "-",
    "°": "Cel or degF",
    "µ": "u, as in ug",
    "μ": "u, as in ug",
    "²": "2, as in m2",
    "“": "codes without quotation marks",
    "”": "codes without quotation marks",
    "„": "codes without quotation marks",
    "‘": "codes without quotation marks",
    "’": "codes without quotation marks",
}


class Misread(ValueError):  # noqa: N818 (it names what happened to the line)
    """A line that is not of the grammar: what is wrong, from which offset to which, and what to write instead."""

    def __init__(self, message: str, start: int, end: int, hint: str | None = None) -> None:
        self.message = message
        self.start = start
        self.end = end
        self.hint = hint
        super().__init__(message)

    def problem(self, span: Span, code: str = "condition") -> Problem:
        """The same as a problem inside `span`, the place of the line's text in its file."""
        return Problem(code, self.message, span.inside(self.start, self.end), self.hint)


class Token(msgspec.Struct, frozen=True):
    """One word of a line and its offsets; the end is the offset after its last character."""

    text: str
    start: int
    end: int


def is_number(word: str) -> bool:
    """Whether the token is a number: ASCII digits, at most one point with digits on both sides, a minus before."""
    return _NUMBER.fullmatch(word) is not None


def is_word(word: str) -> bool:
    """Whether the token can be a name, a drug or a code: letters, digits, `_`, and `.` or `-` between them."""
    return _WORD.fullmatch(word) is not None and word not in RESERVED


def reserved_name_problem(name: str, is_unit: IsUnit | None = None) -> str | None:
    """Why no element, rule, setting, drug or code may be called `name`; None where it may.

    Give `is_unit` for elements, rules and settings, which may not be called as a unit is.
    """
    if name in RESERVED:
        return f"'{name}' is a word of the rule language and cannot be a name"
    if is_unit is not None and is_unit(name):
        return f"'{name}' is a unit and cannot be a name"
    if not is_word(name):
        return f"'{name}' cannot be written in a condition: use letters, digits, _ and, between them, . or -"
    return None


def split(text: str) -> tuple[Token, ...]:
    """The tokens of a line; raises Misread for what no line can have: odd characters, open parentheses, excess."""
    if len(text) > LONGEST:
        raise Misread(f"a line has at most {LONGEST} characters, this one has {len(text)}", 0, len(text), _SHORTER)
    _refuse_odd_characters(text)
    found = tuple(Token(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text))
    _refuse_unbalanced(found)
    return found


_SHORTER = "write it as several lines, or give a part of it a name as a derived element"
_BLOCK_STYLE = (
    "use block style: a line with ( , ) never stands inside [ ] or { }; close every parenthesis on the same line"
)


def _refuse_odd_characters(text: str) -> None:
    for offset, character in enumerate(text):
        if not character.isascii():
            raise Misread(f"odd character: {_called(character)}", offset, offset + 1, _instead(character))


def _called(character: str) -> str:
    name = unicodedata.name(character, "").capitalize() or f"U+{ord(character):04X}"
    return f"'{character}' is {name}" if character.isprintable() else name


def _instead(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character)
    if character in _TYPED_INSTEAD:
        return f"write {_TYPED_INSTEAD[character]}"
    if character.isspace() or not character.isprintable():
        return "type an ordinary space"
    if plain.isascii():
        return f"type an ordinary '{plain}'"
    return "names, codes and units have plain English letters only; this one may look like one of them"


def _refuse_unbalanced(found: tuple[Token, ...]) -> None:
    opened: list[Token] = []
    for token in found:
        if token.text == "(":
            opened.append(token)
        elif token.text == ")" and not opened:
            raise Misread("this parenthesis was never opened", token.start, token.end, _BLOCK_STYLE)
        elif token.text == ")":
            opened.pop()
        if len(opened) > DEEPEST:
            raise Misread(f"parentheses are nested deeper than {DEEPEST}", token.start, token.end, _SHORTER)
    if opened:
        raise Misread("this parenthesis is never closed", opened[-1].start, opened[-1].end, _BLOCK_STYLE)
