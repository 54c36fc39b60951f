"""Derivations: what an element's `derived:` means, with names, drugs and durations resolved.

Durations are microseconds; numbers come out in micro-units of the element's unit.
"""

from typing import Literal, TypeAlias

import msgspec

from clinguide.compile.atoms import Constant, Formula, Tree

# --- anchors and windows -------------------------------------------------------------------------------------------


class AtInfusion(msgspec.Struct, frozen=True):
    """The first or the last infusion of the current treatment."""

    last: bool


class AtDose(msgspec.Struct, frozen=True):
    """The first or last dose of any of these drugs."""

    last: bool
    drugs: frozenset[str]


class AtNow(msgspec.Struct, frozen=True):
    """The moment itself."""


class Shifted(msgspec.Struct, frozen=True):
    """Another anchor, moved by microseconds (negative: earlier)."""

    anchor: "AnchorTime"
    by: int


AnchorTime: TypeAlias = AtInfusion | AtDose | AtNow | Shifted


class Span(msgspec.Struct, frozen=True):
    """The moments a derived form reads: (now - within, now], [start, now] or [start, end).

    Strictly before now where `before_now`. All None: since the start of the course, or of the later treatment.
    """

    within: int | None = None
    start: AnchorTime | None = None
    end: AnchorTime | None = None
    before_now: bool = False


# --- forms --------------------------------------------------------------------------------------------------------


class ByFormula(msgspec.Struct, frozen=True):
    """A number computed from others at the same time; `scale` is one micro-unit of the element in base units."""

    formula: Formula
    scale: Constant


class ByCondition(msgspec.Struct, frozen=True):
    """A boolean: the truth of a condition at the same time."""

    tree: Tree


class Row(msgspec.Struct, frozen=True):
    """One row: its condition (None: otherwise), and its value: a boolean, a code, None for unknown, or a formula."""

    tree: Tree | None
    value: bool | str | ByFormula | None


class ByRows(msgspec.Struct, frozen=True):
    """The value of the first row that holds."""

    rows: tuple[Row, ...]


class SetCount(msgspec.Struct, frozen=True):
    """How many codes a set holds, some not counted."""

    name: str
    excluded: frozenset[str]


class Extreme(msgspec.Struct, frozen=True):
    """The highest or lowest value of a name in a window."""

    highest: bool
    name: str
    window: Span


class ValueAt(msgspec.Struct, frozen=True):
    """The value of a name at an anchor."""

    name: str
    anchor: AnchorTime


class EverTrue(msgspec.Struct, frozen=True):
    """Whether a test was true at any moment of a window."""

    test: Tree
    window: Span


class RunTime(msgspec.Struct, frozen=True):
    """How long a test has been true without a break, in micro-units of a unit of `unit` microseconds."""

    test: Tree
    unit: int


class TimeFromTo(msgspec.Struct, frozen=True):
    """The time from one anchor to another, in micro-units of a unit of `unit` microseconds."""

    start: AnchorTime
    end: AnchorTime
    unit: int


class DoseCount(msgspec.Struct, frozen=True):
    """How many doses of these drugs were given in a window."""

    drugs: frozenset[str]
    window: Span


class DailyRate(msgspec.Struct, frozen=True):
    """The daily dose in force: micro-units of the reference drug's unit per day.

    `factors` gives for each drug the exact reference amount in one unit of it, as numerator and denominator.
    """

    factors: tuple[tuple[str, int, int], ...]


Form: TypeAlias = (
    ByFormula
    | ByCondition
    | ByRows
    | SetCount
    | Extreme
    | ValueAt
    | EverTrue
    | RunTime
    | TimeFromTo
    | DoseCount
    | DailyRate
)
SameTime: TypeAlias = ByFormula | ByCondition | ByRows | SetCount
"""Forms that read only the moment itself: leaving one fact open, the answer can be computed again from the rest."""
Direction: TypeAlias = Literal["first", "last"]
