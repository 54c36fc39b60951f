"""What to write instead: the slips that a clinician makes in a line, and the hint for each."""

import re

from clinguide import units
from clinguide.condition.tokens import OPERATORS, PUNCTUATION, RESERVED, SIGNS, Misread, Token, is_number, is_word

ONE_COMPARISON = (
    "connectives are YAML: put each comparison on a line of its own under all: (every one must hold) "
    "or any: (one is enough)"
)
CODES_WITH_IS = "write 'is' for codes, true, false and empty; write = for numbers"
ELEMENT_FILES_ONLY = (
    "such forms stand only in element files: give it a name there as a derived element, and use the name here"
)
_SLIPS = {
    "and": ONE_COMPARISON,
    "or": ONE_COMPARISON,
    "&": ONE_COMPARISON,
    "&&": ONE_COMPARISON,
    "|": ONE_COMPARISON,
    "||": ONE_COMPARISON,
    "==": "write = for numbers, and 'is' for codes",
    "===": "write = for numbers, and 'is' for codes",
    "=>": "write >=",
    "=<": "write <=",
    "<>": "write !=",
    "!": "write != for numbers, 'is not' for codes, and none_of: for a whole line",
    "^": "write a product, as in x * x, or sqrt(x)",
    "**": "write a product, as in x * x, or sqrt(x)",
    "between": "write two comparisons, each on a line of its own under all:",
    "equals": "write = for numbers, and 'is' for codes",
    "contains": "write 'includes', as in vasopressors includes vasopressin",
}
_GLUED_SIGN = re.compile(r"(===?|<=|>=|!=|=>|=<|<>|&&|\|\||[<>=+*/])")
_GLUED_UNIT = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)([A-Za-z%/\[].*)")
_LIKE_A_UNIT = re.compile(r"[A-Za-z0-9%/\[].*")


def unexpected(tokens: tuple[Token, ...], at: int, wanted: str, hint: str | None = None) -> Misread:
    """The defect that `wanted` does not stand at token `at`; a known slip has its own hint."""
    if at >= len(tokens):
        # The caret stands under the last word, since a place after the end is easily overlooked.
        last = tokens[-1] if tokens else Token("", 0, 0)
        return Misread(f"{wanted} is missing at the end of the line", last.start, last.end, hint)
    token = tokens[at]
    own = _decimal_comma(tokens, at) or _slip(token.text)
    return Misread(f"{wanted} was expected, not '{token.text}'", token.start, token.end, own or hint)


def not_a_unit(tokens: tuple[Token, ...], at: int) -> Misread:
    """The defect that token `at`, which is no unit, stands directly after a number."""
    token = tokens[at]
    if token.text.lower() in _SLIPS or not _LIKE_A_UNIT.fullmatch(token.text):
        return unexpected(tokens, at, "a unit, a sign or the end of the line")
    return Misread(f"no unit is called '{token.text}'", token.start, token.end, _unit_hint(token.text))


def _unit_hint(word: str) -> str | None:
    try:
        units.unit(word)
    except units.UnitError as error:
        return error.hint
    return None


def _slip(word: str) -> str | None:
    """The hint for one word that does not fit where it stands, where the word alone tells."""
    if word.lower() in _SLIPS:
        return _SLIPS[word.lower()]
    if is_number(word) or is_word(word) or word in RESERVED | OPERATORS | SIGNS | PUNCTUATION:
        return None
    if "'" in word or '"' in word:
        return "write names and codes without quotation marks"
    if units.is_unit(word):
        return f"'{word}' is a unit and stands only directly after a number"
    return _glued(word) or _number_hint(word) or "names and codes have letters, digits, _ and, between them, . or -"


def _glued(word: str) -> str | None:
    parts = [part for part in _GLUED_SIGN.split(word) if part]
    glued = _GLUED_UNIT.fullmatch(word)
    if glued and not re.fullmatch(r"[eE][+-]?[0-9]+", glued[2]):
        meant = "" if units.is_unit(glued[2]) else f" ({_unit_hint(glued[2])})"
        return f"put a space between number and unit: '{glued[1]} {glued[2]}'{meant}"
    return f"put spaces around each sign: '{' '.join(parts)}'" if len(parts) > 1 else None


def _number_hint(word: str) -> str | None:
    if not re.match(r"[-+.]?[0-9.]", word):
        return None
    try:
        units.parse_number(word)
    except units.UnitError as error:
        return error.hint
    return None


def _decimal_comma(tokens: tuple[Token, ...], at: int) -> str | None:
    around = tokens[at - 1 : at + 2] if at else ()
    match [token.text for token in around]:
        case [left, ",", right] if is_number(left) and right[:1].isdigit() and around[0].end + 1 == around[2].start:
            return f"write decimals with a point ({left}.{right}) and thousands without a comma ({left}{right})"
        case _:
            return None
