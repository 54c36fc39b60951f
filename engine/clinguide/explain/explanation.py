"""Explain: one rule of an assessment, from its answer down to the facts. Pure, as the assessment is."""

from collections.abc import Iterator
from typing import Literal, Protocol, assert_never

from clinguide.compile import Knowledge
from clinguide.evaluate import Evaluation
from clinguide.explain.bound import asked_with
from clinguide.explain.clauses import clauses, limit
from clinguide.explain.contract import Clause, Explanation, NotExplainedError, Why
from clinguide.explain.said import Seen
from clinguide.explain.why import why
from clinguide.model import (
    ClassificationRule,
    GradeRule,
    InvariantRule,
    NoticeRule,
    RecommendationRule,
    Rule,
    ScoreRule,
)
from clinguide.results import Result, Run
from clinguide.spelling import did_you_mean


class Explainable(Protocol):
    """What of an assessment an explanation reads."""

    @property
    def result(self) -> Result:
        """The pure part."""

    @property
    def run(self) -> Run:
        """Which engines ran and whether they agree."""

    @property
    def knowledge(self) -> Knowledge:
        """The knowledge that answered."""

    @property
    def evaluation(self) -> Evaluation:
        """Every value and truth behind the result."""


def explain(assessment: Explainable, rule: str, *, depth: int = 1) -> Explanation:
    """Why a rule said what it said: every clause with its lines, facts, values, times and sources, fired or not.

    Derived facts are followed `depth` derivations down. A rule that is not in force is explained by why it is not.
    Raises NotExplainedError where no rule has this id.
    """
    knowledge = assessment.knowledge
    if rule in knowledge.rules:
        return _in_force(assessment, knowledge.rules[rule], depth)
    outside = next((each for each in knowledge.content.rules if each.header.id == rule), None)
    if outside is None:
        near = did_you_mean(rule, [each.header.id for each in knowledge.content.rules])
        raise NotExplainedError(f"no rule is called '{rule}'", f"did you mean '{near}'?" if near else None)
    because = next((each.why for each in knowledge.not_in_force if each.rule == rule), None)
    because = because or f"protocol {knowledge.protocol.id} does not use guideline {outside.header.guideline}"
    return _made(assessment, outside, "not in force", [Why("not_in_force", because, decides=True)], [])


def _in_force(assessment: Explainable, rule: Rule, depth: int) -> Explanation:
    seen = _seen(assessment.evaluation, rule)
    found = clauses(seen, rule, depth)
    answer, steps = why(seen, assessment.result, rule, found)
    if isinstance(rule, RecommendationRule):
        found += _limits(assessment, rule, depth)
    return _made(assessment, rule, answer, steps, found)


def _seen(evaluation: Evaluation, rule: Rule) -> Seen:
    """The values a rule is read with; a limit takes no assumption for an element that it names."""
    if isinstance(rule, InvariantRule):
        _, read = evaluation.bound_truth(rule.header.id, {})
        return Seen(evaluation, {**evaluation.values, **read})
    return Seen(evaluation, dict(evaluation.values))


def _limits(assessment: Explainable, rule: RecommendationRule, depth: int) -> Iterator[Clause]:
    """The limits that withhold or warn at an advice, each read with what the advice binds."""
    advice = next((each for each in assessment.result.recommendations if each.rule == rule.header.id), None)
    if advice is None:
        return
    held = {each.invariant: each.because for each in advice.withheld_by}
    for name in [*held, *(each.invariant for each in advice.warnings)]:
        invariant = assessment.knowledge.rules[name]
        if isinstance(invariant, InvariantRule):
            read = asked_with(assessment.evaluation, invariant, rule, advice)
            yield limit(Seen(assessment.evaluation, {**assessment.evaluation.values, **read}), invariant, depth)


def _made(assessment: Explainable, rule: Rule, answer: str, steps: list[Why], found: list[Clause]) -> Explanation:
    header, result = rule.header, assessment.result
    return Explanation(
        rule=header.id,
        title=header.title,
        version=header.version,
        kind=_kind(rule),
        guideline=header.guideline,
        in_force=header.id in assessment.knowledge.rules,
        course=result.course,
        at=result.at,
        knowledge=result.knowledge.content,
        approval=assessment.run.approval,
        doubted=any(each.item.split("/", 1)[0] == header.id for each in assessment.run.engines.differences),
        answer=answer,
        why=steps,
        clauses=found,
    )


def _kind(rule: Rule) -> Literal["grade", "score", "classification", "recommendation", "invariant", "notice"]:
    match rule:
        case GradeRule():
            return "grade"
        case ScoreRule():
            return "score"
        case ClassificationRule():
            return "classification"
        case RecommendationRule():
            return "recommendation"
        case InvariantRule():
            return "invariant"
        case NoticeRule():
            return "notice"
        case _:
            assert_never(rule)
