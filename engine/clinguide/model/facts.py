"""The facts and the sources: elements, contradictions, documents, statements, questions, drugs and actions."""

from datetime import date
from typing import Literal, TypeAlias

import msgspec

from clinguide.condition import Condition, Derived, Expression
from clinguide.problems import Span

# --- elements ---------------------------------------------------------------------------------------------------------

ElementType: TypeAlias = Literal["number", "count", "boolean", "code", "codes"]


class Setting(msgspec.Struct, frozen=True):
    """A value of a rule that a protocol may change within `may_be`. Micro-units of `unit`, or a code."""

    name: str
    value: int | str
    unit: str | None
    may_be: tuple[int, int] | tuple[str, ...] | None
    cautious: Literal["lower", "higher"] | None
    span: Span


class Assumption(msgspec.Struct, frozen=True):
    """What stands where nothing is charted; blocked where `unless` is certainly true."""

    value: str | bool | int
    even_if_unknown: bool = False
    unless: Condition | None = None


class DerivedText(msgspec.Struct, frozen=True):
    """A derivation that is one line of text."""

    form: Derived
    text: str
    span: Span


class DerivedRow(msgspec.Struct, frozen=True):
    """One row of a derivation: its condition (None: `otherwise`) and what the value then is.

    `value` is True, False, None for `unknown`, a code, or an expression.
    """

    when: Condition | None
    value: bool | str | Expression | None
    text: str
    span: Span


class DerivedRows(msgspec.Struct, frozen=True):
    """A derivation by rows; the first that holds gives the value."""

    rows: tuple[DerivedRow, ...]


Derivation: TypeAlias = DerivedText | DerivedRows | Condition
"""A `derived:` that is a single line is a `DerivedText`, also where it is a test; lists and connectives are a
condition."""


class Element(msgspec.Struct, frozen=True):
    """One named fact. `plausible` and `step` are micro-units of `unit`; `fresh_for` and `counts_for` microseconds.

    `worse` is a direction, an ordered tuple of codes (absence first), or None; `cause` is the value of a boolean with
    which a finding also shows what it would be.
    """

    id: str
    title: str
    type: ElementType
    span: Span
    digest: str
    unit: str | None = None
    plausible: tuple[int, int] | None = None
    step: int | None = None
    codes: tuple[str, ...] = ()
    fresh_for: int | None = None
    counts_for: int | None = None
    worse: Literal["higher", "lower"] | tuple[str, ...] | None = None
    assume: Assumption | None = None
    cause: bool | None = None
    charted_wins: bool = False
    derived: Derivation | None = None
    unusable: tuple[Condition, ...] = ()
    at_least_when: tuple[Condition, ...] = ()
    settings: tuple[Setting, ...] = ()
    coding: tuple[tuple[str, str], ...] = ()


class Contradiction(msgspec.Struct, frozen=True):
    """Facts that cannot both be so; findings that read them span the readings without each."""

    when: Condition
    readings: tuple[str, ...]
    says: str
    span: Span
    digest: str


# --- sources and statements -------------------------------------------------------------------------------------------


class Source(msgspec.Struct, frozen=True):
    """A cited document. `details` are further keys as written (doi, pmid, url)."""

    id: str
    title: str
    span: Span
    digest: str
    authors: str | None = None
    published_in: str | None = None
    details: tuple[tuple[str, str], ...] = ()


class Statement(msgspec.Struct, frozen=True):
    """One thing a source says, in our own words, with a locator and how it was read."""

    id: str
    guideline: str
    says: str
    source: str
    read: Literal["primary", "secondary", "recalled", "derived"]
    confidence: Literal["high", "medium", "low"]
    span: Span
    digest: str
    not_encoded: str | None = None
    held_by: str | None = None


class Guideline(msgspec.Struct, frozen=True):
    """One edition of one document, or a set of our own, with the days on which it is in force: from <= day < to."""

    id: str
    title: str
    publisher: str
    span: Span
    digest: str
    sources: tuple[str, ...] = ()
    published: date | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    supersedes: tuple[str, ...] = ()
    graded_with: str | None = None
    applies: Condition | None = None
    review_by: date | None = None


class Question(msgspec.Struct, frozen=True):
    """A decision that several guidelines may answer differently."""

    id: str
    title: str
    span: Span
    digest: str


class Drug(msgspec.Struct, frozen=True):
    """A drug, or a class of drugs. `equivalence` maps a reference to the exact factor as text; `covers` microseconds.

    A class is a drug entry that others name as their `class_`; classes nest.
    """

    id: str
    title: str
    span: Span
    digest: str
    class_: str | None = None
    equivalence: tuple[tuple[str, str], ...] = ()
    covers: int | None = None
    routes: tuple[str, ...] = ()
    one_regimen: bool = False
    coding: tuple[tuple[str, str], ...] = ()


class ActionType(msgspec.Struct, frozen=True):
    """Something to obtain, monitor or do that is no drug; `done_for` in microseconds; `parts` make it a group."""

    id: str
    title: str
    span: Span
    digest: str
    done_for: int | None = None
    parts: tuple[str, ...] = ()
