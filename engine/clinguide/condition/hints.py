"""What to write instead: the slips that a clinician makes in a line, and the hint for each."""

import re
from difflib import get_close_matches

from clinguide.condition.tokens import RESERVED, IsUnit, Misread, Token, is_number, is_word

ONE_COMPARISON = (
    "connectives are YAML: put each comparison on a line of its own under all: (every one holds) or any: (one is enough)"
)
CODES_WITH_IS = "write 'is' for codes, true, false and empty; write = for numbers"
ELEMENT_FILES_ONLY = (
    "such forms stand only in element files: give it a name there as a derived element, and use the name here"
)
_UNIT_SLIPS = {
    "c": "Cel",
    "celsius": "Cel",
    "degc": "Cel",
    "f": "degF",
    "fahrenheit": "degF",
    "hr": "h",
    "hrs": "h",
    "hour": "h",
    "hours": "h",
    "day": "d",
    "days": "d",
    "week": "wk",
    "weeks": "wk",
    "y": "a",
    "yr": "a",
    "year": "a",
    "years": "a",
    "minute": "min",
    "minutes": "min",
    "mins": "min",
    "sec": "s",
    "seconds": "s",
    "mcg": "ug",
    "cc": "mL",
    "percent": "%",
    "10^9/l": "10*9/L",
    "10^6/l": "10*6/L",
    "10^3/ul": "10*3/uL",
    "k/ul": "10*3/uL",
    "g/l": "g/L",
    "iu": "[iU]",
    "mm[hg]": "mmHg",
}
_USUAL_UNITS = (
    "Cel degF h d min s wk a mo mg g kg ug ng mL L dL cm m m2 mmHg cmH2O mg/kg mg/m2 mg/d ug/kg ug/kg/min mg/dL mg/L "
    "ng/mL ug/L g/dL g/L mmol/L umol/L U/L U 10*9/L 10*6/L 10*3/uL /uL L/min mL/min %"
).split()
_SIGN_SLIPS = {
    "==": "write = for numbers, and 'is' for codes",
    "===": "write = for numbers, and 'is' for codes",
    "=>": "write >=",
    "=<": "write <=",
    "<>": "write !=",
    "!": "write != for numbers, 'is not' for codes, and none_of: for a line",
    "&": ONE_COMPARISON,
    "&&": ONE_COMPARISON,
    "|": ONE_COMPARISON,
    "||": ONE_COMPARISON,
    "^": "write a product, as in x * x, or sqrt(x)",
    "**": "write a product, as in x * x, or sqrt(x)",
    "%": "% is a unit and stands after a number",
}
_SIGN = re.compile(r"(===?|<=|>=|!=|=>|=<|<>|&&|\|\||[<>=+*/])")
_GLUED_UNIT = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)([A-Za-z%/\[].*)")


def unexpected(tokens: tuple[Token, ...], at: int, wanted: str, hint: str | None, is_unit: IsUnit) -> Misread:
    """The defect that `wanted` does not stand at token `at`, with the hint for that word where there is one."""
    if at >= len(tokens):
        # The caret stands on the last word, since a place after the end is easily overlooked.
        last = tokens[-1] if tokens else Token("", 0, 0)
        return Misread(f"{wanted} is missing at the end of the line", last.start, last.end, hint)
    token = tokens[at]
    own = _decimal_comma(tokens, at) or _slip(token.text, is_unit)
    return Misread(f"{wanted} was expected, not '{token.text}'", token.start, token.end, own or hint)


def unknown_unit(token: Token, is_unit: IsUnit) -> Misread:
    """The defect that a word which is no unit stands directly after a number."""
    slip = _slip(token.text, is_unit) if not is_word(token.text) else None
    if token.text.lower() in ("and", "or"):
        slip = ONE_COMPARISON
    unit = did_you_mean_unit(token.text, is_unit)
    hint = f"did you mean '{unit}'?" if unit else slip or "only a unit stands directly after a number"
    return Misread(f"no unit is called '{token.text}'", token.start, token.end, hint)


def did_you_mean_unit(word: str, is_unit: IsUnit) -> str | None:
    """The unit that was probably meant."""
    plain = word.lower()
    same = [unit for unit in _USUAL_UNITS if unit.lower() == plain]
    near = get_close_matches(word, _USUAL_UNITS, 1, 0.75) if len(word) > 2 else []
    meant = [_UNIT_SLIPS.get(plain, ""), *same, *near]
    return next((unit for unit in meant if unit and is_unit(unit)), None)


def _slip(word: str, is_unit: IsUnit) -> str | None:
    """The hint for one word that does not fit where it stands."""
    if word.lower() in ("and", "or"):
        return ONE_COMPARISON
    if word in _SIGN_SLIPS:
        return _SIGN_SLIPS[word]
    if word in RESERVED:
        return None
    if "'" in word or '"' in word:
        return "write names and codes without quotation marks"
    if is_number(word) or is_word(word):
        return None
    return _number_slip(word, is_unit) or _spaces(word)


def _number_slip(word: str, is_unit: IsUnit) -> str | None:
    if is_unit(word):
        return f"'{word}' is a unit and stands only directly after a number"
    if re.fullmatch(r"[0-9.]+[eE][+-]?[0-9]+", word):
        return "write the number out, as in 1000 or 0.001"
    if re.fullmatch(r"-?\.[0-9]+|[0-9]+\.|\+[0-9.]+", word):
        return "write a number as 0.5 or 5, with digits before and after the point and no +"
    glued = _GLUED_UNIT.fullmatch(word)
    if glued is None:
        return None
    number, unit = glued.groups()
    return f"put a space between number and unit: '{number} {did_you_mean_unit(unit, is_unit) or unit}'"


def _spaces(word: str) -> str | None:
    parts = [part for part in _SIGN.split(word) if part]
    if len(parts) < 2:
        return "names and codes have letters, digits, _ and, between them, . or -"
    return f"put spaces around each sign: '{' '.join('=' if part == '==' else part for part in parts)}'"


def _decimal_comma(tokens: tuple[Token, ...], at: int) -> str | None:
    around = tokens[at - 1 : at + 2] if at else ()
    match [token.text for token in around]:
        case [left, ",", right] if is_number(left) and right[:1].isdigit() and around[0].end + 1 == around[2].start:
            return f"write decimals with a point ({left}.{right}) and thousands without a comma ({left}{right})"
        case _:
            return None
