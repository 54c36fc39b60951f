"""Elements, contradictions, drugs, actions, questions and sources: from checked nodes to the model."""

from collections.abc import Iterator
from typing import Any, cast

from clinguide.condition import Condition
from clinguide.model import (
    ActionType,
    Assumption,
    Contradiction,
    Derivation,
    DerivedRow,
    DerivedRows,
    DerivedText,
    Drug,
    Element,
    ElementType,
    Question,
    Setting,
    Source,
)
from clinguide.problems import Problem
from clinguide.read.conditions import (
    NOTHING,
    condition,
    conditions,
    derived,
    expression,
    optional_condition,
    row_condition,
)
from clinguide.read.nodes import digest, entries, flag, items, optional, pairs, start, text, word, words
from clinguide.read.order import otherwise_last
from clinguide.read.quantities import duration, micro, micro_range, unit_of, written
from clinguide.units import UnitError
from clinguide.yamlfile import Mapping, Node, Scalar, Sequence, exact, get

# --- elements ---------------------------------------------------------------------------------------------------------


def element(key: Scalar, node: Node, problems: list[Problem]) -> Element:
    """One entry of an elements file."""
    unit = unit_of(get(node, "unit"), problems)
    kind = cast("ElementType", text(node, "type"))
    codes = words(node, "codes")
    # An order with a code left out would put that code nowhere, and "the worst stands" would have no answer.
    problems.extend(_against_codes(node, codes))
    return Element(
        id=word(key),
        title=text(node, "title"),
        type=kind,
        span=key.span,
        digest=_digest(key, node),
        unit=unit,
        plausible=micro_range(get(node, "plausible"), unit, problems),
        step=positive(get(node, "step"), unit, problems),
        codes=codes,
        fresh_for=duration(get(node, "fresh_for"), problems),
        counts_for=duration(get(node, "counts_for"), problems),
        worse=_worse(get(node, "worse")),
        assume=_assumption(get(node, "assume"), kind, unit, problems),
        cause=flag(node, "cause") if get(node, "cause") else None,
        charted_wins=flag(node, "charted_wins"),
        derived=_derivation(get(node, "derived"), kind, problems),
        unusable=conditions(get(node, "unusable"), problems),
        at_least_when=conditions(get(node, "at_least_when"), problems),
        settings=settings(node, problems),
        coding=pairs(node, "coding"),
    )


def positive(node: Node | None, unit: str | None, problems: list[Problem]) -> int | None:
    """A step in micro-units, which must be more than nothing."""
    found = micro(node, unit, problems)
    if node is not None and found is not None and found <= 0:
        problems.append(Problem("out-of-range", "a step must be more than 0", node.span, "write the smallest step"))
    return found


def _against_codes(node: Node, codes: tuple[str, ...]) -> Iterator[Problem]:
    """An order names each code once; an assumed code is one of them."""
    worse = get(node, "worse")
    if isinstance(worse, Sequence) and set(words(node, "worse")) != set(codes):
        missing = sorted(set(codes) ^ set(words(node, "worse")))
        hint = "list every code once, absence first"
        yield Problem("worse-order", f"'worse' and 'codes' differ in {', '.join(missing)}", worse.span, hint)
    assumed = get(get(node, "assume") or node, "value")
    if codes and text(node, "type") == "code" and assumed is not None and word(assumed) not in codes:
        hint = f"codes are {', '.join(codes)}"
        yield Problem("bad-assumption", f"'{word(assumed)}' is no code of this element", assumed.span, hint)


def _worse(node: Node | None) -> Any:
    # Any: the schema has narrowed the text to `higher` and `lower`, which the type checker cannot see.
    return tuple(word(item) for item in node.items) if isinstance(node, Sequence) else word(node) if node else None


def _assumption(node: Node | None, kind: ElementType, unit: str | None, problems: list[Problem]) -> Assumption | None:
    if node is None:
        return None
    unless = optional_condition(get(node, "unless"), problems)
    return Assumption(_assumed(node, kind, unit, problems), flag(node, "even_if_unknown"), unless)


def _assumed(node: Node, kind: ElementType, unit: str | None, problems: list[Problem]) -> str | bool | int:
    value = get(node, "value") or node
    match kind:
        case "number" | "count":
            return micro(value, unit, problems) or 0
        case "boolean":
            if word(value) not in ("true", "false"):
                problems.append(_not_assumed(value, "a boolean is assumed to be true or false"))
            return word(value) == "true"
        case "codes":
            # A set that holds something is charted: nobody leaves out a vasopressor that runs.
            if word(value) != "empty":
                problems.append(_not_assumed(value, "a set can only be assumed to be 'empty'"))
            return "empty"
        case _:
            return text(node, "value")


def _not_assumed(value: Node, message: str) -> Problem:
    return Problem("bad-assumption", message, value.span, f"'{word(value)}' is not")


def _derivation(node: Node | None, kind: ElementType, problems: list[Problem]) -> Derivation | None:
    if node is None:
        return None
    if isinstance(node, Scalar):
        return DerivedText(derived(node, problems), word(node), node.span)
    if isinstance(node, Mapping) and (rows := get(node, "rows")) is not None:
        problems.extend(otherwise_last(items(rows)))
        return DerivedRows(tuple(_derived_row(row, kind, problems) for row in items(rows)))
    return condition(node, problems)


def _derived_row(row: Node, kind: ElementType, problems: list[Problem]) -> DerivedRow:
    value = get(row, "is") or row
    return DerivedRow(row_condition(row, problems), _row_value(value, kind, problems), word(value), value.span)


def _row_value(node: Node, kind: ElementType, problems: list[Problem]) -> Any:
    """True, False, None for `unknown`, a code, or an expression."""
    value = node.value if isinstance(node, Scalar) else None
    if word(node) == "unknown":
        return None
    if isinstance(value, bool) or kind == "boolean":
        if not (isinstance(value, bool) and kind == "boolean"):
            message = f"'{word(node)}' cannot be the value of {_a(kind)}"
            problems.append(Problem("bad-value", message, node.span, "write true, false or unknown for a boolean only"))
        return value
    return word(node) if kind in ("code", "codes") else expression(node, problems)


def _a(kind: ElementType) -> str:
    return f"a {kind}" if kind != "codes" else "a set of codes"


# --- settings ---------------------------------------------------------------------------------------------------------


def settings(node: Node, problems: list[Problem]) -> tuple[Setting, ...]:
    """The settings of an element or a rule, by name."""
    found = (_setting(key, value, problems) for key, value in entries(get(node, "settings")))
    return tuple(sorted(found, key=lambda setting: setting.name))


def _setting(key: Scalar, node: Node, problems: list[Problem]) -> Setting:
    value, bounds = get(node, "value") or node, get(node, "may_be")
    cautious = cast("Any", optional(node, "cautious"))
    # A code begins with a letter, an amount with a digit or a sign.
    if isinstance(value, Scalar) and isinstance(value.value, str) and value.value[:1].isalpha():
        codes = words(node, "may_be") or None
        problems.extend(_outside(value, codes is None or word(value) in codes, bounds))
        return Setting(word(key), word(value), None, codes, cautious, key.span)
    try:
        unit = written(value)[1]
    except UnitError:
        unit, bounds = None, None  # the value is told; bounds in its unit would only repeat it
    number = micro(value, unit, problems)
    may_be = micro_range(bounds, unit, problems)
    if number is not None and may_be is not None:
        problems.extend(_outside(value, may_be[0] <= number <= may_be[1], bounds))
    return Setting(word(key), number or 0, unit, may_be, cautious, key.span)


def _outside(value: Node, inside: bool, bounds: Node | None) -> Iterator[Problem]:
    if not inside and bounds is not None:
        said = word(bounds) if isinstance(bounds, Scalar) else ", ".join(map(word, items(bounds)))
        message = f"{word(value)} is not within what it may be"
        yield Problem("setting-out-of-bounds", message, value.span, f"it may be {said}")


# --- the smaller kinds ------------------------------------------------------------------------------------------------


def contradiction(node: Node, problems: list[Problem]) -> Contradiction:
    """One entry of contradictions.yaml."""
    when: Condition = row_condition(node, problems) or NOTHING
    return Contradiction(when, words(node, "readings"), text(node, "says"), start(node), digest(exact(node)))


def source(key: Scalar, node: Node) -> Source:
    """One entry of sources.yaml; what is no title, author or place goes into the details."""
    details = tuple(pair for pair in _all_pairs(node) if pair[0] not in ("title", "authors", "in"))
    where = optional(node, "in")
    authors = optional(node, "authors")
    return Source(word(key), text(node, "title"), key.span, _digest(key, node), authors, where, details)


def question(key: Scalar, node: Node) -> Question:
    """One entry of questions.yaml."""
    return Question(word(key), text(node, "title"), key.span, _digest(key, node))


def drug(key: Scalar, node: Node, problems: list[Problem]) -> Drug:
    """One entry of drugs.yaml: a drug, or a class of drugs."""
    return Drug(
        id=word(key),
        title=text(node, "title"),
        span=key.span,
        digest=_digest(key, node),
        class_=optional(node, "class"),
        equivalence=pairs(node, "equivalence"),
        covers=duration(get(node, "covers"), problems),
        routes=words(node, "routes"),
        one_regimen=flag(node, "one_regimen"),
        coding=pairs(node, "coding"),
    )


def action_type(key: Scalar, node: Node, problems: list[Problem]) -> ActionType:
    """One entry of actions.yaml."""
    done_for = duration(get(node, "done_for"), problems)
    return ActionType(word(key), text(node, "title"), key.span, _digest(key, node), done_for, words(node, "parts"))


def _all_pairs(node: Node) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((word(key), word(value)) for key, value in entries(node)))


def _digest(key: Scalar, node: Node) -> str:
    """The digest of an entry as it stands in its file: its id and what is under it."""
    # With the id: an element that is renamed is another element to every rule that reads it.
    return digest({word(key): exact(node)})
