"""Running cases: what a case expects and did not get is told, whatever it is."""

from textwrap import indent
from typing import Any

import msgspec
import pytest

from clinguide import cases
from clinguide.cases import CaseResult
from clinguide.model import Content
from small_knowledge import BASE, advice, content, grade, limit, rule

FACTS = """\
age: {title: Age, type: number, unit: a}
product: {title: Product, type: code, codes: [axi-cel]}
weight: {title: Weight, type: number, unit: kg}
temperature: {title: Temperature, type: number, unit: Cel, fresh_for: 8 h}
hypotension: {title: Hypotension, type: boolean, fresh_for: 8 h}
other_cause: {title: Other cause, type: boolean, cause: true, assume: {value: false}}
tocilizumab_doses: {title: Doses, type: count, derived: doses of tocilizumab}
time_since: {title: Since, type: number, unit: h, derived: time from last dose of tocilizumab to now}
"""
RULES = {
    "crs": grade(
        "crs",
        """
        rows:
          - grade: 2
            all:
              - hypotension is true
              - other_cause is false
          - {grade: 1, when: temperature >= 38 Cel}
        notices:
          - {when: temperature >= 40 Cel, says: Cool the patient.}
          - {when: temperature >= 41 Cel, says: Cool the patient now.}
        """,
    ),
    "risk": rule(
        "risk",
        "score",
        """
        points:
          heat:
            - {when: temperature >= 39 Cel, points: 2}
            - {otherwise: true, points: 0.5}
        bands:
          - {at_least: 2, band: high}
          - {otherwise: true, band: low}
        """,
    ),
    "phase": rule(
        "phase",
        "classification",
        "outcomes:\n  - {outcome: calm, when: crs = 0}\n  - {outcome: active, otherwise: true}\n",
    ),
    "ours.tocilizumab": advice(
        "ours.tocilizumab",
        "- crs >= 2",
        "- {give: tocilizumab, route: intravenous, dose: {amount: 8 mg/kg}}\n- {monitor: temperature, every: 4 h}",
        "for: [age >= 2 a]\n",
    ),
    "ours.interval": limit(
        "ours.interval", "{give: tocilizumab}", "any:\n  - tocilizumab_doses = 0\n  - time_since >= 8 h"
    ),
    "ours.cap": limit("ours.cap", "{give: anakinra}", "- dose <= 800 mg\n- route is intravenous"),
    "ours.fever": rule("ours.fever", "notice", "when: temperature >= 38 Cel\nsays: A fever.\nurgent: true\n"),
}
SHOCK = "{age: 60 a, weight: 80 kg, temperature: 39 Cel, hypotension: true, tocilizumab_doses: 0}"
COURSE = """\
patient: {age: 60 a, weight: 80 kg}
medications: {complete_since: 2026-02-20T00:00:00Z}
infusions: [{product: axi-cel, at: 2026-03-01T10:00:00Z}]
events:
  - at: 2026-03-03T09:00:00Z
    given: {drug: tocilizumab, dose: 640 mg, route: intravenous}
  - at: 2026-03-03T12:00:00Z
    observed: {temperature: 39 Cel, hypotension: true}
"""


def folder(name: str, case: str) -> Content:
    """The content of a folder in which one rule has one case."""
    files = {f"guidelines/ours/{each}.yaml": text for each, text in RULES.items()}
    files[f"guidelines/ours/{name}.cases.yaml"] = f"rule: {name}\ncases:\n  - name: A patient\n{indent(case, '    ')}\n"
    return content(FACTS, [], files)


def run(name: str, case: str) -> CaseResult:
    """What came of the only case of a rule."""
    (result,) = cases.run(folder(name, case))
    return result


def told(result: CaseResult) -> list[tuple[str, str, str]]:
    """What was expected, and what came instead."""
    return [(each.what, each.expected, each.got) for each in result.differences]


# --- what is right passes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "given", "expect"),
    [
        ("crs", SHOCK, "{grade: 2, at_least: 2, at_most: 2, status: determined, missing: [], assumed: [other_cause]}"),
        ("crs", "{temperature: 39 Cel}", "{at_least: 1, at_most: 2, status: undetermined, missing: [hypotension]}"),
        ("crs", "{temperature: 40 Cel, hypotension: false}", "{grade: 1, notices: [Cool the]}"),
        ("risk", "{temperature: 39 Cel}", "{value: '2', band: high}"),
        ("risk", "{temperature: 38 Cel}", "{value: '0.5', band: low}"),
        ("risk", "{}", "{at_least: '0.5', at_most: '2', missing: [temperature]}"),
        ("phase", "{temperature: 39 Cel}", "{outcome: active}"),
        ("phase", "{hypotension: false}", "{possible: [active, calm], missing: [temperature]}"),
        (
            "ours.tocilizumab",
            SHOCK,
            "{status: recommended, do: [{give: tocilizumab, dose: 640 mg}, {monitor: temperature, every: 4 h}]}",
        ),
        ("ours.tocilizumab", SHOCK, "{do: [{verb: give, state: start}]}"),
        ("ours.tocilizumab", "{age: 60 a, temperature: 39 Cel}", "{status: needs_data, missing: [hypotension]}"),
        ("ours.interval", "{tocilizumab_doses: 1, time_since: 8 h}", "{truth: satisfied}"),
        ("ours.interval", "{tocilizumab_doses: 1, time_since: 7 h}", "{truth: violated}"),
        ("ours.interval", "{tocilizumab_doses: 1}", "{truth: unknown, missing: [time_since]}"),
        ("ours.cap", "{dose: 800 mg, route: intravenous}", "{truth: satisfied}"),
        ("ours.cap", "{dose: 0.801 g, route: intravenous}", "{truth: violated}"),
        ("ours.cap", "{dose: 800 mg, route: oral}", "{truth: violated}"),
        ("ours.cap", "{dose: unknown, route: intravenous}", "{truth: unknown, missing: [dose]}"),
        ("ours.fever", "{temperature: 38 Cel}", "{holds: true}"),
        ("ours.fever", "{temperature: 37.9 Cel}", "{holds: false}"),
        ("ours.fever", "{temperature: unknown}", "{holds: unknown}"),
    ],
)
def test_a_case_that_gets_what_it_expects_passes(name: str, given: str, expect: str) -> None:
    """Each kind of rule has its own keys; what a case does not mention does not count."""
    result = run(name, f"given: {given}\nexpect: {expect}")
    assert (told(result), result.passed) == ([], True)
    assert (result.rule, result.name, result.span.line) == (name, "A patient", 3)


# --- what is wrong is found -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "given", "expect", "differs"),
    [
        ("crs", SHOCK, "{grade: 3}", ("grade", "3", "2")),
        ("crs", SHOCK, "{at_least: 1}", ("at_least", "1", "2")),
        ("crs", SHOCK, "{at_most: 4}", ("at_most", "4", "2")),
        ("crs", SHOCK, "{status: undetermined}", ("status", '"undetermined"', '"determined"')),
        ("crs", "{temperature: 39 Cel}", "{grade: 1}", ("grade", "1", "null")),
        ("crs", "{temperature: 39 Cel}", "{missing: []}", ("missing", "[]", '["hypotension"]')),
        (
            "crs",
            "{temperature: 39 Cel}",
            "{missing: [hypotension, temperature]}",
            ("missing", '["hypotension", "temperature"]', '["hypotension"]'),
        ),
        ("crs", SHOCK, "{assumed: [weight]}", ("assumed", '["weight"]', '["other_cause"]')),
        ("crs", "{temperature: 40 Cel}", "{notices: []}", ("notices", "[]", '["Cool the patient."]')),
        ("crs", "{temperature: 40 Cel}", "{notices: [Warm]}", ("notices", '["Warm"]', '["Cool the patient."]')),
        ("risk", "{temperature: 39 Cel}", "{value: '3'}", ("value", '"3"', '"2"')),
        ("risk", "{temperature: 39 Cel}", "{band: low}", ("band", '"low"', '"high"')),
        ("phase", "{temperature: 39 Cel}", "{outcome: calm}", ("outcome", '"calm"', '"active"')),
        ("phase", "{hypotension: false}", "{possible: [calm]}", ("possible", '["calm"]', '["active", "calm"]')),
        ("ours.tocilizumab", SHOCK, "{status: withheld}", ("status", '"withheld"', '"recommended"')),
        (
            "ours.tocilizumab",
            SHOCK,
            "{do: [{give: tocilizumab, dose: 641 mg}]}",
            (
                "do",
                '[{"give": "tocilizumab", "dose": "641 mg"}]',
                '[{"give": "tocilizumab", "dose": "640 mg"}, {"monitor": "temperature"}]',
            ),
        ),
        (
            "ours.tocilizumab",
            SHOCK,
            "{do: [{give: anakinra}]}",
            ("do", '[{"give": "anakinra"}]', '[{"give": "tocilizumab"}, {"monitor": "temperature"}]'),
        ),
        (
            "ours.tocilizumab",
            SHOCK,
            "{do: [{give: tocilizumab}, {monitor: temperature}, {monitor: weight}]}",
            (
                "do",
                '[{"give": "tocilizumab"}, {"monitor": "temperature"}, {"monitor": "weight"}]',
                '[{"give": "tocilizumab"}, {"monitor": "temperature"}]',
            ),
        ),
        ("ours.tocilizumab", SHOCK, "{withheld_by: [ours.interval]}", ("withheld_by", '["ours.interval"]', "[]")),
        ("ours.tocilizumab", SHOCK, "{confirm: [weight]}", ("confirm", '["weight"]', "[]")),
        ("ours.interval", "{tocilizumab_doses: 0}", "{truth: violated}", ("truth", '"violated"', '"satisfied"')),
        ("ours.interval", "{tocilizumab_doses: 1}", "{truth: violated}", ("truth", '"violated"', '"unknown"')),
        ("ours.fever", "{temperature: 38 Cel}", "{holds: false}", ("holds", "false", "true")),
        ("ours.fever", "{}", "{holds: true}", ("holds", "true", '"unknown"')),
    ],
)
def test_a_wrong_expectation_is_told_with_what_came_instead(
    name: str, given: str, expect: str, differs: tuple[str, str, str]
) -> None:
    """Each expectation of each kind of rule can fail."""
    result = run(name, f"given: {given}\nexpect: {expect}")
    assert (told(result), result.passed) == ([differs], False)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("crs", "truth: satisfied"),
        ("ours.fever", "grade: 1"),
        ("ours.interval", "holds: true"),
        ("risk", "holds: true"),
    ],
)
def test_an_expectation_of_another_kind_of_rule_fails(name: str, key: str) -> None:
    """A key that means nothing for a rule is never met in silence."""
    result = run(name, f"given: {SHOCK}\nexpect: {{{key}}}")
    assert [each.got for each in result.differences] == ["nothing of that name"]


def test_whom_a_rule_does_not_speak_about_has_no_status() -> None:
    """An advice that is not listed meets no expectation of it."""
    young = SHOCK.replace("60 a", "1 a")
    result = run("ours.tocilizumab", f"given: {young}\nexpect: {{status: recommended}}")
    assert [(each.what, each.got) for each in result.differences] == [("status", "nothing of that name")]


def expecting(name: str, given: str, **expect: Any) -> CaseResult:
    """What comes of a case whose expectation was made in memory."""
    made = folder(name, f"given: {given}\nexpect: {{status: determined}}")
    (case,) = made.cases
    return cases.run_case(made, msgspec.structs.replace(case, expect=msgspec.Raw(msgspec.json.encode(expect))))


def test_whether_a_rule_speaks_about_somebody_can_be_expected() -> None:
    """`listed` is false where `for` is, and true otherwise."""
    young = SHOCK.replace("60 a", "1 a")
    assert expecting("ours.tocilizumab", young, listed=False).passed
    assert expecting("ours.tocilizumab", SHOCK, listed=True).passed
    assert told(expecting("ours.tocilizumab", SHOCK, listed=False)) == [("listed", "false", "true")]
    assert expecting("crs", SHOCK, listed=True).passed


def test_an_open_dose_and_a_range_can_be_expected() -> None:
    """What is done is told in the keys that a case uses for it, an absent one as null."""
    facts = SHOCK.replace("weight: 80 kg, ", "")
    result = run("ours.tocilizumab", f"given: {facts}\nexpect: {{status: confirm_first, confirm: [weight]}}")
    assert result.passed
    expect = {"do": [{"give": "tocilizumab", "dose": None, "how": "8 mg/kg"}]}
    assert expecting("ours.tocilizumab", facts, **expect).passed


# --- courses, days and protocols --------------------------------------------------------------------------------------


def with_course(name: str, more: str) -> CaseResult:
    """What comes of a case with a course."""
    return run(name, f"course:\n{indent(COURSE, '  ')}{more}")


def test_a_case_with_a_course_has_times() -> None:
    """At its last event, or at the time it names; a limit says when it lifts."""
    lifts = "lifts_at: 2026-03-03T17:00:00Z"
    assert with_course("ours.interval", f"expect: {{truth: violated, {lifts}}}").passed
    assert with_course("ours.interval", "at: 2026-03-03T17:00:00Z\nexpect: {truth: satisfied}").passed
    assert with_course(
        "ours.tocilizumab", f"expect: {{status: withheld, withheld_by: [ours.interval], {lifts}}}"
    ).passed
    wrong = with_course("ours.tocilizumab", "expect: {lifts_at: 2026-03-03T18:00:00Z}")
    assert told(wrong) == [("lifts_at", '"2026-03-03T18:00:00Z"', '"2026-03-03T17:00:00Z"')]


def test_a_case_that_cannot_be_run_fails_with_what_is_wrong() -> None:
    """A course with problems is a difference like any other."""
    result = run("crs", "given: {temprature: 39 Cel}\nexpect: {grade: 1}")
    ((what, expected, got),) = told(result)
    assert (what, expected) == ("case", "a case that can be run")
    assert "did you mean 'temperature'?" in got


def dated(case: str) -> Content:
    """A folder whose guideline begins in 2026, with another protocol that does not use it, and a case of its grade."""
    return content(
        FACTS,
        [],
        {
            "guidelines/theirs/guideline.yaml": "title: T\nid: theirs\npublisher: T\neffective: {from: 2026-01-01}\n",
            "guidelines/theirs/rule.yaml": RULES["crs"],
            "guidelines/theirs/rule.cases.yaml": f"rule: crs\ncases:\n  - name: A\n{indent(case, '    ')}\n",
            "protocols/default.yaml": BASE["protocols/default.yaml"].replace("[ours]", "[ours, theirs]"),
            "protocols/other.yaml": BASE["protocols/default.yaml"].replace("id: default", "id: other"),
        },
    )


@pytest.mark.parametrize(
    ("more", "passed"),
    [
        ("", True),
        ("as_of: 2026-01-01\n", True),
        ("as_of: 2025-12-31\n", False),
        ("protocol: default\n", True),
        ("protocol: other\n", False),
        ("protocol: default\nas_of: 2025-12-31\n", False),
    ],
)
def test_a_case_runs_under_the_protocol_and_on_the_day_it_names(more: str, passed: bool) -> None:
    """Otherwise on its own rule and what that reads, in its guideline's edition; not in force is not listed."""
    (result,) = cases.run(dated(f"{more}given: {SHOCK}\nexpect: {{grade: 2}}"))
    assert result.passed is passed
    assert [each.got for each in result.differences] == ([] if passed else ["nothing of that name"])


def test_cases_of_some_rules() -> None:
    """Cases are counted and chosen by their rule."""
    made = folder("crs", f"given: {SHOCK}\nexpect: {{grade: 2}}")
    assert cases.count(made) == cases.count(made, ["crs"]) == 1
    assert cases.count(made, ["risk"]) == 0
    assert [each.rule for each in cases.run(made, ["crs", "risk"])] == ["crs"]
