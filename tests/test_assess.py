"""Assessing: the status of each advice in its order, its limits, and what the result says."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from clinguide.assess import APPROVAL, Assessment, assess
from clinguide.compile import compile_knowledge
from clinguide.course import Course
from clinguide.problems import CourseError
from clinguide.results import Advice, Finding
from small_knowledge import (
    BASE,
    advice,
    assessed,
    clock,
    content,
    course,
    dose,
    event,
    grade,
    knowledge,
    limit,
    observed,
    rule,
)

FACTS = """\
age: {title: Age, type: number, unit: a}
weight: {title: Weight, type: number, unit: kg}
product: {title: Product, type: code, codes: [axi-cel]}
temperature: {title: Temperature, type: number, unit: Cel, fresh_for: 8 h}
hypotension: {title: Hypotension, type: boolean, fresh_for: 8 h}
device: {title: Device, type: code, codes: [room_air, cannula, cpap], fresh_for: 8 h}
pressors: {title: Pressors, type: codes, codes: [norepinephrine, vasopressin], fresh_for: 8 h}
pressure_excluded: {title: Pressure excluded, type: boolean, fresh_for: 24 h}
pressure_sign: {title: Sign of pressure, type: code, codes: [none, papilledema], assume: {value: none}}
tocilizumab_doses: {title: Tocilizumab doses, type: count, derived: doses of tocilizumab}
doses_in_24_h: {title: Doses in 24 h, type: count, derived: doses of tocilizumab within 24 h}
time_since_tocilizumab:
  title: Time since tocilizumab
  type: number
  unit: h
  derived: time from last dose of tocilizumab to now
daily_steroid: {title: Steroid a day, type: number, unit: mg/d, derived: daily dose of dexamethasone-equivalent}
"""
CRS = grade(
    "crs",
    """
    rows:
      - grade: 4
        states: [ST-02]
        all:
          - temperature >= 38 Cel
          - device is cpap
      - grade: 2
        all:
          - temperature >= 38 Cel
          - hypotension is true
      - {grade: 1, when: temperature >= 38 Cel}
    """,
)
STATEMENTS = {
    "guidelines/ours/statements.yaml": BASE["guidelines/ours/statements.yaml"]
    + "- {id: ST-02, says: Recalled., source: book, read: recalled, confidence: high}\n"
    + "- {id: ST-03, says: Doubtful., source: book, read: primary, confidence: low, held_by: these tests}\n"
}
TOCILIZUMAB = advice(
    "ours.tocilizumab",
    "- crs >= 2",
    "- {give: tocilizumab, route: intravenous, over: 60 min, dose: {amount: 8 mg/kg, max: 800 mg, round: 1 mg}}",
    "for: [age >= 2 a]\n",
)
INTERVAL = limit(
    "ours.interval", "{give: tocilizumab}", "- any:\n    - tocilizumab_doses = 0\n    - time_since_tocilizumab >= 8 h"
)
SHOCK = {"age": "60 a", "weight": "82 kg", "temperature": "39 Cel", "hypotension": True, "device": "room_air"}
NEVER = {"tocilizumab_doses": "0"}


def run(rules: list[str], what: Course | dict[str, Any], at: str | None = None) -> Assessment:
    """The assessment of a course or of facts by the grade and some rules."""
    return assessed(knowledge(FACTS, [CRS, *rules], STATEMENTS), what, at)


def one(found: Assessment, name: str = "ours.tocilizumab") -> Advice:
    """The advice of one rule."""
    (made,) = [each for each in found.recommendations if each.rule == name]
    return made


def shock(*events: dict[str, Any], at: str = "03T12:00", **more: Any) -> Course:
    """A course with shock charted at a time, and what was given."""
    signs = {name: SHOCK[name] for name in ("temperature", "hypotension", "device")}
    return course(observed(at, **signs), *events, patient={"age": "60 a", "weight": "82 kg"}, **more)


# --- statuses, in their order -----------------------------------------------------------------------------------------


def test_1_a_false_condition_is_not_recommended() -> None:
    """It says why, and computes no dose."""
    made = one(run([TOCILIZUMAB], {**SHOCK, "hypotension": False}))
    assert made.status == "not_recommended"
    assert [(each.line, each.truth) for each in made.because] == [("crs >= 2", "false")]
    assert made.do[0].dose is None
    assert made.missing == []


def test_2_an_open_condition_needs_data() -> None:
    """What would decide is named, and nothing is computed."""
    made = one(run([TOCILIZUMAB], {**SHOCK, "hypotension": "unknown"}))
    assert made.status == "needs_data"
    assert [each.element for each in made.missing] == ["hypotension"]
    assert [(each.line, each.truth) for each in made.because] == [("crs >= 2", "unknown")]
    assert made.do[0].dose is None


HISTORY = advice(
    "ours.history", "- crs >= 2\n- tocilizumab_doses < 4", "- {give: tocilizumab, dose: {amount: 8 mg/kg}}"
)


def test_2_where_only_drug_history_is_open_it_goes_on_and_ends_in_confirm_first() -> None:
    """A dose that nobody charted never hides a drug, and never releases a computed amount."""
    made = one(run([HISTORY], SHOCK), "ours.history")
    assert made.status == "confirm_first"
    assert [each.element for each in made.missing] == ["tocilizumab_doses"]
    assert made.confirm[0].says.startswith("Tocilizumab doses: not known from this record")
    assert made.do[0].dose is not None
    assert (made.do[0].dose.low, made.do[0].dose.high, made.do[0].dose.how) == (None, None, "8 mg/kg")


def test_2_an_open_sign_beside_open_drug_history_needs_data() -> None:
    """Only where nothing but drug history is open does it go on."""
    assert one(run([HISTORY], {**SHOCK, "hypotension": "unknown"}), "ours.history").status == "needs_data"
    assert one(run([HISTORY], {**SHOCK, **NEVER}), "ours.history").status == "recommended"
    assert one(run([HISTORY], {**SHOCK, "tocilizumab_doses": "4"}), "ours.history").status == "not_recommended"


def test_2_drug_history_that_no_completion_makes_true_is_not_recommended() -> None:
    """Where every way of filling it leaves the condition false, nothing is to be confirmed."""
    impossible = advice("ours.none", "- tocilizumab_doses < 4\n- tocilizumab_doses > 5", "- {give: tocilizumab}")
    assert one(run([impossible], SHOCK), "ours.none").status == "not_recommended"
    always = advice("ours.all", "any:\n  - tocilizumab_doses < 4\n  - tocilizumab_doses > 3", "- {give: tocilizumab}")
    assert one(run([always], SHOCK), "ours.all").status == "recommended"


def test_whom_a_rule_does_not_speak_about_it_is_not_listed_for() -> None:
    """`for` false: not listed. `for` unknown: needs data, also where only drug history is open besides."""
    assert run([TOCILIZUMAB], {**SHOCK, "age": "1.99 a"}).recommendations == []
    made = one(run([TOCILIZUMAB], {**SHOCK, "age": "unknown"}))
    assert (made.status, [each.element for each in made.missing]) == ("needs_data", ["age"])
    adults = HISTORY.replace("when:", "for: [age >= 18 a]\nwhen:")
    found = one(run([adults], {**SHOCK, "age": "unknown"}), "ours.history")
    assert (found.status, {each.element for each in found.missing}) == ("needs_data", {"age", "tocilizumab_doses"})


def test_3_a_passed_limit_withholds_until_time_lifts_it() -> None:
    """Three hours after a dose: withheld, with the limit, the time from which it lifts and what to do instead."""
    made = one(run([TOCILIZUMAB, INTERVAL], shock(dose("03T09:00", "tocilizumab"))))
    assert made.status == "withheld"
    (held,) = made.withheld_by
    assert (held.invariant, held.because, held.lifts_at, held.instead) == (
        "ours.interval",
        "violated",
        clock("03T17:00"),
        "Wait.",
    )
    assert made.confirm == []


def test_3_at_the_border_the_limit_has_lifted() -> None:
    """A second before eight hours it is withheld, at eight hours it is not."""
    given = dose("03T09:00", "tocilizumab")
    before, after = shock(given, at="03T16:59:59"), shock(given, at="03T17:00")
    assert one(run([TOCILIZUMAB, INTERVAL], before)).status == "withheld"
    assert one(run([TOCILIZUMAB, INTERVAL], after)).status == "recommended"


def test_3_a_dose_that_leaves_a_window_lifts_a_limit_and_a_total_is_never_lifted() -> None:
    """Three in 24 h: until the first of them is 24 h old. Four in all: no time lifts that."""
    daily = limit("ours.daily", "{give: tocilizumab}", "- doses_in_24_h < 3")
    total = limit("ours.total", "{give: anticytokine}", "- tocilizumab_doses < 3")
    doses = [dose(f"03T{hour}:00", "tocilizumab") for hour in ("00", "08", "16")]
    made = one(run([TOCILIZUMAB, daily, total], shock(*doses, at="03T20:00")))
    assert {each.invariant: each.lifts_at for each in made.withheld_by} == {
        "ours.daily": clock("04T00:00"),
        "ours.total": None,
    }


def test_4_an_open_limit_asks_to_confirm_first_and_shows_no_amount() -> None:
    """The action is shown as indicated, with the dose rule in words and what must be so."""
    made = one(run([TOCILIZUMAB, INTERVAL], {**SHOCK, "tocilizumab_doses": "1"}))
    assert made.status == "confirm_first"
    assert [(each.element, each.says) for each in made.confirm] == [
        ("time_since_tocilizumab", "Time since tocilizumab: at least 8 h")
    ]
    (act,) = made.do
    assert act.dose is not None
    assert (act.dose.low, act.dose.high) == (None, None)
    assert act.dose.how == "8 mg/kg, at most 800 mg a dose"


def test_4_an_amount_that_cannot_be_computed_asks_for_what_it_lacks() -> None:
    """Without a weight the dose rule is said in words; a cap on the dose does not ask a second time."""
    cap = limit("ours.cap", "{give: tocilizumab}", "- dose <= 800 mg")
    facts = {name: value for name, value in SHOCK.items() if name != "weight"}
    made = one(run([TOCILIZUMAB, cap], facts))
    assert made.status == "confirm_first"
    assert [(each.element, each.says) for each in made.confirm] == [("weight", "Weight: needed to compute the dose")]
    assert made.do[0].dose is not None
    assert (made.do[0].dose.low, made.do[0].dose.how) == (None, "8 mg/kg, at most 800 mg a dose")


PUNCTURE = advice("ours.puncture", "- crs >= 2", "- obtain: lumbar-puncture")
PRESSURE = limit(
    "ours.pressure",
    "{object: lumbar-puncture}",
    "- pressure_excluded is true\n- pressure_sign is none",
    if_unknown="withhold",
)


def test_4_where_waiting_is_safer_an_open_limit_withholds() -> None:
    """`if_unknown: withhold`, and an assumption neither satisfies nor violates a limit that names the element."""
    known = {**SHOCK, "pressure_excluded": True, "pressure_sign": "none"}
    assert one(run([PUNCTURE, PRESSURE], known), "ours.puncture").status == "recommended"
    for open_ in ({**SHOCK, "pressure_excluded": True}, {**known, "pressure_excluded": "unknown"}):
        made = one(run([PUNCTURE, PRESSURE], open_), "ours.puncture")
        assert (made.status, made.withheld_by[0].because, made.withheld_by[0].lifts_at) == ("withheld", "unknown", None)
    assert (
        one(run([PUNCTURE, PRESSURE], {**known, "pressure_sign": "papilledema"}), "ours.puncture").status == "withheld"
    )


def test_a_violated_limit_stands_before_an_open_one() -> None:
    """Withheld by one, and what the other would ask is said as well."""
    daily = limit("ours.daily", "{give: tocilizumab}", "- doses_in_24_h < 3")
    made = one(run([TOCILIZUMAB, INTERVAL, daily], {**SHOCK, "tocilizumab_doses": "3", "doses_in_24_h": "3"}))
    assert made.status == "withheld"
    assert [each.invariant for each in made.withheld_by] == ["ours.daily"]
    assert [each.element for each in made.confirm] == ["time_since_tocilizumab"]


@pytest.mark.parametrize(("since", "words"), [("7 h", "not kept"), ("unknown", "not known"), ("8 h", None)])
def test_a_warning_changes_no_status(since: str, words: str | None) -> None:
    """`otherwise: warn`, violated or unknown, adds a warning."""
    warns = limit("ours.warns", "{give: tocilizumab}", "- time_since_tocilizumab >= 8 h", otherwise="warn")
    made = one(run([TOCILIZUMAB, warns], {**SHOCK, "time_since_tocilizumab": since}))
    assert made.status == "recommended"
    assert [each.says for each in made.warnings] == ([f"ours.warns: {words}. Wait."] if words else [])


def test_5_else_it_is_recommended_with_its_dose() -> None:
    """The arithmetic is shown, with when, how strongly and on what it rests."""
    made = one(run([TOCILIZUMAB, INTERVAL], {**SHOCK, **NEVER}))
    assert made.status == "recommended"
    (act,) = made.do
    assert act.dose is not None
    assert (act.verb, act.give, act.route, act.over, act.state) == (
        "give",
        "tocilizumab",
        "intravenous",
        "1 h",
        "start",
    )
    assert (act.dose.low, act.dose.high) == ("656 mg", "656 mg")
    assert act.dose.how == "8 mg/kg x 82 kg = 656 mg, below the cap of 800 mg"
    assert (made.within, made.strength, made.certainty, made.basis) == ("1 h", "recommend", "not_stated", "consensus")
    assert [(each.line, each.truth, each.facts[0].source) for each in made.because] == [("crs >= 2", "true", "rule")]


def test_what_was_recalled_or_is_doubtful_is_marked() -> None:
    """Statements that nobody has read in their source, or with little confidence, are to be verified."""
    rules = TOCILIZUMAB.replace("states: [ST-01]", "states: [ST-02]").replace("over: 60 min", "states: [ST-01, ST-03]")
    made = one(run([rules], {**SHOCK, **NEVER}))
    assert (made.states, made.verify) == (["ST-02", "ST-01", "ST-03"], ["ST-02", "ST-03"])


# --- which limits guard which actions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guards", "status"),
    [
        ("{give: tocilizumab}", "withheld"),
        ("{give: anticytokine}", "withheld"),
        ("{give: anakinra}", "recommended"),
        ("{verb: give}", "withheld"),
        ("{verb: obtain}", "recommended"),
        ("{give: tocilizumab, route: intravenous}", "withheld"),
        ("{give: tocilizumab, route: subcutaneous}", "recommended"),
        ("{object: tocilizumab}", "withheld"),
    ],
)
def test_a_limit_guards_what_all_its_keys_match(guards: str, status: str) -> None:
    """A class guards each drug below it; the route must be the same."""
    made = run([TOCILIZUMAB, limit("ours.limit", guards, "- age > 99 a")], {**SHOCK, **NEVER})
    assert one(made).status == status


def test_a_limit_on_a_route_guards_an_action_without_a_route() -> None:
    """A route that nobody states could be the guarded one."""
    bare = TOCILIZUMAB.replace("route: intravenous, ", "")
    under = limit("ours.limit", "{give: tocilizumab, route: subcutaneous}", "- age > 99 a")
    assert one(run([bare, under], {**SHOCK, **NEVER})).status == "withheld"
    route = limit("ours.route", "{give: tocilizumab}", "- route is intravenous")
    assert one(run([TOCILIZUMAB, route], {**SHOCK, **NEVER})).status == "recommended"
    assert one(run([bare, route], {**SHOCK, **NEVER})).status == "confirm_first"


def test_a_limit_on_an_action_guards_the_group_that_it_is_part_of() -> None:
    """Blood cultures forbidden forbid the work-up that contains them."""
    work_up = advice("ours.work-up", "- crs >= 2", "- obtain: work-up")
    made = run([work_up, limit("ours.limit", "{object: blood-cultures}", "- age > 99 a")], SHOCK)
    assert one(made, "ours.work-up").status == "withheld"


def test_a_limit_speaks_only_about_its_audience() -> None:
    """`for` false: it does not guard. `for` unknown: it guards all the same."""
    adults = limit("ours.limit", "{give: tocilizumab}", "- weight > 99 kg").replace(
        "guards:", "for: [age < 18 a]\nguards:"
    )
    assert one(run([TOCILIZUMAB, adults], {**SHOCK, **NEVER})).status == "recommended"
    assert one(run([TOCILIZUMAB, adults], {**SHOCK, **NEVER, "age": "12 a"})).status == "withheld"
    everybody = TOCILIZUMAB.replace("for: [age >= 2 a]\n", "")
    assert one(run([everybody, adults], {**SHOCK, **NEVER, "age": "unknown"})).status == "withheld"


@pytest.mark.parametrize(
    ("line", "element", "says"),
    [
        ("- device is cpap", "device", "Device: cpap"),
        ("- device is not cpap", "device", "Device: not cpap"),
        ("- device in (cannula, cpap)", "device", "Device: cannula or cpap"),
        ("- pressure_excluded is true", "pressure_excluded", "Pressure excluded: yes"),
        ("- pressure_excluded is false", "pressure_excluded", "Pressure excluded: no"),
        ("- pressors is empty", "pressors", "Pressors: none"),
        ("- pressors is not empty", "pressors", "Pressors: at least one"),
        ("- pressors includes vasopressin", "pressors", "Pressors: with vasopressin"),
        ("- temperature < 38 Cel", "temperature", "Temperature: less than 38 Cel"),
        ("- temperature > 38 Cel", "temperature", "Temperature: more than 38 Cel"),
        ("- doses_in_24_h != 3", "doses_in_24_h", "Doses in 24 h: not exactly 3; none given elsewhere?"),
        ("- weight > 2 * weight", "weight", "weight > 2 * weight"),
        ("- {when: device is cpap, label: breathing with help}", "device", "breathing with help"),
    ],
)
def test_what_to_confirm_is_said_in_words(line: str, element: str, says: str) -> None:
    """Each kind of line has its words; a label speaks for itself."""
    act = advice("ours.act", "- age > 3 a", "- {give: anakinra}")
    made = one(run([act, limit("ours.limit", "{give: anakinra}", line)], {"age": "60 a"}), "ours.act")
    assert [(each.element, each.says) for each in made.confirm] == [(element, says)]


# --- doses ------------------------------------------------------------------------------------------------------------

DOSE_FACTS = FACTS + "body_surface_area: {title: Body surface, type: number, unit: m2}\n"


def dosed(text: str, limits: str = "", **facts: str) -> Advice:
    """An advice of anakinra with a dose, for given facts; `limits` is the `must` of a limit on it."""
    act = advice("ours.act", "- age > 3 a", f"- give: anakinra\n  {text}", "for: [age >= 3 a]\n")
    rules = [act, *([limit("ours.limit", "{give: anakinra}", limits)] if limits else [])]
    return one(assessed(knowledge(DOSE_FACTS, rules), {"age": "60 a", **facts}), "ours.act")


@pytest.mark.parametrize(
    ("text", "facts", "said", "how"),
    [
        ("{amount: 8 mg/kg}", {"weight": "82 kg"}, ("656 mg", "656 mg", None), "8 mg/kg x 82 kg = 656 mg"),
        (
            "{amount: 100 mg/m2}",
            {"body_surface_area": "1.85 m2"},
            ("185 mg", "185 mg", None),
            "100 mg/m2 x 1.85 m2 = 185 mg",
        ),
        ("{amount: 10 mg, every: 12 h}", {}, ("10 mg", "10 mg", "12 h"), "10 mg every 12 h"),
        ("{amount: 1 g}", {}, ("1 g", "1 g", None), "1 g"),
        (
            "{amount: 8 mg/kg, max: 800 mg}",
            {"weight": "120 kg"},
            ("800 mg", "800 mg", None),
            "8 mg/kg x 120 kg = 960 mg, capped at 800 mg",
        ),
        (
            "{amount: 8 mg/kg, max: 800 mg}",
            {"weight": "100 kg"},
            ("800 mg", "800 mg", None),
            "8 mg/kg x 100 kg = 800 mg, at the cap of 800 mg",
        ),
        (
            "{amount: 8 mg/kg, per: day, divided: every 8 h}",
            {"weight": "60 kg"},
            ("160 mg", "160 mg", "8 h"),
            "8 mg/kg x 60 kg = 480 mg a day, divided every 8 h = 160 mg",
        ),
        (
            "{amount: 30 mg/kg, per: day, divided: every 8 h, max: 400 mg}",
            {"weight": "60 kg"},
            ("400 mg", "400 mg", "8 h"),
            "30 mg/kg x 60 kg = 1800 mg a day, divided every 8 h = 400 mg, capped at 400 mg",
        ),
        (
            "{amount: 2 mg/kg, every: 6 h, max_per_day: 400 mg}",
            {"weight": "60 kg"},
            ("100 mg", "100 mg", "6 h"),
            "2 mg/kg x 60 kg = 120 mg, at most 400 mg a day, rounded to 100 mg",
        ),
        (
            "{amount: 8 mg/kg, per: day, divided: every 6 h, max_per_day: 400 mg}",
            {"weight": "60 kg"},
            ("100 mg", "100 mg", "6 h"),
            "8 mg/kg x 60 kg = 480 mg a day, divided every 6 h = 100 mg, at most 400 mg a day",
        ),
        (
            "{amount: 300 mg, per: day, divided: every 8 h}",
            {},
            ("100 mg", "100 mg", "8 h"),
            "300 mg a day, divided every 8 h = 100 mg",
        ),
        (
            "{amount: 10 mg/kg, round: 50 mg}",
            {"weight": "82.5 kg"},
            ("800 mg", "800 mg", None),
            "10 mg/kg x 82.5 kg = 825 mg, rounded to 800 mg",
        ),
        (
            "{amount: 10 mg/kg, round: 50 mg, max: 780 mg}",
            {"weight": "82 kg"},
            ("750 mg", "750 mg", None),
            "10 mg/kg x 82 kg = 820 mg, capped at 780 mg, rounded to 750 mg",
        ),
        (
            "{amount: 8 mg/kg to 10 mg/kg}",
            {"weight": "80 kg"},
            ("640 mg", "800 mg", None),
            "8 mg/kg to 10 mg/kg x 80 kg = 640 mg to 800 mg",
        ),
    ],
)
def test_the_arithmetic_of_doses(text: str, facts: dict[str, str], said: tuple[str, str, str | None], how: str) -> None:
    """Multiply, cap of a day, divide, cap of a dose, round; then both caps again, rounding down if one is passed."""
    made = dosed(f"dose: {text}", **facts).do[0].dose
    assert made is not None
    assert (made.low, made.high, made.every) == said
    assert made.how == how


ROWS = """dose:
    rows:
      - {when: weight < 30 kg, amount: 12 mg/kg, max: 300 mg}
      - {when: weight < 100 kg, amount: 8 mg/kg, every: 8 h}
    otherwise: none"""


def test_the_first_row_that_holds_is_the_dose() -> None:
    """On the border the next row speaks; a row may have its own cap; without a row there is no amount."""
    for weight, low in (("29.9 kg", "300 mg"), ("30 kg", "240 mg"), ("99.9 kg", "799.2 mg")):
        made = dosed(ROWS, weight=weight).do[0].dose
        assert made is not None
        assert made.low == low
    none = dosed(ROWS, weight="100 kg")
    assert (none.status, none.do[0].dose) == ("recommended", None)


def test_where_the_row_is_open_every_row_that_could_be_is_said_in_words() -> None:
    """The rows are told apart by a fact to confirm."""
    made = dosed(ROWS)
    assert made.status == "confirm_first"
    assert made.do[0].dose is not None
    assert made.do[0].dose.low is None
    assert made.do[0].dose.how == "12 mg/kg, at most 300 mg a dose; or 8 mg/kg every 8 h"
    assert [each.element for each in made.confirm] == ["weight"]


def test_a_row_that_lacks_no_measure_but_cannot_be_told_asks_for_what_tells_it() -> None:
    """Flat doses by a sign: the sign is to be confirmed."""
    rows = """dose:
    rows:
      - {when: hypotension is true, amount: 100 mg, max_per_day: 400 mg}
      - {otherwise: true, amount: 300 mg, per: day, divided: every 8 h}"""
    made = dosed(rows)
    assert [each.element for each in made.confirm] == ["hypotension"]
    assert made.do[0].dose is not None
    assert made.do[0].dose.how == "100 mg, at most 400 mg a day; or 300 mg a day divided every 8 h"


@pytest.mark.parametrize(
    ("text", "must", "status"),
    [
        ("dose: {amount: 8 mg/kg to 10 mg/kg}", "- dose <= 800 mg", "recommended"),
        ("dose: {amount: 8 mg/kg to 11 mg/kg}", "- dose <= 800 mg", "withheld"),
        ("dose: {amount: 8 mg/kg to 10 mg/kg}", "- dose >= 641 mg", "withheld"),
        ("dose: {amount: 1 g}", "- dose <= 999 mg", "withheld"),
        ("dose: {amount: 100 mg, every: 6 h}", "- daily_dose <= 400 mg/d", "recommended"),
        ("dose: {amount: 101 mg, every: 6 h}", "- daily_dose <= 400 mg/d", "withheld"),
        ("dose: {amount: 100 mg, every: 6 h}", "- interval >= 6 h", "recommended"),
        ("dose: {amount: 100 mg, every: 5 h}", "- interval >= 6 h", "withheld"),
        ("dose: {amount: 100 mg}", "- interval >= 6 h", "confirm_first"),
        ("dose: {amount: 100 mg}\n  for: 1 d to 2 d", "- duration <= 48 h", "recommended"),
        ("dose: {amount: 100 mg}\n  for: 1 d to 3 d", "- duration <= 48 h", "withheld"),
        ("for: 1 d to 3 d", "- duration >= 25 h", "withheld"),
        ("route: intravenous", "- route is intravenous", "recommended"),
    ],
)
def test_of_a_range_the_end_that_matters_decides(text: str, must: str, status: str) -> None:
    """Limits read the amount, the daily amount, the interval, the duration and the route of what they guard."""
    assert dosed(text, must, weight="80 kg").status == status


def test_how_long_and_how_often_is_said() -> None:
    """An action without a dose has its own interval and duration."""
    monitor = advice("ours.act", "- age > 3 a", "- {monitor: temperature, every: 4 h, for: 1 d to 3 d}")
    (act,) = one(run([monitor], {"age": "60 a"}), "ours.act").do
    assert (act.object, act.title, act.every, act.duration, act.state) == (
        "temperature",
        "Temperature",
        "4 h",
        "24 h to 3 d",
        None,
    )


# --- what is running and what is done ---------------------------------------------------------------------------------

STEROID = advice(
    "ours.steroid", "- crs >= 2", "- {give: dexamethasone, dose: {amount: 10 mg, every: 6 h}}", "for: [age >= 18 a]\n"
)


def order(time: str, amount: str = "10 mg", kind: str = "started") -> dict[str, Any]:
    """The start or change of dexamethasone every 6 h."""
    return event(time, **{kind: {"drug": "dexamethasone", "dose": amount, "every": "6 h"}})


@pytest.mark.parametrize(
    ("events", "state", "last", "due"),
    [
        ([], "start", None, None),
        ([dose("02T09:00", "dexamethasone")], "due", "02T09:00", None),
        ([order("03T00:00")], "continue", "03T00:00", "03T12:00"),
        ([order("03T00:00"), dose("03T06:30", "dexamethasone")], "continue", "03T06:30", "03T12:30"),
        ([order("03T00:00"), dose("03T05:00", "dexamethasone")], "continue", "03T05:00", "03T11:00"),
        ([order("03T00:00", "4 mg")], "change", "03T00:00", None),
        ([order("03T00:00", "4 mg"), order("03T06:00", kind="changed")], "continue", "03T00:00", "03T12:00"),
        ([order("03T00:00"), event("03T06:00", stopped={"drug": "dexamethasone"})], "due", "03T00:00", None),
    ],
)
def test_a_drug_starts_is_due_continues_or_changes(
    events: list[dict[str, Any]], state: str, last: str | None, due: str | None
) -> None:
    """Each `give` knows what is running, when it was last given and when the next dose is due."""
    (act,) = one(run([STEROID], shock(*events)), "ours.steroid").do
    assert (act.state, act.last_given, act.next_due) == (state, last and clock(last), due and clock(due))


def test_an_order_without_a_dose_or_interval_is_a_change_to_one_with_both() -> None:
    """What nobody charted is not taken to be the same."""
    bare = event("03T00:00", started={"drug": "dexamethasone"})
    (act,) = one(run([STEROID], shock(bare)), "ours.steroid").do
    assert (act.state, act.next_due) == ("change", None)


def test_stopping_and_avoiding() -> None:
    """A stop says when the drug was last given; to avoid a drug is no state."""
    stop = advice("ours.stop", "- crs >= 2", "- stop: dexamethasone\n- avoid: anakinra")
    first, second = one(run([stop], shock(order("03T00:00"))), "ours.stop").do
    assert (first.state, first.last_given, second.state) == ("stop", clock("03T00:00"), None)


WORK_UP = advice("ours.work-up", "- crs >= 2", "- obtain: work-up\n- obtain: blood-cultures")


@pytest.mark.parametrize(
    ("done", "at", "group", "single"),
    [
        ([], "03T12:00", (None, ["blood-cultures", "urine-culture"]), None),
        (["blood-cultures"], "03T12:00", (None, ["urine-culture"]), "done"),
        (["work-up"], "03T12:00", ("done", []), "done"),
        (["work-up"], "04T10:00", ("done", []), "done"),
        (["work-up"], "04T10:00:01", (None, ["blood-cultures", "urine-culture"]), None),
    ],
)
def test_what_was_done_lately_is_done_and_a_group_shows_what_remains(
    done: list[str], at: str, group: tuple[str | None, list[str]], single: str | None
) -> None:
    """Within `done_for` (24 h, inclusive) an action is done."""
    events = [event("03T10:00", done=done)] if done else []
    first, second = one(run([WORK_UP], shock(*events, at=at)), "ours.work-up").do
    assert (first.state, first.parts) == group
    assert second.state == single


# --- one answer to a question -----------------------------------------------------------------------------------------

ANSWER = advice("x.steroid", "- crs >= 2", "- {give: dexamethasone}", "question: crs.steroid\n")


def two_answers(prefers: str, effective: str = "{from: 2020-01-01}") -> Any:
    """Two guidelines that answer one question, the preferred ones as stated."""
    ours, theirs = ANSWER.replace("x.steroid", "ours.steroid"), ANSWER.replace("x.steroid", "theirs.steroid")
    files = {
        **STATEMENTS,
        "questions.yaml": "crs.steroid: {title: When}\n",
        "guidelines/theirs/guideline.yaml": f"title: T\nid: theirs\npublisher: T\neffective: {effective}\n",
        "guidelines/theirs/steroid.yaml": theirs,
        "protocols/default.yaml": BASE["protocols/default.yaml"].replace("[ours]", "[ours, theirs]")
        + f"prefers:\n  crs.steroid: {prefers}\n",
    }
    return compile_knowledge(content(FACTS, [CRS, ours], files))


def test_an_answer_that_is_not_preferred_stands_under_the_other() -> None:
    """It is no advice of its own, and says that it is not preferred."""
    for preferred, other in (("ours", "theirs"), ("theirs", "ours")):
        found = assessed(two_answers(f"[{preferred}, {other}]"), SHOCK).recommendations
        assert [each.rule for each in found] == [f"{preferred}.steroid"]
        (alternative,) = found[0].alternatives
        assert (alternative.rule, alternative.status, alternative.reason) == (
            f"{other}.steroid",
            "recommended",
            "not preferred",
        )


def test_a_preferred_guideline_that_is_not_in_force_leaves_the_answer_to_the_next() -> None:
    """On the day before it begins, the next preferred guideline answers."""
    made = two_answers("[theirs, ours]", "{from: 2026-03-04}")
    before, after = shock(at="03T23:59:59"), shock(at="04T00:00")
    assert [each.rule for each in assessed(made, before).recommendations] == ["ours.steroid"]
    assert [each.rule for each in assessed(made, after).recommendations] == ["theirs.steroid"]


def test_rules_of_one_guideline_that_answer_one_question_all_stand() -> None:
    """Steps of one guideline are not alternatives of each other."""
    steps = [ANSWER.replace("x.steroid", f"ours.step-{number}") for number in (1, 2)]
    files = {**STATEMENTS, "questions.yaml": "crs.steroid: {title: When}\n"}
    found = assessed(knowledge(FACTS, [CRS, *steps], files), SHOCK).recommendations
    assert [(each.rule, each.alternatives) for each in found] == [("ours.step-1", []), ("ours.step-2", [])]


# --- findings ---------------------------------------------------------------------------------------------------------


def test_a_determined_grade_says_which_lines_decided() -> None:
    """The lines of the row that held, with their facts, and the statements of the rule and the row."""
    made = run([], {**SHOCK, "device": "cpap"})["crs"]
    assert (made.status, made.value, made.at_least, made.at_most, made.possible) == ("determined", 4, 4, 4, [])
    assert [(each.line, each.truth) for each in made.because] == [
        ("temperature >= 38 Cel", "true"),
        ("device is cpap", "true"),
    ]
    assert made.because[0].facts[0].value == "39 Cel"
    assert made.states == ["ST-01", "ST-02"]


def test_an_open_grade_has_bounds_and_what_would_narrow_it_most() -> None:
    """Bounds are exact: without a temperature it is 0, or what the signs make of a fever."""
    made = run([], {"hypotension": True, "device": "unknown"})["crs"]
    assert (made.status, made.value, made.at_least, made.at_most, made.possible) == (
        "undetermined",
        None,
        0,
        4,
        [0, 2, 4],
    )
    assert [(each.element, each.settles) for each in made.missing] == [("temperature", 2), ("device", 1)]
    assert made.exact
    assert {each.truth for each in made.because} == {"unknown"}


def test_a_grade_0_says_what_is_not_there() -> None:
    """Nothing held: the lines that failed."""
    made = run([], {**SHOCK, "temperature": "37.9 Cel"})["crs"]
    assert made.value == 0
    assert [(each.line, each.truth) for each in made.because] == [
        ("temperature >= 38 Cel", "false"),
        ("device is cpap", "false"),
    ]


def test_a_grade_whose_requirement_fails_says_so() -> None:
    """`require` certainly false is grade 0, unknown at least 0; a row of grade 5 comes before it."""
    required = grade(
        "crs",
        """
        require: temperature >= 38 Cel
        rows:
          - {grade: 5, when: pressure_excluded is true}
          - {grade: 2, when: hypotension is true}
        """,
    )
    made = knowledge(FACTS, [required])

    def crs(**facts: Any) -> Finding:
        return assessed(made, facts)["crs"]

    no = crs(temperature="37 Cel", hypotension=True, pressure_excluded=False)
    assert (no.value, [each.line for each in no.because]) == (0, ["temperature >= 38 Cel"])
    assert crs(hypotension=True, pressure_excluded=False).possible == [0, 2]
    assert crs(temperature="37 Cel", pressure_excluded=True).value == 5
    assert crs(temperature="37 Cel", hypotension=True).possible == [0, 5]
    assert crs(temperature="38 Cel", hypotension=False, pressure_excluded=False).value == 0


SCORE = rule(
    "risk",
    "score",
    """
    points:
      heat:
        - {when: temperature >= 39 Cel, points: 2}
        - {when: temperature >= 38 Cel, points: 0.5}
        - {otherwise: true, points: 0}
      sign:
        - {when: hypotension is true, points: 1}
        - {otherwise: true, points: 0}
    bands:
      - {at_least: 2, band: high}
      - {otherwise: true, band: low}
    """,
)
PHASE = rule(
    "phase",
    "classification",
    """
    outcomes:
      - {outcome: calm, when: crs = 0}
      - {outcome: severe, when: crs >= 4}
      - {outcome: active, otherwise: true}
    """,
)


def test_scores_have_bounds_and_a_band_where_it_is_one() -> None:
    """A points score with an unknown item has bounds; its band is told where only one is possible."""
    made = run([SCORE], {"temperature": "38 Cel", "hypotension": True})["risk"]
    assert (made.kind, made.value, made.at_least, made.band) == ("score", "1.5", "1.5", "low")
    open_ = run([SCORE], {"temperature": "39 Cel"})["risk"]
    assert (open_.status, open_.value, open_.at_least, open_.at_most, open_.band) == (
        "undetermined",
        None,
        "2",
        "3",
        "high",
    )
    assert [each.element for each in open_.missing] == ["hypotension"]
    assert run([SCORE], {"hypotension": True})["risk"].band is None


def test_a_formula_is_open_where_a_term_is_unknown_or_divides_by_zero() -> None:
    """Division by zero, or an unknown term, leaves it undetermined; each missing term is named."""
    quotient = rule("quotient", "score", "formula: weight / age\nunit: kg\nwith: {weight: kg, age: a}\n")
    made = knowledge(FACTS, [quotient])
    found = assessed(made, {"weight": "64 kg", "age": "16 a"})["quotient"]
    assert (found.value, found.possible) == ("4 kg", [])
    zero = assessed(made, {"weight": "64 kg", "age": "0 a"})["quotient"]
    assert (zero.status, zero.value, zero.at_least, zero.at_most) == ("undetermined", None, None, None)
    assert [each.element for each in assessed(made, {"age": "3 a"})["quotient"].missing] == ["weight"]


def test_a_classification_lists_the_outcomes_still_open() -> None:
    """The first that holds; those before it that could hold are possible too."""
    assert run([PHASE], SHOCK)["phase"].value == "active"
    open_ = run([PHASE], {**SHOCK, "device": "unknown"})["phase"]
    assert (open_.status, open_.value, open_.possible) == ("undetermined", None, ["active", "severe"])
    assert [each.element for each in open_.missing] == ["device"]
    assert open_.at_least is None


def test_findings_stand_grades_first_by_their_names() -> None:
    """The order of files does not matter, and a finding is found by its rule."""
    found = run([SCORE, PHASE], SHOCK)
    assert [each.rule for each in found.findings] == ["crs", "phase", "risk"]
    with pytest.raises(KeyError, match="nobody"):
        found["nobody"]


# --- notices ----------------------------------------------------------------------------------------------------------


def notice(urgent: bool) -> str:
    """A notice of fever with CPAP."""
    body = f"when:\n  - temperature >= 38 Cel\n  - device is cpap\nsays: Look again.\nurgent: {str(urgent).lower()}\n"
    return rule("ours.notice", "notice", body)


@pytest.mark.parametrize(
    ("device", "urgent", "status"),
    [
        ("cpap", True, "holds"),
        ("cpap", False, "holds"),
        ("unknown", True, "not_excluded"),
        ("unknown", False, None),
        ("room_air", True, None),
    ],
)
def test_an_urgent_notice_that_is_open_is_not_excluded(device: str, urgent: bool, status: str | None) -> None:
    """One that is not urgent is said only where it holds."""
    found = run([notice(urgent)], {**SHOCK, "device": device}).notices
    assert [(each.rule, each.says, each.urgent, each.status) for each in found] == (
        [("ours.notice", "Look again.", urgent, status)] if status else []
    )


def test_contradictions_are_said_as_urgent_notices_and_in_the_finding() -> None:
    """Whoever reads only the notices meets them; the bounds span the readings."""
    files = {
        **STATEMENTS,
        "elements/contradictions.yaml": (
            "- all:\n    - device is cpap\n    - hypotension is false\n"
            "  readings: [device, hypotension]\n  says: It cannot be.\n"
        ),
    }
    found = assessed(knowledge(FACTS, [CRS], files), {**SHOCK, "device": "cpap", "hypotension": False})
    assert (found["crs"].status, found["crs"].possible, found["crs"].contradictions) == (
        "contradiction",
        [1, 4],
        ["It cannot be."],
    )
    assert [(each.rule, each.says, each.urgent, each.status) for each in found.notices] == [
        ("crs", "It cannot be.", True, "contradiction")
    ]


# --- the result -------------------------------------------------------------------------------------------------------


def test_the_same_input_gives_the_same_bytes_of_result() -> None:
    """Order of events and the clock of the run change nothing; another fact does."""
    made = knowledge(FACTS, [CRS, TOCILIZUMAB, INTERVAL], STATEMENTS)
    events = [dose("03T09:00", "tocilizumab"), observed("03T11:00", temperature="38 Cel")]
    first = assess(made, shock(*events), second_engine=False)
    second = assess(made, shock(*reversed(events)), second_engine=False, now="2026-03-05T00:00:00Z")
    assert first.digest == second.digest
    assert json.loads(first.to_json())["result"] == json.loads(second.to_json())["result"]
    assert (first.run.now, second.run.now) == (None, "2026-03-05T00:00:00Z")
    other = assess(made, shock(dose("03T09:01", "tocilizumab"), events[1]), second_engine=False)
    assert other.digest != first.digest


def test_the_result_says_which_knowledge_and_course_it_is_about() -> None:
    """Time, facts up to when, what came later, content, protocol, day."""
    made = knowledge(FACTS, [CRS], STATEMENTS)
    later = observed("05T09:00", temperature="37 Cel")
    found = assess(made, shock(later), datetime(2026, 3, 4, 9, tzinfo=UTC), second_engine=False)
    result = found.result
    assert (found.at, result.facts_to, result.later_events) == (clock("04T09:00"), clock("03T12:00"), 1)
    assert (result.course, result.knowledge.content, result.knowledge.as_of) == ("a", made.digest, "2026-03-04")
    assert (result.knowledge.protocol.id, result.knowledge.protocol.version) == ("default", "0.1.0")
    assert (found.run.approval, found.run.engines.agreement) == (APPROVAL, "not_run")
    assert (found.plan, found.next, found.ask) == ([], [], [])


def test_without_a_clock_nothing_has_a_time() -> None:
    """One moment: no time, no day, no time at which a limit lifts."""
    found = run([TOCILIZUMAB, INTERVAL], {**SHOCK, "tocilizumab_doses": "1", "time_since_tocilizumab": "3 h"})
    assert (found.at, found.result.facts_to, found.result.knowledge.as_of) == (None, None, None)
    (held,) = one(found).withheld_by
    assert held.lifts_at is None
    assert {(fact.at, fact.age) for each in found["crs"].because for fact in each.facts} == {(None, None)}


def test_facts_are_shown_with_their_time_and_age() -> None:
    """Each line shows when its facts were charted."""
    (fact, *_) = run([], shock(observed("03T14:00", device="cpap")), "03T14:30")["crs"].because[0].facts
    assert (fact.element, fact.value, fact.at, fact.age, fact.source) == (
        "temperature",
        "39 Cel",
        clock("03T12:00"),
        "PT2H30M",
        "observed",
    )


@pytest.mark.parametrize(
    ("facts", "value"),
    [
        ({"pressors": ["norepinephrine"]}, ["norepinephrine"]),
        ({"pressors": ["norepinephrine", "unknown"]}, ["norepinephrine", "unknown"]),
        ({"pressors": "unknown"}, ["unknown"]),
    ],
)
def test_sets_are_said_as_lists(facts: dict[str, Any], value: list[str]) -> None:
    """What is not known of a set stands in it as unknown."""
    reads = rule("ours.n", "notice", "when: pressors is not empty\nsays: So.\nurgent: true\n")
    kind = advice("ours.act", "- pressors is not empty", "- {give: anakinra}")
    made = one(run([reads, kind], facts), "ours.act")
    assert made.because[0].facts[0].value == value


def test_numbers_between_bounds_are_said_as_such() -> None:
    """At least, at most, or from one to the other; a code as what it could be."""
    act = advice("ours.act", "- daily_steroid > 999 mg/d\n- doses_in_24_h > 9\n- crs > 4", "- {give: anakinra}")
    ordered = {"drug": "dexamethasone", "dose": "10 mg", "every": "6 h", "route": "oral"}
    begun = event("03T00:00", started=ordered)
    late = clock("03T01:00")
    made = one(run([act], shock(begun, dose("03T02:00", "tocilizumab"), complete=None)), "ours.act")
    assert made.status == "not_recommended"
    assert [each.line for each in made.because] == ["crs > 4"]
    facts = {**SHOCK, "device": "unknown"}
    (fact,) = run([advice("ours.b", "- crs > 3", "- {give: anakinra}")], facts).recommendations[0].because[0].facts
    assert fact.value == "2 to 4"
    reads = advice("ours.c", "- daily_steroid > 999 mg/d", "- monitor: age")
    (fact,) = one(run([reads], shock(begun, complete=None)), "ours.c").because[0].facts
    assert fact.value == "at least 40 mg/d"
    since = advice("ours.d", "- time_since_tocilizumab > 2 h", "- monitor: age")
    given = dose("03T00:00", "tocilizumab")
    (fact,) = one(run([since], shock(given, complete=late)), "ours.d").because[0].facts
    assert fact.value == "11 to 12 h"


def test_a_setting_is_shown_with_its_value() -> None:
    """A line that names a setting says what it is."""
    body = "settings:\n  limit: {value: 38.5 Cel, may_be: 38 Cel to 39 Cel, cautious: lower}\n"
    act = advice("ours.act", "- temperature >= limit", "- monitor: age", body)
    made = one(run([act], SHOCK), "ours.act")
    assert [each.line for each in made.because] == ["temperature >= limit (limit = 38.5 Cel)"]


def test_what_is_still_to_come_is_refused() -> None:
    """Events after the clock are refused, all problems of a course at once."""
    made = knowledge(FACTS, [CRS], STATEMENTS)
    with pytest.raises(CourseError, match="after-clock"):
        assess(made, shock(), second_engine=False, now="2026-03-02T00:00:00Z")
    with pytest.raises(CourseError) as caught:
        assess(made, Course.from_facts({"temprature": "38 Cel", "weight": "80"}), second_engine=False)
    assert [each.code for each in caught.value.problems] == ["unknown-element", "missing-unit"]


def test_the_day_of_the_assessment_chooses_the_edition_unless_a_day_is_fixed() -> None:
    """`assess` asks for the UTC date of `at`; knowledge compiled for a day keeps it."""
    files = {
        **STATEMENTS,
        "guidelines/ours/guideline.yaml": BASE["guidelines/ours/guideline.yaml"] + "effective: {from: 2026-03-04}\n",
    }
    made = compile_knowledge(content(FACTS, [CRS], files))
    before = assessed(made, shock(), "03T23:59:59")
    assert (before.findings, before.knowledge.as_of) == ([], date(2026, 3, 3))
    assert [(each.rule, each.why) for each in before.result.knowledge.not_in_force] == [("crs", "begins 2026-03-04")]
    assert [each.rule for each in assessed(made, shock(), "04T00:00").findings] == ["crs"]
    fixed = compile_knowledge(made.content, as_of=date(2026, 3, 4))
    assert [each.rule for each in assessed(fixed, shock(), "03T12:00").findings] == ["crs"]


@pytest.mark.second_engine
def test_both_engines_answer_and_agree() -> None:
    """Every clause, and every limit for every action that it guards, is asked twice; the result is the same bytes."""
    made = knowledge(FACTS, [CRS, TOCILIZUMAB, INTERVAL, SCORE, PHASE, notice(True)], STATEMENTS)
    alone = assess(made, shock(dose("03T09:00", "tocilizumab")), second_engine=False)
    both = assess(made, shock(dose("03T09:00", "tocilizumab")))
    assert (both.run.engines.agreement, both.run.engines.differences, both.run.engines.fault) == ("agree", [], None)
    assert both.run.engines.compared == len(made.items)
    assert both.result == alone.result
