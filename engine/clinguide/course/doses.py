"""The daily dose of a drug or of an equivalence at a time, from regimens and single doses."""

from collections.abc import Mapping
from fractions import Fraction

from clinguide.course.timeline import Timeline
from clinguide.values import Bounds

DAY = 86_400_000_000


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
    Open upwards where a dose is not known, or where the record is not complete for as long as a dose lasts.
    """
    raise NotImplementedError


def daily_dose_changes(
    timeline: Timeline,
    factors: Mapping[str, Fraction],
    *,
    routes: Mapping[str, frozenset[str]],
    covers: Mapping[str, int],
) -> tuple[int, ...]:
    """The times at which the daily dose can change, sorted; some may lie after the timeline's `at`."""
    raise NotImplementedError
