"""Quantities: numbers with UCUM units, converted exactly.

Every number becomes an integer of micro-units: it is converted as a fraction and rounded once, half to even, to 10^-6
of the unit it is kept in. All parts of the engine compare these integers, so that they cannot disagree about 100.4
degrees Fahrenheit. Durations are integers of microseconds and are never rounded.
"""

import difflib
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

import msgspec

Dimension: TypeAlias = tuple[tuple[str, int], ...]
"""Base quantities with their exponents, sorted by name; a pure number has none."""
Written: TypeAlias = str | int | Decimal | Fraction
"""A number as it may be given; the decimals of a text or a Decimal count as written."""

MICRO = 1_000_000
LARGEST = 9 * 10**12
"""Beyond this, micro-units would not fit the 64-bit integers of the second engine."""
MOST_DECIMALS = 6
_LONGEST_NUMBER = 40
_LONGEST_UNIT = 60


class UnitError(ValueError):
    """A number, unit or quantity that cannot be taken; `hint` says what to write instead, if that is known."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Unit(msgspec.Struct, frozen=True):
    """A unit: `number x factor + offset` is the quantity in base units (g, m, s, K, mol, international units).

    `code` is its UCUM form. Only degrees have an offset.
    """

    code: str
    factor: Fraction
    offset: Fraction
    dimension: Dimension


# --- the units we use ------------------------------------------------------------------------------------------------

_ONE: Dimension = ()
_MASS: Dimension = (("mass", 1),)
_LENGTH: Dimension = (("length", 1),)
_VOLUME: Dimension = (("length", 3),)
_TIME: Dimension = (("time", 1),)
_HEAT: Dimension = (("temperature", 1),)
_AMOUNT: Dimension = (("amount", 1),)
_ACTIVITY: Dimension = (("amount", 1), ("time", -1))
_EFFECT: Dimension = (("international unit", 1),)
_PRESSURE: Dimension = (("length", -1), ("mass", 1), ("time", -2))

_ATOMS: Mapping[str, tuple[str, Dimension]] = {
    "1": ("1", _ONE),
    "%": ("1/100", _ONE),
    "10*": ("10", _ONE),
    "kg": ("1000", _MASS),
    "g": ("1", _MASS),
    "mg": ("1e-3", _MASS),
    "ug": ("1e-6", _MASS),
    "ng": ("1e-9", _MASS),
    "pg": ("1e-12", _MASS),
    "m": ("1", _LENGTH),
    "cm": ("1e-2", _LENGTH),
    "mm": ("1e-3", _LENGTH),
    "L": ("1e-3", _VOLUME),
    "dL": ("1e-4", _VOLUME),
    "mL": ("1e-6", _VOLUME),
    "uL": ("1e-9", _VOLUME),
    "fL": ("1e-18", _VOLUME),
    "s": ("1", _TIME),
    "min": ("60", _TIME),
    "h": ("3600", _TIME),
    "d": ("86400", _TIME),
    "wk": ("604800", _TIME),
    "a": ("31557600", _TIME),  # UCUM's year: 365.25 days
    "Cel": ("1", _HEAT),
    "[degF]": ("5/9", _HEAT),
    "kPa": ("1e6", _PRESSURE),
    "mm[Hg]": ("133322", _PRESSURE),  # UCUM: 133.322 Pa exactly
    "cm[H2O]": ("98066.5", _PRESSURE),
    "mol": ("1", _AMOUNT),
    "mmol": ("1e-3", _AMOUNT),
    "umol": ("1e-6", _AMOUNT),
    "nmol": ("1e-9", _AMOUNT),
    "pmol": ("1e-12", _AMOUNT),
    "U": ("1/60000000", _ACTIVITY),  # one micromole a minute
    "[iU]": ("1", _EFFECT),
}
_OFFSETS: Mapping[str, Fraction] = {"Cel": Fraction("273.15"), "[degF]": Fraction("459.67") * 5 / 9}

_INPUT_NAMES: Mapping[str, str] = {"degF": "[degF]", "mmHg": "mm[Hg]", "cmH2O": "cm[H2O]", "IU": "[iU]"}
"""Names without brackets, which YAML lists and mappings would need quotes for."""

_OFTEN_MEANT: Mapping[str, str] = {
    "c": "Cel",
    "°c": "Cel",
    "degc": "Cel",
    "celsius": "Cel",
    "f": "degF",
    "°f": "degF",
    "mcg": "ug",
    "μg": "ug",
    "μmol": "umol",
    "μl": "uL",
    "mm3": "uL",
    "cc": "mL",
    "sec": "s",
    "second": "s",
    "seconds": "s",
    "minute": "min",
    "minutes": "min",
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
    "lpm": "L/min",
    "percent": "%",
    "gram": "g",
    "grams": "g",
}

_POWER = re.compile(r"(10\*)(-?[0-9]{1,2})|([^0-9].*?)(-?[1-9])")


def unit(code: str) -> Unit:
    """The unit that `code` names: UCUM (case counts), a bracket-free input name, or a product or quotient of these.

    A quotient of like quantities is a pure number, as in UCUM: `mg/kg` has no dimension. Raises UnitError.
    """
    found = _unit(code) if len(code) <= _LONGEST_UNIT else None
    if found is None:
        raise UnitError(f"no unit is called '{code[:_LONGEST_UNIT]}'", _unit_hint(code[:_LONGEST_UNIT]))
    return found


def is_unit(word: str) -> bool:
    """Whether a word that stands after a number is its unit. `1`, the unit of pure numbers, is never written there."""
    return word != "1" and len(word) <= _LONGEST_UNIT and _unit(word) is not None


def canonical(code: str) -> str:
    """The UCUM form of a unit: `mmHg/a` is `mm[Hg]/a`. Raises UnitError."""
    return unit(code).code


def same_dimension(a: str, b: str) -> bool:
    """Whether a number in unit `a` can be converted to unit `b`. Raises UnitError where either is no unit."""
    return unit(a).dimension == unit(b).dimension


def combined(left: Dimension, right: Dimension, power: int = 1) -> Dimension:
    """The dimension of `left x right^power`; a power of -1 divides."""
    exponents = dict(left)
    for base, exponent in right:
        exponents[base] = exponents.get(base, 0) + exponent * power
    return tuple(sorted((base, exponent) for base, exponent in exponents.items() if exponent))


@lru_cache(maxsize=4096)
def _unit(code: str) -> Unit | None:
    parts = re.split(r"([/.])", code)
    if parts[0] == "" and parts[1:2] == ["/"]:
        parts[0] = "1"  # UCUM lets a unit begin with its divisor: /uL
    factor, dimension, written = Fraction(1), _ONE, ""
    for sign, text in zip(["", *parts[1::2]], parts[::2], strict=True):
        name, exponent = _atom(text)
        # Degrees with an offset cannot be multiplied: 2 x 20 Cel is not 40 Cel.
        if name not in _ATOMS or (name in _OFFSETS and name != _input(code)):
            return None
        number, base = _ATOMS[name]
        power = int(exponent or 1) * (-1 if sign == "/" else 1)
        factor *= Fraction(number) ** power
        dimension = combined(dimension, base, power)
        written += sign + name + exponent
    shown = written[1:] if code.startswith("/") else written
    return Unit(shown, factor, _OFFSETS.get(shown, Fraction(0)), dimension)


def _atom(text: str) -> tuple[str, str]:
    """The UCUM name of one factor and its exponent as written: `m2` is `m` to the 2, `10*9` is `10*` to the 9."""
    found = None if _input(text) in _ATOMS else _POWER.fullmatch(text)
    if not found:
        return _input(text), ""
    return _input(found[1] or found[3]), found[2] or found[4]


def _input(name: str) -> str:
    """The UCUM form of an input name; any other name as it is."""
    return _INPUT_NAMES.get(name, name)


def _unit_hint(code: str) -> str:
    plain = unicodedata.normalize("NFKC", code).replace("10^", "10*")
    meant = "/".join(_meant(part) or part for part in plain.split("/"))
    if _unit(meant):
        return f"did you mean '{meant}'?"
    if any(name in _OFFSETS for name in map(_input, re.split(r"[/.]", code))):
        return "a temperature cannot be multiplied or divided"
    for place, character in enumerate(code, start=1):
        if not " " < character <= "~":
            name = unicodedata.name(character, f"U+{ord(character):04X}").capitalize()
            return f"{name} at character {place} belongs to no unit"
    return "units are UCUM codes such as mg, mg/kg, 10*9/L, Cel, mmHg"


def _meant(part: str) -> str | None:
    if _unit(part):
        return part
    lower = {name.lower(): name for name in (*_ATOMS, *_INPUT_NAMES)}
    often = _OFTEN_MEANT.get(part.lower()) or lower.get(part.lower())
    near = difflib.get_close_matches(part, [*_ATOMS, *_INPUT_NAMES], n=1, cutoff=0.75)
    return often or (near[0] if near else None)


# --- numbers and quantities ------------------------------------------------------------------------------------------

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?")
_NUMBER_HINTS = (
    (re.compile(r"[0-9.]+[eE][-+]?[0-9]+"), "write the number without an exponent"),
    (re.compile(r"\+[0-9.]+"), "leave out the plus sign"),
    (re.compile(r"-?\.[0-9]+"), "write a zero before the point"),
    (re.compile(r"-?[0-9]+\."), "leave out the point, or write a digit after it"),
    (re.compile(r"-?0[0-9]+(\.[0-9]+)?"), "leave out the zeros at the start"),
    (re.compile(r"-?[0-9]{1,3}([,_' ][0-9]{3})+(\.[0-9]+)?"), "write the number without separators"),
    (re.compile(r"-?[0-9]+,[0-9]+"), "write a decimal point, not a comma"),
    (re.compile(r"[-+]?\.?(nan|inf|infinity)", re.IGNORECASE), "write a number, or 'unknown' where none is known"),
)


def parse_number(text: str) -> Fraction:
    """The number that a text of ASCII digits writes, exactly. Raises UnitError for everything else."""
    if len(text) > _LONGEST_NUMBER:
        raise UnitError(f"a number of {len(text)} characters is too long")
    if not _NUMBER.fullmatch(text):
        raise UnitError(f"'{text}' is not a number", _number_hint(text))
    return Fraction(text)


def _number_hint(text: str) -> str:
    for pattern, hint in _NUMBER_HINTS:
        if pattern.fullmatch(text):
            return hint
    plain = unicodedata.normalize("NFKC", text).replace("−", "-")
    if plain != text and _NUMBER.fullmatch(plain):
        return f"these are not the digits of the keyboard: write {plain}"
    return "write digits, with a point before decimals"


def quantity(text: str) -> tuple[str, str | None]:
    """A quantity split into its number and its unit, both as written and both checked: "8 mg/kg" is ("8", "mg/kg").

    The unit is None where there is none. Raises UnitError.
    """
    number, *rest = text.split(" ")
    glued = re.fullmatch(r"(-?[0-9]+(?:\.[0-9]+)?)([^0-9.,\s].*)", number)
    if glued and _unit(glued[2]):
        raise UnitError(f"'{text}' lacks a space before its unit", f"write '{glued[1]} {glued[2]}'")
    parse_number(number)
    if not rest:
        return number, None
    if len(rest) > 1:
        raise UnitError(f"'{text}' is not a number and a unit", "write one number, one space and one unit")
    unit(rest[0])
    return number, rest[0]


def convert(number: Written, from_code: str, to_code: str) -> Fraction:
    """The number in another unit, exactly. Raises UnitError where the units measure different things."""
    source, target = unit(from_code), unit(to_code)
    if source.dimension != target.dimension:
        raise UnitError(f"'{from_code}' cannot be converted to '{to_code}'", f"write the value in {to_code}")
    return (_exact(number) * source.factor + source.offset - target.offset) / target.factor


def to_micro(number: Written, from_code: str, to_code: str) -> int:
    """The number as an integer of millionths of `to_code`, rounded once, half to even.

    Raises UnitError for units of another kind, for more than six decimals as written, and beyond 9e12.
    """
    if _decimals(number) > MOST_DECIMALS:
        raise UnitError(f"{number} has more than {MOST_DECIMALS} decimals", "round it, or use a smaller unit")
    value = convert(number, from_code, to_code)
    if abs(value) > LARGEST or abs(_exact(number)) > LARGEST:
        raise UnitError("the number is too large", f"beyond {LARGEST} nothing is kept")
    return round(value * MICRO)


def micro_text(micro: int, unit_code: str | None) -> str:
    """Micro-units as the shortest exact decimal with the UCUM unit: "656 mg", "38.9 Cel"; "5" where there is none."""
    whole, part = divmod(abs(micro), MICRO)
    decimals = f"{part:06d}".rstrip("0")
    number = f"{'-' if micro < 0 else ''}{whole}{'.' if decimals else ''}{decimals}"
    return number if unit_code in (None, "1") else f"{number} {canonical(unit_code)}"


def _exact(number: Written) -> Fraction:
    if isinstance(number, str):
        return parse_number(number)
    if isinstance(number, Decimal) and not (number.is_finite() and abs(number.adjusted()) < _LONGEST_NUMBER):
        raise UnitError(f"'{number:.10}' is not a number that can be kept")
    # A float or a boolean here is a mistake of the program, never of a file.
    if isinstance(number, (bool, float)):
        raise TypeError(f"{number!r} is not an exact number")
    return Fraction(number)


def _decimals(number: Written) -> int:
    if isinstance(number, str):
        return len(number.partition(".")[2])
    exponent = number.as_tuple().exponent if isinstance(number, Decimal) else 0
    return -exponent if isinstance(exponent, int) else 0


# --- durations -------------------------------------------------------------------------------------------------------

_SECOND = MICRO
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR
_YEAR = 31_557_600 * _SECOND


def microseconds(number: Written, unit_code: str) -> int:
    """A duration as an integer of microseconds, never rounded.

    Raises UnitError where the unit is not one of time, and where the duration is no whole number of microseconds.
    """
    if unit(unit_code).dimension != _TIME:
        raise UnitError(f"'{unit_code}' is not a unit of time", "units of time are s, min, h, d, wk, a")
    to_micro(number, unit_code, "s")  # for its limits
    exact = convert(number, unit_code, "s") * MICRO
    if exact.denominator != 1:
        raise UnitError(f"{number} {unit_code} is no whole number of microseconds", "write fewer decimals")
    return exact.numerator


def duration_text(us: int) -> str:
    """A duration as clinicians say it: "30 min", "24 h", "5 d", "18 a"; "26 h 13 min" where no one unit is exact."""
    size = abs(us)
    if size and size % _YEAR == 0:
        return f"{us // _YEAR} a"
    parts: list[str] = []
    rest = size
    for name, length in (("d", _DAY), ("h", _HOUR), ("min", _MINUTE)):
        if rest >= length and (parts or _said_in(size, length)):
            parts.append(f"{rest // length} {name}")
            rest %= length
    if rest or not parts:
        parts.append(micro_text(rest, "s"))
    return ("-" if us < 0 else "") + " ".join(parts)


def _said_in(size: int, length: int) -> bool:
    """Whether units of this length lead: days from three on; hours and minutes from two on, or exactly one."""
    if length == _DAY:
        return size >= 3 * _DAY
    return size == length or size >= 2 * length


def iso_duration(us: int) -> str:
    """A duration in ISO 8601 ("PT30M", "PT26H"), without days: a day of the calendar may have 23 hours."""
    size = abs(us)
    hours, minutes, seconds = size // _HOUR, size % _HOUR // _MINUTE, size % _MINUTE
    text = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if seconds or not text:
        text += f"{micro_text(seconds, None)}S"
    return f"{'-' if us < 0 else ''}PT{text}"
