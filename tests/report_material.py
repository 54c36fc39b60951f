"""Results made by hand, so that what a report says of them is judged apart from what the engine finds."""

from typing import Any

from clinguide.results import (
    Advice,
    Confirm,
    Do,
    DoseSaid,
    Engines,
    Fact,
    Finding,
    KnowledgeSaid,
    Missing,
    NoticeSaid,
    ProtocolSaid,
    Reason,
    Result,
    Run,
    WithheldBy,
)

AT = "2026-03-04T21:00:00Z"


def fact(element: str, value: Any, **changes: Any) -> Fact:
    """A fact charted at the time of the assessment, unless changed."""
    return Fact(**{"element": element, "value": value, "at": AT, "age": "PT0S", "source": "observed"} | changes)


def reason(line: str, *facts: Fact, **changes: Any) -> Reason:
    """A line that holds, unless changed."""
    return Reason(**{"line": line, "label": None, "truth": "true", "facts": list(facts)} | changes)


def grade(name: str, value: int | None, /, **changes: Any) -> Finding:
    """A determined grade; undetermined where `value` is None."""
    whole: dict[str, Any] = {
        "rule": f"{name.lower()}.grade",
        "title": f"{name} grade",
        "version": "1.0.0",
        "kind": "grade",
        "status": "determined" if value is not None else "undetermined",
        "value": value,
        "at_least": value,
        "at_most": value,
        "possible": [],
        "band": None,
        "exact": True,
        "missing": [],
        "assumed": [],
        "discounted": [],
        "because": [],
        "contradictions": [],
        "states": [],
    }
    return Finding(**whole | changes)


def do(verb: str, what: str, **changes: Any) -> Do:
    """Something to do; a drug where it is given."""
    drug = verb == "give"
    whole: dict[str, Any] = {
        "verb": verb,
        "give": what if drug else None,
        "object": None if drug else what,
        "title": what.replace("-", " ").capitalize(),
        "route": None,
        "over": None,
        "every": None,
        "duration": None,
        "dose": None,
        "state": None,
        "last_given": None,
        "next_due": None,
        "parts": [],
        "states": [],
    }
    return Do(**whole | changes)


def dose(amount: str | None, how: str, every: str | None = None) -> DoseSaid:
    """A dose; None where no amount is computed."""
    return DoseSaid(amount, amount, every, how)


def advice(rule: str, *what: Do, **changes: Any) -> Advice:
    """A recommended advice for the next hour, unless changed."""
    whole: dict[str, Any] = {
        "rule": rule,
        "title": f"Title of {rule}",
        "version": "1.0.0",
        "question": None,
        "status": "recommended",
        "do": list(what),
        "within": "1 h",
        "strength": "recommend",
        "certainty": "not_stated",
        "basis": "consensus",
        "verify": [],
        "missing": [],
        "withheld_by": [],
        "confirm": [],
        "warnings": [],
        "alternatives": [],
        "because": [],
        "states": [],
    }
    return Advice(**whole | changes)


def result(**changes: Any) -> Result:
    """A result without findings and advice, unless changed."""
    whole: dict[str, Any] = {
        "at": AT,
        "course": "somebody",
        "course_digest": "sha256:" + "0" * 64,
        "digest": "sha256:" + "0" * 64,
        "facts_to": AT,
        "later_events": 0,
        "knowledge": KnowledgeSaid("sha256:" + "0" * 64, ProtocolSaid("default", "0.1.0"), [], "2026-03-04", []),
        "findings": [],
        "recommendations": [],
        "notices": [],
        "plan": [],
        "next": [],
        "ask": [],
    }
    return Result(**whole | changes)


def run(**changes: Any) -> Run:
    """A run in which both engines agree, unless changed."""
    engines: dict[str, Any] = {
        "reference": "0.1.0",
        "durable_rules": "2.0.28",
        "agreement": "agree",
        "compared": 104,
        "differences": [],
        "fault": None,
    }
    now = changes.pop("now", None)
    return Run(Engines(**engines | changes), "draft: not approved for patient care", now)


def missing(*elements: str) -> list[Missing]:
    """Facts that are not known."""
    return [Missing(each, 1) for each in elements]


def confirm(element: str, says: str) -> Confirm:
    """A fact to confirm."""
    return Confirm(element, says)


def notice(says: str, **changes: Any) -> NoticeSaid:
    """A notice that holds and is not urgent, unless changed."""
    whole: dict[str, Any] = {"rule": "crs.grade", "says": says, "urgent": False, "status": "holds"}
    return NoticeSaid(**whole | changes)


def withheld(title: str, **changes: Any) -> WithheldBy:
    """A limit that is passed, unless changed."""
    whole: dict[str, Any] = {
        "invariant": "safety.limit",
        "title": title,
        "because": "violated",
        "lifts_at": None,
        "instead": None,
    }
    return WithheldBy(**whole | changes)
