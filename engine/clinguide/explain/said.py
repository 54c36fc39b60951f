"""How an explanation says values, times, truths and titles."""

from math import inf
from typing import assert_never

import msgspec

from clinguide import units
from clinguide.compile import Knowledge
from clinguide.compile.names import Named
from clinguide.course import time_text
from clinguide.evaluate import Evaluation
from clinguide.results import Said, TruthWord
from clinguide.values import MICRO, SetValue, Truth, Value


class Seen(msgspec.Struct, frozen=True):
    """An evaluation, and the values that it is read with: those of the moment, or those that a limit is asked with."""

    evaluation: Evaluation
    values: dict[str, Value]

    @property
    def knowledge(self) -> Knowledge:
        """The knowledge that answered."""
        return self.evaluation.knowledge


def truth_word(truth: Truth) -> TruthWord:
    """A truth as a word."""
    return "unknown" if truth is None else "true" if truth else "false"


def said(named: Named | None, value: Value) -> Said:
    """A value with its unit; null where nothing is known of it, a list of what is possible where that is known."""
    match value:
        case tuple():
            return _number(named, value[0], value[1])
        case None | bool() | str():
            return value
        case SetValue():
            return [*sorted(value.certain), *([] if value.known else ["unknown"])]
        case frozenset():
            return None if named is not None and value == frozenset(named.codes) else sorted(value)
        case _:
            assert_never(value)


def _number(named: Named | None, low: float, high: float) -> Said:
    unit = named.unit if named is not None else None
    if low == high:
        counted = named is not None and named.type == "count"
        return int(low) // MICRO if counted else units.micro_text(int(low), unit)
    if low == -inf:
        return None if high == inf else f"at most {units.micro_text(int(high), unit)}"
    if high == inf:
        return f"at least {units.micro_text(int(low), unit)}"
    return f"{units.micro_text(int(low), None)} to {units.micro_text(int(high), unit)}"


def words(value: Said) -> str:
    """A said value as text: a list by its members, a boolean as yes or no, null as unknown."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(value) if value else "none"
        case _:
            return str(value)


def time_said(evaluation: Evaluation, time: int | None) -> tuple[str | None, str | None]:
    """A time in UTC and its age as an ISO 8601 duration; null without a clock."""
    if time is None or not evaluation.timeline.has_clock:
        return None, None
    return time_text(time), units.iso_duration(evaluation.timeline.at - time)


def title(knowledge: Knowledge, name: str) -> str:
    """The title of whatever is called `name`; the name itself where it has none."""
    for group in (knowledge.elements, knowledge.drugs, knowledge.actions):
        if name in group:
            return group[name].title
    rule = name.removesuffix(".band")
    return knowledge.rules[rule].header.title if rule in knowledge.rules else name
