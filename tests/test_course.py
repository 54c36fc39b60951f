"""A course is read strictly, and refused with every problem at once, each at its place."""

import ast
from pathlib import Path

import pytest

from clinguide.course import Course, check, open_value, time_of, time_text
from clinguide.problems import CourseError
from clinguide.values import MICRO, OPEN, SetValue
from course_material import ACTIONS, DRUGS, ELEMENTS, moment, timeline

COURSE = Path(__file__).parents[1] / "engine" / "clinguide" / "course"
TELLING = ("add", "unknown", "Problem", "TimeError")
REFUSED = {
    "a misspelt element": (
        "observed: {temperatur: 39 Cel}",
        """\
unknown-element: no element is called 'temperatur'
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {temperatur: 39 Cel}}
      |                                           ^^^^^^^^^^
   hint: did you mean 'temperature'?""",
    ),
    "a computed answer": (
        "observed: {crs.grade: 2}",
        """\
unknown-element: no element is called 'crs.grade'
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {crs.grade: 2}}
      |                                           ^^^^^^^^^
   hint: grades and scores are computed: chart the facts that they read""",
    ),
    "a code with a Cyrillic letter": (
        "observed: {vasopressors: [norepinephriпe]}",
        """\
unknown-code: 'norepinephriпe' is no code of 'vasopressors'
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {vasopressors: [norepinephriпe]}}
      |                                                          ^^^^^^^^^^^^^^
   hint: did you mean 'norepinephrine'? (Cyrillic small letter pe at character 13)""",
    ),
    "a code that is like none": (
        "observed: {oxygen_device: jet}",
        """\
unknown-code: 'jet' is no code of 'oxygen_device'
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {oxygen_device: jet}}
      |                                                          ^^^
   hint: codes are room_air, nasal_cannula""",
    ),
    "a set that is no list": (
        "observed: {vasopressors: norepinephrine}",
        """\
wrong-type: 'vasopressors' is a list of codes
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {vasopressors: norepinephrine}}
      |                                                         ^^^^^^^^^^^^^^
   hint: write it as a list: [norepinephrine]""",
    ),
    "a list for one code": (
        "observed: {sex: [male]}",
        """\
wrong-type: 'sex' is one code, not [male]
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {sex: [male]}}
      |                                                ^^^^^^
   hint: codes are female, male""",
    ),
    "a number without the unit that matters": (
        "observed: {temperature: 39}",
        """\
missing-unit: 'temperature' needs its unit
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {temperature: 39}}
      |                                                        ^^
   hint: write the number and its unit: Cel, or one that converts to it""",
    ),
    "a number with a unit of another kind": (
        "observed: {temperature: 39 kg}",
        """\
bad-quantity: 'kg' cannot be converted to 'Cel'
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {temperature: 39 kg}}
      |                                                        ^^^^^
   hint: write the value in Cel""",
    ),
    "a unit where none belongs": (
        "observed: {ice_score: 7 mg}",
        """\
unit-not-wanted: 'ice_score' has no unit
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {ice_score: 7 mg}}
      |                                                      ^^^^
   hint: write the number without a unit""",
    ),
    "half a count": (
        "observed: {ice_score: 7.5}",
        """\
wrong-type: 'ice_score' is a count, not 7.5
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {ice_score: 7.5}}
      |                                                      ^^^
   hint: write a whole number""",
    ),
    "less than nothing counted": (
        "observed: {fluid_boluses: -1}",
        """\
implausible: -1 is no plausible value of 'fluid_boluses'
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {fluid_boluses: -1}}
      |                                                          ^^
   hint: 'fluid_boluses' is at least 0: check the digits and the unit""",
    ),
    "a value that nobody has": (
        "observed: {temperature: 391 Cel}",
        """\
implausible: 391 Cel is no plausible value of 'temperature'
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {temperature: 391 Cel}}
      |                                                        ^^^^^^^
   hint: 'temperature' is at least 25 Cel and at most 45 Cel: check the digits and the unit""",
    ),
    "a boolean for a number": (
        "observed: {ice_score: true}",
        """\
wrong-type: 'ice_score' is a number, not true
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {ice_score: true}}
      |                                                      ^^^^
   hint: write the number without a unit""",
    ),
    "a number for a boolean": (
        "observed: {hypotension: 1}",
        """\
wrong-type: 'hypotension' is true or false, not 1
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {hypotension: 1}}
      |                                                        ^
   hint: write true, false or unknown""",
    ),
    "yes for true": (
        "observed: {hypotension: yes}",
        """\
wrong-type: 'hypotension' is true or false, not yes
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {hypotension: yes}}
      |                                                        ^^^
   hint: write true or false, without quotes""",
    ),
    "a fact of the patient charted again": (
        "observed: {age: 62 a}",
        """\
charted-twice: 'age' is charted twice: it is a fact of the patient
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {age: 62 a}}
      |                                           ^^^
   hint: it holds for the whole course: leave it out here, or under `patient`""",
    ),
    "a misspelt drug": (
        "given: {drug: tocilizumap}",
        """\
unknown-drug: no drug is called 'tocilizumap'
    3 |   - {at: 2026-03-03T08:00:00Z, given: {drug: tocilizumap}}
      |                                              ^^^^^^^^^^^
   hint: did you mean 'tocilizumab'?""",
    ),
    "a class for a drug": (
        "given: {drug: anticytokine}",
        """\
drug-class: 'anticytokine' is a class of drugs
    3 |   - {at: 2026-03-03T08:00:00Z, given: {drug: anticytokine}}
      |                                              ^^^^^^^^^^^^
   hint: name the drug: dexamethasone, methylprednisolone, tocilizumab""",
    ),
    "a misspelt route": (
        "given: {drug: tocilizumab, route: intravenus}",
        """\
unknown-route: no route is called 'intravenus'
    3 |   - {at: 2026-03-03T08:00:00Z, given: {drug: tocilizumab, route: intravenus}}
      |                                                                  ^^^^^^^^^^
   hint: did you mean 'intravenous'?""",
    ),
    "a dose without its unit": (
        "given: {drug: tocilizumab, dose: 656}",
        """\
missing-unit: the dose 656 needs its unit
    3 |   - {at: 2026-03-03T08:00:00Z, given: {drug: tocilizumab, dose: 656}}
      |                                                                 ^^^
   hint: write it as 656 mg""",
    ),
    "a dose by weight": (
        "given: {drug: tocilizumab, dose: 8 mg/kg}",
        """\
bad-quantity: 8 mg/kg is no dose
    3 |   - {at: 2026-03-03T08:00:00Z, given: {drug: tocilizumab, dose: 8 mg/kg}}
      |                                                                 ^^^^^^^
   hint: write what was given in all, as 656 mg, not per kg, per m2 or per hour""",
    ),
    "a dose in a unit that nobody knows": (
        "given: {drug: tocilizumab, dose: 656 mgg}",
        """\
bad-quantity: no unit is called 'mgg'
    3 |   - {at: 2026-03-03T08:00:00Z, given: {drug: tocilizumab, dose: 656 mgg}}
      |                                                                 ^^^^^^^
   hint: did you mean 'mg'?""",
    ),
    "a negative dose": (
        "given: {drug: tocilizumab, dose: -656 mg}",
        """\
implausible: a dose of -656 mg cannot have been given
    3 |   - {at: 2026-03-03T08:00:00Z, given: {drug: tocilizumab, dose: -656 mg}}
      |                                                                 ^^^^^^^
   hint: leave the entry out where nothing was given; a planned dose that was not given is `missed`""",
    ),
    "one drug twice in one minute": (
        "given: [{drug: tocilizumab}, {drug: tocilizumab}]",
        """\
given-twice: 'tocilizumab' is given twice in one minute
    3 |   - {at: 2026-03-03T08:00:00Z, given: [{drug: tocilizumab}, {drug: tocilizumab}]}
      |                                                                    ^^^^^^^^^^^
   hint: delete one, or write `repeat: true` where it really was given twice""",
    ),
    "an interval without its unit": (
        "started: {drug: dexamethasone, every: 6}",
        """\
missing-unit: the interval 6 needs its unit
    3 |   - {at: 2026-03-03T08:00:00Z, started: {drug: dexamethasone, every: 6}}
      |                                                                      ^
   hint: write it as 6 h""",
    ),
    "an interval that is no time": (
        "started: {drug: dexamethasone, every: 6 mg}",
        """\
bad-quantity: 'mg' is not a unit of time
    3 |   - {at: 2026-03-03T08:00:00Z, started: {drug: dexamethasone, every: 6 mg}}
      |                                                                      ^^^^
   hint: units of time are s, min, h, d, wk, a""",
    ),
    "no interval at all": (
        "started: {drug: dexamethasone, every: 0 h}",
        """\
implausible: doses every 0 h cannot be
    3 |   - {at: 2026-03-03T08:00:00Z, started: {drug: dexamethasone, every: 0 h}}
      |                                                                      ^^^
   hint: write it as 6 h""",
    ),
    "an end without a beginning": (
        "stopped: {drug: dexamethasone}",
        """\
no-regimen: 'dexamethasone' is stopped, but no regimen of it is running then
    3 |   - {at: 2026-03-03T08:00:00Z, stopped: {drug: dexamethasone}}
      |                                                ^^^^^^^^^^^^^
   hint: write `started` where the regimen began""",
    ),
    "a change of nothing": (
        "changed: {drug: dexamethasone, dose: 20 mg}",
        """\
no-regimen: 'dexamethasone' is changed, but no regimen of it is running then
    3 |   - {at: 2026-03-03T08:00:00Z, changed: {drug: dexamethasone, dose: 20 mg}}
      |                                                ^^^^^^^^^^^^^
   hint: write `started` where the regimen began""",
    ),
    "a dose missed that nobody planned": (
        "missed: {drug: dexamethasone}",
        """\
no-regimen: 'dexamethasone' is missed, but no regimen of it is running then
    3 |   - {at: 2026-03-03T08:00:00Z, missed: {drug: dexamethasone}}
      |                                               ^^^^^^^^^^^^^
   hint: write `started` where the regimen began""",
    ),
    "two beginnings": (
        "started: [{drug: dexamethasone}, {drug: dexamethasone, dose: 1 mg}]",
        """\
already-running: a regimen of 'dexamethasone' is running already
    3 |   - {at: 2026-03-03T08:00:00Z, started: [{drug: dexamethasone}, {drug: dexamethasone, dose: 1 mg}]}
      |                                                                        ^^^^^^^^^^^^^
   hint: write `changed` for another dose or interval, or `stopped` before it""",
    ),
    "a misspelt action": (
        "done: [blood-culture]",
        """\
unknown-action: no action is called 'blood-culture'
    3 |   - {at: 2026-03-03T08:00:00Z, done: [blood-culture]}
      |                                       ^^^^^^^^^^^^^
   hint: did you mean 'blood-cultures'?""",
    ),
    "a misspelt key": (
        "observd: {temperature: 39 Cel}",
        """\
unknown-key: 'observd' is no key here
    3 |   - {at: 2026-03-03T08:00:00Z, observd: {temperature: 39 Cel}}
      |                                ^^^^^^^
   hint: did you mean 'observed'?""",
    ),
    "a value left empty": (
        "observed: {temperature: }",
        """\
schema: 'temperature' must be text, a number, true or false or a list, not nothing
    3 |   - {at: 2026-03-03T08:00:00Z, observed: {temperature: }}
      |                                                        ^
   hint: A number with its unit (38.5 Cel), a count, a code, true, false, a list of codes, or unknown.""",
    ),
}


@pytest.mark.parametrize(("event", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_wrong_entry_is_refused_at_its_place(event: str, message: str) -> None:
    """Every problem has place, text, caret and what to do; and nothing else is told for one mistake."""
    text = f"patient: {{age: 61 a}}\nevents:\n  - {{at: 2026-03-03T08:00:00Z, {event}}}\n"
    with pytest.raises(CourseError) as refused:
        timeline(text)
    (problem,) = refused.value.problems
    assert problem.span is not None
    assert str(problem) == f"course.yaml:3:{problem.span.column}: {message}"


WRONG_WHOLE = {
    "a fact that changes, charted without a time": (
        "patient: {temperature: 38 Cel}\nevents:\n  - at: 2026-03-03T08:00:00Z\n",
        """\
course.yaml:1:11: not-of-the-patient: 'temperature' changes with time: it is no fixed fact of the patient
    1 | patient: {temperature: 38 Cel}
      |           ^^^^^^^^^^^
   hint: chart it under `observed` of an event, with its time""",
    ),
    "a time without its zone": (
        "events:\n  - at: 2026-03-03T08:00:00\n",
        """\
course.yaml:2:9: time-without-zone: the time '2026-03-03T08:00:00' has no zone
    2 |   - at: 2026-03-03T08:00:00
      |         ^^^^^^^^^^^^^^^^^^^
   hint: write '2026-03-03T08:00:00Z' where it is UTC, else the difference to UTC, as '2026-03-03T08:00:00+01:00'""",
    ),
    "no time": (
        "events:\n  - at: yesterday\n",
        """\
course.yaml:2:9: bad-time: 'yesterday' is not a time
    2 |   - at: yesterday
      |         ^^^^^^^^^
   hint: write it as 2026-03-01T10:00:00Z""",
    ),
    "a day that never was": (
        "events:\n  - at: 2026-02-29T08:00:00Z\n",
        """\
course.yaml:2:9: bad-time: '2026-02-29T08:00:00Z' is on no calendar
    2 |   - at: 2026-02-29T08:00:00Z
      |         ^^^^^^^^^^^^^^^^^^^^
   hint: check day, month, hour and minute""",
    ),
    "a year with a slip": (
        "events:\n  - at: 0226-02-28T08:00:00Z\n",
        """\
course.yaml:2:9: bad-time: the year 226 cannot be right
    2 |   - at: 0226-02-28T08:00:00Z
      |         ^^^^^^^^^^^^^^^^^^^^
   hint: check the year""",
    ),
    "a misspelt product": (
        "infusions:\n  - {product: axicel, at: 2026-03-01T10:00:00Z}\nevents: []\n",
        """\
course.yaml:2:15: unknown-product: no product is called 'axicel'
    2 |   - {product: axicel, at: 2026-03-01T10:00:00Z}
      |               ^^^^^^
   hint: did you mean 'axi-cel'?""",
    ),
    "treatments out of order": (
        """\
infusions:
  - {product: axi-cel, at: 2026-03-01T10:00:00Z, treatment: 2}
  - {product: axi-cel, at: 2026-03-02T10:00:00Z}
events: []
""",
        """\
course.yaml:3:6: treatment-order: treatment 1 goes on after treatment 2 began
    3 |   - {product: axi-cel, at: 2026-03-02T10:00:00Z}
      |      ^^^^^^^
   hint: number the treatments in their order""",
    ),
    "two changes at one time": (
        """\
events:
  - at: 2026-03-03T08:00:00Z
    started: {drug: dexamethasone}
  - at: 2026-03-04T08:00:00Z
    changed: [{drug: dexamethasone, dose: 1 mg}, {drug: dexamethasone, dose: 2 mg}]
""",
        """\
course.yaml:5:57: changed-twice: 'dexamethasone' was changed twice at one time
    5 |     changed: [{drug: dexamethasone, dose: 1 mg}, {drug: dexamethasone, dose: 2 mg}]
      |                                                         ^^^^^^^^^^^^^
   hint: leave one of them out""",
    ),
    "nothing with a time": (
        "events: []\n",
        """\
course.yaml:1:1: no-event: nothing has a time in this course
    1 | events: []
      | ^^^^^^^^^^
   hint: add an event, or say for which time the course is to be assessed""",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG_WHOLE.values(), ids=WRONG_WHOLE.keys())
def test_a_wrong_course_is_refused_at_its_place(text: str, message: str) -> None:
    """Times, infusions and the order of a regimen are checked like every value."""
    with pytest.raises(CourseError) as refused:
        timeline(text)
    assert str(refused.value) == message


def test_every_code_is_shown() -> None:
    """No problem of a course can be told without a reviewed example of it in this file."""
    calls = [
        node
        for file in COURSE.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in TELLING
    ]
    codes = {str(node.args[0].value) for node in calls if node.args and isinstance(node.args[0], ast.Constant)}
    source = Path(__file__).read_text(encoding="utf-8")
    assert len(codes) > 20
    assert {code for code in codes if f"{code}: " not in source and f'"{code}"' not in source} == set()


def test_all_problems_are_told_at_once() -> None:
    """Whoever charts reads the whole list, in the order of the file, and not one problem at a time."""
    text = """\
patient: {age: 61}
events:
  - at: 2026-03-03T08:00:00
    observed: {temperature: 390 Cel, hypotension: yes}
    given: {drug: tocilizumap, dose: 656}
"""
    with pytest.raises(CourseError) as refused:
        timeline(text)
    codes = [problem.code for problem in refused.value.problems]
    assert codes == [
        "missing-unit",
        "time-without-zone",
        "implausible",
        "wrong-type",
        "unknown-drug",
        "missing-unit",
    ]


def test_a_hostile_course_does_not_fill_the_memory_with_problems() -> None:
    """A thousand problems are told; that there are more is one more problem."""
    course = Course.from_facts({"vasopressors": ["nothing"] * 2000})
    with pytest.raises(CourseError) as refused:
        check(course, ELEMENTS, DRUGS, ACTIONS)
    assert len(refused.value.problems) <= 1001
    assert refused.value.problems[-1].code == "unknown-code"
    assert "too-many-problems" in {problem.code for problem in refused.value.problems}


def test_what_is_still_to_come_is_refused() -> None:
    """An event after the clock is a slip of the date, also where the assessment looks at an earlier time."""
    course = Course.from_text("events:\n  - at: 2026-03-03T08:00:00Z\n  - at: 2026-03-30T08:00:00Z\n", "course.yaml")
    with pytest.raises(CourseError) as refused:
        check(course, ELEMENTS, DRUGS, ACTIONS, at=moment("03T08:00"), now=moment("03T09:00"))
    assert (
        str(refused.value)
        == """\
course.yaml:3:9: after-clock: 2026-03-30T08:00:00Z is still to come
    3 |   - at: 2026-03-30T08:00:00Z
      |         ^^^^^^^^^^^^^^^^^^^^
   hint: check the date and the zone; what is still to come is not charted"""
    )


def test_a_misspelt_event_after_the_time_asked_for_is_refused_too() -> None:
    """Whether a course is refused does not depend on the time at which it is assessed."""
    text = "events:\n  - at: 2026-03-03T08:00:00Z\n  - {at: 2026-03-04T08:00:00Z, observed: {temp: 39 Cel}}\n"
    with pytest.raises(CourseError, match="no element is called 'temp'"):
        timeline(text, at="03T08:00")


# --- what is accepted, and what becomes of it -------------------------------------------------------------------------


def _value(element: str, written: object) -> object:
    checked = check(Course.from_facts({element: written}), ELEMENTS, DRUGS, ACTIONS)
    (charted,) = checked.charted[element]
    return "unknown" if charted.unknown else charted.value


VALUES = {
    "a number with its unit": ("temperature", "38.9 Cel", (38_900_000, 38_900_000)),
    "a number in another unit": ("temperature", "100.4 degF", (38_000_000, 38_000_000)),
    "a plain number": ("fibrin_ratio", 1.5, (1_500_000, 1_500_000)),
    "a plain number as text": ("fibrin_ratio", "1.5", (1_500_000, 1_500_000)),
    "a count": ("ice_score", 10, (10_000_000, 10_000_000)),
    "a count as text": ("ice_score", "10", (10_000_000, 10_000_000)),
    "true": ("hypotension", True, True),
    "false": ("hypotension", False, False),
    "a code": ("oxygen_device", "room_air", "room_air"),
    "nothing in a set": ("vasopressors", [], SetValue(frozenset(), frozenset(), 0)),
    "one twice is one": (
        "vasopressors",
        ["epinephrine", "epinephrine"],
        SetValue(frozenset({"epinephrine"}), frozenset({"epinephrine"}), 1),
    ),
    "None": ("hypotension", None, "unknown"),
    "unknown": ("temperature", "unknown", "unknown"),
    "an unknown set": ("vasopressors", "unknown", "unknown"),
}


@pytest.mark.parametrize(("element", "written", "expected"), VALUES.values(), ids=VALUES.keys())
def test_a_value_becomes_what_the_engines_read(element: str, written: object, expected: object) -> None:
    """Numbers are exact integers of micro-units; None and `unknown` are charted as unknown."""
    assert _value(element, written) == expected


def test_unknown_in_a_set_is_one_more_that_could_be_any() -> None:
    """A vasopressor of unknown name is there: it counts, and any code could be it."""
    every = frozenset(ELEMENTS["vasopressors"].codes)
    assert _value("vasopressors", ["unknown"]) == SetValue(frozenset(), every, 1)
    assert _value("vasopressors", ["epinephrine", "unknown"]) == SetValue(frozenset({"epinephrine"}), every, 2)
    assert _value("vasopressors", [*sorted(every), "unknown"]) == SetValue(every, every, 3)


def test_the_value_of_an_element_of_which_nothing_is_known_is_open() -> None:
    """Nothing that is not known reads as zero, false, normal or empty."""
    assert open_value(ELEMENTS["temperature"]) == OPEN
    assert open_value(ELEMENTS["ice_score"]) == OPEN
    assert open_value(ELEMENTS["hypotension"]) is None
    assert open_value(ELEMENTS["sex"]) == frozenset({"female", "male"})
    assert open_value(ELEMENTS["vasopressors"]) == SetValue(
        frozenset(), frozenset({"norepinephrine", "epinephrine", "vasopressin"}), 0
    )


def test_facts_are_one_moment_without_a_clock() -> None:
    """Facts alone have no time, no infusion and no record of drugs; a time asked for changes nothing."""
    course = Course.from_facts({"temperature": "38.9 Cel"})
    checked = check(course, ELEMENTS, DRUGS, ACTIONS, at=moment("03T08:00"), now=-1)
    assert (checked.has_clock, checked.at, checked.first, checked.last_event) == (False, 0, 0, 0)
    assert (checked.infusions, checked.complete_since, checked.later_events) == ((), None, 0)


def test_a_place_in_python_data_is_a_path_of_keys() -> None:
    """Data without a file have their problems at the path of keys."""
    data = {"events": [{"at": "2026-03-03T08:00:00Z"}, {"at": "2026-03-03T09:00:00Z", "observed": {"crp": 12}}]}
    with pytest.raises(CourseError) as refused:
        check(Course.from_dict(data), ELEMENTS, DRUGS, ACTIONS)
    (problem,) = refused.value.problems
    assert problem.span is not None
    assert problem.span.file == "course:events[1].observed.crp"


def test_facts_have_their_name_as_place() -> None:
    """A wrong fact is named by its own path, not by that of an event which nobody wrote."""
    with pytest.raises(CourseError) as refused:
        Course.from_facts({"temperature": {"high": 1}})
    (problem,) = refused.value.problems
    assert problem.span is not None
    assert problem.span.file == "facts:temperature"


def test_data_that_no_file_could_hold_are_refused() -> None:
    """Data without an end, with other kinds of values or with half characters are problems, not crashes."""
    endless: dict[str, object] = {}
    endless["patient"] = endless
    for data in (endless, {"patient": {"age": {1, 2}}}, {"patient": {"age": "\ud800"}}, {"patient": {1: "a"}}):
        with pytest.raises(CourseError):
            Course.from_dict(data)
    for number in (float("nan"), float("inf"), 10**5000, 1e-9):
        with pytest.raises(CourseError):
            check(Course.from_facts({"fibrin_ratio": number}), ELEMENTS, DRUGS, ACTIONS)


def test_a_course_in_a_file_and_in_python_is_the_same_course(tmp_path: Path) -> None:
    """A file, its text and the same structure in Python have one digest; the id is the file's name unless given."""
    text = (
        "patient: {age: 61 a}\nevents:\n  - {at: 2026-03-03T08:00:00Z, observed: {ice_score: 10, fibrin_ratio: 1.5}}\n"
    )
    path = tmp_path / "patient-7.yaml"
    path.write_text(text, encoding="utf-8")
    event = {"at": "2026-03-03T08:00:00Z", "observed": {"ice_score": 10, "fibrin_ratio": 1.5}}
    data = {"patient": {"age": "61 a"}, "events": [event]}
    read = Course.read(path)
    assert read.id == "patient-7"
    assert read.digest == Course.from_text(text).digest == Course.from_dict(data).digest
    assert read.digest != Course.from_text(text.replace("61 a", "62 a")).digest
    assert Course.from_dict({"course": "seven", "events": [event]}).id == "seven"


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """A missing file is told like every other problem."""
    with pytest.raises(CourseError, match="cannot be read"):
        Course.read(tmp_path / "nobody.yaml")


def test_two_chartings_of_one_time_are_both_kept() -> None:
    """Two different values for one time are a contradiction for the rules to span, and refuse no course."""
    text = """\
events:
  - {at: 2026-03-03T08:00:00Z, observed: {hypotension: true}}
  - {at: 2026-03-03T08:00:00Z, observed: {hypotension: false}}
"""
    assert [each.value for each in timeline(text).charted["hypotension"]] == [False, True]


def test_a_weight_may_be_observed_again() -> None:
    """What the body changes is both a fact of the patient and an observation; a fact of the patient never ages."""
    text = """\
patient: {weight: 82 kg}
events:
  - {at: 2026-03-03T08:00:00Z, observed: {weight: 85 kg}}
  - {at: 2026-03-02T08:00:00Z}
"""
    known, observed = timeline(text).charted["weight"]
    assert (known.value, known.time, known.fixed) == ((82 * MICRO, 82 * MICRO), moment("02T08:00"), True)
    assert (observed.value, observed.fixed) == ((85 * MICRO, 85 * MICRO), False)


def test_times_keep_their_zone_and_their_microseconds() -> None:
    """One moment is one time in every zone, and is written back as UTC."""
    assert time_of("2026-03-01T11:00:00+01:00") == time_of("2026-03-01T10:00Z")
    assert time_of("2026-03-01T10:00:00.000001Z") - time_of("2026-03-01T10:00:00Z") == 1
    assert time_text(time_of("2026-03-01T11:00:00+01:00")) == "2026-03-01T10:00:00Z"
    assert time_text(time_of("2026-03-01T10:00:00.5Z")) == "2026-03-01T10:00:00.500000Z"
