"""What a recommendation does: its verbs, their objects, and the doses."""

from collections.abc import Iterator
from typing import Literal, get_args

from clinguide.condition import Condition, lines, names
from clinguide.model import Action, Amount, Dose, DoseRow, DoseStep, Verb
from clinguide.problems import Problem
from clinguide.read.conditions import optional_condition, row_condition
from clinguide.read.facts import positive
from clinguide.read.nodes import items, key_place, optional, place, start, word, words
from clinguide.read.order import otherwise_last
from clinguide.read.quantities import duration, duration_range, ends, micro, written
from clinguide.units import UnitError, to_micro
from clinguide.yamlfile import Mapping, Node, Scalar, get

VERBS: tuple[Verb, ...] = get_args(Verb)


def action(node: Node, audience: tuple[Condition, ...], problems: list[Problem]) -> Action:
    """One thing to do; `audience` is whom the rule speaks about."""
    verb = next(each for each in VERBS if get(node, each) is not None)
    found = get(node, "dose")
    dose = None if found is None else _dose(found, problems)
    steps = _steps(items(get(node, "steps")), problems)
    if dose is not None:
        problems.extend(_two_intervals(node, dose))
    if not any(map(_names_age, audience)):
        problems.extend(_for_everybody(dose.rows if dose else steps))
    return Action(
        verb=verb,
        object=optional(node, verb) or "",
        span=place(node, verb),
        route=optional(node, "route"),
        over=duration_range(get(node, "over"), problems),
        every=duration(get(node, "every"), problems),
        duration=duration_range(get(node, "for"), problems),
        dose=dose,
        steps=steps,
        states=words(node, "states"),
    )


def _two_intervals(node: Node, dose: Dose) -> Iterator[Problem]:
    if get(node, "every") is not None and any(row.every is not None for row in dose.rows):
        hint = "write every: once, in the dose or beside it"
        yield Problem("two-intervals", "two intervals for one drug", key_place(node, "every"), hint)


def _for_everybody(rows: tuple[DoseRow, ...] | tuple[DoseStep, ...]) -> Iterator[Problem]:
    """A dose that is not per kilogram or square metre must say for which ages it is."""
    # Nothing else would stop the flat dose of an adult from reaching a child.
    for row in rows:
        # Until when a step is given says nothing about whom it is given to.
        when = row.when if isinstance(row, DoseRow) else None
        if row.amount is not None and row.amount.by is None and not (when and _names_age(when)):
            where = "to `for:` or to the row" if isinstance(row, DoseRow) else "to `for:` of the rule"
            hint = f"add a line on age {where}, as in age >= 18 a"
            message = f"{row.amount.text} would be given at every age"
            yield Problem("dose-without-population", message, row.span, hint)


def _names_age(condition: Condition) -> bool:
    return any("age" in names(line.test) for line in lines(condition))


# --- doses ------------------------------------------------------------------------------------------------------------


def _dose(node: Node, problems: list[Problem]) -> Dose:
    rows = items(get(node, "rows"))
    problems.extend(otherwise_last(rows))
    found = tuple(_row(row, node, problems) for row in rows) if rows else (_row(node, node, problems),)
    return Dose(found, otherwise_none=optional(node, "otherwise") == "none")


def _row(row: Node, dose: Node, problems: list[Problem]) -> DoseRow:
    """One row of a dose, with the dose's own keys where the row has none."""
    # The first of two equal keys is found, so a row's own key replaces the dose's.
    own = Mapping((*_without_conditions(row), *_without_conditions(dose)), row.span)
    amount = _amount(row, get(own, "amount"), problems)
    unit = amount.unit if amount else None
    # Without an amount its caps have no unit to be in, and complaining of each would hide what is missing.
    bounded = own if amount else Mapping((), row.span)
    return DoseRow(
        when=None if row is dose else row_condition(row, problems),
        amount=amount,
        span=place(own, "amount") if get(own, "amount") else start(row),
        per_day=optional(own, "per") == "day",
        divided_every=duration(_after_every(get(own, "divided")), problems),
        every=duration(get(own, "every"), problems),
        maximum=micro(get(bounded, "max"), unit, problems),
        maximum_per_day=micro(get(bounded, "max_per_day"), unit, problems),
        rounding=positive(get(bounded, "round"), unit, problems),
    )


def _without_conditions(node: Node) -> tuple[tuple[Scalar, Node], ...]:
    keys = ("amount", "per", "divided", "every", "max", "max_per_day", "round")
    return tuple(entry for entry in node.entries if entry[0].value in keys) if isinstance(node, Mapping) else ()


def _steps(nodes: tuple[Node, ...], problems: list[Problem]) -> tuple[DoseStep, ...]:
    """The steps of a pulse with its taper; each but the last must come to an end."""
    for node in nodes[:-1]:
        if get(node, "for") is None and get(node, "until") is None:
            hint = "write for: or until: in every step but the last"
            message = "this step never ends, so the next is never reached"
            problems.append(Problem("step-without-end", message, start(node), hint))
    return tuple(step for node in nodes if (step := _step(node, problems)))


def _step(node: Node, problems: list[Problem]) -> DoseStep | None:
    """One step; None where its amount or interval is told to be wrong."""
    amount, every = _amount(node, get(node, "amount"), problems), duration(get(node, "every"), problems)
    length, until = duration(get(node, "for"), problems), optional_condition(get(node, "until"), problems)
    return DoseStep(amount, every, length, until, place(node, "amount")) if amount and every else None


def _amount(row: Node, node: Node | None, problems: list[Problem]) -> Amount | None:
    """The amount of a row: a quantity or a range of it, per kilogram, per square metre or flat."""
    if node is None:
        hint = "write amount: in the row or in the dose"
        problems.append(Problem("dose-without-amount", "this row has no amount", start(row), hint))
        return None
    low, high = ends(node)
    try:
        (least, unit), (most, other) = written(low), written(high)
        unit = unit or "1"
        # Both ends are kept in the unit of the first, so that they can be compared.
        first, last = to_micro(least, unit, unit), to_micro(most, other or "1", unit)
    except UnitError as error:
        problems.append(Problem("bad-unit", error.message, node.span, error.hint))
        return None
    if not 0 < first <= last:
        hint = "the lower end comes first, and a dose is more than 0"
        problems.append(Problem("range-order", f"{word(node)} is no dose", node.span, hint))
    flat, by = _by(unit)
    return Amount(first, last, flat, by, word(node))


def _by(unit: str) -> tuple[str, Literal["kg", "m2"] | None]:
    """The unit without its `/kg` or `/m2`, and which of them it had."""
    first, *divisors = unit.split("/")
    if "kg" in divisors:
        divisors.remove("kg")
        return "/".join((first, *divisors)), "kg"
    if "m2" in divisors:
        divisors.remove("m2")
        return "/".join((first, *divisors)), "m2"
    return unit, None


def _after_every(node: Node | None) -> Node | None:
    """The length of time in `every 8 h`, at its place."""
    if not isinstance(node, Scalar):
        return None
    text, skipped = word(node), len("every ")
    return Scalar(text[skipped:], node.span.inside(skipped, len(text)), node.plain_style)
