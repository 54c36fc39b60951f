"""The promise that a worse sign never lowers a grade, for every element that says which of its values is worse."""

from copy import deepcopy
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from clinguide.evaluate import Evaluation
from clinguide.evaluate.program import program
from clinguide.model import Element
from clinguide.values import Value, is_known
from course_generators import (
    GRADES,
    KNOWLEDGE,
    LATER,
    VALUES,
    Data,
    Facts,
    at_of,
    courses,
    examples,
    facts,
    of_data,
    of_facts,
)

WORSE = {name: element for name, element in KNOWLEDGE.elements.items() if element.worse is not None}
PROGRAM = program(KNOWLEDGE)
GRADED_BY = sorted(WORSE.keys() & frozenset[str]().union(*(PROGRAM.beneath[grade] for grade in GRADES)))
"""The elements that have worse values and that a grade is computed from, now or from the past."""
SIGNS = ("temperature", "oxygen_flow", "vasopressor_count", "ice_score", "capd_score", "consciousness", "seizure")
WORSENED = st.one_of(st.sampled_from(SIGNS), st.sampled_from(GRADED_BY))


def badness(element: Element, value: Value) -> float:
    """How bad a known value is: higher is worse."""
    if isinstance(value, tuple):
        return value[0] if element.worse == "higher" else -value[0]
    assert isinstance(element.worse, tuple)
    assert isinstance(value, str)
    return element.worse.index(value)


def is_worse(name: str, before: Evaluation, after: Evaluation) -> bool:
    """Whether a known value of an element became a worse one."""
    old, new = before.values[name], after.values[name]
    if not is_known(old) or not is_known(new):
        return False
    return badness(WORSE[name], new) > badness(WORSE[name], old)


def _bounds(found: Evaluation, grade: str) -> tuple[int, int]:
    possible = [each for each in found.answer(grade).answer if isinstance(each, int)]
    return min(possible), max(possible)


def lowered(before: Evaluation, after: Evaluation) -> list[str]:
    """The grades of which a bound fell, those that now read contradictory facts left out."""
    found = []
    for grade in GRADES:
        old, new = _bounds(before, grade), _bounds(after, grade)
        if not after.clashes(grade) and (new[0] < old[0] or new[1] < old[1]):
            found.append(f"{grade}: {old} became {new}")
    return found


@examples(40)
@given(facts(), WORSENED, st.data())
def test_a_worse_sign_never_lowers_a_grade(known: Facts, name: str, data: Any) -> None:
    """Neither bound falls, at one moment.

    Promise: "A worse sign never lowers a grade (or it becomes a contradiction)".
    """
    value = data.draw(VALUES[name])
    before = of_facts({**known, name: value})
    after = of_facts({**known, name: data.draw(VALUES[name])})
    assume(is_worse(name, before, after))
    assert lowered(before, after) == []


@examples(16)
@given(courses(), LATER, st.data())
def test_a_worse_sign_in_a_course_never_lowers_a_grade(course: Data, later: int | None, data: Any) -> None:
    """A sign of any time, also of long ago.

    Promise: "A worse sign never lowers a grade (or it becomes a contradiction)".
    """
    number = data.draw(st.integers(0, len(course["events"]) - 1))
    name = data.draw(WORSENED)
    mild, bad = deepcopy(course), deepcopy(course)
    for each in (mild, bad):
        each["events"][number]["observed"][name] = data.draw(VALUES[name])
    at = at_of(course, later)
    moment = of_data(mild, None).timeline.charted[name], of_data(bad, None).timeline.charted[name]
    pairs = [(old.value, new.value) for old, new in zip(*moment, strict=True) if old.value != new.value]
    assume(pairs and all(badness(WORSE[name], new) > badness(WORSE[name], old) for old, new in pairs))
    assert lowered(of_data(mild, at), of_data(bad, at)) == []


def test_every_sign_that_grades_says_which_value_is_worse() -> None:
    """The signs by which CRS and ICANS are graded are all among those that are made worse here."""
    more = {"motor_finding", "cerebral_edema", "systolic_pressure", "raised_pressure_sign", "seizure_duration"}
    assert {*SIGNS, *more} <= set(GRADED_BY)
