"""Filling in what is not known of a generated patient, and telling whether an answer only became narrower."""

from copy import deepcopy
from typing import Any, TypeAlias

from hypothesis import strategies as st

from clinguide.compile import atoms
from clinguide.compile.order import tree_atoms
from clinguide.course import time_of, time_text
from clinguide.evaluate import Evaluation
from clinguide.evaluate.answers import Answer, decided
from clinguide.evaluate.kleene import truth
from clinguide.evaluate.moments import moments
from clinguide.values import SetValue, Value, codes, is_known
from course_generators import ANSWERING, ELEMENTS, GRADES, KNOWLEDGE, UNKNOWN, VALUES, Data, Facts, of_data, of_facts

Differences: TypeAlias = list[tuple[str, str]]
"""Rules, and what each says now that it could not say before."""


def narrower(new: Value, old: Value) -> bool:
    """Whether everything that a value could be, it could be before."""
    match new, old:
        case tuple(), tuple():
            return old[0] <= new[0] and new[1] <= old[1]
        case SetValue(), SetValue():
            return old.certain <= new.certain and new.possible <= old.possible and old.at_least <= len(new.possible)
        case ((None | bool()), (None | bool())):
            return old is None or old is new
        case _:
            return codes(new) <= codes(old)


def holds(new: Answer, old: Answer) -> bool:
    """Whether an answer is one of those that were possible before."""
    if isinstance(new, tuple) and isinstance(old, tuple):
        return narrower(new, old)
    return isinstance(new, frozenset) and isinstance(old, frozenset) and set(new) <= set(old)


def broken(before: Evaluation, after: Evaluation) -> Differences:
    """What is not one of the answers and truths that were possible before, by the rule that says it."""
    # An answer that was not searched to its end may be wider than one that was.
    answers = [
        (rule, f"{before.answer(rule)} became {after.answer(rule)}")
        for rule in ANSWERING
        if after.answer(rule).complete and not holds(after.answer(rule).answer, before.answer(rule).answer)
    ]
    return answers + [
        (clause.split("/")[0], f"{clause}: {before.truths[clause]} became {held}")
        for clause, held in after.truths.items()
        if before.truths[clause] not in (None, held) and not _asks_what_is_unknown(clause)
    ]


def turned(before: Evaluation, after: Evaluation) -> Differences:
    """What `broken` tells, save what is only a wider history of an answer that is still open or still the same.

    A classification reads the past up to now: a grade that was charted now joins it, as one that could still be low.
    """
    still = {rule for rule in ANSWERING if rule not in GRADES and _open_or_same(before, after, rule)}
    return [each for each in broken(before, after) if each[0] not in still]


def _open_or_same(before: Evaluation, after: Evaluation, rule: str) -> bool:
    old, new = before.answer(rule).answer, after.answer(rule).answer
    return not decided(old) or new == old


def _asks_what_is_unknown(clause: str) -> bool:
    """Whether a clause says `is unknown`, which filling in is meant to end."""
    return any(isinstance(KNOWLEDGE.atoms[each], atoms.UnknownAtom) for each in tree_atoms(KNOWLEDGE.clauses[clause]))


# --- what the promises leave out --------------------------------------------------------------------------------------


def contradictory(evaluation: Evaluation) -> bool:
    """Whether facts contradict each other at the time of an evaluation."""
    return any(evaluation.clashes(rule) for rule in ANSWERING)


def assumed(evaluation: Evaluation, name: str) -> bool:
    """Whether an element has an assumed value, and may have it: most are never assumed against a charted unknown."""
    element, charted = KNOWLEDGE.elements[name], evaluation.timeline.charted.get(name, ())
    if evaluation.facts[name].source != "assumed" or element.assume is None:
        return False
    last = charted[-1] if charted else None
    if last is None or not last.unknown or element.assume.even_if_unknown:
        return True
    return element.counts_for is not None and last.time + element.counts_for < evaluation.timeline.at


def replaced(before: Evaluation, after: Evaluation) -> set[str]:
    """The assumptions that no longer stand as they did.

    Some are replaced by what blocks them: a fever late after the infusion is no longer assumed to have no other cause.
    The finding listed it before, with what the answer would be otherwise.
    """
    return {name for name in before.facts if assumed(before, name) and after.facts[name] != before.facts[name]}


def left_out(before: Evaluation, after: Evaluation) -> set[str]:
    """The rules that the promises leave out: they lean on facts that now contradict, or on a replaced assumption."""
    doubtful = replaced(before, after) | {rule for rule in ANSWERING if after.clashes(rule)}
    return {rule for rule in KNOWLEDGE.rules if not doubtful.isdisjoint({rule, *before.program.beneath[rule]})}


def kept(differences: Differences, out: set[str]) -> list[str]:
    """What was told of the rules that are not left out."""
    return [f"{rule}: {text}" for rule, text in differences if rule not in out]


def agrees(before: Evaluation, after: Evaluation, name: str) -> bool:
    """Whether a filled-in value is one that the fact could have: what is known of it was not unknown."""
    return before.facts[name].source == "assumed" or narrower(after.values[name], before.values[name])


def unexplained(differences: Differences, before: Data, after: Data, at: int | None) -> list[str]:
    """What was told of the rules that the promises do not leave out at any moment up to `at` that is looked at."""
    if not differences:
        return []
    told, last = differences, of_data(after, at)
    now = last.timeline.at
    # Facts begin with an event: the other moments are looked at only where the events explain nothing.
    for time in dict.fromkeys([now, *event_times(after, now), *moments(last.program, last.timeline)]):
        out = left_out(of_data(before, time), of_data(after, time)) if told else set[str]()
        told = [each for each in told if each[0] not in out]
    return kept(told, set())


def event_times(data: Data, at: int) -> list[int]:
    """The times of a course's events up to a time."""
    return sorted(time for event in data["events"] if (time := time_of(event["at"])) <= at)


# --- what is open at the time -----------------------------------------------------------------------------------------


def left_open(evaluation: Evaluation) -> list[str]:
    """The elements that are not known, that no assumption filled, and that may be charted at the time.

    What a charted value of another element was computed from is left out: charting it would overrule that value, which
    adds to what is known only where the two agree.
    """
    program, facts = evaluation.program, evaluation.facts
    stands = [name for name, fact in facts.items() if fact.source in ("observed", "baseline")]
    below = frozenset[str]().union(*(program.derived_from.get(name, frozenset()) for name in stands))
    return [
        name
        for name in ELEMENTS
        if (not is_known(evaluation.values[name]) or facts[name].source == "assumed")
        and not assumed(evaluation, name)
        and (name not in below or facts[name].said_unknown)
    ]


@st.composite
def all_filled(draw: st.DrawFn, known: Facts) -> Facts:
    """The facts with a value for all that is open, save what would contradict or replace an assumption."""
    before = of_facts(known)
    # A pressure is assumed not to be far below a baseline that nobody knows; the pressure itself is worth filling.
    names = [name for name in left_open(before) if name != "baseline_systolic_pressure"]
    filled: Facts = {name: draw(VALUES[name]) for name in names}
    after = of_facts({**known, **filled})
    readings = (contradiction.readings for contradiction, tree in KNOWLEDGE.contradictions if _is_true(tree, after))
    below = (after.program.depends[name] for name in replaced(before, after))
    wrong = {name for name in names if not agrees(before, after, name)}
    wrong = wrong.union(*readings, *below)
    return {**known, **{name: value for name, value in filled.items() if name not in wrong}}


def _is_true(tree: atoms.Tree, evaluation: Evaluation) -> bool:
    return truth(tree, KNOWLEDGE.atoms, evaluation.values) is True


@st.composite
def charted_now(draw: st.DrawFn, data: Data, names: list[str], at: int) -> Data:
    """The course with values charted at a time for elements that are not known then."""
    observed: Facts = {name: draw(VALUES[name]) for name in names}
    return {**data, "events": [*data["events"], {"at": time_text(at), "observed": observed}]}


# --- what was charted as unknown --------------------------------------------------------------------------------------


def said_unknown(data: Data) -> list[tuple[int, str]]:
    """The event (-1: the patient) and element of each `unknown` that no assumption fills."""
    groups = [(-1, data["patient"]), *((number, event["observed"]) for number, event in enumerate(data["events"]))]
    return [(number, name) for number, group in groups for name, value in group.items() if _can_be_filled(name, value)]


def _can_be_filled(name: str, value: Any) -> bool:
    assume = KNOWLEDGE.elements[name].assume
    open_ = value == UNKNOWN or (isinstance(value, list) and UNKNOWN in value)
    return open_ and (assume is None or not assume.even_if_unknown)


@st.composite
def said_instead(draw: st.DrawFn, data: Data, places: list[tuple[int, str]]) -> Data:
    """The course with values instead of `unknown` in some places, each at its own time."""
    filled = deepcopy(data)
    for number, name in places:
        group = filled["patient"] if number < 0 else filled["events"][number]["observed"]
        group[name] = draw(_instead(name, group[name]))
    return filled


def _instead(name: str, value: Any) -> st.SearchStrategy[Any]:
    """A value for `unknown`; for a set in which something is not named, at least one code more."""
    if not isinstance(value, list):
        return VALUES[name]
    named = [each for each in value if each != UNKNOWN]
    others = [code for code in KNOWLEDGE.elements[name].codes if code not in named]
    more = st.lists(st.sampled_from(others), min_size=1, max_size=3, unique=True)
    return more.map(lambda codes_: [*named, *codes_])
