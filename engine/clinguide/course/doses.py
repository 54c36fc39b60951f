"""The daily dose of a drug or of an equivalence at a time, from regimens and single doses."""

from collections.abc import Mapping
from fractions import Fraction
from itertools import groupby
from math import inf
from typing import TypeAlias

import msgspec

from clinguide.course.timeline import MINUTE, DoseAt, RegimenStep, Timeline, record_complete
from clinguide.values import Bounds

DAY = 86_400_000_000

_Rate: TypeAlias = tuple[Fraction, Fraction | float]
"""The lowest and the highest rate, in micro-milligrams of the drug a day."""

_NONE: _Rate = (Fraction(0), Fraction(0))
# Something was given, so the rate is above 0, by as little as the engine can tell.
_NOT_KNOWN: _Rate = (Fraction(1), inf)


class _History(msgspec.Struct, frozen=True):
    """One drug's doses and regimens by routes that count or could; `allowed` None: every route counts."""

    doses: tuple[DoseAt, ...]
    steps: tuple[RegimenStep, ...]
    missed: tuple[int, ...]
    covers: int | None
    allowed: frozenset[str] | None

    def could_be_another_route(self, of: DoseAt | RegimenStep) -> bool:
        """Whether the route is not known where it matters."""
        return self.allowed is not None and of.route is None

    def in_regimen(self, dose: DoseAt) -> bool:
        """Whether a dose was given while a regimen ran, its first minute included."""
        return any(
            step.start // MINUTE <= dose.time // MINUTE and (step.end is None or dose.time < step.end)
            for step in self.steps
        )


def daily_dose(
    timeline: Timeline,
    factors: Mapping[str, Fraction],
    time: int,
    known_at: int,
    *,
    routes: Mapping[str, frozenset[str]],
    covers: Mapping[str, int],
) -> Bounds:
    """The daily dose at a time as it was known at `known_at` (>= time), in micro-milligrams of the reference a day.

    `factors`: milligrams of the reference for one milligram of each drug that counts; `routes`: those that count
    (a drug that is absent: every route); `covers`: how long a drug's last single dose counts, in microseconds.
    A regimen has its rate from its first dose on, and 0 from a charted missed dose until the next one given. A single
    dose without a regimen has the rate dose / interval to the next dose, the last one dose / `covers` for that long.
    Open upwards where a dose is not known, or where the course does not say that its record is complete by then.
    """
    low: Fraction = Fraction(0)
    high: Fraction | float = Fraction(0) if record_complete(timeline, time, time) else inf
    for drug, factor in factors.items():
        least, most = _rate(_history(timeline, drug, known_at, routes.get(drug), covers.get(drug)), time)
        low, high = low + least * factor, high + most * factor
    # Python rounds a fraction half to even, as every number of the engine is rounded.
    return (round(low), round(high) if isinstance(high, Fraction) else inf)


def daily_dose_changes(
    timeline: Timeline,
    factors: Mapping[str, Fraction],
    *,
    routes: Mapping[str, frozenset[str]],
    covers: Mapping[str, int],
) -> tuple[int, ...]:
    """The times at which the daily dose can change, sorted; some may lie after the timeline's `at`."""
    times: set[int] = set() if timeline.complete_since is None else {timeline.complete_since}
    for drug in factors:
        history = _history(timeline, drug, timeline.at, routes.get(drug), covers.get(drug))
        times.update(history.missed)
        times.update(step.start for step in history.steps)
        times.update(step.end for step in history.steps if step.end is not None)
        for dose in history.doses:
            times.update((dose.time, dose.time + (history.covers or 0)))
    return tuple(sorted(times))


def _history(
    timeline: Timeline, drug: str, known_at: int, allowed: frozenset[str] | None, covers: int | None
) -> _History:
    """What was known of a drug by a time, without what went by a route that does not count."""

    def counts(route: str | None) -> bool:
        return allowed is None or route is None or route in allowed

    return _History(
        tuple(dose for dose in timeline.given.get(drug, ()) if dose.time <= known_at and counts(dose.route)),
        tuple(step for step in timeline.regimens.get(drug, ()) if step.start <= known_at and counts(step.route)),
        tuple(missed for missed in timeline.missed.get(drug, ()) if missed <= known_at),
        covers,
        allowed,
    )


def _rate(history: _History, time: int) -> _Rate:
    """The rate of one drug at a time: that of its regimen, where one runs, else of its single doses."""
    step = next((each for each in history.steps if each.start <= time and (each.end is None or time < each.end)), None)
    if step is None:
        return _single_rate(history, time)
    missed = max((each for each in history.missed if each <= time), default=None)
    if missed is not None and not any(missed < dose.time <= time for dose in history.doses):
        return _NONE
    least, most = _per_day(step.amount_micro if step.unit == "mg" else None, step.every_us)
    return (Fraction(0) if history.could_be_another_route(step) else least, most)


def _per_day(amount_micro: int | None, interval: int | None) -> _Rate:
    if amount_micro is None or interval is None:
        return _NOT_KNOWN
    rate = Fraction(amount_micro * DAY, interval)
    return (rate, rate)


def _single_rate(history: _History, time: int) -> _Rate:
    """The rate of the last dose; where its route is not known, of each dose that could be the last one that counts."""
    # Doses of one minute are one dose: an interval of seconds would be an absurd rate.
    groups = [tuple(doses) for _, doses in groupby(history.doses, key=lambda dose: dose.time // MINUTE)]
    nexts, ends = _nexts(history, [doses for doses in groups if doses[0].time > time])
    rates: list[_Rate] = []
    for doses in reversed([doses for doses in groups if doses[0].time <= time]):
        rates += _readings(history, doses, nexts, time, could_be_last=not ends)
        if not all(map(history.could_be_another_route, doses)):
            break
    else:
        rates.append(_NONE)
    return (min(least for least, _ in rates), max(most for _, most in rates))


def _nexts(history: _History, later: list[tuple[DoseAt, ...]]) -> tuple[frozenset[int], bool]:
    """The nearest and the farthest time at which the next dose that counts can be, and whether there surely is one."""
    times: list[int] = []
    for doses in later:
        times.append(doses[0].time)
        if not all(map(history.could_be_another_route, doses)):
            return frozenset((times[0], times[-1])), True
    return frozenset((times[0], times[-1])) if times else frozenset(), False


def _readings(
    history: _History, doses: tuple[DoseAt, ...], nexts: frozenset[int], time: int, *, could_be_last: bool
) -> list[_Rate]:
    """The rates that doses of one minute can have: up to a next dose, or as the last ones."""
    if history.in_regimen(doses[0]):
        return [_NONE]
    surely = tuple(dose for dose in doses if not history.could_be_another_route(dose))
    amounts = {_amount(doses), _amount(surely or doses)}
    start = doses[0].time
    rates = [_per_day(amount, each - start) for amount in amounts for each in nexts]
    if could_be_last:
        lasts = history.covers is None or time < start + history.covers
        rates += [_per_day(amount, history.covers) if lasts else _NONE for amount in amounts]
    return rates


def _amount(doses: tuple[DoseAt, ...]) -> int | None:
    """What several doses come to in micro-milligrams; None where one is not known."""
    known = [dose.amount_micro for dose in doses if dose.amount_micro is not None and dose.unit == "mg"]
    return sum(known) if len(known) == len(doses) else None
