"""What a condition comes to: negation normal form, Kleene's truth, and what its lines read.

Kleene: a condition is certainly true, certainly false, or neither. Each of the two certainties is a tree of positive
connectives over literals, so that an engine needs no "not": where neither tree holds, the condition is unknown.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from math import comb
from typing import TypeAlias, assert_never

import msgspec

from clinguide.condition.text import Tree
from clinguide.condition.tree import (
    AllOf,
    AnyOf,
    AtAnchor,
    AtLeast,
    Chosen,
    Condition,
    CountSet,
    DailyDose,
    DoseAnchor,
    Doses,
    Includes,
    IsUnknown,
    Line,
    Name,
    NoneOf,
    StartOfRegimen,
    TimeSinceDone,
    TotalDose,
)

MOST_COMBINATIONS = 2_000
"""Combinations into which all `at_least` of one condition may be written out together."""


class Literal(msgspec.Struct, frozen=True):
    """One line that must be certainly true or, negated, certainly false."""

    test: Line
    negated: bool = False


class Every(msgspec.Struct, frozen=True):
    """All of the items hold; without items it holds."""

    items: tuple["Pattern", ...]


class Some(msgspec.Struct, frozen=True):
    """One of the items holds; without items it does not."""

    items: tuple["Pattern", ...]


Pattern: TypeAlias = Literal | Every | Some


def holds(condition: Condition) -> Pattern:
    """When the condition is certainly true; ValueError where `at_least` makes too many combinations."""
    _refuse_excess(condition, True)
    return _pattern(condition, True)


def fails(condition: Condition) -> Pattern:
    """When the condition is certainly false; ValueError where `at_least` makes too many combinations."""
    _refuse_excess(condition, False)
    return _pattern(condition, False)


def _pattern(condition: Condition, truth: bool) -> Pattern:
    match condition:
        case Line():
            return Literal(condition, negated=not truth)
        case AllOf():
            items = _patterns(condition.items, truth)
            return Every(items) if truth else Some(items)
        case AnyOf():
            items = _patterns(condition.items, truth)
            return Some(items) if truth else Every(items)
        case NoneOf():
            items = _patterns(condition.items, not truth)
            return Every(items) if truth else Some(items)
        case AtLeast():
            items = _patterns(condition.items, truth)
            return Some(tuple(Every(chosen) for chosen in combinations(items, _needed(condition, truth))))
        case _:
            assert_never(condition)


def _patterns(items: Iterable[Condition], truth: bool) -> tuple[Pattern, ...]:
    return tuple(_pattern(item, truth) for item in items)


def _needed(condition: AtLeast, truth: bool) -> int:
    # "At least 2 of 3" is false once 2 of the 3 are: fewer than 2 are then left that could hold.
    return max(0, condition.count if truth else len(condition.items) - condition.count + 1)


def _refuse_excess(condition: Condition, truth: bool) -> None:
    found = _combinations(condition, truth)
    if found > MOST_COMBINATIONS:
        raise ValueError(
            f"written out, at_least makes {found:,} combinations, and {MOST_COMBINATIONS:,} are the most: "
            "give parts of the list a name as derived elements"
        )


def _combinations(condition: Condition, truth: bool) -> int:
    """How many combinations the pattern has, counted without making them."""
    match condition:
        case Line():
            return 0
        case AllOf() | AnyOf():
            return sum(_combinations(item, truth) for item in condition.items)
        case NoneOf():
            return sum(_combinations(item, not truth) for item in condition.items)
        case AtLeast():
            size, needed = len(condition.items), _needed(condition, truth)
            inside = sum(_combinations(item, truth) for item in condition.items)
            # Each item is written once in every combination that it belongs to.
            return comb(size, needed) + (comb(size - 1, needed - 1) * inside if needed and inside else 0)
        case _:
            assert_never(condition)


def evaluate(condition: Condition, truth_of: Callable[[Line], bool | None]) -> bool | None:
    """Kleene's truth of a condition from that of its lines: True, False, or None for unknown."""
    match condition:
        case Line():
            return truth_of(condition)
        case AllOf():
            return _at_least(len(condition.items), condition.items, truth_of)
        case AnyOf():
            return _at_least(1, condition.items, truth_of)
        case NoneOf():
            some = _at_least(1, condition.items, truth_of)
            return None if some is None else not some
        case AtLeast():
            return _at_least(condition.count, condition.items, truth_of)
        case _:
            assert_never(condition)


def _at_least(count: int, items: tuple[Condition, ...], truth_of: Callable[[Line], bool | None]) -> bool | None:
    found = [evaluate(item, truth_of) for item in items]
    if found.count(True) >= count:
        return True
    return None if found.count(True) + found.count(None) >= count else False


def lines(condition: Condition) -> Iterator[Line]:
    """Every line of a condition, in the order in which it is written."""
    if isinstance(condition, Line):
        yield condition
        return
    for item in condition.items:
        yield from lines(item)


def names(tree: Tree) -> frozenset[str]:
    """The elements, rules and settings that one line reads."""
    named = (Name, Includes, IsUnknown, Chosen, AtAnchor, CountSet)
    return frozenset(node.name for node in _nodes(tree) if isinstance(node, named))


def drugs(tree: Tree) -> frozenset[str]:
    """The drugs, classes and equivalences that one line reads."""
    drugged = (DoseAnchor, StartOfRegimen, Doses, TotalDose, DailyDose)
    return frozenset(node.drug for node in _nodes(tree) if isinstance(node, drugged))


def actions(tree: Tree) -> frozenset[str]:
    """The actions that one line reads."""
    return frozenset(node.action for node in _nodes(tree) if isinstance(node, TimeSinceDone))


def _nodes(tree: msgspec.Struct) -> Iterator[msgspec.Struct]:
    yield tree
    for field in tree.__struct_fields__:
        inside = getattr(tree, field)
        if isinstance(inside, msgspec.Struct):
            yield from _nodes(inside)
