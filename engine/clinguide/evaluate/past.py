"""The past: the tracks of one course, and the derived forms that look back over them."""

from collections.abc import Mapping
from fractions import Fraction
from math import inf
from typing import TypeAlias, assert_never

import msgspec

from clinguide.compile import derivations as ir
from clinguide.compile.order import tree_names
from clinguide.course import Timeline, daily_dose, daily_dose_changes, infusion_time, treatment_start
from clinguide.evaluate import history
from clinguide.evaluate.facts import Fact
from clinguide.evaluate.history import Entry, Reach, Stretch
from clinguide.evaluate.program import Program
from clinguide.values import OPEN, Truth, Value

Values: TypeAlias = Mapping[str, Value]
LookingBack: TypeAlias = (
    ir.Extreme
    | ir.FirstOrLast
    | ir.ValueAt
    | ir.EverTrue
    | ir.CountTrue
    | ir.RunTime
    | ir.TimeTrue
    | ir.TimeFromTo
    | ir.SinceDone
    | ir.DoseCount
    | ir.DoseTotal
    | ir.DailyRate
)


class Past:
    """The tracks of names and tests up to a moment."""

    def __init__(self, program: Program, timeline: Timeline) -> None:
        self.program, self.knowledge, self.timeline = program, program.knowledge, timeline
        self.now = timeline.at
        self.charted_now: frozenset[str] = frozenset()
        self.tracks: dict[str, list[Entry]] = {}
        self._routed: dict[tuple[tuple[str, frozenset[str]], ...], Timeline] = {(): timeline}

    def begin(self, now: int) -> None:
        """Come to a moment."""
        self.now, self.charted_now = now, charted_at(self.timeline, now)

    def note(self, name: str, value: Value) -> None:
        """Keep the value of a name at this moment, if anyone reads its past."""
        if name in self.knowledge.past:
            self.tracks.setdefault(name, []).append(Entry(self.now, value, self.is_charted(name)))

    def note_tests(self, values: Values, graded: bool) -> None:
        """Keep the truth of every test at this moment; a test of grades not before there are grades."""
        for key, test in self.program.tests.items():
            if graded or test.names.isdisjoint(self.knowledge.rules):
                self.tracks.setdefault(key, []).append(self._tested(key, values))

    def _tested(self, key: str, values: Values) -> Entry:
        test = self.program.tests[key]
        charted = test.rated or not self.charted_now.isdisjoint(test.beneath)
        return Entry(self.now, test.truth(values)[0], charted)

    def is_charted(self, name: str) -> bool:
        """Whether something that a name is computed from was charted at this moment; a daily dose always is."""
        return name in self.program.factors or not self.charted_now.isdisjoint(self.program.beneath[name])

    # --- tracks up to now -------------------------------------------------------------------------------------------

    def _track(self, name: str, window: ir.Span | None, values: Values) -> list[Entry]:
        """The track of a name, with this moment unless only the past is read."""
        track = [each for each in self.tracks.get(name, []) if each.time < self.now]
        if window is not None and window.before_now:
            return track
        return [*track, Entry(self.now, values[name], self.is_charted(name))]

    def _test_track(self, test: ir.Tested, window: ir.Span | None, values: Values) -> list[Entry]:
        names = tree_names(test.tree, self.knowledge.atoms)
        charted = any(self.timeline.charted.get(name) for name in names)
        if names and names <= self.program.factors.keys() and not charted:
            return self._rate_track(test, names, window)
        track = [each for each in self.tracks.get(test.key, []) if each.time < self.now]
        return track if window is not None and window.before_now else [*track, self._tested(test.key, values)]

    def _rate_track(self, test: ir.Tested, names: frozenset[str], window: ir.Span | None) -> list[Entry]:
        """A later dose tells what the rate was before it, so this history is read as it is known now."""
        last = self.now - 1 if window is not None and window.before_now else self.now
        times = [time for time in self._rate_changes(names) if time <= last]
        truth = self.program.tests[test.key].truth
        return [Entry(time, truth({name: self.rate(name, time) for name in names})[0], charted=True) for time in times]

    def rate(self, name: str, time: int) -> Value:
        """The daily dose of an element at a time, as it is known now."""
        routes, covers = self.program.routes, self.program.covers
        return daily_dose(self.timeline, self.program.factors[name], time, self.now, routes=routes, covers=covers)

    def _rate_changes(self, names: frozenset[str]) -> list[int]:
        routes, covers = self.program.routes, self.program.covers
        times = {self.timeline.first, self.now}
        for name in names:
            times.update(daily_dose_changes(self.timeline, self.program.factors[name], routes=routes, covers=covers))
        return sorted(time for time in times if time <= self.now)

    # --- anchors and windows ----------------------------------------------------------------------------------------

    def anchor(self, anchor: ir.AnchorTime, values: Values) -> Stretch | None:
        """When an anchor happened, as bounds; None where it certainly has not."""
        match anchor:
            case ir.AtNow():
                return (self.now, self.now)
            case ir.AtInfusion():
                time = infusion_time(self.timeline, self.now, anchor.last)
                return None if time is None else (time, time)
            case ir.AtDose():
                find = history.last_dose if anchor.last else history.first_dose
                return find(self.timeline, anchor.drugs, self.now)
            case ir.AtStart():
                return history.regimen_start(self.timeline, anchor.drugs, self.now)
            case ir.AtRunStart():
                track = self._test_track(anchor.test, None, values)
                return history.current_run(history.runs(track, self.now, anchor.bridging), self.now)
            case ir.AtFirst():
                return self._first(anchor, values)
            case ir.Shifted():
                found = self.anchor(anchor.anchor, values)
                return None if found is None else (found[0] + anchor.by, found[1] + anchor.by)
            case _:
                assert_never(anchor)

    def _first(self, anchor: ir.AtFirst, values: Values) -> Stretch | None:
        since = self._from(anchor.since, values)
        if since is None:
            return None
        if since[0] != since[1]:
            return (-inf, inf)
        track = self._test_track(anchor.test, None, values)
        return history.first_true(track, Reach(int(since[0]), self.now))

    def _from(self, anchor: ir.AnchorTime | None, values: Values) -> Stretch | None:
        """When an anchor happened; without one the start of the course, or of the later treatment."""
        if anchor is not None:
            return self.anchor(anchor, values)
        begun = treatment_start(self.timeline, self.now)
        return (begun, begun)

    def reach(self, window: ir.Span, values: Values) -> Reach | None:
        """The moments of a window; None where one of its anchors has not happened or is not known."""
        before = window.before_now
        if window.within is not None:
            return Reach(self.now - window.within, self.now, after=True, before=before)
        start = self._from(window.start, values)
        if start is None or start[0] != start[1]:
            return None
        if window.end is None:
            return Reach(int(start[0]), self.now, before=before, whole=window.start is None)
        end = self.anchor(window.end, values)
        if end is None or (end[0] == end[1] and end[0] > self.now):
            return Reach(int(start[0]), self.now, before=before)
        return Reach(int(start[0]), int(end[0]), before=True) if end[0] == end[1] else None

    # --- forms ------------------------------------------------------------------------------------------------------

    def form(self, name: str, form: LookingBack, charted: Fact, values: Values) -> Value:
        """The value of an element whose derivation looks back."""
        match form:
            case ir.Extreme() | ir.FirstOrLast() | ir.ValueAt():
                return self._of_name(name, form, values)
            case ir.EverTrue():
                return self._ever(form, charted, values)
            case ir.CountTrue():
                reach = self.reach(form.window, values)
                track = self._test_track(form.test, form.window, values)
                nothing = (0.0, 0.0) if self._nothing(form.test) is False else (0.0, inf)
                return (0, inf) if reach is None else history.count(history.charted(track, reach), form.apart, nothing)
            case ir.RunTime() | ir.TimeTrue():
                return self._time_true(form, values)
            case ir.TimeFromTo():
                return self._time_between(form, charted, values)
            case ir.SinceDone():
                return self._since_done(form, charted)
            case ir.DoseCount() | ir.DoseTotal():
                return self._doses(form, charted, values)
            case ir.DailyRate():
                return self.rate(name, self.now)
            case _:
                assert_never(form)

    def _of_name(self, name: str, form: ir.Extreme | ir.FirstOrLast | ir.ValueAt, values: Values) -> Value:
        if isinstance(form, ir.ValueAt):
            track = self._track(form.name, None, values)
            return history.value_at(track, self.anchor(form.anchor, values), self.program.open[form.name])
        reach = self.reach(form.window, values)
        track = self._track(form.name, form.window, values)
        if isinstance(form, ir.Extreme):
            return history.extreme(history.seen(track, reach), form.highest) if reach is not None else OPEN
        entries = history.charted(track, reach) if reach is not None else []
        return entries[-1 if form.last else 0].value if entries else self.program.open[name]

    def _ever(self, form: ir.EverTrue, charted: Fact, values: Values) -> Truth:
        track = self._test_track(form.test, form.window, values)
        if charted.source == "observed" and charted.time is not None:
            # What was charted is the answer up to its time; what came later is added.
            earlier = None if charted.said_unknown else charted.value is True
            # What a form that reads strictly earlier moments says of a moment does not cover the moment itself.
            since = charted.time if form.window.before_now else charted.time + 1
            later = [each.value for each in track if each.charted and each.time >= since]
            return history.ever([earlier, *later], nothing=False)
        reach = self.reach(form.window, values)
        return None if reach is None else history.ever(history.seen(track, reach), self._nothing(form.test))

    def _nothing(self, test: ir.Tested) -> Truth:
        """A test over no moment at all: false for what is always recorded, grades among it; else unknown."""
        names = tree_names(test.tree, self.knowledge.atoms)
        return False if names <= self.knowledge.rules.keys() else None

    def _time_true(self, form: ir.RunTime | ir.TimeTrue, values: Values) -> Value:
        window = form.window if isinstance(form, ir.TimeTrue) else None
        # The stretch that begins before now reaches up to now, also where only earlier moments are read.
        found = history.runs(self._test_track(form.test, window, values), self.now, form.bridging)
        if isinstance(form, ir.RunTime):
            return history.run_time(found, self.now, form.unit)
        reach = self.reach(form.window, values)
        return (0, inf) if reach is None else history.time_true(found, reach, form.total, form.unit)

    def _time_between(self, form: ir.TimeFromTo, charted: Fact, values: Values) -> Value:
        start = self.anchor(form.start, values)
        derived = history.between(start, self.anchor(form.end, values), form.unit)
        if charted.time is None or charted.source not in ("observed", "stale") or not isinstance(form.end, ir.AtNow):
            return derived
        if start is not None and start[0] >= charted.time:
            return derived
        low, high = self._grown(charted, charted.time, form.unit)
        # It is never longer than since what the record has.
        most = derived[1] if start is not None and start[0] > -inf else inf
        return (min(low, most), min(high, most))

    def _since_done(self, form: ir.SinceDone, charted: Fact) -> Value:
        done = [[time for time in self.timeline.done.get(part, ()) if time <= self.now] for part in form.parts]
        last = min(times[-1] for times in done) if all(done) else None
        if charted.time is not None and (last is None or last < charted.time):
            return self._grown(charted, charted.time, form.unit)
        return OPEN if last is None else history.between((last, last), (self.now, self.now), form.unit)

    def _grown(self, charted: Fact, time: int, unit: int) -> tuple[float, float]:
        """A charted time since something grows with the clock."""
        low, high = charted.charted if isinstance(charted.charted, tuple) and not charted.said_unknown else OPEN
        gone = history.in_units(self.now - time, unit)
        return (low + gone, high + gone)

    def _by_route(self, routes: tuple[tuple[str, frozenset[str]], ...]) -> Timeline:
        """The timeline without doses and regimens by a route that does not count towards the class asked for."""
        if routes not in self._routed:
            given, regimens = dict(self.timeline.given), dict(self.timeline.regimens)
            for drug, allowed in routes:
                given[drug] = tuple(dose for dose in given.get(drug, ()) if _by_a_route(allowed, dose.route))
                regimens[drug] = tuple(step for step in regimens.get(drug, ()) if _by_a_route(allowed, step.route))
            self._routed[routes] = msgspec.structs.replace(self.timeline, given=given, regimens=regimens)
        return self._routed[routes]

    def _doses(self, form: ir.DoseCount | ir.DoseTotal, charted: Fact, values: Values) -> Value:
        reach = self.reach(form.window, values)
        if reach is None:
            return (0, inf)
        baseline = _baseline(charted)
        if isinstance(form, ir.DoseCount):
            return history.dose_count(self._by_route(form.routes), form.drugs, reach, baseline)
        factors = {drug: Fraction(top, bottom) for drug, top, bottom in form.factors}
        return history.dose_total(self.timeline, factors, reach, baseline)


def _by_a_route(routes: frozenset[str], route: str | None) -> bool:
    """Whether a dose counts: by one of the routes, or by one that is not known."""
    return route is None or route in routes


def _baseline(charted: Fact) -> history.Baseline | None:
    """A charted count as of its time; charted as unknown it is open upwards."""
    if charted.time is None:
        return None
    value = charted.charted if isinstance(charted.charted, tuple) and not charted.said_unknown else OPEN
    return charted.time, (max(0.0, value[0]), value[1])


def charted_at(timeline: Timeline, now: int) -> frozenset[str]:
    """The elements charted and the drugs (`drug:NAME`) given, started or stopped at this very moment."""
    names = {name for name, each in timeline.charted.items() if any(one.time == now and not one.fixed for one in each)}
    for drug, doses in timeline.given.items():
        if any(dose.time == now for dose in doses):
            names.add(f"drug:{drug}")
    for drug, steps in timeline.regimens.items():
        if any(now in (step.start, step.end) for step in steps):
            names.add(f"drug:{drug}")
    names |= {f"done:{action}" for action, times in timeline.done.items() if now in times}
    return frozenset(names)
