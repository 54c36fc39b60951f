"""Exact bounds: Kleene's answer is sound but can be wider than need be, so open facts are tried region by region.

A rule's thresholds cut each open fact into few regions; one value of each is tried, depth first, and a branch ends as
soon as Kleene decides. Beyond the limit Kleene's bounds stand, and the answer says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations
from math import inf
from typing import TypeAlias, assert_never

import msgspec

from clinguide.compile import atoms, derivations
from clinguide.compile.order import formula_names, tree_atoms, tree_names
from clinguide.evaluate.answers import Answer, decided, joined
from clinguide.evaluate.program import Program
from clinguide.values import MICRO, SetValue, Value, codes, is_known

LIMIT = 4096
"""Evaluations at the most for one answer."""
_FEW = 64
"""A whole number with at most this many values is tried value by value."""

Asked: TypeAlias = Callable[[Mapping[str, Value]], Answer]
"""The answers that remain when some open facts have these values."""


class Exact(msgspec.Struct, frozen=True):
    """The answers that are possible; `complete` is False where the limit was reached."""

    answer: Answer
    complete: bool


def exact(ask: Asked, regions: Sequence[tuple[str, Sequence[Value]]], limit: int = LIMIT) -> Exact:
    """The answers that some way of filling the open facts gives."""
    search = _Search(ask, limit)
    complete = search.branch(list(regions), {})
    found = search.found
    return Exact(found, complete) if complete and found is not None else Exact(ask({}), complete=False)


class _Search:
    """A search over the regions of open facts: what was found, and how many evaluations are left."""

    def __init__(self, ask: Asked, left: int) -> None:
        self.ask, self.left = ask, left
        self.found: Answer | None = None

    def branch(self, regions: list[tuple[str, Sequence[Value]]], filled: dict[str, Value]) -> bool:
        """Try every region; False where the evaluations ran out."""
        if self.left <= 0:
            return False
        self.left -= 1
        now = self.ask(filled)
        if decided(now) or not regions or self._nothing_new(now):
            self.found = now if self.found is None else joined([self.found, now])
            return True
        (name, values), rest = regions[0], regions[1:]
        return all(self.branch(rest, {**filled, name: value}) for value in values)

    def _nothing_new(self, now: Answer) -> bool:
        """Whether all that a branch could still give has been given by others."""
        return isinstance(now, frozenset) and isinstance(self.found, frozenset) and now <= self.found


# --- which facts are open, and into which regions they fall -------------------------------------------------------


def leaves(program: Program, rule: str, names: Iterable[str], values: Mapping[str, Value]) -> tuple[str, ...]:
    """The open facts behind some names: charted ones, answers of other rules, and what looks back in time."""
    local = set(program.local[rule])
    found: dict[str, None] = {}
    waiting = sorted(names)
    while waiting:
        name = waiting.pop(0)
        if name not in values or is_known(values[name]):
            continue
        limits = _open_limits(program, name, values) if name in local else []
        if limits:
            waiting += limits
        elif name in local and not _own_fact(program, name):
            waiting += sorted(program.knowledge.reads[name])
        else:
            found[name] = None
    return tuple(found)


def _open_limits(program: Program, name: str, values: Mapping[str, Value]) -> list[str]:
    """What would tell whether a charted value can be used, where that is open."""
    truths = zip(program.clauses[name], program.truths[name](values), strict=True)
    clauses = [clause for clause, held in truths if held is None and not clause.endswith("/unless")]
    table = program.knowledge.atoms
    names = {name for clause in clauses for name in tree_names(program.knowledge.clauses[clause], table)}
    return sorted(name for name in names if not is_known(values[name]))


def _own_fact(program: Program, name: str) -> bool:
    """Whether a derived element is a fact to ask for: charted in its own right, or a matter of the past."""
    element = program.knowledge.elements[name]
    limited = bool(element.unusable) or bool(element.at_least_when)
    return element.fresh_for is not None or limited or name in program.looks_back


class Regions:
    """The values to try for each open fact of one rule."""

    def __init__(self, program: Program, rule: str, clauses: Iterable[str]) -> None:
        self.program, self.knowledge, self.rule = program, program.knowledge, rule
        self.atoms = self._read_atoms(clauses)
        self.counted = self._counts()
        self.reckoned = self._in_formulas()

    def of(self, name: str, value: Value) -> tuple[Value, ...]:
        """One value from each region of an open fact; empty where its regions cannot be told."""
        match value:
            case tuple():
                return self._numbers(name, value)
            case None:
                return (True, False)
            case SetValue():
                return self._sets(name, value)
            case frozenset() | str():
                return self._codes(name, codes(value))
            case bool():
                return (value,)
            case _:
                assert_never(value)

    def _read_atoms(self, clauses: Iterable[str]) -> tuple[atoms.Atom, ...]:
        indices = {index for clause in clauses for index in tree_atoms(self.knowledge.clauses[clause])}
        for name in self.program.local[self.rule]:
            form = self.knowledge.forms[name]
            trees = [form.tree] if isinstance(form, derivations.ByCondition) else []
            if isinstance(form, derivations.ByRows):
                trees += [row.tree for row in form.rows if row.tree is not None]
            trees += [self.knowledge.clauses[clause] for clause in self.program.clauses[name]]
            indices |= {index for tree in trees for index in tree_atoms(tree)}
        return tuple(self.knowledge.atoms[index] for index in sorted(indices))

    def _counts(self) -> dict[str, list[derivations.SetCount]]:
        found: dict[str, list[derivations.SetCount]] = {}
        for name in self.program.local[self.rule]:
            form = self.knowledge.forms[name]
            if isinstance(form, derivations.SetCount):
                found.setdefault(form.name, []).append(form)
        return found

    def _in_formulas(self) -> frozenset[str]:
        """Names that a formula reckons with: their thresholds depend on other facts."""
        found: set[str] = set()
        for atom in self.atoms:
            if isinstance(atom, atoms.DifferenceAtom):
                found |= formula_names(atom.left) | formula_names(atom.right)
        for name in self.program.local[self.rule]:
            form = self.knowledge.forms[name]
            if isinstance(form, derivations.ByFormula):
                found |= formula_names(form.formula)
        return frozenset(found)

    def _numbers(self, name: str, value: tuple[float, float]) -> tuple[Value, ...]:
        low, high = self._plausible(name, value)
        named = self.knowledge.names.get(name)
        whole = named is not None and named.type == "count"
        if whole and high - low <= _FEW * MICRO:
            return tuple((each, each) for each in range(int(low), int(high) + 1, MICRO))
        if name in self.reckoned:
            return ()
        edges = sorted({atom.bound for atom in self.atoms if isinstance(atom, atoms.NumberAtom) and atom.name == name})
        step = MICRO if whole else 1
        tried = {each for edge in edges for each in (edge - step, edge, edge + step) if low <= each <= high}
        ends = {int(end) for end in (low, high) if end not in (-inf, inf)}
        return tuple((each, each) for each in sorted(tried | ends))

    def _plausible(self, name: str, value: tuple[float, float]) -> tuple[float, float]:
        element = self.knowledge.elements.get(name)
        low, high = value
        if element is not None and element.plausible is not None:
            low, high = max(low, element.plausible[0]), min(high, element.plausible[1])
        elif element is not None and element.type == "count":
            low = max(low, 0)
        return low, high

    def _codes(self, name: str, possible: frozenset[str]) -> tuple[Value, ...]:
        """One code of each group that no atom tells apart."""
        asked = [atom.codes for atom in self.atoms if isinstance(atom, atoms.CodeAtom) and atom.name == name]
        groups: dict[tuple[bool, ...], str] = {}
        for code in sorted(possible):
            groups.setdefault(tuple(code in each for each in asked), code)
        return tuple(groups.values())

    def _sets(self, name: str, value: SetValue) -> tuple[Value, ...]:
        """Sets by distinct outcomes: named codes in or out, and how many of the others, as far as it matters."""
        open_ = value.possible - value.certain
        asked = {atom.code for atom in self.atoms if isinstance(atom, atoms.HasAtom) and atom.name == name}
        excluded = frozenset[str]().union(*(count.excluded for count in self.counted.get(name, [])))
        apart = sorted(open_ & (asked | excluded))
        others = sorted(open_ - set(apart))
        most = min(len(others), self._most_counted(name) + 1)
        found = []
        for size in range(len(apart) + 1):
            for chosen in combinations(apart, size):
                found += [value.certain | set(chosen) | set(others[:number]) for number in range(most + 1)]
        return tuple(SetValue(each, each, len(each)) for each in found if len(each) >= value.at_least)

    def _most_counted(self, name: str) -> int:
        counts = {element for element in self.program.local[self.rule] if self._counts_set(element, name)}
        bounds = [atom.bound for atom in self.atoms if isinstance(atom, atoms.NumberAtom) and atom.name in counts]
        return max((bound // MICRO for bound in bounds), default=0)

    def _counts_set(self, element: str, name: str) -> bool:
        form = self.knowledge.forms[element]
        return isinstance(form, derivations.SetCount) and form.name == name
