"""Moments: every time up to `at` at which a fact begins, goes stale, or leaves a window."""

from clinguide.course import Timeline, daily_dose_changes
from clinguide.evaluate.program import Program


def moments(program: Program, timeline: Timeline) -> dict[int, frozenset[str]]:
    """The moments strictly before `at` at which a name whose past is read can change, with what expires then.

    A value is fresh while its age is at most `fresh_for`, so it goes stale one microsecond later.
    """
    if not program.past_order:
        return {}
    expiring = _expiring(program, timeline)
    times = set(expiring) | {
        each.time for chartings in timeline.charted.values() for each in chartings if not each.fixed
    }
    given = {dose.time for doses in timeline.given.values() for dose in doses}
    times |= given | {infusion.time for infusion in timeline.infusions}
    times |= {step.start for steps in timeline.regimens.values() for step in steps}
    for factors in program.factors.values():
        times.update(daily_dose_changes(timeline, factors, routes=program.routes, covers=program.covers))
    times |= {time + window for time in times for window in program.windows}
    return {time: frozenset(expiring.get(time, ())) for time in times if time < timeline.at}


def _expiring(program: Program, timeline: Timeline) -> dict[int, set[str]]:
    """The elements that go stale, or of which an event no longer counts, by the moment at which they do."""
    found: dict[int, set[str]] = {}
    for name, chartings in timeline.charted.items():
        element = program.knowledge.elements[name]
        lasting = [span for span in (element.fresh_for, element.counts_for) if span is not None]
        for charting in chartings:
            for span in lasting if not charting.fixed else ():
                found.setdefault(charting.time + span + 1, set()).add(name)
    return found
