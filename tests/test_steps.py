"""A pulse with its taper: the step in force is found from the regimen that runs and from how long it has run."""

from typing import Any

import pytest

from clinguide.course import Course
from clinguide.results import Advice, Do, DoseSaid
from small_knowledge import advice, assessed, clock, course, dose, event, grade, knowledge, limit, observed

FACTS = """\
age: {title: Age, type: number, unit: a}
weight: {title: Weight, type: number, unit: kg}
product: {title: Product, type: code, codes: [axi-cel]}
temperature: {title: Temperature, type: number, unit: Cel, fresh_for: 240 h}
shock: {title: Shock, type: boolean, fresh_for: 240 h}
"""
CRS = grade("crs", "rows:\n  - {grade: 4, when: shock is true}\n  - {grade: 1, when: temperature >= 38 Cel}\n")
STEPS = """\
steps:
  - {amount: 500 mg, every: 12 h, for: 3 d}
  - {amount: 250 mg, every: 12 h, for: 2 d}
  - {amount: 60 mg, every: 12 h, until: crs <= 1}
"""


def pulse(steps: str = STEPS, verb: str = "give") -> str:
    """The advice of a pulse of methylprednisolone, whatever the grade."""
    do = f"- {verb}: methylprednisolone\n  route: intravenous\n" + "".join(
        f"  {line}\n" for line in steps.strip().splitlines()
    )
    return advice("ours.pulse", "- crs >= 0", do, "for: [age >= 18 a]\n")


def runs(at: str, amount: str, every: str = "12 h", kind: str = "started") -> dict[str, Any]:
    """The start or change of the regimen."""
    order = {"drug": "methylprednisolone", "dose": amount, "every": every, "route": "intravenous"}
    return event(at, **{kind: order})


def ill(*events: dict[str, Any], shock: Any = True, weight: str = "80 kg") -> Course:
    """An adult, in shock from the first of March on, and what was given."""
    patient = {"age": "50 a", "weight": weight}
    return course(observed("01T12:00", temperature="39 Cel", shock=shock), *events, patient=patient)


def advised(what: Course, at: str, *rules: str, steps: str = STEPS, verb: str = "give") -> Advice:
    """The advice of the pulse at a time."""
    found = assessed(knowledge(FACTS, [CRS, pulse(steps, verb), *rules]), what, at)
    (made,) = [each for each in found.recommendations if each.rule == "ours.pulse"]
    return made


def step(what: Course, at: str, steps: str = STEPS, verb: str = "give") -> Do:
    """What is to be done at a time."""
    return advised(what, at, steps=steps, verb=verb).do[0]


def said(do: Do) -> tuple[str | None, str | None]:
    """The amount of the step and whether it starts, goes on, changes or ends."""
    assert do.dose is not None
    assert do.dose.low == do.dose.high
    return do.dose.low, do.state


# --- which step ------------------------------------------------------------------------------------------------------


def test_where_nothing_runs_the_first_step_starts() -> None:
    """With its amount, its interval, and where it stands among the steps."""
    do = step(ill(), "02T00:00")
    assert said(do) == ("500 mg", "start")
    assert do.dose == DoseSaid("500 mg", "500 mg", "12 h", "step 1 of 3: 500 mg every 12 h for 3 d")


@pytest.mark.parametrize(
    ("time", "amount", "state"),
    [
        ("02T00:00", "500 mg", "continue"),
        ("04T23:59:59", "500 mg", "continue"),
        ("05T00:00", "250 mg", "change"),
        ("09T00:00", "250 mg", "change"),
    ],
)
def test_a_step_lasts_as_long_as_it_says_and_then_the_next_is_a_change(time: str, amount: str, state: str) -> None:
    """Three days are over after exactly three days; whoever is late is told the next step, not one further on."""
    assert said(step(ill(runs("02T00:00", "500 mg")), time)) == (amount, state)


@pytest.mark.parametrize(
    ("time", "amount", "state"),
    [("05T00:00", "250 mg", "continue"), ("06T23:59:59", "250 mg", "continue"), ("07T00:00", "60 mg", "change")],
)
def test_a_step_is_counted_from_its_own_beginning(time: str, amount: str, state: str) -> None:
    """The second step's two days begin with the change to it, not with the pulse."""
    given = [runs("02T00:00", "500 mg"), runs("05T00:00", "250 mg", kind="changed")]
    assert said(step(ill(*given), time)) == (amount, state)


def test_whoever_begins_with_a_later_step_is_in_it() -> None:
    """The step is the one whose dose and interval run, whatever ran before."""
    assert said(step(ill(runs("02T00:00", "250 mg")), "03T00:00")) == ("250 mg", "continue")


@pytest.mark.parametrize("running", [("500 mg", "6 h"), ("499 mg", "12 h"), ("125 mg", "12 h")])
def test_a_regimen_that_is_no_step_changes_to_the_first(running: tuple[str, str]) -> None:
    """Dose and interval must both be those of a step."""
    assert said(step(ill(runs("02T00:00", *running)), "03T00:00")) == ("500 mg", "change")


def test_a_dose_is_compared_as_an_amount_and_not_as_its_text() -> None:
    """Half a gram twice a day is 500 mg every 12 h."""
    assert said(step(ill(runs("02T00:00", "0.5 g", "0.5 d")), "03T00:00")) == ("500 mg", "continue")


def test_a_regimen_without_a_dose_or_interval_is_no_step() -> None:
    """What nobody charted is not taken to be a step."""
    for missing in ("dose", "every"):
        order = {"drug": "methylprednisolone", "dose": "500 mg", "every": "12 h", "route": "intravenous"}
        del order[missing]
        assert said(step(ill(event("02T00:00", started=order)), "03T00:00")) == ("500 mg", "change")


def test_a_stopped_regimen_runs_no_step() -> None:
    """After it the pulse would begin anew."""
    given = [runs("02T00:00", "250 mg"), event("03T00:00", stopped={"drug": "methylprednisolone"})]
    assert said(step(ill(*given), "03T12:00")) == ("500 mg", "due")


def test_the_regimen_of_another_drug_runs_no_step() -> None:
    """Dexamethasone in the same amount is no methylprednisolone."""
    other = {"drug": "dexamethasone", "dose": "500 mg", "every": "12 h", "route": "intravenous"}
    assert said(step(ill(event("02T00:00", started=other)), "06T00:00")) == ("500 mg", "start")


# --- until -----------------------------------------------------------------------------------------------------------

LAST = runs("02T00:00", "60 mg")


@pytest.mark.parametrize(("shock", "state"), [(True, "continue"), (False, "stop"), ("unknown", "continue")])
def test_the_last_step_goes_on_until_its_end_is_certain(shock: Any, state: str) -> None:
    """An end that is not known keeps the step: nothing is tapered or stopped on it."""
    assert said(step(ill(LAST, shock=shock), "03T00:00")) == ("60 mg", state)


MIDDLE = STEPS.replace("250 mg, every: 12 h, for: 2 d", "250 mg, every: 12 h, for: 2 d, until: crs <= 1")


@pytest.mark.parametrize(
    ("time", "shock", "amount"),
    [
        ("03T00:00", True, "250 mg"),
        ("03T00:00", False, "60 mg"),
        ("03T00:00", "unknown", "250 mg"),
        ("04T00:00", True, "60 mg"),
        ("04T00:00", "unknown", "60 mg"),
    ],
)
def test_with_both_a_length_and_an_until_the_first_to_come_ends_the_step(time: str, shock: Any, amount: str) -> None:
    """Time that is over is over, whatever is not known beside it."""
    do = step(ill(runs("02T00:00", "250 mg"), shock=shock), time, MIDDLE)
    assert said(do)[0] == amount


def test_an_end_before_anything_runs_ends_nothing() -> None:
    """`until` of the last step holds already; the first step is what starts."""
    assert said(step(ill(shock=False), "02T00:00")) == ("500 mg", "start")


def test_a_last_step_without_an_end_goes_on() -> None:
    """Nothing is said to stop that no step says to stop."""
    steps = "steps:\n  - {amount: 500 mg, every: 12 h, for: 3 d}\n  - {amount: 60 mg, every: 12 h}\n"
    assert said(step(ill(LAST, shock=False), "09T00:00", steps)) == ("60 mg", "continue")


# --- limits, words, verbs --------------------------------------------------------------------------------------------


def test_a_limit_reads_the_dose_of_the_step_in_force() -> None:
    """A limit of 300 mg withholds the first step and lets the second pass."""
    most = limit("ours.most", "{give: systemic-corticosteroid}", "- dose <= 300 mg")
    first = advised(ill(), "02T00:00", most)
    assert (first.status, [each.invariant for each in first.withheld_by]) == ("withheld", ["ours.most"])
    later = advised(ill(runs("02T00:00", "500 mg")), "05T00:00", most)
    assert (later.status, said(later.do[0])) == ("recommended", ("250 mg", "change"))


def test_a_limit_of_a_day_reads_the_interval_of_the_step() -> None:
    """500 mg every 12 h are 1000 mg a day."""
    for most, status in (("1000 mg/d", "recommended"), ("999 mg/d", "withheld")):
        must = f"- daily_dose <= {most}"
        assert advised(ill(), "02T00:00", limit("ours.a-day", "{give: methylprednisolone}", must)).status == status


def test_what_is_to_be_confirmed_first_shows_the_step_in_words_alone() -> None:
    """An unknown never releases a computed dose."""
    open_ = limit("ours.open", "{give: methylprednisolone}", "- shock is true")
    made = advised(ill(shock="unknown"), "02T00:00", open_)
    assert made.status == "confirm_first"
    assert made.do[0].dose == DoseSaid(None, None, "12 h", "step 1 of 3: 500 mg every 12 h for 3 d")


KILOGRAMS = """\
steps:
  - {amount: 2 mg/kg, every: 6 h, for: 1 d}
  - {amount: 1 mg/kg, every: 6 h, until: crs <= 1}
"""


def test_a_step_by_weight_is_computed_for_the_patient() -> None:
    """And in words where the weight is not known, which is then asked for."""
    do = step(ill(), "02T00:00", KILOGRAMS)
    assert said(do) == ("160 mg", "start")
    made = advised(ill(weight="unknown"), "02T00:00", steps=KILOGRAMS)
    assert (made.status, [each.element for each in made.confirm]) == ("confirm_first", ["weight"])
    assert made.do[0].dose == DoseSaid(None, None, "6 h", "step 1 of 2: 2 mg/kg every 6 h for 24 h")


@pytest.mark.parametrize(
    ("running", "time", "amount", "state"),
    [
        ("160 mg", "02T12:00", "160 mg", "continue"),
        ("160 mg", "03T00:00", "80 mg", "change"),
        ("80 mg", "09T00:00", "80 mg", "continue"),
    ],
)
def test_a_step_by_weight_comes_to_its_end(running: str, time: str, amount: str, state: str) -> None:
    """It is found from the amount that it comes to for this patient."""
    assert said(step(ill(runs("02T00:00", running, "6 h")), time, KILOGRAMS)) == (amount, state)


@pytest.mark.parametrize("running", ["500 mg", "750 mg", "1000 mg"])
def test_a_step_with_a_range_is_the_step_of_every_dose_in_it(running: str) -> None:
    """Whichever end was chosen, the step comes to its end."""
    steps = (
        "steps:\n  - {amount: 500 mg to 1000 mg, every: 12 h, for: 3 d}\n"
        "  - {amount: 60 mg, every: 12 h, until: crs <= 1}\n"
    )
    assert step(ill(runs("02T00:00", running)), "04T00:00", steps).state == "continue"
    assert said(step(ill(runs("02T00:00", running)), "05T00:00", steps)) == ("60 mg", "change")


@pytest.mark.parametrize(("time", "state"), [("03T00:00", "continue"), ("05T00:00", "change")])
def test_a_taper_says_where_it_stands_as_well(time: str, state: str) -> None:
    """The state is that of the steps, whichever verb they stand under."""
    for verb in ("give", "change", "taper"):
        assert step(ill(runs("02T00:00", "500 mg")), time, verb=verb).state == state


def test_steps_have_no_time_where_there_is_no_clock() -> None:
    """One moment without a course: nothing runs, the first step starts."""
    facts = {"age": "50 a", "weight": "80 kg", "temperature": "39 Cel", "shock": True}
    found = assessed(knowledge(FACTS, [CRS, pulse()]), facts)
    assert said(found.recommendations[0].do[0]) == ("500 mg", "start")


def test_a_single_dose_is_no_regimen() -> None:
    """One charted dose of the first step's amount covers its interval and does not begin its days."""
    given = dose("02T00:00", "methylprednisolone", "500 mg")
    do = step(ill(given), "02T06:00")
    assert (said(do), do.next_due) == (("500 mg", "continue"), clock("02T12:00"))
    assert said(step(ill(given), "09T00:00")) == ("500 mg", "due")
