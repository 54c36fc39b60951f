"""Order: which names read which, in what order they are evaluated, and what of the past they need.

Only edges of the same time are ordered and checked for cycles: a form that says `before now` reads strictly earlier
moments, so a rule may read its own past.
"""

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import assert_never

from clinguide.compile import atoms, derivations

Reads = Mapping[str, frozenset[str]]


def formula_names(formula: atoms.Formula) -> frozenset[str]:
    """The names that a formula reads."""
    match formula:
        case atoms.Constant():
            return frozenset()
        case atoms.Term():
            return frozenset((formula.name,))
        case atoms.Root():
            return formula_names(formula.of)
        case atoms.Operation():
            return formula_names(formula.left) | formula_names(formula.right)
        case _:
            assert_never(formula)


def atom_names(atom: atoms.Atom) -> frozenset[str]:
    """The names that an atom reads."""
    if isinstance(atom, atoms.DifferenceAtom):
        return formula_names(atom.left) | formula_names(atom.right)
    return frozenset((atom.name,))


def tree_atoms(tree: atoms.Tree) -> tuple[int, ...]:
    """The indices of the atoms of a tree, in the order of its lines."""
    if isinstance(tree, atoms.Leaf):
        return (tree.atom,)
    return tuple(index for item in tree.items for index in tree_atoms(item))


def tree_names(tree: atoms.Tree, table: tuple[atoms.Atom, ...]) -> frozenset[str]:
    """The names that a tree reads."""
    return frozenset[str]().union(*(atom_names(table[index]) for index in tree_atoms(tree)))


def now_reads(form: derivations.Form, table: tuple[atoms.Atom, ...]) -> frozenset[str]:
    """The names that a form reads at the moment itself."""
    match form:
        case derivations.ByFormula():
            return formula_names(form.formula)
        case derivations.ByCondition():
            return tree_names(form.tree, table)
        case derivations.ByRows():
            return frozenset[str]().union(*(_row_names(row, table) for row in form.rows))
        case derivations.SetCount():
            return frozenset((form.name,))
        case _:
            window = form_window(form)
            own = frozenset() if window is not None and window.before_now else _looked_at(form, table)
            return own | _in_anchors(form, table)


def past_reads(form: derivations.Form, table: tuple[atoms.Atom, ...]) -> frozenset[str]:
    """The names whose past a form reads."""
    return _looked_at(form, table) | _in_anchors(form, table)


def _looked_at(form: derivations.Form, table: tuple[atoms.Atom, ...]) -> frozenset[str]:
    match form:
        case derivations.Extreme() | derivations.FirstOrLast() | derivations.ValueAt():
            return frozenset((form.name,))
        case derivations.EverTrue() | derivations.CountTrue() | derivations.RunTime() | derivations.TimeTrue():
            return tree_names(form.test.tree, table)
        case _:
            return frozenset()


def _in_anchors(form: derivations.Form, table: tuple[atoms.Atom, ...]) -> frozenset[str]:
    tests = [anchor.test for anchor in form_anchors(form) if isinstance(anchor, _TESTING)]
    return frozenset[str]().union(*(tree_names(test.tree, table) for test in tests))


_TESTING = derivations.AtRunStart | derivations.AtFirst


def form_window(form: derivations.Form) -> derivations.Span | None:
    """The window of a form, if it has one."""
    window = getattr(form, "window", None)
    return window if isinstance(window, derivations.Span) else None


def form_anchors(form: derivations.Form) -> tuple[derivations.AnchorTime, ...]:
    """Every anchor of a form, also those inside others."""
    window = form_window(form)
    found = [window.start, window.end] if window is not None else []
    if isinstance(form, derivations.ValueAt):
        found.append(form.anchor)
    if isinstance(form, derivations.TimeFromTo):
        found += [form.start, form.end]
    return tuple(each for anchor in found if anchor is not None for each in _with_inner(anchor))


def _with_inner(anchor: derivations.AnchorTime) -> tuple[derivations.AnchorTime, ...]:
    match anchor:
        case derivations.Shifted():
            return (anchor, *_with_inner(anchor.anchor))
        case derivations.AtFirst() if anchor.since is not None:
            return (anchor, *_with_inner(anchor.since))
        case _:
            return (anchor,)


def form_tests(form: derivations.Form) -> tuple[derivations.Tested, ...]:
    """Every test whose history a form reads."""
    own = getattr(form, "test", None)
    tests = [own] if isinstance(own, derivations.Tested) else []
    return (*tests, *(anchor.test for anchor in form_anchors(form) if isinstance(anchor, _TESTING)))


def _row_names(row: derivations.Row, table: tuple[atoms.Atom, ...]) -> frozenset[str]:
    condition = tree_names(row.tree, table) if row.tree is not None else frozenset()
    value = formula_names(row.value.formula) if isinstance(row.value, derivations.ByFormula) else frozenset()
    return condition | value


def ordered(reads: Reads) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names so that each comes after what it reads; or, second, the names of a cycle."""
    sorter = TopologicalSorter({name: sorted(reads[name]) for name in sorted(reads)})
    try:
        return tuple(sorter.static_order()), ()
    except CycleError as error:
        return (), tuple(error.args[1])


def closure(names: Iterable[str], reads: Reads) -> frozenset[str]:
    """The names and everything they read, directly or not."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += reads.get(name, frozenset())
    return frozenset(found)


def strata(order: tuple[str, ...], reads: Reads, rules: frozenset[str]) -> dict[str, int]:
    """How many rules stand below each name, one above another: the rounds in which durable-rules is asked."""
    levels: dict[str, int] = {}
    for name in order:
        below = [levels[read] + (read in rules) for read in reads[name] if read in levels]
        levels[name] = max(below, default=0)
    return levels
