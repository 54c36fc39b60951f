"""Why: what an answer came to, in words, and the steps that led there."""

from collections.abc import Iterator
from typing import assert_never

from clinguide.compile import Knowledge
from clinguide.evaluate import Evaluation
from clinguide.explain.contract import Clause, Why
from clinguide.explain.said import Seen, title, words
from clinguide.model import (
    ClassificationRule,
    GradeRule,
    InvariantRule,
    NoticeRule,
    RecommendationRule,
    Rule,
    ScoreRule,
)
from clinguide.results import Advice, Alternative, Assumed, Confirm, Finding, Result

Answered = tuple[str, list[Why]]
"""What a rule came to, and the steps."""


def why(seen: Seen, result: Result, rule: Rule, clauses: list[Clause]) -> Answered:
    """The answer of a rule in force and the steps that led to it."""
    match rule:
        case GradeRule() | ScoreRule() | ClassificationRule():
            found = next(each for each in result.findings if each.rule == rule.header.id)
            return _answer(rule, found), list(_finding(seen.knowledge, rule, found, clauses))
        case RecommendationRule():
            return _advice(seen.evaluation, result, rule)
        case InvariantRule():
            return _limit(result, rule, clauses)
        case NoticeRule():
            return _notice(result, rule, clauses)
        case _:
            assert_never(rule)


# --- grades, scores, classifications ----------------------------------------------------------------------------------


def _answer(rule: Rule, found: Finding) -> str:
    """The answer in a few words; an open one with its bounds, the worse first."""
    grade = "grade " if isinstance(rule, GradeRule) else ""
    band = f" ({found.band})" if found.band else ""
    if found.value is not None:
        return f"{grade}{found.value}{band}"
    if found.at_least is not None or found.at_most is not None:
        low = "no lower bound" if found.at_least is None else f"at least {found.at_least}"
        high = "no upper bound" if found.at_most is None else f"could be as high as {found.at_most}"
        return f"NOT DETERMINED: {high}, {low}{band}"
    open_ = " or ".join(str(each) for each in found.possible)
    return f"NOT DETERMINED: {open_ or 'no bound'}"


def _finding(knowledge: Knowledge, rule: Rule, found: Finding, clauses: list[Clause]) -> Iterator[Why]:
    yield from (Why("contradiction", each, decides=True) for each in found.contradictions)
    yield Why("row", _row(rule, found, clauses), decides=True)
    for lack in found.missing:
        rules_out = f"; one value of it can rule out {lack.settles}" if lack.settles else ""
        yield Why("missing", f"{title(knowledge, lack.element)} ({lack.element}){rules_out}", decides=True)
    yield from (Why("assumed", _leaning(knowledge, rule, each), decides=True) for each in found.assumed)
    yield from (Why("discounted", _leaning(knowledge, rule, each), decides=True) for each in found.discounted)


def _row(rule: Rule, found: Finding, clauses: list[Clause]) -> str:
    rows = [each for each in clauses if each.kind in ("row", "require", "outcome", "formula", "points")]
    deciding = [each for each in rows if each.role == "decides"]
    # Of a score by points it is the items that are open, each with many rows.
    open_ = dict.fromkeys(_open_name(each) for each in rows if each.role == "possible")
    if open_ and found.value is None:
        return "open: " + "; ".join(open_)
    if open_:
        return "every way of filling the open facts gives the same answer; open: " + "; ".join(open_)
    if deciding and deciding[0].kind == "require":
        return "what the rule requires certainly fails: grade 0"
    if deciding:
        first = "; ".join(map(row_name, deciding))
        return f"decided by {first}"
    return "no row holds" + (": grade 0" if isinstance(rule, GradeRule) else "")


def _open_name(clause: Clause) -> str:
    return clause.name.split("/")[2] if clause.kind == "points" else row_name(clause)


def row_name(clause: Clause) -> str:
    """How a clause is called: "row 3 (grade 3, one vasopressor)"; rows are counted from 1 as a reader counts them."""
    place = clause.name.rsplit("/", 1)[1]
    told = ", ".join(each for each in (clause.gives, clause.label) if each)
    match clause.kind:
        case "row" | "outcome" | "formula" | "points" | "dose" | "derived":
            return f"{clause.kind if clause.kind != 'derived' else 'row'} {int(place) + 1} ({told})"
        case _:
            return clause.kind


def _leaning(knowledge: Knowledge, rule: Rule, each: Assumed) -> str:
    other = "not one answer" if each.otherwise is None else words(each.otherwise)
    grade = "grade " if isinstance(rule, GradeRule) and each.otherwise is not None else ""
    return f"{title(knowledge, each.element)}: {words(each.value)}; otherwise {grade}{other}"


# --- advice -----------------------------------------------------------------------------------------------------------


def _advice(evaluation: Evaluation, result: Result, rule: RecommendationRule) -> Answered:
    """The status and the steps in the order of the design: what stands first decides before what stands later."""
    name = rule.header.id
    advice = next((each for each in result.recommendations if each.rule == name), None)
    other = next(
        ((each, said) for each in result.recommendations for said in each.alternatives if said.rule == name), None
    )
    status = advice.status if advice is not None else other[1].status if other is not None else None
    steps = [
        Why("indication", _held(evaluation, f"{name}/when"), decides=status in ("recommended", "not_recommended")),
        Why("population", _held(evaluation, f"{name}/for"), decides=evaluation.truths.get(f"{name}/for") is False),
    ]
    if status == "needs_data":
        steps = [Why(each.what, each.says, decides=each.says.startswith("unknown")) for each in steps]
    if advice is not None:
        steps += _limits(advice)
    steps.append(_preference(rule, advice, other, listed=status is not None or steps[1].decides))
    steps += _drug_history(evaluation.knowledge, advice) if advice is not None else []
    said = (status or "not_listed").replace("_", " ")
    return (f"{said}, as an alternative" if other is not None else said), steps


def _held(evaluation: Evaluation, clause: str) -> str:
    """The truth of a condition, with the lines that make it so."""
    if clause not in evaluation.truths:
        return "everybody"
    held = evaluation.truths[clause]
    if held is not None:
        lines = [leaf.label or leaf.text for leaf, _ in evaluation.supporting(clause)]
        return f"{'true' if held else 'false'}: {'; '.join(dict.fromkeys(lines))}"
    possible = evaluation.possible(clause)
    open_ = "; ".join(dict.fromkeys(leaf.label or leaf.text for leaf in evaluation.open_lines(clause)))
    if len(possible) == 1:
        return f"{'true' if True in possible else 'false'} however the open facts are filled: {open_}"
    return f"unknown: {open_}"


def _limits(advice: Advice) -> list[Why]:
    found = []
    for each in advice.withheld_by:
        lifts = f"; lifts at {each.lifts_at} if nothing else changes" if each.lifts_at else ""
        instead = f"; instead: {each.instead}" if each.instead else ""
        text = f"{each.because}: {each.title} ({each.invariant}){lifts}{instead}"
        found.append(Why("limit", text, decides=True))
    first, history = advice.status == "confirm_first", _history(advice)
    asked = [each.says for each in advice.confirm if each not in history]
    found += [Why("limit", f"to confirm first: {says}", decides=first) for says in asked]
    found += [Why("limit", f"warning: {each.says}", decides=False) for each in advice.warnings]
    if not found and advice.status == "recommended":
        found.append(Why("limit", "none is passed or open", decides=False))
    return found


def _preference(
    rule: RecommendationRule, advice: Advice | None, other: tuple[Advice, Alternative] | None, *, listed: bool
) -> Why:
    question = rule.header.question
    if question is None:
        return Why("preference", "the rule answers no question that others answer too", decides=False)
    if other is not None:
        return Why("preference", f"{other[1].reason}: {question} is answered by {other[0].rule}", decides=True)
    if not listed:
        return Why("preference", f"another guideline answers {question}, and says nothing here", decides=True)
    others = ", ".join(each.rule for each in advice.alternatives) if advice is not None else ""
    return Why("preference", f"answers {question}" + (f" before {others}" if others else ""), decides=False)


def _drug_history(knowledge: Knowledge, advice: Advice) -> list[Why]:
    """What is open of the drugs given, where the advice goes on as if the indication were true."""
    if advice.status not in ("confirm_first", "withheld"):
        return []
    said = {each.element: each.says for each in _history(advice)}
    open_ = [said.get(each.element, title(knowledge, each.element)) for each in advice.missing]
    return [
        Why("drug_history", f"to confirm first: {says}", decides=advice.status == "confirm_first") for says in open_
    ]


def _history(advice: Advice) -> list[Confirm]:
    """What is to be confirmed because the indication is open; a limit may ask for the same fact after it."""
    first: dict[str, Confirm] = {}
    for each in advice.confirm:
        first.setdefault(each.element, each)
    return [first[each.element] for each in advice.missing if each.element in first]


# --- limits and notices -----------------------------------------------------------------------------------------------


def _limit(result: Result, rule: InvariantRule, clauses: list[Clause]) -> Answered:
    name = rule.header.id
    truth = clauses[-1].truth
    answer = {"true": "satisfied", "false": "violated", "unknown": "unknown"}[truth]
    guarded = ", ".join(f"{key} {value}" for key, value in rule.guards)
    steps = [Why("condition", f"guards {guarded}; where it is passed: {rule.otherwise}", decides=False)]
    for advice in result.recommendations:
        for held in advice.withheld_by:
            if held.invariant == name:
                lifts = f", until {held.lifts_at}" if held.lifts_at else ""
                steps.append(Why("limit", f"withholds {advice.rule}: {held.because}{lifts}", decides=True))
        if any(each.invariant == name for each in advice.warnings):
            steps.append(Why("limit", f"warns at {advice.rule}", decides=True))
    if reads_action(clauses[-1]):
        answer += " until an action sets what it limits" if truth == "unknown" else ""
    return answer, steps


def reads_action(clause: Clause) -> bool:
    """Whether a limit reads the dose, route or interval of the action that it guards."""

    def lines(each: object) -> bool:
        facts, items = getattr(each, "facts", []), getattr(each, "items", [])
        return any(fact.source == "action" for fact in facts) or any(map(lines, items))

    return lines(clause.tree)


def _notice(result: Result, rule: NoticeRule, clauses: list[Clause]) -> Answered:
    given = next((each for each in result.notices if each.rule == rule.header.id), None)
    truth = clauses[-1].truth
    answer = {"true": "holds", "false": "does not hold", "unknown": "open, and not urgent: not given"}[truth]
    if given is not None:
        answer = given.status.replace("_", " ")
    return answer, [Why("condition", f"its condition is {truth}", decides=True)]
