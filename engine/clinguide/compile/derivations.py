"""Derivations: what an element's `derived:` means, with names, drugs and durations resolved.

Durations are microseconds; numbers come out in micro-units of the element's unit.
"""

from typing import TypeAlias

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


class AtStart(msgspec.Struct, frozen=True):
    """The start of the latest regimen of any of these drugs."""

    drugs: frozenset[str]


class Tested(msgspec.Struct, frozen=True):
    """A test whose history is kept, under a key that no other test has."""

    key: str
    tree: Tree


class AtRunStart(msgspec.Struct, frozen=True):
    """The start of the current unbroken run of a test; gaps shorter than `bridging` microseconds belong to it."""

    test: Tested
    bridging: int


class AtFirst(msgspec.Struct, frozen=True):
    """The first moment, from an anchor on, at which a test was charted true."""

    test: Tested
    since: "AnchorTime | None"


class AtNow(msgspec.Struct, frozen=True):
    """The moment itself."""


class Shifted(msgspec.Struct, frozen=True):
    """Another anchor, moved by microseconds (negative: earlier)."""

    anchor: "AnchorTime"
    by: int


AnchorTime: TypeAlias = AtInfusion | AtDose | AtStart | AtRunStart | AtFirst | AtNow | Shifted


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


class FirstOrLast(msgspec.Struct, frozen=True):
    """The first or the last value of a name that was charted in a window."""

    last: bool
    name: str
    window: Span


class EverTrue(msgspec.Struct, frozen=True):
    """Whether a test was true at any moment of a window."""

    test: Tested
    window: Span


class CountTrue(msgspec.Struct, frozen=True):
    """How many chartings in a window made a test true, each at least `apart` microseconds after the one before."""

    test: Tested
    apart: int
    window: Span


class RunTime(msgspec.Struct, frozen=True):
    """How long a test has been true without a break, in micro-units of a unit of `unit` microseconds.

    Stretches shorter than `bridging` microseconds in which it is false or not charted do not break it.
    """

    test: Tested
    unit: int
    bridging: int = 0


class TimeTrue(msgspec.Struct, frozen=True):
    """The longest unbroken run of a test in a window, or the total time for which it was true."""

    total: bool
    test: Tested
    unit: int
    bridging: int
    window: Span


class TimeFromTo(msgspec.Struct, frozen=True):
    """The time from one anchor to another, in micro-units of a unit of `unit` microseconds."""

    start: AnchorTime
    end: AnchorTime
    unit: int


class DoseCount(msgspec.Struct, frozen=True):
    """How many doses of these drugs were given in a window.

    `routes` are those by which a drug counts towards the class that was asked for; a drug that is absent: any route.
    """

    drugs: frozenset[str]
    window: Span
    routes: tuple[tuple[str, frozenset[str]], ...] = ()


class DoseTotal(msgspec.Struct, frozen=True):
    """The amount given in a window, in micro-units of the reference's milligram; `factors` as for a daily rate."""

    factors: tuple[tuple[str, int, int], ...]
    window: Span


class SinceDone(msgspec.Struct, frozen=True):
    """The time since all of these actions were last done."""

    parts: tuple[str, ...]
    unit: int


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
    | FirstOrLast
    | ValueAt
    | EverTrue
    | CountTrue
    | RunTime
    | TimeTrue
    | TimeFromTo
    | SinceDone
    | DoseCount
    | DoseTotal
    | DailyRate
)
SameTime: TypeAlias = ByFormula | ByCondition | ByRows | SetCount
"""Forms that read only the moment itself: leaving one fact open, the answer can be computed again from the rest."""
