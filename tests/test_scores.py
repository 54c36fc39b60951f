"""Scores: formulas by case, what leaves them open, the bounds of points, and the bands between bounds."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinguide.compile import Knowledge
from clinguide.results import Finding
from small_knowledge import assessed, grade, knowledge, rule

FACTS = """\
sex: {title: Sex, type: code, codes: [male, female, other]}
age: {title: Age, type: number, unit: a}
weight: {title: Weight, type: number, unit: kg}
creatinine: {title: Creatinine, type: number, unit: mg/dL}
platelets: {title: Platelets, type: number, unit: 10*9/L}
fever: {title: Fever, type: boolean}
shock: {title: Shock, type: boolean}
"""
CLEARANCE = rule(
    "clearance",
    "score",
    """
    formulas:
      - when: sex is male
        formula: (140 - age) * weight / (72 * creatinine)
      - otherwise: true
        formula: 0.85 * (140 - age) * weight / (72 * creatinine)
    with: {age: a, weight: kg, creatinine: mg/dL}
    unit: mL/min
    bands:
      - {at_least: 60 mL/min, band: normal}
      - {at_least: 30 mL/min, band: reduced}
      - {otherwise: true, band: severe}
    """,
)
RISK = rule(
    "risk",
    "score",
    """
    points:
      marrow:
        - {when: platelets < 75 10*9/L, points: 2}
        - {when: platelets <= 175 10*9/L, points: 1}
        - {otherwise: true, points: 0}
      heat:
        - {when: fever is true, points: 1.5}
        - {otherwise: true, points: -0.5}
    bands:
      - {at_least: 2, band: high}
      - {otherwise: true, band: low}
    """,
)
MADE = knowledge(FACTS, [CLEARANCE, RISK])
MAN: dict[str, Any] = {"sex": "male", "age": "60 a", "weight": "72 kg", "creatinine": "1 mg/dL"}


def found(name: str, made: Knowledge = MADE, **facts: Any) -> Finding:
    """What a score said of some facts."""
    return assessed(made, facts)[name]


def ends(finding: Finding) -> tuple[Any, Any]:
    """The bounds of a score."""
    return finding.at_least, finding.at_most


# --- formulas by case -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sex", "value"), [("male", "80 mL/min"), ("female", "68 mL/min"), ("other", "68 mL/min")])
def test_the_formula_of_the_case_that_holds_is_the_score(sex: str, value: str) -> None:
    """The first that holds; `otherwise` is every other case."""
    finding = found("clearance", **MAN | {"sex": sex})
    assert (finding.status, finding.value, finding.band) == ("determined", value, "normal")


def test_where_the_case_is_not_known_both_values_stand_as_a_range() -> None:
    """Not one of them, and not nothing: the least and the most that it can be."""
    for sex in ({"sex": "unknown"}, {}):
        facts = {name: value for name, value in MAN.items() if name != "sex"}
        finding = found("clearance", **facts | sex)
        assert (finding.status, finding.value, *ends(finding)) == ("undetermined", None, "68 mL/min", "80 mL/min")
        assert finding.band == "normal"
        assert [each.element for each in finding.missing] == ["sex"]


def test_a_range_across_a_band_has_none() -> None:
    """51 or 60 mL/min: reduced or normal."""
    finding = found("clearance", **MAN | {"sex": "unknown", "weight": "54 kg"})
    assert (*ends(finding), finding.band) == ("51 mL/min", "60 mL/min", None)


def test_a_case_that_is_not_reached_does_not_widen_the_range() -> None:
    """Below the first that certainly holds nothing is possible."""
    three = CLEARANCE.replace("  - otherwise: true\n    formula", "  - when: sex is female\n    formula", 1).replace(
        "with:", "  - otherwise: true\n    formula: 1000 * weight\nwith:"
    )
    made = knowledge(FACTS, [three])
    assert found("clearance", made, **MAN).value == "80 mL/min"
    assert found("clearance", made, **MAN | {"sex": "female"}).value == "68 mL/min"
    assert found("clearance", made, **MAN | {"sex": "other"}).value == "72000 mL/min"


def test_where_no_case_holds_there_is_no_value() -> None:
    """Cases that do not cover everybody leave the others without a value."""
    alone = rule("alone", "score", "formulas:\n  - {when: sex is male, formula: weight}\nwith: {weight: kg}\n")
    made = knowledge(FACTS, [alone])
    assert found("alone", made, **MAN).value == "72"
    for sex in ("female", "unknown"):
        finding = found("alone", made, **MAN | {"sex": sex})
        assert (finding.status, finding.value, *ends(finding)) == ("undetermined", None, None, None)


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({"creatinine": "unknown"}, ["creatinine"]),
        ({"creatinine": "unknown", "sex": "unknown"}, ["creatinine", "sex"]),
    ],
)
def test_an_unknown_term_leaves_every_case_open(facts: dict[str, Any], missing: list[str]) -> None:
    """Each that is missing is named."""
    finding = found("clearance", **MAN | facts)
    assert (finding.value, *ends(finding), finding.band) == (None, None, None, None)
    assert sorted(each.element for each in finding.missing) == missing


def test_division_by_zero_is_undetermined_and_no_error() -> None:
    """A term of 0 below the line gives no number, whatever stands above it."""
    for weight in ("72 kg", "0 kg"):
        finding = found("clearance", **MAN | {"creatinine": "0 mg/dL", "weight": weight})
        assert (finding.status, finding.value, *ends(finding)) == ("undetermined", None, None, None)


def test_a_case_that_divides_by_zero_opens_the_range_of_both() -> None:
    """Where it is not known which case it is, the one without a value leaves no bound."""
    two = rule(
        "two",
        "score",
        "formulas:\n  - {when: fever is true, formula: weight / creatinine}\n  - {otherwise: true, formula: weight}\n"
        "with: {weight: kg, creatinine: mg/dL}\n",
    )
    made = knowledge(FACTS, [two])
    facts: dict[str, Any] = {"weight": "72 kg", "creatinine": "0 mg/dL"}
    assert found("two", made, **facts, fever=False).value == "72"
    assert ends(found("two", made, **facts)) == (None, None)


whole = st.integers(1, 200)


@given(st.sampled_from(["male", "female", "other", None]), whole, whole, whole)
def test_a_formula_is_computed_exactly_and_rounded_once(
    sex: str | None, age: int, weight: int, creatinine: int
) -> None:
    """What plain fractions give, rounded half to even to a millionth."""
    facts: dict[str, Any] = {"age": f"{age} a", "weight": f"{weight} kg", "creatinine": f"{creatinine} mg/dL"}
    finding = found("clearance", MADE, **facts, **({"sex": sex} if sex else {}))
    man = Fraction((140 - age) * weight, 72 * creatinine)
    woman = man * Fraction(85, 100)
    expected = {"male": {man}, "female": {woman}, "other": {woman}, None: {man, woman}}[sex]
    values = [finding.value] if finding.value is not None else [finding.at_least, finding.at_most]
    assert [Fraction(str(each).split()[0]) for each in values] == sorted(
        {Fraction(round(each * 10**6), 10**6) for each in expected}
    )


# --- points and bands -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("platelets", "fever", "value", "band"),
    [
        ("74.999999 10*9/L", True, "3.5", "high"),
        ("75 10*9/L", True, "2.5", "high"),
        ("175 10*9/L", False, "0.5", "low"),
        ("175.000001 10*9/L", False, "-0.5", "low"),
        ("74 10*9/L", False, "1.5", "low"),
    ],
)
def test_points_are_those_of_the_first_row_of_each_item(platelets: str, fever: bool, value: str, band: str) -> None:
    """Summed exactly, to either side of each threshold."""
    finding = found("risk", platelets=platelets, fever=fever)
    assert (finding.status, finding.value, finding.band) == ("determined", value, band)


@pytest.mark.parametrize(
    ("facts", "bounds", "band", "missing"),
    [
        ({"fever": True}, ("1.5", "3.5"), None, ["platelets"]),
        ({"fever": False}, ("-0.5", "1.5"), "low", ["platelets"]),
        ({"platelets": "74 10*9/L"}, ("1.5", "3.5"), None, ["fever"]),
        ({"platelets": "200 10*9/L"}, ("-0.5", "1.5"), "low", ["fever"]),
        ({}, ("-0.5", "3.5"), None, ["fever", "platelets"]),
    ],
)
def test_an_unknown_item_has_its_least_and_its_most(
    facts: dict[str, Any], bounds: tuple[str, str], band: str | None, missing: list[str]
) -> None:
    """Bounds of the sum, and a band only where all of them lie in it."""
    finding = found("risk", **facts)
    assert (finding.status, ends(finding), finding.band) == ("undetermined", bounds, band)
    assert sorted(each.element for each in finding.missing) == missing


def test_an_open_row_between_equal_points_leaves_none_open() -> None:
    """Where every row that could be the first gives the same points, the item is decided."""
    same = RISK.replace("points: 1.5", "points: -0.5")
    finding = found("risk", knowledge(FACTS, [same]), platelets="200 10*9/L")
    assert (finding.status, finding.value) == ("determined", "-0.5")


def test_a_band_begins_with_its_number() -> None:
    """`at_least` includes the number itself; a millionth below is the band below."""
    exact = rule(
        "exact",
        "score",
        "formula: weight\nwith: {weight: kg}\nbands:\n"
        "  - {at_least: 40, band: high}\n  - {at_least: 20, band: middle}\n  - {otherwise: true, band: low}\n",
    )
    made = knowledge(FACTS, [exact])
    for weight, band in (("40", "high"), ("39.999999", "middle"), ("20", "middle"), ("19.999999", "low")):
        assert found("exact", made, weight=f"{weight} kg").band == band


def test_a_score_is_read_as_its_number_and_as_its_band() -> None:
    """Others compare it as a number, and with `is` as its band; between bounds both may be open."""
    by = grade("by", "rows:\n  - {grade: 2, when: risk >= 3.5}\n  - {grade: 1, when: risk is high}\n")
    made = knowledge(FACTS, [RISK, by])
    assert found("by", made, platelets="74 10*9/L", fever=True).value == 2
    assert found("by", made, platelets="80 10*9/L", fever=True).value == 1
    assert found("by", made, platelets="80 10*9/L", fever=False).value == 0
    assert found("by", made, fever=False).value == 0
    assert found("by", made, platelets="80 10*9/L").possible == [0, 1]
