"""The printed explanation: the answer and its steps first, then every clause, the truth of each line in its margin."""

import textwrap
from collections.abc import Iterable
from datetime import datetime, timedelta

from clinguide.explain.contract import Clause, Explanation, FactRead, Line, Why
from clinguide.explain.said import words
from clinguide.explain.why import row_name
from clinguide.results import TruthWord
from clinguide.units import duration_text

WIDTH = 80
BANNER = "DRAFT KNOWLEDGE: NOT APPROVED FOR PATIENT CARE. A clinician decides."
_MARGIN = 8
"""Columns for the truth of a line, so that a reader can run down them."""
_MOST_CHARTINGS = 4
_MINUTE = 60_000_000
_DAY = 24 * 60 * _MINUTE
_TOGETHER = "\N{NO-BREAK SPACE}"
_SOURCES = {
    "observed": "charted",
    "derived": "computed",
    "baseline": "of the patient",
    "action": "set by the action",
    "given": "given",
    "regimen": "regimen",
    "missed": "missed",
    "record": "as the course says",
    "infusion": "infused",
    "done": "done",
}
_ROLES = {"decides": ", decides", "possible": "", "holds": "", "fails": "", "not_reached": ", not reached"}
_LIMITING = {
    "unusable": "not usable where",
    "at_least_when": "a lower bound where",
    "unless": "not assumed where",
    "derived": "is true where",
}


def printed(explanation: Explanation) -> str:
    """An explanation as text that needs no colour, ending in a line break."""
    lines = [BANNER, *_head(explanation)]
    for step in explanation.why:
        lines += _step(step)
    told: dict[str, int] = {}
    for clause in explanation.clauses:
        lines += ["", *_clause(clause, explanation.at, told)]
    return "".join(f"{line.replace(_TOGETHER, ' ')}\n" for line in lines)


def _head(explanation: Explanation) -> list[str]:
    at = "one moment, without a clock" if explanation.at is None else f"{_clock(explanation.at)} (all times are UTC)"
    lines = _wrapped(f"{explanation.title} ({explanation.rule} {explanation.version}, {explanation.guideline})")
    lines += _wrapped(f"{explanation.course}, {at}")
    if explanation.doubted:
        lines += _wrapped("THE TWO ENGINES DISAGREE: do not act on this item alone.")
    return [*lines, "", *_wrapped(f"{explanation.kind}: {explanation.answer}")]


def _step(step: Why) -> list[str]:
    sign = ">" if step.decides else "-"
    return _wrapped(f"{sign} {step.what.replace('_', ' ')}: {step.says}", hang=2)


# --- clauses and lines ------------------------------------------------------------------------------------------------


def _clause(clause: Clause, at: str | None, told: dict[str, int]) -> list[str]:
    lines = _wrapped(f"{_clause_name(clause)}: {clause.truth.upper()}{_ROLES[clause.role]}", hang=2)
    lines += _line(clause.tree, at, told, 0) if clause.tree is not None else []
    shown = _names(clause.tree) if clause.tree is not None else frozenset()
    return lines + [line for fact in clause.facts if fact.name not in shown for line in _fact(fact, at, told, 1)]


def _names(line: Line) -> frozenset[str]:
    """The facts that a tree shows."""
    return frozenset(fact.name for fact in line.facts).union(*map(_names, line.items))


def _clause_name(clause: Clause) -> str:
    match clause.kind:
        case "limit":
            return f"limit {clause.name.rsplit('/', 1)[0]} ({clause.gives})"
        case "for" | "notice" | "require" | "until" | "when" if clause.gives:
            return f"{clause.kind} ({clause.gives})"
        case _:
            return row_name(clause)


def _line(line: Line, at: str | None, told: dict[str, int], level: int) -> list[str]:
    if len(line.items) == 1 and line.kind in ("all", "any") and not line.label:
        # "All of" one line is that line.
        return _line(line.items[0], at, told, level)
    settings = ", ".join(f"{name} = {value}" for name, value in line.settings.items())
    text = line.text + (f" ({settings})" if settings else "") + (f": {line.label}" if line.label else "")
    lines = _said(line.truth, text, level)
    for fact in line.facts:
        lines += _fact(fact, at, told, level + 1)
    return lines + [each for item in line.items for each in _line(item, at, told, level + 1)]


def _said(truth: TruthWord, text: str, level: int) -> list[str]:
    return _wrapped(text, first=f"{truth:<{_MARGIN}}{'  ' * level}", later=" " * (_MARGIN + 2 * level + 4))


# --- facts ------------------------------------------------------------------------------------------------------------


def _fact(fact: FactRead, at: str | None, told: dict[str, int], level: int) -> list[str]:
    """A fact with what it is derived from; where that stands above already it is not said again."""
    size = _size(fact)
    # What stood above at the end of a longer chain may have been followed less far there.
    again = 1 < size <= told.get(fact.name, 0)
    text = f"{fact.title}: {_value(fact, at)}" + (", see above" if again else "")
    lines = _indented(text + (f" = {fact.derived}" if fact.derived and not again else ""), level)
    if again:
        return lines
    told[fact.name] = max(size, told.get(fact.name, 0))
    for clause in fact.clauses:
        lines += _said(clause.truth, f"{_limiting(clause)}{_ROLES[clause.role]}", level + 1)
        lines += _line(clause.tree, at, told, level + 2) if clause.tree is not None else []
    return lines + [line for each in _latest(fact.below) for line in _below(each, at, told, level + 1)]


def _size(fact: FactRead) -> int:
    """How much stands below a fact, itself counted."""
    rows = [clause.tree for clause in fact.clauses if clause.tree is not None]
    return 1 + len(fact.clauses) + sum(map(_size, fact.below)) + sum(map(_size_of_line, rows))


def _size_of_line(line: Line) -> int:
    return sum(map(_size, line.facts)) + sum(map(_size_of_line, line.items))


def _below(each: FactRead | str, at: str | None, told: dict[str, int], level: int) -> list[str]:
    return _indented(each, level) if isinstance(each, str) else _fact(each, at, told, level)


def _limiting(clause: Clause) -> str:
    """What a clause below a fact is: a row of its derivation, or what limits it."""
    if clause.gives is None:
        return _LIMITING[clause.kind]
    return f"is {clause.gives} {'where' if clause.tree is not None else 'otherwise'}"


def _latest(facts: list[FactRead]) -> Iterable[FactRead | str]:
    """The facts below one; of many entries of one name only the latest, with how many came before."""
    for name in dict.fromkeys(each.name for each in facts):
        same = [each for each in facts if each.name == name]
        if len(same) > _MOST_CHARTINGS:
            earlier = len(same) - _MOST_CHARTINGS
            yield f"{same[0].title}: {earlier} earlier {'entry' if earlier == 1 else 'entries'}"
        yield from same[-_MOST_CHARTINGS:]


def _value(fact: FactRead, at: str | None) -> str:
    when = _when(fact, at)
    match fact.source:
        case "not_charted":
            return "not charted"
        case "stale":
            return f"too old to count{f' ({when})' if when else ''}"
        case "assumed" if fact.value is None:
            return "not charted, and a limit takes no assumption"
        case "assumed":
            return f"{words(fact.value)} (assumed)"
        case "rule":
            # A derivation above it may have read the past.
            return f"{words(fact.value)} (answer of the rule now)"
        case "record":
            return f"yes, since {when}" if when else "yes" if fact.value else "not said"
        case _ if fact.value is None and fact.source not in ("observed", "derived", "baseline", "action"):
            return _SOURCES[fact.source] + (f" ({when})" if when else "")
        case _:
            return f"{words(fact.value)} ({', '.join(each for each in (when, _SOURCES[fact.source]) if each)})"


def _when(fact: FactRead, at: str | None) -> str:
    if fact.at is None or at is None:
        return ""
    age = (datetime.fromisoformat(at) - datetime.fromisoformat(fact.at)) // timedelta(microseconds=1)
    step = _MINUTE if age < 3 * _DAY else 60 * _MINUTE
    ago = f", {duration_text(age // step * step)} ago" if age >= _MINUTE and fact.age is not None else ""
    return _clock(fact.at, at) + ago


def _clock(time: str, beside: str | None = None) -> str:
    moment = datetime.fromisoformat(time)
    year = f" {moment.year}" if beside is None or datetime.fromisoformat(beside).year != moment.year else ""
    return f"{moment.day} {moment:%b}{year} {moment:%H:%M}".replace(" ", _TOGETHER)


# --- columns ----------------------------------------------------------------------------------------------------------


def _indented(text: str, level: int) -> list[str]:
    margin = " " * (_MARGIN + 2 * level)
    return _wrapped(text, first=margin, later=margin + "    ")


def _wrapped(text: str, *, first: str = "", later: str | None = None, hang: int = 3) -> list[str]:
    """A text over as many lines as it needs; a name is never cut in two."""
    return textwrap.wrap(
        " ".join(text.split()) if _TOGETHER not in text else text.replace("\n", " "),
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * hang if later is None else later,
        break_long_words=False,
        break_on_hyphens=False,
    )
