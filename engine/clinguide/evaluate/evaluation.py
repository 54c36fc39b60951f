"""The evaluation of one course at one time: every value, truth and answer, and what would decide the open ones."""

from collections.abc import Iterable, Mapping

import msgspec

from clinguide.compile import Knowledge, atoms, derivations
from clinguide.compile.order import atom_names, tree_atoms
from clinguide.course import Timeline, doses_between
from clinguide.evaluate.answers import Answer, as_values, decided, joined
from clinguide.evaluate.exact import LIMIT, Asked, Exact, Regions, exact, leaves
from clinguide.evaluate.facts import Fact
from clinguide.evaluate.kleene import atom_truth, truth
from clinguide.evaluate.moments import moments
from clinguide.evaluate.program import Program, program
from clinguide.evaluate.walk import Walk, assumed_value
from clinguide.model import Element, GradeRule
from clinguide.values import MICRO, Truth, Value, is_known

SECOND = 1_000_000


class Open(msgspec.Struct, frozen=True):
    """An open fact and the most answers that one value of it can rule out."""

    element: str
    settles: int


class Otherwise(msgspec.Struct, frozen=True):
    """A fact that an answer leans on, and the answers with its other value."""

    element: str
    value: Value
    answer: Answer


class Evaluation:
    """Everything the reference evaluator found for a course at `timeline.at`."""

    def __init__(self, made: Program, timeline: Timeline, walk: Walk, limit: int) -> None:
        self.program, self.timeline, self._walk, self._limit = made, timeline, walk, limit
        self.knowledge: Knowledge = made.knowledge
        self.values: Mapping[str, Value] = walk.values
        self.facts: Mapping[str, Fact] = walk.facts
        self.truths: Mapping[str, Truth] = walk.truths
        self._exact: dict[str, Exact] = {}
        self._missing: dict[str, list[Open]] = {}
        self._sharper: dict[str, dict[str, Value]] = {}

    # --- answers ---------------------------------------------------------------------------------------------------

    def answer(self, rule: str) -> Exact:
        """The answers of a grade, score or classification that some way of filling its open facts gives."""
        if rule not in self._exact:
            self._exact[rule] = self._made_exact(rule)
        return self._exact[rule]

    def kleene(self, rule: str) -> Answer:
        """The answers that Kleene's logic leaves, as the past keeps them."""
        return self._walk.answers[rule]

    def clashes(self, rule: str) -> list[str]:
        """What is contradictory among the facts a rule leans on, in words."""
        numbers = self._walk.clashes.get(rule, ())
        says = [self.knowledge.contradictions[number][0].says for number in numbers]
        return says + [
            f"{self._title(name)}: {self.facts[name].clash}."
            for name in sorted(self._leans_on(rule))
            if name in self.facts and self.facts[name].clash
        ]

    def _made_exact(self, rule: str) -> Exact:
        clashes = self._walk.clashes.get(rule, ())
        found = [self._filled(rule, reading) for reading in self._walk.readings(clashes)]
        return Exact(joined([each.answer for each in found]), all(each.complete for each in found))

    def _filled(self, rule: str, fixed: Mapping[str, Value]) -> Exact:
        ask = self._asker(rule, fixed)
        now = ask({})
        if decided(now) or isinstance(now, tuple):
            return Exact(now, complete=True)
        clauses = [clause for clause in self.program.clauses[rule] if "/notices/" not in clause]
        return exact(ask, self._regions(rule, clauses, fixed), self._limit)

    def _sharp(self, rule: str) -> dict[str, Value]:
        """The exact answers of other rules that a rule reads, where Kleene's are wider."""
        if rule in self._sharper:
            return self._sharper[rule]
        found: dict[str, Value] = {}
        for name in self._leans_on(rule):
            if name != rule and name in self._walk.answers and not is_known(self.values[name]):
                answers = self.answer(name).answer
                found |= as_values(self.knowledge.rules[name], answers)
        self._sharper[rule] = found
        return found

    def _asker(self, rule: str, fixed: Mapping[str, Value]) -> Asked:
        sharp = self._sharp(rule)

        def ask(filled: Mapping[str, Value]) -> Answer:
            found = self._walk.with_facts(rule, {**sharp, **fixed, **filled})
            return found if found is not None else frozenset[int]()

        return ask

    def _regions(
        self, rule: str, clauses: Iterable[str], fixed: Mapping[str, Value]
    ) -> list[tuple[str, tuple[Value, ...]]]:
        values = {**self.values, **self._sharp(rule), **fixed}
        regions = Regions(self.program, rule, clauses)
        names = self._open_names(clauses, values)
        open_ = leaves(self.program, rule, names, values)
        found = [(name, self._tried(regions, name, values[name])) for name in open_]
        return sorted(((name, tried) for name, tried in found if tried), key=lambda each: len(each[1]))

    def _tried(self, regions: Regions, name: str, value: Value) -> tuple[Value, ...]:
        """The values to try for an open fact; of another rule exactly its possible answers."""
        if name in self._walk.answers:
            answers = self.answer(name).answer
            if isinstance(answers, frozenset):
                numbers = [each * MICRO for each in answers if isinstance(each, int)]
                return tuple((each, each) for each in sorted(numbers)) or tuple(sorted(map(str, answers)))
        return regions.of(name, value)

    # --- truths ----------------------------------------------------------------------------------------------------

    def possible(self, clause: str) -> frozenset[bool]:
        """The truths of a clause that some way of filling its open facts gives."""
        kleene = self.truths[clause]
        if kleene is not None:
            return frozenset((kleene,))
        rule = clause.split("/", 1)[0]
        found = exact(self._truth_asker(rule, clause), self._regions(rule, (clause,), {}), self._limit)
        return frozenset(bool(each) for each in found.answer)

    def _truth_asker(self, rule: str, clause: str) -> Asked:
        tree = self.knowledge.clauses[clause]
        sharp = self._sharp(rule)

        def ask(filled: Mapping[str, Value]) -> Answer:
            held = truth(tree, self.knowledge.atoms, self._walk.replaced(rule, {**sharp, **filled}))
            return frozenset((0, 1)) if held is None else frozenset((int(held),))

        return ask

    def bound_truth(self, rule: str, bound: Mapping[str, Value]) -> tuple[Truth, dict[str, Value]]:
        """The truth of an invariant's `must` with the names its guard binds, and the values that it read.

        An assumption neither satisfies nor violates an invariant that itself names the element.
        """
        named = self.knowledge.reads[rule]
        assumed = {name: self.program.open[name] for name in named if self._is_assumed(name)}
        values = {**self._walk.replaced(rule, {**self._sharp(rule), **assumed}), **bound}
        clause = f"{rule}/must"
        read = {name for index in tree_atoms(self.knowledge.clauses[clause]) for name in self._names(index)}
        return truth(self.knowledge.clauses[clause], self.knowledge.atoms, values), {
            name: values[name] for name in read
        }

    def _names(self, index: int) -> frozenset[str]:
        return atom_names(self.knowledge.atoms[index])

    def _is_assumed(self, name: str) -> bool:
        return name in self.facts and self.facts[name].source == "assumed"

    # --- lines -----------------------------------------------------------------------------------------------------

    def lines(self, clause: str) -> list[tuple[atoms.Leaf, Truth]]:
        """Each line of a clause with its truth, in order."""
        return [(leaf, self.leaf_truth(leaf, self.values)) for leaf in _leaves(self.knowledge.clauses[clause])]

    def leaf_truth(self, leaf: atoms.Leaf, values: Mapping[str, Value]) -> Truth:
        """The truth of one line for given values."""
        held = atom_truth(self.knowledge.atoms[leaf.atom], values)
        return held if held is None or not leaf.negated else not held

    def supporting(self, clause: str) -> list[tuple[atoms.Leaf, Truth]]:
        """The lines that make a clause true or false as it is, in order; none where it is open."""
        return self._supporting(self.knowledge.clauses[clause])

    def _supporting(self, tree: atoms.Tree) -> list[tuple[atoms.Leaf, Truth]]:
        held = truth(tree, self.knowledge.atoms, self.values)
        if held is None:
            return []
        if isinstance(tree, atoms.Leaf):
            return [(tree, held)]
        return [line for item in self._deciding(tree, held) for line in self._supporting(item)]

    def _deciding(self, group: atoms.Group, held: bool) -> list[atoms.Tree]:
        """The items of a group that decide it: one true item makes `any` true, every false one is needed for false."""
        wanted = held != (group.kind == "none_of")
        return [item for item in group.items if truth(item, self.knowledge.atoms, self.values) is wanted]

    def open_lines(self, clause: str, values: Mapping[str, Value] | None = None) -> list[atoms.Leaf]:
        """The lines that leave a clause open: those not decided, in groups not decided."""
        return self._open(self.knowledge.clauses[clause], self.values if values is None else values)

    def open_alternatives(self, clause: str, values: Mapping[str, Value]) -> list[list[atoms.Leaf]]:
        """The lines that leave a clause open; those of which one is enough stand together."""
        tree = self.knowledge.clauses[clause]
        items = tree.items if isinstance(tree, atoms.Group) and tree.kind == "all" else (tree,)
        found = []
        for item in items:
            leaves_ = self._open(item, values)
            either = isinstance(item, atoms.Group) and item.kind == "any"
            found += [leaves_] if either and leaves_ else [[leaf] for leaf in leaves_]
        return found

    def _open(self, tree: atoms.Tree, values: Mapping[str, Value]) -> list[atoms.Leaf]:
        if truth(tree, self.knowledge.atoms, values) is not None:
            return []
        if isinstance(tree, atoms.Leaf):
            return [tree]
        return [leaf for item in tree.items for leaf in self._open(item, values)]

    # --- what is missing, what was assumed -------------------------------------------------------------------------

    def missing(self, rule: str) -> list[Open]:
        """The open facts that would decide a rule, those that narrow it most first."""
        if rule not in self._missing:
            self._missing[rule] = self._found_missing(rule)
        return self._missing[rule]

    def _found_missing(self, rule: str) -> list[Open]:
        clauses = [clause for clause in self.program.clauses[rule] if "/notices/" not in clause]
        found = self.answer(rule)
        if decided(found.answer):
            return []
        names = set(
            leaves(self.program, rule, self._open_names(self._reached(rule, clauses), self.values), self.values)
        )
        if rule in self.knowledge.formulas:
            names |= {name for name in self.knowledge.reads[rule] if not is_known(self.values[name])}
        return self._ranked(rule, names, found.answer, self._asker(rule, {}))

    def missing_for(self, clause: str) -> list[Open]:
        """The open facts that would decide one clause."""
        rule = clause.split("/", 1)[0]
        names = set(leaves(self.program, rule, self._open_names([clause], self.values), self.values))
        return self._ranked(rule, names, frozenset((0, 1)), self._truth_asker(rule, clause))

    def _reached(self, rule: str, clauses: list[str]) -> list[str]:
        """The clauses that matter: not the rows below one that certainly holds."""
        if not isinstance(self.knowledge.rules[rule], GradeRule):
            return clauses
        reached = []
        for clause in clauses:
            reached.append(clause)
            if "/rows/" in clause and self.truths[clause] is True:
                break
        return reached

    def _open_names(self, clauses: Iterable[str], values: Mapping[str, Value]) -> set[str]:
        """The names in the lines that leave some clauses open."""
        leaves_ = [leaf for clause in clauses for leaf in self.open_lines(clause, values)]
        return {name for leaf in leaves_ for name in atom_names(self.knowledge.atoms[leaf.atom])}

    def _ranked(self, rule: str, names: set[str], possible: Answer, ask: Asked) -> list[Open]:
        regions = Regions(self.program, rule, self.program.clauses[rule])
        settles: dict[str, int] = {}
        for name in sorted(names):
            tried = self._tried(regions, name, self.values[name])
            gain = max((_narrowed(possible, ask({name: value})) for value in tried), default=0)
            for fact in self._asked_for(name):
                settles[fact] = max(settles.get(fact, 0), gain)
        # A fact that narrows nothing while the others are open is not yet worth asking for.
        useful = {name: gain for name, gain in settles.items() if gain} or settles
        ranked = sorted(useful.items(), key=lambda each: (-each[1], each[0]))
        return [Open(name, gain) for name, gain in ranked]

    def _asked_for(self, name: str) -> list[str]:
        """The facts to ask for behind a name: those that another rule's answer lacks, or the name itself."""
        if name.removesuffix(".band") in self.knowledge.rules:
            return [each.element for each in self.missing(name.removesuffix(".band"))] or [name]
        return [name]

    def assumed(self, rule: str) -> list[Otherwise]:
        """The assumptions an answer leans on, with the answers that the other values would give."""
        return [
            Otherwise(name, self.values[name], other)
            for name in sorted(self._leans_on(rule))
            if self._is_assumed(name) and (other := self._otherwise(rule, name)) is not None
        ]

    def discounted(self, rule: str) -> list[Otherwise]:
        """Charted other causes that took something out of an answer, with the answers without them."""
        found = []
        for name in sorted(self._leans_on(rule)):
            element = self.knowledge.elements.get(name)
            if element is not None and element.cause is not None and self.values.get(name) == element.cause:
                other = self._walk.with_facts(rule, {name: not element.cause})
                if other is not None and other != self._walk.answers[rule] and not self._is_assumed(name):
                    found.append(Otherwise(name, element.cause, other))
        return found

    def _otherwise(self, rule: str, name: str) -> Answer | None:
        element = self.knowledge.elements[name]
        others = [self._walk.with_facts(rule, {name: value}) for value in _other_values(element)]
        found = [each for each in others if each is not None and each != self._walk.answers[rule]]
        return joined(found) if found else None

    def _leans_on(self, rule: str) -> frozenset[str]:
        local = self.program.local[rule]
        return self.knowledge.reads[rule].union(local, *(self.knowledge.reads[name] for name in local))

    def _title(self, name: str) -> str:
        element = self.knowledge.elements.get(name)
        return element.title if element is not None else name

    # --- later -----------------------------------------------------------------------------------------------------

    def lifts_at(self, rule: str, bound: Mapping[str, Value]) -> int | None:
        """When time alone satisfies an invariant that is violated now, if ever; nothing else changes until then."""
        for time in self._candidates(rule):
            later = _evaluated(self.program, msgspec.structs.replace(self.timeline, at=time), self._limit, {})
            if later.bound_truth(rule, bound)[0] is True:
                return time
        return None

    def _candidates(self, rule: str) -> list[int]:
        """The later times at which a clock that an invariant reads crosses a threshold, or a dose leaves a window."""
        times: set[int] = set()
        for name in self._leans_on(rule):
            match self.knowledge.forms.get(name):
                case derivations.TimeFromTo(unit=unit) | derivations.SinceDone(unit=unit):
                    times |= {
                        time for bound in self._bounds_on(rule, name) for time in self._crossing(name, bound, unit)
                    }
                case derivations.DoseCount() | derivations.DoseTotal() as form if form.window.within is not None:
                    times |= {time + form.window.within for time in self._dose_times(form)}
                case _:
                    pass
        return sorted(time for time in times if time > self.timeline.at)

    def _dose_times(self, form: derivations.DoseCount | derivations.DoseTotal) -> set[int]:
        drugs = form.drugs if isinstance(form, derivations.DoseCount) else {drug for drug, _, _ in form.factors}
        doses = doses_between(self.timeline, frozenset(drugs), self.timeline.first, self.timeline.at, "both")
        return {dose.time for dose in doses}

    def _bounds_on(self, rule: str, name: str) -> set[int]:
        indices = tree_atoms(self.knowledge.clauses[f"{rule}/must"])
        read = [self.knowledge.atoms[index] for index in indices]
        return {atom.bound for atom in read if isinstance(atom, atoms.NumberAtom) and atom.name == name}

    def _crossing(self, name: str, bound: int, unit: int) -> set[int]:
        """The whole seconds around the moment at which a clock reaches a bound: hours are rounded, seconds are not."""
        value = self.values[name]
        if not isinstance(value, tuple) or not is_known(value):
            return set()
        second = (self.timeline.at + int((bound - value[0]) * unit // MICRO)) // SECOND
        return {(second + later) * SECOND for later in (0, 1)}


def _leaves(tree: atoms.Tree) -> list[atoms.Leaf]:
    if isinstance(tree, atoms.Leaf):
        return [tree]
    return [leaf for item in tree.items for leaf in _leaves(item)]


def _narrowed(possible: Answer, now: Answer) -> int:
    """How many of the possible answers are left out."""
    if isinstance(possible, tuple) or isinstance(now, tuple):
        return int(decided(now))
    return len(possible - now)


def _other_values(element: Element) -> list[Value]:
    assumed = assumed_value(element)
    if element.type == "boolean":
        return [not assumed]
    return [code for code in element.codes if code != assumed]


def evaluate(knowledge: Knowledge, timeline: Timeline, *, limit: int = LIMIT) -> Evaluation:
    """Evaluate a course at `timeline.at` with the knowledge of that day. Pure: the same input, the same answers."""
    made = program(knowledge)
    return _evaluated(made, timeline, limit, moments(made, timeline))


def _evaluated(made: Program, timeline: Timeline, limit: int, past: Mapping[int, frozenset[str]]) -> Evaluation:
    walk = Walk(made, timeline)
    walk.run(past)
    return Evaluation(made, timeline, walk, limit)
