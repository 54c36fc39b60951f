"""Doses: the amount of one action for this patient, with the arithmetic, or the rule in words where it cannot be told.

Order: multiply, `max_per_day`, divide, `max`, round; then both caps are checked again, rounding down if one is passed.
"""

from fractions import Fraction

import msgspec

from clinguide import units
from clinguide.course import RegimenStep, running
from clinguide.evaluate import Evaluation, Open
from clinguide.model import Action, Amount, DoseRow, DoseStep
from clinguide.results import DoseSaid
from clinguide.values import MICRO, OPEN, Bounds, Value

DAY = 86_400_000_000
HOUR = 3_600_000_000
MEASURES = {"kg": "weight", "m2": "body_surface_area"}


class Computed(msgspec.Struct, frozen=True):
    """A dose as it is said, the names it binds for invariants, the facts that it lacks, and its rule in words.

    `ended` says that the last step of a taper is over.
    """

    said: DoseSaid | None
    bound: dict[str, Value]
    lacks: tuple[str, ...]
    words: str = ""
    ended: bool = False


def computed(evaluation: Evaluation, clause: str, action: Action) -> Computed:
    """The dose of an action; `clause` is the stable name of the action."""
    bound = _bound_action(evaluation, action)
    if action.steps:
        return _step(evaluation, clause, action, bound)
    if action.dose is None:
        return Computed(None, bound, ())
    possible = _possible_rows(evaluation, f"{clause}/dose", action.dose.rows)
    # An interval may stand beside the dose.
    rows = [msgspec.structs.replace(row, every=row.every or action.every) for row in action.dose.rows]
    rows = [rows[number] for number in possible]
    if not rows:
        return Computed(None, bound, ())
    measures = {MEASURES[row.amount.by] for row in rows if row.amount is not None and row.amount.by is not None}
    lacks = [each for each in sorted(measures) if not _measured(evaluation, each)]
    if len(rows) > 1:
        lacks += [each.element for number in possible for each in _row_lacks(evaluation, f"{clause}/dose/{number}")]
    if len(rows) > 1 or lacks:
        words = "; or ".join(_in_words(row) for row in rows)
        return Computed(DoseSaid(None, None, _every(rows[0]), words), bound, tuple(dict.fromkeys(lacks)), words)
    return _known(evaluation, rows[0], bound)


def _possible_rows(evaluation: Evaluation, name: str, rows: tuple[DoseRow, ...]) -> list[int]:
    found = []
    for number, row in enumerate(rows):
        held = True if row.when is None else evaluation.truths[f"{name}/{number}"]
        if held is not False:
            found.append(number)
        if held is True:
            break
    return found


def _row_lacks(evaluation: Evaluation, clause: str) -> list[Open]:
    return list(evaluation.missing_for(clause)) if evaluation.truths.get(clause, True) is None else []


def _bound_action(evaluation: Evaluation, action: Action) -> dict[str, Value]:
    bound: dict[str, Value] = dict.fromkeys(("dose", "daily_dose", "interval", "duration"), OPEN)
    bound["route"] = action.route if action.route is not None else evaluation.program.open["route"]
    if action.duration is not None:
        bound["duration"] = (_hours(action.duration[0]), _hours(action.duration[1]))
    return bound


def _hours(microseconds: int) -> int:
    return round(Fraction(microseconds * MICRO, HOUR))


def _measured(evaluation: Evaluation, name: str) -> bool:
    value = evaluation.values.get(name, OPEN)
    return isinstance(value, tuple) and value[0] == value[1]


# --- steps -----------------------------------------------------------------------------------------------------------


def _step(evaluation: Evaluation, clause: str, action: Action, bound: dict[str, Value]) -> Computed:
    """The step of a pulse or taper that is in force; none is running: the first."""
    number, ended = _step_in_force(evaluation, clause, action)
    step = action.steps[number]
    found = (
        _known(evaluation, _as_row(step), bound) if _can_be_computed(evaluation, step) else _in_words_only(step, bound)
    )
    words = f"step {number + 1} of {len(action.steps)}: {_step_words(step)}"
    said = msgspec.structs.replace(found.said, how=words) if found.said is not None else None
    return msgspec.structs.replace(found, said=said, words=words, ended=ended)


def _step_in_force(evaluation: Evaluation, clause: str, action: Action) -> tuple[int, bool]:
    """The step whose dose and interval are running, or the next one once it is over; and whether all are over."""
    step = running(evaluation.timeline, action.object, evaluation.timeline.at)
    found = next((number for number, each in enumerate(action.steps) if _is_running(evaluation, step, each)), None)
    if step is None or found is None:
        return 0, False
    this = action.steps[found]
    elapsed = evaluation.timeline.at - step.start
    over = this.duration is not None and elapsed >= this.duration
    # An end that is not known keeps the step: nothing is tapered on it.
    over = over or evaluation.truths.get(f"{clause}/steps/{found}") is True
    if not over:
        return found, False
    last = found == len(action.steps) - 1
    return (found, True) if last else (found + 1, False)


def _is_running(evaluation: Evaluation, running_: RegimenStep | None, step: DoseStep) -> bool:
    """Whether a regimen is a step: its interval, and any dose that the step comes to for this patient."""
    if running_ is None or running_.amount_micro is None or not _can_be_computed(evaluation, step):
        return False
    amount = _known(evaluation, _as_row(step), {}).bound["dose"]
    within = isinstance(amount, tuple) and amount[0] <= running_.amount_micro <= amount[1]
    return within and running_.every_us == step.every


def _can_be_computed(evaluation: Evaluation, step: DoseStep) -> bool:
    return step.amount.by is None or _measured(evaluation, MEASURES[step.amount.by])


def _in_words_only(step: DoseStep, bound: dict[str, Value]) -> Computed:
    lacks = (MEASURES[step.amount.by],) if step.amount.by is not None else ()
    words = _step_words(step)
    return Computed(DoseSaid(None, None, units.duration_text(step.every), words), bound, lacks, words)


def _as_row(step: DoseStep) -> DoseRow:
    return DoseRow(when=None, amount=step.amount, span=step.span, every=step.every)


def _step_words(step: DoseStep) -> str:
    lasting = f" for {units.duration_text(step.duration)}" if step.duration is not None else ""
    return f"{step.amount.text} every {units.duration_text(step.every)}{lasting}"


# --- arithmetic ---------------------------------------------------------------------------------------------------


def _known(evaluation: Evaluation, row: DoseRow, bound: dict[str, Value]) -> Computed:
    if row.amount is None:
        return Computed(None, bound, ())
    measure = _measure(evaluation, row.amount)
    interval = row.divided_every or row.every
    low, high = (_one_dose(row, amount, measure, interval) for amount in (row.amount.low, row.amount.high))
    to_mg = units.unit(row.amount.unit).factor / units.unit("mg").factor
    dose: Bounds = (round(low * to_mg), round(high * to_mg))
    bound = {**bound, "dose": dose}
    if interval is not None:
        times = Fraction(DAY, interval)
        bound |= {
            "interval": (_hours(interval),) * 2,
            "daily_dose": (round(low * to_mg * times), round(high * to_mg * times)),
        }
    unit = row.amount.unit
    how = _how(row, row.amount, (low, high), measure)
    said = DoseSaid(units.micro_text(low, unit), units.micro_text(high, unit), _every(row), how)
    return Computed(said, bound, (), _in_words(row))


def _measure(evaluation: Evaluation, amount: Amount) -> Fraction:
    """How many kilograms or square metres the amount is multiplied with."""
    if amount.by is None:
        return Fraction(1)
    value = evaluation.values[MEASURES[amount.by]]
    return Fraction(int(value[0]) if isinstance(value, tuple) else 0, MICRO)


def _one_dose(row: DoseRow, amount: int, measure: Fraction, interval: int | None) -> int:
    """One dose in micro-units of the amount's unit."""
    times = Fraction(DAY, interval) if interval is not None else Fraction(1)
    daily = row.per_day and interval is not None
    total = amount * measure
    if row.maximum_per_day is not None:
        total = min(total, Fraction(row.maximum_per_day) if daily else Fraction(row.maximum_per_day) / times)
    dose = total / times if daily else total
    limit = _limit(row, times)
    dose = dose if limit is None else min(dose, limit)
    step = row.rounding or 1
    rounded = round(dose / step) * step
    return rounded if limit is None or rounded <= limit else int(limit // step) * step


def _limit(row: DoseRow, times: Fraction) -> Fraction | None:
    """The most that one dose may be: its own cap, and its share of the cap of a day."""
    limits = [Fraction(row.maximum)] if row.maximum is not None else []
    limits += [Fraction(row.maximum_per_day) / times] if row.maximum_per_day is not None else []
    return min(limits, default=None)


# --- words --------------------------------------------------------------------------------------------------------


def _every(row: DoseRow) -> str | None:
    interval = row.divided_every or row.every
    return units.duration_text(interval) if interval is not None else None


def _how(row: DoseRow, amount: Amount, doses: tuple[int, int], measure: Fraction) -> str:
    """The arithmetic: "8 mg/kg x 82 kg = 656 mg, below the cap of 800 mg"."""
    if amount.by is None and not row.per_day:
        return _in_words(row)
    products = (round(amount.low * measure), round(amount.high * measure))
    text = amount.text
    if amount.by is not None:
        text += f" x {units.micro_text(round(measure * MICRO), amount.by)} = {_span(products, amount.unit)}"
    if row.per_day:
        text += f" a day, divided every {_every(row)} = {_span(doses, amount.unit)}"
    return text + _cap_words(row, amount, products, doses)


def _span(ends: tuple[int, int], unit: str) -> str:
    low, high = (units.micro_text(end, unit) for end in ends)
    return low if low == high else f"{low} to {high}"


def _cap_words(row: DoseRow, amount: Amount, products: tuple[int, int], doses: tuple[int, int]) -> str:
    words = ""
    interval = row.divided_every or row.every
    share = Fraction(interval, DAY) if row.per_day and interval is not None else Fraction(1)
    uncapped = products[1] * share
    if row.maximum is not None:
        where = "capped at" if uncapped > row.maximum else "below the cap of"
        where = "at the cap of" if uncapped == row.maximum else where
        words = f", {where} {units.micro_text(row.maximum, amount.unit)}"
    if row.maximum_per_day is not None:
        words += f", at most {units.micro_text(row.maximum_per_day, amount.unit)} a day"
    exact = (min(products[0], row.maximum or products[0]), min(products[1], row.maximum or products[1]))
    if not row.per_day and doses != exact:
        words += f", rounded to {_span(doses, amount.unit)}"
    return words


def _in_words(row: DoseRow) -> str:
    """The rule of a dose in words, without a computed amount."""
    if row.amount is None:
        return "dose not stated"
    text = row.amount.text
    text += " a day" if row.per_day else ""
    text += f" divided every {_every(row)}" if row.divided_every else f" every {_every(row)}" if row.every else ""
    if row.maximum is not None:
        text += f", at most {units.micro_text(row.maximum, row.amount.unit)} a dose"
    if row.maximum_per_day is not None:
        text += f", at most {units.micro_text(row.maximum_per_day, row.amount.unit)} a day"
    return text
