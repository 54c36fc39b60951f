"""One charted value: from its text to the value that the engines read."""

from math import inf
from typing import TypeAlias, assert_never

from clinguide import units
from clinguide.course.complaints import Complaints
from clinguide.course.form import Entry
from clinguide.model import Element
from clinguide.units import MICRO, UnitError
from clinguide.values import SetValue, Value, exactly

Reading: TypeAlias = tuple[Value, bool]
"""A value and whether it was charted as unknown."""

UNKNOWN = "unknown"
_BARE_BOOLEANS = ("yes", "no", "on", "off", "y", "n", "true", "false")


def open_value(element: Element) -> Value:
    """The value of an element of which nothing is known."""
    match element.type:
        case "number" | "count":
            return (-inf, inf)
        case "code":
            return frozenset(element.codes)
        case "boolean":
            return None
        case "codes":
            return SetValue(frozenset(), frozenset(element.codes), 0)
        case _:
            assert_never(element.type)


def charted_value(element: Element, entry: Entry, complaints: Complaints) -> Reading | None:
    """The value that was charted for an element; None after a complaint."""
    if entry.value == UNKNOWN:
        return (open_value(element), True)
    match element.type:
        case "number" | "count":
            micro = _number(element, entry, complaints)
            return None if micro is None else (exactly(micro), False)
        case "code":
            return (entry.text, False) if _is_code(element, entry, complaints) else None
        case "boolean":
            return (entry.value is True, False) if _is_boolean(element, entry, complaints) else None
        case "codes":
            return _set(element, entry, complaints)
        case _:
            assert_never(element.type)


# --- numbers ----------------------------------------------------------------------------------------------------------


def _number(element: Element, entry: Entry, complaints: Complaints) -> int | None:
    """The micro-units of a number or count; None after a complaint."""
    own = None if element.unit == "1" else element.unit
    example = f"the number and its unit: {own}, or one that converts to it" if own else "the number without a unit"
    if not isinstance(entry.value, str):
        complaints.add(
            "wrong-type", f"'{element.id}' is a number, not {entry.text[:60]}", entry.span, f"write {example}"
        )
        return None
    try:
        number, unit = units.quantity(entry.value)
        if unit is None and own:
            complaints.add("missing-unit", f"'{element.id}' needs its unit", entry.span, f"write {example}")
            return None
        if unit and not own:
            complaints.add("unit-not-wanted", f"'{element.id}' has no unit", entry.span, f"write {example}")
            return None
        micro = units.to_micro(number, unit or "1", own or "1")
    except UnitError as error:
        complaints.add("bad-quantity", error.message, entry.span, error.hint or f"write {example}")
        return None
    return micro if _can_be(element, micro, entry, complaints) else None


def _can_be(element: Element, micro: int, entry: Entry, complaints: Complaints) -> bool:
    """Whether a number lies in the plausible range, and a count is a whole number."""
    if element.type == "count" and micro % MICRO:
        complaints.add("wrong-type", f"'{element.id}' is a count, not {entry.text}", entry.span, "write a whole number")
        return False
    lowest = 0 if element.type == "count" else -inf
    low, high = element.plausible or (lowest, inf)
    if low <= micro <= high:
        return True
    limits = " and ".join(
        f"{word} {units.micro_text(int(limit), element.unit)}"
        for word, limit in (("at least", low), ("at most", high))
        if abs(limit) != inf
    )
    hint = f"'{element.id}' is {limits}: check the digits and the unit"
    complaints.add("implausible", f"{entry.text} is no plausible value of '{element.id}'", entry.span, hint)
    return False


# --- codes and booleans -----------------------------------------------------------------------------------------------


def _is_boolean(element: Element, entry: Entry, complaints: Complaints) -> bool:
    if isinstance(entry.value, bool):
        return True
    meant = isinstance(entry.value, str) and entry.value.lower() in _BARE_BOOLEANS
    hint = "write true or false, without quotes" if meant else "write true, false or unknown"
    complaints.add("wrong-type", f"'{element.id}' is true or false, not {entry.text[:60]}", entry.span, hint)
    return False


def _is_code(element: Element, entry: Entry, complaints: Complaints) -> bool:
    if not isinstance(entry.value, str):
        hint = f"codes are {', '.join(element.codes)}"
        complaints.add("wrong-type", f"'{element.id}' is one code, not {entry.text[:60]}", entry.span, hint)
        return False
    if entry.value in element.codes:
        return True
    message = f"'{entry.value[:60]}' is no code of '{element.id}'"
    otherwise = f"codes are {', '.join(element.codes)}"
    complaints.unknown("unknown-code", message, entry.value, element.codes, entry.span, otherwise=otherwise)
    return False


def _set(element: Element, entry: Entry, complaints: Complaints) -> Reading | None:
    """A set of codes; `unknown` in it is one more than those named, and could be any."""
    if not isinstance(entry.value, tuple):
        hint = f"write it as a list: [{entry.text[:60]}]"
        complaints.add("wrong-type", f"'{element.id}' is a list of codes", entry.span, hint)
        return None
    known = [each for each in entry.value if each.value != UNKNOWN]
    # A list: every wrong code is told, not only the first.
    right = [_is_code(element, each, complaints) for each in known]
    if not all(right):
        return None
    certain = frozenset(each.text for each in known)
    if len(known) == len(entry.value):
        return (SetValue(certain, certain, len(certain)), False)
    every = frozenset(element.codes)
    return (SetValue(certain, every, min(len(certain) + 1, len(every))), False)
