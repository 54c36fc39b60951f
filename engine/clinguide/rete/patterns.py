"""Patterns to tests that durable-rules can be trusted with: positive, typed, and bounded in how often they fire.

durable-rules walks a rule once for every way in which it is true: an `any` with two true parts fires twice, and two
such parts in an `all` fire four times. `ways` counts that before anything runs, and `split` moves what would fire too
often into rules of their own, whose answer is asserted as a field for the rule that needs it.
"""

from collections.abc import Callable, Iterable
from math import prod
from typing import Literal, TypeAlias, assert_never

import msgspec

from clinguide.compile.atoms import (
    Atom,
    BooleanAtom,
    Both,
    CodeAtom,
    DifferenceAtom,
    Either,
    EmptyAtom,
    HasAtom,
    Literally,
    NumberAtom,
    Operator,
    Pattern,
    UnknownAtom,
)

MOST_WAYS = 16
"""In how many ways one rule may be true of one fact."""
MOST_GROUPS = 14
"""Groups in one rule. durable-rules counts each twice and refuses 32; the anchor's own group comes on top."""
LARGEST = 2**63 - 1
"""Where durable-rules' integers end; beyond it they saturate silently."""

Aspect: TypeAlias = Literal["at_least", "at_most", "code", "open", "not", "boolean", "has", "empty", "unknown", "part"]


class Field(msgspec.Struct, frozen=True, order=True):
    """One typed fact about a name: `of` says which code, `difference` for two expressions, or the owner of a part."""

    aspect: Aspect
    name: str
    of: str = ""


class Compare(msgspec.Struct, frozen=True):
    """A field compared with a constant; where the field is absent, it does not match."""

    field: Field
    operator: Operator
    value: int | str


class AllOf(msgspec.Struct, frozen=True):
    """Every part matches; empty: always."""

    parts: tuple["Test", ...]


class AnyOf(msgspec.Struct, frozen=True):
    """A part matches; empty: never. `exclusive`: at most one part can match one fact."""

    parts: tuple["Test", ...]
    exclusive: bool = False


Test: TypeAlias = Compare | AllOf | AnyOf
ALWAYS, NEVER = AllOf(()), AnyOf(())

_CERTAIN: dict[Operator, Aspect] = {">=": "at_least", ">": "at_least", "<=": "at_most", "<": "at_most"}
_OPPOSITE: dict[Operator, Operator] = {">=": "<", ">": "<=", "<=": ">", "<": ">="}


def lower(pattern: Pattern, atoms: tuple[Atom, ...]) -> Test:
    """The test that matches exactly where the pattern does; ValueError for a bound that durable-rules cannot hold."""
    match pattern:
        case Literally():
            return _literal(atoms[pattern.atom], pattern.negated)
        case Both():
            return all_of(lower(part, atoms) for part in pattern.parts)
        case Either():
            return any_of(lower(part, atoms) for part in pattern.parts)
        case _:
            assert_never(pattern)


def all_of(parts: Iterable[Test]) -> Test:
    """Every one of them: nested groups opened, repetitions dropped."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, AllOf) else (part,))]
    if NEVER in flat:
        return NEVER
    kept = tuple(dict.fromkeys(flat))
    return kept[0] if len(kept) == 1 else AllOf(kept)


def any_of(parts: Iterable[Test]) -> Test:
    """At least one of them: nested groups opened, repetitions dropped (a part that stands twice would fire twice)."""
    flat = [
        inner for part in parts for inner in (part.parts if isinstance(part, AnyOf) and not part.exclusive else (part,))
    ]
    if ALWAYS in flat:
        return ALWAYS
    kept = tuple(dict.fromkeys(flat))
    return kept[0] if len(kept) == 1 else AnyOf(kept)


def _literal(atom: Atom, negated: bool) -> Test:
    """The atom certainly true, or (negated) certainly false."""
    answer = "no" if negated else "yes"
    match atom:
        case NumberAtom():
            return _number(atom.name, "", atom.operator, atom.bound, negated)
        case DifferenceAtom():
            return _number(atom.id, "difference", atom.operator, 0, negated)
        case CodeAtom():
            wanted, others = (atom.others, atom.codes) if negated else (atom.codes, atom.others)
            return _code(atom.name, wanted, others)
        case BooleanAtom():
            return Compare(Field("boolean", atom.name), "=", answer)
        case HasAtom():
            return Compare(Field("has", atom.name, atom.code), "=", answer)
        case EmptyAtom():
            return Compare(Field("empty", atom.name), "=", answer)
        case UnknownAtom():
            return Compare(Field("unknown", atom.name), "=", answer)
        case _:
            assert_never(atom)


def _number(name: str, of: str, operator: Operator, bound: int, negated: bool) -> Test:
    if abs(bound) >= LARGEST:
        raise ValueError(f"{name}: {bound} is beyond what durable-rules can compare")

    def certainly(sign: Operator) -> Test:
        return Compare(Field(_CERTAIN[sign], name, of), sign, bound)

    if operator != "=":
        return certainly(_OPPOSITE[operator] if negated else operator)
    if negated:
        return AnyOf((certainly(">"), certainly("<")), exclusive=True)
    return AllOf((certainly(">="), certainly("<=")))


def _code(name: str, wanted: frozenset[str], others: frozenset[str]) -> Test:
    """One of `wanted`: charted as one of them, or open with all the others excluded."""
    # durable-rules compares the bytes of the file, so a code must stand there as it is.
    for code in wanted | others:
        if not code.isprintable() or set(code) & {'"', "\\"}:
            raise ValueError(f"{name}: {code!r} is no code that durable-rules can compare")
    excluded: list[Test] = [Compare(Field("not", name, code), "=", "yes") for code in sorted(others)]
    # Without others, any code that is still open is a wanted one.
    still_open = all_of(excluded or [Compare(Field("open", name), "=", "yes")])
    charted = [Compare(Field("code", name), "=", code) for code in sorted(wanted)]
    return AnyOf((*charted, still_open), exclusive=True) if charted else still_open


# --- how much a test asks of durable-rules --------------------------------------------------------------------------


def ways(test: Test) -> int:
    """In how many ways the test can be true of one fact: so often its rule fires, and so many nodes wait at once."""
    match test:
        case Compare():
            return 1
        case AllOf():
            return prod(ways(part) for part in test.parts)
        case AnyOf():
            counts = [ways(part) for part in test.parts]
            return max(counts, default=0) if test.exclusive else sum(counts)
        case _:
            assert_never(test)


def groups(test: Test) -> int:
    """How many `all` and `any` the test holds, itself included."""
    return 0 if isinstance(test, Compare) else 1 + sum(groups(part) for part in test.parts)


def comparisons(test: Test) -> list[Compare]:
    """Every comparison of the test, in order."""
    if isinstance(test, Compare):
        return [test]
    return [compare for part in test.parts for compare in comparisons(part)]


def split(test: Test, part: Callable[[Test], Compare]) -> Test:
    """The test within the limits of one rule; `part` makes a rule of its own and returns the test on its answer."""
    if isinstance(test, Compare):
        return test
    parts = [split(each, part) for each in test.parts]
    while _too_large(test, parts):
        widest = max(range(len(parts)), key=lambda index: (ways(parts[index]), groups(parts[index])))
        if isinstance(parts[widest], Compare):
            # Only single lines are left, so this is an `any`: they are answered in portions.
            parts = [*parts[MOST_WAYS:], part(AnyOf(tuple(parts[:MOST_WAYS])))]
        else:
            parts[widest] = part(parts[widest])
    return msgspec.structs.replace(test, parts=tuple(parts))


def _too_large(test: AllOf | AnyOf, parts: list[Test]) -> bool:
    whole = msgspec.structs.replace(test, parts=tuple(parts))
    return ways(whole) > MOST_WAYS or groups(whole) > MOST_GROUPS
