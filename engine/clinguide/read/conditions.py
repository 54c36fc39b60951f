"""Conditions out of YAML: lines of text, and the connectives around them.

A line that cannot be read leaves an empty condition in its place; it never gets further, because reading ends in an
error as soon as there is one problem.
"""

import msgspec

from clinguide.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    Derived,
    Expression,
    Line,
    Misread,
    NoneOf,
    Number,
    parse_derived,
    parse_expression,
    parse_test,
)
from clinguide.problems import Problem
from clinguide.read.nodes import items, optional, word
from clinguide.units import is_unit
from clinguide.yamlfile import Node, Scalar, Sequence, get

NOTHING = AllOf(())
"""What stands in the place of a condition that could not be read."""


def condition(node: Node, problems: list[Problem]) -> Condition:
    """The condition that a node says: a line, a list (all of them), or a connective."""
    match node:
        case Scalar():
            return _line(node, problems)
        case Sequence():
            return AllOf(_each(node, problems))
        case _:
            return _labelled(_connective(node, problems), optional(node, "label"))


def optional_condition(node: Node | None, problems: list[Problem]) -> Condition | None:
    """The condition of a key that may be absent."""
    return None if node is None else condition(node, problems)


def conditions(node: Node | None, problems: list[Problem]) -> tuple[Condition, ...]:
    """The conditions of a list, each by itself; one condition that is no list is the only one."""
    if node is None:
        return ()
    return _each(node, problems) if isinstance(node, Sequence) else (condition(node, problems),)


def row_condition(row: Node, problems: list[Problem], labelled: bool = True) -> Condition | None:
    """The condition of a row, under `when:` or directly; None for `otherwise`.

    The row's `label` is the condition's, unless the row has a use of its own for it.
    """
    if get(row, "otherwise") is not None:
        return None
    found = _connective(row, problems)
    return _labelled(found, optional(row, "label")) if labelled else found


def expression(node: Node, problems: list[Problem]) -> Expression:
    """The expression of one value: a number, or a line of text."""
    try:
        return parse_expression(word(node), is_unit)
    except Misread as misread:
        problems.append(misread.problem(node.span))
        return Number("0")


def derived(node: Scalar, problems: list[Problem]) -> Derived:
    """The form that a `derived:` line says."""
    try:
        return parse_derived(word(node), is_unit)
    except Misread as misread:
        problems.append(misread.problem(node.span))
        return Number("0")


def _line(node: Scalar, problems: list[Problem]) -> Condition:
    try:
        return Line(parse_test(word(node), is_unit), word(node), node.span)
    except Misread as misread:
        problems.append(misread.problem(node.span))
        return NOTHING


def _each(node: Node | None, problems: list[Problem]) -> tuple[Condition, ...]:
    return tuple(condition(item, problems) for item in items(node))


def _connective(node: Node, problems: list[Problem]) -> Condition:
    """The one connective among the keys of a mapping."""
    if (when := get(node, "when")) is not None:
        return condition(when, problems)
    if (every := get(node, "all")) is not None:
        return AllOf(_each(every, problems))
    if (some := get(node, "any")) is not None:
        return AnyOf(_each(some, problems))
    if (none := get(node, "none_of")) is not None:
        return NoneOf(_each(none, problems))
    # The schema leaves nothing else.
    count, of = get(node, "at_least"), get(node, "of")
    number = count.value if isinstance(count, Scalar) and isinstance(count.value, int) else 0
    found = _each(of, problems)
    if count is not None and number > len(found):
        hint = f"there are {len(found)} under of:"
        problems.append(Problem("condition", f"{number} of {len(found)} conditions can never hold", count.span, hint))
    return AtLeast(number, found)


def _labelled(found: Condition, label: str | None) -> Condition:
    return msgspec.structs.replace(found, label=label) if label else found
