"""How values are said in the output: text with units, codes, counts, times in UTC."""

from collections.abc import Iterable
from math import inf
from typing import assert_never

from clinguide import units
from clinguide.compile import Knowledge
from clinguide.compile.atoms import Leaf
from clinguide.compile.names import Named
from clinguide.compile.order import atom_names
from clinguide.course import time_text
from clinguide.evaluate import Evaluation
from clinguide.results import Fact, Reason, Said, TruthWord
from clinguide.values import MICRO, SetValue, Truth, Value


def number_said(named: Named | None, low: float, high: float) -> Said:
    """A number or its bounds; null where nothing is known of it."""
    if low == high and named is not None and named.type == "count":
        return int(low) // MICRO
    unit = named.unit if named is not None else None
    if low == high:
        return units.micro_text(int(low), unit)
    if low == -inf and high == inf:
        return None
    if low == -inf:
        return f"at most {units.micro_text(int(high), unit)}"
    if high == inf:
        return f"at least {units.micro_text(int(low), unit)}"
    return f"{units.micro_text(int(low), None)} to {units.micro_text(int(high), unit)}"


def said(named: Named | None, value: Value) -> Said:
    """A value as it is said; null where it is unknown, a list of what is possible where that is known."""
    match value:
        case tuple():
            return number_said(named, value[0], value[1])
        case None | bool() | str():
            return value
        case SetValue():
            unknown = ["unknown"] if not value.known else []
            return [*sorted(value.certain), *unknown]
        case frozenset():
            whole = named is not None and value == frozenset(named.codes)
            return None if whole else sorted(value)
        case _:
            assert_never(value)


def truth_word(truth: Truth) -> TruthWord:
    """A truth as a word."""
    return "unknown" if truth is None else "true" if truth else "false"


def at_said(evaluation: Evaluation, time: int | None) -> str | None:
    """A time as RFC 3339 in UTC; null without a clock."""
    return None if time is None or not evaluation.timeline.has_clock else time_text(time)


def fact_said(evaluation: Evaluation, name: str) -> Fact:
    """One fact with its value, its time, its age and where it is from."""
    named = evaluation.knowledge.names.get(name)
    value = said(named, evaluation.values[name])
    fact = evaluation.facts.get(name)
    if fact is None:
        return Fact(name, value, at_said(evaluation, evaluation.timeline.at), None, "rule")
    at = at_said(evaluation, fact.time)
    age = None if at is None or fact.time is None else units.iso_duration(evaluation.timeline.at - fact.time)
    return Fact(name, value, at, age, fact.source)


def reason(evaluation: Evaluation, rule: str, leaf: Leaf, truth: Truth) -> Reason:
    """One line with its truth and the facts it read; settings are shown with their value."""
    names = sorted(atom_names(evaluation.knowledge.atoms[leaf.atom]))
    facts = [fact_said(evaluation, name) for name in names]
    return Reason(_with_settings(evaluation.knowledge, rule, leaf.text), leaf.label, truth_word(truth), facts)


def reasons(evaluation: Evaluation, clauses: Iterable[str]) -> list[Reason]:
    """The lines that make some clauses true or false as they are, each once."""
    found: dict[str, Reason] = {}
    for clause in clauses:
        rule = clause.split("/", 1)[0]
        for leaf, truth in evaluation.supporting(clause):
            found.setdefault(leaf.text, reason(evaluation, rule, leaf, truth))
    return list(found.values())


def open_reasons(evaluation: Evaluation, clauses: Iterable[str]) -> list[Reason]:
    """The lines that leave some clauses open."""
    found: dict[str, Reason] = {}
    for clause in clauses:
        rule = clause.split("/", 1)[0]
        for leaf in evaluation.open_lines(clause):
            found.setdefault(leaf.text, reason(evaluation, rule, leaf, None))
    return list(found.values())


def _with_settings(knowledge: Knowledge, rule: str, text: str) -> str:
    settings = {setting.name: setting for setting in knowledge.rules[rule].header.settings}
    named = [word for word in dict.fromkeys(text.replace("(", " ").replace(")", " ").split()) if word in settings]
    if not named:
        return text
    values = [f"{name} = {_setting_said(settings[name].value, settings[name].unit)}" for name in named]
    return f"{text} ({', '.join(values)})"


def _setting_said(value: int | str, unit: str | None) -> str:
    return value if isinstance(value, str) else units.micro_text(value, unit)


def title(knowledge: Knowledge, name: str) -> str:
    """The title of whatever is called `name`; the name itself where it has none."""
    for group in (knowledge.elements, knowledge.drugs, knowledge.actions):
        if name in group:
            return group[name].title
    return knowledge.rules[name].header.title if name in knowledge.rules else name
