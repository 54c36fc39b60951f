"""What is running and what is done: whether an action starts, continues, changes, stops, or has been done."""

import msgspec

from clinguide import units
from clinguide.assess.doses import HOUR, Computed
from clinguide.assess.said import at_said
from clinguide.compile.derive import members
from clinguide.course import RegimenStep, doses_between, running
from clinguide.evaluate import Evaluation
from clinguide.model import Action
from clinguide.results import DoState
from clinguide.values import MICRO


class State(msgspec.Struct, frozen=True):
    """The state of an action, when it was last given, and when it is next due."""

    state: DoState | None
    last_given: str | None = None
    next_due: str | None = None
    parts: tuple[str, ...] = ()


def state(evaluation: Evaluation, action: Action, dose: Computed) -> State:
    """What is charted of the object of an action."""
    if action.object in evaluation.knowledge.actions:
        return _done(evaluation, action)
    if action.object not in evaluation.knowledge.drugs:
        return State(None)
    if action.verb == "stop":
        return State("stop", _last_given(evaluation, action))
    if action.verb not in ("give", "continue", "change") and not action.steps:
        return State(None)
    if dose.ended:
        return State("stop", _last_given(evaluation, action))
    step = running(evaluation.timeline, action.object, evaluation.timeline.at)
    last = _last_given(evaluation, action)
    if step is None or not _by_route(step, action):
        return _single(evaluation, action, dose, last)
    if not _same(step, dose):
        return State("change", last)
    due, missed = _next_due(evaluation, step)
    return State("due" if missed else "continue", last, at_said(evaluation, due))


def replaces(evaluation: Evaluation, action: Action) -> str | None:
    """The regimen that an action takes the place of, in words: another drug of a class that allows only one."""
    drugs = evaluation.knowledge.drugs
    class_ = drugs.get(drugs[action.object].class_ or "") if action.object in drugs else None
    if class_ is None or not class_.one_regimen or (class_.routes and action.route not in class_.routes):
        return None
    others = sorted(members(class_.id, drugs) - {action.object})
    steps = [running(evaluation.timeline, each, evaluation.timeline.at) for each in others]
    counted = [step for step in steps if step is not None and (not class_.routes or step.route in class_.routes)]
    return " and ".join(_regimen_words(evaluation, step) for step in counted) or None


def _regimen_words(evaluation: Evaluation, step: RegimenStep) -> str:
    words = evaluation.knowledge.drugs[step.drug].title.lower()
    if step.amount_micro is not None and step.unit is not None:
        words += f" {units.micro_text(step.amount_micro, step.unit)}"
    return words + (f" every {units.duration_text(step.every_us)}" if step.every_us is not None else "")


def _by_route(step: RegimenStep, action: Action) -> bool:
    """Whether a regimen runs by the route that is asked for, as far as both are known."""
    return step.route is None or action.route is None or step.route == action.route


def _single(evaluation: Evaluation, action: Action, dose: Computed, last: str | None) -> State:
    """The state of a drug without a regimen: where an interval is asked for, its last dose may still cover it."""
    given = _doses(evaluation, action.object, action.route)
    if not given:
        return State("start", last)
    every = _interval(dose)
    if every is not None and given[-1] + every > evaluation.timeline.at:
        return State("continue", last, at_said(evaluation, given[-1] + every))
    return State("due", last)


def _interval(dose: Computed) -> int | None:
    """The interval of a dose in microseconds."""
    hours = dose.bound.get("interval")
    known = isinstance(hours, tuple) and hours[0] == hours[1]
    return int(hours[0] * HOUR // MICRO) if known and isinstance(hours, tuple) else None


def _doses(evaluation: Evaluation, drug: str, route: str | None) -> tuple[int, ...]:
    """When a drug was given by a route, or by one that is not known."""
    timeline = evaluation.timeline
    drugs = members(drug, evaluation.knowledge.drugs)
    doses = doses_between(timeline, drugs, timeline.first, timeline.at, "both")
    return tuple(dose.time for dose in doses if route is None or dose.route is None or dose.route == route)


def _last_given(evaluation: Evaluation, action: Action) -> str | None:
    given = _doses(evaluation, action.object, action.route)
    return at_said(evaluation, given[-1]) if given else None


def _same(step: RegimenStep, dose: Computed) -> bool:
    """Whether the running regimen is the dose that is asked for."""
    amount, every = dose.bound.get("dose"), dose.said.every if dose.said is not None else None
    if step.amount_micro is None or step.every_us is None or not isinstance(amount, tuple):
        return False
    return amount[0] <= step.amount_micro <= amount[1] and every == units.duration_text(step.every_us)


def _next_due(evaluation: Evaluation, step: RegimenStep) -> tuple[int | None, bool]:
    """The next time of a regimen, counted from its last charted dose, and whether a dose was missed since."""
    now = evaluation.timeline.at
    if step.every_us is None:
        return None, False
    given = [time for time in _doses(evaluation, step.drug, step.route) if time <= now]
    last = given[-1] if given else step.start
    if any(last < time <= now for time in evaluation.timeline.missed.get(step.drug, ())):
        return now, True
    due = last + step.every_us
    charted_singly = len([time for time in given if time > step.start]) > 0
    while due < now and not charted_singly:
        due += step.every_us
    return due, False


def _done(evaluation: Evaluation, action: Action) -> State:
    """Whether something was done lately; of a group, the parts that remain."""
    entry = evaluation.knowledge.actions[action.object]
    parts = entry.parts or (entry.id,)
    remain = tuple(part for part in parts if not _done_lately(evaluation, part))
    if not remain:
        return State("done", at_said(evaluation, max(_done_times(evaluation, part)[-1] for part in parts)))
    return State(None, parts=remain if entry.parts else ())


def _done_times(evaluation: Evaluation, part: str) -> tuple[int, ...]:
    return tuple(time for time in evaluation.timeline.done.get(part, ()) if time <= evaluation.timeline.at)


def _done_lately(evaluation: Evaluation, part: str) -> bool:
    times = _done_times(evaluation, part)
    done_for = evaluation.knowledge.actions[part].done_for
    return bool(times) and done_for is not None and evaluation.timeline.at - times[-1] <= done_for
