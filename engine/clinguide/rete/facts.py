"""Values to typed facts: whole numbers and codes in fields of one type each; what is not known has no field."""

from collections.abc import Iterable, Mapping
from math import inf
from typing import TypeAlias, assert_never

import msgspec

from clinguide.compile.atoms import (
    Atom,
    BooleanAtom,
    CodeAtom,
    DifferenceAtom,
    EmptyAtom,
    HasAtom,
    NumberAtom,
    UnknownAtom,
)
from clinguide.rete.patterns import LARGEST, Field
from clinguide.values import Bounds, SetValue, Value, is_known

Facts: TypeAlias = dict[Field, int | str]


class UnreadableValue(ValueError):  # noqa: N818 - it says what is wrong, as KnowledgeError does
    """A value that is not of the type which an atom compares."""


class Reading(msgspec.Struct, frozen=True):
    """What the atoms read of one name: an atom of each type it is read by, and the codes they mention."""

    name: str
    kind: type
    codes: frozenset[str] = frozenset()


def readings(atoms: Iterable[Atom]) -> tuple[Reading, ...]:
    """Each name and type once, with all the codes that any atom mentions."""
    codes: dict[tuple[str, type], frozenset[str]] = {}
    for atom in atoms:
        name, mentioned = _mentioned(atom)
        # Whether a set is empty and what it has are read from the same value.
        kind = HasAtom if isinstance(atom, EmptyAtom) else type(atom)
        codes[name, kind] = codes.get((name, kind), frozenset()) | mentioned
    return tuple(Reading(name, kind, found) for (name, kind), found in codes.items())


def _mentioned(atom: Atom) -> tuple[str, frozenset[str]]:
    match atom:
        case DifferenceAtom():
            return atom.id, frozenset()
        case CodeAtom():
            return atom.name, atom.codes | atom.others
        case HasAtom():
            return atom.name, frozenset((atom.code,))
        case NumberAtom() | BooleanAtom() | EmptyAtom() | UnknownAtom():
            return atom.name, frozenset()
        case _:
            assert_never(atom)


def facts(read: Iterable[Reading], values: Mapping[str, Value], differences: Mapping[str, Bounds]) -> Facts:
    """The fields of all readings; UnreadableValue where a value has another type than an atom compares."""
    found: Facts = {}
    for reading in read:
        source = differences if reading.kind is DifferenceAtom else values
        found.update(_facts_of(reading, source.get(reading.name)))
    return found


def _facts_of(reading: Reading, value: Value) -> Facts:
    name = reading.name
    if reading.kind is UnknownAtom:
        return {Field("unknown", name): _answer(not is_known(value))}
    match value:
        case None:
            return {}
        case bool() if reading.kind is BooleanAtom:
            return {Field("boolean", name): _answer(value)}
        case tuple() if reading.kind in (NumberAtom, DifferenceAtom):
            return _number(name, "difference" if reading.kind is DifferenceAtom else "", value)
        case str() if reading.kind is CodeAtom:
            return {Field("code", name): value}
        case frozenset() if reading.kind is CodeAtom:
            return _open_code(name, reading.codes, value)
        case SetValue() if reading.kind is HasAtom:
            return _set(name, reading.codes, value)
        case _:
            raise UnreadableValue(f"{name}: {reading.kind.__name__} cannot read {value!r}")


def _answer(yes: bool) -> str:
    return "yes" if yes else "no"


def _number(name: str, of: str, value: Bounds) -> Facts:
    low, high = value
    if not low <= high:
        raise UnreadableValue(f"{name}: {low} to {high} is no range")
    found: Facts = {}
    if low != -inf:
        found[Field("at_least", name, of)] = _whole(name, low)
    if high != inf:
        found[Field("at_most", name, of)] = _whole(name, high)
    return found


def _whole(name: str, number: float) -> int:
    """The number as an integer that durable-rules holds exactly; cutting it beyond every bound changes no answer."""
    if number in (-inf, inf):
        return LARGEST if number > 0 else -LARGEST
    if number != int(number):
        raise UnreadableValue(f"{name}: {number} is not a whole number of micro-units")
    return max(-LARGEST, min(LARGEST, int(number)))


def _open_code(name: str, mentioned: frozenset[str], possible: frozenset[str]) -> Facts:
    # An empty set of possible codes says nothing; without this it would exclude every code and prove anything.
    if not possible:
        return {}
    return {Field("open", name): "yes", **{Field("not", name, code): "yes" for code in mentioned - possible}}


def _set(name: str, mentioned: frozenset[str], value: SetValue) -> Facts:
    found: Facts = {Field("has", name, code): "yes" for code in mentioned & value.certain}
    found.update({Field("has", name, code): "no" for code in mentioned - value.possible - value.certain})
    if value.certain or value.at_least > 0:
        found[Field("empty", name)] = "no"
    elif not value.possible:
        found[Field("empty", name)] = "yes"
    return found
