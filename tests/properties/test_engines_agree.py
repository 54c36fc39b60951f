"""The promise that both engines give one answer, on patients that nobody thought of."""

from collections.abc import Iterator

import pytest
from hypothesis import given

from clinguide.assess import Assessment, assess
from clinguide.course import Course, time_text
from clinguide.results import Engines
from clinguide.rete import SecondEngine
from course_generators import KNOWLEDGE, LATER, Data, Facts, at_of, courses, examples, facts

pytestmark = pytest.mark.second_engine


@pytest.fixture(scope="module")
def engine() -> Iterator[SecondEngine]:
    """One durable-rules worker for all patients."""
    with SecondEngine(KNOWLEDGE.atoms, KNOWLEDGE.items, answer_within=20) as engine:
        yield engine


def agreed(found: Assessment) -> Engines:
    """What the engines said, asserted to be one answer over every clause and every question to an invariant."""
    engines = found.run.engines
    assert (engines.agreement, engines.differences, engines.fault) == ("agree", [], None)
    assert engines.compared >= sum(not item.bound for item in KNOWLEDGE.items)
    return engines


@examples(80)
@given(facts())
def test_both_engines_agree_on_one_moment(engine: SecondEngine, known: Facts) -> None:
    """Facts of one moment.

    Promise: "Both engines agree, in all three truth values, on generated courses".
    """
    agreed(assess(KNOWLEDGE, Course.from_facts(known), second_engine=engine))


@examples(120)
@given(courses(), LATER)
def test_both_engines_agree_on_courses(engine: SecondEngine, data: Data, later: int | None) -> None:
    """Timed, with gaps and contradictions.

    Promise: "Both engines agree, in all three truth values, on generated courses".
    """
    at = at_of(data, later)
    when = None if at is None else time_text(at)
    agreed(assess(KNOWLEDGE, Course.from_dict(data), when, second_engine=engine))
