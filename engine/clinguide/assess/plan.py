"""Plan: one regimen of each class. Of several that are advised the most intensive stands; the others are covered."""

from fractions import Fraction

import msgspec

from clinguide import units
from clinguide.compile import Knowledge
from clinguide.compile.derive import members
from clinguide.model import Drug
from clinguide.results import Advice, Do, Planned
from clinguide.values import MICRO


class _Regimen(msgspec.Struct, frozen=True):
    """One advised regimen and what it comes to in a day, in milligrams of the class's common drug."""

    rule: str
    daily: Fraction
    confirmed: bool


def plan(knowledge: Knowledge, recommendations: list[Advice]) -> list[Planned]:
    """The regimens of every class of which only one may run, where any is advised."""
    found = []
    for drug in knowledge.drugs.values():
        if drug.one_regimen:
            regimens = _regimens(drug, members(drug.id, knowledge.drugs), knowledge, recommendations)
            if regimens:
                # A regimen that is sure stands before one that is not; then the most intensive.
                ranked = sorted(regimens, key=lambda each: (-each.confirmed, -each.daily, each.rule))
                covers = list(dict.fromkeys(each.rule for each in ranked[1:] if each.rule != ranked[0].rule))
                found.append(Planned(drug.id, ranked[0].rule, covers))
    return found


def _regimens(
    class_: Drug, drugs: frozenset[str], knowledge: Knowledge, recommendations: list[Advice]
) -> list[_Regimen]:
    """The advised regimens of a class, by the routes that count towards it."""
    return [
        _Regimen(advice.rule, _daily(knowledge, do), advice.status == "recommended")
        for advice in recommendations
        if advice.status in ("recommended", "confirm_first")
        for do in advice.do
        if do.verb in ("give", "continue", "change", "taper") and do.state != "stop" and do.give in drugs
        if do.route is None or not class_.routes or do.route in class_.routes
    ]


def _daily(knowledge: Knowledge, do: Do) -> Fraction:
    """What a regimen comes to in a day; 0 where its amount is not computed."""
    if do.dose is None or do.dose.high is None or do.give is None:
        return Fraction(0)
    number, unit = units.quantity(do.dose.high)
    milligrams = Fraction(units.to_micro(number, unit or "mg", "mg"), MICRO)
    factors = [units.parse_number(factor) for _, factor in knowledge.drugs[do.give].equivalence]
    return milligrams * _times_a_day(do) * (factors[0] if factors else 1)


def _times_a_day(do: Do) -> Fraction:
    every = do.dose.every if do.dose is not None else None
    if every is None:
        return Fraction(1)
    number, unit = units.quantity(every)
    return Fraction(24 * 3_600 * MICRO, units.microseconds(number, unit or "h"))
