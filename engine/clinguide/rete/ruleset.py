"""Items to the rulesets that the worker builds: shards small enough for durable-rules, in the order of the strata."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

import msgspec

from clinguide.compile.atoms import Atom, Item, Operator
from clinguide.rete.patterns import NEVER, AllOf, Compare, Field, Test, comparisons, lower, split, ways

MOST_FIRINGS = 60
"""Of one shard, the marker included. At 64 true first tests durable-rules gives up, so fewer rules fit than that."""
MOST_COMPARISONS = 400
"""Of one shard. 512 different first tests hang durable-rules in C."""
MOST_FIELDS = 200
"""Of one shard. A fact of 254 properties or more is refused."""
MARKER = "marker"
RESERVED = ("kind", "sid", "id", "$s", "$i", "$forward", MARKER)

Json: TypeAlias = dict[str, object]
_SIGNS: dict[Operator, str] = {"<": "$lt", "<=": "$lte", ">": "$gt", ">=": "$gte"}


class Rule(msgspec.Struct, frozen=True):
    """One rule of an item: what it tests, when it is asked, and whether it says that the item holds or that it fails.

    A rule that `gives` a field answers a part of the item's condition instead, for later rules of the item.
    """

    name: str
    stratum: int
    wave: int
    test: Test
    item: str
    holds: bool
    gives: Field | None = None


class Shard(msgspec.Struct, frozen=True):
    """Rules that one fact is asserted to; `kind` anchors them all."""

    kind: str
    rules: tuple[Rule, ...]


class Program(msgspec.Struct, frozen=True):
    """All that the worker needs, and what its answers mean."""

    common: tuple[Shard, ...]
    bound: dict[str, tuple[Shard, ...]]
    rules: dict[str, Rule]
    table: dict[Field, str]

    def names(self) -> dict[str, frozenset[str]]:
        """The names that the rules of each scope read."""
        scopes = {"": self.common, **self.bound}
        return {
            scope: frozenset(field.name for shard in shards for rule in shard.rules for field in _fields(rule))
            for scope, shards in scopes.items()
        }

    def as_json(self) -> Json:
        """The rulesets in durable-rules' own form, by scope: "" for what is asked once, else a bound item."""
        scopes = {"": self.common, **self.bound}
        return {scope: [_shard_json(shard, self.table) for shard in shards] for scope, shards in scopes.items()}


def build(atoms: tuple[Atom, ...], items: tuple[Item, ...]) -> Program:
    """The program of `items`; ValueError for what durable-rules could not be trusted with."""
    repeated = [name for name, count in Counter(item.id for item in items).items() if count > 1]
    if repeated:
        raise ValueError(f"these items stand twice: {', '.join(repeated)}")
    counter = iter(range(10**9))
    common = [rule for item in items if not item.bound for rule in _rules(item, atoms, counter)]
    bound = {item.id: list(_rules(item, atoms, counter)) for item in items if item.bound}
    rules = {rule.name: rule for scope in (common, *bound.values()) for rule in scope}
    fields = sorted({field for rule in rules.values() for field in _fields(rule)})
    table = {field: f"f{number}" for number, field in enumerate(fields)}
    refuse_collisions([*RESERVED, *rules, *table.values()])
    return Program(
        common=tuple(_shards(common, "s")),
        bound={item: tuple(_shards(scope, f"b{at}s")) for at, (item, scope) in enumerate(bound.items())},
        rules=rules,
        table=table,
    )


def _rules(item: Item, atoms: tuple[Atom, ...], counter: Iterator[int]) -> Iterator[Rule]:
    """The rules of one item, those first whose answers the others read."""
    parts: dict[Test, Rule] = {}
    for pattern, holds in ((item.holds, True), (item.fails, False)):
        test = lower(pattern, atoms)
        if test == NEVER:
            continue
        last = split(test, _part_maker(item, parts, counter))
        yield Rule(f"r{next(counter)}", item.stratum, _wave(last, parts.values()), last, item.id, holds)
    yield from parts.values()


def _part_maker(item: Item, parts: dict[Test, Rule], counter: Iterator[int]) -> Callable[[Test], Compare]:
    def part(test: Test) -> Compare:
        if test not in parts:
            name = f"r{next(counter)}"
            gives = Field("part", name, item.id)
            parts[test] = Rule(name, item.stratum, _wave(test, parts.values()), test, item.id, holds=True, gives=gives)
        gives_field = parts[test].gives
        assert gives_field is not None
        return Compare(gives_field, "=", "yes")

    return part


def _wave(test: Test, parts: Iterable[Rule]) -> int:
    """One after the latest part that the test reads; 0 where it reads none."""
    waves = {part.gives: part.wave + 1 for part in parts}
    return max((waves.get(compare.field, 0) for compare in comparisons(test)), default=0)


def _fields(rule: Rule) -> set[Field]:
    return {compare.field for compare in comparisons(rule.test)}


def _shards(rules: list[Rule], prefix: str) -> Iterator[Shard]:
    """Fill shards rule by rule, a new one where the stratum or wave changes or a limit would be passed."""
    filled: list[Rule] = []
    load, number = _MARKER_ONLY, 0
    for rule in sorted(rules, key=lambda rule: (rule.stratum, rule.wave)):
        own = _load(rule)
        if not own.joined(_MARKER_ONLY).fits():
            raise ValueError(f"{rule.item}: the condition is too large for durable-rules; divide it")
        together = load.joined(own)
        if filled and not (together.fits() and (rule.stratum, rule.wave) == (filled[0].stratum, filled[0].wave)):
            yield Shard(f"{prefix}{filled[0].stratum}c{number}", tuple(filled))
            filled, number, together = [], number + 1, _MARKER_ONLY.joined(own)
        filled.append(rule)
        load = together
    if filled:
        yield Shard(f"{prefix}{filled[0].stratum}c{number}", tuple(filled))


class _Load(msgspec.Struct, frozen=True):
    """What rules ask of one shard."""

    firings: int
    comparisons: int
    fields: frozenset[Field]

    def joined(self, other: "_Load") -> "_Load":
        return _Load(self.firings + other.firings, self.comparisons + other.comparisons, self.fields | other.fields)

    def fits(self) -> bool:
        return self.firings <= MOST_FIRINGS and self.comparisons <= MOST_COMPARISONS and len(self.fields) <= MOST_FIELDS


_MARKER_ONLY = _Load(1, 0, frozenset())


def _load(rule: Rule) -> _Load:
    compared = comparisons(rule.test)
    return _Load(ways(rule.test), len(compared), frozenset(compare.field for compare in compared))


# --- durable-rules' form --------------------------------------------------------------------------------------------


def _shard_json(shard: Shard, table: dict[Field, str]) -> Json:
    read = sorted({table[field] for rule in shard.rules for field in _fields(rule)})
    return {
        "kind": shard.kind,
        "marker": MARKER,
        "most": 1 + sum(ways(rule.test) for rule in shard.rules),
        "fields": read,
        "rules": {rule.name: _rule_json(shard.kind, rule, table) for rule in shard.rules},
        "gives": {rule.name: table[rule.gives] for rule in shard.rules if rule.gives},
    }


def _rule_json(kind: str, rule: Rule, table: dict[Field, str]) -> Json:
    """Every rule begins with a positive test of the kind; durable-rules loops on rules that begin otherwise."""
    parts = rule.test.parts if isinstance(rule.test, AllOf) else (rule.test,)
    return {"$and": [{"kind": kind}, *(_test_json(part, table) for part in parts)]}


def _test_json(test: Test, table: dict[Field, str]) -> Json:
    if not isinstance(test, Compare):
        return {"$and" if isinstance(test, AllOf) else "$or": [_test_json(part, table) for part in test.parts]}
    field = table[test.field]
    return {field: test.value} if test.operator == "=" else {_SIGNS[test.operator]: {field: test.value}}


# --- identity -------------------------------------------------------------------------------------------------------


def fnv1a(text: str) -> int:
    """The 32-bit FNV-1a hash by which durable-rules tells names and sessions apart."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return value


def refuse_collisions(names: Iterable[str]) -> None:
    """Refuse (ValueError) two names that durable-rules would take for one."""
    seen: dict[int, str] = {}
    for name in names:
        other = seen.setdefault(fnv1a(name), name)
        if other != name:
            raise ValueError(f"durable-rules takes {other!r} and {name!r} for one name")
