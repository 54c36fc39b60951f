"""Drugs in a course: administrations, regimens and missed doses, checked one by one and then in their order."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import TypeAlias

import msgspec

from clinguide import units
from clinguide.course.charted import UNKNOWN
from clinguide.course.complaints import Complaints
from clinguide.course.form import DoseKind, Entry, Item
from clinguide.course.timeline import MINUTE, DoseAt, RegimenStep
from clinguide.model import Drug
from clinguide.problems import Span
from clinguide.units import UnitError

ROUTES = (
    "intravenous",
    "oral",
    "enteral",
    "sublingual",
    "buccal",
    "rectal",
    "subcutaneous",
    "intramuscular",
    "intradermal",
    "intraosseous",
    "intrathecal",
    "intraventricular",
    "epidural",
    "intra-articular",
    "intraperitoneal",
    "inhaled",
    "nasal",
    "ophthalmic",
    "otic",
    "topical",
    "transdermal",
    "vaginal",
)
"""Routes that can be charted, besides those that the knowledge names."""

_DOSE_UNITS = ("mg", "mL", "mmol", "U", "[iU]")
"""A dose is kept in the one of these that it converts to."""


class Order(msgspec.Struct, frozen=True):
    """One checked entry about a drug. `stated` names the keys that were written: a change keeps the others."""

    time: int
    kind: DoseKind
    drug: str
    amount_micro: int | None
    unit: str | None
    every_us: int | None
    route: str | None
    repeat: bool
    stated: frozenset[str]
    span: Span


Orders: TypeAlias = tuple[Order, ...]

# --- one entry --------------------------------------------------------------------------------------------------------


def order_of(time: int, kind: DoseKind, item: Item, drugs: Mapping[str, Drug], complaints: Complaints) -> Order | None:
    """An entry about a drug, checked by itself; None where its drug is not known."""
    amount, unit = _dose(item.get("dose"), complaints)
    every = _interval(item.get("every"), complaints)
    route = _route(item.get("route"), drugs, complaints)
    drug = item.fields["drug"]
    if not _is_drug(drug, drugs, complaints):
        return None
    repeat = item.get("repeat")
    again = repeat is not None and repeat.value is True
    return Order(time, kind, drug.text, amount, unit, every, route, again, frozenset(item.fields), drug.span)


def _is_drug(entry: Entry, drugs: Mapping[str, Drug], complaints: Complaints) -> bool:
    classes = {each.class_ for each in drugs.values()}
    if entry.text in classes:
        members = sorted(_below(entry.text, drugs) - classes)
        message = f"'{entry.text}' is a class of drugs"
        complaints.add("drug-class", message, entry.span, f"name the drug: {', '.join(members)}")
    elif entry.text not in drugs:
        complaints.unknown("unknown-drug", f"no drug is called '{entry.text[:60]}'", entry.text, drugs, entry.span)
    return entry.text in drugs and entry.text not in classes


def _below(name: str, drugs: Mapping[str, Drug]) -> set[str]:
    """The drugs and classes of a class, and of the classes in it."""
    found = {name}
    while more := {each.id for each in drugs.values() if each.class_ in found} - found:
        found |= more
    return found - {name}


def _known(entry: Entry | None) -> Entry | None:
    return None if entry is None or entry.value == UNKNOWN else entry


def _dose(entry: Entry | None, complaints: Complaints) -> tuple[int | None, str | None]:
    """The micro-units of a dose and their unit; None where it is not known, and after a complaint."""
    if _known(entry) is None or entry is None:
        return (None, None)
    try:
        number, unit = units.quantity(entry.text)
        if unit is None:
            complaints.add("missing-unit", f"the dose {entry.text} needs its unit", entry.span, "write it as 656 mg")
            return (None, None)
        kept = next((each for each in _DOSE_UNITS if units.same_dimension(unit, each)), None)
        if kept is None:
            hint = "write what was given in all, as 656 mg, not per kg, per m2 or per hour"
            complaints.add("bad-quantity", f"{entry.text} is no dose", entry.span, hint)
            return (None, None)
        micro = units.to_micro(number, unit, kept)
    except UnitError as error:
        complaints.add("bad-quantity", error.message, entry.span, error.hint or "write it as 656 mg")
        return (None, None)
    if micro <= 0:
        hint = "leave the entry out where nothing was given; a planned dose that was not given is `missed`"
        complaints.add("implausible", f"a dose of {entry.text} cannot have been given", entry.span, hint)
    return (micro, kept)


def _interval(entry: Entry | None, complaints: Complaints) -> int | None:
    """The microseconds between doses; None where they are not known, and after a complaint."""
    if _known(entry) is None or entry is None:
        return None
    try:
        number, unit = units.quantity(entry.text)
        if unit is None:
            complaints.add("missing-unit", f"the interval {entry.text} needs its unit", entry.span, "write it as 6 h")
            return None
        interval = units.microseconds(number, unit)
    except UnitError as error:
        complaints.add("bad-quantity", error.message, entry.span, error.hint or "write it as 6 h")
        return None
    if interval >= MINUTE:
        return interval
    complaints.add("implausible", f"doses every {entry.text} cannot be", entry.span, "write it as 6 h")
    return None


def _route(entry: Entry | None, drugs: Mapping[str, Drug], complaints: Complaints) -> str | None:
    if _known(entry) is None or entry is None:
        return None
    known = {*ROUTES, *(route for drug in drugs.values() for route in drug.routes)}
    if entry.text in known:
        return entry.text
    complaints.unknown("unknown-route", f"no route is called '{entry.text[:60]}'", entry.text, known, entry.span)
    return None


# --- several entries in their order -----------------------------------------------------------------------------------

# At one time a regimen first ends, then changes, then begins: so that one can replace another at once.
_TURN: Mapping[DoseKind, int] = {"stopped": 0, "changed": 1, "started": 2, "given": 3, "missed": 4}


def by_drug(orders: Iterable[Order]) -> dict[str, Orders]:
    """The entries of each drug in the order of their times."""
    ordered = sorted(orders, key=lambda order: (order.drug, order.time, _TURN[order.kind], _content(order)))
    return {drug: tuple(group) for drug, group in groupby(ordered, key=lambda order: order.drug)}


def _content(order: Order) -> tuple[int, str, str, int]:
    """What an entry says, so that entries of one time have one order, wherever they stand in the file."""
    return (order.amount_micro or 0, order.unit or "", order.route or "", order.every_us or 0)


def regimens(orders: Orders, complaints: Complaints) -> tuple[RegimenStep, ...]:
    """The steps of one drug's regimens; what contradicts their order is complained of."""
    steps: list[RegimenStep] = []
    for order in orders:
        runs = steps[-1] if steps and steps[-1].end is None else None
        match order.kind:
            case "started" if runs:
                hint = "write `changed` for another dose or interval, or `stopped` before it"
                complaints.add("already-running", f"a regimen of '{order.drug}' is running already", order.span, hint)
            case "started":
                steps.append(_step(order, None))
            case "changed" if runs and runs.start == order.time:
                hint = "leave one of them out"
                complaints.add("changed-twice", f"'{order.drug}' was changed twice at one time", order.span, hint)
            case "changed" | "stopped" if runs:
                steps[-1] = msgspec.structs.replace(runs, end=order.time)
                steps += [_step(order, runs)] if order.kind == "changed" else []
            case "changed" | "stopped":
                _not_running(order, complaints)
            case "missed" if not any(_ran(step, order.time) for step in steps):
                _not_running(order, complaints)
            case _:
                pass
    return tuple(steps)


def _not_running(order: Order, complaints: Complaints) -> None:
    message = f"'{order.drug}' is {order.kind}, but no regimen of it is running then"
    complaints.add("no-regimen", message, order.span, "write `started` where the regimen began")


def _ran(step: RegimenStep, time: int) -> bool:
    return step.start <= time and (step.end is None or time <= step.end)


def _step(order: Order, before: RegimenStep | None) -> RegimenStep:
    """The step that an entry begins; a change keeps what it does not state."""
    if before is None:
        return RegimenStep(
            order.time, None, order.amount_micro, order.unit, order.every_us, order.route, "started", order.drug
        )
    keeps = {"dose", "every", "route"} - order.stated
    return RegimenStep(
        order.time,
        None,
        before.amount_micro if "dose" in keeps else order.amount_micro,
        before.unit if "dose" in keeps else order.unit,
        before.every_us if "every" in keeps else order.every_us,
        before.route if "route" in keeps else order.route,
        "changed",
        order.drug,
    )


def refuse_twice(orders: Orders, complaints: Complaints) -> None:
    """Complain of one drug that is given twice in one minute: a slip far more often than intent."""
    given = [order for order in orders if order.kind == "given"]
    for _, minute in groupby(given, key=lambda order: order.time // MINUTE):
        for order in [order for order in minute if not order.repeat][1:]:
            hint = "delete one, or write `repeat: true` where it really was given twice"
            complaints.add("given-twice", f"'{order.drug}' is given twice in one minute", order.span, hint)


def doses(orders: Iterable[Order]) -> tuple[DoseAt, ...]:
    """One drug's administrations: those charted, and the first of each regimen that is not charted by itself."""
    found = [order for order in orders if order.kind in ("given", "started")]
    minutes = {order.time // MINUTE for order in found if order.kind == "given"}
    return tuple(_dose_at(order) for order in found if order.kind == "given" or order.time // MINUTE not in minutes)


def _dose_at(order: Order) -> DoseAt:
    return DoseAt(
        order.time, order.amount_micro, order.unit, order.route, order.span, order.kind == "started", order.drug
    )
