"""History: what the derived forms make of tracks, doses and windows.

A track is the value of a name (or the truth of a test) at every moment that was looked at, oldest first, and whether
something it is computed from was charted then. Stretches without charting do not make `ever`, `count`, `highest` or
`lowest` unknown; an entry charted as unknown, or a grade that stayed open then, does.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import inf
from typing import TypeAlias

import msgspec

from clinguide.course import DoseAt, Timeline, doses_between, record_complete, regimen_within
from clinguide.values import MICRO, OPEN, Bounds, Truth, Value, hull


class Entry(msgspec.Struct, frozen=True):
    """The value of a name, or the truth of a test, at one moment."""

    time: int
    value: Value
    charted: bool


Track: TypeAlias = Sequence[Entry]
Stretch: TypeAlias = tuple[float, float]
"""Between which two moments (microseconds) something happened."""


class Reach(msgspec.Struct, frozen=True):
    """The moments that a window covers; `after` and `before` leave its first and its last moment out.

    A `whole` course or treatment has nothing in force before it: grades start anew.
    """

    start: int
    end: int
    after: bool = False
    before: bool = False
    whole: bool = False

    def holds(self, time: int) -> bool:
        """Whether a moment lies in the window."""
        begun = time > self.start if self.after else time >= self.start
        return begun and (time < self.end if self.before else time <= self.end)


# --- when a dose was given -------------------------------------------------------------------------------------------


def last_dose(timeline: Timeline, drugs: frozenset[str], now: int) -> Stretch | None:
    """The last dose lies at the last one charted, or later where the record may lack one; None: there was none."""
    doses = doses_between(timeline, drugs, timeline.first, now, "both")
    unseen = now if timeline.complete_since is None else min(timeline.complete_since, now)
    if not doses:
        return None if record_complete(timeline, timeline.first, now) else (-inf, unseen)
    last = doses[-1].time
    running = regimen_within(timeline, drugs, last, now)
    return (last, now if running else max(last, unseen))


def first_dose(timeline: Timeline, drugs: frozenset[str], now: int) -> Stretch | None:
    """The first dose lies at the first one charted, or earlier where the record may lack one; None: there was none."""
    doses = doses_between(timeline, drugs, timeline.first, now, "both")
    complete = record_complete(timeline, timeline.first, now)
    if not doses:
        return None if complete else (-inf, now)
    return (doses[0].time if complete else -inf, doses[0].time)


def regimen_start(timeline: Timeline, drugs: frozenset[str], now: int) -> Stretch | None:
    """When the latest regimen of any of the drugs was started; a change of dose does not start it anew."""
    steps = [step for drug in drugs for step in timeline.regimens.get(drug, ()) if step.start <= now]
    starts = [step.start for step in steps if step.kind == "started"]
    if starts:
        return (max(starts), max(starts))
    return None if record_complete(timeline, timeline.first, now) else (-inf, now)


# --- what a track says in a window -----------------------------------------------------------------------------------


def seen(track: Track, reach: Reach) -> list[Value]:
    """The values charted in a window, and the one in force at its start."""
    return [*_in_force(track, reach), *(each.value for each in charted(track, reach))]


def charted(track: Track, reach: Reach) -> list[Entry]:
    """The entries charted in a window."""
    return [each for each in track if each.charted and reach.holds(each.time)]


def _in_force(track: Track, reach: Reach) -> Iterator[Value]:
    """The value at a window's start, unless it had gone stale by then."""
    before = [each for each in track if each.time <= reach.start and not reach.whole]
    last = next((index for index in range(len(before) - 1, -1, -1) if before[index].charted), None)
    if last is not None and all(each.value == before[last].value for each in before[last:]):
        yield before[last].value


def extreme(values: Iterable[Value], highest: bool) -> Bounds:
    """The highest or lowest of numbers between bounds; open where there is none."""
    pairs = [value for value in values if isinstance(value, tuple)]
    if not pairs:
        return OPEN
    choose = max if highest else min
    return (choose(low for low, _ in pairs), choose(high for _, high in pairs))


def ever(values: Sequence[Value], nothing: Truth) -> Truth:
    """Whether a test was ever true; `nothing` where no moment of the window was charted."""
    if not values:
        return nothing
    return True if True in values else (None if None in values else False)


def count(entries: Sequence[Entry], apart: int, nothing: Bounds) -> Bounds:
    """How many chartings were true, each at least so long after the one counted before it."""
    if not entries:
        return nothing
    certain = [each.time for each in entries if each.value is True]
    possible = [each.time for each in entries if each.value is not False]
    return (_spaced(certain, apart) * MICRO, _spaced(possible, apart) * MICRO)


def _spaced(times: Iterable[int], apart: int) -> int:
    counted = 0
    last: float = -inf
    for time in times:
        if time - last >= apart:
            counted, last = counted + 1, time
    return counted


def value_at(track: Track, when: Stretch | None, unknown: Value) -> Value:
    """The value of a name at an anchor, over all moments at which the anchor may have been."""
    if when is None or when[0] == -inf:
        return unknown
    before = [each for each in track if each.time <= when[0]]
    between_ = [each.value for each in track if when[0] < each.time <= when[1]]
    values = [before[-1].value, *between_] if before else []
    return hull(values, unknown)


def first_true(track: Track, reach: Reach) -> Stretch | None:
    """When a test was first charted true in a window; None where it certainly was not."""
    entries = charted(track, reach)
    possible = [each.time for each in entries if each.value is not False]
    certain = [each.time for each in entries if each.value is True]
    if not possible:
        return None
    return (possible[0], certain[0] if certain else inf)


# --- how long a test was true ----------------------------------------------------------------------------------------


class Run(msgspec.Struct, frozen=True):
    """A stretch in which a test had one truth: start <= time < end."""

    start: int
    end: int
    truth: Truth


def runs(track: Track, end: int, bridging: int) -> list[Run]:
    """The stretches of a track up to `end`; short ones that are not true belong to the run around them."""
    ends = [each.time for each in track[1:]] + [end]
    found: list[Run] = []
    for each, stop in zip(track, ends, strict=True):
        truth = each.value if isinstance(each.value, bool) else None
        if found and found[-1].truth is truth:
            found[-1] = Run(found[-1].start, stop, truth)
        else:
            found.append(Run(each.time, stop, truth))
    return _bridged(found, bridging) if bridging else found


def _bridged(found: list[Run], bridging: int) -> list[Run]:
    """Runs joined over gaps shorter than `bridging`; at the open end too, where the gap may yet be short."""
    joined: list[Run] = []
    gap: list[Run] = []
    for run in [*found, None]:
        if run is not None and run.truth is not True:
            gap.append(run)
            continue
        after_a_run = bool(joined) and joined[-1].truth is True
        if gap and after_a_run and gap[-1].end - gap[0].start < bridging:
            joined[-1] = Run(joined[-1].start, gap[-1].end, True)
        else:
            joined += gap
        gap = []
        if run is not None:
            joined = _appended(joined, run)
    return joined


def _appended(found: list[Run], run: Run) -> list[Run]:
    if found and found[-1].truth is True and run.truth is True and found[-1].end == run.start:
        return [*found[:-1], Run(found[-1].start, run.end, True)]
    return [*found, run]


def current_run(found: Sequence[Run], now: int) -> Stretch | None:
    """When the run that reaches now began; None where the test is false now, -inf where the record begins with it."""
    certain, possible = now, float(-inf)
    still = True
    for run in reversed(found):
        if run.truth is False:
            possible = run.end
            break
        still = still and run.truth is True
        certain = run.start if still else certain
    return None if possible == now and certain == now and found and found[-1].truth is False else (possible, certain)


def run_time(found: Sequence[Run], now: int, unit: int) -> Bounds:
    """How long a test has been true without a break up to now: at least the unbroken stretch that is certain."""
    start = current_run(found, now)
    return (0, 0) if start is None else (in_units(now - start[1], unit), in_units(now - start[0], unit))


def time_true(found: Iterable[Run], reach: Reach, total: bool, unit: int) -> Bounds:
    """The longest run, or the total time, of a test in a window."""
    cut = [Run(max(run.start, reach.start), min(run.end, reach.end), run.truth) for run in found]
    cut = [run for run in cut if run.end > run.start]
    certain = [run.end - run.start for run in cut if run.truth is True]
    if total:
        possible = sum(run.end - run.start for run in cut if run.truth is not False)
        return (in_units(sum(certain), unit), in_units(possible, unit))
    return (in_units(max(certain, default=0), unit), in_units(_longest_possible(cut), unit))


def _longest_possible(found: Iterable[Run]) -> int:
    longest, length = 0, 0
    for run in found:
        length = 0 if run.truth is False else length + run.end - run.start
        longest = max(longest, length)
    return longest


def between(start: Stretch | None, end: Stretch | None, unit: int) -> Bounds:
    """The time from one anchor to another; open where one of them has not happened."""
    if start is None or end is None:
        return OPEN
    return (in_units(end[0] - start[1], unit), in_units(end[1] - start[0], unit))


def in_units(microseconds: float, unit: int) -> float:
    """Microseconds in micro-units of a unit of `unit` microseconds."""
    if microseconds in (inf, -inf):
        return microseconds
    return round(Fraction(int(microseconds) * MICRO, unit))


# --- doses -----------------------------------------------------------------------------------------------------------


Baseline: TypeAlias = tuple[int, Bounds]
"""A charted count or total as of its time: what is given later is added to it."""


def dose_count(timeline: Timeline, drugs: frozenset[str], reach: Reach, baseline: Baseline | None) -> Bounds:
    """How many doses were given in a window; a lower bound where the record may lack some."""
    doses, first, start = _given(timeline, drugs, reach, baseline)
    # What is in the record was given, whatever total was charted.
    known = sum(reach.holds(dose.time) for dose in doses_between(timeline, drugs, reach.start, reach.end, "both"))
    low = max(start[0] + len(doses) * MICRO, known * MICRO)
    high = max(low, start[1] + len(doses) * MICRO)
    return (low, high if _complete(timeline, drugs, first, reach, baseline) else inf)


def dose_total(timeline: Timeline, factors: Mapping[str, Fraction], reach: Reach, baseline: Baseline | None) -> Bounds:
    """The amount given in a window, in micro-milligrams of the reference; open upwards where one is not known."""
    drugs = frozenset(factors)
    doses, first, start = _given(timeline, drugs, reach, baseline)
    known = [
        dose.amount_micro * factors[dose.drug] for dose in doses if dose.amount_micro is not None and dose.unit == "mg"
    ]
    low = start[0] + round(sum(known, Fraction(0)))
    certain = len(known) == len(doses) and _complete(timeline, drugs, first, reach, baseline)
    return (low, start[1] + round(sum(known, Fraction(0))) if certain else inf)


def _given(
    timeline: Timeline, drugs: frozenset[str], reach: Reach, baseline: Baseline | None
) -> tuple[list[DoseAt], int, Bounds]:
    """The doses in a window after the baseline, since when the record matters, and what the baseline still counts."""
    first, counted = reach.start, (0.0, 0.0)
    if baseline is not None and baseline[0] >= reach.start:
        first, counted = baseline
        if reach.after and first != reach.end:
            # Of what was counted earlier some may have left a sliding window by now; what the record has of it has.
            left = [dose for dose in _counted_then(timeline, drugs, reach, first) if not reach.holds(dose.time)]
            counted = (0.0, max(0.0, counted[1] - len(left) * MICRO))
    doses = [
        dose
        for dose in doses_between(timeline, drugs, reach.start, reach.end, "both")
        if reach.holds(dose.time) and (baseline is None or first != baseline[0] or dose.time > first)
    ]
    return doses, first, counted


def _counted_then(timeline: Timeline, drugs: frozenset[str], reach: Reach, then: int) -> tuple[DoseAt, ...]:
    """The doses of the record in the window as it stood at an earlier time."""
    return doses_between(timeline, drugs, then - (reach.end - reach.start), then, "right")


def _complete(timeline: Timeline, drugs: frozenset[str], first: int, reach: Reach, baseline: Baseline | None) -> bool:
    if baseline is not None and baseline[0] == reach.end:
        return True
    return record_complete(timeline, first, reach.end) and not regimen_within(timeline, drugs, first, reach.end)
