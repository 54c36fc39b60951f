"""Clauses: every condition of a rule or element under a stable name ("crs.grade/rows/0").

Both engines answer clauses, the audit names them, and a difference between the engines is a difference in one clause.
"""

from collections.abc import Iterator
from typing import assert_never

from clinguide.condition import AllOf, Condition
from clinguide.model import (
    Action,
    ClassificationRule,
    Element,
    GradeRule,
    InvariantRule,
    NoticeRule,
    Protocol,
    RecommendationRule,
    Rule,
    ScoreRule,
)

Clause = tuple[str, Condition]
PREFERS = "prefers:"
"""Before the name of a question, where a protocol says whose answer is taken."""


def rule_clauses(rule: Rule) -> Iterator[Clause]:
    """The clauses of a rule, in the order of its file."""
    name = rule.header.id
    if rule.header.audience:
        yield f"{name}/for", AllOf(rule.header.audience)
    match rule:
        case GradeRule():
            yield from _grade_clauses(rule, name)
        case ScoreRule():
            yield from _rows(f"{name}/formulas", [row.when for row in rule.formulas])
            for item in rule.points:
                yield from _rows(f"{name}/points/{item.name}", [row.when for row in item.rows])
        case ClassificationRule():
            yield from _rows(f"{name}/outcomes", [outcome.when for outcome in rule.outcomes])
        case RecommendationRule():
            yield f"{name}/when", rule.when
            for number, action in enumerate(rule.do):
                yield from _dose_clauses(f"{name}/do/{number}", action)
        case InvariantRule():
            yield f"{name}/must", rule.must
        case NoticeRule():
            yield f"{name}/when", rule.when
        case _:
            assert_never(rule)


def _grade_clauses(rule: GradeRule, name: str) -> Iterator[Clause]:
    if rule.require is not None:
        yield f"{name}/require", rule.require
    yield from _rows(f"{name}/rows", [row.when for row in rule.rows])
    yield from _rows(f"{name}/notices", [notice.when for notice in rule.notices])


def _dose_clauses(name: str, action: Action) -> Iterator[Clause]:
    if action.dose is not None:
        yield from _rows(f"{name}/dose", [row.when for row in action.dose.rows])
    yield from _rows(f"{name}/steps", [step.until for step in action.steps])


def preference_clauses(protocol: Protocol) -> Iterator[Clause]:
    """The clauses of a protocol: to whom each preferred answer applies."""
    for question, preferences in protocol.prefers:
        yield from _rows(f"{PREFERS}{question}", [preference.audience for preference in preferences])


def _rows(name: str, conditions: list[Condition | None]) -> Iterator[Clause]:
    for number, condition in enumerate(conditions):
        if condition is not None:
            yield f"{name}/{number}", condition


def element_clauses(element: Element) -> Iterator[Clause]:
    """The clauses of an element: what blocks its assumption and what makes its charted value unusable or a bound."""
    if element.assume is not None and element.assume.unless is not None:
        yield f"{element.id}/unless", element.assume.unless
    yield from _rows(f"{element.id}/unusable", list(element.unusable))
    yield from _rows(f"{element.id}/at_least_when", list(element.at_least_when))
