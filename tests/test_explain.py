"""Explanations: every truth is the evaluation's, what decided is named, and the whole reads on eighty columns."""

import importlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

import clinguide
from clinguide import Assessment, Course, assess
from clinguide.cli import cli
from clinguide.compile.force import NotInForce
from clinguide.explain import Clause, Explanation, FactRead, Line, NotExplainedError, explain
from clinguide.model import InvariantRule
from clinguide.results import Alternative, Caution, Difference
from clinguide.schema import shipped as folder
from explanations import FOLDER, SAVED, saved
from explanations import assessed as assessed_anew
from reports import COURSES, EXAMPLES, shipped

SCHEMA: dict[str, Any] = json.loads((folder("schemas") / "explain.schema.json").read_text(encoding="utf-8"))
assessed = cache(assessed_anew)
RULES = sorted(assessed(COURSES[0]).knowledge.rules)
WORDS = {True: "true", False: "false", None: "unknown"}


def given_facts(**facts: Any) -> Assessment:
    """One moment without a clock."""
    return assess(shipped(), Course.from_facts(facts), second_engine=False)


def course(*events: dict[str, Any], **changes: Any) -> Assessment:
    """A course of its own."""
    data = {"course": "somebody", "patient": {"age": "50 a", "weight": "70 kg"}, "events": list(events)}
    return assess(shipped(), Course.from_dict(data | changes), second_engine=False)


def lines(clause: Clause) -> Iterator[Line]:
    """Every line and group of a clause."""
    waiting = [clause.tree] if clause.tree is not None else []
    while waiting:
        line = waiting.pop()
        yield line
        waiting += line.items


def facts(explanation: Explanation) -> Iterator[FactRead]:
    """Every fact of an explanation, those of derivations included."""
    clauses = list(explanation.clauses)
    waiting: list[FactRead] = []
    while clauses or waiting:
        for clause in clauses:
            waiting += [*clause.facts, *(fact for line in lines(clause) for fact in line.facts)]
        yield from waiting
        clauses = [clause for fact in waiting for clause in fact.clauses]
        waiting = [below for fact in waiting for below in fact.below]


def steps(explanation: Explanation, what: str) -> list[str]:
    """What the steps of one kind say."""
    return [each.says for each in explanation.why if each.what == what]


def named(explanation: Explanation, name: str) -> FactRead:
    """The first fact of a name."""
    return next(fact for fact in facts(explanation) if fact.name == name)


# --- every truth is the evaluation's ----------------------------------------------------------------------------------


@given(st.sampled_from(COURSES), st.sampled_from(RULES), st.integers(0, 4))
def test_every_truth_in_the_tree_is_that_of_the_evaluation(name: str, rule: str, depth: int) -> None:
    """An explanation is the trace and nothing made up beside it: clause by clause and line by line."""
    found = assessed(name)
    explanation = explain(found, rule, depth=depth)
    own = [each for each in explanation.clauses if each.name.startswith(f"{rule}/")]
    shown = [each.name for each in own if each.tree is not None]
    assert sorted(shown) == sorted(found.evaluation.program.clauses[rule])
    for clause in own:
        if clause.tree is None:
            assert clause.truth == "true"
            continue
        assert clause.tree.truth == clause.truth
        if isinstance(found.knowledge.rules[rule], InvariantRule) and clause.kind == "must":
            # What nobody charts is not assumed where it would satisfy a limit.
            assert clause.truth == WORDS[found.evaluation.bound_truth(rule, {})[0]]
            continue
        assert clause.truth == WORDS[found.evaluation.truths[clause.name]]
        truths = [(leaf.text, WORDS[truth]) for leaf, truth in found.evaluation.lines(clause.name)]
        told = [(line.text, line.truth) for line in lines(clause) if line.kind == "line"]
        assert sorted(told) == sorted(truths)


@given(st.sampled_from(COURSES), st.sampled_from(RULES), st.integers(0, 4))
def test_an_explanation_is_what_its_schema_says(name: str, rule: str, depth: int) -> None:
    """Whoever reads the JSON may rely on the schema."""
    data = json.loads(explain(assessed(name), rule, depth=depth).to_json())
    assert list(Draft202012Validator(SCHEMA).iter_errors(data)) == []


def test_the_schema_is_the_contract() -> None:
    """Names, types and what is required are those of the structs that are written; every property is described."""

    def bare(part: Any) -> Any:
        if isinstance(part, list):
            return [bare(each) for each in part]
        if not isinstance(part, dict):
            return part
        said = ("title", "pattern", "additionalProperties", "$schema", "$defs")
        found = {key: bare(value) for key, value in part.items() if key not in (*said, "description", "properties")}
        if "properties" in part:
            found["properties"] = {key: bare(value) for key, value in part["properties"].items()}
        if isinstance(found.get("type"), list):
            found["anyOf"] = [{"type": each} for each in found.pop("type")]
        return found

    theirs = msgspec.json.schema(Explanation)["$defs"]
    ours = SCHEMA["$defs"] | {"Explanation": SCHEMA}
    assert bare(list(dict(sorted(ours.items())).values())) == bare(list(dict(sorted(theirs.items())).values()))
    assert all(each["description"] for part in ours.values() for each in part["properties"].values())


# --- how it reads -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "rule"), SAVED)
def test_the_saved_explanation_is_what_is_printed(name: str, rule: str) -> None:
    """A change of an explanation is a change that somebody reviewed; `python tests/explanations.py` writes them."""
    assert saved(name, rule).read_text(encoding="utf-8") == str(explain(assessed(name), rule))


def test_nothing_saved_outlives_its_rule() -> None:
    """Every saved explanation is compared."""
    assert sorted(FOLDER.iterdir()) == sorted(saved(name, rule) for name, rule in SAVED)


@given(st.sampled_from(COURSES), st.sampled_from(RULES), st.integers(0, 4))
def test_an_explanation_fits_a_terminal_and_begins_with_the_banner(name: str, rule: str, depth: int) -> None:
    """Eighty columns, no control characters, and nobody reads it without being told that nothing is approved."""
    told = str(explain(assessed(name), rule, depth=depth)).splitlines()
    assert told[0] == "DRAFT KNOWLEDGE: NOT APPROVED FOR PATIENT CARE. A clinician decides."
    for line in told:
        assert line.isprintable()
        # A name that is cut in two is no name: a line of one word may pass the margin.
        assert len(line) <= 80 or len(line.split()) <= 2


def test_deeper_shows_more_and_nothing_else() -> None:
    """Each derivation further down adds lines to what stood there before."""
    found = assessed("refractory-crs")
    sizes = [len(str(explain(found, "crs.grade", depth=depth)).splitlines()) for depth in range(4)]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[1] < sizes[2]


def test_without_depth_no_derivation_is_shown() -> None:
    """Depth 0 is the rule's own lines and the facts they read."""
    for fact in facts(explain(assessed("refractory-crs"), "crs.grade", depth=0)):
        assert (fact.derived, fact.clauses, fact.below) == (None, [], [])


# --- what decided -----------------------------------------------------------------------------------------------------


def test_the_row_that_decided_is_named() -> None:
    """One row decides; those above it fail and those below it are not reached."""
    found = explain(
        given_facts(temperature="38.5 Cel", crs_diagnosed=False, vasopressors=["norepinephrine"]), "crs.grade"
    )
    roles = [each.role for each in found.clauses if each.kind == "row"]
    assert found.answer.startswith("NOT DETERMINED: could be as high as 4")
    assert roles[1:3] == ["possible", "possible"]
    assert set(roles[3:]) == {"not_reached"}
    assert steps(found, "missing")


def test_what_is_required_ends_a_grade() -> None:
    """Where `require` certainly fails it decides, and no row below it does."""
    found = explain(
        given_facts(temperature="36.9 Cel", crs_diagnosed=False, antipyretic_or_anticytokine_given=False), "crs.grade"
    )
    assert found.answer == "grade 0"
    assert [each.kind for each in found.clauses if each.role == "decides"] == ["require"]
    assert steps(found, "row") == ["what the rule requires certainly fails: grade 0"]


def test_a_line_is_told_with_its_threshold_and_its_settings() -> None:
    """Whoever asks why sees the number that was compared, also where a setting holds it."""
    found = explain(assessed("refractory-crs"), "crs.response-to-tocilizumab")
    line = next(
        line for clause in found.clauses for line in lines(clause) if line.text == "time_since_tocilizumab >= window"
    )
    assert (line.threshold, line.settings) == ("24 h", {"window": "24 h"})


def test_each_source_is_told() -> None:
    """Charted, computed, assumed, of the patient, of a rule, not charted, too old: no two read alike."""
    found = explain(assessed("full-of-gaps"), "crs.grade", depth=0)
    assert named(found, "temperature").source == "stale"
    assert "too old to count" in str(found)
    assert named(found, "oxygen_flow").source == "not_charted"
    assert named(found, "oxygen_device").source == "observed"
    assert named(found, "vasopressor_count").source == "derived"
    assert named(found, "hypoxia_has_other_cause").source == "assumed"
    advice = explain(assessed("refractory-crs"), "asco-2021.crs.tocilizumab")
    assert named(advice, "age").source == "baseline"
    assert named(advice, "crs.grade").source == "rule"


def test_a_count_of_doses_shows_the_doses_and_the_record() -> None:
    """None found means none given only in a complete record, so the record stands beside the doses."""
    found = named(explain(assessed("refractory-crs"), "crs.response-to-tocilizumab"), "tocilizumab_doses")
    assert found.derived == "doses of tocilizumab"
    assert [(each.source, each.value) for each in found.below] == [("given", "656 mg intravenous"), ("record", True)]
    open_ = named(explain(assessed("tocilizumab-time-unknown"), "safety.tocilizumab-interval"), "tocilizumab_doses")
    assert [(each.source, each.value) for each in open_.below] == [("observed", 1), ("record", False)]


def test_a_value_that_is_not_usable_says_why() -> None:
    """An ICE score under sedation is charted and unknown: the line that takes it away is shown."""
    found = explain(given_facts(age="50 a", ice_score=9, sedated=True), "icans.grade")
    score = named(found, "ice_score")
    assert score.value is None
    assert [(each.kind, each.truth) for each in score.clauses] == [("unusable", "true")]
    assert "not usable where" in str(found)


def test_the_doses_of_a_regimen_stand_below_its_rate() -> None:
    """Started, changed, stopped, missed and given: what a daily dose was computed from."""
    regimen = {"drug": "dexamethasone", "dose": "10 mg", "every": "6 h", "route": "intravenous"}
    found = course(
        {"at": "2026-03-01T08:00:00Z", "started": regimen},
        {"at": "2026-03-01T14:00:00Z", "missed": {"drug": "dexamethasone"}},
        {"at": "2026-03-01T20:00:00Z", "stopped": {"drug": "dexamethasone"}},
        {"at": "2026-03-02T08:00:00Z", "given": {"drug": "dexamethasone", "dose": "4 mg"}},
    )
    rate = named(explain(found, "refractory.crs.steroid-not-enough", depth=3), "daily_dexamethasone_equivalent")
    assert [(each.source, each.value) for each in rate.below] == [
        ("regimen", "10 mg every 6 h intravenous"),
        ("missed", None),
        ("regimen", "stopped"),
        ("given", "4 mg"),
        ("record", False),
    ]


# --- advice -----------------------------------------------------------------------------------------------------------


def test_the_steps_of_advice_stand_in_one_order() -> None:
    """Indication, population, limits, preference, drug history: whoever reads the first that decides may stop."""
    found = explain(assessed("tocilizumab-time-unknown"), "asco-2021.crs.tocilizumab")
    order = ["indication", "population", "limit", "preference", "drug_history"]
    told = [each.what for each in found.why]
    assert told == sorted(told, key=order.index)
    assert set(told) == set(order)
    assert found.answer == "confirm first"


def test_an_explanation_shows_no_dose_that_is_to_be_confirmed_first() -> None:
    """An unknown never releases a computed dose, not even in the small print."""
    found = explain(assessed("tocilizumab-time-unknown"), "asco-2021.crs.tocilizumab", depth=4)
    assert "560 mg" not in str(found)


def test_an_infusion_stands_below_what_is_counted_from_it() -> None:
    """A time since the infusion shows the infusion."""
    found = named(explain(assessed("refractory-crs"), "crs.grade"), "time_since_infusion")
    assert [(each.source, each.value, each.at) for each in found.below] == [
        ("infusion", "axi-cel", "2026-03-01T10:00:00Z")
    ]


def test_of_many_chartings_the_latest_are_printed() -> None:
    """A long course does not bury its end; the JSON has every entry."""
    given_at = [f"2026-03-0{day}T{hour:02}:00:00Z" for day in (2, 3) for hour in (2, 8, 14)]
    found = course(
        *({"at": time, "given": {"drug": "acetaminophen", "dose": "1000 mg", "route": "oral"}} for time in given_at),
        infusions=[{"product": "axi-cel", "at": "2026-03-01T10:00:00Z"}],
    )
    told = explain(found, "crs.grade", depth=2)
    assert len([each for each in named(told, "antipyretic_doses").below if each.source == "given"]) == 6
    assert ": 2 earlier entries" in str(told)


def test_a_limit_that_withholds_is_shown_with_its_lines() -> None:
    """Why it is held, until when, and the line of the limit with the fact that passed it."""
    found = course(
        {"at": "2026-03-03T06:00:00Z", "given": {"drug": "tocilizumab", "dose": "560 mg", "route": "intravenous"}},
        {
            "at": "2026-03-03T09:00:00Z",
            "observed": {"temperature": "39 Cel", "hypotension": True, "vasopressors": ["norepinephrine"]},
        },
        infusions=[{"product": "axi-cel", "at": "2026-03-01T10:00:00Z"}],
        medications={"complete_since": "2026-02-20T00:00:00Z"},
    )
    held = explain(found, "asco-2021.crs.tocilizumab")
    assert held.answer == "withheld"
    decides = [each for each in held.why if each.decides]
    assert [each.what for each in decides] == ["limit"]
    assert "violated: At least 8 hours between tocilizumab doses" in decides[0].says
    assert "lifts at 2026-03-03T14:00:00Z" in decides[0].says
    limit = next(each for each in held.clauses if each.kind == "limit")
    assert (limit.name, limit.truth, limit.role) == ("safety.tocilizumab-interval/must", "false", "fails")
    asked = explain(found, "safety.tocilizumab-interval")
    assert asked.answer == "violated"
    assert steps(asked, "limit") == [
        "withholds asco-2021.crs.tocilizumab: violated, until 2026-03-03T14:00:00Z",
    ]


def test_advice_for_others_says_that_it_is_for_others() -> None:
    """A rule that does not speak about a patient is not listed, and says by which line."""
    found = explain(given_facts(age="1 a"), "asco-2021.crs.tocilizumab")
    assert found.answer == "not listed"
    assert [(each.what, each.says) for each in found.why if each.decides] == [("population", "false: age >= 2 a")]


def test_advice_that_is_not_preferred_says_who_answers() -> None:
    """Of several answers to one question the others say that they are not the one given."""
    found = assessed("refractory-crs")
    rule, first = "asco-2021.crs.tocilizumab", found.recommendations[0]
    other = Alternative(rule, "recommended", "Tocilizumab for CRS", "not preferred")
    rest = [each for each in found.recommendations[1:] if each.rule != rule]
    listed = [msgspec.structs.replace(first, alternatives=[other]), *rest]
    made = msgspec.structs.replace(found, result=msgspec.structs.replace(found.result, recommendations=listed))
    told = explain(made, rule)
    assert told.answer == "recommended, as an alternative"
    assert steps(told, "preference") == [f"not preferred: crs.anti-il6 is answered by {first.rule}"]
    silent = msgspec.structs.replace(found, result=msgspec.structs.replace(found.result, recommendations=rest))
    assert steps(explain(silent, rule), "preference") == [
        "another guideline answers crs.anti-il6, and says nothing here"
    ]


def test_a_limit_on_the_dose_is_read_with_the_dose_of_the_advice() -> None:
    """Where such a limit warns or withholds, its line shows the dose that it was asked with."""
    found = assessed("refractory-crs")
    rule = "asco-2021.crs.tocilizumab"
    warned = [
        msgspec.structs.replace(each, warnings=[Caution("safety.tocilizumab-dose", "Look at it.")])
        if each.rule == rule
        else each
        for each in found.recommendations
    ]
    made = msgspec.structs.replace(found, result=msgspec.structs.replace(found.result, recommendations=warned))
    told = explain(made, rule)
    limit = next(each for each in told.clauses if each.kind == "limit")
    assert (limit.truth, [fact.value for line in lines(limit) for fact in line.facts]) == ("true", ["656 mg"])
    assert steps(told, "limit") == ["warning: Look at it."]


def test_a_notice_says_whether_it_holds() -> None:
    """Given, or not given and why."""
    rule = "refractory.crs.steroid-not-enough"
    assert explain(assessed("refractory-crs"), rule).answer == "holds"
    assert explain(given_facts(temperature="36.9 Cel", crs_diagnosed=False), rule).answer in (
        "does not hold",
        "not excluded",
    )


def test_a_score_names_the_items_that_are_open() -> None:
    """A score by points has many rows; what a reader asks for are its items."""
    found = explain(given_facts(ice_orientation=4, ice_naming=3, ice_commands=1, ice_writing=1), "ice.total")
    assert found.answer == "NOT DETERMINED: could be as high as 10, at least 9"
    assert steps(found, "row") == ["open: ice_attention"]


def test_a_limit_on_the_dose_waits_for_an_action() -> None:
    """A limit on what an action binds has no answer of its own, and says so."""
    found = explain(assessed("refractory-crs"), "safety.tocilizumab-dose")
    assert found.answer == "unknown until an action sets what it limits"
    assert named(found, "dose").source == "action"


# --- not in force, not there, in doubt --------------------------------------------------------------------------------


def test_a_rule_that_is_not_in_force_says_why() -> None:
    """What did not fire because it was not in force is an answer too, and has no clauses."""
    found = assessed("refractory-crs")
    left = {name: each for name, each in found.knowledge.rules.items() if name != "crs.grade"}
    ended = msgspec.structs.replace(
        found.knowledge, rules=left, not_in_force=(NotInForce("crs.grade", "ended 2020-01-01"),)
    )
    told = explain(msgspec.structs.replace(found, knowledge=ended), "crs.grade")
    assert (told.in_force, told.answer, told.clauses) == (False, "not in force", [])
    assert steps(told, "not_in_force") == ["ended 2020-01-01"]
    unused = msgspec.structs.replace(found.knowledge, rules=left)
    assert steps(explain(msgspec.structs.replace(found, knowledge=unused), "crs.grade"), "not_in_force") == [
        "protocol default does not use guideline astct-2019"
    ]


def test_a_rule_that_is_not_there_is_refused_with_what_was_meant() -> None:
    """A slip of the pen costs one more try."""
    with pytest.raises(NotExplainedError) as refusal:
        explain(assessed("refractory-crs"), "crs.grad")
    assert (refusal.value.message, refusal.value.hint) == (
        "no rule is called 'crs.grad'",
        "did you mean 'crs.grade'?",
    )


def test_what_the_engines_disagree_about_is_marked() -> None:
    """Nobody acts on an item on which the two engines disagree, also where it is explained."""
    found = assessed("refractory-crs")
    engines = msgspec.structs.replace(
        found.run.engines, agreement="disagree", differences=[Difference("crs.grade/rows/0", "true", "false")]
    )
    doubted = msgspec.structs.replace(found, run=msgspec.structs.replace(found.run, engines=engines))
    assert "THE TWO ENGINES DISAGREE: do not act on this item alone." in str(explain(doubted, "crs.grade"))
    assert not explain(doubted, "icans.grade").doubted


def test_the_public_name_is_the_function() -> None:
    """`clinguide.explain` is called also after somebody imported the module of the same name."""
    importlib.import_module("clinguide.explain")
    assert clinguide.explain is explain


# --- the command ------------------------------------------------------------------------------------------------------


def run(*arguments: str | Path) -> Result:
    """Run the real command in this process, with a clock of its own and the reference engine alone."""
    options = ["--now", "2026-12-01T00:00:00Z", "explain", "--no-second-engine"]
    return CliRunner().invoke(cli, [*options, *map(str, arguments)])


def test_the_command_prints_what_python_prints() -> None:
    """One explanation, whoever asks."""
    found = run(EXAMPLES / "refractory-crs.yaml", "crs.grade", "--depth", "2")
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout == str(explain(assessed("refractory-crs"), "crs.grade", depth=2))


def test_the_command_writes_json() -> None:
    """`--json` is the contract, at the time that was asked for."""
    found = run(EXAMPLES / "refractory-crs.yaml", "crs.grade", "--json", "--at", "2026-03-03T06:00:00Z")
    data = json.loads(found.stdout)
    assert (found.exit_code, data["at"], data["answer"]) == (0, "2026-03-03T06:00:00Z", "grade 2")
    assert list(Draft202012Validator(SCHEMA).iter_errors(data)) == []


def test_the_command_refuses_a_rule_that_is_not_there() -> None:
    """Nothing on stdout, what was meant on stderr, and exit code 2."""
    found = run(EXAMPLES / "refractory-crs.yaml", "crs.grad")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "no rule is called 'crs.grad'; did you mean 'crs.grade'?" in found.stderr
    assert run(EXAMPLES / "refractory-crs.yaml", "crs.grade", "--depth", "-1").exit_code == 2


def test_the_command_refuses_a_bad_course(tmp_path: Path) -> None:
    """The problems of a course are told as everywhere."""
    path = tmp_path / "bad.yaml"
    path.write_text("course: bad\nevents:\n  - at: 2026-03-04T21:00:00Z\n    observed: {temperatur: 38 Cel}\n", "utf-8")
    found = run(path, "crs.grade")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "did you mean 'temperature'?" in found.stderr
