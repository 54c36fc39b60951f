"""Generated patients for the shipped knowledge: one moment, or a course with gaps, unknowns, contradictions and drugs.

Values stand on and beside the thresholds that rules use, times on and beside the borders of freshness and windows:
what is drawn evenly would almost never meet either.
"""

import os
from collections.abc import Iterable
from typing import Any, TypeAlias

from hypothesis import settings
from hypothesis import strategies as st

from clinguide import units
from clinguide.compile import load
from clinguide.course import Course, check, time_of, time_text
from clinguide.evaluate import Evaluation, evaluate
from clinguide.model import ClassificationRule, Element, GradeRule, ScoreRule
from clinguide.values import MICRO

Facts: TypeAlias = dict[str, Any]
"""Elements and their values, as `Course.from_facts` takes them."""
Data: TypeAlias = dict[str, Any]
"""A course as `Course.from_dict` takes it."""

KNOWLEDGE = load(as_of="2026-03-01")
"""The shipped knowledge of one day, so that it is compiled once for all courses."""
ANSWERING = sorted(
    name for name, rule in KNOWLEDGE.rules.items() if isinstance(rule, GradeRule | ScoreRule | ClassificationRule)
)
GRADES = ("crs.grade", "icans.grade")
UNKNOWN = "unknown"
SEARCHED = 300
"""Evaluations at the most for one exact answer; beyond it Kleene's wider one stands, for which the same is promised."""
START = time_of("2026-03-01T10:00:00Z")
"""The first infusion of every course that has one."""


def examples(count: int) -> settings:
    """So many examples, times CLINGUIDE_EXAMPLES where that is set: many more than a commit can wait for."""
    return settings(max_examples=count * int(os.environ.get("CLINGUIDE_EXAMPLES", "1")))


def of_facts(facts: Facts) -> Evaluation:
    """The evaluation of one moment."""
    return of_course(Course.from_facts(facts))


def of_data(data: Data, at: int | None = None) -> Evaluation:
    """The evaluation of a course at a time (None: its last event)."""
    return of_course(Course.from_dict(data), at)


def of_course(course: Course, at: int | None = None) -> Evaluation:
    """The evaluation alone, without advice: a fifth of the time of an assessment."""
    timeline = check(course, KNOWLEDGE.elements, KNOWLEDGE.drugs, KNOWLEDGE.actions, at=at)
    return evaluate(KNOWLEDGE, timeline, limit=SEARCHED)


# --- values -----------------------------------------------------------------------------------------------------------

_NUMBERS = {
    "temperature": ("36.6 Cel", "37.9 Cel", "38.0 Cel", "100.4 degF", "38.1 Cel", "40.2 Cel"),
    "systolic_pressure": ("62 mmHg", "81 mmHg", "82 mmHg", "89 mmHg", "90 mmHg", "128 mmHg"),
    "systolic_lowest": ("62 mmHg", "82 mmHg", "89 mmHg", "90 mmHg", "120 mmHg"),
    "baseline_systolic_pressure": ("90 mmHg", "128 mmHg", "180 mmHg"),
    "oxygen_flow": ("2 L/min", "6 L/min", "6.01 L/min", "40 L/min"),
    "oxygen_saturation": ("84 %", "89 %", "90 %", "97 %"),
    "seizure_duration": ("0.5 min", "5 min", "5.5 min", "40 min"),
    "age": ("0.5 a", "1 a", "1.99 a", "2 a", "6 a", "10 a", "10.01 a", "11.99 a", "12 a", "17.99 a", "18 a", "61 a"),
    "weight": ("9 kg", "29.9 kg", "30 kg", "82 kg", "120 kg"),
    "time_since_infusion": ("0 h", "24 h", "336 h", "336.1 h"),
    "time_since_tocilizumab": ("0 h", "7.9 h", "8 h", "23.9 h", "24 h", "30 h"),
    "daily_dexamethasone_equivalent": ("0 mg/d", "20 mg/d", "39.9 mg/d", "40 mg/d"),
    "full_dose_steroid_time": ("0 h", "23.9 h", "24 h", "72 h"),
}
_MOST_COUNTED = 10


def _number_texts(element: Element) -> tuple[str, ...]:
    low, high = element.plausible or (0, 100 * MICRO)
    middle = (low + high) // 2 // MICRO * MICRO
    return tuple(units.micro_text(each, element.unit) for each in (low, middle, high))


def _set_of(element: Element) -> st.SearchStrategy[list[str]]:
    """Few codes, now and then with one more that nobody named."""
    codes = st.lists(st.sampled_from(element.codes), max_size=3, unique=True)
    return st.builds(lambda named, more: [*named, *more], codes, st.sampled_from([[], [], [], [UNKNOWN]]))


def values(element: Element) -> st.SearchStrategy[Any]:
    """Values that can be charted for an element, `unknown` not among them."""
    match element.type:
        case "number":
            return st.sampled_from(_NUMBERS.get(element.id) or _number_texts(element))
        case "count":
            low, high = element.plausible or (0, 4 * MICRO)
            return st.integers(low // MICRO, min(high // MICRO, low // MICRO + _MOST_COUNTED))
        case "boolean":
            return st.booleans()
        case "code":
            return st.sampled_from(element.codes)
        case "codes":
            return _set_of(element)


VALUES = {name: values(element) for name, element in KNOWLEDGE.elements.items()}

# --- one moment -------------------------------------------------------------------------------------------------------

QUIET: Facts = {
    "temperature": "38.5 Cel",
    "age": "61 a",
    "crs_diagnosed": True,
    "antipyretic_or_anticytokine_given": True,
    "crs_resolved_before": False,
    "hypotension": False,
    "vasopressors": [],
    "oxygen_device": "room_air",
    "ice_score": 10,
    "capd_score": 0,
    "consciousness": "alert",
    "seizure": "none",
    "motor_finding": "none",
    "cerebral_edema": "none",
    "raised_pressure_sign": "none",
    "intracranial_haemorrhage": False,
    "sedated": False,
    "neuromuscular_blockade": False,
    "developmental_delay": False,
    "ice_limited_by": "none",
    "capd_not_possible": "none",
    "death_due_to_crs": False,
    "death_due_to_icans": False,
}
"""A patient with a fever and nothing else: what a generated patient differs from, so that no one sign always wins."""
ELEMENTS = sorted(set(KNOWLEDGE.elements) - {"product"})
"""What can be charted; the product comes from the infusions."""


_TOGETHER = (
    ("temperature",),
    ("crs_diagnosed",),
    ("antipyretic_or_anticytokine_given",),
    ("crs_diagnosed", "antipyretic_or_anticytokine_given", "crs_resolved_before"),
    ("hypotension", "vasopressors"),
    ("oxygen_device",),
    ("ice_score", "capd_score"),
    ("consciousness",),
    ("age",),
    ("sedated", "ice_limited_by", "seizure", "motor_finding"),
)
"""What is often not charted, or not known, in one go."""
_SIGNS = ("temperature", "crs_diagnosed", "hypotension", "vasopressors", "oxygen_device", "ice_score", "consciousness")


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """One moment: a quiet patient with a few other signs, with facts charted as unknown and facts not charted."""
    known = dict(QUIET)
    names = draw(st.lists(st.sampled_from(_SIGNS), max_size=3, unique=True))
    names += draw(st.lists(st.sampled_from(sorted(QUIET)), max_size=2, unique=True))
    names += draw(st.lists(st.sampled_from(ELEMENTS), max_size=4, unique=True))
    known.update({name: draw(VALUES[name]) for name in names})
    gaps = [name for group in draw(st.lists(st.sampled_from(_TOGETHER), max_size=4)) for name in group]
    gaps += draw(st.lists(st.sampled_from(sorted(known)), max_size=2))
    for name in gaps:
        if draw(st.booleans()):
            known[name] = UNKNOWN
        else:
            known.pop(name, None)
    return known


# --- a course ---------------------------------------------------------------------------------------------------------

_ROUND = {
    name: QUIET[name]
    for name in ("temperature", "hypotension", "vasopressors", "oxygen_device", "ice_score", "consciousness")
}
_USUAL = (*_ROUND, "temperature", "systolic_pressure", "oxygen_flow", "seizure")
_HISTORY = [name for name in ELEMENTS if name not in ("age", "sex")]
# Minutes from one event to the next: on and beside the ends of 8 h, 12 h, 14 h and 24 h, and a long silence.
_GAPS = (1, 30, 240, 360, 479, 480, 481, 720, 840, 841, 1440, 1441, 5760)
_DRUGS = (
    "tocilizumab",
    "tocilizumab",
    "acetaminophen",
    "dexamethasone",
    "methylprednisolone",
    "hydrocortisone",
    "anakinra",
    "siltuximab",
)
_REGIMENS = ("dexamethasone", "methylprednisolone", "anakinra", "acetaminophen")
_DOSES = ("4 mg", "10 mg", "656 mg", UNKNOWN)
_ROUTES = ("intravenous", "oral", "intrathecal", UNKNOWN)


def minutes(count: int) -> str:
    """The time so many minutes after the first infusion."""
    return time_text(START + count * 60_000_000)


def _charted(name: str) -> st.SearchStrategy[Any]:
    return st.one_of(VALUES[name], VALUES[name], VALUES[name], st.just(UNKNOWN))


@st.composite
def _observed(draw: st.DrawFn) -> Facts:
    """A whole round or nothing, with some facts that differ from it or are charted besides."""
    known: Facts = draw(st.sampled_from([{}, _ROUND, _ROUND]))
    names = draw(st.lists(st.sampled_from(_USUAL), max_size=3)) + draw(st.lists(st.sampled_from(_HISTORY), max_size=1))
    return known | {name: draw(_charted(name)) for name in dict.fromkeys(names)}


_GIVEN = st.fixed_dictionaries(
    {"drug": st.sampled_from(_DRUGS), "repeat": st.just(True)},
    optional={"dose": st.sampled_from(_DOSES), "route": st.sampled_from(_ROUTES)},
)


@st.composite
def _event(draw: st.DrawFn, at: int) -> Data:
    event: Data = {"at": minutes(at), "observed": draw(_observed())}
    if given := draw(st.lists(_GIVEN, max_size=1)):
        event["given"] = given
    if draw(st.integers(0, 7)) == 7:
        event["done"] = ["blood-cultures"]
    return event


def _regimen(draw: st.DrawFn, drug: str, events: list[Data]) -> None:
    """Write one drug's regimen into events of rising times: begun, changed, missed, stopped, begun again."""
    runs = False
    for event in events:
        choices = ["", "changed", "missed", "stopped"] if runs else ["", "started"]
        kind = draw(st.sampled_from(choices))
        if not kind:
            continue
        entry: Data = {"drug": drug}
        if kind in ("started", "changed"):
            entry |= {"dose": draw(st.sampled_from(_DOSES)), "every": draw(st.sampled_from(["6 h", "12 h", UNKNOWN]))}
            entry["route"] = draw(st.sampled_from(_ROUTES))
        event.setdefault(kind, []).append(entry)
        runs = kind != "stopped" and (runs or kind == "started")


_INFUSIONS: tuple[list[Data], ...] = (
    [],
    [{"product": "axi-cel", "at": minutes(0)}],
    [{"product": "axi-cel", "at": minutes(0)}],
    [{"product": "cilta-cel", "at": minutes(0)}, {"product": "cilta-cel", "at": minutes(1440)}],
    [{"product": "axi-cel", "at": minutes(0)}, {"product": "tisa-cel", "at": minutes(2880), "treatment": 2}],
)
_RECORDS: tuple[Data, ...] = (
    {},
    {"medications": {"complete_since": minutes(-14400)}},
    {"medications": {"complete_since": minutes(-14400)}},
    {"medications": {"complete_since": minutes(600)}},
)
_PATIENT = st.one_of(
    st.just({"age": "61 a", "weight": "82 kg"}),
    st.fixed_dictionaries({}, optional={name: _charted(name) for name in ("age", "sex", "weight")}),
)


@st.composite
def courses(draw: st.DrawFn) -> Data:
    """A course of one to seven events around none, one or two infusions, its record complete, partly so, or not."""
    times = [draw(st.sampled_from([-2880, -60, 0, 600]))]
    times += draw(st.lists(st.sampled_from(_GAPS), max_size=5))
    times = [sum(times[: number + 1]) for number in range(len(times))]
    events = [draw(_event(time)) for time in times]
    for drug in draw(st.lists(st.sampled_from(_REGIMENS), max_size=2, unique=True)):
        _regimen(draw, drug, events)
    if draw(st.integers(0, 3)) == 3:
        # Two people chart for one time; now and then they disagree.
        events.append({"at": draw(st.sampled_from([event["at"] for event in events])), "observed": draw(_observed())})
    infusions = draw(st.sampled_from(_INFUSIONS))
    record: Data = draw(st.sampled_from(_RECORDS))
    return {"patient": draw(_PATIENT), "infusions": infusions, "events": events, **record}


LATER = st.sampled_from([None, None, None, 1, 480, 481, 1440, 1441])
"""Minutes after the last event at which a course is assessed; None at the last event itself."""


def end_of(data: Data) -> int:
    """When the last event of a course was."""
    times: Iterable[str] = (each["at"] for each in [*data["events"], *data["infusions"]])
    return max(map(time_of, times))


def at_of(data: Data, later: int | None) -> int | None:
    """The time of assessment so many minutes after the last event."""
    return None if later is None else end_of(data) + later * 60_000_000
