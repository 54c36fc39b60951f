"""Moments: every time up to `at` at which a fact begins, goes stale, or leaves a window."""

from clinguide.course import Timeline, daily_dose_changes
from clinguide.evaluate.program import Program


def moments(program: Program, timeline: Timeline) -> tuple[int, ...]:
    """The moments strictly before `at`, sorted, at which a name whose past is read can change.

    A value is fresh while its age is at most `fresh_for`, so it goes stale one microsecond later.
    """
    if not program.past_order:
        return ()
    times = _charted(program, timeline)
    given = {dose.time for doses in timeline.given.values() for dose in doses}
    times |= given | {infusion.time for infusion in timeline.infusions}
    times |= {step.start for steps in timeline.regimens.values() for step in steps}
    for factors in program.factors.values():
        times.update(daily_dose_changes(timeline, factors, routes=program.routes, covers=program.covers))
    times |= {time + window for time in times for window in program.windows}
    return tuple(sorted(time for time in times if time < timeline.at))


def _charted(program: Program, timeline: Timeline) -> set[int]:
    times: set[int] = set()
    for name, chartings in timeline.charted.items():
        element = program.knowledge.elements[name]
        lasting = [span for span in (element.fresh_for, element.counts_for) if span is not None]
        for charting in chartings:
            if not charting.fixed:
                times.add(charting.time)
                times.update(charting.time + span + 1 for span in lasting)
    return times
