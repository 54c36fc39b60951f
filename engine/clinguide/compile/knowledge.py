"""Compile: one protocol on one day, checked and put in order. `Knowledge` is what every floor above reads."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property

import msgspec

from clinguide.compile import derivations, order
from clinguide.compile.atoms import Atom, Formula, Item, Pattern, Tree
from clinguide.compile.checks import cross_checked
from clinguide.compile.clauses import element_clauses, preference_clauses, rule_clauses
from clinguide.compile.derive import Derive
from clinguide.compile.digests import content_digest
from clinguide.compile.force import NotInForce, in_force
from clinguide.compile.lower import MisfitError, Scope, Table
from clinguide.compile.names import Named, bound_names, element_name, rule_names, with_settings
from clinguide.model import (
    ActionType,
    Change,
    Content,
    Contradiction,
    Drug,
    Element,
    FormulaRow,
    InvariantRule,
    Protocol,
    RecommendationRule,
    Rule,
    ScoreRule,
)
from clinguide.problems import KnowledgeError, Problem


class Knowledge(msgspec.Struct, frozen=True, dict=True, eq=False, weakref=True):
    """One protocol, loaded and checked, immutable, compiled for `as_of` (None: the editions without an end).

    `overlays` are the protocols that change the lowest one, `withheld` the recommendations they withhold.
    `order` names elements and rules that have a value, each after what it reads at the same time. `clauses` holds the
    tree of every condition by its stable name, `items` the same for the second engine. `past` are the names whose
    history someone reads. `drug_history` are the elements that are computed from doses alone.
    """

    content: Content
    protocol: Protocol
    overlays: tuple[Protocol, ...]
    withheld: dict[str, Change]
    digest: str
    as_of: date | None
    not_in_force: tuple[NotInForce, ...]
    elements: dict[str, Element]
    drugs: dict[str, Drug]
    actions: dict[str, ActionType]
    rules: dict[str, Rule]
    names: dict[str, Named]
    atoms: tuple[Atom, ...]
    clauses: dict[str, Tree]
    items: tuple[Item, ...]
    forms: dict[str, derivations.Form]
    formulas: dict[str, tuple[Formula, ...]]
    contradictions: tuple[tuple[Contradiction, Tree], ...]
    reads: dict[str, frozenset[str]]
    order: tuple[str, ...]
    past: frozenset[str]
    drug_history: frozenset[str]

    def on(self, day: date | None) -> "Knowledge":
        """This knowledge compiled for a day, kept once made. Raises KnowledgeError where that day has problems."""
        if day == self.as_of:
            return self
        if day not in self._days:
            self._days[day] = compile_knowledge(self.content, self.protocol.id, day)
        return self._days[day]

    @cached_property
    def _days(self) -> "dict[date | None, Knowledge]":
        return {}

    @cached_property
    def advice_order(self) -> tuple[RecommendationRule, ...]:
        """The recommendations in force, by id."""
        found = (rule for _, rule in sorted(self.rules.items()))
        return tuple(rule for rule in found if isinstance(rule, RecommendationRule))

    @cached_property
    def invariants(self) -> tuple[InvariantRule, ...]:
        """The invariants in force, by id."""
        return tuple(rule for _, rule in sorted(self.rules.items()) if isinstance(rule, InvariantRule))


class _Draft:
    """A protocol while it is being lowered."""

    def __init__(self, content: Content, rules: Mapping[str, Rule], problems: list[Problem]) -> None:
        self.content, self.rules, self.problems = content, rules, problems
        self.table = Table()
        self.drugs = {drug.id: drug for drug in content.drugs}
        self.actions = {action.id: action for action in content.actions}
        self.elements = {element.id: element for element in content.elements}
        everyone = [element_name(element) for element in content.elements]
        everyone += [named for rule in content.rules for named in rule_names(rule)]
        self.names = {named.name: named for named in everyone}
        self.clauses: dict[str, Tree] = {}
        self.patterns: list[tuple[str, tuple[Pattern, Pattern]]] = []
        self.forms: dict[str, derivations.Form] = {}
        self.formulas: dict[str, tuple[Formula, ...]] = {}
        self.readers: dict[str, list[str]] = {}

    def lower_element(self, element: Element) -> None:
        """The form and the clauses of one element."""
        scope = Scope(with_settings(self.names, element.settings), self.table, self.problems)
        self.readers[element.id] = []
        for name, condition in element_clauses(element):
            self.clauses[name] = scope.tree(condition)
            self.readers[element.id].append(name)
        if element.derived is not None:
            form = Derive(element, scope, self.drugs, self.actions).form(element.derived)
            if form is not None:
                self.forms[element.id] = form

    def lower_rule(self, rule: Rule) -> None:
        """The clauses, patterns and formula of one rule."""
        names = with_settings(self.names, rule.header.settings)
        if isinstance(rule, InvariantRule):
            names |= bound_names(route for drug in self.drugs.values() for route in drug.routes)
        scope = Scope(names, self.table, self.problems)
        self.readers[rule.header.id] = []
        for name, condition in rule_clauses(rule):
            self.clauses[name] = scope.tree(condition)
            self.readers[rule.header.id].append(name)
            try:
                self.patterns.append((name, Scope(names, self.table, []).patterns(condition)))
            except ValueError as error:
                self.problems.append(Problem("condition-too-large", f"{name}: {error}", rule.header.span))
        if isinstance(rule, ScoreRule):
            for row in rule.formulas:
                self._formula(rule, row, names)

    def _formula(self, rule: ScoreRule, row: FormulaRow, names: Mapping[str, Named]) -> None:
        scope = Scope(names, self.table, self.problems, fitted=dict(rule.units))
        try:
            formula = scope.formula(row.formula)[0]
        except MisfitError as misfit:
            span = row.span
            self.problems.append(misfit.at(span, span.text[span.column - 1 : span.end - 1]))
            return
        self.formulas[rule.header.id] = (*self.formulas.get(rule.header.id, ()), formula)

    def lower_preferences(self, protocol: Protocol) -> None:
        """To whom each preferred answer applies; asked of the patient like a rule."""
        for name, condition in preference_clauses(protocol):
            owner = name.split("/", 1)[0]
            self.clauses[name] = Scope(self.names, self.table, self.problems).tree(condition)
            self.readers.setdefault(owner, []).append(name)
            self.patterns.append((name, Scope(self.names, self.table, []).patterns(condition)))

    def reads(self) -> dict[str, frozenset[str]]:
        """What each element and rule reads at the same time."""
        table = tuple(self.table.atoms)
        found: dict[str, frozenset[str]] = {}
        self._leave_out(table)
        for name, clauses in self.readers.items():
            read = [order.tree_names(self.clauses[clause], table) for clause in clauses]
            if name in self.forms:
                read.append(order.now_reads(self.forms[name], table))
            if name in self.formulas:
                read += [order.formula_names(formula) for formula in self.formulas[name]]
            found[name] = frozenset(map(_owner, frozenset[str]().union(*read))) & self.readers.keys()
        return found

    def _leave_out(self, table: tuple[Atom, ...]) -> None:
        """A derivation that reads a rule not in force cannot be made: the element is unknown unless it is charted."""
        absent = {named.name for rule in self.content.rules for named in rule_names(rule)} - {
            named.name for rule in self.rules.values() for named in rule_names(rule)
        }
        for name, form in list(self.forms.items()):
            if not (order.now_reads(form, table) | order.past_reads(form, table)).isdisjoint(absent):
                del self.forms[name]


def _owner(name: str) -> str:
    """The rule or element that gives a name: a band is given by its score."""
    return name.removesuffix(".band")


def compile_knowledge(content: Content, protocol: str = "default", as_of: date | None = None) -> Knowledge:
    """The knowledge of one protocol on one day. Raises KnowledgeError with all problems at once."""
    problems: list[Problem] = []
    applied = cross_checked(content, protocol, problems)
    rules, outside = in_force(applied, as_of)
    draft = _Draft(content, rules, problems)
    contradictions = _lowered(draft, content)
    draft.lower_preferences(applied.protocol)
    if problems:
        raise KnowledgeError(problems)
    reads = draft.reads()
    _add_contradictions(reads, contradictions, tuple(draft.table.atoms), rules)
    sequence, cycle = order.ordered(reads)
    if cycle:
        raise KnowledgeError([_cycle_problem(cycle, draft)])
    table = tuple(draft.table.atoms)
    return Knowledge(
        content=content,
        protocol=applied.protocol,
        overlays=applied.overlays,
        withheld=dict(applied.withheld),
        digest=content_digest(content),
        as_of=as_of,
        not_in_force=outside,
        elements=draft.elements,
        drugs=draft.drugs,
        actions=draft.actions,
        rules=dict(rules),
        names=draft.names,
        atoms=table,
        clauses=draft.clauses,
        items=_items(draft, order.strata(sequence, reads, frozenset(rules))),
        forms=draft.forms,
        formulas=draft.formulas,
        contradictions=contradictions,
        reads=reads,
        order=sequence,
        past=frozenset[str]().union(*(order.past_reads(form, table) for form in draft.forms.values())),
        drug_history=_drug_history(draft, reads),
    )


def _add_contradictions(
    reads: dict[str, frozenset[str]],
    contradictions: tuple[tuple[Contradiction, Tree], ...],
    table: tuple[Atom, ...],
    rules: Iterable[str],
) -> None:
    """A rule that leans on facts which may contradict each other also waits for what tells that they do."""
    for rule in rules:
        below = order.closure((rule,), reads)
        for contradiction, tree in contradictions:
            if not below.isdisjoint(contradiction.readings):
                reads[rule] = reads[rule] | order.tree_names(tree, table)


def _lowered(draft: _Draft, content: Content) -> tuple[tuple[Contradiction, Tree], ...]:
    for element in content.elements:
        draft.lower_element(element)
    for rule in draft.rules.values():
        draft.lower_rule(rule)
    scope = Scope(draft.names, draft.table, draft.problems)
    return tuple((each, scope.tree(each.when)) for each in content.contradictions)


def _items(draft: _Draft, levels: Mapping[str, int]) -> tuple[Item, ...]:
    found = []
    for name, (holds, fails) in draft.patterns:
        rule = name.split("/", 1)[0]
        # An invariant is asked once for each action that it guards, with what that action binds.
        bound = isinstance(draft.rules.get(rule), InvariantRule)
        found.append(Item(name, levels.get(rule, 0), holds, fails, bound))
    return tuple(found)


def _drug_history(draft: _Draft, reads: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Elements computed from administrations, and those computed from nothing else than such elements."""
    found: set[str] = set()
    for name in reads:
        form = draft.forms.get(name)
        if form is not None and _from_doses(form):
            found.add(name)
    return _spread(found, draft)


def _from_doses(form: derivations.Form) -> bool:
    if isinstance(form, derivations.DoseCount | derivations.DoseTotal | derivations.DailyRate):
        return True
    return any(isinstance(anchor, derivations.AtDose | derivations.AtStart) for anchor in order.form_anchors(form))


def _spread(found: set[str], draft: _Draft) -> frozenset[str]:
    """With what is computed from such elements and, beside them, only from facts that do not change."""
    table = tuple(draft.table.atoms)
    numbers = [each for each in draft.elements.values() if each.type == "number"]
    fixed = {each.id for each in numbers if not (each.fresh_for or each.counts_for or each.derived)}
    for _ in draft.forms:
        for name, form in draft.forms.items():
            read = order.now_reads(form, table) | order.past_reads(form, table)
            if name not in found and not read.isdisjoint(found) and read <= found | fixed:
                found.add(name)
    return frozenset(found)


def _cycle_problem(cycle: Iterable[str], draft: _Draft) -> Problem:
    names = list(cycle)
    first = next((draft.elements[name].span for name in names if name in draft.elements), None)
    first = first or draft.rules[names[0]].header.span
    hint = "one of them must say 'before now', or read something else"
    return Problem("cycle", f"these read each other at the same time: {' -> '.join(names)}", first, hint)
