"""What a course says that a derivation reads besides the facts of the moment: chartings, doses, infusions."""

from collections.abc import Iterator

from clinguide import units
from clinguide.compile import derivations as ir
from clinguide.compile import order
from clinguide.course import DoseAt, RegimenStep
from clinguide.explain.contract import FactRead, Source
from clinguide.explain.said import Seen, said, time_said, title
from clinguide.results import Said
from clinguide.values import Value

RECORD = "medications"
"""The name of what a course says of its own completeness."""


def event(seen: Seen, name: str, value: Said, time: int | None, source: Source) -> FactRead:
    """One entry of a course as a fact without a derivation."""
    at, age = time_said(seen.evaluation, time)
    return FactRead(name, title(seen.knowledge, name), value, at, age, source, None, [], [])


def charted(seen: Seen, name: str, within: int | None = None) -> list[FactRead]:
    """The chartings of an element, oldest first; of a window also the one that was in force when it began."""
    now = seen.evaluation.timeline.at
    known = [each for each in seen.evaluation.timeline.charted.get(name, ()) if each.fixed or each.time <= now]
    if within is not None:
        inside = [each for each in known if each.time > now - within]
        known = known[len(known) - len(inside) - 1 :] if len(inside) < len(known) else known
    return [
        event(
            seen,
            name,
            None if each.unknown else said(seen.knowledge.names.get(name), each.value),
            None if each.fixed else each.time,
            "baseline" if each.fixed else "observed",
        )
        for each in known
    ]


def events(seen: Seen, form: ir.Form) -> list[FactRead]:
    """The doses, regimens, infusions and things done that a form reads, oldest first, then the state of the record."""
    window = order.form_window(form)
    found = [*_anchors(seen, form)]
    match form:
        case ir.DoseCount():
            found += _given(seen, form.drugs, window.within if window else None)
        case ir.DoseTotal():
            found += _given(seen, _drugs(form), form.window.within)
        case ir.DailyRate():
            found += [*_regimens(seen, _drugs(form)), *_given(seen, _drugs(form), None, alone=True)]
            found += _missed(seen, _drugs(form))
        case ir.SinceDone():
            found += _done(seen, form.parts)
        case _:
            pass
    # An anchor and a window may both read one dose.
    once = {(each.at or "", each.name, each.source): each for each in found}
    reads_doses = isinstance(form, ir.DoseCount | ir.DoseTotal | ir.DailyRate)
    return [once[key] for key in sorted(once)] + ([_record(seen)] if reads_doses else [])


def _drugs(form: ir.DoseTotal | ir.DailyRate) -> frozenset[str]:
    return frozenset(drug for drug, _, _ in form.factors)


def _anchors(seen: Seen, form: ir.Form) -> Iterator[FactRead]:
    timeline = seen.evaluation.timeline
    for anchor in order.form_anchors(form):
        match anchor:
            case ir.AtInfusion():
                happened = [each for each in timeline.infusions if each.time <= timeline.at]
                yield from (event(seen, "product", each.product, each.time, "infusion") for each in happened)
            case ir.AtDose():
                yield from _given(seen, anchor.drugs, None)
            case ir.AtStart():
                yield from _regimens(seen, anchor.drugs)
            case _:
                pass


def _given(seen: Seen, drugs: frozenset[str], within: int | None, *, alone: bool = False) -> Iterator[FactRead]:
    """The administrations of some drugs; `alone`: without the first doses of regimens, which stand beside them."""
    timeline = seen.evaluation.timeline
    for drug in sorted(drugs):
        for dose in timeline.given.get(drug, ()):
            lately = within is None or dose.time > timeline.at - within
            if dose.time <= timeline.at and lately and not (alone and dose.first_of_regimen):
                yield event(seen, drug, _amount(dose), dose.time, "given")


def _amount(entry: DoseAt | RegimenStep) -> str | None:
    """What is charted of a dose or regimen: "10 mg every 6 h intravenous"; null where that is nothing."""
    told = [units.micro_text(entry.amount_micro, entry.unit)] if entry.amount_micro is not None else []
    if isinstance(entry, RegimenStep) and entry.every_us is not None:
        told.append(f"every {units.duration_text(entry.every_us)}")
    return " ".join([*told, *([entry.route] if entry.route else [])]) or None


def _regimens(seen: Seen, drugs: frozenset[str]) -> Iterator[FactRead]:
    timeline = seen.evaluation.timeline
    for drug in sorted(drugs):
        for step in timeline.regimens.get(drug, ()):
            if step.start <= timeline.at:
                yield event(seen, drug, _amount(step), step.start, "regimen")
            if step.end is not None and step.end <= timeline.at and not _goes_on(timeline.regimens[drug], step.end):
                yield event(seen, drug, "stopped", step.end, "regimen")


def _goes_on(steps: tuple[RegimenStep, ...], time: int) -> bool:
    return any(step.start == time for step in steps)


def _missed(seen: Seen, drugs: frozenset[str]) -> Iterator[FactRead]:
    timeline = seen.evaluation.timeline
    for drug in sorted(drugs):
        for time in timeline.missed.get(drug, ()):
            if time <= timeline.at:
                yield event(seen, drug, None, time, "missed")


def _done(seen: Seen, parts: tuple[str, ...]) -> Iterator[FactRead]:
    timeline = seen.evaluation.timeline
    for part in parts:
        for time in timeline.done.get(part, ()):
            if time <= timeline.at:
                yield event(seen, part, None, time, "done")


def _record(seen: Seen) -> FactRead:
    """Whether the course says that its record of drugs is complete: else none found does not mean none given."""
    since = seen.evaluation.timeline.complete_since
    at, _ = time_said(seen.evaluation, since)
    complete: Value = since is not None
    return FactRead(RECORD, "Record of drugs is complete", said(None, complete), at, None, "record", None, [], [])
