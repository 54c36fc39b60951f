"""Facts and lines in words: what decided, what it read, and how old that was."""

import re

from clinguide.report.lines import clock, elapsed, roughly
from clinguide.report.names import Names
from clinguide.results import Fact, Finding, Reason, Said

_COMPARES = re.compile(r" (=|!=|<|<=|>|>=) ")
_WORD = re.compile(r"[A-Za-z][\w.-]*\w|[A-Za-z]")
_SETTINGS = re.compile(r" \(([\w-]+ = [^()=,]+(?:, [\w-]+ = [^()=,]+)*)\)$")
"""What an assessment writes behind a line that leans on settings: " (window = 24 h)"."""
_RECENT = 60_000_000
"""Microseconds below which an age is not worth a word."""


_SILENT = frozenset({"assumed", "baseline", "not_charted"})
"""Where a fact is from that decides nothing by itself: the age of the patient stands in every line of ICANS."""


def said(value: Said) -> str:
    """A value as it is said: a list by its members, a boolean as yes or no, null as unknown."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case list():
            return ", ".join(value) if value else "none"
        case _:
            return str(value).replace("_", " ")


def fact_text(fact: Fact, names: Names, at: str | None) -> str:
    """A fact with its title, value, time and age: "Body temperature 38.7 Cel (4 Jun 18:00, 15 h ago)"."""
    title = names.title(fact.element)
    when = _when(fact, at)
    # What went stale reads as too old, whatever was charted: its value decides nothing any more.
    text = "too old to count" if fact.source == "stale" else said(fact.value)
    return f"{title}: {text} ({when})" if when else f"{title}: {text}"


def _when(fact: Fact, at: str | None) -> str:
    if fact.at is None or at is None:
        return ""
    age = elapsed(fact.at, at)
    return clock(fact.at, at) + (f", {roughly(age)} ago" if age > _RECENT else "")


def line_text(reason: Reason) -> str:
    """A line as the rule has it, with the numbers it compared: "time_since_tocilizumab (36 h) >= window (24 h)"."""
    if not _COMPARES.search(reason.line):
        return _labelled(reason.line, reason)
    settings = _SETTINGS.search(reason.line)
    line = reason.line[: settings.start()] if settings else reason.line
    values = {fact.element: said(fact.value) for fact in reason.facts if fact.source != "not_charted"}
    values |= dict(each.split(" = ", 1) for each in settings[1].split(", ")) if settings else {}

    def with_value(found: re.Match[str]) -> str:
        value = values.get(found[0])
        # "vasopressor_count = 1" says its value itself.
        told = value is None or line == f"{found[0]} = {value}"
        return found[0] if told else f"{found[0]} ({value})"

    return _labelled(_WORD.sub(with_value, line), reason)


def _labelled(line: str, reason: Reason) -> str:
    return f"{line} ({reason.label})" if reason.label and reason.label != reason.line else line


def deciding(finding: Finding) -> list[Reason]:
    """The lines that decided: those that hold and rest on something that was charted."""
    holding = [each for each in finding.because if each.truth == "true"]
    return [each for each in holding if any(fact.source not in _SILENT for fact in each.facts)] or holding


def read_facts(reasons: list[Reason]) -> list[Fact]:
    """The charted and computed facts of some lines, each once; what is assumed stands elsewhere."""
    found = {fact.element: fact for reason in reasons for fact in reason.facts if fact.source not in _SILENT}
    return list(found.values())
