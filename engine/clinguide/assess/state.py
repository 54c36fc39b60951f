"""What is running and what is done: whether an action starts, continues, changes, stops, or has been done."""

import msgspec

from clinguide import units
from clinguide.assess.doses import Computed
from clinguide.assess.said import at_said
from clinguide.compile.derive import members
from clinguide.course import RegimenStep, doses_between, running
from clinguide.evaluate import Evaluation
from clinguide.model import Action
from clinguide.results import DoState


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
        return State("stop", _last_given(evaluation, action.object))
    if action.verb not in ("give", "continue", "change"):
        return State(None)
    step = running(evaluation.timeline, action.object, evaluation.timeline.at)
    last = _last_given(evaluation, action.object)
    if step is None:
        given = _doses(evaluation, action.object)
        return State("due" if given else "start", last)
    same = _same(step, dose)
    return State("continue" if same else "change", last, _next_due(evaluation, step) if same else None)


def _doses(evaluation: Evaluation, drug: str) -> tuple[int, ...]:
    timeline = evaluation.timeline
    drugs = members(drug, evaluation.knowledge.drugs)
    return tuple(dose.time for dose in doses_between(timeline, drugs, timeline.first, timeline.at, "both"))


def _last_given(evaluation: Evaluation, drug: str) -> str | None:
    given = _doses(evaluation, drug)
    return at_said(evaluation, given[-1]) if given else None


def _same(step: RegimenStep, dose: Computed) -> bool:
    """Whether the running regimen is the dose that is asked for."""
    amount, every = dose.bound.get("dose"), dose.said.every if dose.said is not None else None
    if step.amount_micro is None or step.every_us is None or not isinstance(amount, tuple):
        return False
    return amount[0] <= step.amount_micro <= amount[1] and every == units.duration_text(step.every_us)


def _next_due(evaluation: Evaluation, step: RegimenStep) -> str | None:
    """The next time of a regimen's schedule, counted from its last charted dose, else from its start."""
    if step.every_us is None:
        return None
    now = evaluation.timeline.at
    given = [time for time in _doses(evaluation, step.drug) if time >= step.start]
    due = (given[-1] if given else step.start) + step.every_us
    while due < now and len(given) <= 1:
        due += step.every_us
    return at_said(evaluation, due)


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
