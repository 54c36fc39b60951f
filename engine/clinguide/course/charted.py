"""One charted value: its text to the value that the engines read."""

from math import inf
from typing import assert_never

from clinguide.model import Element
from clinguide.values import SetValue, Value


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
