"""Generated rule sets, written as YAML and read as a committee's files are, with generated facts and gaps.

`CLINGUIDE_RULE_SETS=500 pytest tests/properties/test_generated_rules.py` tries more of them than CI does.
"""

import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinguide.assess import Assessment, assess
from clinguide.compile import Knowledge, compile_knowledge
from clinguide.course import Course
from clinguide.results import Finding
from clinguide.rete import SecondEngine
from small_knowledge import BASE, content

RULE_SETS = int(os.environ.get("CLINGUIDE_RULE_SETS", "24"))
MANY = settings(max_examples=RULE_SETS, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])

# --- facts ------------------------------------------------------------------------------------------------------------

HEAT = ["36", "37.5", "37.999999", "38", "38.000001", "40"]
HEATS = st.sampled_from([f"{heat} Cel" for heat in HEAT] + ["100.4 degF"])
FEW = st.integers(0, 4).map(str)
CODES = ["none", "mild", "severe"]
DRUGS = ["norepinephrine", "vasopressin"]
TRUTHS = st.booleans()
GAP = st.just("unknown")
SETS = st.sampled_from([[], DRUGS[:1], DRUGS[1:], DRUGS, ["unknown"], [DRUGS[0], "unknown"]])
FACTS: dict[str, st.SearchStrategy[Any]] = {
    "heat": HEATS,
    "chill": HEATS,
    "few": FEW,
    "some": FEW,
    "shock": TRUTHS,
    "sleep": TRUTHS,
    "sign": st.sampled_from(CODES),
    "guess": st.sampled_from(CODES),
    "pressors": st.sampled_from([[], DRUGS[:1], DRUGS[1:], DRUGS]),
    "age": st.sampled_from(["1 a", "2 a", "50 a"]),
    "weight": st.sampled_from(["29.9 kg", "30 kg", "101 kg"]),
}
facts = st.fixed_dictionaries(
    {}, optional={name: SETS if name == "pressors" else values | GAP for name, values in FACTS.items()}
)
"""What is charted of some patient; what is absent is not charted."""

# --- conditions -------------------------------------------------------------------------------------------------------

OPERATORS = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
NUMBERS = st.builds("{} {} {}".format, st.sampled_from(["heat", "chill", "warmer"]), OPERATORS, HEATS)
APART = st.builds("heat {} chill + {} Cel".format, OPERATORS, st.sampled_from(["0", "0.5", "2"]))
COUNTS = st.builds("{} {} {}".format, st.sampled_from(["few", "some", "pressor_count"]), OPERATORS, FEW)
PRODUCTS = st.builds("few * some {} {}".format, OPERATORS, FEW)
BOOLEANS = st.builds(
    "{} is {}{}".format,
    st.sampled_from(["shock", "sleep", "ill"]),
    st.sampled_from(["", "not "]),
    st.sampled_from(["true", "false"]),
)
SIGNS = st.builds("{} is {}{}".format, st.sampled_from(["sign", "guess"]), st.sampled_from(["", "not "]),
                  st.sampled_from(CODES))  # fmt: skip
LISTS = st.builds("sign {}in ({}, {})".format, st.sampled_from(["", "not "]), *[st.sampled_from(CODES)] * 2)
MEMBERS = st.builds("pressors includes {}".format, st.sampled_from(DRUGS))
EMPTY = st.sampled_from(["pressors is empty", "pressors is not empty"])
LINES = st.one_of(NUMBERS, APART, COUNTS, PRODUCTS, BOOLEANS, SIGNS, LISTS, MEMBERS, EMPTY)
GRADED = LINES | st.builds("{} {} {}".format, st.sampled_from(["first.grade", "points"]), OPERATORS, FEW)
GRADED |= st.sampled_from(["points is high", "phase is quiet", "phase is not quiet"])


def conditions(lines: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """Conditions of some lines, with every connective, labels among them."""

    def joined(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        items = st.lists(inner, min_size=1, max_size=3)
        return st.one_of(
            items,
            st.builds(lambda each: {"all": each}, items),
            st.builds(lambda each: {"any": each}, items),
            st.builds(lambda each: {"none_of": each}, items),
            st.builds(lambda count, each: {"at_least": min(count, len(each)), "of": each}, st.integers(1, 3), items),
            st.builds(lambda each: {"when": each, "label": "in clinical words"}, inner),
        )

    return st.recursive(lines, joined, max_leaves=6)


FIRST, LATER = conditions(LINES), conditions(GRADED)

# --- rule sets --------------------------------------------------------------------------------------------------------


def element(kind: str, **more: Any) -> dict[str, Any]:
    """An element that nobody need read the title of."""
    return {"title": "A fact", "type": kind, **more}


def elements(ill: Any, unusable: Any, bounded: Any, blocked: Any) -> dict[str, Any]:
    """The elements; derivations and what spoils a charted value are generated, of lines that read no such value."""
    return {
        "heat": element("number", unit="Cel"),
        "chill": element("number", unit="Cel"),
        "warmer": element("number", unit="Cel", derived="heat + 0.5 Cel"),
        "few": element("count", worse="higher", at_least_when=[bounded]),
        "some": element("count", unusable=[unusable]),
        "shock": element("boolean"),
        "sleep": element("boolean"),
        "ill": element("boolean", derived={"rows": [*ill, {"otherwise": True, "is": False}]}),
        "sign": element("code", codes=CODES),
        "guess": element("code", codes=CODES, assume={"value": "none", "unless": blocked}),
        "pressors": element("codes", codes=DRUGS),
        "pressor_count": element("count", derived="count of pressors"),
        "age": element("number", unit="a"),
        "weight": element("number", unit="kg"),
    }


PLAIN = conditions(
    st.one_of(
        st.builds("heat {} {}".format, OPERATORS, HEATS),
        st.sampled_from(["shock is true", "sleep is false", "sign is mild", "sign in (mild, severe)"]),
    )
)
ROWS = st.lists(
    st.builds(lambda when, is_: {"when": when, "is": is_}, PLAIN, st.sampled_from([True, False, "unknown"])), max_size=3
)


def rule(name: str, kind: str, **body: Any) -> dict[str, Any]:
    """A rule with the header that each has."""
    head = {"title": name, "id": name, "kind": kind, "version": "1.0.0", "status": "draft", "states": ["ST-01"]}
    return {**head, "why": "Because.", **body}


@st.composite
def grades(draw: st.DrawFn, name: str, of: st.SearchStrategy[Any]) -> dict[str, Any]:
    """A grade; the worst row first."""
    worst = sorted(draw(st.sets(st.integers(1, 5), min_size=1)), reverse=True)
    more: dict[str, Any] = {"require": draw(of)} if draw(st.booleans()) else {}
    if draw(st.booleans()):
        more["notices"] = [{"when": draw(of), "says": "Look.", "urgent": draw(st.booleans())}]
    return rule(name, "grade", **more, rows=[{"grade": grade, "when": draw(of)} for grade in worst])


@st.composite
def rules(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One rule of each kind, and a second grade that reads the others."""
    points = [{"when": draw(FIRST), "points": draw(st.integers(-1, 3))} for _ in range(draw(st.integers(1, 2)))]
    item = [*points, {"otherwise": True, "points": 0}]
    doses = [{"when": draw(LATER), "amount": "8 mg/kg"}, {"otherwise": True, "amount": "400 mg"}]
    steps = [{"amount": "1 g", "every": "12 h", "until": draw(LATER)}, {"amount": "60 mg", "every": "12 h"}]
    what = {"strength": "recommend", "certainty": "not_stated", "basis": "consensus", "within": "1 h"}
    return [
        draw(grades("first.grade", FIRST)),
        rule("points", "score", points={"one": item, "two": item[-2:]},
             bands=[{"at_least": 2, "band": "high"}, {"otherwise": True, "band": "low"}]),
        rule("phase", "classification",
             outcomes=[{"outcome": "quiet", "when": draw(FIRST)}, {"outcome": "active", "otherwise": True}]),
        draw(grades("later.grade", LATER)),
        rule("ours.advice", "recommendation", **{"for": [draw(LATER), "age >= 2 a"]}, question="treating", **what,
             when=draw(LATER), do=[{"give": "tocilizumab", "dose": {"rows": doses}},
                                   {"give": "methylprednisolone", "steps": steps}]),
        rule("ours.limit", "invariant", guards={"verb": "give"},
             must={"any": ["dose <= 800 mg", draw(LATER)]}, otherwise="withhold", if_unknown="confirm"),
        rule("ours.notice", "notice", when=draw(LATER), says="Look.", urgent=True),
    ]  # fmt: skip


class Plainly(yaml.SafeDumper):
    """YAML without anchors, as knowledge is written."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write every value out."""
        return True


def text(data: Any) -> str:
    """YAML as the project writes it: block style, keys in their order."""
    return str(yaml.dump(data, Dumper=Plainly, sort_keys=False, default_flow_style=False, width=10_000))


Files = dict[str, str]
"""A knowledge folder as text, so that a failure shows what a committee would have to write."""


@st.composite
def rule_sets(draw: st.DrawFn) -> Files:
    """A whole knowledge folder but for what every folder has."""
    prefers = {"prefers": {"treating": [{"guideline": "ours", "for": draw(LATER)}, "ours"]}}
    return {
        "elements/facts.yaml": text(elements(draw(ROWS), draw(PLAIN), draw(PLAIN), draw(PLAIN))),
        "protocols/default.yaml": BASE["protocols/default.yaml"] + text(prefers),
        "questions.yaml": "treating: {title: How to treat}\n",
        **{f"guidelines/ours/{each['id']}.yaml": text(each) for each in draw(rules())},
    }


def made_of(files: Files) -> Knowledge:
    """The folder, read from disk and compiled."""
    return compile_knowledge(content(files=files))


# --- two engines, one answer ------------------------------------------------------------------------------------------


@pytest.mark.second_engine
def test_generated_rule_sets_have_one_answer_in_both_engines() -> None:
    """Every clause has the same one of three truth values in both, and over all of them each truth value comes up."""
    truths: Counter[bool | None] = Counter()

    @MANY
    @given(rule_sets(), st.lists(facts, min_size=1, max_size=5))
    def agree(files: Files, patients: list[dict[str, Any]]) -> None:
        made = made_of(files)
        with SecondEngine(made.atoms, made.items) as engine:
            for patient in patients:
                found = assess(made, Course.from_facts(patient), second_engine=engine)
                said = found.run.engines
                assert (said.agreement, said.differences, said.fault) == ("agree", [], None)
                assert said.compared >= len([item for item in made.items if not item.bound])
                truths.update(found.evaluation.truths.values())

    agree()
    assert all(truths[truth] >= RULE_SETS for truth in (True, False, None))


# --- what is open covers what it turns out to be ----------------------------------------------------------------------

Answers = set[int | str]


def known(patient: Mapping[str, Any], filled: Mapping[str, Any]) -> dict[str, Any]:
    """The same patient with the open facts found out."""
    return {**patient, **{name: value for name, value in filled.items() if _is_open(patient.get(name))}}


def _is_open(value: Any) -> bool:
    return value in (None, "unknown") or (isinstance(value, list) and "unknown" in value)


def answers(finding: Finding) -> Answers:
    """The answers that a grade or classification leaves."""
    return set(finding.possible) if finding.value is None else {finding.value}


def bounds(finding: Finding) -> tuple[float, float]:
    """The bounds of a score."""
    least, most = (finding.value,) * 2 if finding.value is not None else (finding.at_least, finding.at_most)
    return (float("-inf") if least is None else float(least), float("inf") if most is None else float(most))


@MANY
@given(rule_sets(), facts, st.fixed_dictionaries({**FACTS}))
def test_what_an_open_fact_turns_out_to_be_was_among_the_answers(
    files: Files, patient: dict[str, Any], filled: dict[str, Any]
) -> None:
    """A decided answer is never taken back by a fact that was open, and an open one never goes outside its bounds."""
    if isinstance(patient.get("pressors"), list):
        # A drug that nobody could name is one more than those that are named.
        filled = filled | {"pressors": DRUGS}
    # What is assumed may be found to be otherwise; a charted unknown is not assumed.
    patient = {"guess": "unknown"} | patient
    made = made_of(files)
    before, after = (_assessed(made, each) for each in (patient, known(patient, filled)))
    for then, now in zip(before.findings, after.findings, strict=True):
        if then.kind == "score":
            assert bounds(then)[0] <= bounds(now)[0] <= bounds(now)[1] <= bounds(then)[1]
        else:
            assert answers(now) <= answers(then)


def _assessed(made: Knowledge, patient: Mapping[str, Any]) -> Assessment:
    return assess(made, Course.from_facts(patient), second_engine=False)
