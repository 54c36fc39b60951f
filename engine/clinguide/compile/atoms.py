"""Atoms: the typed comparisons that both engines make, and the trees and patterns over them.

An atom compares one value with constants in micro-units or codes. A condition is lowered twice: to a `Tree` that
mirrors the committee's lines (the reference evaluator reads it three-valued), and to two positive `Pattern`s, one
that holds exactly where the condition is certainly true and one where it is certainly false (durable-rules reads
those). Where neither holds the condition is unknown.
"""

from typing import Literal, TypeAlias

import msgspec

Operator: TypeAlias = Literal["=", "<", "<=", ">", ">="]


class NumberAtom(msgspec.Struct, frozen=True):
    """`name OP bound`, the bound in micro-units of the name's unit."""

    name: str
    operator: Operator
    bound: int


class DifferenceAtom(msgspec.Struct, frozen=True):
    """`left - right OP 0`: a line that compares two expressions.

    `id` names its field for durable-rules; the difference is rounded once to a millionth of `scale` (base units).
    """

    id: str
    left: "Formula"
    right: "Formula"
    operator: Operator
    scale: "Constant"


class CodeAtom(msgspec.Struct, frozen=True):
    """`name` is one of `codes`; `others` are the codes that it could be besides."""

    name: str
    codes: frozenset[str]
    others: frozenset[str]


class BooleanAtom(msgspec.Struct, frozen=True):
    """`name is true`."""

    name: str


class HasAtom(msgspec.Struct, frozen=True):
    """The set `name` includes `code`."""

    name: str
    code: str


class EmptyAtom(msgspec.Struct, frozen=True):
    """The set `name` is empty."""

    name: str


class UnknownAtom(msgspec.Struct, frozen=True):
    """Nothing decides `name`: two-valued, true where its value is not known."""

    name: str


Atom: TypeAlias = NumberAtom | DifferenceAtom | CodeAtom | BooleanAtom | HasAtom | EmptyAtom | UnknownAtom


# --- formulas: numbers computed from values, exact ----------------------------------------------------------------


class Constant(msgspec.Struct, frozen=True):
    """An exact number as numerator and denominator, in base units."""

    numerator: int
    denominator: int


class Term(msgspec.Struct, frozen=True):
    """The value of `name`: its micro-units times numerator / denominator gives base units."""

    name: str
    numerator: int
    denominator: int


class Root(msgspec.Struct, frozen=True):
    """A square root."""

    of: "Formula"


class Operation(msgspec.Struct, frozen=True):
    """Two formulas and the sign between them."""

    sign: Literal["+", "-", "*", "/"]
    left: "Formula"
    right: "Formula"


Formula: TypeAlias = Constant | Term | Root | Operation


# --- trees and patterns -------------------------------------------------------------------------------------------


class Leaf(msgspec.Struct, frozen=True):
    """One line: the index of its atom in the atom table; negated for `is not`, `not in`, `!=`."""

    atom: int
    negated: bool
    text: str
    label: str | None = None


class Group(msgspec.Struct, frozen=True):
    """Lines joined by a connective; `count` is for `at_least` only."""

    kind: Literal["all", "any", "none_of", "at_least"]
    items: tuple["Tree", ...]
    count: int = 0
    label: str | None = None


Tree: TypeAlias = Leaf | Group


class Literally(msgspec.Struct, frozen=True):
    """An atom that must be certainly true, or (negated) certainly false."""

    atom: int
    negated: bool


class Both(msgspec.Struct, frozen=True):
    """All parts match; empty: always."""

    parts: tuple["Pattern", ...]


class Either(msgspec.Struct, frozen=True):
    """At least one part matches; empty: never."""

    parts: tuple["Pattern", ...]


Pattern: TypeAlias = Literally | Both | Either


class Item(msgspec.Struct, frozen=True):
    """One condition as durable-rules sees it.

    `stratum` orders items by dependency. A `bound` item reads names that an advice binds (`dose`, `route`, ...) and
    is asked once for each instance of them.
    """

    id: str
    stratum: int
    holds: Pattern
    fails: Pattern
    bound: bool = False
