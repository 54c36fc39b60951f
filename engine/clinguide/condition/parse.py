"""The text of one line to its tree: recursive descent, one function for each line of the grammar.

A line has exactly one parse. Where the grammar is open on paper, this is how it is closed: a unit is the token
directly after a number; after `since`, + and - belong to the inner anchor; an offset on `first (...)` or `start of`
needs parentheses. The first defect of a line raises Misread.
"""

from collections.abc import Callable
from typing import TypeVar

from clinguide import units
from clinguide.condition.derived import read_derived
from clinguide.condition.expression import read_duration, read_expression, read_number, read_range, read_test
from clinguide.condition.tokens import IsUnit, split
from clinguide.condition.tree import Derived, Duration, Expression, Number, Test
from clinguide.condition.words import Words

Read = TypeVar("Read")


def parse_test(text: str, is_unit: IsUnit = units.is_unit) -> Test:
    """The comparison that a line of a condition makes."""
    return _whole(text, is_unit, read_test)


def parse_expression(text: str, is_unit: IsUnit = units.is_unit) -> Expression:
    """The sum, product, name or number that a formula or a value is."""
    return _whole(text, is_unit, read_expression)


def parse_derived(text: str, is_unit: IsUnit = units.is_unit) -> Derived:
    """What an element's `derived:` line says: an expression, a test, or a form."""
    return _whole(text, is_unit, read_derived)


def parse_range(text: str, is_unit: IsUnit = units.is_unit) -> tuple[Number, Number]:
    """`NUMBER UNIT? to NUMBER UNIT?`: both ends as written."""
    return _whole(text, is_unit, read_range)


def parse_quantity(text: str, is_unit: IsUnit = units.is_unit) -> Number:
    """`NUMBER UNIT?`."""
    return _whole(text, is_unit, read_number)


def parse_duration(text: str, is_unit: IsUnit = units.is_unit) -> Duration:
    """`NUMBER UNIT | SETTING`; that the unit is one of time is for compile to check."""
    return _whole(text, is_unit, read_duration)


def _whole(text: str, is_unit: IsUnit, read: Callable[[Words], Read]) -> Read:
    words = Words(split(text), is_unit)
    result = read(words)
    words.finish()
    return result
