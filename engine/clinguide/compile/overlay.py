"""Overlays: a protocol that extends another, with its changes applied one by one and each held to its bounds.

Settings move within what their rule allows, recommendations are withheld, preferences are stated, local rules are
added. Grades, scores and invariants are never changed.
"""

from collections.abc import Mapping

import msgspec

from clinguide import units
from clinguide.condition import AllOf, Condition
from clinguide.model import (
    Change,
    ClassificationRule,
    Content,
    Preference,
    Protocol,
    RecommendationRule,
    Rule,
    Setting,
)
from clinguide.problems import Problem
from clinguide.spelling import did_you_mean

Changeable = RecommendationRule | ClassificationRule


class Overlaid(msgspec.Struct, frozen=True):
    """A protocol with everything it extends: what it uses and prefers, and the rules as it changes them.

    `overlays` are the protocols of the chain but for the lowest, in the order in which they apply; `withheld` names
    the recommendations they withhold with the change that says so; `added` are the ids of their own rules.
    """

    protocol: Protocol
    content: Content
    overlays: tuple[Protocol, ...] = ()
    withheld: tuple[tuple[str, Change], ...] = ()
    added: frozenset[str] = frozenset()


def overlaid(content: Content, chosen: Protocol, problems: list[Problem]) -> Overlaid:
    """The chosen protocol on what it extends. Problems are added; what they concern is left out."""
    chain = _chain(content, chosen, problems)
    base, overlays = chain[0], tuple(chain[1:])
    rules = {rule.header.id: rule for rule in content.rules}
    prefers = dict(base.prefers)
    withheld: dict[str, Change] = {}
    added: set[str] = set()
    for overlay in overlays:
        for change in overlay.changes:
            match change.kind:
                case "set":
                    _set(change, rules, problems)
                case "withhold":
                    if _recommendation(change, rules, problems):
                        withheld[change.target] = change
                case "prefer":
                    prefers[change.target] = change.preferences
                case "add":
                    if _known(change, change.target, rules, problems):
                        added.add(change.target)
    protocol = msgspec.structs.replace(
        chosen,
        uses=(*base.uses, *(overlay.id for overlay in overlays)),
        prefers=tuple((name, _for_whom(content, prefers[name])) for name in sorted(prefers)),
    )
    changed = msgspec.structs.replace(content, rules=tuple(rules[name] for name in sorted(rules)))
    return Overlaid(protocol, changed, overlays, tuple(sorted(withheld.items(), key=_rule)), frozenset(added))


def _for_whom(content: Content, preferences: tuple[Preference, ...]) -> tuple[Preference, ...]:
    """The preferences of a question: a guideline that applies to some is preferred for them alone."""
    applies = {each.id: each.applies for each in content.guidelines}
    return tuple(
        msgspec.structs.replace(each, audience=_both(applies.get(each.guideline), each.audience))
        for each in preferences
    )


def _both(one: Condition | None, other: Condition | None) -> Condition | None:
    return AllOf((one, other)) if one is not None and other is not None else one or other


def _rule(withheld: tuple[str, Change]) -> str:
    return withheld[0]


def _chain(content: Content, chosen: Protocol, problems: list[Problem]) -> list[Protocol]:
    """The protocols from the lowest to the chosen one."""
    known = {protocol.id: protocol for protocol in content.protocols}
    chain = [chosen]
    while (extends := chain[0].extends) is not None:
        if extends not in known:
            guess = did_you_mean(extends, known)
            hint = f"did you mean {guess!r}?" if guess else None
            problems.append(Problem("unknown-protocol", f"no protocol is called {extends!r}", chain[0].span, hint))
            break
        if known[extends] in chain:
            names = " -> ".join(each.id for each in [known[extends], *chain])
            problems.append(Problem("cycle", f"these protocols extend each other: {names}", chosen.span))
            break
        chain.insert(0, known[extends])
    return chain


def _known(change: Change, rule: str, rules: Mapping[str, Rule], problems: list[Problem]) -> bool:
    if rule in rules:
        return True
    guess = did_you_mean(rule, rules)
    hint = f"did you mean {guess!r}?" if guess else None
    problems.append(Problem("unknown-rule", f"no rule is called {rule!r}", change.span, hint))
    return False


def _recommendation(change: Change, rules: Mapping[str, Rule], problems: list[Problem]) -> bool:
    if not _known(change, change.target, rules, problems):
        return False
    if isinstance(rules[change.target], RecommendationRule):
        return True
    hint = "grades, scores, notices and limits are the same everywhere"
    problems.append(Problem("not-changeable", f"{change.target!r} is no recommendation", change.span, hint))
    return False


def _set(change: Change, rules: dict[str, Rule], problems: list[Problem]) -> None:
    name, _, setting = change.target.rpartition(".")
    if not _known(change, name, rules, problems):
        return
    rule = rules[name]
    if not isinstance(rule, Changeable):
        hint = "grades, scores and limits are the same everywhere"
        problems.append(Problem("not-changeable", f"{name!r} may not be changed", change.span, hint))
        return
    declared = {each.name: each for each in rule.header.settings}
    if setting not in declared:
        hint = f"its settings are {', '.join(sorted(declared))}" if declared else "it has no settings"
        problems.append(Problem("unknown-setting", f"{name!r} has no setting {setting!r}", change.span, hint))
        return
    value = _value(change, declared[setting], problems)
    if value is not None:
        settings = tuple(
            msgspec.structs.replace(each, value=value) if each.name == setting else each
            for each in rule.header.settings
        )
        rules[name] = msgspec.structs.replace(rule, header=msgspec.structs.replace(rule.header, settings=settings))


def _value(change: Change, setting: Setting, problems: list[Problem]) -> int | str | None:
    """The new value of a setting, inside what its rule allows."""
    written = change.to or ""
    if isinstance(setting.value, str):
        allowed = tuple(map(str, setting.may_be or ()))
        if written in allowed:
            return written
        problems.append(_outside(change, setting, ", ".join(allowed)))
        return None
    try:
        number, unit = units.quantity(written)
        micro = units.to_micro(number, unit or "1", setting.unit or "1")
    except ValueError as error:
        problems.append(Problem("bad-unit", str(error), change.span, f"it is in {setting.unit or 'plain numbers'}"))
        return None
    low, high = (int(end) for end in setting.may_be) if setting.may_be else (setting.value, setting.value)
    if low <= micro <= high:
        return micro
    problems.append(
        _outside(change, setting, f"{units.micro_text(low, None)} to {units.micro_text(high, setting.unit)}")
    )
    return None


def _outside(change: Change, setting: Setting, allowed: str) -> Problem:
    message = f"{change.to!r} is outside what {setting.name!r} may be"
    hint = f"it may be {allowed}" if setting.may_be else "its rule gives no may_be, so it is the same everywhere"
    return Problem("outside-may-be", message, change.span, hint)
