"""Whatever becomes of the second engine during an assessment: it is shown, and the reference answer stands."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Timer

import msgspec
import pytest

from clinguide.assess import Assessment, assess
from clinguide.compile import Knowledge, load
from clinguide.course import Course
from clinguide.rete import SecondEngine
from clinguide.rete.client import MOST_FAULTS

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
KILLED = "the second engine was killed by SIGKILL"
HUNG = "the second engine did not answer within 1 s"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    """The shipped knowledge of the day of the example, so that one worker answers for all assessments."""
    return load(as_of="2026-03-04")


@pytest.fixture(scope="module")
def course() -> Course:
    """A course with recommendations, held drugs and open facts."""
    return Course.read(EXAMPLES / "refractory-crs.yaml")


@pytest.fixture
def engine(knowledge: Knowledge) -> Iterator[SecondEngine]:
    """A worker of its own, which may be killed."""
    with SecondEngine(knowledge.atoms, knowledge.items) as engine:
        yield engine


def result_of(found: Assessment) -> bytes:
    """The bytes of `result`."""
    return msgspec.json.encode(found.result)


def started(knowledge: Knowledge, course: Course, engine: SecondEngine) -> tuple[Assessment, int]:
    """A first assessment in which both engines agree, and the process that answered."""
    first = assess(knowledge, course, second_engine=engine)
    assert first.run.engines.agreement == "agree"
    assert engine.pid is not None
    return first, engine.pid


def assert_told(found: Assessment, fault: str) -> None:
    """The fault is shown, as a disagreement: nobody may take one engine's silence for consent."""
    engines = found.run.engines
    assert (engines.agreement, engines.fault, engines.differences) == ("disagree", fault, [])


@pytest.mark.second_engine
def test_a_worker_killed_in_the_middle_leaves_the_reference_answer(
    knowledge: Knowledge, course: Course, engine: SecondEngine
) -> None:
    """A worker that dies over a question is replaced, and the next assessment agrees again.

    Promise: "Kill the worker in the middle of an assessment: shown, and the reference answer stands".
    """
    alone = result_of(assess(knowledge, course, second_engine=False))
    _, worker = started(knowledge, course, engine)
    # Stopped before the question and killed after it was sent: certainly in the middle.
    os.kill(worker, signal.SIGSTOP)
    killer = Timer(0.6, os.kill, (worker, signal.SIGKILL))
    killer.start()
    found = assess(knowledge, course, second_engine=engine)
    killer.join()
    assert_told(found, KILLED)
    assert result_of(found) == alone
    again, other = started(knowledge, course, engine)
    assert other != worker
    assert result_of(again) == alone


@pytest.mark.second_engine
def test_a_worker_killed_between_two_assessments_is_shown_in_the_next(
    knowledge: Knowledge, course: Course, engine: SecondEngine
) -> None:
    """A worker that is gone before it is asked is a fault of that assessment alone."""
    first, worker = started(knowledge, course, engine)
    os.kill(worker, signal.SIGKILL)
    found = assess(knowledge, course, second_engine=engine)
    assert_told(found, KILLED)
    assert result_of(found) == result_of(first)
    assert assess(knowledge, course, second_engine=engine).run.engines.agreement == "agree"


@pytest.mark.second_engine
def test_a_hanging_worker_is_given_up_after_a_second(
    knowledge: Knowledge, course: Course, engine: SecondEngine
) -> None:
    """A worker under SIGSTOP holds nobody up for long, and is replaced.

    Promise: "Hang it: shown, and the reference answer stands".
    """
    first, worker = started(knowledge, course, engine)
    os.kill(worker, signal.SIGSTOP)
    found = assess(knowledge, course, second_engine=engine)
    assert_told(found, HUNG)
    assert result_of(found) == result_of(first)
    again, other = started(knowledge, course, engine)
    assert other != worker
    assert result_of(again) == result_of(first)


@pytest.mark.second_engine
def test_an_engine_that_fails_again_and_again_is_switched_off(knowledge: Knowledge, course: Course) -> None:
    """Restarts are bounded: after five faults in a row it is started no more, and every assessment says so."""
    alone = result_of(assess(knowledge, course, second_engine=False))
    with SecondEngine(knowledge.atoms, knowledge.items, command=(sys.executable, "-c", "")) as broken:
        for number in range(MOST_FAULTS + 2):
            found = assess(knowledge, course, second_engine=broken)
            ended = "ended with exit code 0" if number < MOST_FAULTS else f"was switched off after {MOST_FAULTS} faults"
            assert_told(found, f"the second engine {ended}")
            assert result_of(found) == alone


@pytest.mark.second_engine
def test_the_worker_shared_by_all_assessments_agrees(knowledge: Knowledge, course: Course) -> None:
    """Without an engine of one's own, every clause is compared and agrees.

    Promise: "`assess` runs both by default and compares all three truth values of every rule and row".
    """
    found = assess(knowledge, course)
    assert (found.run.engines.agreement, found.run.engines.fault) == ("agree", None)
    assert found.run.engines.compared >= sum(not item.bound for item in knowledge.items)


def test_the_second_engine_is_not_run_where_nobody_asks_for_it(knowledge: Knowledge, course: Course) -> None:
    """The reference alone says "not_run", names no second engine, and compares nothing."""
    engines = assess(knowledge, course, second_engine=False).run.engines
    assert (engines.agreement, engines.durable_rules, engines.compared) == ("not_run", None, 0)
    assert (engines.differences, engines.fault) == ([], None)
