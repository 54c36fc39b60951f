"""Names: what a word in a condition stands for, with its type, unit and codes."""

from collections.abc import Iterable, Mapping
from typing import assert_never

import msgspec

from clinguide.model import (
    ClassificationRule,
    Element,
    ElementType,
    GradeRule,
    InvariantRule,
    NoticeRule,
    RecommendationRule,
    Rule,
    ScoreRule,
    Setting,
)


class Named(msgspec.Struct, frozen=True):
    """What a name means to a condition: its type, the unit of its micro-units, and its codes."""

    name: str
    type: ElementType
    unit: str | None = None
    codes: tuple[str, ...] = ()
    setting: Setting | None = None
    element: Element | None = None
    bound: bool = False


GRADES = (0, 5)
BAND = ".band"
"""A score with bands also gives a code under its name with this ending."""


def bound_names(routes: Iterable[str]) -> dict[str, Named]:
    """The names that a guard binds for the `must` of an invariant: the dose of the action it guards."""
    return {
        "dose": Named("dose", "number", "mg", bound=True),
        "daily_dose": Named("daily_dose", "number", "mg/d", bound=True),
        "interval": Named("interval", "number", "h", bound=True),
        "duration": Named("duration", "number", "h", bound=True),
        "route": Named("route", "code", codes=tuple(sorted(set(routes))), bound=True),
    }


def element_name(element: Element) -> Named:
    """An element as a name."""
    return Named(element.id, element.type, element.unit, element.codes, element=element)


def rule_names(rule: Rule) -> tuple[Named, ...]:
    """The names that a rule gives to others: its answer, and its band where it has bands; none for what is no value."""
    match rule:
        case GradeRule():
            return (Named(rule.header.id, "count"),)
        case ScoreRule():
            score = Named(rule.header.id, "number", rule.unit)
            bands = tuple(band.band for band in rule.bands)
            return (score, Named(rule.header.id + BAND, "code", codes=bands)) if bands else (score,)
        case ClassificationRule():
            outcomes = tuple(dict.fromkeys(outcome.outcome for outcome in rule.outcomes))
            return (Named(rule.header.id, "code", codes=outcomes),)
        case RecommendationRule() | InvariantRule() | NoticeRule():
            return ()
        case _:
            assert_never(rule)


def setting_name(setting: Setting) -> Named:
    """A setting as a name: a number with its unit, or a code."""
    if isinstance(setting.value, str):
        return Named(setting.name, "code", codes=(setting.value,), setting=setting)
    return Named(setting.name, "number", setting.unit, setting=setting)


def with_settings(names: Mapping[str, Named], settings: Iterable[Setting]) -> dict[str, Named]:
    """The names that a rule or element sees: everybody's, and its own settings."""
    return {**names, **{setting.name: setting_name(setting) for setting in settings}}
