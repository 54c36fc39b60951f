"""History: the derived forms that read more than the moment, over what was charted, given and graded.

A track is the value of a name at every moment that was looked at, oldest first, and whether something it is computed
from was charted then. Stretches without charting do not make `ever`, `highest` or `lowest` unknown; an entry charted
as unknown, or a grade that stayed open then, does.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import inf
from typing import TypeAlias

import msgspec

from clinguide.compile import derivations as ir
from clinguide.course import (
    Timeline,
    doses_between,
    infusion_time,
    record_complete,
    regimen_within,
    treatment_start,
)
from clinguide.values import MICRO, OPEN, Bounds, Truth, Value, hull


class Entry(msgspec.Struct, frozen=True):
    """The value of a name, or the truth of a test, at one moment."""

    time: int
    value: Value
    charted: bool


Track: TypeAlias = list[Entry]
Stretch: TypeAlias = tuple[float, float]
"""Between which two moments (microseconds) something happened."""


# --- anchors and windows ------------------------------------------------------------------------------------------


def anchor_time(timeline: Timeline, anchor: ir.AnchorTime, now: int) -> Stretch | None:
    """When an anchor happened, as bounds; None where it certainly has not."""
    match anchor:
        case ir.AtNow():
            return (now, now)
        case ir.AtInfusion():
            time = infusion_time(timeline, now, anchor.last)
            return None if time is None else (time, time)
        case ir.AtDose():
            return _last_dose(timeline, anchor.drugs, now) if anchor.last else _first_dose(timeline, anchor.drugs, now)
        case ir.Shifted():
            found = anchor_time(timeline, anchor.anchor, now)
            return None if found is None else (found[0] + anchor.by, found[1] + anchor.by)


def _last_dose(timeline: Timeline, drugs: frozenset[str], now: int) -> Stretch | None:
    """The last dose lies at the last one charted, or later where the record may lack one."""
    doses = doses_between(timeline, drugs, timeline.first, now, "both")
    unseen = now if timeline.complete_since is None else min(timeline.complete_since, now)
    if not doses:
        return None if record_complete(timeline, timeline.first, now) else (-inf, unseen)
    last = doses[-1].time
    running = regimen_within(timeline, drugs, last, now)
    return (last, now if running else max(last, unseen))


def _first_dose(timeline: Timeline, drugs: frozenset[str], now: int) -> Stretch | None:
    doses = doses_between(timeline, drugs, timeline.first, now, "both")
    complete = record_complete(timeline, timeline.first, now)
    if not doses:
        return None if complete else (-inf, now)
    return (doses[0].time if complete else -inf, doses[0].time)


def window_start(timeline: Timeline, window: ir.Span, now: int) -> int | None:
    """The first moment of a window; None where its anchor has not happened or its time is not known."""
    if window.within is not None:
        return now - window.within
    if window.start is None:
        return treatment_start(timeline, now)
    found = anchor_time(timeline, window.start, now)
    return int(found[0]) if found is not None and found[0] == found[1] else None


def inside(window: ir.Span, start: int, end: int, time: int, now: int) -> bool:
    """Whether a moment lies in a window."""
    after = time > start if window.within is not None else time >= start
    before = time < end if window.end is not None or window.before_now else time <= end
    return after and before and (time < now or not window.before_now)


def window_end(timeline: Timeline, window: ir.Span, now: int) -> int | None:
    """The last moment of a window, cut at now; None where its anchor's time is not known."""
    if window.end is None:
        return now
    found = anchor_time(timeline, window.end, now)
    if found is None:
        return now
    return int(min(found[0], now)) if found[0] == found[1] else None


def seen(track: Track, timeline: Timeline, window: ir.Span, now: int) -> list[Value] | None:
    """The values in a window, the one in force at its start included; None where the window is not known."""
    start, end = window_start(timeline, window, now), window_end(timeline, window, now)
    if start is None or end is None:
        return None
    found = [each.value for each in track if each.charted and inside(window, start, end, each.time, now)]
    return [*_in_force(track, start, window), *found]


def _in_force(track: Track, start: int, window: ir.Span) -> Iterator[Value]:
    """The value at a window's start, unless it had gone stale by then."""
    before = [each for each in track if (each.time <= start if window.within is not None else each.time < start)]
    last = next((index for index in range(len(before) - 1, -1, -1) if before[index].charted), None)
    if last is not None and all(each.value == before[last].value for each in before[last:]):
        yield before[last].value


# --- forms --------------------------------------------------------------------------------------------------------


def extreme(values: list[Value] | None, highest: bool) -> Bounds:
    """The highest or lowest of numbers between bounds; open where there is none."""
    pairs = [value for value in values or () if isinstance(value, tuple)]
    if not pairs:
        return OPEN
    choose = max if highest else min
    return (choose(low for low, _ in pairs), choose(high for _, high in pairs))


def ever(values: list[Value] | None, nothing: Truth) -> Truth:
    """Whether a test was ever true; `nothing` where no moment of the window was charted."""
    if values is None:
        return None
    if not values:
        return nothing
    return True if True in values else (None if None in values else False)


def value_at(track: Track, when: Stretch | None, unknown: Value) -> Value:
    """The value of a name at an anchor, over all moments at which the anchor may have been."""
    if when is None or when[0] == -inf:
        return unknown
    before = [each for each in track if each.time <= when[0]]
    between = [each.value for each in track if when[0] < each.time <= when[1]]
    values = [before[-1].value, *between] if before else []
    return hull(values, unknown)


def run_time(track: Track, now: int, unit: int) -> Bounds:
    """How long a test has been true without a break up to now: at least the unbroken stretch that is certain."""
    certain, possible = now, now
    still = True
    for each in reversed(track):
        if each.value is False:
            return (_in_units(now - certain, unit), _in_units(now - possible, unit))
        still = still and each.value is True
        certain, possible = (each.time if still else certain), each.time
    # The record begins with the test true or open: it may have been true before.
    return (_in_units(now - certain, unit), inf)


def between(start: Stretch | None, end: Stretch | None, unit: int) -> Bounds:
    """The time from one anchor to another; open where one of them has not happened."""
    if start is None or end is None:
        return OPEN
    return (_in_units(end[0] - start[1], unit), _in_units(end[1] - start[0], unit))


def _in_units(microseconds: float, unit: int) -> float:
    if microseconds in (inf, -inf):
        return microseconds
    return round(Fraction(int(microseconds) * MICRO, unit))


def dose_count(timeline: Timeline, form: ir.DoseCount, now: int, baseline: tuple[int, Bounds] | None) -> Bounds:
    """How many doses were given in a window; a lower bound where the record may lack some.

    `baseline` is a charted count with its time: doses after it are added to it.
    """
    start, end = window_start(timeline, form.window, now), window_end(timeline, form.window, now)
    if start is None or end is None:
        return (0, inf)
    first, charted = start, (0.0, 0.0)
    if baseline is not None and baseline[0] >= start:
        first, charted = baseline
        # Of doses counted earlier some may have left a sliding window by now.
        charted = (charted[0] if form.window.within is None or first == now else 0, charted[1])
    doses = [
        dose
        for dose in doses_between(timeline, form.drugs, min(start, first), end, "both")
        if inside(form.window, start, end, dose.time, now) and (baseline is None or dose.time > first)
    ]
    lower = max(0.0, charted[0]) + len(doses) * MICRO
    if first == now and baseline is not None:
        return (lower, charted[1])
    certain = record_complete(timeline, first, end) and not regimen_within(timeline, form.drugs, first, end)
    return (lower, charted[1] + len(doses) * MICRO if certain else inf)
