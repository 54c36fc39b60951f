"""What can be read off a timeline by time alone: infusions, doses, regimens, the daily dose."""

from fractions import Fraction
from math import inf

import pytest

from clinguide.course import (
    Timeline,
    daily_dose,
    daily_dose_changes,
    doses_between,
    entries,
    infusion_time,
    product_at,
    record_complete,
    regimen_within,
    running,
    treatment_at,
    treatment_start,
)
from clinguide.values import MICRO
from course_material import DAY, HOUR, STEROID_ROUTES, moment, timeline

# --- infusions and treatments -----------------------------------------------------------------------------------------

TREATMENTS = """\
medications: {complete_since: 2026-02-20T00:00:00Z}
infusions:
  - {product: tisa-cel, at: 2026-03-20T10:00:00Z, treatment: 2, dose: 2 10*6/kg}
  - {product: axi-cel, at: 2026-03-01T10:00:00Z}
  - {product: axi-cel, at: 2026-03-02T10:00:00Z}
events:
  - {at: 2026-02-25T08:00:00Z, observed: {temperature: 36.8 Cel}}
  - {at: 2026-03-21T08:00:00Z, observed: {temperature: 38.8 Cel}}
"""


def test_split_doses_are_one_treatment_and_a_later_one_begins_anew() -> None:
    """`infusion` is the first and `last infusion` the last of the current treatment; before any there is none."""
    course = timeline(TREATMENTS)
    before, between, split, second = moment("01T09:59"), moment("01T10:00"), moment("02T10:00"), moment("20T10:00")
    assert [treatment_at(course, time) for time in (before, between, split, second)] == [None, 1, 1, 2]
    assert [infusion_time(course, time) for time in (before, between, split, second)] == [
        None,
        between,
        between,
        second,
    ]
    assert [infusion_time(course, time, last=True) for time in (before, between, split)] == [None, between, split]
    assert [product_at(course, time) for time in (before, split, second)] == [None, "axi-cel", "tisa-cel"]
    assert [treatment_start(course, time) == course.first for time in (before, split)] == [True, True]
    assert treatment_start(course, second) == second


def test_an_infusion_is_a_dose_of_its_product() -> None:
    """Anchors such as `first dose of axi-cel` find the infusions."""
    assert [dose.time for dose in timeline(TREATMENTS).given["axi-cel"]] == [moment("01T10:00"), moment("02T10:00")]


def test_a_timeline_knows_nothing_of_what_comes_later() -> None:
    """Events after `at` are not in it, are counted, and a regimen that they end still runs."""
    text = """\
infusions: [{product: axi-cel, at: 2026-03-09T10:00:00Z}]
events:
  - {at: 2026-03-03T08:00:00Z, started: {drug: dexamethasone, dose: 10 mg, every: 6 h}}
  - {at: 2026-03-04T08:00:00Z, changed: {drug: dexamethasone, dose: 20 mg}}
  - {at: 2026-03-05T08:00:00Z, stopped: {drug: dexamethasone}, done: [blood-cultures]}
  - {at: 2026-03-05T09:00:00Z, observed: {hypotension: true}, given: {drug: tocilizumab}}
"""
    course = timeline(text, at="03T20:00")
    assert (course.later_events, course.last_event, course.at) == (4, moment("03T08:00"), moment("03T20:00"))
    assert (course.charted, course.infusions, course.done, course.missed) == ({}, (), {}, {})
    assert set(course.given) == {"dexamethasone"}
    assert [(step.end, step.kind) for step in course.regimens["dexamethasone"]] == [(None, "started")]


def test_a_time_before_everything_is_allowed() -> None:
    """Before the first event nothing is known but the facts of the patient."""
    course = timeline("patient: {age: 61 a}\n" + TREATMENTS, at="01T00:00")
    assert course.last_event == moment("01T00:00") - 4 * DAY + 8 * HOUR
    early = timeline("patient: {age: 61 a}\nevents: [{at: 2026-03-09T10:00:00Z}]\n", at="01T00:00")
    assert (early.first, early.last_event, early.later_events) == (early.at, None, 1)
    assert [each.value for each in entries(early, "age", early.at)] == [(61 * MICRO, 61 * MICRO)]


def test_the_start_of_the_course_is_its_earliest_time() -> None:
    """The complete record, the first event or the first infusion: whichever is first."""
    assert timeline(TREATMENTS).first == moment("01T00:00") - 9 * DAY
    assert timeline(TREATMENTS.partition("\n")[2]).first == moment("01T08:00") - 4 * DAY


def test_entries_are_those_charted_by_then() -> None:
    """What was charted later is not read; fixed facts always are."""
    course = timeline("patient: {age: 61 a}\n" + TREATMENTS)
    assert [each.value for each in entries(course, "temperature", moment("21T07:59"))] == [(36_800_000, 36_800_000)]
    assert len(entries(course, "temperature", moment("21T08:00"))) == 2
    assert len(entries(course, "age", 0)) == 1
    assert entries(course, "crp", moment("21T08:00")) == ()


def test_a_group_that_was_done_is_all_its_parts() -> None:
    """What was done is told of each part, also of groups in groups and of one that names itself."""
    text = """\
events:
  - {at: 2026-03-03T08:00:00Z, done: [everything]}
  - {at: 2026-03-04T08:00:00Z, done: [urine-culture]}
"""
    assert timeline(text).done == {
        "blood-cultures": (moment("03T08:00"),),
        "urine-culture": (moment("03T08:00"), moment("04T08:00")),
    }


# --- administrations and regimens -------------------------------------------------------------------------------------

DOSES = """\
medications: {complete_since: 2026-03-03T00:00:00Z}
events:
  - {at: 2026-03-03T08:00:00Z, given: {drug: tocilizumab, dose: 0.656 g, route: intravenous}}
  - {at: 2026-03-03T16:00:00Z, given: [{drug: tocilizumab, dose: 656 mg}, {drug: dexamethasone, dose: 10 mg}]}
  - {at: 2026-03-04T08:00:00Z, started: {drug: dexamethasone, dose: 10 mg, every: 6 h, route: oral}}
  - {at: 2026-03-05T08:00:00Z, changed: {drug: dexamethasone, dose: 20 mg}}
  - {at: 2026-03-06T08:00:00Z, stopped: {drug: dexamethasone}}
"""
BOTH = frozenset({"tocilizumab", "dexamethasone"})


@pytest.mark.parametrize(
    ("closed", "hours"),
    [("right", [16, 16]), ("left", [8]), ("both", [8, 16, 16]), ("neither", [])],
)
def test_the_ends_of_a_window_belong_to_it_as_the_language_says(closed: str, hours: list[int]) -> None:
    """`within d` is (now - d, now], `since a` [a, now], `from a to b` [a, b)."""
    found = doses_between(timeline(DOSES), BOTH, moment("03T08:00"), moment("03T16:00"), closed)  # type: ignore[arg-type]
    assert [dose.time for dose in found] == [moment(f"03T{hour:02}:00") for hour in hours]


def test_a_dose_is_kept_in_milligrams() -> None:
    """Doses of one drug are comparable whatever unit they were charted in; an unknown dose is None."""
    given = timeline(DOSES).given["tocilizumab"]
    assert [(dose.amount_micro, dose.unit, dose.route) for dose in given] == [
        (656 * MICRO, "mg", "intravenous"),
        (656 * MICRO, "mg", None),
    ]
    text = "events: [{at: 2026-03-03T08:00:00Z, given: {drug: tocilizumab, dose: unknown, route: unknown}}]"
    (dose,) = timeline(text).given["tocilizumab"]
    assert (dose.amount_micro, dose.unit, dose.route) == (None, None, None)


def test_the_start_of_a_regimen_is_its_first_dose() -> None:
    """It counts as one administration, unless a given dose of the drug stands at the same minute."""
    started = "started: {drug: dexamethasone, dose: 10 mg, every: 6 h}"
    text = f"events: [{{at: 2026-03-03T08:00:30Z, {started}}}]"
    assert [dose.first_of_regimen for dose in timeline(text).given["dexamethasone"]] == [True]
    both = text[:-1] + ", {at: 2026-03-03T08:00:00Z, given: {drug: dexamethasone, dose: 20 mg}}]"
    assert [dose.amount_micro for dose in timeline(both).given["dexamethasone"]] == [20 * MICRO]


def test_a_drug_given_twice_in_one_minute_on_purpose_is_two_doses() -> None:
    """`repeat: true` says that it really was given twice."""
    text = (
        "events: [{at: 2026-03-03T08:00:00Z, given: {drug: tocilizumab}}, "
        "{at: 2026-03-03T08:00:59Z, given: {drug: tocilizumab, repeat: true}}]"
    )
    assert len(timeline(text).given["tocilizumab"]) == 2


def test_a_regimen_is_a_row_of_steps() -> None:
    """A change ends a step and keeps what it does not state; a stop ends the regimen."""
    steps = timeline(DOSES).regimens["dexamethasone"]
    assert [(step.start, step.end) for step in steps] == [
        (moment("04T08:00"), moment("05T08:00")),
        (moment("05T08:00"), moment("06T08:00")),
    ]
    assert [(step.amount_micro, step.every_us, step.route, step.kind) for step in steps] == [
        (10 * MICRO, 6 * HOUR, "oral", "started"),
        (20 * MICRO, 6 * HOUR, "oral", "changed"),
    ]


def test_a_change_to_unknown_is_unknown() -> None:
    """What a change states as unknown is not kept from before."""
    text = """\
events:
  - {at: 2026-03-04T08:00:00Z, started: {drug: dexamethasone, dose: 10 mg, every: 6 h, route: oral}}
  - {at: 2026-03-05T08:00:00Z, changed: {drug: dexamethasone, dose: unknown, every: unknown, route: unknown}}
"""
    step = timeline(text).regimens["dexamethasone"][-1]
    assert (step.amount_micro, step.unit, step.every_us, step.route) == (None, None, None, None)


def test_one_regimen_can_replace_another_at_once() -> None:
    """At one time a regimen ends before the next begins, in whatever order they are charted."""
    text = """\
events:
  - {at: 2026-03-05T08:00:00Z, started: {drug: dexamethasone, dose: 4 mg, every: 12 h}}
  - {at: 2026-03-05T08:00:00Z, stopped: {drug: dexamethasone}}
  - {at: 2026-03-04T08:00:00Z, started: {drug: dexamethasone, dose: 10 mg, every: 6 h}}
"""
    assert [step.kind for step in timeline(text).regimens["dexamethasone"]] == ["started", "started"]


def test_what_runs_at_a_time() -> None:
    """A step is in force from its start until just before its end."""
    course = timeline(DOSES)
    times = ("04T07:59", "04T08:00", "05T07:59", "05T08:00", "06T07:59", "06T08:00")
    steps = [running(course, "dexamethasone", moment(time)) for time in times]
    assert [step and step.amount_micro for step in steps] == [None, 10 * MICRO, 10 * MICRO, *2 * [20 * MICRO], None]
    assert running(course, "tocilizumab", moment("04T08:00")) is None


def test_a_regimen_leaves_the_number_of_doses_open() -> None:
    """Doses that nobody charted may lie where a regimen ran; its start alone is one charted dose."""
    course, drug = timeline(DOSES), frozenset({"dexamethasone"})
    assert not regimen_within(course, drug, moment("03T08:00"), moment("04T08:00"))
    assert regimen_within(course, drug, moment("03T08:00"), moment("04T08:01"))
    assert not regimen_within(course, drug, moment("06T08:00"), moment("07T08:00"))
    assert not regimen_within(course, frozenset({"tocilizumab"}), moment("03T08:00"), moment("07T08:00"))


def test_a_record_is_complete_only_from_the_time_that_the_course_says() -> None:
    """Before that time, after `at`, and in a course that does not say it, drugs may have been given unseen."""
    course = timeline(DOSES)
    assert record_complete(course, moment("03T00:00"), moment("06T08:00"))
    assert not record_complete(course, moment("03T00:00") - 1, moment("06T08:00"))
    assert not record_complete(course, moment("03T00:00"), moment("06T08:00") + 1)
    incomplete = timeline(DOSES.partition("\n")[2])
    assert not record_complete(incomplete, moment("03T08:00"), moment("06T08:00"))


# --- the daily dose ---------------------------------------------------------------------------------------------------

FACTORS = {"dexamethasone": Fraction(1), "methylprednisolone": Fraction("0.1875")}
COVERS = {"dexamethasone": 24 * HOUR, "methylprednisolone": 24 * HOUR}
ROUTES = {drug: frozenset(STEROID_ROUTES) for drug in FACTORS}
COMPLETE = "medications: {complete_since: 2026-03-01T00:00:00Z}\nevents:\n"


def daily(course: Timeline, time: str, known_at: str | None = None) -> tuple[float, float]:
    """The daily dexamethasone equivalent in mg/d at a time of March 2026, as known at the end or at `known_at`."""
    known = moment(known_at) if known_at else course.at
    low, high = daily_dose(course, FACTORS, moment(time), known, routes=ROUTES, covers=COVERS)
    return (low / MICRO, high / MICRO)


def steroid(*events: str, record: str = COMPLETE) -> Timeline:
    """A course of these events, `DAYTHOUR what: {...}` each, looked at from 20 March."""
    lines = [f"  - {{at: 2026-03-{time}:00Z, {what}}}\n" for time, _, what in (each.partition(" ") for each in events)]
    return timeline(record + "".join(lines), at="20T00:00")


def test_a_regimen_has_its_rate_from_its_first_dose_on() -> None:
    """10 mg every 6 h is 40 mg/d from the start until the stop, and nothing outside."""
    course = steroid(
        "03T08:00 started: {drug: dexamethasone, dose: 10 mg, every: 6 h, route: intravenous}",
        "04T08:00 changed: {drug: dexamethasone, dose: 20 mg}",
        "05T08:00 stopped: {drug: dexamethasone}",
    )
    times = ("03T07:59", "03T08:00", "04T07:59", "04T08:00", "05T07:59", "05T08:00")
    assert [daily(course, time) for time in times] == [(0, 0), (40, 40), (40, 40), (80, 80), (80, 80), (0, 0)]


def test_another_corticosteroid_counts_by_its_equivalence() -> None:
    """1000 mg of methylprednisolone a day beside 40 mg of dexamethasone are 227.5 mg of dexamethasone."""
    course = steroid(
        "03T08:00 started: {drug: dexamethasone, dose: 10 mg, every: 6 h, route: intravenous}",
        "03T08:00 started: {drug: methylprednisolone, dose: 500 mg, every: 12 h, route: intravenous}",
    )
    assert daily(course, "03T08:00") == (227.5, 227.5)


def test_a_missed_dose_is_none_until_the_next_one_given() -> None:
    """From a charted missed dose on the rate is 0, and it is back with the next dose that is charted as given."""
    course = steroid(
        "03T08:00 started: {drug: dexamethasone, dose: 10 mg, every: 6 h, route: intravenous}",
        "03T14:00 missed: {drug: dexamethasone}",
        "03T20:00 given: {drug: dexamethasone, dose: 10 mg, route: intravenous}",
    )
    assert [daily(course, time) for time in ("03T13:59", "03T14:00", "03T19:59", "03T20:00")] == [
        (40, 40),
        (0, 0),
        (0, 0),
        (40, 40),
    ]


def test_a_single_dose_lasts_to_the_next_and_the_last_one_as_long_as_the_drug_covers() -> None:
    """10 mg twelve hours before the next dose are 20 mg/d; the last 10 mg are 10 mg/d for 24 h."""
    course = steroid(
        "03T08:00 given: {drug: dexamethasone, dose: 10 mg, route: oral}",
        "03T20:00 given: {drug: dexamethasone, dose: 10 mg, route: oral}",
    )
    assert [
        daily(course, time) for time in ("03T07:59", "03T08:00", "03T19:59", "03T20:00", "04T19:59", "04T20:00")
    ] == [
        (0, 0),
        (20, 20),
        (20, 20),
        (10, 10),
        (10, 10),
        (0, 0),
    ]


def test_a_past_rate_is_as_it_was_known_then() -> None:
    """Before the second dose is charted the first one has the rate of a last dose."""
    course = steroid(
        "03T08:00 given: {drug: dexamethasone, dose: 10 mg, route: oral}",
        "03T20:00 given: {drug: dexamethasone, dose: 10 mg, route: oral}",
    )
    assert daily(course, "03T10:00", known_at="03T10:00") == (10, 10)
    assert daily(course, "03T10:00", known_at="03T20:00") == (20, 20)


def test_a_dose_before_a_regimen_lasts_to_its_start() -> None:
    """The first dose of a regimen is the next dose; after the regimen the single dose is long over."""
    course = steroid(
        "03T08:00 given: {drug: dexamethasone, dose: 10 mg, route: oral}",
        "03T14:00 started: {drug: dexamethasone, dose: 10 mg, every: 6 h, route: oral}",
        "03T15:00 stopped: {drug: dexamethasone}",
    )
    assert [daily(course, time) for time in ("03T13:59", "03T14:00", "03T15:00")] == [(40, 40), (40, 40), (0, 0)]


def test_doses_of_one_minute_are_one_dose() -> None:
    """Two halves given together are not a rate over seconds."""
    course = steroid(
        "03T08:00 given: {drug: dexamethasone, dose: 4 mg, route: oral}",
        "03T08:00 given: {drug: dexamethasone, dose: 6 mg, route: oral, repeat: true}",
    )
    assert daily(course, "03T08:00") == (10, 10)


def test_a_route_that_is_not_systemic_does_not_count() -> None:
    """An intrathecal dose is no systemic corticosteroid, and does not end the interval of one."""
    course = steroid(
        "03T08:00 given: {drug: dexamethasone, dose: 10 mg, route: oral}",
        "03T12:00 given: {drug: dexamethasone, dose: 4 mg, route: intrathecal}",
        "03T20:00 given: {drug: dexamethasone, dose: 10 mg, route: oral}",
    )
    assert daily(course, "03T13:00") == (20, 20)


def test_a_route_that_is_not_known_leaves_both_readings_open() -> None:
    """The dose may count or not, for itself and as the end of the one before."""
    course = steroid(
        "03T08:00 given: {drug: dexamethasone, dose: 10 mg, route: oral}",
        "03T14:00 given: {drug: dexamethasone, dose: 2 mg}",
    )
    assert daily(course, "03T10:00") == (10, 40)
    assert daily(course, "03T15:00") == (2, 10)
    assert daily(course, "04T09:00") == (0, 2)
    for route in ("route: oral", "route: unknown"):
        later = steroid(
            "03T08:00 given: {drug: dexamethasone, dose: 10 mg, route: oral}",
            "03T14:00 given: {drug: dexamethasone, dose: 2 mg}",
            f"05T08:00 given: {{drug: dexamethasone, dose: 2 mg, {route}}}",
        )
        assert daily(later, "03T10:00") == (5, 40)
    regimen = steroid("03T08:00 started: {drug: dexamethasone, dose: 10 mg, every: 6 h}")
    assert daily(regimen, "03T10:00") == (0, 40)


def test_a_dose_that_is_not_known_is_more_than_none_and_open_upwards() -> None:
    """An unknown amount or interval never reads as nothing given."""
    for what in (
        "given: {drug: dexamethasone, route: oral}",
        "started: {drug: dexamethasone, dose: 1 mg, route: oral}",
    ):
        low, high = daily(steroid(f"03T08:00 {what}"), "03T10:00")
        assert low > 0
        assert high == inf


def test_without_a_complete_record_the_daily_dose_is_a_lower_bound() -> None:
    """Before the record is complete a corticosteroid may have been given unseen."""
    course = steroid(
        "03T08:00 started: {drug: dexamethasone, dose: 10 mg, every: 6 h, route: oral}",
        record="medications: {complete_since: 2026-03-03T20:00:00Z}\nevents:\n",
    )
    assert [daily(course, time) for time in ("03T07:00", "03T19:59", "03T20:00")] == [(0, inf), (40, inf), (40, 40)]
    assert daily(steroid("03T08:00 observed: {}", record="events:\n"), "03T08:00") == (0, inf)


def test_the_daily_dose_changes_only_at_the_times_told() -> None:
    """Between two of those times it is constant, so that rules need to be asked only there."""
    course = steroid(
        "03T08:00 given: {drug: dexamethasone, dose: 10 mg, route: oral}",
        "03T20:00 given: {drug: methylprednisolone, dose: 80 mg, route: oral}",
        "05T08:00 started: {drug: dexamethasone, dose: 10 mg, every: 6 h, route: oral}",
        "06T08:00 missed: {drug: dexamethasone}",
        "07T08:00 given: {drug: dexamethasone, dose: 10 mg, route: oral}",
        "08T08:00 stopped: {drug: dexamethasone}",
    )
    times = daily_dose_changes(course, FACTORS, routes=ROUTES, covers=COVERS)
    assert times[0] == moment("01T00:00")

    def at(time: int) -> tuple[float, float]:
        return daily_dose(course, FACTORS, time, course.at, routes=ROUTES, covers=COVERS)

    for time in range(moment("02T00:00"), moment("10T00:00"), HOUR):
        assert at(time) == at(max(each for each in times if each <= time))
