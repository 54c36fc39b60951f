"""Plain words: which of them are numbers, booleans or nothing, and which are refused for looking like numbers."""

import re
from collections.abc import Mapping
from decimal import Decimal

_LONGEST_NUMBER = 40
_HIGHEST_POWER = 20

_WORDS: Mapping[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_NOT_PLAIN = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


def resolved(text: str) -> tuple[str | int | bool | Decimal | None, str | None]:
    """What a plain word is in the core schema of YAML 1.2, and how to write it instead where that is refused."""
    if text in _WORDS:
        return _WORDS[text], None
    if text[0] not in "-+.0123456789":
        return text, None
    if len(text) <= _LONGEST_NUMBER and _INTEGER.fullmatch(text):
        return int(text), None
    if len(text) <= _LONGEST_NUMBER and _DECIMAL.fullmatch(text):
        return Decimal(text), None
    if _NO_NUMBER.fullmatch(text):
        return text, "write a number, or 'unknown' where none is known"
    if _NOT_PLAIN.fullmatch(text) or _OTHER_BASE.fullmatch(text):
        return text, f"{_plainly(text)}; put it in quotes where it is text"
    return text, None


def _plainly(text: str) -> str:
    if len(text) > _LONGEST_NUMBER:
        return f"write at most {_LONGEST_NUMBER} characters"
    number = Decimal(int(text, 0)) if _OTHER_BASE.fullmatch(text) else Decimal(text)
    # 1e999999 written out would be a file of its own.
    return f"write {number:f}" if abs(number.adjusted()) <= _HIGHEST_POWER else "write it without an exponent"
