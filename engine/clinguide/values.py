"""Values that may be open: the one vocabulary that course, engines and assessment share.

A value is what is known of a fact at a moment. Unknown is a value of its own, never zero, false or normal:

- a number or count is a pair `(low, high)` of micro-units (see `units`), with minus or plus infinity where open;
- a code is a text, or the frozen set of the codes that are still possible;
- a boolean is True, False or None;
- a set of codes is a `SetValue`.

Truth is Kleene's: True, False, or None for unknown.
"""

from math import inf
from typing import TypeAlias

import msgspec

Truth: TypeAlias = bool | None
Bounds: TypeAlias = tuple[float, float]
"""(low, high) in micro-units; ints, or an infinity (Python compares int with inf exactly)."""

OPEN: Bounds = (-inf, inf)
MICRO = 1_000_000


class SetValue(msgspec.Struct, frozen=True):
    """What is known of a set of codes: which are in it, which could be, and how many it has at the least.

    `at_least` exceeds the number of certain codes where something is known to be there but not what
    ("a vasopressor, name unknown").
    """

    certain: frozenset[str]
    possible: frozenset[str]
    at_least: int = 0

    @property
    def known(self) -> bool:
        """Whether nothing is open."""
        return self.certain == self.possible


Value: TypeAlias = Bounds | str | frozenset[str] | bool | SetValue | None


def exactly(micro: int) -> Bounds:
    """The bounds of a number that is known."""
    return (micro, micro)


def is_known(value: Value) -> bool:
    """Whether nothing about the value is open."""
    match value:
        case tuple():
            return value[0] == value[1]
        case SetValue():
            return value.known
        case frozenset() | None:
            return False
        case _:
            return True


def hull(values: list[Value], unknown: Value) -> Value:
    """The narrowest value that covers all of `values`; `unknown` (the element's open value) where there is none."""
    if not values:
        return unknown
    first = values[0]
    if all(value == first for value in values):
        return first
    match first:
        case tuple():
            pairs = [value for value in values if isinstance(value, tuple)]
            return (min(low for low, _ in pairs), max(high for _, high in pairs))
        case SetValue():
            sets = [value for value in values if isinstance(value, SetValue)]
            return SetValue(
                frozenset.intersection(*(each.certain for each in sets)),
                frozenset.union(*(each.possible for each in sets)),
                min(each.at_least for each in sets),
            )
        case str() | frozenset():
            return frozenset[str]().union(*({value} if isinstance(value, str) else codes(value) for value in values))
        case _:
            return None


def codes(value: Value) -> frozenset[str]:
    """The codes that a code value could be."""
    if isinstance(value, str):
        return frozenset((value,))
    return value if isinstance(value, frozenset) else frozenset()
