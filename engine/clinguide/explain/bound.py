"""What an advice binds for its limits, as far as its result says it: dose, daily dose, interval, duration, route."""

from fractions import Fraction

from clinguide import units
from clinguide.compile.derive import members
from clinguide.evaluate import Evaluation
from clinguide.model import Action, InvariantRule, RecommendationRule
from clinguide.results import Advice, Do
from clinguide.values import MICRO, Truth, Value

_DAY = 86_400_000_000
_HOUR = 3_600_000_000
_BOUND = ("dose", "daily_dose", "interval", "duration", "route")


def asked_with(
    evaluation: Evaluation, invariant: InvariantRule, rule: RecommendationRule, advice: Advice
) -> dict[str, Value]:
    """The values that a limit read where it withheld or warned: those of the action, and the end, that it fails for."""
    drug = dict(invariant.guards).get("give")
    drugs = members(drug, evaluation.knowledge.drugs) if drug is not None else frozenset[str]()
    # The limit itself says that the advice has such an action; other kinds of guard bind no dose.
    acts = [each for each in zip(rule.do, advice.do, strict=True) if drug is None or each[1].give in drugs]
    ends = [end for action, do in acts for end in _ends(_bound(evaluation, action, do))]
    readings = [evaluation.bound_truth(invariant.header.id, end) for end in ends]
    worst: Truth = False if any(held is False for held, _ in readings) else None
    return next((read for held, read in readings if held is worst), readings[0][1])


def _bound(evaluation: Evaluation, action: Action, do: Do) -> dict[str, Value]:
    bound: dict[str, Value] = {name: evaluation.program.open[name] for name in _BOUND}
    if action.route is not None:
        bound["route"] = action.route
    if action.duration is not None:
        bound["duration"] = (_hours(action.duration[0]), _hours(action.duration[1]))
    if do.dose is None or do.dose.low is None or do.dose.high is None:
        return bound
    low, high = _milligrams(do.dose.low), _milligrams(do.dose.high)
    bound["dose"] = (low, high)
    interval = _microseconds(do.dose.every) if do.dose.every is not None else None
    if interval is not None:
        times = Fraction(_DAY, interval)
        bound |= {"interval": (_hours(interval),) * 2, "daily_dose": (round(low * times), round(high * times))}
    return bound


def _milligrams(text: str) -> int:
    """Micro-milligrams of a mass; of a dose in another kind of unit its number, as limits compare it."""
    number, unit = units.quantity(text)
    unit = unit or "mg"
    return units.to_micro(number, unit, "mg" if units.same_dimension(unit, "mg") else unit)


def _microseconds(text: str) -> int:
    """A duration as it is said, of one part or several: "26 h 13 min"."""
    parts = text.split()
    return sum(units.microseconds(number, unit) for number, unit in zip(parts[::2], parts[1::2], strict=True))


def _hours(microseconds: int) -> int:
    return round(Fraction(microseconds * MICRO, _HOUR))


def _ends(bound: dict[str, Value]) -> list[dict[str, Value]]:
    """The bound names at the low and at the high end of what is known as a range."""
    known = {name: value for name, value in bound.items() if isinstance(value, tuple) and abs(value[0]) != float("inf")}
    return [{**bound, **{name: (value[end],) * 2 for name, value in known.items()}} for end in (0, 1)]
