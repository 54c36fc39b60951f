"""Facts: what is charted of an element at a moment, and how old it is."""

from bisect import bisect_right
from typing import Literal, TypeAlias

import msgspec

from clinguide.course import Charted, Timeline
from clinguide.model import Element
from clinguide.values import Value, hull, is_known

Source: TypeAlias = Literal["observed", "derived", "assumed", "baseline", "rule", "not_charted", "stale"]


_LONG_AGO = -(2**63)
"""Before every time: facts of the patient hold from the start."""


class Fact(msgspec.Struct, frozen=True):
    """What is known of an element at a moment: its value, where it is from, and when that was.

    `said_unknown`: somebody charted it as unknown. `clash`: in what way what is charted contradicts itself.
    """

    value: Value
    source: Source
    time: int | None = None
    said_unknown: bool = False
    clash: str | None = None
    charted: Value = None


def charted_fact(
    element: Element, chartings: tuple[Charted, ...], now: int, unknown: Value, fresh_for: int | None
) -> Fact:
    """The charted fact of an element at a moment: the latest charting, unless it is stale; an event counts for long."""
    known = chartings[: bisect_right(chartings, now, key=_time)]
    if not known:
        return Fact(unknown, "not_charted")
    if element.counts_for is not None:
        return _event(element, known, now, unknown)
    latest = known[-1]
    together = [each for each in known if each.time == latest.time]
    value, clash = _together(together, unknown)
    # Beside a value somebody charted it as unknown for the same time: then it is not known.
    said_unknown = any(each.unknown for each in together)
    if fresh_for is not None and not latest.fixed and now - latest.time > fresh_for:
        return Fact(unknown, "stale", latest.time, said_unknown, charted=value)
    source: Source = "baseline" if latest.fixed else "observed"
    return Fact(value, source, None if latest.fixed else latest.time, said_unknown, clash, value)


def _time(charting: Charted) -> int:
    return _LONG_AGO if charting.fixed else charting.time


def _together(chartings: list[Charted], unknown: Value) -> tuple[Value, str | None]:
    """One value for what was charted at one time; where that differs, all of it is possible."""
    values = list(dict.fromkeys(each.value for each in chartings if not each.unknown))
    if any(each.unknown for each in chartings):
        return unknown, None
    return (values[0], None) if len(values) == 1 else (hull(list(values), unknown), "two values charted for one time")


def _event(element: Element, known: tuple[Charted, ...], now: int, unknown: Value) -> Fact:
    """An event counts for a time after it was charted, whatever is charted later; of several the worst stands."""
    counting = [each for each in known if each.fixed or now - each.time <= (element.counts_for or 0)]
    events = [each for each in counting if not each.unknown and not _is_absence(element, each.value)]
    absent = [each for each in known if not each.unknown and _is_absence(element, each.value)]
    # Somebody who charts an event or its absence later has answered an earlier "unknown".
    open_ = [each for each in counting if each.unknown and not any(each.time < later.time for later in absent + events)]
    if events:
        worst = max(events, key=lambda each: _badness(element, each.value))
        value = _at_least_as_bad(element, worst.value, unknown) if open_ else worst.value
        return Fact(value, "observed", worst.time, charted=value)
    if open_:
        return Fact(unknown, "observed", open_[-1].time, said_unknown=True, charted=unknown)
    if absent:
        return Fact(absent[-1].value, "observed", absent[-1].time, charted=absent[-1].value)
    if isinstance(unknown, tuple):
        return Fact(unknown, "stale", known[-1].time, charted=known[-1].value)
    return Fact(unknown, "stale", known[-1].time, charted=_order(element)[0])


def _is_absence(element: Element, value: Value) -> bool:
    """Whether a charting says that there was no event; a number has no such value."""
    return not isinstance(value, tuple) and value == _order(element)[0]


def _badness(element: Element, value: Value) -> float:
    if isinstance(value, tuple):
        return -value[0] if element.worse == "lower" else value[1]
    return _order(element).index(value)


def _at_least_as_bad(element: Element, value: Value, unknown: Value) -> Value:
    """A value that is this one or worse."""
    if isinstance(value, tuple):
        return (float("-inf"), value[1]) if element.worse == "lower" else (value[0], float("inf"))
    worse = _order(element)[_order(element).index(value) :]
    return worse[0] if len(worse) == 1 else frozenset(each for each in worse if isinstance(each, str)) or unknown


def _order(element: Element) -> list[Value]:
    """The values of an event from absence to the worst."""
    if element.type == "boolean":
        return [False, True]
    return list(element.worse) if isinstance(element.worse, tuple) else list(element.codes)


def raised(value: Value, element: Element) -> Value:
    """The value as a lower bound: the true one is this or higher."""
    if not isinstance(value, tuple):
        return value
    top = element.plausible[1] if element.plausible is not None else float("inf")
    return (value[0], max(value[1], top))


def assumable(fact: Fact, element: Element, assumed: Value) -> bool:
    """Whether an assumption may stand for a fact: nothing is charted, or what went stale agreed with it."""
    if element.assume is None or is_known(fact.value):
        return False
    if fact.said_unknown:
        return element.assume.even_if_unknown
    if fact.source == "stale":
        return fact.charted == assumed
    return fact.source in ("not_charted", "derived")


def latest_of(timeline: Timeline, names: frozenset[str], now: int, *, strictly: bool) -> int | None:
    """When anything of these elements and drugs was last charted, up to now or strictly before it."""
    times = [
        each.time
        for name in names
        for each in timeline.charted.get(name, ())
        if not each.fixed and (each.time < now or (each.time == now and not strictly))
    ]
    for name in names:
        if name.startswith("done:"):
            times += [time for time in timeline.done.get(name[5:], ()) if time < now + (not strictly)]
        if name.startswith("drug:"):
            times += [dose.time for dose in timeline.given.get(name[5:], ()) if dose.time < now + (not strictly)]
            times += [step.start for step in timeline.regimens.get(name[5:], ()) if step.start < now + (not strictly)]
    return max(times, default=None)
