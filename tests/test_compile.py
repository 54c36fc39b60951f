"""Compiling: the committee's lines become typed atoms in an order, under one protocol on one day."""

from datetime import date
from functools import cache
from pathlib import Path

import msgspec
import pytest

from clinguide.compile import Knowledge, compile_knowledge, load
from clinguide.compile.atoms import (
    BooleanAtom,
    CodeAtom,
    Constant,
    DifferenceAtom,
    EmptyAtom,
    HasAtom,
    Leaf,
    NumberAtom,
    Root,
    Term,
    UnknownAtom,
)
from clinguide.compile.derivations import AtDose, DailyRate, DoseCount, EverTrue, Shifted, TimeFromTo, ValueAt
from clinguide.compile.digests import case_digest, content_digest
from clinguide.compile.order import tree_atoms
from clinguide.model import Content, InvariantRule
from clinguide.problems import KnowledgeError
from small_knowledge import BASE, advice, content, grade, knowledge, limit, rule, write

HOUR = 3_600_000_000
FACTS = """\
temperature: {title: Temperature, type: number, unit: Cel}
age: {title: Age, type: number, unit: a}
weight: {title: Weight, type: number, unit: kg}
boluses: {title: Boluses, type: count}
sedated: {title: Sedated, type: boolean}
device: {title: Device, type: code, codes: [room_air, cannula, cpap]}
pressors: {title: Pressors, type: codes, codes: [norepinephrine, vasopressin]}
"""


@cache
def shipped_knowledge() -> Knowledge:
    """The knowledge that ships with the package."""
    return load()


def lines_of(made: Knowledge, clause: str) -> list[tuple[object, bool]]:
    """The atom of each line of a clause, and whether the line is its negation."""
    tree = made.clauses[clause]
    assert not isinstance(tree, Leaf)
    return [(made.atoms[leaf.atom], leaf.negated) for leaf in tree.items if isinstance(leaf, Leaf)]


# --- lowering ---------------------------------------------------------------------------------------------------------


def test_every_test_becomes_its_typed_atom() -> None:
    """A number is compared in micro-units of its element, a code with its element's codes; `not` is a negation."""
    body = """
    rows:
      - grade: 1
        all:
          - temperature >= 100.4 degF
          - 12 a > age
          - boluses != 2
          - device is not cpap
          - device in (cannula, cpap)
          - sedated is false
          - pressors includes norepinephrine
          - pressors is not empty
    """
    made = knowledge(FACTS, [grade("crs", body)])
    assert lines_of(made, "crs/rows/0") == [
        (NumberAtom("temperature", ">=", 38_000_000), False),
        (NumberAtom("age", "<", 12_000_000), False),
        (NumberAtom("boluses", "=", 2_000_000), True),
        (CodeAtom("device", frozenset({"cpap"}), frozenset({"room_air", "cannula"})), True),
        (CodeAtom("device", frozenset({"cannula", "cpap"}), frozenset({"room_air"})), False),
        (BooleanAtom("sedated"), True),
        (HasAtom("pressors", "norepinephrine"), False),
        (EmptyAtom("pressors"), True),
    ]


@pytest.mark.parametrize(
    ("text", "operator"), [("<", ">"), ("<=", ">="), (">", "<"), (">=", "<="), ("=", "="), ("!=", "=")]
)
def test_a_number_on_the_left_turns_the_operator_round(text: str, operator: str) -> None:
    """`12 a > age` and `age < 12 a` are one atom."""
    made = knowledge(FACTS, [grade("crs", f"rows:\n  - {{grade: 1, when: 12 a {text} age}}\n")])
    (index,) = tree_atoms(made.clauses["crs/rows/0"])
    assert made.atoms[index] == NumberAtom("age", operator, 12_000_000)  # type: ignore[arg-type]


def test_equal_lines_share_one_atom_and_one_difference() -> None:
    """What is asked twice is computed once; a line of two expressions is one field, left minus right, against 0."""
    body = """
    rows:
      - {grade: 3, when: weight > 2 * weight}
      - {grade: 2, when: weight >= 2 * weight}
      - {grade: 2, when: temperature >= 38 Cel}
      - {grade: 1, when: temperature >= 38 Cel}
    """
    made = knowledge(FACTS, [grade("crs", body)])
    differences = [atom for atom in made.atoms if isinstance(atom, DifferenceAtom)]
    assert [(each.id, each.operator) for each in differences] == [("difference.1", ">"), ("difference.1", ">=")]
    assert len([atom for atom in made.atoms if atom == NumberAtom("temperature", ">=", 38_000_000)]) == 1
    assert differences[0].scale == Constant(1000, 1)


def test_a_setting_stands_as_its_value_and_only_in_its_own_rule() -> None:
    """A rule's setting is a number with its unit in each of its lines; another rule does not know it."""
    settings = "settings:\n  limit: {value: 38.5 Cel, may_be: 38 Cel to 39 Cel, cautious: lower}\n"
    body = settings + "rows:\n  - {grade: 1, when: temperature >= limit}\n"
    made = knowledge(FACTS, [grade("crs", body)])
    assert NumberAtom("temperature", ">=", 38_500_000) in made.atoms
    with pytest.raises(KnowledgeError, match="unknown-element: no element is called 'limit'"):
        knowledge(FACTS, [grade("crs", body), grade("other", "rows:\n  - {grade: 1, when: temperature > limit}\n")])


def test_a_setting_is_a_term_of_a_formula_and_a_length_of_a_window() -> None:
    """Settings serve wherever a number or a duration may stand."""
    elements = FACTS + (
        "raised:\n  title: Raised\n  type: boolean\n  settings:\n"
        "    fall: {value: 0.3, may_be: 0.2 to 0.4, cautious: lower}\n  derived: weight - 10 kg >= fall * weight\n"
        "lately:\n  title: Lately\n  type: boolean\n  settings:\n"
        "    window: {value: 6 h, may_be: 4 h to 8 h, cautious: lower}\n"
        "  derived: ever (sedated is true) within window\n"
    )
    made = knowledge(elements)
    form = made.forms["lately"]
    assert isinstance(form, EverTrue)
    assert form.window.within == 6 * HOUR
    (difference,) = [atom for atom in made.atoms if isinstance(atom, DifferenceAtom)]
    assert "Constant(numerator=3, denominator=10)" in str(difference.right)


def test_unknown_is_asked_in_a_notice() -> None:
    """`NAME is unknown` is a two-valued atom."""
    made = knowledge(FACTS, [rule("n", "notice", "when: temperature is unknown\nsays: Take it.\n")])
    assert made.atoms == (UnknownAtom("temperature"),)


def test_a_score_with_bands_is_also_a_code() -> None:
    """A score is compared as a number, and with `is` as its band."""
    score = rule(
        "risk",
        "score",
        """
        points:
          heat:
            - {when: temperature >= 38 Cel, points: 2}
            - {otherwise: true, points: 0}
        bands:
          - {at_least: 2, band: high}
          - {otherwise: true, band: low}
        """,
    )
    reader = grade("crs", "rows:\n  - {grade: 2, when: risk is high}\n  - {grade: 1, when: risk >= 1}\n")
    made = knowledge(FACTS, [score, reader])
    assert CodeAtom("risk.band", frozenset({"high"}), frozenset({"low"})) in made.atoms
    assert NumberAtom("risk", ">=", 1_000_000) in made.atoms
    assert made.reads["crs"] == {"risk"}


def test_a_fitted_formula_reads_plain_numbers_in_the_units_it_was_fitted_in() -> None:
    """With `with:` each term is the number in that unit, so that units cannot clash."""
    score = rule("risk", "score", "formula: sqrt(weight * age)\nwith: {weight: g, age: a}\n")
    made = knowledge(FACTS, [score])
    formula = made.formulas["risk"][0]
    assert isinstance(formula, Root)
    assert formula.of.left == Term("weight", 1, 1000)  # type: ignore[union-attr]


def test_drugs_of_a_class_are_all_drugs_below_it() -> None:
    """Classes nest: doses of the upper class count each drug below; an equivalence counts what has a factor."""
    elements = (
        "given: {title: D, type: count, derived: doses of anticytokine}\n"
        "rate: {title: R, type: number, unit: mg/d, derived: daily dose of dexamethasone-equivalent}\n"
        "one: {title: O, type: number, unit: mg/d, derived: daily dose of dexamethasone}\n"
    )
    made = knowledge(elements)
    given, rate, one = made.forms["given"], made.forms["rate"], made.forms["one"]
    assert isinstance(given, DoseCount)
    assert given.drugs == {"tocilizumab", "anakinra", "dexamethasone", "methylprednisolone"}
    assert rate == DailyRate((("dexamethasone", 1, 1), ("methylprednisolone", 3, 16)))
    assert one == DailyRate((("dexamethasone", 1, 1),))


def test_anchors_are_resolved() -> None:
    """An anchor is a dose of a drug or of a class, and may be shifted."""
    elements = FACTS + (
        "waited: {title: S, type: number, unit: h, derived: time from (first dose of anticytokine) + 2 h to now}\n"
        "there: {title: T, type: number, unit: Cel, derived: temperature at last dose of tocilizumab}\n"
    )
    made = knowledge(elements)
    waited, there = made.forms["waited"], made.forms["there"]
    assert isinstance(waited, TimeFromTo)
    assert waited.start == Shifted(
        AtDose(False, frozenset({"tocilizumab", "anakinra", "dexamethasone", "methylprednisolone"})), 2 * HOUR
    )
    assert waited.unit == HOUR
    assert there == ValueAt("temperature", AtDose(True, frozenset({"tocilizumab"})))


def test_a_bound_name_is_known_only_to_invariants() -> None:
    """`dose` and its like are bound by guards, so only the `must` of an invariant may read them."""
    made = knowledge(FACTS, [limit("ours.cap", "{give: tocilizumab}", "- dose <= 800 mg")])
    assert NumberAtom("dose", "<=", 800_000_000) in made.atoms
    (item,) = made.items
    assert item.bound
    with pytest.raises(KnowledgeError, match="no element is called 'dose'"):
        knowledge(FACTS, [advice("ours.a", "- dose <= 800 mg", "- monitor: age")])


def test_all_problems_are_told_at_once() -> None:
    """Problems between files, in elements, in rules and in contradictions stand together."""
    files = {
        "elements/contradictions.yaml": "- all:\n    - agee > 3 a\n  readings: [age, weight]\n  says: No.\n",
        "sources.yaml": "bok: {title: A book}\n",
    }
    elements = FACTS + "odd: {title: Odd, type: number, derived: weigth}\n"
    with pytest.raises(KnowledgeError) as caught:
        knowledge(elements, [grade("crs", "rows:\n  - {grade: 1, when: temprature > 38 Cel}\n")], files)
    assert [(each.code, each.span and each.span.file) for each in caught.value.problems] == [
        ("unknown-element", "knowledge/elements/contradictions.yaml"),
        ("unknown-element", "knowledge/elements/facts.yaml"),
        ("unknown-element", "knowledge/guidelines/ours/rule-0.yaml"),
        ("unknown-source", "knowledge/guidelines/ours/statements.yaml"),
    ]


def test_no_such_protocol() -> None:
    """Asked for a protocol that is not there, the nearest one is offered."""
    with pytest.raises(KnowledgeError, match=r"unknown-protocol: no protocol is called 'defalt'(.|\n)*'default'"):
        compile_knowledge(content(FACTS), "defalt")


def test_content_made_in_memory_is_checked_as_well() -> None:
    """What reading would have refused is refused here too: content may have been changed since it was read."""
    case = "rule: crs\ncases:\n  - {name: A, given: {age: 3 a}, expect: {grade: 0}}\n"
    made = content(
        FACTS + "motor:\n  title: M\n  type: code\n  codes: [none, weak]\n  worse: [none, weak]\n",
        [
            grade("crs", "rows:\n  - {grade: 1, when: age > 3 a}\n"),
            limit("ours.cap", "{give: tocilizumab}", "- age > 3 a"),
        ],
        {"guidelines/ours/rule-0.cases.yaml": case},
    )
    rules = tuple(
        msgspec.structs.replace(each, guards=(("gives", "tocilizumab"),)) if isinstance(each, InvariantRule) else each
        for each in made.rules
    )
    elements = tuple(
        msgspec.structs.replace(each, worse=("none",)) if each.id == "motor" else each for each in made.elements
    )
    cases = tuple(msgspec.structs.replace(each, rule="h") for each in made.cases)
    changed = msgspec.structs.replace(made, rules=rules, elements=elements, cases=cases)
    with pytest.raises(KnowledgeError) as caught:
        compile_knowledge(changed)
    assert {each.code for each in caught.value.problems} == {"bad-order", "unknown-guard", "unknown-rule"}


# --- order ------------------------------------------------------------------------------------------------------------


def test_everything_comes_after_what_it_reads() -> None:
    """In the shipped knowledge each name stands behind all that it reads at the same time."""
    made = shipped_knowledge()
    place = {name: number for number, name in enumerate(made.order)}
    behind = [(name, read) for name, reads in made.reads.items() for read in reads if place[read] >= place[name]]
    assert behind == []


def test_a_rule_may_read_its_own_past_and_only_that() -> None:
    """`before now` makes no edge; without it the same would be a cycle."""
    seen = "seen: {{title: Seen, type: boolean, derived: 'ever (crs >= 1){}'}}\n"
    rules = [grade("crs", "rows:\n  - grade: 1\n    any:\n      - temperature >= 38 Cel\n      - seen is true\n")]
    made = knowledge(FACTS + seen.format(" before now"), rules)
    assert made.reads["seen"] == frozenset()
    assert made.past == {"crs"}
    with pytest.raises(KnowledgeError, match="cycle: these read each other at the same time"):
        knowledge(FACTS + seen.format(""), rules)


def test_rounds_of_the_second_engine_count_the_rules_below() -> None:
    """A rule that reads a rule is asked a round later, also through an element."""
    elements = FACTS + "two: {title: Two, type: boolean, derived: g.one >= 1}\n"
    rules = [
        grade("g.one", "rows:\n  - {grade: 1, when: temperature >= 38 Cel}\n"),
        grade("g.two", "rows:\n  - {grade: 1, when: two is true}\n"),
        advice("ours.a", "- g.two >= 1", "- monitor: age"),
    ]
    made = knowledge(elements, rules)
    assert {item.id: item.stratum for item in made.items} == {
        "g.one/rows/0": 0,
        "g.two/rows/0": 1,
        "ours.a/when": 2,
    }


def test_drug_history_is_what_comes_from_doses_alone() -> None:
    """Elements of doses, times from doses and what is computed from nothing else; not what also reads a sign."""
    elements = FACTS + (
        "given: {title: D, type: count, derived: doses of tocilizumab}\n"
        "many: {title: M, type: boolean, derived: given >= 3}\n"
        "mixed: {title: X, type: boolean, derived: {all: [given >= 3, sedated is true]}}\n"
        "waited: {title: S, type: number, unit: h, derived: time from last dose of tocilizumab to now}\n"
        "until: {title: U, type: number, unit: h, derived: time from infusion to (first dose of tocilizumab) + 2 h}\n"
        "rate: {title: R, type: number, unit: mg/d, derived: daily dose of dexamethasone}\n"
        "run: {title: N, type: number, unit: h, derived: time for which (rate >= 40 mg/d)}\n"
        "stay: {title: Y, type: number, unit: h, derived: time from infusion to now}\n"
        "there: {title: T, type: number, unit: Cel, derived: temperature at last dose of tocilizumab}\n"
        "peak: {title: P, type: number, unit: Cel, derived: highest temperature since last dose of tocilizumab}\n"
        "top: {title: O, type: number, unit: Cel, derived: highest temperature within 12 h}\n"
    )
    assert knowledge(elements).drug_history == {
        "given", "many", "waited", "until", "rate", "run", "there", "peak",
    }  # fmt: skip


# --- in force on a day ------------------------------------------------------------------------------------------------


def edition(name: str, effective: str) -> str:
    """The file of a guideline with its days."""
    return f"title: {name}\nid: {name}\npublisher: Us\neffective: {effective}\n"


def two_editions() -> Content:
    """An old and a new edition that meet in the middle of 2022, and rules that read the grade of one of them."""
    row = "rows:\n  - {grade: 1, when: temperature >= 38 Cel}\n"
    return content(
        FACTS + "seen: {title: Seen, type: boolean, derived: ever (new.grade >= 1) before now}\n",
        [
            advice("ours.direct", "- old.grade >= 1", "- monitor: age"),
            advice("ours.through", "- seen is true", "- monitor: age"),
            rule("ours.retired", "notice", "when: age > 3 a\nsays: So.\n", status="retired"),
            rule("ours.sum", "score", "formula: new.grade + 1\n"),
        ],
        {
            "guidelines/old/guideline.yaml": edition("old", "{from: 2020-01-01, to: 2022-07-01}"),
            "guidelines/old/grade.yaml": grade("old.grade", row),
            "guidelines/new/guideline.yaml": edition("new", "{from: 2022-07-01}"),
            "guidelines/new/grade.yaml": grade("new.grade", row),
            "protocols/default.yaml": BASE["protocols/default.yaml"].replace("[ours]", "[ours, old, new]"),
        },
    )


NO_OLD = [("old.grade", "ended 2022-07-01"), ("ours.direct", "reads old.grade, which is not in force")]
NO_NEW = [
    ("new.grade", "begins 2022-07-01"),
    ("ours.sum", "reads new.grade, which is not in force"),
    ("ours.through", "reads new.grade, which is not in force"),
]


@pytest.mark.parametrize(
    ("day", "outside"),
    [
        (date(2019, 12, 31), [NO_NEW[0], ("old.grade", "begins 2020-01-01"), NO_OLD[1], *NO_NEW[1:]]),
        (date(2020, 1, 1), NO_NEW),
        (date(2022, 6, 30), NO_NEW),
        (date(2022, 7, 1), NO_OLD),
        (date(2030, 1, 1), NO_OLD),
        (None, NO_OLD),
    ],
)
def test_editions_answer_from_their_first_day_to_the_day_before_their_last(
    day: date | None, outside: list[tuple[str, str]]
) -> None:
    """From <= day < to; without a day, editions without an end; what reads a rule not in force is not in force."""
    made = compile_knowledge(two_editions(), as_of=day)
    expected = sorted([*outside, ("ours.retired", "retired")])
    assert [(each.rule, each.why) for each in made.not_in_force] == expected
    assert made.rules.keys() == {each.header.id for each in made.content.rules} - {name for name, _ in expected}


def test_another_day_is_compiled_once_and_is_the_same_content() -> None:
    """`on(day)` keeps what it made; the same content on another day is the same content."""
    made = compile_knowledge(two_editions(), as_of=date(2021, 1, 1))
    later = made.on(date(2023, 1, 1))
    assert made.on(date(2021, 1, 1)) is made
    assert made.on(date(2023, 1, 1)) is later
    assert later.digest == made.digest
    assert later.rules.keys() != made.rules.keys()


def test_two_answers_need_a_preference_only_where_their_days_meet() -> None:
    """An edition that replaces another does not compete with it; an edition beside it does."""
    steroid = advice("x.steroid", "- age > 3 a", "- monitor: age", more="question: crs.steroid\n")

    def both(old: str, new: str) -> Content:
        return content(
            FACTS,
            [],
            {
                "questions.yaml": "crs.steroid: {title: When}\n",
                "guidelines/old/guideline.yaml": edition("old", old),
                "guidelines/old/steroid.yaml": steroid.replace("x.steroid", "old.steroid"),
                "guidelines/new/guideline.yaml": edition("new", new),
                "guidelines/new/steroid.yaml": steroid.replace("x.steroid", "new.steroid"),
                "protocols/default.yaml": BASE["protocols/default.yaml"].replace("[ours]", "[ours, old, new]"),
            },
        )

    compile_knowledge(both("{from: 2020-01-01, to: 2022-07-01}", "{from: 2022-07-01}"))
    with pytest.raises(KnowledgeError, match=r"no-preference: new and old both answer 'crs\.steroid'"):
        compile_knowledge(both("{from: 2020-01-01, to: 2022-07-02}", "{from: 2022-07-01}"))


def test_an_open_edition_meets_a_later_one() -> None:
    """An edition without days is always in force, so it competes with any other."""
    steroid = advice("x.steroid", "- age > 3 a", "- monitor: age", more="question: crs.steroid\n")
    files = {
        "questions.yaml": "crs.steroid: {title: When}\n",
        "guidelines/new/guideline.yaml": edition("new", "{from: 2022-07-01}"),
        "guidelines/new/steroid.yaml": steroid.replace("x.steroid", "new.steroid"),
        "protocols/default.yaml": BASE["protocols/default.yaml"].replace("[ours]", "[ours, new]"),
    }
    with pytest.raises(KnowledgeError, match="no-preference"):
        knowledge(FACTS, [steroid.replace("x.steroid", "ours.steroid")], files)


# --- loading ----------------------------------------------------------------------------------------------------------


def test_a_folder_is_loaded_on_a_day(tmp_path: Path) -> None:
    """`load` takes a folder, a protocol and a day, as a date or as its text."""
    files = {
        "elements/facts.yaml": FACTS,
        "guidelines/ours/r.yaml": grade("crs", "rows:\n  - {grade: 1, when: age > 3 a}\n"),
    }
    made = load(write(tmp_path, {**BASE, **files}), protocol="default", as_of="2024-05-01")
    assert made.as_of == date(2024, 5, 1)
    assert made.on(date(2024, 5, 1)) is made
    assert load(str(tmp_path), as_of=date(2024, 5, 1)).digest == made.digest


# --- digests ----------------------------------------------------------------------------------------------------------


def test_comments_and_layout_do_not_count() -> None:
    """The digest is of what is said: a comment, another order of keys and of files leave it as it is."""
    one = content(FACTS, [grade("crs", "rows:\n  - {grade: 1, when: age > 3 a}\n")])
    body = grade("crs", "# A comment.\nrows:\n\n  - when: age > 3 a\n    grade: 1\n")
    two = content("", [], {"elements/b.yaml": "# So.\n" + FACTS, "guidelines/ours/other.yaml": body})
    assert content_digest(one) == content_digest(two)
    assert one.rules[0].header.digest == two.rules[0].header.digest


@pytest.mark.parametrize(
    "files",
    [
        {"guidelines/ours/rule.yaml": grade("crs", "rows:\n  - {grade: 1, when: age > 4 a}\n")},
        {"guidelines/ours/rule.yaml": grade("crs", "rows:\n  - {grade: 2, when: age > 3 a}\n")},
        {"elements/facts.yaml": FACTS.replace("Temperature", "Body temperature")},
        {"drugs.yaml": BASE["drugs.yaml"].replace("0.1875", "0.1876")},
        {"actions.yaml": BASE["actions.yaml"].replace("24 h", "23 h")},
        {"sources.yaml": "book: {title: Another book}\n"},
        {"questions.yaml": "crs.steroid: {title: When}\n"},
        {"guidelines/ours/guideline.yaml": BASE["guidelines/ours/guideline.yaml"] + "review_by: 2027-01-01\n"},
        {"guidelines/ours/statements.yaml": BASE["guidelines/ours/statements.yaml"].replace("So it is", "So it was")},
        {"protocols/default.yaml": BASE["protocols/default.yaml"].replace("0.1.0", "0.2.0")},
        {"elements/contradictions.yaml": "- all:\n    - age > 3 a\n  readings: [age, weight]\n  says: No.\n"},
    ],
)
def test_every_object_counts(files: dict[str, str]) -> None:
    """A change of any rule, fact, source or protocol is another content."""
    first = {"guidelines/ours/rule.yaml": grade("crs", "rows:\n  - {grade: 1, when: age > 3 a}\n")}
    facts = {"elements/facts.yaml": FACTS}
    assert content_digest(content("", [], {**facts, **first})) != content_digest(
        content("", [], {**facts, **first, **files})
    )


def test_cases_have_a_digest_of_their_own() -> None:
    """A case tests the knowledge and is no part of it."""
    first = {"guidelines/ours/rule.yaml": grade("crs", "rows:\n  - {grade: 1, when: age > 3 a}\n")}
    case = "rule: crs\ncases:\n  - {{name: A, given: {{age: {} a}}, expect: {{grade: 0}}}}\n"
    made = [content(FACTS, [], {**first, "guidelines/ours/rule.cases.yaml": case.format(age)}) for age in (1, 2)]
    bare = content(FACTS, [], first)
    assert len({content_digest(each) for each in [*made, bare]}) == 1
    assert len({case_digest(each) for each in [*made, bare]}) == 3
