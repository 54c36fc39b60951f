"""The timeline: a checked course up to one time, and what can be read off it by time alone.

Times are microseconds since the epoch (UTC), amounts micro-units of their unit. Nothing here knows a rule.
"""

from typing import Literal, TypeAlias

import msgspec

from clinguide.problems import Span
from clinguide.values import Value

Closed: TypeAlias = Literal["left", "right", "both", "neither"]
"""Which ends of a window belong to it: `within d` is right, `from a to b` left, `since a` both."""

MINUTE = 60_000_000


class Charted(msgspec.Struct, frozen=True):
    """One charting of an element. `unknown`: it was charted as unknown, and `value` is the element's open value.

    `fixed` facts of the patient hold from the start of the course and never go stale. A set that holds `unknown`
    beside codes is not `unknown`: its value says what is certain, possible, and how many there are at the least.
    """

    time: int
    value: Value
    unknown: bool
    span: Span
    fixed: bool = False


class InfusionAt(msgspec.Struct, frozen=True):
    """One infusion of cells; all infusions with one treatment number are one treatment."""

    time: int
    product: str
    treatment: int


class DoseAt(msgspec.Struct, frozen=True):
    """One administration. What is not known of it is None: the amount (with its unit), the route.

    Amounts are micro-milligrams where the unit is a mass. `first_of_regimen` marks the dose that a charted start of
    a regimen is.
    """

    time: int
    amount_micro: int | None
    unit: str | None
    route: str | None
    span: Span
    first_of_regimen: bool
    drug: str


class RegimenStep(msgspec.Struct, frozen=True):
    """A stretch of a regimen with one dose and interval: start <= time < end; `end` None where it still runs.

    What is not known is None. Two steps that touch are one regimen whose later part is `changed`.
    """

    start: int
    end: int | None
    amount_micro: int | None
    unit: str | None
    every_us: int | None
    route: str | None
    kind: Literal["started", "changed"]
    drug: str


class Timeline(msgspec.Struct, frozen=True):
    """A checked course as it stood at `at`: nothing later is in it; what was left out is counted in `later_events`.

    `first` is the start of the course: the earliest of the complete record, the first infusion and the first event.
    `last_event` is None where nothing had happened by `at`. Without a clock (`Course.from_facts`) all times are 0.
    `infused` says whether the course has an infusion at all, also one still to come at `at`.
    `given` holds the first dose of every regimen and each infusion as a dose of its product; `done` names no group,
    only the parts.
    """

    course: str
    digest: str
    at: int
    has_clock: bool
    first: int
    last_event: int | None
    later_events: int
    complete_since: int | None
    charted: dict[str, tuple[Charted, ...]]
    infusions: tuple[InfusionAt, ...]
    infused: bool
    given: dict[str, tuple[DoseAt, ...]]
    regimens: dict[str, tuple[RegimenStep, ...]]
    missed: dict[str, tuple[int, ...]]
    done: dict[str, tuple[int, ...]]


# --- infusions --------------------------------------------------------------------------------------------------------


def _last_infusion(timeline: Timeline, time: int) -> InfusionAt | None:
    return next((each for each in reversed(timeline.infusions) if each.time <= time), None)


def treatment_at(timeline: Timeline, time: int) -> int | None:
    """The number of the treatment that is current at a time; None before the first infusion."""
    last = _last_infusion(timeline, time)
    return last.treatment if last else None


def treatment_start(timeline: Timeline, time: int) -> int:
    """When the current treatment began: the start of the course for the first, its first infusion for a later one."""
    current = treatment_at(timeline, time)
    if current is None or current == timeline.infusions[0].treatment:
        return timeline.first
    return next(each.time for each in timeline.infusions if each.treatment == current)


def infusion_time(timeline: Timeline, time: int, last: bool = False) -> int | None:
    """The first or the `last` infusion of the current treatment that happened by a time; None where there is none."""
    latest = _last_infusion(timeline, time)
    if latest is None or last:
        return latest.time if latest else None
    return next(each.time for each in timeline.infusions if each.treatment == latest.treatment)


def product_at(timeline: Timeline, time: int) -> str | None:
    """The product of the last infusion by a time; None before the first."""
    last = _last_infusion(timeline, time)
    return last.product if last else None


# --- what was charted and given ---------------------------------------------------------------------------------------


def entries(timeline: Timeline, element: str, time: int) -> tuple[Charted, ...]:
    """What was charted of an element by a time, oldest first; fixed facts always."""
    return tuple(each for each in timeline.charted.get(element, ()) if each.fixed or each.time <= time)


def _inside(time: int, start: int, end: int, closed: Closed) -> bool:
    return (start < time or (time == start and closed in ("left", "both"))) and (
        time < end or (time == end and closed in ("right", "both"))
    )


def doses_between(
    timeline: Timeline, drugs: frozenset[str], start: int, end: int, closed: Closed = "right"
) -> tuple[DoseAt, ...]:
    """The administrations of any of the drugs in a window, oldest first."""
    found = [dose for drug in drugs for dose in timeline.given.get(drug, ()) if _inside(dose.time, start, end, closed)]
    return tuple(sorted(found, key=lambda dose: (dose.time, dose.drug)))


def record_complete(timeline: Timeline, start: int, end: int) -> bool:
    """Whether the course says that every drug given from `start` to `end` is in it."""
    return timeline.complete_since is not None and timeline.complete_since <= start and end <= timeline.at


def regimen_within(timeline: Timeline, drugs: frozenset[str], start: int, end: int) -> bool:
    """Whether a regimen of any of the drugs was running in a window, so that doses nobody charted may lie in it.

    The first dose of a regimen is charted by its start, so the moment of the start alone is not such a stretch.
    """
    steps = (step for drug in drugs for step in timeline.regimens.get(drug, ()))
    return any(step.start < end and (step.end is None or step.end > start) for step in steps)


def running(timeline: Timeline, drug: str, time: int) -> RegimenStep | None:
    """The step of the drug's regimen that is in force at a time, if any."""
    steps = timeline.regimens.get(drug, ())
    return next((step for step in steps if step.start <= time and (step.end is None or time < step.end)), None)
