"""The plan: one regimen of each class of which only one may run, and which advice it covers."""

from typing import Any

import pytest

from clinguide.compile import Knowledge
from clinguide.course import Course
from clinguide.results import Planned
from small_knowledge import DRUGS, advice, assessed, course, event, grade, knowledge, limit, observed

FACTS = """\
age: {title: Age, type: number, unit: a}
weight: {title: Weight, type: number, unit: kg}
product: {title: Product, type: code, codes: [axi-cel]}
shock: {title: Shock, type: boolean, fresh_for: 8 h}
confusion: {title: Confusion, type: boolean, fresh_for: 8 h}
tocilizumab_doses: {title: Tocilizumab doses, type: count, derived: doses of tocilizumab}
"""
CRS = grade("crs", "rows:\n  - {grade: 2, when: shock is true}\n")
ILL = {"age": "50 a", "weight": "80 kg", "shock": True, "confusion": True}


def give(name: str, amount: str, when: str = "shock is true", drug: str = "dexamethasone", verb: str = "give") -> str:
    """The advice to give a corticosteroid."""
    do = f"- {{{verb}: {drug}, route: intravenous, dose: {{{amount}}}}}"
    return advice(f"ours.{name}", f"- {when}", do, "for: [age >= 18 a]\n")


def planned(*rules: str, what: Course | dict[str, Any] = ILL, drugs: str = DRUGS) -> list[Planned]:
    """The plan of some rules."""
    made: Knowledge = knowledge(FACTS, [CRS, *rules], {"drugs.yaml": drugs})
    return assessed(made, what).plan


def one(stands: str, *covers: str) -> list[Planned]:
    """A plan of one corticosteroid."""
    return [Planned("systemic-corticosteroid", f"ours.{stands}", [f"ours.{each}" for each in covers])]


LESS = give("less", "amount: 10 mg, every: 12 h")
MORE = give("more", "amount: 10 mg, every: 6 h", "confusion is true")


def test_without_advice_there_is_no_plan() -> None:
    """A class of which nothing is advised has no line."""
    assert planned(LESS, what=ILL | {"shock": False}) == []


def test_a_drug_of_no_such_class_has_no_plan() -> None:
    """Only a class of which one regimen may run is planned."""
    assert planned(advice("ours.other", "- shock is true", "- give: tocilizumab")) == []


def test_alone_it_covers_nothing() -> None:
    """One advice stands by itself."""
    assert planned(LESS) == one("less")


def test_of_two_the_more_intensive_stands() -> None:
    """40 mg a day cover 20 mg a day, in whatever order the rules are written."""
    assert planned(LESS, MORE) == planned(MORE, LESS) == one("more", "less")


def test_intensity_is_that_of_a_day_and_not_of_a_dose() -> None:
    """20 mg once a day are less than 10 mg every 6 h."""
    assert planned(MORE, give("once", "amount: 20 mg, every: 24 h")) == one("more", "once")
    assert planned(LESS, give("divided", "amount: 30 mg, per: day, divided: every 6 h")) == one("divided", "less")


@pytest.mark.parametrize(
    ("amount", "plan"),
    [
        ("amount: 125 mg, every: 24 h", one("more", "methyl")),
        ("amount: 214 mg, every: 24 h", one("methyl", "more")),
        ("amount: 1 g, every: 24 h", one("methyl", "more")),
    ],
)
def test_drugs_of_the_class_are_compared_by_their_equivalence(amount: str, plan: list[Planned]) -> None:
    """40 mg of dexamethasone are 213.3 mg of methylprednisolone."""
    assert planned(MORE, give("methyl", amount, drug="methylprednisolone")) == plan


def test_a_dose_by_weight_counts_with_the_weight() -> None:
    """1 mg/kg at 80 kg is 80 mg."""
    assert planned(MORE, give("heavy", "amount: 1 mg/kg, every: 24 h")) == one("heavy", "more")


def test_of_a_range_the_upper_end_counts() -> None:
    """10 to 30 mg every 12 h may be 60 mg a day."""
    assert planned(MORE, give("range", "amount: 10 mg to 30 mg, every: 12 h")) == one("range", "more")


def test_equal_regimens_stand_by_their_name() -> None:
    """The plan does not depend on the order of files."""
    again = give("again", "amount: 20 mg, every: 12 h")
    assert planned(MORE, again) == planned(again, MORE) == one("again", "more")


def test_an_interval_beside_the_dose_counts_as_well() -> None:
    """`every:` may stand beside the dose."""
    do = "- {give: dexamethasone, route: intravenous, every: 4 h, dose: {amount: 10 mg}}"
    beside = advice("ours.beside", "- shock is true", do, "for: [age >= 18 a]\n")
    assert planned(MORE, beside) == one("beside", "more")


def test_what_is_sure_stands_before_what_is_to_be_confirmed_first() -> None:
    """An open limit leaves the larger dose below the one that can be given now."""
    open_ = limit("ours.open", "{give: methylprednisolone}", "- tocilizumab_doses >= 1")
    large = give("large", "amount: 1 g, every: 24 h", drug="methylprednisolone")
    assert planned(MORE, large, open_) == one("more", "large")


def test_what_is_withheld_or_not_recommended_is_not_planned() -> None:
    """Neither stands, nor is it covered."""
    never = limit("ours.never", "{give: methylprednisolone}", "- shock is false")
    large = give("large", "amount: 1 g, every: 24 h", drug="methylprednisolone")
    assert planned(MORE, large, never) == one("more")
    assert planned(LESS, MORE, what=ILL | {"confusion": False}) == one("less")
    assert planned(LESS, MORE, what={name: value for name, value in ILL.items() if name != "confusion"}) == one("less")


def test_what_is_to_be_stopped_is_no_regimen() -> None:
    """Neither the verb nor a taper that has come to its end gives anything."""
    stop = advice("ours.stop", "- shock is true", "- stop: dexamethasone")
    assert planned(stop) == []
    ended = advice(
        "ours.ended",
        "- confusion is true",
        "- give: methylprednisolone\n  steps:\n    - {amount: 1 g, every: 24 h, until: shock is true}\n",
        "for: [age >= 18 a]\n",
    )
    order = {"drug": "methylprednisolone", "dose": "1 g", "every": "24 h", "route": "intravenous"}
    signs = {name: ILL[name] for name in ("shock", "confusion")}
    patient = {"age": "50 a", "weight": "80 kg"}
    running = course(event("02T00:00", started=order), observed("03T00:00", **signs), patient=patient)
    found = assessed(knowledge(FACTS, [CRS, ended, LESS]), running)
    (taper,) = [each for each in found.recommendations if each.rule == "ours.ended"]
    assert [each.state for each in taper.do] == ["stop"]
    assert found.plan == one("less")


def test_a_rule_that_advises_two_regimens_covers_itself_not() -> None:
    """It is named once."""
    two = advice(
        "ours.two",
        "- shock is true",
        "- {give: dexamethasone, dose: {amount: 10 mg, every: 6 h}}\n"
        "- {give: methylprednisolone, dose: {amount: 1 g, every: 24 h}}",
        "for: [age >= 18 a]\n",
    )
    assert planned(two, MORE) == one("two", "more")


def test_each_class_has_its_own_line() -> None:
    """Two classes, two regimens."""
    drugs = DRUGS.replace("title: Drug against cytokines", "title: Drug against cytokines, one_regimen: true")
    anakinra = give("anakinra", "amount: 100 mg, every: 6 h", drug="anakinra")
    made = {each.class_: (each.stands, each.covers) for each in planned(MORE, LESS, anakinra, drugs=drugs)}
    assert made == {
        "anticytokine": ("ours.anakinra", ["ours.more", "ours.less"]),
        "systemic-corticosteroid": ("ours.more", ["ours.less"]),
    }


def test_every_steroid_advised_is_in_the_plan_once() -> None:
    """What stands and what is covered are together exactly what is advised."""
    rules = [give(f"r{number}", f"amount: {number} mg, every: 12 h") for number in (3, 1, 4, 15, 9, 2, 6)]
    (line,) = planned(*rules)
    assert (line.stands, line.covers[0], line.covers[-1]) == ("ours.r15", "ours.r9", "ours.r1")
    assert len(line.covers) == len(set(line.covers)) == 6
