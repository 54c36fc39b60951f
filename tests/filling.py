"""Filling in what is not known of a generated patient, and telling whether an answer only became narrower."""

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from clinguide.compile import atoms
from clinguide.compile.order import tree_atoms
from clinguide.course import time_text
from clinguide.evaluate import Evaluation
from clinguide.evaluate.answers import Answer
from clinguide.evaluate.kleene import truth
from clinguide.evaluate.moments import moments
from clinguide.values import SetValue, Value, codes, is_known
from course_generators import ANSWERING, ELEMENTS, KNOWLEDGE, UNKNOWN, VALUES, Data, Facts, of_data, of_facts


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


def broken(before: Evaluation, after: Evaluation) -> list[str]:
    """The rules whose answer, and the clauses whose truth, is not one of those that were possible before."""
    rules = [
        f"{rule}: {before.answer(rule)} became {after.answer(rule)}"
        for rule in ANSWERING
        # An answer that was not searched to its end may be wider than one that was.
        if after.answer(rule).complete and not holds(after.answer(rule).answer, before.answer(rule).answer)
    ]
    return rules + [
        f"{clause}: {before.truths[clause]} became {held}"
        for clause, held in after.truths.items()
        if before.truths[clause] not in (None, held) and not _asks_what_is_unknown(clause)
    ]


def _asks_what_is_unknown(clause: str) -> bool:
    """Whether a clause says `is unknown`, which filling in is meant to end."""
    return any(isinstance(KNOWLEDGE.atoms[each], atoms.UnknownAtom) for each in tree_atoms(KNOWLEDGE.clauses[clause]))


def contradictory(evaluation: Evaluation) -> bool:
    """Whether facts contradict each other at the time of an evaluation."""
    return any(evaluation.clashes(rule) for rule in ANSWERING)


def excused(before: Evaluation, after: Evaluation) -> bool:
    """Whether the promise leaves this out: facts now contradict each other, or an assumption was replaced.

    An assumption is also replaced by what blocks it: a fever late after the infusion is no longer assumed to have no
    other cause. The finding listed it before, with what the answer would be otherwise.
    """
    gone = (name for name, fact in before.facts.items() if fact.source == "assumed" and after.facts[name] != fact)
    return contradictory(after) or any(gone)


def ever_excused(before: Data, after: Data, at: int | None) -> bool:
    """Whether the promise leaves a course out at any moment up to `at` that is looked at."""
    last = of_data(after, at)
    times = [*moments(last.program, last.timeline), last.timeline.at]
    return any(excused(of_data(before, time), of_data(after, time)) for time in times)


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
        if not is_known(evaluation.values[name])
        and facts[name].source != "assumed"
        and (name not in below or facts[name].said_unknown)
    ]


@st.composite
def all_filled(draw: st.DrawFn, known: Facts, names: list[str]) -> Facts:
    """The facts with a value for each name, save those that would contradict each other."""
    filled: Facts = {name: draw(VALUES[name]) for name in names}
    values = of_facts({**known, **filled}).values
    clashing = {
        name
        for contradiction, tree in KNOWLEDGE.contradictions
        if truth(tree, KNOWLEDGE.atoms, values) is True
        for name in contradiction.readings
    }
    return {**known, **{name: value for name, value in filled.items() if name not in clashing}}


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
