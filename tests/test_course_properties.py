"""Promises about every course: order does not matter, nothing crashes, and less knowledge only widens the answer."""

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from clinguide.course import Course, DoseAt, Timeline, check, daily_dose, time_text
from clinguide.problems import CourseError, Problem
from course_material import ACTIONS, DAY, DRUGS, ELEMENTS, HOUR, STEROID_ROUTES, moment

START = moment("01T00:00")
VALUES: dict[str, list[Any]] = {
    "temperature": ["38.9 Cel", "100.4 degF", "unknown"],
    "ice_score": [0, 10, None],
    "hypotension": [True, False, None],
    "oxygen_device": ["room_air", "nasal_cannula"],
    "vasopressors": [[], ["epinephrine"], ["vasopressin", "unknown"], ["norepinephrine", "epinephrine"]],
}
OBSERVED = st.fixed_dictionaries({}, optional={name: st.sampled_from(each) for name, each in VALUES.items()})
ROUTE = st.sampled_from(["intravenous", "intrathecal", None])
DOSE = st.sampled_from(["4 mg", "10 mg", "1 g", None])
GIVEN = st.fixed_dictionaries({"drug": st.just("dexamethasone"), "dose": DOSE, "route": ROUTE, "repeat": st.just(True)})


def _hours(hours: int) -> str:
    """The time so many hours after the start."""
    return time_text(START + hours * HOUR)


EVENT = st.fixed_dictionaries(
    {"at": st.integers(0, 140).map(_hours), "observed": OBSERVED},
    optional={"given": st.lists(GIVEN, max_size=2), "done": st.just(["infection-work-up"])},
)
EVENTS = st.lists(EVENT, min_size=1, max_size=8)


def _timeline(events: list[Any], at: int | None = None, **more: Any) -> Timeline:
    course = Course.from_dict({"patient": {"age": "61 a"}, "events": events, **more})
    return check(course, ELEMENTS, DRUGS, ACTIONS, at=at)


def _without_places(value: Any) -> Any:
    """A value without its spans, which say where it was written."""
    match value:
        case msgspec.Struct():
            return {name: _without_places(getattr(value, name)) for name in value.__struct_fields__ if name != "span"}
        case dict():
            return {key: _without_places(each) for key, each in value.items()}
        case tuple():
            return tuple(map(_without_places, value))
        case _:
            return value


@given(EVENTS, st.randoms(use_true_random=False))
def test_the_order_of_events_changes_nothing(events: list[Any], chance: Any) -> None:
    """Events stand in any order: the digest and the timeline are the same."""
    mixed = list(events)
    chance.shuffle(mixed)
    assert _without_places(_timeline(mixed)) == _without_places(_timeline(events))


@given(EVENTS)
def test_reading_twice_gives_equal_values(events: list[Any]) -> None:
    """A course and its timeline are plain values: the same data are equal, places included."""
    assert Course.from_dict({"events": events}) == Course.from_dict({"events": events})
    assert _timeline(events) == _timeline(events)


@given(EVENTS, st.integers(0, 150))
def test_a_timeline_is_that_of_the_course_cut_at_its_time(events: list[Any], hours: int) -> None:
    """What is charted later changes nothing but the digest and the count of later events."""
    at = START + hours * HOUR
    cut = [event for event in events if event["at"] <= time_text(at)]
    whole, part = _without_places(_timeline(events, at)), _without_places(_timeline(cut, at))
    assert whole["later_events"] == len(events) - len(cut)
    for each in (whole, part):
        del each["digest"], each["later_events"]
    assert whole == part


KEYS = st.sampled_from(
    ["course", "patient", "infusions", "medications", "events", "at", "observed", "given", "started", "drug", "done"]
)
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["6 h", "unknown"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def _problems(read: Callable[[], object]) -> tuple[Problem, ...] | None:
    """The problems for which something is refused; None where it is accepted. Any other error is a crash."""
    try:
        read()
    except CourseError as refused:
        return refused.problems
    return None


@given(st.dictionaries(KEYS, ODD, max_size=5))
def test_odd_data_are_refused_and_never_crash(data: dict[str, Any]) -> None:
    """Whatever a program passes, the answer is a timeline or a list of problems."""
    assert _problems(lambda: check(Course.from_dict(data), ELEMENTS, DRUGS, ACTIONS, now=START)) != ()


@given(st.dictionaries(st.sampled_from(sorted(ELEMENTS)) | st.text(max_size=5), ODD, max_size=5))
def test_odd_facts_are_refused_and_never_crash(facts: dict[str, Any]) -> None:
    """Whatever is said of a moment, the answer is a timeline or a list of problems."""
    assert _problems(lambda: check(Course.from_facts(facts), ELEMENTS, DRUGS, ACTIONS)) != ()


@given(st.text(alphabet="{}[]:,- \n#&*!|>'\"atevnsob09é\t\x00", max_size=60))
def test_odd_text_is_refused_and_never_crashes(text: str) -> None:
    """Whatever a file holds, the answer is a course or a list of problems."""
    assert _problems(lambda: Course.from_text(text)) != ()


# --- the daily dose -------------------------------------------------------------------------------------------------

SYSTEMIC = frozenset(STEROID_ROUTES)


def _bounds(timeline: Timeline, time: int) -> tuple[float, float]:
    return daily_dose(
        timeline,
        {"dexamethasone": Fraction(1)},
        time,
        timeline.at,
        routes={"dexamethasone": SYSTEMIC},
        covers={"dexamethasone": DAY},
    )


def _fillings(doses: tuple[DoseAt, ...]) -> list[tuple[DoseAt, ...]]:
    """Every way of filling what is not known of the doses, with one small and one large amount."""
    choices = [
        [
            msgspec.structs.replace(dose, route=route, amount_micro=amount, unit="mg")
            for route in ([dose.route] if dose.route else ["intravenous", "intrathecal"])
            for amount in ([dose.amount_micro] if dose.amount_micro else [1_000_000, 900_000_000])
        ]
        for dose in doses
    ]
    return list(product(*choices))


DOSE_EVENT = st.fixed_dictionaries({"at": st.sampled_from([0, 10, 40, 50]).map(_hours), "given": GIVEN})


@given(st.lists(DOSE_EVENT, min_size=1, max_size=4), st.sampled_from([0, 5, 15, 30, 45, 60]))
def test_the_daily_dose_covers_every_way_of_filling_what_is_unknown(events: list[Any], hours: int) -> None:
    """An unknown route or amount never narrows the bounds: each complete history lies within them."""
    record = {"complete_since": time_text(START - DAY)}
    timeline = _timeline(events, START + 200 * HOUR, medications=record)
    doses = timeline.given.get("dexamethasone", ())
    low, high = _bounds(timeline, START + hours * HOUR)
    for filled in _fillings(doses):
        least, most = _bounds(msgspec.structs.replace(timeline, given={"dexamethasone": filled}), START + hours * HOUR)
        assert low <= least == most <= high


@given(st.lists(EVENT, min_size=1, max_size=6))
def test_charted_single_doses_add_up(events: list[Any]) -> None:
    """The daily dose over the time of single doses comes to what was given, apart from the last dose."""
    known = {"drug": "dexamethasone", "dose": "6 mg", "route": "oral", "repeat": True}
    sure = [{**event, "given": known} for event in events]
    timeline = _timeline(sure, medications={"complete_since": time_text(START)})
    times = sorted({dose.time for dose in timeline.given["dexamethasone"]})
    rates = [(_bounds(timeline, start)[0], end - start) for start, end in pairwise(times)]
    total = sum(Fraction(int(rate) * length, DAY) for rate, length in rates)
    given_before = 6_000_000 * sum(dose.time < times[-1] for dose in timeline.given["dexamethasone"])
    # Each rate is rounded to a millionth of a milligram a day, so the sum may be off by that for every day it stands.
    slack = len(times) + sum(length for _, length in rates) // DAY
    assert -slack <= total - given_before <= slack
