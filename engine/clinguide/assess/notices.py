"""Notices: what must be said whatever the answer. An urgent notice that is open is given as not excluded."""

from typing import Literal

from clinguide.evaluate import Evaluation
from clinguide.model import GradeRule, NoticeRule, Rule
from clinguide.results import NoticeSaid

Stated = tuple[str, str, bool]
"""The clause of a notice, what it says, and whether it is urgent."""


def notices(evaluation: Evaluation) -> list[NoticeSaid]:
    """The notices that hold or are not excluded, urgent ones first, and contradictions among the facts."""
    found = [said for rule in evaluation.knowledge.rules.values() for said in _of_rule(evaluation, rule)]
    return sorted(
        [*found, *_contradictions(evaluation), *_not_graded(evaluation), *_local(evaluation)],
        key=lambda each: (not each.urgent, each.rule, each.says),
    )


def _of_rule(evaluation: Evaluation, rule: Rule) -> list[NoticeSaid]:
    found = []
    for clause, says, urgent in _stated(rule):
        possible = evaluation.possible(clause)
        if False not in possible:
            found.append(NoticeSaid(rule.header.id, says.strip(), urgent, "holds"))
        elif True in possible and urgent:
            found.append(NoticeSaid(rule.header.id, says.strip(), urgent, "not_excluded"))
    return found


def _stated(rule: Rule) -> list[Stated]:
    name = rule.header.id
    if isinstance(rule, NoticeRule):
        return [(f"{name}/when", rule.says, rule.urgent)]
    if isinstance(rule, GradeRule):
        return [(f"{name}/notices/{number}", each.says, each.urgent) for number, each in enumerate(rule.notices)]
    return []


def _not_graded(evaluation: Evaluation) -> list[NoticeSaid]:
    """Before the first infusion there is nothing to grade, and that is said."""
    timeline = evaluation.timeline
    if not timeline.infused or timeline.infusions:
        return []
    says = "Before the first infusion: not graded. Treat what is there on its own terms."
    graded = [rule.header.id for rule in evaluation.knowledge.rules.values() if isinstance(rule, GradeRule)]
    return [NoticeSaid(rule, says, urgent=False, status="holds") for rule in graded]


def _local(evaluation: Evaluation) -> list[NoticeSaid]:
    """What the institution withholds, and each local change that is past its day of review."""
    knowledge = evaluation.knowledge
    found = [
        NoticeSaid(
            rule, f"Withheld here by {knowledge.protocol.id}: {change.why.strip()}", urgent=False, status="holds"
        )
        for rule, change in knowledge.withheld.items()
        if rule in knowledge.rules
    ]
    for overlay in knowledge.overlays:
        for change in overlay.changes:
            if knowledge.as_of is not None and knowledge.as_of >= change.until:
                says = f"A change of {overlay.id} was to be reviewed by {change.until}: {change.kind} {change.target}."
                found.append(NoticeSaid(change.target, says, urgent=False, status="holds"))
    return found


def _contradictions(evaluation: Evaluation) -> list[NoticeSaid]:
    status: Literal["contradiction"] = "contradiction"
    said = {
        says: rule.header.id
        for rule in evaluation.knowledge.rules.values()
        for says in evaluation.clashes(rule.header.id)
        if isinstance(rule, GradeRule)
    }
    return [NoticeSaid(rule, says, urgent=True, status=status) for says, rule in said.items()]
