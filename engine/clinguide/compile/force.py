"""In force: which rules answer under a protocol on a day, and why the others do not."""

from collections.abc import Mapping
from datetime import date

import msgspec

from clinguide.compile.clauses import element_clauses, rule_clauses
from clinguide.compile.overlay import Overlaid
from clinguide.condition import Condition, forms
from clinguide.model import Content, DerivedRows, DerivedText, Element, Guideline, Rule, ScoreRule


class NotInForce(msgspec.Struct, frozen=True):
    """A rule of a used guideline that does not answer, and why."""

    rule: str
    why: str


def in_force(applied: Overlaid, day: date | None) -> tuple[dict[str, Rule], tuple[NotInForce, ...]]:
    """The rules in force by id, and those that are not with the reason.

    A rule that reads a rule not in force, directly or through an element, is itself not in force. What a guideline
    `applies` to is asked of each of its rules.
    """
    content, local = applied.content, {overlay.id for overlay in applied.overlays}
    guidelines = {each.id: each for each in content.guidelines}
    used = [rule for rule in content.rules if rule.header.guideline in applied.protocol.uses]
    used = [rule for rule in used if rule.header.guideline not in local or rule.header.id in applied.added]
    outside = {
        rule.header.id: why for rule in used if (why := _why_not(rule, guidelines.get(rule.header.guideline), day))
    }
    standing = {
        rule.header.id: _for_its_population(rule, guidelines.get(rule.header.guideline))
        for rule in used
        if rule.header.id not in outside
    }
    known = {rule.header.id for rule in content.rules}
    reads = _all_reads(content)
    while missing := _first_missing(standing, known, reads):
        name, read = missing
        outside[name] = f"reads {read}, which is not in force"
        del standing[name]
    return dict(sorted(standing.items())), tuple(NotInForce(rule, why) for rule, why in sorted(outside.items()))


def _for_its_population(rule: Rule, guideline: Guideline | None) -> Rule:
    if guideline is None or guideline.applies is None:
        return rule
    header = msgspec.structs.replace(rule.header, audience=(guideline.applies, *rule.header.audience))
    return msgspec.structs.replace(rule, header=header)


def _why_not(rule: Rule, guideline: Guideline | None, day: date | None) -> str | None:
    if rule.header.status == "retired":
        return "retired"
    if guideline is None:
        return None
    start, end = guideline.effective_from, guideline.effective_to
    if day is None:
        return f"ended {end}" if end else None
    if start is not None and day < start:
        return f"begins {start}"
    return f"ended {end}" if end is not None and end <= day else None


def _first_missing(
    standing: Mapping[str, Rule], known: set[str], reads: Mapping[str, frozenset[str]]
) -> tuple[str, str] | None:
    for rule in standing:
        for read in sorted(reads[rule]):
            if read in known and read not in standing:
                return rule, read
    return None


def _all_reads(content: Content) -> dict[str, frozenset[str]]:
    """The rules that each rule reads, past and present, through any chain of elements."""
    elements = {element.id: _element_reads(element) for element in content.elements}
    return {rule.header.id: _through(_rule_reads(rule), elements) for rule in content.rules}


def _through(names: frozenset[str], elements: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += elements.get(name, ())
    return frozenset(found)


def _rule_reads(rule: Rule) -> frozenset[str]:
    read = [_names(condition) for _, condition in rule_clauses(rule)]
    if isinstance(rule, ScoreRule):
        read += [forms.names(row.formula) for row in rule.formulas]
    return frozenset[str]().union(*read)


def _element_reads(element: Element) -> frozenset[str]:
    read = [_names(condition) for _, condition in element_clauses(element)]
    match element.derived:
        case None:
            pass
        case DerivedText():
            read.append(forms.names(element.derived.form))
        case DerivedRows():
            read += [_names(row.when) for row in element.derived.rows if row.when is not None]
            read += [forms.names(row.value) for row in element.derived.rows if isinstance(row.value, msgspec.Struct)]
        case _:
            read.append(_names(element.derived))
    return frozenset[str]().union(*read)


def _names(condition: Condition) -> frozenset[str]:
    return frozenset[str]().union(*(forms.names(line.test) for line in forms.lines(condition)))
