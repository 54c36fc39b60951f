"""Answers: what a grade, a score or a classification comes to, from the truth of its clauses."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias, assert_never

from clinguide.compile import Knowledge
from clinguide.compile.atoms import Constant
from clinguide.compile.names import BAND
from clinguide.evaluate.arithmetic import bounds
from clinguide.model import (
    ClassificationRule,
    GradeRule,
    InvariantRule,
    NoticeRule,
    PointItem,
    RecommendationRule,
    Rule,
    ScoreRule,
)
from clinguide.values import MICRO, OPEN, Bounds, Truth, Value

Truths: TypeAlias = Mapping[str, Truth]
Answer: TypeAlias = frozenset[int] | frozenset[str] | Bounds
"""The answers still possible: grades, outcomes, or the bounds of a score."""
_PLAIN = Constant(1, MICRO)


def answer(rule: Rule, truths: Truths, values: Mapping[str, Value], knowledge: Knowledge) -> Answer | None:
    """The answers of a rule that are still possible; None for a rule that has no value."""
    match rule:
        case GradeRule():
            return grades(rule, truths)
        case ScoreRule():
            return score(rule, truths, values, knowledge)
        case ClassificationRule():
            clauses = [f"{rule.header.id}/outcomes/{number}" for number in range(len(rule.outcomes))]
            return frozenset(rule.outcomes[number].outcome for number in _possible_rows(clauses, truths))
        case RecommendationRule() | InvariantRule() | NoticeRule():
            return None
        case _:
            assert_never(rule)


def _possible_rows(clauses: Sequence[str], truths: Truths) -> list[int]:
    """The rows that could be the first that holds; a clause that is not there is `otherwise`."""
    found = []
    for number, clause in enumerate(clauses):
        held = truths.get(clause, True)
        if held is not False:
            found.append(number)
        if held is True:
            break
    return found


def grades(rule: GradeRule, truths: Truths) -> frozenset[int]:
    """The grades still possible: rows of grade 5 first, then `require`, then the rows, worst first; none holds: 0."""
    name = rule.header.id
    found: set[int] = set()
    for number, row in enumerate(rule.rows):
        if row.grade == 5:
            held = truths[f"{name}/rows/{number}"]
            found |= {5} if held is not False else set()
            if held is True:
                return frozenset(found)
    required = truths[f"{name}/require"] if rule.require is not None else True
    if required is not True:
        found.add(0)
    if required is False:
        return frozenset(found)
    below = [(number, row) for number, row in enumerate(rule.rows) if row.grade != 5]
    possible = _possible_rows([f"{name}/rows/{number}" for number, _ in below], truths)
    found |= {below[index][1].grade for index in possible}
    if not possible or truths[f"{name}/rows/{below[possible[-1]][0]}"] is not True:
        found.add(0)
    return frozenset(found)


def score(rule: ScoreRule, truths: Truths, values: Mapping[str, Value], knowledge: Knowledge) -> Bounds:
    """The bounds of a score in micro-units."""
    if rule.points:
        pairs = [_item_points(rule.header.id, item, truths) for item in rule.points]
        return (sum(low for low, _ in pairs), sum(high for _, high in pairs))
    name = rule.header.id
    possible = _possible_rows([f"{name}/formulas/{number}" for number in range(len(rule.formulas))], truths)
    pairs = [bounds(knowledge.formulas[name][number], _PLAIN, values) for number in possible]
    if not pairs or (possible and truths.get(f"{name}/formulas/{possible[-1]}", True) is None):
        return OPEN
    return (min(low for low, _ in pairs), max(high for _, high in pairs))


def _item_points(name: str, item: PointItem, truths: Truths) -> Bounds:
    clauses = [f"{name}/points/{item.name}/{number}" for number in range(len(item.rows))]
    possible = [item.rows[number].points for number in _possible_rows(clauses, truths)]
    return (min(possible), max(possible)) if possible else (float("-inf"), float("inf"))


def bands(rule: ScoreRule, found: Bounds) -> frozenset[str]:
    """The bands that a score between two bounds could be in."""
    low, high = found
    names, above = set(), float("inf")
    for band in rule.bands:
        start = band.at_least if band.at_least is not None else float("-inf")
        if high >= start and low < above:
            names.add(band.band)
        above = start
    return frozenset(names)


def as_values(rule: Rule, found: Answer) -> dict[str, Value]:
    """The answer as the values that others read: a grade in micro-units, an outcome, a score and its band."""
    name = rule.header.id
    if isinstance(found, tuple):
        values: dict[str, Value] = {name: found}
        if isinstance(rule, ScoreRule) and rule.bands:
            values[name + BAND] = _one(bands(rule, found))
        return values
    numbers = [each for each in found if isinstance(each, int)]
    if numbers:
        return {name: (min(numbers) * MICRO, max(numbers) * MICRO)}
    return {name: _one(frozenset(each for each in found if isinstance(each, str)))}


def _one(codes: frozenset[str]) -> Value:
    return next(iter(codes)) if len(codes) == 1 else codes


def joined(answers: Sequence[Answer]) -> Answer:
    """One answer that covers several."""
    first = answers[0]
    if isinstance(first, tuple):
        pairs = [each for each in answers if isinstance(each, tuple)]
        return (min(low for low, _ in pairs), max(high for _, high in pairs))
    grades_ = [each for found in answers if isinstance(found, frozenset) for each in found if isinstance(each, int)]
    outcomes = [each for found in answers if isinstance(found, frozenset) for each in found if isinstance(each, str)]
    return frozenset(grades_) if grades_ else frozenset(outcomes)


def decided(found: Answer) -> bool:
    """Whether one answer is left."""
    return found[0] == found[1] if isinstance(found, tuple) else len(found) == 1
