"""Courses that once got too little, or too much: each says what a clinician at the bedside must be told."""

from functools import cache
from typing import Any

import pytest

from clinguide import Assessment, Course, CourseError, Knowledge, assess, load
from clinguide.compile.derivations import TimeFromTo

CALM = {
    "temperature": "38.5 Cel",
    "hypotension": False,
    "vasopressors": [],
    "oxygen_device": "room_air",
    "ice_score": 10,
    "consciousness": "alert",
}
LOW = {**CALM, "hypotension": True}
SHOCK = {**CALM, "vasopressors": ["norepinephrine"]}
TOCILIZUMAB = "asco-2021.crs.tocilizumab"


@cache
def knowledge() -> Knowledge:
    """The shipped knowledge, loaded once."""
    return load()


def observed(day_hour: str, facts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An event at which facts are charted."""
    return {"at": f"2026-03-{day_hour}:00Z", "observed": facts, **more}


def given(day_hour: str, drug: str = "tocilizumab", dose: str = "656 mg") -> dict[str, Any]:
    """An event at which a drug is given."""
    return {"at": f"2026-03-{day_hour}:00Z", "given": {"drug": drug, "dose": dose, "route": "intravenous"}}


def assessed(*events: dict[str, Any], at: str | None = None, **more: Any) -> Assessment:
    """A course of an adult after axi-cel, assessed by the reference engine."""
    course = {
        "course": "hazard",
        "patient": {"age": "61 a", "weight": "82 kg"},
        "infusions": [{"product": "axi-cel", "at": "2026-03-01T10:00:00Z"}],
        "medications": {"complete_since": "2026-02-20T00:00:00Z"},
        "events": list(events),
    }
    return assess(knowledge(), Course.from_dict({**course, **more}), at, second_engine=False)


def advice(assessment: Assessment, rule: str = TOCILIZUMAB) -> Any:
    """What one recommendation came to."""
    return next(each for each in assessment.recommendations if each.rule == rule)


def test_a_new_treatment_does_not_restart_the_eight_hours() -> None:
    """The total of tocilizumab restarts with a new treatment; the 8 h and 24 h limits do not."""
    infusions = [
        {"product": "axi-cel", "at": "2026-03-01T10:00:00Z"},
        {"product": "axi-cel", "at": "2026-03-20T09:00:00Z", "treatment": 2},
    ]
    held = advice(assessed(given("20T08:00"), observed("20T11:00", LOW), infusions=infusions))
    assert (held.status, held.withheld_by[0].lifts_at) == ("withheld", "2026-03-20T16:00:00Z")


def test_a_dose_is_not_undone_by_a_time_charted_with_it() -> None:
    """A dose that is charted counts from its time, whatever time since the last dose is charted beside it."""
    together = observed("03T08:00", {**LOW, "time_since_tocilizumab": "9 h"}, given=given("03T08:00")["given"])
    held = advice(assessed(together, observed("03T08:30", LOW)))
    assert (held.status, held.withheld_by[0].lifts_at) == ("withheld", "2026-03-03T16:00:00Z")


@pytest.mark.parametrize("fact", [{"tocilizumab_doses": 0}, {"time_since_tocilizumab": "30 h"}], ids=["total", "time"])
def test_a_charted_total_does_not_hide_a_dose_in_the_record(fact: dict[str, Any]) -> None:
    """Limits count administrations: what is in the record was given."""
    held = advice(assessed(observed("03T06:00", LOW), given("03T08:00"), observed("03T09:00", {**LOW, **fact})))
    assert held.status == "withheld"


def test_four_doses_in_the_record_are_four_whatever_total_is_charted_later() -> None:
    """The limit of four doses holds against a smaller charted total."""
    doses = [given(f"0{day}T08:00") for day in (2, 3, 4, 5)]
    held = advice(assessed(*doses, observed("06T20:00", {**LOW, "tocilizumab_doses": 1})))
    assert "safety.tocilizumab-doses" in [each.invariant for each in held.withheld_by]


def test_charting_a_count_does_not_weaken_the_limit_of_three() -> None:
    """Three administrations in 24 h withhold a fourth, also where their count was charted on the way."""
    doses = [given("02T22:00"), given("03T05:00"), given("03T12:00")]
    charted = observed("03T13:00", {"tocilizumab_doses_in_24_h": 3})
    held = advice(assessed(*doses, charted, observed("03T21:00", LOW)))
    assert (held.status, held.withheld_by[0].lifts_at) == ("withheld", "2026-03-03T22:00:00Z")


def test_the_moment_at_which_a_limit_lifts_is_a_whole_second() -> None:
    """Eight hours after 01:00 is 09:00, not a rounded fraction of a second beside it."""
    held = advice(assessed(given("03T01:00"), observed("03T01:40", LOW)))
    assert held.withheld_by[0].lifts_at == "2026-03-03T09:00:00Z"
    assert isinstance(knowledge().forms["time_since_tocilizumab"], TimeFromTo)


def test_a_value_and_an_unknown_charted_for_one_time_are_unknown() -> None:
    """A comparison with a fact that somebody charted as unknown is unknown, never false."""
    clear = {"raised_pressure_excluded": True, "cerebral_edema": "none", "raised_pressure_sign": "none"}
    unclear = observed("08T09:00", {"raised_pressure_excluded": "unknown"})
    found = assessed(observed("08T09:00", {**CALM, "ice_score": 1, **clear}), unclear)
    assert advice(found, "asco-2021.icans.lumbar-puncture").status == "withheld"


def test_an_answer_made_exact_reaches_the_advice() -> None:
    """Where every way of filling the unknown facts gives grade 3, what grade 3 asks for is recommended."""
    facts = {**CALM, "developmental_delay": "unknown", "ice_score": 2, "capd_score": 10}
    found = assessed(observed("03T08:00", facts), patient={"age": "20 a", "weight": "82 kg"})
    assert found["icans.grade"].value == 3
    assert advice(found, "asco-2021.icans.icu").status == "recommended"


def test_a_fall_in_consciousness_contradicts_no_earlier_ice_score() -> None:
    """Two facts contradict each other only where they were charted for one time."""
    found = assessed(observed("03T20:00", CALM), observed("04T08:00", {"consciousness": "unarousable"}))
    assert (found["icans.grade"].status, found["icans.grade"].value) == ("determined", 4)


def test_the_worst_seizure_stands_beside_a_later_short_one() -> None:
    """Of several events that count at one time the worst stands."""
    short = {**CALM, "seizure": "brief_resolving", "seizure_duration": "2 min"}
    found = assessed(observed("03T08:00", {**CALM, "seizure": "prolonged"}), observed("03T10:00", short))
    assert found["icans.grade"].value == 4


def test_refractory_is_judged_from_the_grade_charted_with_the_dose() -> None:
    """The value in force at the start of a window is the one charted at its start."""
    first = observed("03T09:00", LOW, given=given("03T09:00")["given"])
    later = [observed(time, LOW) for time in ("03T15:00", "03T23:00", "04T09:00")]
    found = assessed(observed("03T07:00", CALM), first, *later)
    assert found["crs.response-to-tocilizumab"].value == "refractory"


def test_a_stale_count_bounds_nothing() -> None:
    """A charted count of vasopressors is no fresher than a charted list of them would be."""
    old = observed("02T08:00", {"vasopressor_count": 0})
    now = {"temperature": "39 Cel", "oxygen_device": "room_air", "hypotension": True}
    assert assessed(old, observed("05T08:00", now))["crs.grade"].at_most == 4


def test_a_charted_no_does_not_erase_a_grade_in_the_record() -> None:
    """CRS that the record itself graded is not undone by a later "never diagnosed": neither is certain."""
    denied = {**SHOCK, "temperature": "36.9 Cel", "hypotension": True, "crs_diagnosed": False}
    paracetamol = given("03T09:00", "acetaminophen", "1000 mg")
    found = assessed(observed("03T08:00", LOW), paracetamol, observed("03T14:00", denied))
    assert (found["crs.grade"].at_most, found["crs.grade"].status) == (3, "contradiction")


@pytest.mark.parametrize("fact", [{"ice_score": 10}, {"tocilizumab_doses": 4}], ids=["goes stale", "derived"])
def test_what_changes_with_time_is_no_fact_of_the_patient(fact: dict[str, Any]) -> None:
    """A fact without a time would never go stale: it is refused, with where it belongs."""
    with pytest.raises(CourseError) as refused:
        assessed(observed("03T08:00", LOW), patient={"age": "61 a", "weight": "82 kg", **fact})
    assert [each.code for each in refused.value.problems] == ["not-of-the-patient"]


def test_nothing_is_graded_before_the_first_infusion() -> None:
    """CRS and ICANS are graded from the first infusion on, and that is said."""
    before = {"at": "2026-02-28T08:00:00Z", "observed": LOW}
    found = assessed(before, at="2026-02-28T09:00:00Z")
    assert advice(found).status == "not_recommended"
    assert [each.says[:26] for each in found.notices if each.rule == "crs.grade"] == ["Before the first infusion:"]


def test_a_regimen_by_another_route_is_not_continued() -> None:
    """Eye drops are not the intravenous drug that is asked for."""
    drops = {"drug": "dexamethasone", "dose": "10 mg", "every": "6 h", "route": "ophthalmic"}
    found = assessed(given("02T23:00"), observed("03T00:00", SHOCK, started=drops))
    assert advice(found, "asco-2021.crs.steroid-grade-3").do[0].state != "continue"


def test_a_missed_dose_is_due_now() -> None:
    """A dose that was missed is due, not the one after it."""
    dexamethasone = {"drug": "dexamethasone", "dose": "10 mg", "every": "6 h", "route": "intravenous"}
    missed = {"at": "2026-03-03T13:00:00Z", "missed": {"drug": "dexamethasone"}}
    found = assessed(observed("03T07:00", SHOCK, started=dexamethasone), missed, observed("03T13:30", SHOCK))
    do = advice(found, "asco-2021.crs.steroid-grade-3").do[0]
    assert (do.state, do.next_due) == ("due", "2026-03-03T13:30:00Z")


def test_a_dose_of_ten_minutes_ago_is_not_due() -> None:
    """A single dose covers its interval: the next one is due when that has passed."""
    dose = given("03T07:10", "dexamethasone", "10 mg")
    found = assessed(observed("03T07:00", SHOCK), dose, at="2026-03-03T07:20:00Z")
    do = advice(found, "asco-2021.crs.steroid-grade-3").do[0]
    assert (do.state, do.next_due) == ("continue", "2026-03-03T13:10:00Z")


def test_a_day_before_all_editions_is_answered() -> None:
    """Where no edition is in force yet, every rule is listed as not in force, and nothing is graded."""
    early = {"at": "2017-06-01T08:00:00Z", "observed": LOW}
    found = assessed(early, infusions=[], medications={"complete_since": "2017-05-01T00:00:00Z"})
    assert found.findings == []
    assert "crs.grade" in [each.rule for each in found.result.knowledge.not_in_force]


def test_an_intrathecal_dose_is_no_systemic_corticosteroid() -> None:
    """Only systemic routes count towards a systemic class."""
    into_the_spine = {"drug": "hydrocortisone", "dose": "20 mg", "route": "intrathecal"}
    found = assessed(observed("03T06:00", SHOCK, given=into_the_spine), at="2026-03-03T07:00:00Z")
    assert found.evaluation.values["anticytokine_doses"] == (0, 0)
    assert found.evaluation.values["antipyretic_or_anticytokine_given"] is False
