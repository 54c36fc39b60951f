"""Advice: what each recommendation came to for this patient, in the order of statuses that the design fixes.

1 condition false: not recommended. 2 condition open: needs data, unless only drug history is open and some way of
filling it makes the condition true; then on as if true, and `confirm_first` at best. 3 a limit certainly passed:
withheld. 4 a limit open, or an amount that cannot be computed: confirm first. 5 else recommended.
"""

from typing import Literal

import msgspec

from clinguide import units
from clinguide.assess.doses import Computed, computed
from clinguide.assess.limits import Asked, Limited, limited
from clinguide.assess.said import open_reasons, reasons, title
from clinguide.assess.state import State, replaces, state
from clinguide.compile import Knowledge
from clinguide.compile.clauses import PREFERS
from clinguide.compile.derivations import DoseCount, DoseTotal
from clinguide.evaluate import Evaluation, Open
from clinguide.model import Action, RecommendationRule
from clinguide.results import Advice, Alternative, Confirm, Do, DoseSaid, Missing, Reason, Status


class Advised(msgspec.Struct, frozen=True):
    """All advice, and every question to an invariant, for the second engine to compare."""

    recommendations: list[Advice]
    asked: tuple[Asked, ...]


def advised(evaluation: Evaluation) -> Advised:
    """The advice of every recommendation in force that speaks about this patient."""
    made = [_advice(evaluation, rule) for rule in evaluation.knowledge.advice_order]
    listed = {each.rule: each for each, _ in made if each is not None}
    asked = tuple(question for _, questions in made for question in questions)
    return Advised(_preferred(evaluation, listed), asked)


def _advice(evaluation: Evaluation, rule: RecommendationRule) -> tuple[Advice | None, tuple[Asked, ...]]:
    name = rule.header.id
    audience = evaluation.truths.get(f"{name}/for", True)
    if audience is False:
        return None, ()
    clauses = [clause for clause in (f"{name}/for", f"{name}/when") if clause in evaluation.truths]
    possible = evaluation.possible(f"{name}/when")
    if False not in possible and audience is True:
        # Where every way of filling the open facts indicates it, the open lines are the reason.
        why = reasons(evaluation, [f"{name}/when"]) or open_reasons(evaluation, [f"{name}/when"])
        return _indicated(evaluation, rule, why, ())
    if True not in possible:
        why = reasons(evaluation, [f"{name}/when"])
        return _empty(evaluation, rule, "not_recommended", why, []), ()
    missing = [each for clause in clauses for each in evaluation.missing_for(clause)]
    open_ = open_reasons(evaluation, clauses)
    if audience is True and _only_drug_history(evaluation, missing):
        return _indicated(evaluation, rule, open_, tuple(missing))
    return _empty(evaluation, rule, "needs_data", open_, missing), ()


def _only_drug_history(evaluation: Evaluation, missing: list[Open]) -> bool:
    return bool(missing) and all(each.element in evaluation.knowledge.drug_history for each in missing)


def _indicated(
    evaluation: Evaluation, rule: RecommendationRule, why: list[Reason], missing: tuple[Open, ...]
) -> tuple[Advice, tuple[Asked, ...]]:
    """The advice of an indicated rule, after its limits; `missing` drug history allows `confirm_first` at best."""
    acted = [_acted(evaluation, rule, number) for number in range(len(rule.do))]
    lacks = [each for _, dose, _ in acted for each in dose.lacks]
    confirm = [Confirm(each.element, _confirm_words(evaluation.knowledge, each.element)) for each in missing]
    confirm += [Confirm(each, f"{title(evaluation.knowledge, each)}: needed to compute the dose") for each in lacks]
    confirm += [each for _, dose, limits in acted for each in limits.confirm if not _is_of_dose(each, dose)]
    withheld = [each for _, _, limits in acted for each in limits.withheld]
    status: Status = "withheld" if withheld else "confirm_first" if confirm else "recommended"
    # An unknown never releases a computed dose.
    do = [_without_amount(each, dose) if status == "confirm_first" else each for each, dose, _ in acted]
    advice = msgspec.structs.replace(
        _empty(evaluation, rule, status, why, list(missing)),
        do=do,
        withheld_by=list(dict.fromkeys(withheld)),
        confirm=list(dict.fromkeys(confirm)),
        warnings=list(dict.fromkeys(each for _, _, limits in acted for each in limits.warnings)),
    )
    return advice, tuple(each for _, _, limits in acted for each in limits.asked)


def _is_of_dose(confirm: Confirm, dose: Computed) -> bool:
    """Whether a limit is open only because the amount is: then what the amount lacks is to be confirmed."""
    return confirm.element in dose.bound and bool(dose.lacks)


def _confirm_words(knowledge: Knowledge, element: str) -> str:
    counted = isinstance(knowledge.forms.get(element), DoseCount | DoseTotal)
    return f"{title(knowledge, element)}: not known from this record{'; none given elsewhere?' if counted else ''}"


def _acted(evaluation: Evaluation, rule: RecommendationRule, number: int) -> tuple[Do, Computed, Limited]:
    clause, action = f"{rule.header.id}/do/{number}", rule.do[number]
    dose = computed(evaluation, clause, action)
    limits = limited(evaluation, clause, action, dose.bound)
    do = _do(evaluation.knowledge, action, dose.said, state(evaluation, action, dose))
    return _in_place_of(do, replaces(evaluation, action)), dose, limits


def _in_place_of(do: Do, other: str | None) -> Do:
    """The action with what it takes the place of: of a class that allows one regimen, the other one stops."""
    if other is None or do.dose is None or do.verb not in ("give", "change"):
        return do
    how = f"{do.dose.how}; in place of {other}, which is running: stop that"
    return msgspec.structs.replace(do, dose=msgspec.structs.replace(do.dose, how=how))


def _do(knowledge: Knowledge, action: Action, dose: DoseSaid | None, now: State) -> Do:
    is_drug = action.object in knowledge.drugs
    return Do(
        verb=action.verb,
        give=action.object if is_drug else None,
        object=None if is_drug else action.object,
        title=title(knowledge, action.object),
        route=action.route,
        over=_range(action.over),
        every=units.duration_text(action.every) if action.every is not None else None,
        duration=_range(action.duration),
        dose=dose,
        state=now.state,
        last_given=now.last_given,
        next_due=now.next_due,
        parts=list(now.parts),
        states=list(action.states),
    )


def _range(span: tuple[int, int] | None) -> str | None:
    if span is None:
        return None
    low, high = units.duration_text(span[0]), units.duration_text(span[1])
    return low if low == high else f"{low} to {high}"


def _without_amount(do: Do, dose: Computed) -> Do:
    """The action with its dose rule in words and no computed amount."""
    if do.dose is None:
        return do
    return msgspec.structs.replace(do, dose=DoseSaid(None, None, do.dose.every, dose.words))


def _empty(
    evaluation: Evaluation, rule: RecommendationRule, status: Status, why: list[Reason], missing: list[Open]
) -> Advice:
    header = rule.header
    states = list(dict.fromkeys([*header.states, *(state for action in rule.do for state in action.states)]))
    return Advice(
        rule=header.id,
        title=header.title,
        version=header.version,
        question=header.question,
        status=status,
        do=[_do(evaluation.knowledge, action, None, State(None)) for action in rule.do],
        within=rule.within,
        strength=rule.strength,
        certainty=rule.certainty,
        basis=rule.basis,
        verify=_verify(evaluation.knowledge, states),
        missing=[Missing(each.element, each.settles) for each in _merged(missing)],
        withheld_by=[],
        confirm=[],
        warnings=[],
        alternatives=[],
        because=why,
        states=states,
    )


def _merged(missing: list[Open]) -> list[Open]:
    most: dict[str, int] = {}
    for each in missing:
        most[each.element] = max(most.get(each.element, 0), each.settles)
    return [Open(name, settles) for name, settles in sorted(most.items(), key=lambda each: (-each[1], each[0]))]


def _verify(knowledge: Knowledge, states: list[str]) -> list[str]:
    """The statements that nobody has read in their source, or that were read with little confidence."""
    weak = {each.id for each in knowledge.content.statements if each.read == "recalled" or each.confidence == "low"}
    return [state for state in states if state in weak]


# --- one answer to a question ----------------------------------------------------------------------------------------


def _preferred(evaluation: Evaluation, listed: dict[str, Advice]) -> list[Advice]:
    """The preferred guideline's answers; the others stand under its first one as alternatives, never promoted."""
    knowledge = evaluation.knowledge
    found: dict[str, Advice] = {}
    others: dict[str, list[Alternative]] = {}
    for name, advice in listed.items():
        preferred, open_ = _preference(evaluation, advice.question)
        own = knowledge.rules[name].header.guideline
        if name in knowledge.withheld:
            others.setdefault(advice.question or "", []).append(_alternative(advice, "withheld by the protocol"))
        elif preferred is not None and own != preferred:
            others.setdefault(advice.question or "", []).append(_alternative(advice, "not preferred"))
        else:
            found[name] = _unsure(evaluation, advice, open_)
    for question, alternatives in others.items():
        first = next((name for name, advice in found.items() if advice.question == question), None)
        if first is not None:
            found[first] = msgspec.structs.replace(found[first], alternatives=alternatives)
    return [found[name] for name in sorted(found)]


def _alternative(advice: Advice, reason: Literal["not preferred", "withheld by the protocol"]) -> Alternative:
    return Alternative(advice.rule, advice.status, advice.title, reason)


def _preference(evaluation: Evaluation, question: str | None) -> tuple[str | None, list[Open]]:
    """Whose answer is taken, and what is not known of whether it is the one for this patient.

    The silence of a preferred guideline is its answer; one without a rule in force for the question does not speak.
    """
    knowledge = evaluation.knowledge
    speaking = {rule.header.guideline for rule in knowledge.rules.values() if rule.header.question == question}
    for number, preference in enumerate(dict(knowledge.protocol.prefers).get(question or "", ())):
        clause = f"{PREFERS}{question}/{number}"
        possible = evaluation.possible(clause) if clause in evaluation.truths else frozenset((True,))
        if preference.guideline in speaking and True in possible:
            return preference.guideline, evaluation.missing_for(clause) if False in possible else []
    return None, []


def _unsure(evaluation: Evaluation, advice: Advice, open_: list[Open]) -> Advice:
    """An answer that may be for other patients is confirmed first."""
    if not open_ or advice.status != "recommended":
        return advice
    confirm = [Confirm(each.element, f"{title(evaluation.knowledge, each.element)}: not known") for each in open_]
    do = [msgspec.structs.replace(each, dose=_words_only(each.dose)) for each in advice.do]
    return msgspec.structs.replace(advice, status="confirm_first", confirm=[*advice.confirm, *confirm], do=do)


def _words_only(dose: DoseSaid | None) -> DoseSaid | None:
    """An unknown never releases a computed dose."""
    return None if dose is None else DoseSaid(None, None, dose.every, dose.how.split(" x ", 1)[0])
