"""What stands around the rules: protocols, cases, and the content of a whole folder."""

from datetime import date
from typing import Literal, TypeAlias

import msgspec

from clinguide.condition import Condition
from clinguide.model.facts import ActionType, Contradiction, Drug, Element, Guideline, Question, Source, Statement
from clinguide.model.rules import Rule, Status
from clinguide.problems import Span


class Preference(msgspec.Struct, frozen=True):
    """A guideline whose answer is taken, for those to whom `audience` applies."""

    guideline: str
    span: Span
    audience: Condition | None = None


ChangeKind: TypeAlias = Literal["set", "withhold", "prefer", "add"]


class Change(msgspec.Struct, frozen=True):
    """One change of an overlay to the protocol that it extends; `span` is the place of `target`.

    `target` is the rule's id, a dot and the setting (`set`), a rule (`withhold`, `add`) or a question (`prefer`).
    `to` is the new value of a setting as written; it is read against the setting that it changes.
    `until` is a day of review: afterwards the change stands, and every output that it touches says so.
    """

    kind: ChangeKind
    target: str
    to: str | None
    preferences: tuple[Preference, ...]
    why: str
    until: date
    span: Span


class Protocol(msgspec.Struct, frozen=True):
    """Which guidelines are in force, and whose answer is preferred. `extends` makes it an overlay with `changes`.

    Rules of an overlay's own have its id as the guideline in their header.
    """

    id: str
    title: str
    version: str
    status: Status
    why: str
    span: Span
    digest: str
    uses: tuple[str, ...] = ()
    prefers: tuple[tuple[str, tuple[Preference, ...]], ...] = ()
    extends: str | None = None
    changes: tuple[Change, ...] = ()


class Case(msgspec.Struct, frozen=True):
    """A named patient with the expected answer. `given` and `course` are plain data as in a course file."""

    rule: str
    name: str
    span: Span
    expect: msgspec.Raw
    given: msgspec.Raw | None = None
    course: msgspec.Raw | None = None
    at: str | None = None
    protocol: str | None = None
    as_of: str | None = None


class Content(msgspec.Struct, frozen=True):
    """Everything that a knowledge folder says, before any protocol is applied."""

    elements: tuple[Element, ...]
    contradictions: tuple[Contradiction, ...]
    sources: tuple[Source, ...]
    statements: tuple[Statement, ...]
    guidelines: tuple[Guideline, ...]
    questions: tuple[Question, ...]
    drugs: tuple[Drug, ...]
    actions: tuple[ActionType, ...]
    rules: tuple[Rule, ...]
    protocols: tuple[Protocol, ...]
    cases: tuple[Case, ...]
