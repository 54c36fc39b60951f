"""The promise that both engines give one answer, on patients that nobody thought of."""

from collections.abc import Iterator

import pytest
from hypothesis import given

from clinguide.assess.advice import advised
from clinguide.assess.engines import compared
from clinguide.evaluate import Evaluation
from clinguide.rete import SecondEngine
from course_generators import KNOWLEDGE, LATER, Data, Facts, at_of, courses, examples, facts, of_data, of_facts

pytestmark = pytest.mark.second_engine


@pytest.fixture(scope="module")
def engine() -> Iterator[SecondEngine]:
    """One durable-rules worker for all patients."""
    with SecondEngine(KNOWLEDGE.atoms, KNOWLEDGE.items, answer_within=20) as engine:
        yield engine


def agreed(evaluation: Evaluation, engine: SecondEngine) -> None:
    """Every clause, and every question that an advice asks an invariant, has one truth in both engines."""
    engines = compared(evaluation, advised(evaluation).asked, engine)
    assert (engines.agreement, engines.differences, engines.fault) == ("agree", [], None)
    assert engines.compared >= sum(not item.bound for item in KNOWLEDGE.items)


@examples(50)
@given(facts())
def test_both_engines_agree_on_one_moment(engine: SecondEngine, known: Facts) -> None:
    """Facts of one moment, with gaps and contradictions.

    Promise: "Both engines agree, in all three truth values, on generated courses".
    """
    agreed(of_facts(known), engine)


@examples(60)
@given(courses(), LATER)
def test_both_engines_agree_on_courses(engine: SecondEngine, data: Data, later: int | None) -> None:
    """Timed courses, with gaps, contradictions, stale facts, doses and regimens.

    Promise: "Both engines agree, in all three truth values, on generated courses".
    """
    agreed(of_data(data, at_of(data, later)), engine)
