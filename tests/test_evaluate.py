"""The reference evaluator: exact bounds, arithmetic between bounds, and both ways to read a condition."""

from fractions import Fraction
from math import inf
from typing import Any

import pytest

from clinguide.compile.atoms import Constant, Formula, Group, Leaf, NumberAtom, Operation, Root, Term
from clinguide.course import Course
from clinguide.evaluate import Evaluation, evaluate
from clinguide.evaluate.arithmetic import bounds
from clinguide.evaluate.kleene import compiled, truth
from clinguide.values import MICRO, Bounds, Truth
from small_knowledge import grade, knowledge, rule, timeline

FACTS = """\
age: {title: Age, type: number, unit: a}
heat: {title: Heat, type: number, plausible: 0 to 10}
beds: {title: Beds, type: count}
ice: {title: ICE, type: count, plausible: 0 to 10}
device: {title: Device, type: code, codes: [air, mask, cpap, bipap]}
drips: {title: Drips, type: codes, codes: [one, two, three, four]}
drip_count: {title: Count, type: count, derived: count of drips except (four)}
awake: {title: Awake, type: boolean}
calm: {title: Calm, type: boolean}
hot: {title: Hot, type: boolean, derived: heat >= 8}
either: {title: Either, type: boolean, derived: {any: [awake is true, calm is true]}}
half: {title: Half, type: number, derived: heat / 2}
"""


NEVER = "rows:\n  - grade: 2\n    all:\n      - awake is true\n      - awake is false\n"
"""A row that cannot hold, though Kleene's logic does not see it."""


def found(body: str, limit: int = 4096, **facts: Any) -> Evaluation:
    """The evaluation of a grade called `mark` for some facts."""
    made = knowledge(FACTS, [grade("mark", body)])
    return evaluate(made, timeline(made, Course.from_facts(facts)), limit=limit)


def possible(body: str, **facts: Any) -> set[Any]:
    """The grades that are possible."""
    answer = found(body, **facts).answer("mark").answer
    assert isinstance(answer, frozenset)
    return set(answer)


# --- exact bounds -----------------------------------------------------------------------------------------------------


def test_what_kleene_leaves_open_is_decided_where_every_filling_agrees() -> None:
    """A and not A is never true, and A or not A always is, whatever A is."""
    both = NEVER + "  - {grade: 1, when: heat >= 3}\n"
    made = found(both, heat="5")
    assert made.kleene("mark") == frozenset({1, 2})
    assert made.answer("mark").answer == frozenset({1})
    one = "rows:\n  - grade: 3\n    any:\n      - heat >= 3\n      - heat < 3\n"
    assert possible(one) == {3}


@pytest.mark.parametrize(
    ("rows", "grades"),
    [
        ("- {grade: 2, when: heat > 9}\n- {grade: 1, when: heat >= 0}", {1, 2}),
        ("- {grade: 2, when: heat > 10}\n- {grade: 1, when: heat >= 0}", {1}),
        ("- {grade: 2, when: heat >= 10}\n- {grade: 1, when: heat < 0}", {0, 2}),
        ("- {grade: 2, when: ice = 4}\n- {grade: 1, when: ice >= 0}", {1, 2}),
        ("- {grade: 2, when: ice < 0}\n- {grade: 1, when: ice > 10}", {0}),
        ("- {grade: 2, when: beds < 0}\n- {grade: 1, when: beds > 300}", {0, 1}),
        ("- grade: 3\n  when: device in (cpap, bipap)\n- {grade: 1, when: device is not air}", {0, 1, 3}),
        ("- {grade: 3, when: drip_count >= 4}\n- {grade: 2, when: drip_count >= 2}", {0, 2}),
        (
            "- grade: 3\n  all:\n    - drips includes four\n    - drip_count >= 3\n- {grade: 1, when: drips is empty}",
            {0, 1, 3},
        ),
        ("- {grade: 2, when: hot is true}\n- {grade: 1, when: heat >= 9}", {0, 2}),
        ("- {grade: 2, when: either is true}\n- {grade: 1, when: awake is true}", {0, 2}),
    ],
)
def test_one_value_of_each_region_of_each_open_fact_is_tried(rows: str, grades: set[int]) -> None:
    """Thresholds cut numbers, atoms cut codes, and sets matter by what is asked of them, within what is plausible."""
    body = "rows:\n" + "\n".join(f"  {line}" for line in rows.split("\n")) + "\n"
    assert possible(body) == grades


def test_a_set_that_is_partly_known_keeps_what_it_has() -> None:
    """One is certain, another is there but nobody knows which."""
    body = "rows:\n  - {grade: 3, when: drip_count >= 3}\n  - {grade: 2, when: drip_count >= 1}\n"
    assert possible(body, drips=["one", "unknown"]) == {2, 3}
    assert possible("rows:\n  - {grade: 2, when: drips is empty}\n", drips=["unknown"]) == {0}


def test_a_fact_that_a_formula_reckons_with_keeps_kleenes_bounds() -> None:
    """Its thresholds depend on other facts, so it has no regions; the answer is sound all the same."""
    body = "rows:\n  - {grade: 2, when: heat > half}\n  - {grade: 1, when: age > 3 a}\n"
    assert possible(body, age="4 a") == {1, 2}
    assert possible(body, age="4 a", heat="4") == {2}


def test_beyond_the_limit_kleenes_bounds_stand_and_say_so() -> None:
    """A search that is cut off narrows nothing."""
    both = NEVER + "      - heat > 3\n      - ice > 3\n"
    assert found(both).answer("mark").complete
    cut = found(both, limit=1).answer("mark")
    assert (cut.answer, cut.complete) == (frozenset({0, 2}), False)


def test_missing_names_what_narrows_most_first() -> None:
    """What decides alone stands first; what narrows nothing while the others are open is not asked for."""
    body = "rows:\n  - {grade: 4, when: heat >= 8}\n  - {grade: 2, when: awake is false}\n"
    body += "  - {grade: 1, when: calm is false}\n"
    made = found(body)
    assert [(each.element, each.settles) for each in made.missing("mark")] == [("heat", 3), ("awake", 2), ("calm", 1)]
    assert [each.element for each in found(body, heat="9").missing("mark")] == []
    together = "rows:\n  - grade: 1\n    none_of:\n      - awake is true\n      - calm is true\n"
    assert {each.element for each in found(together).missing("mark")} == {"awake", "calm"}


def test_what_another_rule_lacks_is_asked_for_in_its_place() -> None:
    """Nobody charts a grade: its facts are missing."""
    rules = [
        grade("mark", "rows:\n  - {grade: 1, when: heat >= 8}\n"),
        rule(
            "phase",
            "classification",
            "outcomes:\n  - {outcome: quiet, when: mark = 0}\n  - {outcome: loud, otherwise: true}\n",
        ),
    ]
    made = knowledge(FACTS, rules)
    evaluation = evaluate(made, timeline(made, Course.from_facts({"awake": True})))
    assert [each.element for each in evaluation.missing("phase")] == ["heat"]


# --- arithmetic -------------------------------------------------------------------------------------------------------

ONE, TWO, ZERO = Constant(1, 1), Constant(2, 1), Constant(0, 1)
X, Y = Term("x", 1, MICRO), Term("y", 1, MICRO)
PLAIN = Constant(1, MICRO)


def times(left: Formula, right: Formula) -> Operation:
    """A product."""
    return Operation("*", left, right)


@pytest.mark.parametrize(
    ("formula", "values", "result"),
    [
        (Operation("+", X, Y), {"x": (1, 2), "y": (10, 20)}, (11, 22)),
        (Operation("-", X, Y), {"x": (1, 2), "y": (10, 20)}, (-19, -8)),
        (Operation("-", X, X), {"x": (1, 2)}, (0, 0)),
        (Operation("+", X, Constant(1, 2)), {"x": (1, 2)}, (1.5, 2.5)),
        (Operation("-", ONE, X), {"x": (-inf, 2)}, (-1, inf)),
        (times(X, Y), {"x": (-1, 2), "y": (3, 4)}, (-4, 8)),
        (times(X, Y), {"x": (0, 0), "y": (-inf, inf)}, (0, 0)),
        (times(X, Y), {"x": (2, 3), "y": (1, inf)}, (2, inf)),
        (Operation("/", X, Y), {"x": (1, 2), "y": (4, 8)}, (0.125, 0.5)),
        (Operation("/", X, Y), {"x": (1, 2), "y": (0, 8)}, (-inf, inf)),
        (Operation("/", X, Y), {"x": (1, 2), "y": (4, inf)}, (0, 0.5)),
        (Operation("/", ONE, Constant(3, 1)), {}, (0.333333, 0.333333)),
        (Operation("/", TWO, Constant(3, 1)), {}, (0.666667, 0.666667)),
        (Root(X), {"x": (4, 9)}, (2, 3)),
        (Root(X), {"x": (2, 2)}, (1.414214, 1.414214)),
        (Root(X), {"x": (-1, 9)}, (0, 3)),
        (Root(X), {"x": (-9, -1)}, (-inf, inf)),
        (Root(X), {"x": (4, inf)}, (2, inf)),
        (Operation("+", times(X, Y), Root(X)), {"x": (4, 4), "y": (1, 2)}, (6, 10)),
        (Operation("-", times(X, Y), ONE), {"x": (4, 4), "y": (1, 2)}, (3, 7)),
        (times(X, TWO), {"x": None}, (-inf, inf)),
    ],
)
def test_arithmetic_between_bounds(formula: Formula, values: dict[str, Bounds | None], result: Bounds) -> None:
    """Every value between the bounds gives one between the result's; rounded once, at the end, half to even."""
    micro = {name: value and (value[0] * MICRO, value[1] * MICRO) for name, value in values.items()}
    low, high = bounds(formula, PLAIN, micro)
    assert (low / MICRO, high / MICRO) == result


def test_a_half_is_rounded_to_the_even_neighbour() -> None:
    """Half a millionth goes to the even one, as everywhere in the engine."""
    for micro, expected in ((1, 0), (3, 2), (5, 2)):
        assert bounds(times(Constant(1, 2), X), PLAIN, {"x": (micro, micro)}) == (expected, expected)
    assert bounds(Constant(Fraction(7, 2).numerator, 2 * MICRO), PLAIN, {}) == (4, 4)


# --- conditions, read and compiled ------------------------------------------------------------------------------------

TABLE = tuple(NumberAtom(name, ">=", 1) for name in "abc")
LEAVES = tuple(Leaf(number, False, name) for number, name in enumerate("abc"))
SEEN = {True: (1, 1), False: (0, 0), None: (0, 1)}


@pytest.mark.parametrize(
    ("group", "truths", "held"),
    [
        (Group("all", LEAVES), (True, True, None), None),
        (Group("all", LEAVES), (True, False, None), False),
        (Group("all", ()), (None, None, None), True),
        (Group("any", LEAVES), (False, True, None), True),
        (Group("any", LEAVES), (False, False, None), None),
        (Group("any", ()), (None, None, None), False),
        (Group("none_of", LEAVES), (False, False, False), True),
        (Group("none_of", LEAVES), (False, None, False), None),
        (Group("none_of", LEAVES), (False, None, True), False),
        (Group("none_of", ()), (None, None, None), True),
        (Group("at_least", LEAVES, 2), (True, True, False), True),
        (Group("at_least", LEAVES, 2), (True, None, False), None),
        (Group("at_least", LEAVES, 2), (None, False, False), False),
        (Group("at_least", (), 1), (None, None, None), False),
        (Group("all", (Leaf(0, True, "not a"), LEAVES[1])), (False, True, None), True),
        (Group("all", (Leaf(0, True, "not a"), LEAVES[1])), (None, True, None), None),
    ],
)
def test_connectives_line_by_line_and_compiled(group: Group, truths: tuple[Truth, ...], held: Truth) -> None:
    """Kleene's truth of each connective, in both ways to compute it."""
    values = {name: SEEN[each] for name, each in zip("abc", truths, strict=True)}
    assert truth(group, TABLE, values) is held
    assert compiled([group], TABLE)(values) == (held,)
