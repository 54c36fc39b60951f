"""Promises about the evaluator itself: two ways to a truth say the same, and exact answers are exact."""

from itertools import product
from math import inf
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from clinguide.compile import atoms, derivations
from clinguide.compile.names import Named, bound_names
from clinguide.compile.order import atom_names, tree_atoms
from clinguide.evaluate.kleene import compiled, truth
from clinguide.evaluate.program import program
from clinguide.values import MICRO, SetValue, Value
from course_generators import GRADES, KNOWLEDGE, QUIET, UNKNOWN, Facts, examples, of_facts
from filling import contradictory

PROGRAM = program(KNOWLEDGE)
TABLE = KNOWLEDGE.atoms
_ROUTES = {route for drug in KNOWLEDGE.drugs.values() for route in drug.routes}
NAMES = {**KNOWLEDGE.names, **bound_names(_ROUTES)}

# --- compiled and line by line ----------------------------------------------------------------------------------------


def _trees(owner: str) -> list[atoms.Tree]:
    """All that is compiled for a rule or an element: its clauses, and the conditions it is derived by."""
    form = KNOWLEDGE.forms.get(owner)
    found = [KNOWLEDGE.clauses[clause] for clause in PROGRAM.clauses[owner]]
    if isinstance(form, derivations.ByRows):
        found += [row.tree for row in form.rows if row.tree is not None]
    return found


TREES = {owner: trees for owner in PROGRAM.clauses if (trees := _trees(owner))}


def _edges(name: str) -> list[float]:
    """The thresholds on a number, one micro-unit to either side of each, and no bound at all."""
    bounds = [atom.bound for atom in TABLE if isinstance(atom, atoms.NumberAtom) and atom.name == name]
    near: set[float] = {each + step for each in [*bounds, 0] for step in (-1, 0, 1)}
    return [-inf, *sorted(near), inf]


def value_of(named: Named) -> st.SearchStrategy[Value]:
    """Anything that can be known of a name, from everything to nothing."""
    match named.type:
        case "number" | "count":
            edges = _edges(named.name)
            pairs = st.tuples(st.sampled_from(edges[:-1]), st.sampled_from(edges[1:]))
            known = st.sampled_from(edges[1:-1]).map(lambda each: (each, each))
            return st.one_of(known, pairs.map(lambda pair: (min(pair), max(pair))).filter(lambda pair: pair[0] < inf))
        case "code":
            codes = st.frozensets(st.sampled_from(named.codes or ("none",)), min_size=1)
            return codes.map(lambda found: next(iter(found)) if len(found) == 1 else found)
        case "boolean":
            return st.sampled_from([True, False, None])
        case "codes":
            codes = st.frozensets(st.sampled_from(named.codes))
            return st.tuples(codes, codes, st.integers(0, 2)).map(_set_value)


def _set_value(parts: tuple[frozenset[str], frozenset[str], int]) -> SetValue:
    certain, more, unseen = parts
    return SetValue(certain, certain | more, min(len(certain) + unseen, len(certain | more)))


@st.composite
def trees_with_values(draw: st.DrawFn) -> tuple[str, dict[str, Value]]:
    """A rule or element, and a value for each name that its conditions read."""
    owner = draw(st.sampled_from(sorted(TREES)))
    names = {name for tree in TREES[owner] for index in tree_atoms(tree) for name in atom_names(TABLE[index])}
    return owner, {name: draw(value_of(NAMES[name])) for name in sorted(names)}


@examples(200)
@given(trees_with_values())
def test_compiled_truths_equal_those_read_line_by_line(drawn: tuple[str, dict[str, Value]]) -> None:
    """Each shipped condition has the truth that its lines have when read one by one, whatever is known of the facts.

    Promise: "Compiled once per knowledge to Python functions over an atom table".
    """
    owner, values = drawn
    assert compiled(TREES[owner], TABLE)(values) == tuple(truth(tree, TABLE, values) for tree in TREES[owner])


_LEAVES = st.builds(atoms.Leaf, st.integers(0, len(TABLE) - 1), st.booleans(), st.just("line"))
_GROUPS = st.recursive(
    _LEAVES,
    lambda inner: st.builds(
        atoms.Group,
        st.sampled_from(["all", "any", "none_of", "at_least"]),
        st.lists(inner, max_size=4).map(tuple),
        st.integers(0, 3),
    ),
    max_leaves=10,
)


@examples(100)
@given(st.lists(_GROUPS, max_size=3), st.data())
def test_conditions_of_any_shape_are_compiled_to_the_truth_of_their_lines(trees: list[atoms.Tree], data: Any) -> None:
    """Conditions nested in every way, `at_least` of some and empty groups among them.

    Promise: "Kleene logic end to end".
    """
    names = {name for tree in trees for index in tree_atoms(tree) for name in atom_names(TABLE[index])}
    values: dict[str, Value] = {
        name: data.draw(value_of(NAMES[name])) if name in NAMES else (MICRO, MICRO) for name in sorted(names)
    }
    assert compiled(trees, TABLE)(values) == tuple(truth(tree, TABLE, values) for tree in trees)


# --- exact answers ----------------------------------------------------------------------------------------------------

_STEPS: dict[str, list[Any]] = {
    "temperature": [f"{tenths / 10} Cel" for tenths in range(360, 400, 2)],
    "oxygen_flow": [f"{hundredths / 100} L/min" for hundredths in (0, 100, 200, 599, 600, 601, 700, 1500, 8000)],
    "seizure_duration": [f"{each} min" for each in (0.5, 4, 4.5, 5, 5.5, 6, 60)],
    "age": [f"{each} a" for each in (0, 0.99, 1, 2, 11.99, 12, 12.01, 18, 61, 120)],
    "ice_score": list(range(11)),
    "capd_score": [0, 1, 2, 7, 8, 9, 10, 32],
}
"""Values of the numbers that grades read, many more than there are thresholds between them."""
_SETS: list[list[str]] = [
    [],
    ["vasopressin"],
    ["norepinephrine"],
    ["norepinephrine", "vasopressin"],
    ["norepinephrine", "epinephrine"],
    ["dopamine", "epinephrine", "vasopressin"],
]
FULL: Facts = {
    **QUIET,
    "oxygen_flow": "2 L/min",
    "positive_pressure_reason": "hypoxia",
    "organ_signs_belong_to_crs": True,
    "hypotension_has_other_cause": False,
    "hypoxia_has_other_cause": False,
    "fever_has_other_cause": False,
}
OPENED = sorted({name for name in FULL if not name.endswith("_has_other_cause")} | {"seizure_duration"})


def every_value(name: str) -> list[Any]:
    """Each value of a fact; of a number more than there are regions."""
    element = KNOWLEDGE.elements[name]
    match element.type:
        case "boolean":
            return [True, False]
        case "code":
            return list(element.codes)
        case "codes":
            return [*_SETS]
        case _:
            return _STEPS[name]


@st.composite
def nearly_full(draw: st.DrawFn) -> tuple[Facts, list[str]]:
    """Every fact that the grades read, some signs among them, and one or two of them charted as unknown."""
    known = dict(FULL)
    for name in draw(st.lists(st.sampled_from(OPENED), max_size=3, unique=True)):
        known[name] = draw(st.sampled_from(every_value(name)))
    open_ = draw(st.lists(st.sampled_from(OPENED), min_size=1, max_size=2, unique=True))
    return {**known, **dict.fromkeys(open_, UNKNOWN)}, open_


@examples(18)
@given(nearly_full(), st.sampled_from(GRADES))
def test_exact_answers_are_those_that_some_filling_gives(drawn: tuple[Facts, list[str]], grade: str) -> None:
    """All values of the open facts, one by one, give the grades that are called possible.

    Promise: "A grade is determined only if every way of filling the unknown facts gives that grade; else it is
    bounded", and "the bounds are made exact".
    """
    known, open_ = drawn
    exact = of_facts(known).answer(grade)
    assume(exact.complete and not contradictory(of_facts(known)))
    could_be: set[Any] = set()
    at_the_most: set[Any] = set()
    for values in product(*map(every_value, open_)):
        filled = of_facts({**known, **dict(zip(open_, values, strict=True))})
        found = filled.answer(grade).answer
        assert isinstance(found, frozenset)
        at_the_most |= found
        # A filling that contradicts another fact gives the readings of that contradiction besides.
        could_be |= set() if filled.clashes(grade) else found
    assert isinstance(exact.answer, frozenset)
    assert could_be <= exact.answer <= at_the_most
