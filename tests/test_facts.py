"""What is known of a fact at a moment: charted, stale, assumed, derived, unusable, contradictory."""

from math import inf
from typing import Any

import pytest

from clinguide.course import Course, time_of
from clinguide.evaluate import Evaluation
from clinguide.values import SetValue, Value
from small_knowledge import clock, course, evaluated, grade, knowledge, observed, value

FACTS = """\
age: {title: Age, type: number, unit: a}
temperature: {title: Temperature, type: number, unit: Cel, fresh_for: 8 h, plausible: 25 Cel to 45 Cel}
weight: {title: Weight, type: number, unit: kg}
product: {title: Product, type: code, codes: [axi-cel, tisa-cel]}
pressors: {title: Pressors, type: codes, codes: [norepinephrine, epinephrine, vasopressin], fresh_for: 8 h}
pressor_count: {title: Count, type: count, derived: count of pressors except (vasopressin)}
all_count: {title: Count, type: count, derived: count of pressors}

seizure:
  title: Seizure
  type: code
  codes: [none, brief, prolonged]
  worse: [none, brief, prolonged]
  counts_for: 24 h
  assume: {value: none}
bleeding: {title: Bleeding, type: boolean, worse: higher, counts_for: 24 h}
duration_seen: {title: Longest, type: number, unit: min, worse: higher, counts_for: 24 h}
pressure_seen: {title: Lowest, type: number, unit: mmHg, worse: lower, counts_for: 24 h}

time_since_infusion: {title: Since, type: number, unit: h, derived: time from infusion to now}
other_cause:
  title: Other cause
  type: boolean
  fresh_for: 24 h
  cause: true
  assume: {value: false, even_if_unknown: true, unless: time_since_infusion > 14 d}
limited_by: {title: Limited by, type: code, codes: [none, language, intubated], assume: {value: none}}
sedated: {title: Sedated, type: boolean, fresh_for: 8 h, assume: {value: false}}
boluses: {title: Boluses, type: count, assume: {value: 2}}
drips: {title: Drips, type: codes, codes: [one, two], assume: {value: empty}}

systolic: {title: Systolic, type: number, unit: mmHg, fresh_for: 8 h}
hypotension:
  title: Hypotension
  type: boolean
  fresh_for: 8 h
  charted_wins: true
  derived: systolic < 90 mmHg
low_pressure: {title: Low, type: boolean, fresh_for: 8 h, derived: systolic < 90 mmHg}
lowest_systolic: {title: Lowest, type: number, unit: mmHg, derived: lowest systolic within 12 h}
systolic_at_dose: {title: At dose, type: number, unit: mmHg, derived: systolic at last dose of tocilizumab}
support:
  title: Support
  type: code
  codes: [little, some, much]
  derived:
    rows:
      - {when: pressor_count >= 2, is: much}
      - {when: systolic < 90 mmHg, is: some}
      - {when: weight > 300 kg, is: unknown}
      - {otherwise: true, is: little}
no_last_row:
  title: Rows without an end
  type: boolean
  derived:
    rows:
      - {when: pressor_count >= 1, is: true}
      - {when: systolic < 90 mmHg, is: false}
limit_by_age:
  title: Limit
  type: number
  unit: mmHg
  derived:
    rows:
      - {when: age > 10 a, is: 90 mmHg}
      - {otherwise: true, is: 70 mmHg + 2 mmHg/a * age}

ice_items: {title: Items, type: count, fresh_for: 14 h}
ice_score:
  title: ICE
  type: count
  plausible: 0 to 10
  fresh_for: 14 h
  derived: ice_items + 1
  unusable:
    - sedated is true
    - limited_by is intubated
  at_least_when:
    - limited_by is language
baseline_score: {title: Baseline, type: count, at_least_when: [limited_by is language]}
consciousness: {title: Consciousness, type: code, codes: [alert, unarousable], fresh_for: 14 h}
"""
GRADE = grade(
    "icans",
    """
    rows:
      - {grade: 4, when: consciousness is unarousable}
      - {grade: 3, when: ice_score <= 2}
      - {grade: 2, when: ice_score <= 6}
      - {grade: 1, when: ice_score <= 9}
    """,
)
CAUSED = grade("crs", "rows:\n  - grade: 1\n    all:\n      - temperature >= 38 Cel\n      - other_cause is false\n")
SEIZED = grade("seized", "rows:\n  - {grade: 4, when: seizure is prolonged}\n  - {grade: 3, when: seizure is brief}\n")
CLASH = """\
- all:
    - consciousness is unarousable
    - ice_score > 0
  readings: [consciousness, ice_score]
  says: Unarousable with an ICE score above 0.
- all:
    - ice_score = 10
    - seizure is prolonged
  readings: [ice_score, seizure]
  says: A full score in a long seizure.
"""
MADE = knowledge(FACTS, [GRADE, CAUSED, SEIZED], {"elements/contradictions.yaml": CLASH})
OPEN = (-inf, inf)


def micro(text: str, later: int = 0) -> int:
    """A time of March 2026 in microseconds, and some microseconds more."""
    return time_of(clock(text)) + later


def at(time: str | int, name: str, *events: dict[str, Any], **more: Any) -> Value:
    """The value of a name at a time of March 2026."""
    return value(MADE, course(*events, **more), name, time)


def now(name: str, **facts: Any) -> Value:
    """The value of a name at one moment without a clock."""
    return value(MADE, Course.from_facts(facts), name)


def found(*events: dict[str, Any], time: str | None = None, **facts: Any) -> Evaluation:
    """The evaluation of a course, or of one moment."""
    return evaluated(MADE, course(*events) if events else Course.from_facts(facts), time)


# --- charted and stale ------------------------------------------------------------------------------------------------


def test_a_value_is_fresh_as_long_as_its_age_is_at_most_fresh_for() -> None:
    """Charted at nine and fresh for 8 h: known at 17:00, unknown a microsecond later, and shown with its age."""
    fever = observed("03T09:00", temperature="38 Cel")
    assert at(micro("03T17:00"), "temperature", fever) == (38, 38)
    assert at(micro("03T17:00", 1), "temperature", fever) == OPEN
    stale = found(fever, time="03T18:00").facts["temperature"]
    assert (stale.source, stale.time, stale.charted) == ("stale", micro("03T09:00"), (38_000_000, 38_000_000))


def test_a_charted_unknown_ends_what_was_known() -> None:
    """The latest charting counts, also where it says that nothing is known."""
    events = [observed("03T09:00", temperature="38 Cel"), observed("03T10:00", temperature="unknown")]
    assert at("03T10:00", "temperature", *events) == OPEN
    assert found(*events, time="03T10:00").facts["temperature"].said_unknown


def test_a_fact_of_the_patient_never_goes_stale() -> None:
    """It holds from the start of the course on."""
    calm = observed("09T09:00", temperature="37 Cel")
    assert at("01T09:00", "weight", calm, patient={"weight": "80 kg"}) == (80, 80)
    assert at("30T09:00", "age", calm, patient={"age": "61 a"}) == (61, 61)


def test_two_values_for_one_time_are_a_contradiction() -> None:
    """All that was charted for one time is possible; an explicit unknown beside a value leaves it open."""
    two = [observed("03T09:00", temperature=text) for text in ("38 Cel", "39 Cel")]
    assert at("03T10:00", "temperature", *two) == (38, 39)
    (said,) = found(*two, time="03T10:00").clashes("crs")
    assert said.startswith("Temperature: two")
    again = [observed("03T09:00", temperature="38 Cel"), observed("03T09:00", temperature="unknown")]
    assert at("03T10:00", "temperature", *again) == OPEN
    assert found(*again, time="03T10:00").clashes("crs") == []


def test_the_product_is_that_of_the_last_infusion_unless_charted() -> None:
    """The one element that the infusions fill."""
    calm = observed("03T09:00", weight="80 kg")
    assert at("03T09:00", "product", calm) == "axi-cel"
    assert at("01T09:00", "product", calm) == frozenset({"axi-cel", "tisa-cel"})
    assert at("03T09:00", "product", observed("03T09:00", product="tisa-cel")) == "tisa-cel"


def test_a_set_that_holds_unknown_is_a_lower_bound() -> None:
    """A vasopressor whose name nobody knows: at least one more, of any kind."""
    assert now("pressor_count", pressors=["norepinephrine", "unknown"]) == (1, 2)
    assert now("all_count", pressors=["norepinephrine", "unknown"]) == (2, 3)
    assert now("pressor_count", pressors=["vasopressin", "unknown"]) == (1, 2)
    assert now("pressor_count", pressors=["vasopressin"]) == (0, 0)
    assert now("pressor_count", pressors=[]) == (0, 0)
    assert now("pressor_count") == (0, 2)


# --- events -----------------------------------------------------------------------------------------------------------


def test_an_event_counts_as_long_as_its_age_is_at_most_counts_for() -> None:
    """Charted later that there is none, the seizure of nine still counts until nine of the next day, inclusive."""
    events = [observed("03T09:00", seizure="brief"), observed("03T20:00", seizure="none")]
    assert at(micro("04T09:00"), "seizure", *events) == "brief"
    assert at(micro("04T09:00", 1), "seizure", *events) == "none"


def test_of_several_events_the_worst_stands() -> None:
    """A brief seizure after a prolonged one does not make it better; when the worst leaves, the other stands."""
    events = [observed("03T09:00", seizure="prolonged"), observed("03T12:00", seizure="brief")]
    assert at("03T12:00", "seizure", *events) == "prolonged"
    assert at(micro("04T09:00", 1), "seizure", *events) == "brief"
    assert at(
        "03T12:00",
        "duration_seen",
        *[observed(f"03T{hour}:00", duration_seen=f"{hour} min") for hour in ("10", "12", "11")],
    ) == (
        12,
        12,
    )
    assert at(
        "03T12:00",
        "pressure_seen",
        *[observed(f"03T{hour}:00", pressure_seen=f"{hour} mmHg") for hour in ("10", "12", "11")],
    ) == (
        10,
        10,
    )


def test_when_no_event_counts_any_more_absence_holds_only_where_it_was_charted() -> None:
    """The latest charted absence holds; else the assumption; else unknown: an old event is not an absence."""
    gone = "05T09:00"
    assert at(gone, "bleeding", observed("03T09:00", bleeding=True), observed("03T20:00", bleeding=False)) is False
    assert at(gone, "bleeding", observed("03T09:00", bleeding=True)) is None
    assert at(gone, "duration_seen", observed("03T09:00", duration_seen="3 min")) == OPEN
    assert at(gone, "seizure", observed("03T09:00", seizure="brief")) == "none"
    assert found(observed("03T09:00", seizure="brief"), time=gone).facts["seizure"].source == "assumed"


def test_an_event_charted_as_unknown_is_at_least_the_worst_that_is_known() -> None:
    """A brief seizure and one of unknown kind: brief or worse, until somebody charts again."""
    brief, asked = observed("03T09:00", seizure="brief"), observed("03T12:00", seizure="unknown")
    assert at("03T12:00", "seizure", asked) == frozenset({"none", "brief", "prolonged"})
    assert at("03T12:00", "seizure", brief, asked) == frozenset({"brief", "prolonged"})
    assert at("03T12:00", "seizure", observed("03T09:00", seizure="prolonged"), asked) == "prolonged"
    assert at("03T20:00", "seizure", asked, observed("03T20:00", seizure="none")) == "none"
    number = observed("03T12:00", duration_seen="unknown", pressure_seen="unknown")
    known = observed("03T09:00", duration_seen="3 min", pressure_seen="50 mmHg")
    assert at("03T12:00", "duration_seen", known, number) == (3, inf)
    assert at("03T12:00", "pressure_seen", known, number) == (-inf, 50)
    assert (
        at("03T12:00", "bleeding", observed("03T09:00", bleeding=True), observed("03T12:00", bleeding="unknown"))
        is True
    )


# --- assumptions ------------------------------------------------------------------------------------------------------


def test_an_assumption_fills_what_nobody_charted() -> None:
    """It is shown as an assumption; what is charted is taken."""
    assert now("sedated") is False
    assert found(temperature="38 Cel").facts["sedated"].source == "assumed"
    assert now("sedated", sedated=True) is True
    assert now("boluses") == (2, 2)
    assert now("drips") == SetValue(frozenset(), frozenset(), 0)
    assert now("limited_by") == "none"


def test_an_explicit_unknown_stays_unknown_unless_the_assumption_says_otherwise() -> None:
    """Only `even_if_unknown` assumes where somebody said that it is not known."""
    assert now("sedated", sedated="unknown") is None
    assert now("seizure", seizure="unknown") == frozenset({"none", "brief", "prolonged"})
    assert now("other_cause", other_cause="unknown") is False


def test_a_stale_value_that_disagrees_with_the_assumption_blocks_it() -> None:
    """Sedated yesterday is not awake today; awake yesterday agrees with the assumption."""
    assert at("04T09:00", "sedated", observed("03T09:00", sedated=True)) is None
    assert at("04T09:00", "sedated", observed("03T09:00", sedated=False)) is False
    assert at("04T09:00", "sedated", observed("03T09:00", sedated="unknown")) is None
    assert at("05T09:00", "other_cause", observed("03T09:00", other_cause=True)) is None


def test_unless_blocks_an_assumption_only_when_certainly_true() -> None:
    """At exactly 14 d it still stands, a second later it does not; without an infusion nobody knows, so it stands."""
    calm = observed("02T09:00", weight="80 kg")
    assert at("15T10:00", "other_cause", calm) is False
    assert at("15T10:00:01", "other_cause", calm) is None
    assert now("other_cause") is False


def test_an_answer_lists_its_assumptions_with_what_the_others_would_give() -> None:
    """The fever counts because no other cause is charted; with one it would be grade 0."""
    made = found(temperature="39 Cel")
    assert [(each.element, each.value, each.answer) for each in made.assumed("crs")] == [
        ("other_cause", False, frozenset({0}))
    ]
    assert [(each.element, each.answer) for each in made.assumed("seized")] == [("seizure", frozenset({3, 4}))]
    assert found(temperature="37 Cel").assumed("crs") == []


def test_a_charted_cause_is_shown_with_the_answer_without_it() -> None:
    """A finding that used another cause says what it would be; an assumption is no charted cause."""
    assert [
        (each.element, each.answer) for each in found(temperature="39 Cel", other_cause=True).discounted("crs")
    ] == [("other_cause", frozenset({1}))]
    assert found(temperature="39 Cel").discounted("crs") == []
    assert found(temperature="37 Cel", other_cause=True).discounted("crs") == []


# --- charted against derived ------------------------------------------------------------------------------------------


def test_what_is_charted_counts_until_something_that_the_derivation_reads_is_charted() -> None:
    """A pressure charted at or after the charted judgement replaces it; one before does not."""
    charted = observed("03T09:00", low_pressure=True)
    assert at("03T09:00", "low_pressure", charted) is True
    assert at("03T10:00", "low_pressure", observed("03T08:00", systolic="120 mmHg"), charted) is True
    assert at("03T10:00", "low_pressure", charted, observed("03T10:00", systolic="120 mmHg")) is False
    assert at("03T09:00", "low_pressure", observed("03T09:00", low_pressure=True, systolic="120 mmHg")) is False


def test_charted_wins_until_it_goes_stale() -> None:
    """With `charted_wins` a charted value stands until its `fresh_for` ends; then the derivation speaks."""
    charted, later = observed("03T09:00", hypotension=True), observed("03T16:00", systolic="120 mmHg")
    assert at("03T16:00", "hypotension", charted, later) is True
    assert at(micro("03T17:00"), "hypotension", charted, later) is True
    assert at(micro("03T17:00", 1), "hypotension", charted, later) is False
    assert at("03T16:00", "hypotension", observed("03T15:00", hypotension="unknown"), later) is None


def test_a_charted_look_back_stands_beside_the_facts_of_its_moment() -> None:
    """The lowest of 12 h may be charted together with the present pressure; a later pressure replaces it."""
    charted = observed("03T09:00", lowest_systolic="70 mmHg", systolic="120 mmHg")
    assert at("03T09:00", "lowest_systolic", charted) == (70, 70)
    assert at("03T10:00", "lowest_systolic", charted, observed("03T10:00", systolic="110 mmHg")) == (110, 110)


def test_a_charted_value_at_a_dose_stands_through_later_facts() -> None:
    """What was charted for a dose is about that dose; later pressures do not change it."""
    charted = observed("03T09:00", systolic_at_dose="70 mmHg")
    later = observed("03T12:00", systolic="120 mmHg")
    assert at("03T12:00", "systolic_at_dose", charted, later) == (70, 70)


def test_at_one_moment_a_charted_derived_value_is_used_where_the_derivation_knows_nothing() -> None:
    """A case or a form may chart the derived value alone."""
    assert now("low_pressure", low_pressure=True) is True
    assert now("pressor_count", pressor_count="2") == (2, 2)


def test_the_first_row_that_holds_gives_the_value_and_open_rows_must_agree() -> None:
    """An unknown row before it makes the value unknown unless all rows still possible agree."""
    assert now("support", pressors=["norepinephrine", "epinephrine"]) == "much"
    assert now("support", pressors=[], systolic="80 mmHg") == "some"
    assert now("support", pressors=[], systolic="120 mmHg", weight="80 kg") == "little"
    assert now("support", systolic="80 mmHg") == frozenset({"much", "some"})
    assert now("support", pressors=[], systolic="120 mmHg", weight="301 kg") == frozenset({"little", "some", "much"})
    assert now("no_last_row", pressors=[], systolic="120 mmHg") is None
    assert now("no_last_row", pressors=["epinephrine"]) is True
    assert now("limit_by_age", age="4 a") == (78, 78)
    assert now("limit_by_age", age="10.01 a") == (90, 90)


# --- unusable, and lower bounds ---------------------------------------------------------------------------------------


def test_unusable_makes_a_charted_score_unknown() -> None:
    """Any of them true: unknown, whatever is charted or derived; none true: the score."""
    assert now("ice_score", ice_score="9") == (9, 9)
    assert now("ice_score", ice_score="9", sedated=True) == OPEN
    assert now("ice_score", ice_items="8", limited_by="intubated") == OPEN


def test_unusable_unknown_leaves_the_score_between_charted_and_unknown() -> None:
    """Perhaps sedated: the score cannot be relied on, and is as good as unknown."""
    assert now("ice_score", ice_score="9", sedated="unknown") == OPEN


def test_a_limited_score_is_a_lower_bound() -> None:
    """The true value is this or higher, up to the plausible top; nothing is subtracted."""
    assert now("ice_score", ice_score="6", limited_by="language") == (6, 10)
    assert now("ice_score", ice_items="5", limited_by="language") == (6, 10)
    assert now("baseline_score", baseline_score="6", limited_by="language") == (6, inf)
    assert now("baseline_score", baseline_score="6") == (6, 6)
    assert now("ice_score", ice_score="6", limited_by="unknown") == OPEN


# --- contradictions ---------------------------------------------------------------------------------------------------


def test_contradictory_facts_span_both_readings() -> None:
    """Unarousable with ICE 9: grade 4 without the score, grade 1 without the consciousness; both are bounds."""
    made = found(consciousness="unarousable", ice_score="9")
    assert made.clashes("icans") == ["Unarousable with an ICE score above 0."]
    assert made.answer("icans").answer == frozenset({1, 4})
    assert made.kleene("icans") == frozenset({1, 4})


def test_two_contradictions_leave_one_fact_out_of_each() -> None:
    """Each way of leaving out one fact of each contradiction is a reading, and the answer is their union."""
    made = found(consciousness="unarousable", ice_score="10", seizure="prolonged")
    assert made.answer("icans").answer == frozenset({0, 1, 2, 3, 4})
    assert len(made.clashes("icans")) == 2


def test_what_is_only_possibly_contradictory_is_none() -> None:
    """A contradiction must certainly hold; a finding that reads none of its facts has none."""
    assert found(consciousness="unarousable").clashes("icans") == []
    assert found(consciousness="unarousable", ice_score="9").clashes("crs") == []


@pytest.mark.parametrize(("charted", "possible"), [("2", {3, 4}), ("9", {1, 4}), ("10", {0, 4})])
def test_the_score_is_one_reading_whatever_it_is(charted: str, possible: set[int]) -> None:
    """With consciousness unknown the grade is that of the score, or 4."""
    assert found(ice_score=charted).answer("icans").answer == frozenset(possible)
