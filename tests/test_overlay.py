"""Overlays: what an institution changes, held to its bounds and said in every output that it touches."""

from datetime import date
from typing import Any

import pytest

from clinguide.compile import Knowledge, compile_knowledge
from clinguide.course import Course
from clinguide.problems import KnowledgeError
from clinguide.results import Alternative
from small_knowledge import BASE, advice, assessed, content, course, dose, grade, limit, observed, rule

FACTS = """\
age: {title: Age, type: number, unit: a}
weight: {title: Weight, type: number, unit: kg}
product: {title: Product, type: code, codes: [axi-cel]}
temperature: {title: Temperature, type: number, unit: Cel, fresh_for: 240 h}
shock: {title: Shock, type: boolean, fresh_for: 240 h}
time_since_tocilizumab:
  title: Time since tocilizumab
  type: number
  unit: h
  derived: time from last dose of tocilizumab to now
"""
CRS = grade("crs", "rows:\n  - {grade: 2, when: shock is true}\n  - {grade: 1, when: temperature >= 38 Cel}\n")
TOCILIZUMAB = advice(
    "ours.tocilizumab",
    "- crs >= start_at_grade",
    "- {give: tocilizumab, route: intravenous, dose: {amount: 8 mg/kg}}",
    "question: crs.anti-il6\nsettings:\n  start_at_grade: {value: 2, may_be: 1 to 2, cautious: lower}\n",
)
RESPONSE = rule(
    "response",
    "classification",
    """
    settings:
      window: {value: 24 h, may_be: 12 h to 48 h, cautious: lower}
    outcomes:
      - {outcome: refractory, when: time_since_tocilizumab >= window}
      - {outcome: too_early, otherwise: true}
    """,
)
THEIRS = TOCILIZUMAB.replace("ours.tocilizumab", "theirs.tocilizumab")
LOCAL = limit("hospital.tocilizumab", "{give: tocilizumab}", "- age >= 18 a").replace(
    "states: [ST-01]", "states: [HO-01]"
)
LOCAL_FILES = {
    "protocols/hospital/tocilizumab.yaml": LOCAL,
    "protocols/hospital/statements.yaml": (
        "- {id: HO-01, says: Adults alone., source: book, read: primary, confidence: high}\n"
    ),
}
ADD = "add: hospital.tocilizumab"
UNTIL = "2027-06-30"
ILL = {"age": "50 a", "weight": "80 kg", "temperature": "39 Cel", "shock": True}
FEVER = ILL | {"shock": False}


def protocol(name: str, extends: str, *changes: str) -> str:
    """The text of an overlay; each change with its reason and its day of review."""
    lines = "".join(f"  - {{{change}, why: Because we do., until: {UNTIL}}}\n" for change in changes)
    head = f"title: {name}\nid: {name}\nkind: protocol\nversion: 0.2.0\nstatus: draft\n"
    return f"{head}extends: {extends}\nchanges:\n{lines}why: Because.\n"


def files(*changes: str) -> dict[str, str]:
    """Two guidelines with an answer each, the lowest protocol, and an overlay called hospital."""
    lowest = BASE["protocols/default.yaml"].replace("[ours]", "[ours, theirs]")
    return {
        "questions.yaml": "crs.anti-il6: {title: When}\n",
        "guidelines/theirs/guideline.yaml": "title: T\nid: theirs\npublisher: T\n",
        "guidelines/theirs/tocilizumab.yaml": THEIRS,
        "protocols/default.yaml": f"{lowest}prefers:\n  crs.anti-il6: [ours, theirs]\n",
        "protocols/hospital.yaml": protocol("hospital", "default", *changes),
    }


def made(*changes: str, at: str = "hospital", day: date | None = None, more: dict[str, str] | None = None) -> Knowledge:
    """The knowledge of a protocol, by default that of the hospital with some changes."""
    return compile_knowledge(content(FACTS, [CRS, TOCILIZUMAB, RESPONSE], files(*changes) | (more or {})), at, day)


def answers(known: Knowledge, what: Course | dict[str, Any]) -> dict[str, str]:
    """The status of each advice."""
    return {each.rule: each.status for each in assessed(known, what).recommendations}


def refused(*changes: str, more: dict[str, str] | None = None) -> list[str]:
    """The codes of what is wrong with some changes."""
    with pytest.raises(KnowledgeError) as error:
        made(*changes, more=more)
    return [each.code for each in error.value.problems]


# --- settings ---------------------------------------------------------------------------------------------------------

LOWER = "set: ours.tocilizumab.start_at_grade, to: 1"


def test_a_setting_moves_for_the_overlay_alone() -> None:
    """Grade 1 is treated there and nowhere else."""
    assert answers(made(LOWER), FEVER) == {"ours.tocilizumab": "recommended"}
    assert answers(made(LOWER, at="default"), FEVER) == {"ours.tocilizumab": "not_recommended"}


@pytest.mark.parametrize(("to", "hours"), [("12 h", 12), ("0.5 d", 12), ("48 h", 48), ("2 d", 48)])
def test_both_ends_of_what_a_setting_may_be_are_allowed_in_any_unit(to: str, hours: int) -> None:
    """And the line that reads it is exact to the second at its new value."""
    known = made(f"set: response.window, to: {to}")
    given = dose("03T00:00", "tocilizumab")
    border = f"{3 + hours // 24:02}T{hours % 24:02}:00"
    before = f"{3 + (hours - 1) // 24:02}T{(hours - 1) % 24:02}:59:59"
    assert assessed(known, course(given), border)["response"].value == "refractory"
    assert assessed(known, course(given), before)["response"].value == "too_early"


@pytest.mark.parametrize("to", ["11.999999 h", "48.000001 h", "3 d"])
def test_beyond_the_ends_it_is_refused(to: str) -> None:
    """By a millionth of an hour as well."""
    assert refused(f"set: response.window, to: {to}") == ["outside-may-be"]


def test_a_set_to_what_it_was_changes_no_answer() -> None:
    """Findings and advice are those of the protocol below."""
    same = ["set: ours.tocilizumab.start_at_grade, to: 2", "set: response.window, to: 24 h"]
    for facts in (ILL, FEVER, {"age": "50 a"}):
        here, below = assessed(made(*same), facts), assessed(made(*same, at="default"), facts)
        assert (here.findings, here.recommendations) == (below.findings, below.recommendations)


def test_what_is_shown_of_a_line_is_the_new_value() -> None:
    """The rule in force holds it, and the rule as published does not."""
    known = made(LOWER)
    (setting,) = known.rules["ours.tocilizumab"].header.settings
    assert setting.value == 1_000_000
    published = {each.header.id: each for each in known.content.rules}["ours.tocilizumab"]
    assert [each.value for each in published.header.settings] == [2_000_000]


def test_what_nobody_may_change_is_refused_all_at_once() -> None:
    """Grades, invariants, unknown rules and settings, and settings of a rule that has none of that name."""
    more = {"guidelines/ours/limit.yaml": limit("ours.limit", "{give: tocilizumab}", "- age >= 18 a")}
    changes = ["set: crs.start, to: 1", "withhold: crs", "withhold: ours.limit", "set: response.windw, to: 12 h"]
    codes = refused(*changes, "withhold: ours.tocilizumb", more=more)
    assert codes.count("not-changeable") == 3
    assert sorted(set(codes)) == ["not-changeable", "unknown-rule", "unknown-setting"]


# --- withholding ------------------------------------------------------------------------------------------------------

WITHHOLD = "withhold: ours.tocilizumab"


def test_what_is_withheld_is_no_advice_and_is_said() -> None:
    """With the reason of the institution."""
    found = assessed(made(WITHHOLD, "prefer: crs.anti-il6, to: [theirs]"), ILL)
    assert [each.rule for each in found.recommendations] == ["theirs.tocilizumab"]
    assert found.recommendations[0].alternatives == [
        Alternative("ours.tocilizumab", "recommended", "ours.tocilizumab", "withheld by the protocol")
    ]
    assert [(each.rule, each.says, each.status) for each in found.notices] == [
        ("ours.tocilizumab", "Withheld here by hospital: Because we do.", "holds")
    ]


def test_withholding_the_preferred_answer_promotes_no_other() -> None:
    """No other answers until it is preferred; the notice says why there is none."""
    found = assessed(made(WITHHOLD), ILL)
    assert "theirs.tocilizumab" not in [each.rule for each in found.recommendations]
    assert [each.rule for each in found.notices] == ["ours.tocilizumab"]


def test_withholding_changes_nothing_below() -> None:
    """The protocol that is extended still answers."""
    found = assessed(made(WITHHOLD, at="default"), ILL)
    assert ([each.rule for each in found.recommendations], found.notices) == (["ours.tocilizumab"], [])


# --- preferences ------------------------------------------------------------------------------------------------------


def test_a_preference_of_the_overlay_replaces_the_one_below() -> None:
    """Whole, for that question alone."""
    known = made("prefer: crs.anti-il6, to: [theirs, ours]")
    assert answers(known, ILL) == {"theirs.tocilizumab": "recommended"}
    assert answers(made("prefer: crs.anti-il6, to: [theirs, ours]", at="default"), ILL) == {
        "ours.tocilizumab": "recommended"
    }


def test_a_preference_of_the_overlay_may_be_for_some() -> None:
    """As one of the lowest protocol may be."""
    known = made("prefer: crs.anti-il6, to: [{guideline: theirs, for: age >= 60 a}, ours]")
    assert answers(known, ILL) == {"ours.tocilizumab": "recommended"}
    assert answers(known, ILL | {"age": "60 a"}) == {"theirs.tocilizumab": "recommended"}


# --- local rules ------------------------------------------------------------------------------------------------------


def test_a_local_limit_withholds_there_and_nowhere_else() -> None:
    """It guards what everybody's rules advise."""
    child = ILL | {"age": "12 a"}
    found = assessed(made(ADD, more=LOCAL_FILES), child).recommendations
    assert [(each.status, [held.invariant for held in each.withheld_by]) for each in found] == [
        ("withheld", ["hospital.tocilizumab"])
    ]
    assert answers(made(ADD, at="default", more=LOCAL_FILES), child) == {"ours.tocilizumab": "recommended"}
    assert answers(made(ADD, more=LOCAL_FILES), ILL) == {"ours.tocilizumab": "recommended"}


def test_a_local_limit_is_in_force_in_what_extends_the_overlay() -> None:
    """A ward of the hospital keeps the hospital's limits."""
    more = LOCAL_FILES | {"protocols/ward.yaml": protocol("ward", "hospital", LOWER)}
    assert answers(made(ADD, at="ward", more=more), FEVER | {"age": "12 a"}) == {"ours.tocilizumab": "withheld"}


def test_a_local_answer_needs_a_preference_and_then_answers() -> None:
    """Nobody wins by being local."""
    local = TOCILIZUMAB.replace("ours.tocilizumab", "hospital.tocilizumab").replace("ST-01", "HO-01")
    more = LOCAL_FILES | {"protocols/hospital/tocilizumab.yaml": local}
    lowest = BASE["protocols/default.yaml"]
    alone = more | {"protocols/default.yaml": lowest, "guidelines/theirs/tocilizumab.yaml": THEIRS}
    assert refused(ADD, more=alone) == ["no-preference"]
    known = made(ADD, "prefer: crs.anti-il6, to: [hospital, ours]", more=more)
    assert answers(known, ILL) == {"hospital.tocilizumab": "recommended"}


# --- one on another ---------------------------------------------------------------------------------------------------


def test_of_two_overlays_the_upper_one_has_the_last_word() -> None:
    """What it does not touch stays as the one below it says."""
    more = {"protocols/ward.yaml": protocol("ward", "hospital", "set: ours.tocilizumab.start_at_grade, to: 2")}
    changes = [LOWER, "set: response.window, to: 12 h"]
    ward, hospital = made(*changes, at="ward", more=more), made(*changes, more=more)
    assert answers(ward, FEVER) == {"ours.tocilizumab": "not_recommended"}
    assert answers(hospital, FEVER) == {"ours.tocilizumab": "recommended"}
    late = course(dose("03T00:00", "tocilizumab"))
    assert assessed(ward, late, "03T12:00")["response"].value == "refractory"
    assert [each.id for each in ward.overlays] == ["hospital", "ward"]


def test_two_overlays_beside_each_other_do_not_touch() -> None:
    """What one hospital adds or sets is not there for the other."""
    more = LOCAL_FILES | {"protocols/clinic.yaml": protocol("clinic", "default", LOWER)}
    child = FEVER | {"age": "12 a"}
    assert answers(made(ADD, at="clinic", more=more), child) == {"ours.tocilizumab": "recommended"}
    assert answers(made(ADD, more=more), child) == {"ours.tocilizumab": "not_recommended"}


def test_protocols_that_extend_each_other_or_nobody_are_refused() -> None:
    """A circle has no lowest protocol, and a name that nobody has is none."""
    circle = {
        "protocols/hospital.yaml": protocol("hospital", "ward", LOWER),
        "protocols/ward.yaml": protocol("ward", "hospital", LOWER),
    }
    assert refused(more=circle) == ["cycle"]
    assert refused(more={"protocols/hospital.yaml": protocol("hospital", "hospital", LOWER)}) == ["cycle"]
    assert refused(more={"protocols/hospital.yaml": protocol("hospital", "nobody", LOWER)}) == ["unknown-protocol"]


# --- what is said of it -----------------------------------------------------------------------------------------------


def test_the_result_names_the_protocol_and_every_overlay_with_its_digest() -> None:
    """Two institutions cannot be mistaken for each other, nor two versions of one."""
    known = made(LOWER)
    said = assessed(known, ILL).result.knowledge
    assert (said.protocol.id, said.protocol.version) == ("hospital", "0.2.0")
    (overlay,) = said.overlays
    assert overlay == f"hospital 0.2.0 {known.overlays[0].digest}"
    other = assessed(made("set: ours.tocilizumab.start_at_grade, to: 2"), ILL).result.knowledge
    assert other.overlays != said.overlays
    assert assessed(made(LOWER, at="default"), ILL).result.knowledge.overlays == []


@pytest.mark.parametrize(("day", "said"), [("2027-06-29", False), ("2027-06-30", True), ("2028-01-01", True)])
def test_from_its_day_of_review_on_a_change_says_so_and_goes_on(day: str, said: bool) -> None:
    """A review date and not an off switch."""
    found = assessed(made(LOWER, day=date.fromisoformat(day)), FEVER)
    assert [each.status for each in found.recommendations] == ["recommended"]
    words = "A change of hospital was to be reviewed by 2027-06-30: set ours.tocilizumab.start_at_grade."
    assert [each.says for each in found.notices] == ([words] if said else [])


def test_the_day_of_review_is_that_of_the_course() -> None:
    """Nobody has to name the day: the time of the assessment has one."""
    known = made(LOWER)
    facts = {name: FEVER[name] for name in ("temperature", "shock")}
    old = Course.from_dict(
        {"course": "a", "patient": {"age": "50 a"}, "events": [{"at": "2027-06-30T00:00:00Z", "observed": facts}]}
    )
    assert len(assessed(known, old).notices) == 1
    assert assessed(known, course(observed("03T00:00", **facts)), "03T00:00").notices == []


def test_an_overlay_has_cases_of_its_own() -> None:
    """A case of a rule may name the protocol under which it is run."""
    more = {
        "guidelines/ours/rule-1.cases.yaml": (
            "rule: ours.tocilizumab\ncases:\n"
            "  - name: Fever is enough there\n    protocol: hospital\n    given: {temperature: 39 Cel, shock: false}\n"
            "    expect: {status: recommended}\n"
        )
    }
    (case,) = made(LOWER, more=more).content.cases
    assert (case.rule, case.protocol) == ("ours.tocilizumab", "hospital")
