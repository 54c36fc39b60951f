"""Derived forms that read more than the moment, each on the border of its window."""

from math import inf
from typing import Any

import pytest

from clinguide.course import Course, time_of
from clinguide.values import Value
from small_knowledge import COMPLETE, clock, course, dose, event, grade, knowledge, observed, value

FACTS = """\
temperature: {title: Temperature, type: number, unit: Cel, fresh_for: 8 h}
hypotension: {title: Hypotension, type: boolean, fresh_for: 8 h}
product: {title: Product, type: code, codes: [axi-cel, tisa-cel]}

tocilizumab_doses: {title: D, type: count, derived: doses of tocilizumab}
in_24_h: {title: D, type: count, derived: doses of tocilizumab within 24 h}
earlier_doses: {title: D, type: count, derived: doses of tocilizumab before now}
since_infusion: {title: D, type: count, derived: doses of anticytokine since infusion}
first_day: {title: D, type: count, derived: doses of tocilizumab from infusion to infusion + 24 h}
steroid_doses: {title: D, type: count, derived: doses of systemic-corticosteroid}
steroid_in_24_h: {title: D, type: count, derived: doses of dexamethasone within 24 h}
after_dexamethasone: {title: D, type: count, derived: doses of tocilizumab since first dose of dexamethasone}

fever_ever: {title: F, type: boolean, derived: ever (temperature >= 38 Cel)}
fever_before: {title: F, type: boolean, derived: ever (temperature >= 38 Cel) before now}
fever_in_24_h: {title: F, type: boolean, derived: ever (temperature >= 38 Cel) within 24 h}
fever_after_dose: {title: F, type: boolean, derived: ever (temperature >= 38 Cel) since last dose of tocilizumab}
graded_before: {title: F, type: boolean, derived: ever (crs >= 1) before now}

highest_12_h: {title: H, type: number, unit: Cel, derived: highest temperature within 12 h}
lowest_12_h: {title: L, type: number, unit: Cel, derived: lowest temperature within 12 h}
highest_before: {title: H, type: number, unit: Cel, derived: highest temperature within 12 h before now}
highest_since: {title: H, type: number, unit: Cel, derived: highest temperature since last dose of tocilizumab}
highest_between: {title: H, type: number, unit: Cel, derived: highest temperature from infusion to infusion + 48 h}

temperature_at_dose: {title: T, type: number, unit: Cel, derived: temperature at last dose of tocilizumab}
grade_at_dose: {title: T, type: count, derived: crs at last dose of tocilizumab}
grade_at_first: {title: T, type: count, derived: crs at first dose of tocilizumab}

fever_time: {title: R, type: number, unit: h, derived: time for which (temperature >= 38 Cel)}
rate: {title: R, type: number, unit: mg/d, derived: daily dose of dexamethasone-equivalent}
full_dose_time: {title: R, type: number, unit: h, derived: time for which (rate >= 40 mg/d)}
steroid_ever: {title: R, type: boolean, derived: ever (rate > 0 mg/d)}

first_12_h: {title: F, type: number, unit: Cel, derived: first temperature within 12 h}
last_12_h: {title: F, type: number, unit: Cel, derived: last temperature within 12 h}
last_before: {title: F, type: number, unit: Cel, derived: last temperature within 12 h before now}
first_after_dose: {title: F, type: number, unit: Cel, derived: first temperature since last dose of tocilizumab}
fever_count: {title: C, type: count, derived: count of (temperature >= 38 Cel) within 24 h}
fever_count_apart: {title: C, type: count, derived: count of (temperature >= 38 Cel) at least 4 h apart within 24 h}
count_after_dose: {title: C, type: count, derived: count of (temperature >= 38 Cel) since last dose of tocilizumab}
grade_count: {title: C, type: count, derived: count of (crs >= 1) within 24 h before now}
total_toc: {title: T, type: number, unit: mg, derived: total tocilizumab dose within 24 h}
total_steroid: {title: T, type: number, unit: mg, derived: total dexamethasone-equivalent dose}
bridged_6_h: {title: B, type: number, unit: h, derived: time for which (temperature >= 38 Cel) bridging 6 h}
bridged_4_h: {title: B, type: number, unit: h, derived: time for which (temperature >= 38 Cel) bridging 4 h}
longest_fever: {title: L, type: number, unit: h, derived: longest time for which (temperature >= 38 Cel) within 24 h}
total_fever: {title: L, type: number, unit: h, derived: total time for which (temperature >= 38 Cel) within 24 h}
longest_bridged:
  title: Longest
  type: number
  unit: h
  derived: longest time for which (temperature >= 38 Cel) bridging 6 h since first dose of tocilizumab
since_steroid_start: {title: S, type: number, unit: h, derived: time from start of dexamethasone to now}
since_fever_began: {title: S, type: number, unit: h, derived: time from start of (temperature >= 38 Cel) to now}
since_bridged_fever:
  title: Since
  type: number
  unit: h
  derived: time from (start of (temperature >= 38 Cel) bridging 6 h) to now
since_first_fever: {title: S, type: number, unit: h, derived: time from first (temperature >= 38 Cel) to now}
since_fever_after_dose:
  title: Since
  type: number
  unit: h
  derived: time from first (temperature >= 38 Cel) since last dose of tocilizumab to now
since_cultures: {title: S, type: number, unit: h, derived: time since done blood-cultures}
since_work_up: {title: S, type: number, unit: h, derived: time since done work-up}

time_since_infusion: {title: S, type: number, unit: h, derived: time from infusion to now}
time_since_last_infusion: {title: S, type: number, unit: h, derived: time from last infusion to now}
time_since_tocilizumab: {title: S, type: number, unit: h, derived: time from last dose of tocilizumab to now}
time_since_first: {title: S, type: number, unit: h, derived: time from first dose of tocilizumab to now}
time_to_tocilizumab: {title: S, type: number, unit: d, derived: time from infusion to first dose of tocilizumab}
"""
CRS = grade("crs", "rows:\n  - {grade: 2, when: hypotension is true}\n  - {grade: 1, when: temperature >= 38 Cel}\n")
MADE = knowledge(FACTS, [CRS])
OPEN = (-inf, inf)


def at(time: str | int, name: str, *events: dict[str, Any], **more: Any) -> Value:
    """The value of a name at a time of March 2026."""
    return value(MADE, course(*events, **more), name, time)


def micro(text: str, later: int = 0) -> int:
    """A time of March 2026 in microseconds, and some microseconds more."""
    return time_of(clock(text)) + later


# --- how many doses ---------------------------------------------------------------------------------------------------

FIRST = dose("03T09:00", "tocilizumab", "656 mg")
SECOND = dose("03T17:00", "tocilizumab", "656 mg")


@pytest.mark.parametrize(
    ("time", "doses"),
    [
        ("03T08:59:59", (0, 0)),
        ("03T09:00", (1, 1)),
        ("03T17:00", (2, 2)),
        ("04T08:59:59", (2, 2)),
        ("04T09:00", (1, 1)),
        ("04T17:00", (0, 0)),
    ],
)
def test_a_dose_leaves_the_window_when_it_is_as_old_as_the_window(time: str, doses: Value) -> None:
    """`within 24 h` is (now - 24 h, now]: a dose of this moment is in it, one of exactly 24 h ago is not."""
    assert at(time, "in_24_h", FIRST, SECOND) == doses


def test_before_now_leaves_out_this_moment() -> None:
    """`before now` reads strictly earlier moments."""
    assert at("03T09:00", "earlier_doses", FIRST) == (0, 0)
    assert at("03T09:00:01", "earlier_doses", FIRST) == (1, 1)


def test_windows_from_one_anchor_to_another() -> None:
    """`since a` is [a, now]; `from a to b` is [a, b), cut at now while b is still to come."""
    events = [dose("01T09:59", "anakinra"), dose("01T10:00", "tocilizumab"), dose("02T10:00", "tocilizumab")]
    assert at("02T12:00", "since_infusion", *events) == (2, 2)
    assert at("01T12:00", "first_day", *events) == (1, 1)
    assert at("02T12:00", "first_day", *events) == (1, 1)
    assert at("01T09:59:30", "since_infusion", *events) == (0, inf)


def test_a_window_whose_anchor_is_not_known_leaves_the_number_open() -> None:
    """An anchor that has not happened makes the value unknown, and so does one whose time is not known."""
    assert at("04T00:00", "after_dexamethasone", FIRST) == (0, inf)
    given = [dose("03T08:00", "dexamethasone"), FIRST]
    assert at("04T00:00", "after_dexamethasone", *given) == (1, 1)
    assert at("04T00:00", "after_dexamethasone", *given, complete=None) == (0, inf)


@pytest.mark.parametrize(
    ("complete", "doses"),
    [(COMPLETE, (1, 1)), (clock("02T12:00"), (1, 1)), (clock("02T12:00:01"), (1, inf)), (None, (1, inf))],
)
def test_an_incomplete_record_gives_a_lower_bound(complete: str | None, doses: Value) -> None:
    """Only where the record is complete from the start of the window on is nothing else taken to be given."""
    assert at("03T12:00", "in_24_h", FIRST, complete=complete) == doses


def test_no_dose_in_an_incomplete_record_is_not_none() -> None:
    """Nothing charted is 0 in a complete record and at least 0 in any other."""
    fever = observed("03T09:00", temperature="38 Cel")
    assert at("03T12:00", "tocilizumab_doses", fever) == (0, 0)
    assert at("03T12:00", "tocilizumab_doses", fever, complete=None) == (0, inf)


def test_the_start_of_a_regimen_is_one_dose_and_later_ones_are_open() -> None:
    """Counts use administrations, never a plan: after its first dose a regimen may have given any number."""
    begun = event("03T00:00", started={"drug": "dexamethasone", "dose": "10 mg", "every": "6 h"})
    stopped = event("03T18:00", stopped={"drug": "dexamethasone"})
    assert at("03T00:00", "steroid_doses", begun) == (1, 1)
    assert at("03T12:00", "steroid_doses", begun) == (1, inf)
    assert at("03T12:00", "steroid_doses", begun, dose("03T06:00", "dexamethasone")) == (2, inf)
    assert at("04T00:00", "steroid_doses", begun, dose("03T00:00", "dexamethasone"), stopped) == (1, inf)
    assert at("04T17:59:59", "steroid_in_24_h", begun, stopped) == (0, inf)
    assert at("04T18:00", "steroid_in_24_h", begun, stopped) == (0, 0)


def test_a_charted_number_is_a_baseline_to_which_later_doses_are_added() -> None:
    """Charted 2 at nine; a dose before it is counted in it, a dose after it comes on top."""
    charted = observed("03T09:00", tocilizumab_doses="2")
    before, after = dose("03T08:00", "tocilizumab"), dose("03T17:00", "tocilizumab")
    assert at("03T08:30", "tocilizumab_doses", before, charted) == (1, 1)
    assert at("03T09:00", "tocilizumab_doses", before, charted) == (2, 2)
    assert at("03T16:00", "tocilizumab_doses", before, charted) == (2, 2)
    assert at("03T17:00", "tocilizumab_doses", before, charted, after) == (3, 3)


def test_a_charted_number_is_exact_at_its_time_and_a_lower_bound_later_without_a_record() -> None:
    """The baseline replaces what the record before it lacks, not what it lacks after it."""
    charted = observed("03T09:00", tocilizumab_doses="2")
    assert at("03T09:00", "tocilizumab_doses", charted, complete=None) == (2, 2)
    assert at("03T10:00", "tocilizumab_doses", charted, complete=None) == (2, inf)
    assert at("03T10:00", "tocilizumab_doses", charted, complete=clock("03T09:00")) == (2, 2)


def test_a_number_charted_as_unknown_is_open_upwards() -> None:
    """Somebody said that it is not known: what is in the record is the least."""
    charted = observed("03T09:00", tocilizumab_doses="unknown")
    later = dose("03T17:00", "tocilizumab")
    assert at("03T09:00", "tocilizumab_doses", charted) == (0, inf)
    assert at("03T17:00", "tocilizumab_doses", charted, later) == (1, inf)


def test_doses_of_a_charted_number_may_leave_a_sliding_window() -> None:
    """Of two doses charted for the last 24 h some may have left the window an hour later, and all have after 24 h."""
    charted = observed("03T09:00", in_24_h="2")
    assert at("03T09:00", "in_24_h", charted) == (2, 2)
    assert at("03T10:00", "in_24_h", charted) == (0, 2)
    assert at("03T17:00", "in_24_h", charted, SECOND) == (1, 3)
    assert at("04T09:00:01", "in_24_h", charted, SECOND) == (1, 1)


def test_a_later_treatment_counts_anew_and_the_window_of_24_h_does_not() -> None:
    """The total restarts with a new treatment; the limit of 24 h looks at hours only."""
    infusions = [
        {"product": "axi-cel", "at": clock("01T10:00")},
        {"product": "tisa-cel", "at": clock("03T12:00"), "treatment": 2},
    ]
    assert at("03T11:00", "tocilizumab_doses", FIRST, infusions=infusions) == (1, 1)
    assert at("03T12:00", "tocilizumab_doses", FIRST, infusions=infusions) == (0, 0)
    assert at("03T12:00", "in_24_h", FIRST, infusions=infusions) == (1, 1)
    assert at("03T17:00", "tocilizumab_doses", FIRST, SECOND, infusions=infusions) == (1, 1)


# --- ever -------------------------------------------------------------------------------------------------------------

FEVER = observed("03T09:00", temperature="38 Cel")
NO_FEVER = observed("03T20:00", temperature="37 Cel")


def test_what_was_ever_true_stays_true() -> None:
    """A fever of the morning was a fever, whatever the evening shows."""
    assert at("03T09:00", "fever_ever", FEVER) is True
    assert at("09T09:00", "fever_ever", FEVER, NO_FEVER) is True
    assert at("04T09:00", "fever_ever", NO_FEVER) is False


def test_ever_before_now_does_not_see_this_moment() -> None:
    """The first fever was not there before; a microsecond later it was."""
    early = observed("02T09:00", temperature="37 Cel")
    assert at("03T09:00", "fever_before", early, FEVER) is False
    assert at(micro("03T09:00", 1), "fever_before", early, FEVER) is True


@pytest.mark.parametrize(
    ("time", "fever"),
    [
        (micro("04T09:00"), True),
        (micro("04T17:00"), True),
        (micro("04T17:00", 1), False),
    ],
)
def test_ever_reads_the_value_in_force_at_the_start_of_its_window(time: int, fever: bool) -> None:
    """The 38.0 of nine o'clock is in force until 17:00, so a window that begins then has a fever in it."""
    assert at(time, "fever_in_24_h", FEVER, NO_FEVER) is fever


def test_with_nothing_charted_ever_is_false_for_grades_alone() -> None:
    """Nobody took the temperature: unknown. No grade yet: false, because grades are always recorded."""
    other = observed("03T09:00", hypotension=False)
    assert at("03T09:00", "fever_ever", other) is None
    assert at("03T09:00", "fever_before", FEVER) is None
    assert at("03T09:00", "graded_before", FEVER) is False


def test_a_gap_leaves_ever_as_it_is_and_a_charted_unknown_does_not() -> None:
    """Stretches without charting do not make `ever` unknown; a charted unknown does, unless the rest decides."""
    normal, asked = observed("02T09:00", temperature="37 Cel"), observed("02T12:00", temperature="unknown")
    assert at("03T20:00", "fever_ever", normal, NO_FEVER) is False
    assert at("03T20:00", "fever_ever", normal, asked, NO_FEVER) is None
    assert at("03T20:00", "fever_ever", normal, asked, FEVER, NO_FEVER) is True


def test_an_undetermined_grade_leaves_ever_open() -> None:
    """A grade that could have been 1 may have been 1."""
    asked = observed("02T12:00", temperature="unknown", hypotension=False)
    assert at("02T13:00", "graded_before", asked) is None
    calm = [observed(f"02T{hour}:00", temperature="37 Cel", hypotension=False) for hour in ("12", "13")]
    assert at("02T13:00", "graded_before", *calm) is False


def test_signs_before_the_infusion_are_not_graded() -> None:
    """CRS is graded from the first infusion on."""
    early = observed("01T09:00", temperature="39 Cel")
    later = observed("02T09:00", temperature="37 Cel", hypotension=False)
    assert at("02T09:00", "graded_before", early, later) is not True
    assert at("02T09:00", "fever_before", early, later) is True


def test_ever_over_an_unknown_window_is_unknown() -> None:
    """An anchor that has not happened, or whose time is not known, makes the value unknown."""
    assert at("04T00:00", "fever_after_dose", FEVER) is None
    assert at("04T00:00", "fever_after_dose", dose("03T08:00", "tocilizumab"), FEVER) is True
    assert at("04T00:00", "fever_after_dose", dose("03T21:00", "tocilizumab"), FEVER, NO_FEVER) is False
    assert at("04T00:00", "fever_after_dose", dose("03T08:00", "tocilizumab"), FEVER, complete=None) is None


def test_a_charted_ever_is_a_baseline() -> None:
    """Charted false, a later fever makes it true; charted true it stays true; charted unknown it is open until true."""
    for said, calm, hot in ((False, False, True), (True, True, True), ("unknown", None, True)):
        charted = observed("03T08:00", fever_ever=said, temperature="37 Cel")
        assert at("03T08:00", "fever_ever", charted) is calm
        assert at("03T20:00", "fever_ever", charted, NO_FEVER) is calm
        assert at("03T20:00", "fever_ever", charted, FEVER, NO_FEVER) is hot


# --- highest and lowest -----------------------------------------------------------------------------------------------

FALLING = [
    observed("03T08:00", temperature="39 Cel"),
    observed("03T12:00", temperature="38.5 Cel"),
    observed("03T19:00", temperature="37.5 Cel"),
]


@pytest.mark.parametrize(
    ("time", "highest", "lowest"),
    [
        ("03T08:00", 39, 39),
        ("03T20:00", 39, 37.5),
        ("03T23:59:59", 39, 37.5),
        ("04T00:00", 38.5, 37.5),
        ("04T07:00", 37.5, 37.5),
        ("04T14:59:59", 37.5, 37.5),
    ],
)
def test_the_extremes_of_a_window_begin_with_the_value_in_force(time: str, highest: float, lowest: float) -> None:
    """39 holds until 38.5 is charted, so it counts as long as the window begins before that."""
    assert at(time, "highest_12_h", *FALLING) == (highest, highest)
    assert at(time, "lowest_12_h", *FALLING) == (lowest, lowest)


def test_extremes_of_a_window_without_a_value_are_open() -> None:
    """What had gone stale when the window began is not in it."""
    alone = FALLING[0]
    assert at(micro("04T04:00"), "highest_12_h", alone) == (39, 39)
    assert at(micro("04T04:00", 1), "highest_12_h", alone) == OPEN
    assert at("03T20:00", "highest_12_h") == OPEN


def test_an_unknown_inside_the_window_opens_one_side() -> None:
    """It could be higher than the highest or lower than the lowest, never undo them."""
    asked = observed("03T13:00", temperature="unknown")
    assert at("03T14:00", "highest_12_h", *FALLING[:2], asked) == (39, inf)
    assert at("03T14:00", "lowest_12_h", *FALLING[:2], asked) == (-inf, 38.5)


def test_extremes_before_now_and_between_anchors() -> None:
    """`before now` leaves out this moment; `to` an anchor ends before it."""
    assert at("03T08:00", "highest_before", *FALLING) == OPEN
    assert at("03T12:00", "highest_before", *FALLING) == (39, 39)
    last = observed("03T10:00", temperature="40 Cel")
    assert at("03T12:00", "highest_between", FALLING[0], last) == (39, 39)
    assert at("03T09:00", "highest_between", FALLING[0], last) == (39, 39)
    assert at("04T00:00", "highest_since", dose("03T13:00", "tocilizumab"), *FALLING) == (38.5, 38.5)
    assert at("04T00:00", "highest_since", *FALLING) == OPEN


# --- the value at an anchor -------------------------------------------------------------------------------------------


def test_the_value_at_a_dose_is_the_one_in_force_then() -> None:
    """What was charted at that very moment counts; what came later does not."""
    assert at("04T00:00", "temperature_at_dose", *FALLING, dose("03T11:59", "tocilizumab")) == (39, 39)
    assert at("04T00:00", "temperature_at_dose", *FALLING, dose("03T12:00", "tocilizumab")) == (38.5, 38.5)
    assert at("03T12:00", "temperature_at_dose", *FALLING, dose("03T12:00", "tocilizumab")) == (38.5, 38.5)


def test_the_value_at_a_dose_is_unknown_without_the_dose_or_with_a_stale_value() -> None:
    """Never given, given before anything was charted, or charted too long before: unknown."""
    assert at("04T00:00", "temperature_at_dose", *FALLING) == OPEN
    assert at("04T00:00", "temperature_at_dose", *FALLING, dose("03T07:59", "tocilizumab")) == OPEN
    alone = FALLING[0]
    assert at("04T00:00", "temperature_at_dose", alone, dose("03T16:00", "tocilizumab")) == (39, 39)
    assert at("04T00:00", "temperature_at_dose", alone, dose("03T16:00:01", "tocilizumab")) == OPEN


def test_the_last_dose_may_be_later_than_the_record_shows() -> None:
    """In an incomplete record the value spans every moment at which the last dose could have been."""
    given = dose("03T11:00", "tocilizumab")
    assert at("03T20:00", "temperature_at_dose", *FALLING, given, complete=None) == (37.5, 39)
    assert at("03T20:00", "temperature_at_dose", *FALLING, given, complete=clock("03T13:00")) == (38.5, 39)
    assert at("03T20:00", "temperature_at_dose", *FALLING, complete=None) == OPEN


def test_grades_are_read_as_they_were() -> None:
    """The grade at a dose is the one that the facts of that time gave; the first dose is another anchor."""
    shock = [
        observed("03T08:00", temperature="39 Cel", hypotension=False),
        observed("03T12:00", temperature="38 Cel", hypotension=True),
    ]
    given = [dose("03T09:00", "tocilizumab"), dose("03T17:00", "tocilizumab")]
    assert at("03T18:00", "grade_at_dose", *shock, *given) == (2, 2)
    assert at("03T18:00", "grade_at_first", *shock, *given) == (1, 1)
    assert at("03T18:00", "grade_at_first", *shock, *given, complete=None) == OPEN


# --- the current run --------------------------------------------------------------------------------------------------

CALM = observed("03T04:00", temperature="37 Cel")
HOT = [observed(f"03T{hour}:00", temperature="38.5 Cel") for hour in ("08", "14", "20")]


def test_a_run_goes_on_while_each_value_holds_until_the_next() -> None:
    """Charted every six hours and fresh for eight: one run, from the first reading after the normal one."""
    assert at("03T20:00", "fever_time", CALM, *HOT) == (12, 12)
    assert at("04T04:00", "fever_time", CALM, *HOT) == (20, 20)
    assert at("03T07:59", "fever_time", CALM) == (0, 0)


def test_a_record_that_begins_in_the_run_leaves_its_beginning_open() -> None:
    """It has lasted at least since the first reading."""
    assert at("03T20:00", "fever_time", *HOT) == (12, inf)


def test_a_run_broken_by_a_longer_gap_is_unknown_and_not_ended() -> None:
    """Between 16:00 and 20:00 nobody knows: the run is at least as long as since 20:00, at most since 08:00."""
    assert at("03T22:00", "fever_time", CALM, HOT[0], HOT[2]) == (2, 14)
    assert at("03T18:00", "fever_time", CALM, HOT[0]) == (0, 10)


def test_a_charted_end_ends_the_run() -> None:
    """A normal reading between two fevers begins the count anew, and while it holds there is no run."""
    dip = observed("03T16:00", temperature="37.9 Cel")
    assert at("03T19:00", "fever_time", CALM, *HOT, dip) == (0, 0)
    assert at("03T22:00", "fever_time", CALM, *HOT, dip) == (2, 2)


# --- the daily dose ---------------------------------------------------------------------------------------------------


def regimen(time: str, amount: str, every: str = "6 h", kind: str = "started") -> dict[str, Any]:
    """The start or change of a regimen of dexamethasone."""
    return event(time, **{kind: {"drug": "dexamethasone", "dose": amount, "every": every, "route": "intravenous"}})


FULL = regimen("03T00:00", "10 mg")


@pytest.mark.parametrize(
    ("more", "hours"),
    [
        ([], 24),
        ([regimen("03T12:00", "20 mg", kind="changed")], 24),
        ([regimen("03T12:00", "9 mg", kind="changed")], 0),
        ([regimen("03T06:00", "5 mg", kind="changed"), regimen("03T18:00", "10 mg", kind="changed")], 6),
        ([event("03T06:00", missed={"drug": "dexamethasone"}), dose("03T12:00", "dexamethasone")], 12),
        ([event("03T18:00", missed={"drug": "dexamethasone"})], 0),
        ([event("03T18:00", stopped={"drug": "dexamethasone"})], 0),
    ],
)
def test_a_run_of_a_daily_dose_follows_the_regimen(more: list[dict[str, Any]], hours: float) -> None:
    """A change upwards goes on, one below the limit ends the run, a missed dose is 0 until the next one given."""
    assert at("04T00:00", "full_dose_time", FULL, *more) == (hours, hours)


def test_a_run_of_a_daily_dose_in_an_incomplete_record() -> None:
    """What is charted is the least: the run is at least as long, and may have begun before."""
    assert at("04T00:00", "rate", FULL, complete=None) == (40, inf)
    assert at("04T00:00", "full_dose_time", FULL, complete=None) == (24, inf)
    assert at("04T00:00", "full_dose_time", regimen("03T00:00", "9 mg"), complete=None) == (0, inf)


def test_single_doses_have_the_rate_up_to_the_next_and_the_last_lasts_as_long_as_it_covers() -> None:
    """10 mg six hours before the next is 40 mg a day; the last 10 mg are 10 mg a day for 24 h, and then 0."""
    given = [dose(f"03T{hour}:00", "dexamethasone") for hour in ("00", "06", "12")]
    assert at("03T12:00", "rate", *given) == (10, 10)
    assert at("04T11:59", "rate", *given) == (10, 10)
    assert at("04T12:00", "rate", *given) == (0, 0)
    # A later dose tells what the rate was before it.
    assert at("03T12:00", "full_dose_time", *given) == (0, 0)
    assert at("09T00:00", "steroid_ever", *given) is True
    assert at("09T00:00", "steroid_ever") is False
    assert at("09T00:00", "steroid_ever", complete=None) is None


def test_other_drugs_count_by_their_equivalence() -> None:
    """Methylprednisolone 80 mg every 8 h is 240 mg a day, as 45 mg of dexamethasone."""
    order = {"drug": "methylprednisolone", "dose": "80 mg", "every": "8 h", "route": "oral"}
    assert at("03T10:00", "rate", event("03T00:00", started=order)) == (45, 45)


# --- first and last, counts, totals -----------------------------------------------------------------------------------


def test_first_and_last_read_only_what_is_charted_inside_the_window() -> None:
    """The value in force at the start is not one of them; a charted unknown is."""
    assert at("03T20:00", "first_12_h", *FALLING) == (38.5, 38.5)
    assert at("03T19:59:59", "first_12_h", *FALLING) == (39, 39)
    assert at("03T20:00", "last_12_h", *FALLING) == (37.5, 37.5)
    assert at("04T07:00", "last_12_h", *FALLING) == OPEN
    assert at("03T20:00", "last_12_h", *FALLING, observed("03T19:30", temperature="unknown")) == OPEN
    assert at("03T19:00", "last_before", *FALLING) == (38.5, 38.5)
    assert at("03T20:00", "first_after_dose", *FALLING) == OPEN
    assert at("03T20:00", "first_after_dose", *FALLING, dose("03T12:00", "tocilizumab")) == (38.5, 38.5)


def fevers(*hours: str) -> list[dict[str, Any]]:
    """A fever charted at some hours."""
    return [observed(f"03T{hour}:00", temperature="38.5 Cel") for hour in hours]


@pytest.mark.parametrize(
    ("events", "every", "apart"),
    [
        (fevers("08", "10", "12", "16"), (4, 4), (3, 3)),
        (fevers("08", "11"), (2, 2), (1, 1)),
        ([*fevers("08"), observed("03T12:00", temperature="37 Cel"), *fevers("16")], (2, 2), (2, 2)),
        ([*fevers("08"), observed("03T12:00", temperature="unknown"), *fevers("16")], (2, 3), (2, 3)),
        ([observed("03T08:00", temperature="37 Cel")], (0, 0), (0, 0)),
        ([observed("03T08:00", hypotension=True)], (0, inf), (0, inf)),
    ],
)
def test_count_counts_chartings(events: list[dict[str, Any]], every: Value, apart: Value) -> None:
    """Each charting that is true, or each at least 4 h after the one counted before; nothing charted is not none."""
    assert at("03T20:00", "fever_count", *events) == every
    assert at("03T20:00", "fever_count_apart", *events) == apart


def test_count_leaves_out_what_left_the_window_and_what_has_no_window() -> None:
    """A charting of exactly 24 h ago has left; grades that nobody made are none."""
    assert at("04T07:59:59", "fever_count", *fevers("08", "10")) == (2, 2)
    assert at("04T08:00", "fever_count", *fevers("08", "10")) == (1, 1)
    assert at("04T08:00", "count_after_dose", *fevers("08", "10")) == (0, inf)
    assert at("04T08:00", "count_after_dose", *fevers("08", "10"), dose("03T09:00", "tocilizumab")) == (1, 1)
    assert at("01T09:00", "grade_count", observed("01T08:00", temperature="39 Cel")) == (0, 0)


def test_the_total_of_a_drug() -> None:
    """Amounts given in the window; one that nobody knows, a running regimen or a gap in the record leaves it open."""
    given = [dose("03T08:00", "tocilizumab", "640 mg"), dose("03T16:00", "tocilizumab", "0.64 g")]
    assert at("04T07:59:59", "total_toc", *given) == (1280, 1280)
    assert at("04T08:00", "total_toc", *given) == (640, 640)
    assert at("04T08:00", "total_toc", *given, complete=None) == (640, inf)
    unknown = event("03T20:00", given={"drug": "tocilizumab", "route": "intravenous"})
    assert at("04T07:00", "total_toc", *given, unknown) == (1280, inf)
    order = {"drug": "dexamethasone", "dose": "10 mg", "every": "6 h", "route": "oral"}
    assert at("03T00:00", "total_steroid", event("03T00:00", started=order)) == (10, 10)
    assert at("03T06:00", "total_steroid", event("03T00:00", started=order)) == (10, inf)
    other = dose("03T01:00", "methylprednisolone", "80 mg")
    assert at("03T06:00", "total_steroid", dose("03T00:00", "dexamethasone"), other) == (25, 25)


def test_a_charted_total_is_a_baseline() -> None:
    """What is given after it is added."""
    charted = observed("03T09:00", total_steroid="30 mg")
    assert at("03T09:00", "total_steroid", charted, dose("03T08:00", "dexamethasone")) == (30, 30)
    assert at("03T12:01", "total_steroid", charted, dose("03T12:00", "dexamethasone")) == (40, 40)


# --- bridged, longest and total runs ----------------------------------------------------------------------------------

DIP = [CALM, *fevers("08", "12"), observed("03T16:00", temperature="37 Cel"), *fevers("20")]


def test_a_short_dip_belongs_to_a_bridged_run_and_one_as_long_as_the_bridge_does_not() -> None:
    """From 16:00 to 20:00 there is no fever: 4 h are bridged by 6 h, and not by 4 h."""
    assert at("03T22:00", "fever_time", *DIP) == (2, 2)
    assert at("03T22:00", "bridged_6_h", *DIP) == (14, 14)
    assert at("03T22:00", "bridged_4_h", *DIP) == (2, 2)


def test_a_gap_at_the_open_end_belongs_to_the_run_while_it_is_short() -> None:
    """The fever that has been gone for five hours may come back; after six it is over."""
    down = DIP[:4]
    assert at("03T21:00", "bridged_6_h", *down) == (13, 13)
    assert at("03T22:00", "bridged_6_h", *down) == (0, 0)
    assert at("03T07:00", "bridged_6_h", CALM) == (0, 0)


def test_a_bridge_spans_what_is_not_charted_as_well() -> None:
    """Stale from 16:00 to 21:00: 5 h without a value are bridged by 6 h, and not by 4 h."""
    assert at("03T22:00", "bridged_6_h", CALM, *fevers("08", "21")) == (14, 14)
    assert at("03T22:00", "bridged_4_h", CALM, *fevers("08", "21")) == (1, 14)


@pytest.mark.parametrize(
    ("time", "longest", "total"),
    [
        ("03T16:00", (8, 12), (8, 20)),
        ("03T22:00", (8, 8), (10, 16)),
        ("04T04:00", (8, 8), (16, 16)),
        ("04T10:00", (8, 14), (14, 20)),
        ("04T18:00", (8, 22), (8, 22)),
    ],
)
def test_the_longest_and_the_total_time_of_a_window(time: str, longest: Value, total: Value) -> None:
    """Cut to 24 h before now; before the first reading, and where it is stale, there may have been fever."""
    assert at(time, "longest_fever", *DIP) == longest
    assert at(time, "total_fever", *DIP) == total


def test_the_longest_run_may_be_bridged_and_needs_its_window() -> None:
    """An anchor that has not happened leaves it open; bridged, the dip belongs to it."""
    assert at("03T22:00", "longest_bridged", *DIP) == (0, inf)
    given = dose("03T06:00", "tocilizumab")
    assert at("03T22:00", "longest_bridged", *DIP, given) == (14, 14)


# --- other anchors ----------------------------------------------------------------------------------------------------


def test_the_start_of_a_regimen_is_not_moved_by_a_change() -> None:
    """Counted from the latest start; stopped and started again it begins anew."""
    more = [regimen("03T06:00", "20 mg", kind="changed")]
    assert at("03T12:00", "since_steroid_start", FULL, *more) == (12, 12)
    again = [event("03T08:00", stopped={"drug": "dexamethasone"}), regimen("03T10:00", "10 mg")]
    assert at("03T12:00", "since_steroid_start", FULL, *again) == (2, 2)
    assert at("03T12:00", "since_steroid_start", dose("03T00:00", "dexamethasone")) == OPEN
    assert at("03T12:00", "since_steroid_start", complete=None) == (0, inf)


def test_the_start_of_a_run_is_where_it_began() -> None:
    """No fever now: it has not happened. After a gap in the charting it lies between two times."""
    assert at("03T20:00", "since_fever_began", CALM, *HOT) == (12, 12)
    assert at("03T22:00", "since_fever_began", *DIP) == (2, 2)
    assert at("03T22:00", "since_bridged_fever", *DIP) == (14, 14)
    assert at("03T22:00", "since_fever_began", CALM, HOT[0], HOT[2]) == (2, 14)
    assert at("03T07:00", "since_fever_began", CALM) == OPEN


def test_the_first_time_that_something_was_charted() -> None:
    """The first fever since the infusion, and since a dose; a charted unknown may have been one."""
    assert at("03T22:00", "since_first_fever", *DIP) == (14, 14)
    assert at("03T22:00", "since_fever_after_dose", *DIP, dose("03T17:00", "tocilizumab")) == (2, 2)
    assert at("03T22:00", "since_fever_after_dose", *DIP) == OPEN
    assert at("03T22:00", "since_first_fever", CALM) == OPEN
    asked = observed("03T06:00", temperature="unknown")
    assert at("03T22:00", "since_first_fever", asked, *DIP) == (14, 16)


def test_the_time_since_something_was_done() -> None:
    """Of a group, since all of its parts were done; never done: unknown."""
    cultures = event("03T08:00", done=["blood-cultures"])
    assert at("03T12:00", "since_cultures", cultures) == (4, 4)
    assert at("03T12:00", "since_work_up", cultures) == OPEN
    assert at("03T12:00", "since_work_up", cultures, event("03T10:00", done=["urine-culture"])) == (4, 4)
    assert at("03T12:00", "since_work_up", cultures, event("03T11:00", done=["work-up"])) == (1, 1)


# --- times ------------------------------------------------------------------------------------------------------------


def test_the_time_since_an_infusion() -> None:
    """From the first infusion of the treatment; before it there is none; `last` is another one."""
    infusions = [{"product": "axi-cel", "at": clock(text)} for text in ("01T10:00", "02T10:00")]
    assert at("03T10:00", "time_since_infusion", infusions=infusions) == (48, 48)
    assert at("03T10:00", "time_since_last_infusion", infusions=infusions) == (24, 24)
    assert at("01T10:00", "time_since_infusion", infusions=infusions) == (0, 0)
    assert at("01T09:00", "time_since_infusion", infusions=infusions) == OPEN
    second = {"product": "tisa-cel", "at": clock("03T09:00"), "treatment": 2}
    assert at("03T10:00", "time_since_infusion", infusions=[*infusions, second]) == (1, 1)


def test_the_time_since_a_dose() -> None:
    """Counted from the last dose; never given in a complete record, it is unknown."""
    assert at("03T17:00", "time_since_tocilizumab", FIRST) == (8, 8)
    assert at("03T17:00", "time_since_tocilizumab", FIRST, SECOND) == (0, 0)
    assert at("03T17:00", "time_since_first", FIRST, SECOND) == (8, 8)
    assert at("04T09:00", "time_to_tocilizumab", FIRST) == (1.958333, 1.958333)
    assert at("03T17:00", "time_since_tocilizumab") == OPEN


@pytest.mark.parametrize(
    ("complete", "hours"),
    [(COMPLETE, (8, 8)), (clock("03T09:00"), (8, 8)), (clock("03T11:00"), (6, 8)), (None, (0, 8))],
)
def test_a_dose_that_the_record_lacks_may_be_the_last(complete: str | None, hours: Value) -> None:
    """Before the record is complete another dose may have been given: the time since the last is at most that."""
    assert at("03T17:00", "time_since_tocilizumab", FIRST, complete=complete) == hours


def test_the_last_dose_of_a_running_regimen_may_be_now() -> None:
    """While a regimen runs, later doses than its first are not charted."""
    order = {"drug": "tocilizumab", "dose": "8 mg", "every": "8 h"}
    begun = event("03T09:00", started=order)
    assert at("03T17:00", "time_since_tocilizumab", begun) == (0, 8)
    assert at("03T17:00", "time_since_first", begun) == (8, 8)


def test_the_first_dose_of_an_incomplete_record_may_be_earlier() -> None:
    """It was given at the charted time or at any time before."""
    assert at("03T17:00", "time_since_first", FIRST, complete=None) == (8, inf)
    assert at("03T17:00", "time_since_first", complete=None) == (0, inf)


def test_a_charted_time_since_grows_with_the_clock_until_the_next_dose() -> None:
    """Charted 5 h at nine, it is 8 h at twelve; a dose after the charting counts from itself."""
    charted = observed("03T09:00", time_since_tocilizumab="5 h")
    assert at("03T09:00", "time_since_tocilizumab", charted) == (5, 5)
    assert at("03T12:00", "time_since_tocilizumab", charted) == (8, 8)
    assert at("03T12:00", "time_since_tocilizumab", charted, dose("03T11:00", "tocilizumab")) == (1, 1)


def test_one_moment_has_times_only_where_they_are_charted() -> None:
    """Without a clock and an infusion nothing has a time, and what is charted stands."""
    facts = Course.from_facts({"temperature": "38 Cel", "time_since_tocilizumab": "5 h"})
    assert value(MADE, facts, "time_since_infusion") == OPEN
    assert value(MADE, facts, "time_since_tocilizumab") == (5, 5)
    assert value(MADE, facts, "fever_ever") is True
    assert value(MADE, facts, "graded_before") is False
    assert value(MADE, facts, "tocilizumab_doses") == (0, inf)


# --- what was charted of a thing of the past, and what came later ----------------------------------------------------


def test_a_charted_no_about_doses_stands_at_its_own_moment() -> None:
    """A charted "never given" is the answer up to its time, also where the record is not complete."""
    charted = observed("03T08:00", steroid_ever=False)
    assert at("03T08:00", "steroid_ever", charted, complete=None) is False


def test_a_charted_total_is_added_to() -> None:
    """A charted total is an exact baseline as of its time, to which later administrations are added."""
    charted = observed("03T09:00", total_steroid="30 mg")
    assert at("03T12:00", "total_steroid", charted, dose("03T12:00", "dexamethasone")) == (40, 40)


def test_a_charted_total_is_open_upwards_later_where_the_record_may_lack_doses() -> None:
    """Where the record is not complete, totals are lower bounds."""
    assert at("03T12:00", "total_steroid", observed("03T09:00", total_steroid="30 mg"), complete=None) == (30, inf)


def test_a_charted_time_since_done_grows_with_the_clock() -> None:
    """A charted time since something grows with the clock."""
    assert at("03T12:00", "since_cultures", observed("03T09:00", since_cultures="5 h")) == (8, 8)


def test_what_is_done_later_starts_the_clock_anew() -> None:
    """A later charting of the thing itself stands."""
    done = event("03T11:00", done=["blood-cultures"])
    assert at("03T12:00", "since_cultures", observed("03T09:00", since_cultures="5 h"), done) == (1, 1)


def test_a_later_dose_replaces_what_was_charted_of_an_earlier_one() -> None:
    """What is charted for a derived element is used when nothing that it reads came at or after it."""
    charted = observed("03T09:00", temperature_at_dose="39 Cel")
    later = [observed("03T12:00", temperature="37 Cel"), dose("03T13:00", "tocilizumab")]
    assert at("03T14:00", "temperature_at_dose", charted, *later) == (37, 37)


def test_a_later_dose_empties_the_window_since_the_last_one() -> None:
    """A window since the last dose begins with the dose, not with what was charted before it."""
    charted = observed("03T09:00", highest_since="40 Cel")
    assert at("03T14:00", "highest_since", charted, dose("03T13:00", "tocilizumab")) == (-inf, inf)


def test_a_dose_in_the_record_replaces_a_charted_time_to_it() -> None:
    """A time between two things of the record is computed once both are in it."""
    charted = observed("03T09:00", time_to_tocilizumab="1 d")
    assert at("03T14:00", "time_to_tocilizumab", charted, dose("03T10:00", "tocilizumab")) == (2, 2)


# --- grades of the past, treatments, routes ---------------------------------------------------------------------------

STEROID_FACTS = """\
product: {title: Product, type: code, codes: [axi-cel, tisa-cel]}
temperature: {title: Temperature, type: number, unit: Cel, fresh_for: 8 h}
hypotension: {title: Hypotension, type: boolean, fresh_for: 8 h}
rate: {title: R, type: number, unit: mg/d, derived: daily dose of dexamethasone-equivalent}
full_at_dose: {title: F, type: count, derived: full at last dose of tocilizumab}
crs_at_dose: {title: F, type: count, derived: crs at last dose of tocilizumab}
graded_ever: {title: G, type: boolean, derived: ever (crs >= 1) before now}
"""
FULL_DOSE = grade("full", "rows:\n  - {grade: 1, when: rate >= 40 mg/d}\n")
STEROIDS = knowledge(STEROID_FACTS, [CRS, FULL_DOSE])


def test_a_grade_of_the_past_is_not_made_anew_when_a_later_dose_changes_a_rate() -> None:
    """At three o'clock the rate was 10 mg a day as it was known then; since six it is known to have been 40."""
    given = [dose("03T00:00", "dexamethasone"), dose("03T03:00", "tocilizumab"), dose("03T06:00", "dexamethasone")]
    assert value(STEROIDS, course(*given), "full_at_dose", "03T03:00") == (0, 0)
    assert value(STEROIDS, course(*given), "full_at_dose", "03T12:00") == (0, 0)


@pytest.mark.parametrize(("time", "graded"), [("16:00", (2, 2)), ("16:00:01", (0, 2))])
def test_grades_are_made_when_a_fact_goes_stale(time: str, graded: Value) -> None:
    """A dose after the last charting finds the grade of its own time, open where the facts were too old by then."""
    signs = observed("03T08:00", temperature="39 Cel", hypotension=True)
    given = dose(f"03T{time}", "tocilizumab")
    assert value(STEROIDS, course(signs, given), "crs_at_dose", "03T20:00") == graded


def test_grades_restart_with_a_new_treatment() -> None:
    """CRS of the first product is no CRS of the second."""
    infusions = [
        {"product": "axi-cel", "at": clock("01T10:00")},
        {"product": "tisa-cel", "at": clock("05T12:00"), "treatment": 2},
    ]
    signs = [
        observed("03T08:00", temperature="39 Cel", hypotension=True),
        observed("05T11:00", temperature="37 Cel", hypotension=False),
        observed("05T13:00", temperature="37 Cel", hypotension=False),
    ]
    what = course(*signs, infusions=infusions)
    assert value(STEROIDS, what, "graded_ever", "05T11:00") is True
    assert value(STEROIDS, what, "graded_ever", "05T13:00") is False


@pytest.mark.parametrize(("route", "rate"), [("oral", (10, 10)), ("intrathecal", (0, 0))])
def test_only_systemic_routes_count_towards_the_rate_of_a_systemic_class(route: str, rate: Value) -> None:
    """Ten milligrams into the spinal canal are no systemic corticosteroid."""
    given = event("03T00:00", given={"drug": "dexamethasone", "dose": "10 mg", "route": route})
    assert value(STEROIDS, course(given), "rate", "03T01:00") == rate
