"""Findings: what each grade, score and classification said, and why."""

from typing import Literal

from clinguide import units
from clinguide.assess.said import open_reasons, reasons, said
from clinguide.evaluate import Evaluation, Otherwise
from clinguide.evaluate.answers import Answer, bands, decided
from clinguide.model import ClassificationRule, GradeRule, ScoreRule
from clinguide.results import Assumed, Finding, Missing, Reason, Said

Answering = GradeRule | ScoreRule | ClassificationRule


def findings(evaluation: Evaluation) -> list[Finding]:
    """The findings of all rules in force that have a value, grades first, by id."""
    rules = [rule for rule in evaluation.knowledge.rules.values() if isinstance(rule, Answering)]
    kinds = (GradeRule, ClassificationRule, ScoreRule)
    ordered = sorted(rules, key=lambda rule: (kinds.index(type(rule)), rule.header.id))
    return [finding(evaluation, rule) for rule in ordered]


def finding(evaluation: Evaluation, rule: Answering) -> Finding:
    """The finding of one rule."""
    name = rule.header.id
    found = evaluation.answer(name)
    clashes = evaluation.clashes(name)
    low, high = _bounds(rule, found.answer)
    return Finding(
        rule=name,
        title=rule.header.title,
        version=rule.header.version,
        kind=_kind(rule),
        status="contradiction" if clashes else "determined" if decided(found.answer) else "undetermined",
        value=_value(rule, found.answer),
        at_least=low,
        at_most=high,
        possible=_possible(found.answer),
        band=_band(rule, found.answer),
        exact=found.complete,
        missing=[Missing(each.element, each.settles) for each in evaluation.missing(name)],
        assumed=[_assumed(evaluation, each) for each in evaluation.assumed(name)],
        discounted=[_assumed(evaluation, each) for each in evaluation.discounted(name)],
        because=because(evaluation, rule),
        contradictions=clashes,
        states=_states(evaluation, rule),
    )


def _kind(rule: Answering) -> Literal["grade", "score", "classification"]:
    match rule:
        case GradeRule():
            return "grade"
        case ScoreRule():
            return "score"
        case ClassificationRule():
            return "classification"


def _value(rule: Answering, answer: Answer) -> int | str | None:
    if not decided(answer):
        return None
    if isinstance(answer, tuple):
        return _score_text(rule, answer[0])
    answers: list[int | str] = [*answer]
    return answers[0]


def _score_text(rule: Answering, micro: float) -> str | None:
    unit = rule.unit if isinstance(rule, ScoreRule) else None
    return units.micro_text(int(micro), unit) if abs(micro) != float("inf") else None


def _bounds(rule: Answering, answer: Answer) -> tuple[int | str | None, int | str | None]:
    if isinstance(answer, tuple):
        return _score_text(rule, answer[0]), _score_text(rule, answer[1])
    numbers = [each for each in answer if isinstance(each, int)]
    return (min(numbers), max(numbers)) if numbers else (None, None)


def _possible(answer: Answer) -> list[int | str]:
    return (
        [] if isinstance(answer, tuple) or decided(answer) else sorted(answer, key=lambda each: (str(type(each)), each))
    )


def _band(rule: Answering, answer: Answer) -> str | None:
    if not isinstance(rule, ScoreRule) or not isinstance(answer, tuple):
        return None
    names = bands(rule, answer)
    return next(iter(names)) if len(names) == 1 else None


def _assumed(evaluation: Evaluation, each: Otherwise) -> Assumed:
    named = evaluation.knowledge.names[each.element]
    return Assumed(each.element, said(named, each.value), _otherwise(each.answer))


def _otherwise(answer: Answer) -> Said:
    """One other answer; of several grades the worst, since that is what an assumption could hide."""
    if isinstance(answer, tuple):
        return None
    numbers = [each for each in answer if isinstance(each, int)]
    if numbers:
        return max(numbers)
    return sorted(each for each in answer if isinstance(each, str))


# --- why ----------------------------------------------------------------------------------------------------------


def because(evaluation: Evaluation, rule: Answering) -> list[Reason]:
    """The lines that decided: those of the row that held; where an answer is open, the lines that leave it so."""
    clauses = [clause for clause in evaluation.program.clauses[rule.header.id] if "/notices/" not in clause]
    deciding = _deciding(evaluation, rule, clauses)
    if not decided(evaluation.kleene(rule.header.id)):
        above = clauses[: clauses.index(deciding)] if deciding is not None else clauses
        held = reasons(evaluation, [deciding]) if deciding is not None else []
        return [*open_reasons(evaluation, above), *held]
    if deciding is not None:
        return reasons(evaluation, [deciding])
    failing = [clause for clause in clauses if clause.endswith("/require") and evaluation.truths[clause] is False]
    return [each for each in reasons(evaluation, failing or clauses) if _charted(each)]


def _charted(reason: Reason) -> bool:
    """Whether a line read something that is not only assumed: what nobody charts explains nothing."""
    return any(fact.source != "assumed" for fact in reason.facts)


def _deciding(evaluation: Evaluation, rule: Answering, clauses: list[str]) -> str | None:
    """The first row or outcome that certainly holds; none where `require` fails."""
    if evaluation.truths.get(f"{rule.header.id}/require") is False:
        return None
    rows = [clause for clause in clauses if "/rows/" in clause or "/outcomes/" in clause]
    return next((clause for clause in rows if evaluation.truths[clause] is True), None)


def _states(evaluation: Evaluation, rule: Answering) -> list[str]:
    """The statements of the rule, and those of the row that decided."""
    states = list(rule.header.states)
    if isinstance(rule, GradeRule):
        clauses = list(evaluation.program.clauses[rule.header.id])
        deciding = _deciding(evaluation, rule, clauses)
        if deciding is not None:
            states += rule.rows[int(deciding.rsplit("/", 1)[1])].states
    return list(dict.fromkeys(states))
