"""Reading a knowledge folder: what its files say becomes frozen values, and nothing is lost or guessed on the way."""

import os
import random
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent
from typing import Any
from unittest import mock

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinguide.condition import AllOf, AnyOf, AtLeast, Line, NoneOf, Number
from clinguide.model import (
    Amount,
    Assumption,
    ClassificationRule,
    Content,
    DerivedRows,
    DerivedText,
    Element,
    GradeRule,
    InvariantRule,
    NoticeRule,
    RecommendationRule,
    ScoreRule,
    Setting,
)
from clinguide.problems import KnowledgeError, Problem
from clinguide.read import read

KNOWLEDGE = Path(__file__).parents[1] / "knowledge"
HOUR = 3_600_000_000
MICRO = 1_000_000

ELEMENTS = """\
temperature:
  title: Body temperature
  type: number
  unit: Cel
  plausible: 77 degF to 45 Cel
  step: 0.1 Cel
  fresh_for: 8 h
  worse: higher
  coding: {loinc: 8310-5}
seizure:
  title: Worst seizure
  type: code
  codes: [none, clinical]
  worse: [none, clinical]
  counts_for: 1.5 d
  assume: {value: none}
fever_has_other_cause:
  title: The fever has another proven cause
  type: boolean
  cause: true
  assume: {value: false, even_if_unknown: true, unless: time_since_infusion > 14 d}
hypotension:
  title: Hypotension
  type: boolean
  charted_wins: true
  settings:
    limit: {value: 90 mmHg, may_be: 80 mmHg to 100 mmHg, cautious: higher}
  derived:
    rows:
      - {when: age < 1 a, is: unknown}
      - all:
          - systolic_lowest < limit
        is: true
      - {otherwise: true, is: false}
fluid_boluses:
  title: Fluid boluses
  type: count
  derived:
    rows:
      - {when: hypotension is true, is: 2 + 1}
      - {otherwise: true, is: 0}
ice_score:
  title: ICE score
  type: count
  derived: ice.total
  unusable:
    - hypotension is true
    - seizure in (clinical)
oxygen_fraction:
  title: Oxygen breathed in
  type: number
  unit: "%"
  assume: {value: 21 %}
shock:
  title: Shock
  type: boolean
  derived:
    - hypotension is true
    - none_of:
        - seizure is clinical
"""
HEAD = """\
title: {id}
id: {id}
kind: {kind}
version: 1.0.0
status: draft
states: [AA-01]
why: |
  Because of this.
"""


def rule(id_: str, kind: str, rest: str) -> str:
    """The text of a rule file."""
    return HEAD.format(id=id_, kind=kind) + dedent(rest)


FILES: Mapping[str, str] = {
    "elements/all.yaml": ELEMENTS,
    "elements/contradictions.yaml": dedent("""\
        - all:
            - seizure is clinical
            - ice_score > 0
          readings: [seizure, ice_score]
          says: Both cannot be.
        """),
    "drugs.yaml": dedent("""\
        dexamethasone:
          title: Dexamethasone
          class: systemic-corticosteroid
          equivalence: {dexamethasone-equivalent: 1, hydrocortisone-equivalent: 26.667}
          covers: 24 h
          coding: {rxnorm: "3264"}
        systemic-corticosteroid:
          title: Systemic corticosteroid
          class: anticytokine
          one_regimen: true
          routes: [intravenous, oral]
        """),
    "actions.yaml": dedent("""\
        blood-cultures: {title: Blood cultures, done_for: 24 h}
        work-up: {title: Work-up, parts: [blood-cultures]}
        """),
    "questions.yaml": "crs.steroid: {title: When}\n",
    "sources.yaml": "book: {title: A book, authors: Us, in: Here 2020, doi: 10.1000/1, pmid: '12'}\n",
    "guidelines/ours/guideline.yaml": dedent("""\
        title: Ours
        id: ours
        publisher: Us
        sources: [book]
        published: 2021-11-01
        effective: {from: 2021-11-01, to: 2022-01-01}
        graded_with: ours
        """),
    "guidelines/ours/statements.yaml": dedent("""\
        - id: AA-01
          says: So.
          source: book, page 1
          read: primary
          confidence: high
        """),
    "guidelines/ours/grade.yaml": rule(
        "crs.grade",
        "grade",
        """\
        require:
          any:
            - temperature >= 38 Cel
            - crs_diagnosed is true
          label: fever, or CRS known
        rows:
          - grade: 4
            label: two of three
            at_least: 2
            of:
              - sign_a is true
              - sign_b is true
              - sign_c is true
          - grade: 1
            states: [AA-02]
            when: temperature >= 38 Cel
        notices:
          - when: hypotension is true
            says: Shock.
            urgent: true
        """,
    ),
    "guidelines/ours/grade.cases.yaml": dedent("""\
        rule: crs.grade
        common:
          temperature: 38.50 Cel
          vasopressors: []
        cases:
          - name: Fever
            expect: {grade: 1}
          - name: No fever
            given: {temperature: 37 Cel, count: 1.50}
            expect: {grade: 0, missing: [hypotension]}
          - name: A course
            course: {course: one, events: []}
            at: 2026-03-04T09:00:00Z
            as_of: 2026-03-04
            protocol: default
            expect: {at_least: 1}
        """),
    "guidelines/ours/formula.yaml": rule(
        "easix",
        "score",
        """\
        formula: ldh * creatinine / platelets
        with: {ldh: U/L, creatinine: mg/dL, platelets: 10*9/L}
        """,
    ),
    "guidelines/ours/points.yaml": rule(
        "car-hematotox",
        "score",
        """\
        points:
          platelets:
            - {when: platelets < 75 10*9/L, points: 2}
            - {otherwise: true, points: 0.5}
        bands:
          - {at_least: 2, band: high}
          - {otherwise: true, band: low}
        """,
    ),
    "guidelines/ours/phase.yaml": rule(
        "crs.phase",
        "classification",
        """\
        outcomes:
          - outcome: never
            when: crs_diagnosed is false
          - {outcome: active, otherwise: true}
        """,
    ),
    "guidelines/ours/dose.yaml": rule(
        "ours.dose",
        "recommendation",
        """\
        question: crs.steroid
        for: [age >= 2 a]
        strength: recommend
        certainty: not_stated
        basis: consensus
        within: 1 h
        settings:
          start_at_grade: {value: 2, may_be: 1 to 2, cautious: lower}
          first_drug: {value: siltuximab, may_be: [siltuximab, anakinra]}
        when:
          - crs.grade >= start_at_grade
        do:
          - give: tocilizumab
            route: intravenous
            over: 30 min to 60 min
            for: 3 d
            states: [AA-01]
            dose:
              rows:
                - {when: weight < 30 kg, amount: 12 mg/kg}
                - {when: weight >= 30 kg, amount: 8 mg/kg to 10 mg/kg, every: 12 h, max: 0.4 g}
              max: 800 mg
              round: 1 mg
              otherwise: none
          - give: anakinra
            dose:
              amount: 60 mg/m2
              per: day
              divided: every 8 h
              max_per_day: 400 mg
          - monitor: crs.grade
            every: 4 h
        """,
    ),
    "guidelines/ours/limit.yaml": rule(
        "ours.limit",
        "invariant",
        """\
        guards: {give: tocilizumab, route: intrathecal}
        must: tocilizumab_doses < 4
        otherwise: withhold
        if_unknown: confirm
        instead: Something else.
        """,
    ),
    "guidelines/ours/notice.yaml": rule(
        "ours.notice", "notice", "any: [sign_a is true, sign_b is true]\nsays: Look.\n"
    ),
    "protocols/default.yaml": dedent("""\
        title: Default
        id: default
        kind: protocol
        version: 0.1.0
        status: draft
        uses: [ours]
        prefers:
          crs.steroid:
            - {guideline: ours, for: age >= 18 a}
            - theirs
        why: Nothing else.
        """),
    "README.md": "For people.\n",
    "lock.yaml": "not: [read\n",
}

WHOLE: Mapping[str, str] = {
    **FILES,
    "guidelines/ours/clearance.yaml": rule(
        "creatinine-clearance",
        "score",
        """\
        formulas:
          - {when: sex is male, formula: (140 - age) * weight / (72 * creatinine)}
          - all:
              - sex is female
              - age < 99 a
            formula: 0.85 * (140 - age) * weight / (72 * creatinine)
          - {otherwise: true, formula: 0}
        with: {age: a, weight: kg, creatinine: mg/dL}
        unit: mL/min
        """,
    ),
    "guidelines/ours/pulse.yaml": rule(
        "ours.pulse",
        "recommendation",
        """\
        for: age >= 18 a
        strength: consider
        certainty: not_stated
        basis: case_series
        within: 4 h
        when: crs.grade >= 3
        do:
          - give: methylprednisolone
            route: intravenous
            over: 60 min
            steps:
              - {amount: 500 mg, every: 12 h, for: 3 d}
              - {amount: 1 mg/kg to 2 mg/kg, every: 12 h, for: 5 d, until: crs.grade <= 1}
              - amount: 60 mg
                every: 1 d
          - taper: dexamethasone
            steps:
              - {amount: 10 mg, every: 12 h, until: crs.grade = 0}
              - {amount: 5 mg, every: 12 h}
        """,
    ),
    "guidelines/ours/route.yaml": rule(
        "ours.route",
        "invariant",
        """\
        guards: {verb: hold, object: tocilizumab, route: intrathecal}
        must: tocilizumab_doses < 4
        otherwise: withhold
        if_unknown: withhold
        """,
    ),
    "guidelines/theirs/guideline.yaml": dedent("""\
        title: Theirs
        id: theirs
        publisher: They
        applies:
          all:
            - product is axi-cel
            - age >= 18 a
        """),
    "protocols/hospital.yaml": dedent("""\
        title: Hospital
        id: hospital
        kind: protocol
        version: 0.1.0
        status: draft
        extends: default
        changes:
          - set: ours.dose.start_at_grade
            to: 1
            why: Earlier here.
            until: 2027-06-30
          - {set: hypotension.limit, to: 95.50 mmHg, why: So., until: 2027-06-30}
          - withhold: ours.dose
            why: Not stocked.
            until: 2027-01-31
          - prefer: crs.steroid
            to:
              - theirs
              - {guideline: ours, for: age < 18 a}
            why: Agreed.
            until: 2027-06-30
          - add: hospital.anakinra
            why: Our own limit.
            until: 2028-02-29
        why: Our own thresholds.
        """),
    "protocols/hospital/anakinra.yaml": rule(
        "hospital.anakinra",
        "invariant",
        """\
        guards: {give: anakinra}
        must: daily_dose <= 400 mg/d
        otherwise: withhold
        if_unknown: confirm
        """,
    ),
    "protocols/hospital/anakinra.cases.yaml": dedent("""\
        rule: hospital.anakinra
        cases:
          - name: Within
            given: {daily_dose: 400 mg/d}
            expect: {truth: satisfied}
        """),
    "protocols/hospital/statements.yaml": dedent("""\
        - id: HO-01
          says: So here.
          source: book
          read: primary
          confidence: low
        """),
    "protocols/hospital/README.md": "For people.\n",
}
"""What there is besides: formulas by case, steps, guards by verb and route, an overlay with its own rules."""


def folder_of(files: Mapping[str, str], folder: Path) -> Path:
    """A knowledge folder with these files in it, made in the order given."""
    for path, text in files.items():
        file = folder / "knowledge" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder / "knowledge"


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """What the files of this module say."""
    return read(folder_of(FILES, tmp_path_factory.mktemp("content")))


@pytest.fixture(scope="module")
def overlaid(tmp_path_factory: pytest.TempPathFactory) -> Content:
    """What the files say with an overlay and its rules beside them."""
    return read(folder_of(WHOLE, tmp_path_factory.mktemp("overlaid")))


@pytest.fixture(scope="module")
def shipped() -> Content:
    """What the shipped knowledge says."""
    return read(KNOWLEDGE)


def element(content: Content, name: str) -> Element:
    """The element of a name."""
    return next(each for each in content.elements if each.id == name)


def only(content: Content, kind: type[Any], id_: str | None = None) -> Any:
    """The rule of a kind, and of an id where there are several."""
    return next(each for each in content.rules if isinstance(each, kind) and id_ in (None, each.header.id))


def test_the_shipped_knowledge_reads(shipped: Content) -> None:
    """Every shipped file is knowledge: none is refused, and none is passed over."""
    on_disk = sorted(path for path in KNOWLEDGE.rglob("*.yaml") if path.name != "lock.yaml")
    rules = [
        path
        for path in on_disk
        if path.parts[-3] in ("guidelines", "protocols") and not path.name.endswith(".cases.yaml")
    ]
    assert len(shipped.rules) == len([path for path in rules if path.name not in ("guideline.yaml", "statements.yaml")])
    assert {each.span.file for each in shipped.elements} == {
        f"knowledge/elements/{path.name}" for path in on_disk if path.parent.name == "elements"
    } - {"knowledge/elements/contradictions.yaml"}
    assert shipped.cases
    assert shipped.contradictions


def test_every_shipped_value_knows_its_place(shipped: Content) -> None:
    """The text at the place of a rule or element is its id, so that an audit can name the line."""
    for each in shipped.elements:
        assert each.span.text[each.span.column - 1 : each.span.end - 1] == each.id
    for header in (each.header for each in shipped.rules):
        assert header.span.text[header.span.column - 1 : header.span.end - 1] == header.id


def test_numbers_are_integers_of_the_elements_own_unit(content: Content) -> None:
    """77 degrees Fahrenheit are exactly 25 Celsius; times are microseconds."""
    temperature = element(content, "temperature")
    assert temperature.plausible == (25 * MICRO, 45 * MICRO)
    assert temperature.step == MICRO // 10
    assert temperature.fresh_for == 8 * HOUR
    assert (temperature.worse, temperature.coding) == ("higher", (("loinc", "8310-5"),))
    seizure = element(content, "seizure")
    assert (seizure.counts_for, seizure.worse) == (36 * HOUR, ("none", "clinical"))
    assert seizure.assume == Assumption("none")
    assert element(content, "oxygen_fraction").assume == Assumption(21 * MICRO)


def test_an_assumption_keeps_what_blocks_it(content: Content) -> None:
    """What is assumed, whether against an explicit unknown, and what blocks it."""
    fever = element(content, "fever_has_other_cause")
    assert fever.cause is True
    assert fever.assume is not None
    assert (fever.assume.value, fever.assume.even_if_unknown) == (False, True)
    assert isinstance(fever.assume.unless, Line)
    assert fever.assume.unless.text == "time_since_infusion > 14 d"


def test_a_derivation_is_rows_a_line_or_a_condition(content: Content) -> None:
    """Rows keep their values: unknown is None, a number an expression; a list of lines is a condition."""
    hypotension = element(content, "hypotension")
    assert isinstance(hypotension.derived, DerivedRows)
    assert [row.value for row in hypotension.derived.rows] == [None, True, False]
    assert [row.when is None for row in hypotension.derived.rows] == [False, False, True]
    (limit,) = hypotension.settings
    assert limit == Setting("limit", 90 * MICRO, "mmHg", (80 * MICRO, 100 * MICRO), "higher", limit.span)
    boluses = element(content, "fluid_boluses").derived
    assert isinstance(boluses, DerivedRows)
    assert [row.text for row in boluses.rows] == ["2 + 1", "0"]
    assert boluses.rows[1].value == Number("0")
    assert isinstance(element(content, "ice_score").derived, DerivedText)
    assert len(element(content, "ice_score").unusable) == 2
    shock = element(content, "shock").derived
    assert isinstance(shock, AllOf)
    assert [type(item) for item in shock.items] == [Line, NoneOf]


def test_a_grade_keeps_rows_and_labels_in_order(content: Content) -> None:
    """A row's label is the row's; a condition's label is the condition's."""
    grade = only(content, GradeRule)
    assert isinstance(grade.require, AnyOf)
    assert grade.require.label == "fever, or CRS known"
    assert [(row.grade, row.label, row.states) for row in grade.rows] == [
        (4, "two of three", ()),
        (1, None, ("AA-02",)),
    ]
    assert isinstance(grade.rows[0].when, AtLeast)
    assert (grade.rows[0].when.count, len(grade.rows[0].when.items), grade.rows[0].when.label) == (2, 3, None)
    assert [(notice.says, notice.urgent) for notice in grade.notices] == [("Shock.", True)]
    assert grade.header.why == "Because of this."
    assert grade.header.guideline == "ours"


def test_a_line_stands_where_it_was_written(content: Content) -> None:
    """The place of a condition is the place of its text, so that a caret can stand inside it."""
    line = only(content, GradeRule).rows[1].when
    assert isinstance(line, Line)
    assert line.span.file == "knowledge/guidelines/ours/grade.yaml"
    assert line.span.text[line.span.column - 1 : line.span.end - 1] == line.text == "temperature >= 38 Cel"


def test_scores_have_a_formula_or_points(content: Content) -> None:
    """Units of a formula, points in micro-units, bands with their lowest score."""
    easix = only(content, ScoreRule, "easix")
    assert [row.when for row in easix.formulas] == [None]
    assert easix.units == (("creatinine", "mg/dL"), ("ldh", "U/L"), ("platelets", "10*9/L"))
    points = only(content, ScoreRule, "car-hematotox")
    assert points.formulas == ()
    assert [row.points for row in points.points[0].rows] == [2 * MICRO, MICRO // 2]
    assert [(band.at_least, band.band) for band in points.bands] == [(2 * MICRO, "high"), (None, "low")]


def test_formulas_stand_in_rows(overlaid: Content) -> None:
    """Formulas by case keep their order and their conditions; `otherwise` has none, and each has its own place."""
    score = only(overlaid, ScoreRule, "creatinine-clearance")
    assert [type(row.when) for row in score.formulas] == [Line, AllOf, type(None)]
    assert score.formulas[2].formula == Number("0")
    assert [row.span.line for row in score.formulas] == [10, 14, 15]
    first = score.formulas[0].span
    assert first.text[first.column - 1 : first.end - 1] == "(140 - age) * weight / (72 * creatinine)"
    assert (score.unit, score.units) == ("mL/min", (("age", "a"), ("creatinine", "mg/dL"), ("weight", "kg")))


def test_steps_stand_in_place_of_a_dose(overlaid: Content) -> None:
    """Steps keep amount, interval and both ends; an amount may be a range; the last may have no end."""
    pulse, taper = only(overlaid, RecommendationRule, "ours.pulse").do
    assert (pulse.dose, pulse.every, pulse.duration, pulse.over) == (None, None, None, (HOUR, HOUR))
    first, second, last = pulse.steps
    assert first.amount == Amount(500 * MICRO, 500 * MICRO, "mg", None, "500 mg")
    assert (first.every, first.duration, first.until) == (12 * HOUR, 72 * HOUR, None)
    assert second.amount == Amount(MICRO, 2 * MICRO, "mg", "kg", "1 mg/kg to 2 mg/kg")
    assert second.duration == 120 * HOUR
    assert isinstance(second.until, Line)
    assert second.until.text == "crs.grade <= 1"
    assert (last.every, last.duration, last.until) == (24 * HOUR, None, None)
    assert [first.span.line, second.span.line, last.span.line] == [20, 21, 22]
    assert (taper.verb, len(taper.steps)) == ("taper", 2)
    assert only(overlaid, RecommendationRule, "ours.dose").do[0].steps == ()


def test_a_guard_names_verb_object_and_route(overlaid: Content) -> None:
    """Every key of a guard is kept, since all of them must match."""
    limit = only(overlaid, InvariantRule, "ours.route")
    assert limit.guards == (("object", "tocilizumab"), ("route", "intrathecal"), ("verb", "hold"))


def test_an_overlay_keeps_its_changes(overlaid: Content) -> None:
    """Each change has its target, its new value as written, its reason, and the day of its review."""
    protocol = next(each for each in overlaid.protocols if each.id == "hospital")
    assert (protocol.extends, protocol.uses, protocol.prefers) == ("default", (), ())
    start, limit, withheld, preferred, added = protocol.changes
    assert (start.kind, start.target, start.to) == ("set", "ours.dose.start_at_grade", "1")
    assert (start.why, start.until) == ("Earlier here.", date(2027, 6, 30))
    assert start.span.text[start.span.column - 1 : start.span.end - 1] == start.target
    assert (limit.kind, limit.target, limit.to) == ("set", "hypotension.limit", "95.50 mmHg")
    assert (withheld.kind, withheld.target, withheld.to) == ("withhold", "ours.dose", None)
    assert (preferred.kind, preferred.target, preferred.to) == ("prefer", "crs.steroid", None)
    assert [(each.guideline, each.audience is None) for each in preferred.preferences] == [
        ("theirs", True),
        ("ours", False),
    ]
    assert (added.kind, added.target, added.until) == ("add", "hospital.anakinra", date(2028, 2, 29))
    assert all(each.preferences == () for each in protocol.changes if each is not preferred)
    assert next(each for each in overlaid.protocols if each.id == "default").changes == ()


def test_local_rules_belong_to_their_protocol(overlaid: Content) -> None:
    """Rules, statements and cases below a protocol are read as those of a guideline, under the protocol's id."""
    local = only(overlaid, InvariantRule, "hospital.anakinra")
    assert local.header.guideline == "hospital"
    assert [each.guideline for each in overlaid.statements if each.id == "HO-01"] == ["hospital"]
    assert [each.name for each in overlaid.cases if each.rule == "hospital.anakinra"] == ["Within"]


def test_a_guideline_says_to_whom_it_applies(overlaid: Content) -> None:
    """The condition of a guideline is kept for each of its rules."""
    ours, theirs = overlaid.guidelines
    assert ours.applies is None
    assert isinstance(theirs.applies, AllOf)
    assert [item.text for item in theirs.applies.items if isinstance(item, Line)] == [
        "product is axi-cel",
        "age >= 18 a",
    ]


def test_a_classification_ends_in_otherwise(content: Content) -> None:
    """An outcome without a condition is the last one."""
    outcomes = only(content, ClassificationRule).outcomes
    assert [(each.outcome, each.when is None) for each in outcomes] == [("never", False), ("active", True)]


def test_a_dose_row_is_complete(content: Content) -> None:
    """A row's own keys replace those of the dose; the others are filled in, all in the amount's unit."""
    advice = only(content, RecommendationRule)
    first, second, third = advice.do
    assert (first.verb, first.object, first.route) == ("give", "tocilizumab", "intravenous")
    assert first.over == (HOUR // 2, HOUR)
    assert first.duration == (72 * HOUR, 72 * HOUR)
    assert first.dose is not None
    assert first.dose.otherwise_none
    light, heavy = first.dose.rows
    assert light.amount == Amount(12 * MICRO, 12 * MICRO, "mg", "kg", "12 mg/kg")
    assert (light.maximum, light.rounding, light.every) == (800 * MICRO, MICRO, None)
    assert heavy.amount == Amount(8 * MICRO, 10 * MICRO, "mg", "kg", "8 mg/kg to 10 mg/kg")
    assert (heavy.maximum, heavy.rounding, heavy.every) == (400 * MICRO, MICRO, 12 * HOUR)
    assert second.dose is not None
    (row,) = second.dose.rows
    assert (row.when, row.per_day, row.divided_every, row.maximum_per_day) == (None, True, 8 * HOUR, 400 * MICRO)
    assert row.amount == Amount(60 * MICRO, 60 * MICRO, "mg", "m2", "60 mg/m2")
    assert (third.verb, third.object, third.every, third.dose) == ("monitor", "crs.grade", 4 * HOUR, None)
    assert [setting.value for setting in advice.header.settings] == ["siltuximab", 2 * MICRO]
    assert len(advice.header.audience) == 1


def test_limits_and_notices(content: Content) -> None:
    """An invariant keeps what it guards; a notice of its own keeps its condition."""
    limit = only(content, InvariantRule)
    assert limit.guards == (("give", "tocilizumab"), ("route", "intrathecal"))
    assert (limit.otherwise, limit.if_unknown, limit.instead) == ("withhold", "confirm", "Something else.")
    notice = only(content, NoticeRule)
    assert isinstance(notice.when, AnyOf)
    assert not notice.urgent


def test_what_stands_around_the_rules(content: Content) -> None:
    """Drugs, actions, questions, sources, statements, guidelines and protocols."""
    drug, group = content.drugs
    assert drug.equivalence == (("dexamethasone-equivalent", "1"), ("hydrocortisone-equivalent", "26.667"))
    assert (drug.class_, drug.covers, drug.coding) == ("systemic-corticosteroid", 24 * HOUR, (("rxnorm", "3264"),))
    assert (group.class_, group.one_regimen, group.routes) == ("anticytokine", True, ("intravenous", "oral"))
    assert [(each.id, each.done_for, each.parts) for each in content.actions] == [
        ("blood-cultures", 24 * HOUR, ()),
        ("work-up", None, ("blood-cultures",)),
    ]
    (source,) = content.sources
    assert (source.authors, source.published_in) == ("Us", "Here 2020")
    assert source.details == (("doi", "10.1000/1"), ("pmid", "12"))
    (statement,) = content.statements
    assert (statement.id, statement.guideline, statement.source) == ("AA-01", "ours", "book, page 1")
    (guideline,) = content.guidelines
    assert (guideline.effective_from, guideline.effective_to) == (date(2021, 11, 1), date(2022, 1, 1))
    (protocol,) = content.protocols
    ((question, preferred),) = protocol.prefers
    assert question == "crs.steroid"
    assert [(each.guideline, each.audience is None) for each in preferred] == [("ours", False), ("theirs", True)]
    (contradiction,) = content.contradictions
    assert contradiction.readings == ("seizure", "ice_score")


def test_cases_are_complete_and_exact(content: Content) -> None:
    """What the cases have in common is filled in, and decimals stay as they are written."""
    fever, none, course = content.cases
    assert msgspec.json.decode(fever.given or b"") == {"temperature": "38.50 Cel", "vasopressors": []}
    assert msgspec.json.decode(none.given or b"") == {"temperature": "37 Cel", "vasopressors": [], "count": "1.50"}
    assert msgspec.json.decode(none.expect) == {"grade": 0, "missing": ["hypotension"]}
    assert course.given is None
    assert msgspec.json.decode(course.course or b"") == {"course": "one", "events": []}
    assert (course.at, course.as_of, course.protocol) == ("2026-03-04T09:00:00Z", "2026-03-04", "default")


def test_comments_and_layout_do_not_count(content: Content, tmp_path: Path) -> None:
    """A digest is that of what the file says: a comment, a blank line and quotes change nothing."""
    grade = "guidelines/ours/grade.yaml"
    restyled = "# A comment.\n\n" + FILES[grade].replace("hypotension is true", '"hypotension is true"')
    again = read(folder_of({**FILES, grade: restyled}, tmp_path))
    assert [each.header.digest for each in again.rules] == [each.header.digest for each in content.rules]


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("guidelines/ours/grade.yaml", "temperature >= 38 Cel", "temperature > 38 Cel"),
        ("guidelines/ours/dose.yaml", "800 mg", "900 mg"),
        ("elements/all.yaml", "fresh_for: 8 h", "fresh_for: 9 h"),
        ("elements/all.yaml", "fluid_boluses:", "boluses:"),
        ("drugs.yaml", "26.667", "26.67"),
        ("guidelines/ours/clearance.yaml", "0.85", "0.86"),
        ("guidelines/ours/pulse.yaml", "for: 5 d", "for: 6 d"),
        ("protocols/hospital.yaml", "95.50 mmHg", "95.5 mmHg"),
        ("protocols/hospital/anakinra.yaml", "400 mg/d", "800 mg/d"),
    ],
)
def test_every_word_counts(overlaid: Content, tmp_path: Path, file: str, before: str, after: str) -> None:
    """A digest changes with each thing that a file says."""
    again = read(folder_of({**WHOLE, file: WHOLE[file].replace(before, after)}, tmp_path))
    assert digests(again) != digests(overlaid)


def test_a_number_that_json_cannot_hold_has_a_digest(tmp_path: Path) -> None:
    """A whole number beyond 2^53 keeps its digits: two of them that a float takes for one have two digests."""
    drugs = "a: {{title: A, equivalence: {{b: 1000000000000000000000{}}}}}\n"
    one, other = (read(folder_of({"drugs.yaml": drugs.format(last)}, tmp_path)).drugs for last in "12")
    assert one[0].digest != other[0].digest


def digests(content: Content) -> list[str]:
    """The digests of everything but the cases."""
    rules = [each.header.digest for each in content.rules]
    elements = [each.digest for each in content.elements]
    return [*rules, *elements, *(each.digest for each in content.drugs), *(each.digest for each in content.protocols)]


SPREAD = [f"{name}:\n  title: {name}\n  type: boolean\n" for name in ("one", "two", "three", "four", "five")]


@settings(max_examples=20)  # each reads three folders
@given(st.permutations(SPREAD), st.integers(0, len(SPREAD)), st.randoms(use_true_random=False))
def test_file_order_does_not_matter(entries: list[str], cut: int, order: random.Random) -> None:
    """Reading gives the same content in whatever order a disk lists files, and wherever an element stands."""
    walk = os.walk

    def shuffled(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
        for base, folders, names in walk(folder):
            order.shuffle(folders)
            order.shuffle(names)
            yield base, folders, names

    parts = {"elements/b.yaml": "".join(entries[:cut]), "elements/a.yaml": "".join(entries[cut:])}
    with TemporaryDirectory() as folder:
        made = folder_of({**FILES, **{path: text for path, text in parts.items() if text}}, Path(folder))
        straight = read(made)
        with mock.patch("os.walk", shuffled):
            assert read(made) == straight
    with TemporaryDirectory() as folder:
        together = read(folder_of({**FILES, "elements/a.yaml": "".join(SPREAD)}, Path(folder)))
    assert digests(straight) == digests(together)


ODD = [
    "",
    "~",
    "[]",
    "{}",
    "true",
    "-1",
    "1e9",
    "99999999999999999999999",
    "0.1234567",
    "'x",
    "- x",
    "a: b",
    "é",
    "x" * 99,
]


@given(st.data())
def test_reading_never_breaks(data: st.DataObject) -> None:
    """Whatever stands in a file, reading ends in content or in problems that each have a place."""
    path = data.draw(st.sampled_from(sorted(each for each in WHOLE if each.endswith(".yaml"))))
    lines = WHOLE[path].splitlines()
    place = data.draw(st.integers(0, len(lines) - 1))
    indent = lines[place][: len(lines[place]) - len(lines[place].lstrip())]
    key = lines[place].partition(":")[0]
    odd = data.draw(st.sampled_from(ODD) | st.text(max_size=20))
    change = data.draw(st.sampled_from(["replace", "value", "delete", "repeat"]))
    changed = {"replace": [indent + odd], "value": [f"{key}: {odd}"], "delete": [], "repeat": [lines[place]] * 2}[
        change
    ]
    text = "\n".join((*lines[:place], *changed, *lines[place + 1 :]))
    with TemporaryDirectory() as folder:
        try:
            made = folder_of({**WHOLE, path: text}, Path(folder))
        except UnicodeEncodeError:
            return  # half a surrogate cannot stand in a file
        assert all(problem.span and problem.span.file for problem in problems_of(made))


def problems_of(folder: Path) -> tuple[Problem, ...]:
    """The problems of a folder; none where it reads."""
    try:
        read(folder)
    except KnowledgeError as error:
        return error.problems
    return ()


def test_all_problems_of_all_files_at_once(tmp_path: Path) -> None:
    """A committee sees everything that is wrong, not the first thing."""
    files = {**FILES, "elements/all.yaml": ELEMENTS.replace("8 h", "8 hours"), "drugs.yaml": "a: {title: [b]}\n"}
    with pytest.raises(KnowledgeError) as raised:
        read(folder_of(files, tmp_path))
    assert [problem.span.file for problem in raised.value.problems if problem.span] == [
        "knowledge/drugs.yaml",
        "knowledge/elements/all.yaml",
    ]


def test_one_bad_entry_does_not_hide_the_others(tmp_path: Path) -> None:
    """Beside an entry that its schema refuses, the others are still read for what else is wrong."""
    elements = ELEMENTS.replace("type: number", "type: numbers", 1).replace("systolic_lowest < limit", "x << limit")
    with pytest.raises(KnowledgeError) as raised:
        read(folder_of({**FILES, "elements/all.yaml": elements}, tmp_path))
    assert [problem.code for problem in raised.value.problems] == ["schema", "condition"]


def test_links_and_folders_are_not_followed(tmp_path: Path) -> None:
    """A link to a folder is refused: what it leads to is not what was reviewed. Hidden files are left alone."""
    folder = folder_of(FILES, tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (folder / "guidelines" / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (folder / "drugs").mkdir()
    (folder / ".editor").mkdir()
    (folder / ".editor" / "state.yaml").write_text("x", encoding="utf-8")
    os.mkfifo(folder / "elements" / "pipe.yaml")
    with pytest.raises(KnowledgeError) as raised:
        read(folder)
    assert [(problem.code, problem.span and problem.span.file) for problem in raised.value.problems] == [
        ("unexpected-file", "knowledge/elements/pipe.yaml"),
        ("unexpected-file", "knowledge/guidelines/linked"),
    ]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A path without knowledge is a problem, not empty knowledge."""
    with pytest.raises(KnowledgeError, match="no-knowledge"):
        read(tmp_path / "nowhere")


def test_places_begin_with_the_label(tmp_path: Path) -> None:
    """Whoever reads a release calls its files by its name."""
    content = read(folder_of(FILES, tmp_path), label="release-1")
    assert {each.span.file for each in content.drugs} == {"release-1/drugs.yaml"}
