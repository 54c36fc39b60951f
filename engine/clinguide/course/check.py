"""Course and knowledge to timeline: every entry is checked, and every problem is told at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from clinguide.course.charted import charted_value
from clinguide.course.clock import TimeError, time_of
from clinguide.course.complaints import Complaints
from clinguide.course.form import Course, Entry, Event, Item
from clinguide.course.given import Order, by_drug, doses, order_of, refuse_twice, regimens
from clinguide.course.timeline import Charted, DoseAt, InfusionAt, RegimenStep, Timeline
from clinguide.model import ActionType, Drug, Element

_CAN_CHANGE = frozenset({"weight", "height", "body_surface_area"})
"""Facts of the patient that may also be observed later, besides those with a `fresh_for`."""


class _Known(msgspec.Struct, frozen=True):
    """What an entry is checked against, and where its problems go."""

    elements: Mapping[str, Element]
    drugs: Mapping[str, Drug]
    actions: Mapping[str, ActionType]
    now: int | None
    complaints: Complaints


class _Whole(msgspec.Struct, frozen=True):
    """The whole course, checked, with what comes after `at`."""

    times: tuple[int, ...]
    complete_since: int | None
    infusions: tuple[tuple[InfusionAt, Item], ...]
    observed: tuple[tuple[str, Charted, str], ...]
    patient: tuple[tuple[str, Charted, str], ...]
    orders: dict[str, tuple[Order, ...]]
    steps: dict[str, tuple[RegimenStep, ...]]
    done: tuple[tuple[str, int], ...]


def check(
    course: Course,
    elements: Mapping[str, Element],
    drugs: Mapping[str, Drug],
    actions: Mapping[str, ActionType],
    *,
    at: int | None = None,
    now: int | None = None,
) -> Timeline:
    """The timeline of a course up to `at` (None: its last event). Raises CourseError with all problems.

    The whole course is checked, also what comes after `at`, so that the same course is refused at every time; events
    after the clock `now` are refused. Without a clock the one moment is 0, whatever `at` says.
    """
    known = _Known(elements, drugs, actions, now if course.has_clock else None, Complaints())
    whole = _checked(course, known)
    if at is None and not (course.events or course.infusions):
        hint = "add an event, or say for which time the course is to be assessed"
        known.complaints.add("no-event", "nothing has a time in this course", course.span, hint)
    known.complaints.raise_if_any()
    if not course.has_clock:
        return _up_to(course, whole, 0)
    return _up_to(course, whole, max(whole.times) if at is None else at)


# --- the whole course -------------------------------------------------------------------------------------------------


def _checked(course: Course, known: _Known) -> _Whole:
    """Every entry checked, by itself and in the order of times."""
    timed = [(event, _event_time(event, known)) for event in course.events]
    infusions = tuple(_infusions(course, known))
    orders = by_drug(_orders(timed, known))
    # Where a time cannot be read, the order of events is not known, and nothing more is said of it.
    in_order = known.complaints if all(time is not None for _, time in timed) else Complaints()
    for each in orders.values():
        refuse_twice(each, in_order)
    return _Whole(
        tuple(sorted([*(time for _, time in timed if time is not None), *(each.time for each, _ in infusions)])),
        _time(course.complete_since, known) if course.complete_since else None,
        infusions,
        tuple(each for event, time in timed for each in _charted(event.observed, time, False, known)),
        tuple(_patient(course, known)),
        orders,
        {drug: regimens(each, in_order) for drug, each in orders.items()},
        tuple(each for event, time in timed for each in _done(event, time, known)),
    )


def _event_time(event: Event, known: _Known) -> int | None:
    """The time of an event: 0 for a moment without a clock, None after a complaint."""
    return 0 if event.at is None else _time(event.at, known)


def _time(entry: Entry, known: _Known) -> int | None:
    try:
        time = time_of(entry.text)
    except TimeError as error:
        known.complaints.add(error.code, error.message, entry.span, error.hint)
        return None
    if known.now is not None and time > known.now:
        hint = "check the date and the zone; what is still to come is not charted"
        known.complaints.add("after-clock", f"{entry.text} is still to come", entry.span, hint)
    return time


def _charted(
    entries: Iterable[Entry], time: int | None, fixed: bool, known: _Known
) -> Iterator[tuple[str, Charted, str]]:
    """What was charted, each with its element and its text, which gives entries of one time their order."""
    for entry in entries:
        element = known.elements.get(entry.name)
        if element is None:
            _unknown_element(entry, known)
            continue
        reading = charted_value(element, entry, known.complaints)
        if reading is not None and time is not None:
            yield entry.name, Charted(time, reading[0], reading[1], entry.span, fixed), entry.text


def _unknown_element(entry: Entry, known: _Known) -> None:
    otherwise = "grades and scores are computed: chart the facts that they read" if "." in entry.name else ""
    message = f"no element is called '{entry.name[:60]}'"
    known.complaints.unknown(
        "unknown-element", message, entry.name, known.elements, entry.name_span, otherwise=otherwise
    )


def _patient(course: Course, known: _Known) -> Iterator[tuple[str, Charted, str]]:
    """The fixed facts; their time is filled in when the start of the course is known."""
    for entry in course.patient:
        element = known.elements.get(entry.name)
        if element and (element.fresh_for or element.counts_for or element.derived is not None):
            hint = "chart it under `observed` of an event, with its time"
            message = f"'{entry.name}' changes with time: it is no fixed fact of the patient"
            known.complaints.add("not-of-the-patient", message, entry.name_span, hint)
    fixed = {entry.name for entry in course.patient} - _CAN_CHANGE
    for entry in (entry for event in course.events for entry in event.observed if entry.name in fixed):
        element = known.elements.get(entry.name)
        if element and element.fresh_for is None:
            hint = "it holds for the whole course: leave it out here, or under `patient`"
            message = f"'{entry.name}' is charted twice: it is a fact of the patient"
            known.complaints.add("charted-twice", message, entry.name_span, hint)
    return _charted(course.patient, 0, True, known)


def _infusions(course: Course, known: _Known) -> Iterator[tuple[InfusionAt, Item]]:
    latest = 0
    for time, treatment, item in sorted(_timed_infusions(course, known), key=_infusion_order):
        if treatment < latest:
            message = f"treatment {treatment} goes on after treatment {latest} began"
            known.complaints.add("treatment-order", message, item.span, "number the treatments in their order")
        latest = max(latest, treatment)
        yield InfusionAt(time, item.fields["product"].text, treatment), item


def _refuse_unknown_product(entry: Entry, known: _Known) -> None:
    products = known.elements["product"].codes if "product" in known.elements else tuple(known.drugs)
    if entry.text not in products:
        message, otherwise = f"no product is called '{entry.text[:60]}'", f"products are {', '.join(products)}"
        known.complaints.unknown("unknown-product", message, entry.text, products, entry.span, otherwise=otherwise)


def _timed_infusions(course: Course, known: _Known) -> Iterator[tuple[int, int, Item]]:
    for item in course.infusions:
        _refuse_unknown_product(item.fields["product"], known)
        treatment = item.get("treatment")
        time = _time(item.fields["at"], known)
        if time is not None:
            yield time, int(treatment.text) if treatment else 1, item


def _infusion_order(infusion: tuple[int, int, Item]) -> tuple[int, int, str]:
    time, treatment, item = infusion
    return (time, treatment, item.fields["product"].text)


def _orders(timed: Iterable[tuple[Event, int | None]], known: _Known) -> Iterator[Order]:
    for event, time in timed:
        for kind, item in event.doses:
            order = order_of(time or 0, kind, item, known.drugs, known.complaints)
            if order is not None and time is not None:
                yield order


def _done(event: Event, time: int | None, known: _Known) -> Iterator[tuple[str, int]]:
    """What was done, a group as its parts."""
    for entry in event.done:
        if entry.text in known.actions:
            yield from ((part, time) for part in _parts(entry.text, known.actions) if time is not None)
        else:
            message = f"no action is called '{entry.text[:60]}'"
            known.complaints.unknown("unknown-action", message, entry.text, known.actions, entry.span)


def _parts(action: str, actions: Mapping[str, ActionType]) -> Iterator[str]:
    """The actions that a group comes to in the end; an action without parts is itself."""
    waiting, seen = [action], {action}
    while waiting:
        each = waiting.pop()
        parts = actions[each].parts if each in actions else ()
        if not parts:
            yield each
        waiting += [part for part in parts if part not in seen]
        seen.update(parts)


# --- up to one time ---------------------------------------------------------------------------------------------------


def _up_to(course: Course, whole: _Whole, at: int) -> Timeline:
    """The course as it stood at a time."""
    past = [time for time in whole.times if time <= at]
    starts = [*whole.times, *([] if whole.complete_since is None else [whole.complete_since]), at]
    first = min(starts)
    return Timeline(
        course=course.id,
        digest=course.digest,
        at=at,
        has_clock=course.has_clock,
        first=first,
        last_event=max(past, default=None),
        later_events=len(whole.times) - len(past),
        complete_since=whole.complete_since,
        charted=_charted_by(whole, first, at),
        infusions=tuple(each for each, _ in whole.infusions if each.time <= at),
        infused=bool(whole.infusions),
        given=_given_by(whole, at),
        regimens={drug: found for drug, each in whole.steps.items() if (found := _steps_by(each, at))},
        missed={drug: times for drug, each in whole.orders.items() if (times := _missed_by(each, at))},
        done=_done_by(whole, at),
    )


def _charted_by(whole: _Whole, first: int, at: int) -> dict[str, tuple[Charted, ...]]:
    fixed = [(name, msgspec.structs.replace(each, time=first), text) for name, each, text in whole.patient]
    found: dict[str, list[Charted]] = defaultdict(list)
    ordered = sorted([*fixed, *whole.observed], key=lambda each: (each[0], each[1].time, not each[1].fixed, each[2]))
    for name, charted, _ in ordered:
        if charted.time <= at:
            found[name].append(charted)
    return {name: tuple(each) for name, each in found.items()}


def _given_by(whole: _Whole, at: int) -> dict[str, tuple[DoseAt, ...]]:
    """The administrations; an infusion is a dose of its product."""
    found: dict[str, list[DoseAt]] = defaultdict(list)
    for infusion, item in whole.infusions:
        if infusion.time <= at:
            dose = DoseAt(infusion.time, None, None, None, item.span, False, infusion.product)
            found[infusion.product].append(dose)
    for drug, orders in whole.orders.items():
        found[drug] += doses(order for order in orders if order.time <= at)
    return {drug: tuple(sorted(each, key=lambda dose: dose.time)) for drug, each in sorted(found.items()) if each}


def _steps_by(steps: tuple[RegimenStep, ...], at: int) -> tuple[RegimenStep, ...]:
    """The steps that had begun; what ends later was still running."""
    return tuple(
        msgspec.structs.replace(step, end=None) if step.end is not None and step.end > at else step
        for step in steps
        if step.start <= at
    )


def _missed_by(orders: tuple[Order, ...], at: int) -> tuple[int, ...]:
    return tuple(order.time for order in orders if order.kind == "missed" and order.time <= at)


def _done_by(whole: _Whole, at: int) -> dict[str, tuple[int, ...]]:
    found: dict[str, set[int]] = defaultdict(set)
    for action, time in sorted(whole.done):
        if time <= at:
            found[action].add(time)
    return {action: tuple(sorted(times)) for action, times in found.items()}
