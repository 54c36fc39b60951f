"""Conditions: the text of one line to a tree and back, and the tree of lines that YAML makes of them.

The grammar is that of docs/language.md; each reading function carries its line of it.
"""

from typing import Literal, TypeAlias

import msgspec

from clinguide.problems import Span

# --- expressions and tests: what one line of text says -------------------------------------------------------------


class Number(msgspec.Struct, frozen=True):
    """A number as it is written, with its unit as it is written, if any."""

    text: str
    unit: str | None = None


class Name(msgspec.Struct, frozen=True):
    """The name of an element, a rule or a setting."""

    name: str


class Sqrt(msgspec.Struct, frozen=True):
    """The square root of an expression."""

    of: "Expression"


class Binary(msgspec.Struct, frozen=True):
    """Two expressions and the sign between them."""

    sign: Literal["+", "-", "*", "/"]
    left: "Expression"
    right: "Expression"


Expression: TypeAlias = Number | Name | Sqrt | Binary
Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">="]


class Compare(msgspec.Struct, frozen=True):
    """`left OP right`, both numbers."""

    left: Expression
    operator: Operator
    right: Expression


class Is(msgspec.Struct, frozen=True):
    """`subject is [not] code`; the code may be `true`, `false` or `empty`."""

    subject: Expression
    code: str
    negated: bool = False


class In(msgspec.Struct, frozen=True):
    """`subject [not] in (code, code)`; written `is not in` too is refused: `subject not in (...)`."""

    subject: Expression
    codes: tuple[str, ...]
    negated: bool = False


class Includes(msgspec.Struct, frozen=True):
    """`SET includes code`."""

    name: str
    code: str


class IsUnknown(msgspec.Struct, frozen=True):
    """`NAME is unknown`: two-valued."""

    name: str


Test: TypeAlias = Compare | Is | In | Includes | IsUnknown

# --- derived forms: what only element files say ----------------------------------------------------------------------


class Infusion(msgspec.Struct, frozen=True):
    """`infusion` (the first of the current treatment) or `last infusion`."""

    last: bool = False


class DoseAnchor(msgspec.Struct, frozen=True):
    """`first dose of DRUG` or `last dose of DRUG`."""

    which: Literal["first", "last"]
    drug: str


class StartOfRegimen(msgspec.Struct, frozen=True):
    """`start of DRUG`."""

    drug: str


class StartOfRun(msgspec.Struct, frozen=True):
    """`start of (TEXT) [bridging DURATION]`."""

    test: Test
    bridging: "Duration | None" = None


class FirstTime(msgspec.Struct, frozen=True):
    """`first (TEXT) [since anchor]`."""

    test: Test
    since: "Anchor | None" = None


class Now(msgspec.Struct, frozen=True):
    """`now`."""


class Offset(msgspec.Struct, frozen=True):
    """`anchor (+ | -) DURATION`."""

    anchor: "Anchor"
    sign: Literal["+", "-"]
    duration: "Duration"


Anchor: TypeAlias = Infusion | DoseAnchor | StartOfRegimen | StartOfRun | FirstTime | Now | Offset
Duration: TypeAlias = Number | Name
"""A number with a unit of time, or the name of a setting."""


class Window(msgspec.Struct, frozen=True):
    """`[within DURATION | since anchor | from anchor to anchor] [before now]`; all absent: since the start."""

    within: Duration | None = None
    since: Anchor | None = None
    start: Anchor | None = None
    end: Anchor | None = None
    before_now: bool = False


class Chosen(msgspec.Struct, frozen=True):
    """`(highest | lowest | first | last) NAME window`."""

    which: Literal["highest", "lowest", "first", "last"]
    name: str
    window: Window


class AtAnchor(msgspec.Struct, frozen=True):
    """`NAME at anchor`."""

    name: str
    anchor: Anchor


class CountOf(msgspec.Struct, frozen=True):
    """`count of (TEXT) [at least DURATION apart] window`."""

    test: Test
    apart: Duration | None
    window: Window


class Ever(msgspec.Struct, frozen=True):
    """`ever (TEXT) window`."""

    test: Test
    window: Window


class TimeFor(msgspec.Struct, frozen=True):
    """`[longest | total] time for which (TEXT) [bridging DURATION] window`; `current` is the unbroken run."""

    which: Literal["current", "longest", "total"]
    test: Test
    bridging: Duration | None
    window: Window


class TimeBetween(msgspec.Struct, frozen=True):
    """`time from anchor to anchor`."""

    start: Anchor
    end: Anchor


class TimeSinceDone(msgspec.Struct, frozen=True):
    """`time since done ACTION`."""

    action: str


class Doses(msgspec.Struct, frozen=True):
    """`doses of DRUG window`."""

    drug: str
    window: Window


class TotalDose(msgspec.Struct, frozen=True):
    """`total DRUG dose window`."""

    drug: str
    window: Window


class DailyDose(msgspec.Struct, frozen=True):
    """`daily dose of DRUG`."""

    drug: str


class CountSet(msgspec.Struct, frozen=True):
    """`count of SET [except (CODE, ...)]`."""

    name: str
    excluded: tuple[str, ...] = ()


Derived: TypeAlias = (
    Number
    | Name
    | Sqrt
    | Binary
    | Compare
    | Is
    | In
    | Includes
    | IsUnknown
    | Chosen
    | AtAnchor
    | CountOf
    | Ever
    | TimeFor
    | TimeBetween
    | TimeSinceDone
    | Doses
    | TotalDose
    | DailyDose
    | CountSet
)

# --- conditions: lines joined by YAML --------------------------------------------------------------------------------


class Line(msgspec.Struct, frozen=True):
    """One line of text, what it says, where it stands, and the clinical words for it, if any."""

    test: Test
    text: str
    span: Span
    label: str | None = None


class AllOf(msgspec.Struct, frozen=True):
    """All of the items hold."""

    items: tuple["Condition", ...]
    label: str | None = None


class AnyOf(msgspec.Struct, frozen=True):
    """At least one of the items holds."""

    items: tuple["Condition", ...]
    label: str | None = None


class NoneOf(msgspec.Struct, frozen=True):
    """None of the items holds."""

    items: tuple["Condition", ...]
    label: str | None = None


class AtLeast(msgspec.Struct, frozen=True):
    """At least `count` of the items hold."""

    count: int
    items: tuple["Condition", ...]
    label: str | None = None


Condition: TypeAlias = Line | AllOf | AnyOf | NoneOf | AtLeast
