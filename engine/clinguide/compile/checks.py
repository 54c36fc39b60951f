"""Checks across files: every name that one file uses must stand in another, and every decision must have one answer."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from clinguide import units
from clinguide.compile.clauses import rule_clauses
from clinguide.compile.names import bound_names
from clinguide.compile.overlay import Overlaid, overlaid
from clinguide.condition import IsUnknown, forms, tokens
from clinguide.model import (
    Action,
    Content,
    Drug,
    Element,
    GradeRule,
    Guideline,
    InvariantRule,
    NoticeRule,
    Protocol,
    RecommendationRule,
    Rule,
)
from clinguide.problems import KnowledgeError, Problem, Span
from clinguide.spelling import did_you_mean

_NO_PLACE = Span("knowledge", 1, 1, 2, "")
_DRUG_VERBS = frozenset(("give", "continue", "change", "taper", "stop", "avoid", "hold"))
_ASKING_VERBS = frozenset(("obtain", "monitor", "consult"))
_BOUND = bound_names(()).keys()
_GUARD_KEYS = ("verb", "give", "object", "route")


def cross_checked(content: Content, protocol: str, problems: list[Problem]) -> Overlaid:
    """The protocol asked for on what it extends; everything that does not fit across files is added to `problems`.

    Raises KnowledgeError at once where there is no such protocol, since nothing else can then be said.
    """
    chosen = {each.id: each for each in content.protocols}.get(protocol)
    if chosen is None:
        names = sorted(each.id for each in content.protocols)
        raise KnowledgeError([unknown("protocol", protocol, names, _NO_PLACE)])
    for found in (_twice(content), _names(content), _sources(content), _drugs(content), _rules(content)):
        problems.extend(found)
    problems.extend(_protocols(content))
    applied = overlaid(content, chosen, problems)
    problems.extend(_preferences(content, applied))
    problems.extend(_cases(content))
    return applied


def unknown(kind: str, word: str, known: Iterable[str], span: Span) -> Problem:
    """The problem of a name that nobody knows, with the nearest known one."""
    guess = did_you_mean(word, known)
    hint = f"did you mean {guess!r}?" if guess else f"known: {', '.join(sorted(known)[:12])}"
    return Problem(f"unknown-{kind}", f"no {kind} is called {word!r}", _word(span, word), hint)


def _word(span: Span, word: str) -> Span:
    """The place of a word in the line of a span, where it stands there."""
    start = span.text.find(word, span.column - 1)
    start = start if start >= 0 else span.text.find(word)
    return Span(span.file, span.line, start + 1, start + 1 + len(word), span.text) if start >= 0 else span


def _twice(content: Content) -> Iterator[Problem]:
    named = [(each.id, each.span) for each in content.elements]
    named += [(each.header.id, each.header.span) for each in content.rules]
    for group in (named, [(each.id, each.span) for each in content.statements], _ids(content.drugs, content.actions)):
        counted = Counter(name for name, _ in group)
        seen: dict[str, Span] = {}
        for name, span in group:
            if counted[name] > 1 and name in seen:
                first = seen[name]
                hint = f"it is used first at {first.file}:{first.line}"
                yield Problem("duplicate-id", f"{name!r} is used twice", span, hint)
            seen.setdefault(name, span)


def _ids(*groups: Iterable[object]) -> list[tuple[str, Span]]:
    return [(each.id, each.span) for group in groups for each in group]  # type: ignore[attr-defined]


def _names(content: Content) -> Iterator[Problem]:
    """Names and codes that the grammar itself uses, and codes that an element does not have."""
    for element in content.elements:
        yield from _reserved("element", element.id, element.span)
        for setting in element.settings:
            yield from _reserved("setting", setting.name, setting.span)
        for code in element.codes:
            yield from _reserved("code", code, element.span)
        yield from _code_lists(element)
    for rule in content.rules:
        yield from _reserved("rule", rule.header.id, rule.header.span)
        for setting in rule.header.settings:
            yield from _reserved("setting", setting.name, setting.span)
    for drug in content.drugs:
        yield from _reserved("drug", drug.id, drug.span)


def _reserved(kind: str, name: str, span: Span) -> Iterator[Problem]:
    named = kind in ("element", "rule", "setting")
    reason = tokens.reserved_name_problem(name, units.is_unit if named else None)
    if reason is None and named and name in _BOUND:
        reason = f"'{name}' is bound by the guards of invariants and cannot be a name"
    if reason is not None:
        yield Problem("reserved-name", reason, _word(span, name), "choose another name")


def _code_lists(element: Element) -> Iterator[Problem]:
    if isinstance(element.worse, tuple) and element.type != "boolean" and set(element.worse) != set(element.codes):
        message = f"'worse' of {element.id!r} must list each of its codes once"
        yield Problem("bad-order", message, element.span, f"its codes are {', '.join(element.codes)}")
    if element.assume is not None and element.type == "code" and element.assume.value not in element.codes:
        yield unknown("code", str(element.assume.value), element.codes, element.span)


def _sources(content: Content) -> Iterator[Problem]:
    sources = {source.id for source in content.sources}
    used = {state for rule in content.rules for state in _states(rule)}
    for statement in content.statements:
        source = statement.source.split(",", 1)[0].strip()
        if source not in sources:
            yield unknown("source", source, sources, statement.span)
        if statement.id not in used and not (statement.not_encoded or statement.held_by):
            hint = "name it under 'states' of a rule, or say why not with 'not_encoded:'"
            yield Problem("unused-statement", f"no rule states {statement.id!r}", statement.span, hint)
    for guideline in content.guidelines:
        yield from (
            unknown("source", each, sources, guideline.span) for each in guideline.sources if each not in sources
        )
    statements = {statement.id for statement in content.statements}
    for rule in content.rules:
        for state in sorted(_states(rule) - statements):
            yield unknown("statement", state, statements, rule.header.span)


def _states(rule: Rule) -> set[str]:
    found = set(rule.header.states)
    if isinstance(rule, GradeRule):
        found |= {state for row in rule.rows for state in row.states}
    if isinstance(rule, RecommendationRule):
        found |= {state for action in rule.do for state in action.states}
    return found


def _drugs(content: Content) -> Iterator[Problem]:
    drugs = {drug.id: drug for drug in content.drugs}
    for drug in content.drugs:
        if drug.class_ is not None and drug.class_ not in drugs:
            yield unknown("drug", drug.class_, drugs, drug.span)
        if _own_ancestor(drug, drugs):
            yield Problem("cycle", f"{drug.id!r} is its own class", drug.span, "a class must not stand below itself")
    actions = {action.id for action in content.actions}
    for action in content.actions:
        yield from (unknown("action", part, actions, action.span) for part in action.parts if part not in actions)


def _own_ancestor(drug: Drug, drugs: Mapping[str, Drug]) -> bool:
    above, seen = drug.class_, set[str]()
    while above is not None and above in drugs and above not in seen:
        if above == drug.id:
            return True
        seen.add(above)
        above = drugs[above].class_
    return False


def _rules(content: Content) -> Iterator[Problem]:
    drugs = {drug.id: drug for drug in content.drugs}
    questions = {question.id for question in content.questions}
    # Local rules stand under the protocol that adds them.
    guidelines = {guideline.id for guideline in content.guidelines} | {each.id for each in content.protocols}
    valued = {each.id for each in content.elements} | {each.header.id for each in content.rules}
    actions = {action.id for action in content.actions}
    for rule in content.rules:
        header = rule.header
        if header.question is not None and header.question not in questions:
            yield unknown("question", header.question, questions, header.span)
        if header.guideline not in guidelines:
            yield unknown("guideline", header.guideline, guidelines, header.span)
        yield from _asks_unknown(rule)
        if isinstance(rule, RecommendationRule):
            for action in rule.do:
                yield from _object(action, drugs, actions, valued)
        if isinstance(rule, InvariantRule):
            yield from _guards(rule, drugs, actions)


def _asks_unknown(rule: Rule) -> Iterator[Problem]:
    """`NAME is unknown` is two-valued, so it may only lead to asking, never to treating."""
    asking = isinstance(rule, RecommendationRule) and all(action.verb in _ASKING_VERBS for action in rule.do)
    if isinstance(rule, NoticeRule) or asking:
        return
    for name, condition in rule_clauses(rule):
        for line in forms.lines(condition):
            if isinstance(line.test, IsUnknown) and "/notices/" not in name:
                message = "'is unknown' may stand only in notices and where all verbs are obtain, monitor or consult"
                hint = "leave the line out: what is unknown is carried through by itself"
                yield Problem("unknown-test", message, line.span, hint)


def _object(action: Action, drugs: Mapping[str, Drug], actions: set[str], valued: set[str]) -> Iterator[Problem]:
    if action.verb in _DRUG_VERBS and (action.verb == "give" or action.dose is not None or action.object in drugs):
        if action.object not in drugs:
            yield unknown("drug", action.object, drugs, action.span)
        elif (
            action.route is not None
            and _routes(action.object, drugs)
            and action.route not in _routes(action.object, drugs)
        ):
            yield unknown("route", action.route, _routes(action.object, drugs), action.span)
    elif action.object not in actions | valued | drugs.keys():
        yield unknown("action", action.object, actions, action.span)


def _routes(drug: str, drugs: Mapping[str, Drug]) -> tuple[str, ...]:
    """The routes of a drug: its own, else those of its class."""
    entry = drugs.get(drug)
    while entry is not None and not entry.routes:
        entry = drugs.get(entry.class_ or "")
    return entry.routes if entry is not None else ()


def _guards(rule: InvariantRule, drugs: Mapping[str, Drug], actions: set[str]) -> Iterator[Problem]:
    for key, value in rule.guards:
        if key not in _GUARD_KEYS:
            yield unknown("guard", key, _GUARD_KEYS, rule.header.span)
        elif key == "give" and value not in drugs:
            yield unknown("drug", value, drugs, rule.header.span)
        elif key == "object" and value not in actions | drugs.keys():
            yield unknown("action", value, actions, rule.header.span)


def _protocols(content: Content) -> Iterator[Problem]:
    guidelines = {guideline.id: guideline for guideline in content.guidelines}
    questions = {question.id for question in content.questions}
    known = guidelines.keys() | {protocol.id for protocol in content.protocols if protocol.extends is not None}
    for protocol in content.protocols:
        yield from _uses(protocol, guidelines)
        stated = [*protocol.prefers]
        stated += [(each.target, each.preferences) for each in protocol.changes if each.kind == "prefer"]
        for question, preferences in stated:
            if question not in questions:
                yield unknown("question", question, questions, protocol.span)
            for preference in preferences:
                if preference.guideline not in (known if protocol.extends else protocol.uses):
                    yield unknown("guideline", preference.guideline, known, preference.span)


def _uses(protocol: Protocol, guidelines: Mapping[str, Guideline]) -> Iterator[Problem]:
    for used in protocol.uses:
        if used not in guidelines:
            yield unknown("guideline", used, guidelines, protocol.span)
        elif (graded := guidelines[used].graded_with) and graded not in protocol.uses:
            message = f"{used!r} is graded with {graded!r}, which this protocol does not use"
            yield Problem("mixed-editions", message, protocol.span, f"add {graded} to 'uses'")


def _preferences(content: Content, applied: Overlaid) -> Iterator[Problem]:
    """Two guidelines in force that answer one question need a stated preference; nobody wins by standing last."""
    protocol, local = applied.protocol, {each.id for each in applied.overlays}
    stated = {question for question, _ in protocol.prefers}
    answers: dict[str, dict[str, Rule]] = {}
    for rule in content.rules:
        standing = rule.header.guideline in protocol.uses and (
            rule.header.id in applied.added or rule.header.guideline not in local
        )
        if isinstance(rule, RecommendationRule) and rule.header.question and standing:
            answers.setdefault(rule.header.question, {}).setdefault(rule.header.guideline, rule)
    for question, rules in sorted(answers.items()):
        together = [name for name in rules if any(_meet(content, name, other) for other in rules if other != name)]
        if question not in stated and together:
            message = f"{' and '.join(sorted(together))} both answer {question!r} and no preference is stated"
            where = f"`prefer: {question}` under 'changes'" if protocol.extends else f"{question} under 'prefers'"
            hint = f"add {where} of the protocol"
            yield Problem("no-preference", message, protocol.span, hint)


def _meet(content: Content, one: str, other: str) -> bool:
    """Whether two guidelines are in force on a common day."""
    effective = {each.id: each for each in content.guidelines}
    both = [effective[name] for name in (one, other) if name in effective]
    starts = [each.effective_from or date.min for each in both]
    ends = [each.effective_to or date.max for each in both]
    return max(starts, default=date.min) < min(ends, default=date.max)


def _cases(content: Content) -> Iterator[Problem]:
    rules = {rule.header.id for rule in content.rules}
    protocols = {protocol.id for protocol in content.protocols}
    for case in content.cases:
        if case.rule not in rules:
            yield unknown("rule", case.rule, rules, case.span)
        if case.protocol is not None and case.protocol not in protocols:
            yield unknown("protocol", case.protocol, protocols, case.span)
