"""Quantities of knowledge files to integers: micro-units of a unit, microseconds for durations."""

from collections.abc import Callable

from clinguide.problems import Problem, Span
from clinguide.read.nodes import word
from clinguide.units import UnitError, Written, microseconds, quantity, to_micro, unit
from clinguide.yamlfile import Node, Scalar

Range = tuple[int, int]


def micro(node: Node | None, unit_code: str | None, problems: list[Problem]) -> int | None:
    """The number in micro-units of `unit_code` (None: a plain number); None where it is absent or wrong."""
    return None if node is None else _told(node, lambda written: _micro(*written, unit_code), problems)


def micro_range(node: Node | None, unit_code: str | None, problems: list[Problem]) -> Range | None:
    """Both ends of `low to high` in micro-units of `unit_code`."""
    return _range(node, lambda written: _micro(*written, unit_code), problems)


def duration(node: Node | None, problems: list[Problem]) -> int | None:
    """The length of time in microseconds; None where it is absent or wrong."""
    return None if node is None else _told(node, _microseconds, problems)


def duration_range(node: Node | None, problems: list[Problem]) -> Range | None:
    """Both ends of `low to high` in microseconds; one length of time is both ends."""
    return _range(node, _microseconds, problems)


def unit_of(node: Node | None, problems: list[Problem]) -> str | None:
    """A unit as it is written, where it is one that is known."""
    code = None if node is None else word(node)
    try:
        return unit(code).code and code if code else None
    except UnitError as error:
        problems.append(_problem(error, node))
        return None


def written(node: Node) -> tuple[Written, str | None]:
    """The number and unit of a value as they are written. Raises UnitError."""
    return quantity(word(node))


def ends(node: Node) -> tuple[Node, Node]:
    """`low to high` as two nodes with their own places; one value is both ends."""
    if not isinstance(node, Scalar) or not isinstance(node.value, str) or " to " not in node.value:
        return node, node
    low, _, high = node.value.partition(" to ")
    after = len(low) + len(" to ")
    return _part(node, low, 0), _part(node, high, after)


def _part(node: Scalar, text: str, start: int) -> Scalar:
    return Scalar(text, node.span.inside(start, start + len(text)), node.plain_style)


def _range(
    node: Node | None, to_integer: Callable[[tuple[Written, str | None]], int], problems: list[Problem]
) -> Range | None:
    if node is None:
        return None
    low, high = (_told(end, to_integer, problems) for end in ends(node))
    if low is None or high is None:
        return None
    if low > high:
        problems.append(
            Problem("range-order", "the range ends before it begins", node.span, "write the lower end first")
        )
    return low, high


def _told(node: Node, to_integer: Callable[[tuple[Written, str | None]], int], problems: list[Problem]) -> int | None:
    try:
        return to_integer(written(node))
    except UnitError as error:
        problems.append(_problem(error, node))
        return None


def _micro(number: Written, unit_code: str | None, wanted: str | None) -> int:
    if wanted is None and unit_code is not None:
        raise UnitError(f"a plain number is needed here, without '{unit_code}'", "leave out the unit")
    if wanted is not None and unit_code is None and unit(wanted).dimension:
        raise UnitError("the unit is missing", f"write it in {wanted}, or in a unit that can be converted to it")
    return to_micro(number, unit_code or wanted or "1", wanted or "1")


def _microseconds(written: tuple[Written, str | None]) -> int:
    number, unit_code = written
    # Without a unit it is a pure number, which is refused as no unit of time.
    return microseconds(number, unit_code or "1")


def _problem(error: UnitError, node: Node | None) -> Problem:
    return Problem("bad-unit", error.message, _span(node), error.hint)


def _span(node: Node | None) -> Span | None:
    return node.span if node else None
