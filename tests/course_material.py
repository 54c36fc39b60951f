"""A little knowledge for the tests of courses: elements of every type, drugs in nested classes, a group of actions."""

from clinguide.course import Course, Timeline, check, time_of
from clinguide.model import ActionType, Drug, Element
from clinguide.problems import Span
from clinguide.values import MICRO

HERE = Span("knowledge", 1, 1, 2, "")
HOUR = 3_600_000_000
DAY = 24 * HOUR


def _element(name: str, **details: object) -> Element:
    return Element(**{"id": name, "title": name, "span": HERE, "digest": "", "type": "number", **details})  # type: ignore[arg-type]


def _drug(name: str, class_: str | None = None, routes: tuple[str, ...] = ()) -> Drug:
    return Drug(name, name, HERE, "", class_, routes=routes)


ELEMENTS = {
    each.id: each
    for each in (
        _element("temperature", unit="Cel", plausible=(25 * MICRO, 45 * MICRO), fresh_for=8 * HOUR),
        _element("crp", unit="mg/L"),
        _element("age", unit="a", plausible=(0, 120 * MICRO)),
        _element("weight", unit="kg"),
        _element("fibrin_ratio"),
        _element("ice_score", type="count", plausible=(0, 10 * MICRO)),
        _element("fluid_boluses", type="count"),
        _element("hypotension", type="boolean"),
        _element("sex", type="code", codes=("female", "male")),
        _element("oxygen_device", type="code", codes=("room_air", "nasal_cannula")),
        _element("vasopressors", type="codes", codes=("norepinephrine", "epinephrine", "vasopressin")),
        _element("product", type="code", codes=("axi-cel", "tisa-cel")),
    )
}
STEROID_ROUTES = ("intravenous", "oral", "intramuscular")
DRUGS = {
    each.id: each
    for each in (
        _drug("anticytokine"),
        _drug("systemic-corticosteroid", "anticytokine", STEROID_ROUTES),
        _drug("tocilizumab", "anticytokine"),
        _drug("dexamethasone", "systemic-corticosteroid", STEROID_ROUTES),
        _drug("methylprednisolone", "systemic-corticosteroid", STEROID_ROUTES),
    )
}
ACTIONS = {
    each.id: each
    for each in (
        ActionType("blood-cultures", "Blood cultures", HERE, ""),
        ActionType("urine-culture", "Urine culture", HERE, ""),
        ActionType("infection-work-up", "Work-up", HERE, "", parts=("blood-cultures", "urine-culture")),
        ActionType("everything", "All of it", HERE, "", parts=("infection-work-up", "everything")),
    )
}


def moment(text: str) -> int:
    """A time of March 2026, written `04T09:00`, in microseconds."""
    return time_of(f"2026-03-{text}:00Z")


def timeline(text: str, at: str | None = None) -> Timeline:
    """The timeline of a course in a text, up to a time of March 2026."""
    course = Course.from_text(text, "course.yaml")
    return check(course, ELEMENTS, DRUGS, ACTIONS, at=moment(at) if at else None)
