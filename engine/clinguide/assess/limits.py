"""Limits: the invariants that guard an action, what they say of it, and when time alone lifts them."""

from collections.abc import Mapping
from typing import Literal, assert_never

import msgspec

from clinguide import units
from clinguide.assess.said import at_said, title
from clinguide.compile import Knowledge
from clinguide.compile.atoms import (
    BooleanAtom,
    CodeAtom,
    DifferenceAtom,
    EmptyAtom,
    HasAtom,
    Leaf,
    NumberAtom,
    UnknownAtom,
)
from clinguide.compile.derivations import DoseCount, DoseTotal
from clinguide.compile.derive import members
from clinguide.evaluate import Evaluation
from clinguide.model import Action, InvariantRule
from clinguide.results import Caution, Confirm, WithheldBy
from clinguide.values import Truth, Value

_OPERATORS = {">=": "at least", ">": "more than", "<=": "at most", "<": "less than", "=": "exactly"}


class Asked(msgspec.Struct, frozen=True):
    """One invariant asked for one action: its truth, and all values it read, for the second engine to compare."""

    id: str
    invariant: str
    truth: Truth
    values: dict[str, Value]


class Limited(msgspec.Struct, frozen=True):
    """What the invariants say of one action."""

    asked: tuple[Asked, ...]
    withheld: tuple[WithheldBy, ...]
    confirm: tuple[Confirm, ...]
    warnings: tuple[Caution, ...]


def guards(knowledge: Knowledge, invariant: InvariantRule, action: Action) -> bool:
    """Whether an invariant guards an action: every key of its guard matches."""
    return all(_matches(knowledge, key, value, action) for key, value in invariant.guards)


def _matches(knowledge: Knowledge, key: str, value: str, action: Action) -> bool:
    match key:
        case "verb":
            return action.verb == value
        case "route":
            return action.route is None or action.route == value
        case "give":
            return action.verb in ("give", "continue", "change") and action.object in members(value, knowledge.drugs)
        case _:
            return action.object == value or _part_of(knowledge, value, action.object)


def _part_of(knowledge: Knowledge, part: str, group: str) -> bool:
    return group in knowledge.actions and part in knowledge.actions[group].parts


def limited(evaluation: Evaluation, clause: str, action: Action, bound: Mapping[str, Value]) -> Limited:
    """Ask every invariant that guards an action; of a range of doses the end that matters decides."""
    asked: list[Asked] = []
    withheld: list[WithheldBy] = []
    confirm: list[Confirm] = []
    warnings: list[Caution] = []
    for invariant in evaluation.knowledge.invariants:
        speaks = evaluation.truths.get(f"{invariant.header.id}/for") is not False
        if not (speaks and guards(evaluation.knowledge, invariant, action)):
            continue
        truths = [_ask(evaluation, clause, invariant, each, asked) for each in _ends(bound)]
        held = False if False in truths else None if None in truths else True
        if held is True:
            continue
        if invariant.otherwise == "warn":
            warnings.append(Caution(invariant.header.id, _warning(invariant, held)))
        elif held is False or invariant.if_unknown == "withhold":
            withheld.append(_withheld(evaluation, invariant, held, bound))
        else:
            confirm += _to_confirm(evaluation, invariant, bound)
    return Limited(tuple(asked), tuple(withheld), tuple(confirm), tuple(warnings))


def _ends(bound: Mapping[str, Value]) -> list[dict[str, Value]]:
    """The bound names at the low and at the high end of what is known as a range."""
    ranges = {
        name: value for name, value in bound.items() if isinstance(value, tuple) and abs(value[0]) != float("inf")
    }
    low = {**bound, **{name: (value[0], value[0]) for name, value in ranges.items()}}
    high = {**bound, **{name: (value[1], value[1]) for name, value in ranges.items()}}
    return [low] if low == high else [low, high]


def _ask(
    evaluation: Evaluation, clause: str, invariant: InvariantRule, bound: Mapping[str, Value], asked: list[Asked]
) -> Truth:
    truth, values = evaluation.bound_truth(invariant.header.id, bound)
    number = sum(each.id.startswith(f"{clause}/{invariant.header.id}") for each in asked)
    asked.append(Asked(f"{clause}/{invariant.header.id}/{number}", invariant.header.id, truth, values))
    return truth


def _warning(invariant: InvariantRule, held: Truth) -> str:
    kept = "not kept" if held is False else "not known"
    return f"{invariant.header.title}: {kept}. {(invariant.instead or '').strip()}".strip()


def _withheld(evaluation: Evaluation, invariant: InvariantRule, held: Truth, bound: Mapping[str, Value]) -> WithheldBy:
    because: Literal["violated", "unknown"] = "violated" if held is False else "unknown"
    lifts = evaluation.lifts_at(invariant.header.id, bound) if held is False else None
    instead = invariant.instead.strip() if invariant.instead else None
    return WithheldBy(invariant.header.id, invariant.header.title, because, at_said(evaluation, lifts), instead)


def _to_confirm(evaluation: Evaluation, invariant: InvariantRule, bound: Mapping[str, Value]) -> list[Confirm]:
    """What must be so before the action, in words, for each line that is open."""
    name = invariant.header.id
    _, values = evaluation.bound_truth(name, bound)
    found = []
    for leaves in evaluation.open_alternatives(f"{name}/must", {**evaluation.values, **values}):
        says = " or ".join(dict.fromkeys(in_words(evaluation.knowledge, leaf) for leaf in leaves))
        elements = [_element(evaluation.knowledge, leaf) for leaf in leaves]
        if any(isinstance(evaluation.knowledge.forms.get(each), DoseCount | DoseTotal) for each in elements):
            says += "; none given elsewhere?"
        found.append(Confirm(elements[-1], says))
    return found


def _element(knowledge: Knowledge, leaf: Leaf) -> str:
    atom = knowledge.atoms[leaf.atom]
    return leaf.text.split(" ", 1)[0] if isinstance(atom, DifferenceAtom) else atom.name


def in_words(knowledge: Knowledge, leaf: Leaf) -> str:
    """A line in words: "Time since the last dose: at least 8 h"."""
    atom = knowledge.atoms[leaf.atom]
    if leaf.label:
        return leaf.label
    if isinstance(atom, UnknownAtom | DifferenceAtom):
        return leaf.text
    return f"{title(knowledge, atom.name)}: {_words(knowledge, atom, leaf.negated)}"


def _words(knowledge: Knowledge, atom: NumberAtom | CodeAtom | BooleanAtom | HasAtom | EmptyAtom, negated: bool) -> str:
    match atom:
        case NumberAtom():
            named = knowledge.names.get(atom.name)
            limit = units.micro_text(atom.bound, named.unit if named is not None else None)
            return f"{'not ' if negated else ''}{_OPERATORS[atom.operator]} {limit}"
        case CodeAtom():
            return f"{'not ' if negated else ''}{' or '.join(sorted(atom.codes))}"
        case BooleanAtom():
            return "no" if negated else "yes"
        case HasAtom():
            return f"{'without' if negated else 'with'} {atom.code}"
        case EmptyAtom():
            return "at least one" if negated else "none"
        case _:
            assert_never(atom)
