"""The printed report: what a tired reader sees first, what is never lost, and what is never said."""

import re
from typing import Any

import msgspec
import pytest

from clinguide.assess import assess
from clinguide.course import Course
from clinguide.report import Names, names_of, printed, report
from clinguide.results import Alternative, Assumed, Caution, Difference, Next, NotInForce, Planned
from report_material import (
    AT,
    advice,
    confirm,
    do,
    dose,
    fact,
    grade,
    missing,
    notice,
    reason,
    result,
    run,
    withheld,
)
from reports import COURSES, EXAMPLES, printed_anew, saved, shipped

BANNER = "DRAFT KNOWLEDGE: NOT APPROVED FOR PATIENT CARE. A clinician decides."
NAMES = Names(titles={"oxygen_flow": "Oxygen flow", "vasopressors": "Vasopressors running"})


def lines_of(ran: Any = None, **changes: Any) -> list[str]:
    """The lines of a result made by hand."""
    return [line.text for line in report(result(**changes), ran or run(), NAMES)]


def text_of(ran: Any = None, **changes: Any) -> str:
    """The report of a result made by hand as one text without line breaks."""
    return " ".join(" ".join(lines_of(ran, **changes)).split())


def example(course: str) -> list[str]:
    """The report of an example by the reference engine alone."""
    return printed(assess(shipped(), Course.read(EXAMPLES / f"{course}.yaml"), second_engine=False)).splitlines()


def section(lines: list[str], heading: str) -> list[str]:
    """The lines under a heading, up to the next empty line; none where there is no such heading."""
    starts = [number for number, line in enumerate(lines) if line.startswith(heading)]
    if not starts:
        return []
    rest = lines[starts[0] + 1 :]
    return rest[: rest.index("")] if "" in rest else rest


# --- the examples -----------------------------------------------------------------------------------------------------


@pytest.mark.second_engine
@pytest.mark.parametrize("course", COURSES)
def test_the_saved_report_is_what_is_printed(course: str) -> None:
    """A change of a report is a change that somebody reviewed; `python tests/reports.py` writes them anew."""
    assert saved(course).read_text(encoding="utf-8") == printed_anew(course)


def test_each_saved_report_has_its_course() -> None:
    """No saved report outlives its course."""
    reports = EXAMPLES / "reports"
    assert sorted(str(path.relative_to(reports).with_suffix("")) for path in reports.rglob("*.txt")) == list(COURSES)


@pytest.mark.parametrize("course", COURSES)
def test_a_report_fits_a_terminal_and_a_pipe(course: str) -> None:
    """Eighty columns, no control characters: it reads the same without colour and through a pipe."""
    for line in example(course):
        assert len(line) <= 80
        assert line.isprintable()
        assert line == line.rstrip()


@pytest.mark.parametrize("course", COURSES)
def test_the_banner_comes_first(course: str) -> None:
    """Nobody reads a report without being told that nothing in it is approved."""
    assert example(course)[0] == BANNER


@pytest.mark.parametrize("course", COURSES)
def test_a_report_never_says_that_all_is_well(course: str) -> None:
    """No rule here can know that somebody is safe, or that nothing is to be done."""
    text = " ".join(example(course))
    assert not re.search(r"\b(safe|normal|no action|resolved|all clear|reassuring)\b", text, re.IGNORECASE)


@pytest.mark.parametrize("course", COURSES)
def test_what_is_most_urgent_stands_in_the_first_24_lines(course: str) -> None:
    """One screen is enough to begin: both grades, and the first thing to do or what keeps it from being decided."""
    screen = example(course)[:24]
    for name in ("CRS", "ICANS"):
        assert any(line.startswith(name) for line in screen)
    # An uneventful course prints nothing under DO NOW.
    found = assess(shipped(), Course.read(EXAMPLES / f"{course}.yaml"), second_engine=False).recommendations
    if any(each.within == "1 h" and each.status != "not_recommended" for each in found):
        assert any(line.startswith(("DO NOW", "NOT DECIDED")) for line in screen)


@pytest.mark.parametrize("course", COURSES)
def test_every_action_is_printed(course: str) -> None:
    """Whatever is recommended, or would be after a confirmation, stands in the report with the mark of its rule."""
    found = assess(shipped(), Course.read(EXAMPLES / f"{course}.yaml"), second_engine=False)
    text = " ".join(" ".join(printed(found).split()).lower().split())
    for each in found.recommendations:
        if each.status in ("recommended", "confirm_first", "withheld"):
            # What another regimen of its class covers stands in the plan by its title, and is not given twice.
            covered = any(each.rule in planned.covers for planned in found.plan)
            assert (each.title.lower() if covered else f"] {each.rule} {each.version}") in text
            for action in each.do:
                assert action.title.lower() in text


def test_the_refractory_course_reads_from_top_to_bottom() -> None:
    """Both grades, the urgent notice, the response with its clock, then intensive care before drugs before tests."""
    found = " ".join(" ".join(example("refractory-crs")).split())
    told = [
        "CRS grade 3",
        "ICANS grade 2",
        "URGENT: ",
        "refractory; time_since_tocilizumab (36 h) >= window (24 h)",
        "DO NOW (within 1 h)",
        "Transfer to intensive care",
        "ive tocilizumab 656 mg intravenous",
        "8 mg/kg x 82 kg = 656 mg, below the cap of 800 mg",
        "Obtain echocardiogram",
        "HELD AND WHY",
        "SOURCES AND MARKS",
    ]
    places = [found.index(each) for each in told]
    assert places == sorted(places)


def test_shock_after_prophylactic_steroid_is_never_low_risk() -> None:
    """A fever that a drug may have hidden: the worse bound leads, and what cannot be decided is in view."""
    found = example("masked-fever")
    assert "CRS NOT DETERMINED: could be as high as 3 (at least 0)" in found
    assert any(line.startswith("NOT EXCLUDED: Shock") for line in found)
    assert "Tocilizumab for CRS" in " ".join(" ".join(found).split())


def test_an_uneventful_course_prints_nothing_under_do_now() -> None:
    """Where no rule asks for anything the report does not make something up, and does not say that all is well."""
    observed = {
        "temperature": "36.7 Cel",
        "hypotension": False,
        "vasopressors": [],
        "oxygen_device": "room_air",
        "ice_score": 10,
        "consciousness": "alert",
    }
    course = {
        "course": "uneventful",
        "patient": {"age": "61 a", "weight": "82 kg"},
        "infusions": [{"product": "axi-cel", "at": "2026-03-01T10:00:00Z"}],
        "medications": {"complete_since": "2026-02-20T00:00:00Z"},
        "events": [{"at": "2026-03-02T10:00:00Z", "observed": observed}],
    }
    found = assess(shipped(), Course.from_dict(course), second_engine=False)
    lines = printed(found).splitlines()
    assert any(line.startswith("CRS grade 0") for line in lines)
    assert not any(line.startswith(("DO NOW", "ALSO WITHIN", "NOT DECIDED")) for line in lines)


# --- the top ----------------------------------------------------------------------------------------------------------


def test_the_worse_bound_is_said_first() -> None:
    """Whoever reads only the first words of an open grade reads how bad it could be."""
    found = lines_of(findings=[grade("ICANS", None, at_least=2, at_most=4, missing=missing("oxygen_flow"))])
    assert "ICANS NOT DETERMINED: could be as high as 4 (at least 2)" in found
    assert "   open: Oxygen flow" in found


def test_a_grade_without_bounds_could_be_any() -> None:
    """Nothing known is not nothing wrong."""
    assert "CRS NOT DETERMINED: could be any grade" in lines_of(findings=[grade("CRS", None)])


def test_the_grade_that_could_be_worst_stands_first() -> None:
    """The eye lands on what could be worst, be it determined or not."""
    found = lines_of(findings=[grade("CRS", 3), grade("ICANS", None, at_least=0, at_most=4)])
    assert found.index("ICANS NOT DETERMINED: could be as high as 4 (at least 0)") < found.index(
        "CRS grade 3: none of its signs holds"
    )


def test_a_grade_names_the_line_that_decided_and_its_fact() -> None:
    """The line of the rule with its clinical words, and the fact with its title, time and age."""
    pressor = fact("vasopressors", ["norepinephrine"], at="2026-03-04T19:30:00Z", age="PT1H30M")
    assumed = fact("cause", False, source="assumed", at=None, age=None)
    because = [reason("cause is false", assumed), reason("vasopressor_count = 1", pressor, label="one vasopressor")]
    found = lines_of(findings=[grade("CRS", 3, because=because)])
    assert "CRS grade 3: vasopressor_count = 1 (one vasopressor)" in found
    assert "   Vasopressors running: norepinephrine (4 Mar 19:30, 90 min ago)" in found


@pytest.mark.parametrize(
    ("charted", "said"),
    [
        (
            fact("oxygen_flow", None, source="stale", at="2026-03-04T01:00:00Z"),
            "too old to count (4 Mar 01:00, 20 h ago)",
        ),
        (fact("oxygen_flow", "6 L/min", at="2025-12-31T21:00:00Z"), "6 L/min (31 Dec 2025 21:00, 63 d ago)"),
        (fact("oxygen_flow", None), "unknown (4 Mar 21:00)"),
        (fact("oxygen_flow", True, at=None, age=None, source="derived"), "yes"),
        (fact("oxygen_flow", []), "none (4 Mar 21:00)"),
        (fact("oxygen_flow", "room_air"), "room air (4 Mar 21:00)"),
    ],
)
def test_a_fact_says_its_value_and_its_age(charted: Any, said: str) -> None:
    """Old facts look old, unknown ones unknown; nothing of it reads as if it had just been measured."""
    found = lines_of(findings=[grade("CRS", 2, because=[reason("a line", charted)])])
    assert f"   Oxygen flow: {said}" in found


def test_old_facts_and_later_events_are_told_at_once() -> None:
    """A report on facts of yesterday says so before any grade."""
    found = lines_of(run(now="2026-03-05T23:00:00Z"), later_events=2, findings=[grade("CRS", 1)])
    assert found[2:4] == ["FACTS TO 4 Mar 21:00, 26 h before now.", "2 later events are not looked at."]


def test_fresh_facts_need_no_line() -> None:
    """Up to an hour nothing is said: each line up there pushes an action down."""
    assert not any("FACTS TO" in line for line in lines_of(run(now="2026-03-04T22:00:00Z")))


def test_one_moment_without_a_clock_says_so() -> None:
    """Without times no time is printed."""
    assert lines_of(at=None, facts_to=None)[1] == "somebody: one moment, without a clock."


def test_a_discounted_cause_shows_what_the_grade_would_be() -> None:
    """Who charted another cause sees what that took away."""
    found = lines_of(findings=[grade("CRS", 1, discounted=[Assumed("vasopressors", True, 3)])])
    assert "   Vasopressors running: without that it would be 3" in found


def test_bounds_that_may_be_too_wide_say_so() -> None:
    """Bounds that were not made exact are not passed off as exact."""
    found = lines_of(findings=[grade("CRS", None, at_least=0, at_most=4, exact=False)])
    assert "   too much is open to narrow this further" in found


def test_urgent_notices_stand_before_everything_but_the_grades() -> None:
    """What must be said comes before the advice, and says how sure it is."""
    told = [
        notice("Look for sepsis.", urgent=True),
        notice("Give oxygen.", urgent=True, status="not_excluded"),
        notice("Unarousable with ICE 9.", status="contradiction"),
        notice("Fever may be masked."),
    ]
    found = lines_of(findings=[grade("CRS", 3)], notices=told, recommendations=[advice("r", do("transfer", "icu"))])
    places = [
        found.index(each)
        for each in (
            "CRS grade 3: none of its signs holds",
            "URGENT: Look for sepsis.",
            "NOT EXCLUDED: Give oxygen.",
            "CONTRADICTION: Unarousable with ICE 9.",
            "DO NOW (within 1 h). Draft rule suggests:",
            "NOTICES",
            "Fever may be masked.",
        )
    ]
    assert places == sorted(places)


def test_a_contradiction_is_told_once() -> None:
    """The same contradiction in two findings and a notice is one line."""
    says = "Unarousable with ICE 9."
    both = [grade(name, None, at_least=0, at_most=4, contradictions=[says]) for name in ("CRS", "ICANS")]
    assert lines_of(findings=both).count(f"CONTRADICTION: {says}") == 1
    assert lines_of(findings=both, notices=[notice(says, status="contradiction")]).count(f"CONTRADICTION: {says}") == 1


def response(**changes: Any) -> Any:
    """A classification as a finding."""
    return grade("CRS", None, rule="crs.response", title="Response", kind="classification", **changes)


def test_a_response_names_its_clock() -> None:
    """Refractory has no agreed clock: the window stands beside the word."""
    line = reason("time_since >= window (window = 24 h)", fact("time_since", "36 h", at=None))
    found = lines_of(findings=[response(status="determined", value="refractory", because=[line])])
    assert "Response: refractory; time_since (36 h) >= window (24 h)" in found


def test_an_open_response_lists_what_is_possible() -> None:
    """Two or three answers are named; more are counted."""
    assert "Response NOT DETERMINED: too early or refractory" in lines_of(
        findings=[response(possible=["too_early", "refractory"])]
    )
    assert "Response NOT DETERMINED: 4 answers are possible" in lines_of(findings=[response(possible=list("abcd"))])


def test_a_drug_that_was_not_given_needs_no_line_about_its_effect() -> None:
    """No dose, no response to speak of."""
    assert not any(
        "Response:" in line for line in lines_of(findings=[response(status="determined", value="not_given")])
    )


# --- what to do -------------------------------------------------------------------------------------------------------


def test_do_now_has_at_most_five_actions_and_loses_none() -> None:
    """A longer list is not read at night; what is left stands right below."""
    found = lines_of(recommendations=[advice(f"r{number}", do("obtain", f"test {number}")) for number in range(8)])
    assert len(section(found, "DO NOW")) == 6
    assert section(found, "DO NOW")[-1] == "  and 3 more below"
    assert len(section(found, "ALSO WITHIN 1 H")) == 3


def test_actions_stand_in_the_order_of_doing_them() -> None:
    """Airway and pressure, intensive care, what is indicated but to be confirmed, drugs, tests."""
    given = [
        advice("tests", do("obtain", "eeg")),
        advice("running", do("give", "dexamethasone", state="continue")),
        advice("drug", do("give", "anakinra")),
        advice("confirm", do("give", "tocilizumab"), status="confirm_first", confirm=[confirm("x", "since 8 h")]),
        advice("icu", do("transfer", "icu")),
        advice("icans.raised-pressure", do("give", "mannitol")),
    ]
    now = [line for line in section(lines_of(recommendations=given), "DO NOW") if line.startswith("- ")]
    order = ["Give mannitol", "Transfer to icu", "CONFIRM FIRST, then give tocilizumab", "Give anakinra", "Continue"]
    assert [line[2 : 2 + len(word)] for line, word in zip(now, order, strict=True)] == order


def test_urgency_decides_the_section() -> None:
    """Each urgency has its own heading, the most urgent first, and an empty one has none."""
    given = [advice(within, do("obtain", f"test {within}"), within=within) for within in ("routine", "24 h", "4 h")]
    found = lines_of(recommendations=given)
    heads = [line for line in found if line.endswith("Draft rule suggests:")]
    assert heads == [f"{word}. Draft rule suggests:" for word in ("WITHIN 4 H", "WITHIN 24 H", "ROUTINE")]


def test_the_same_action_is_printed_once_with_all_its_rules() -> None:
    """Two rules that ask for the same thing are one line, as soon as the sooner of them asks for it."""
    given = [
        advice("crs.icu", do("transfer", "icu"), within="4 h", strength="consider"),
        advice("icans.icu", do("transfer", "icu"), verify=["IC-06"]),
    ]
    found = lines_of(recommendations=given)
    assert section(found, "DO NOW") == ["- Transfer to icu [1,2 verify]"]
    assert section(found, "WITHIN 4 H") == []
    assert any(line.startswith("[2] icans.icu 1.0.0") for line in found)


def test_what_one_rule_recommends_outright_needs_no_confirmation_of_another() -> None:
    """The surest advice for the same action counts."""
    open_ = advice("a", do("obtain", "eeg"), status="confirm_first", confirm=[confirm("x", "known")])
    assert section(lines_of(recommendations=[open_, advice("b", do("obtain", "eeg"))]), "DO NOW") == [
        "- Obtain eeg [1,2]"
    ]


def test_a_drug_is_printed_with_dose_arithmetic_and_times() -> None:
    """Who prepares the dose can check it; who looks at the clock sees the last and the next dose."""
    given = do(
        "give",
        "tocilizumab",
        route="intravenous",
        over="60 min",
        dose=dose("656 mg", "8 mg/kg x 82 kg = 656 mg, below the cap of 800 mg"),
        state="due",
        last_given="2026-03-04T09:00:00Z",
    )
    running = do(
        "give",
        "dexamethasone",
        dose=dose("10 mg", "10 mg every 6 h", "6 h"),
        state="continue",
        last_given="2026-03-04T15:00:00Z",
        next_due=AT,
    )
    found = section(lines_of(recommendations=[advice("a", given), advice("b", running)]), "DO NOW")
    assert found == [
        "- Give tocilizumab 656 mg intravenous over 60 min (DUE, last 4 Mar 09:00) [1]",
        "    8 mg/kg x 82 kg = 656 mg, below the cap of 800 mg",
        "- Continue dexamethasone 10 mg every 6 h (running, last 4 Mar 15:00,",
        "  next 4 Mar 21:00) [2]",
    ]


def test_an_unknown_releases_no_amount_and_hides_no_drug() -> None:
    """Indicated and not confirmed: the drug is in view with its rule in words, without milligrams to give."""
    given = advice(
        "a",
        do("give", "tocilizumab", dose=dose(None, "8 mg/kg, at most 800 mg a dose")),
        do("monitor", "crs-grade", every="4 h"),
        status="confirm_first",
        confirm=[confirm("oxygen_flow", "Oxygen flow: at least 8 h"), confirm("oxygen_flow", "Oxygen flow: charted")],
    )
    found = section(lines_of(recommendations=[given]), "DO NOW")
    assert found == [
        "- CONFIRM FIRST, then give tocilizumab [1]",
        "    no amount is computed before that is confirmed; the rule: 8 mg/kg, at most",
        "      800 mg a dose",
        "    confirm: Oxygen flow: at least 8 h; charted",
        "- Monitor crs grade every 4 h [1]",
    ]


def test_facts_of_which_the_same_is_to_be_confirmed_share_a_line() -> None:
    """The reader confirms two things with one glance."""
    both = [confirm("oxygen_flow", "Oxygen flow: known"), confirm("vasopressors", "Vasopressors running: known")]
    given = advice("a", do("give", "tocilizumab"), status="confirm_first", confirm=both)
    assert "    confirm: Oxygen flow; Vasopressors running: known" in lines_of(recommendations=[given])


@pytest.mark.parametrize(
    ("strength", "words"),
    [
        ("shall", "- Give anakinra [1]"),
        ("recommend", "- Give anakinra [1]"),
        ("consider", "- Consider: give anakinra [1]"),
        ("report", "- Reported in case series; discuss: give anakinra [1]"),
    ],
)
def test_the_words_are_as_strong_as_the_source(strength: str, words: str) -> None:
    """A case series does not sound like a recommendation."""
    found = lines_of(recommendations=[advice("a", do("give", "anakinra"), strength=strength)])
    assert section(found, "DO NOW (within 1 h). Draft rule suggests:") == [words]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("start", "- Give anakinra [1]"),
        ("change", "- Change to anakinra (running at another dose) [1]"),
        ("stop", "- Stop anakinra (running) [1]"),
    ],
)
def test_a_running_drug_is_not_started_again(state: str, words: str) -> None:
    """What is running is continued, changed or stopped, and reads like it."""
    found = lines_of(recommendations=[advice("a", do("give", "anakinra", state=state))])
    assert section(found, "DO NOW") == [words]


def test_a_range_and_a_length_are_said() -> None:
    """Both ends of a range, and how long it goes on."""
    given = do("give", "anakinra", dose=msgspec.structs.replace(dose("100 mg", ""), high="200 mg"), duration="3 d")
    assert section(lines_of(recommendations=[advice("a", given)]), "DO NOW") == [
        "- Give anakinra 100 mg to 200 mg for 3 d [1]"
    ]


def test_what_is_done_is_folded_into_one_line() -> None:
    """What is charted as done takes no place among what is to be done; of a group the rest is named."""
    given = [
        advice("a", do("obtain", "eeg", state="done"), do("obtain", "bloods", parts=["oxygen_flow", "vasopressors"])),
    ]
    found = lines_of(recommendations=given)
    assert section(found, "DO NOW") == ["- Obtain bloods [1]", "    oxygen flow, vasopressors running"]
    assert "Charted as done: eeg [1]." in found


def test_a_warning_stands_under_its_action() -> None:
    """A limit that only warns is read with the action that it is about."""
    given = advice("a", do("give", "anakinra"), warnings=[Caution("safety.x", "Watch the neutrophils.")])
    assert section(lines_of(recommendations=[given]), "DO NOW")[1] == "    WARNING: Watch the neutrophils."


def test_one_regimen_of_a_class_is_not_given_twice() -> None:
    """The drug that a stronger regimen covers stands in the plan and not among the actions."""
    found = lines_of(
        recommendations=[
            advice("weak", do("give", "dexamethasone")),
            advice("strong", do("give", "methylprednisolone")),
        ],
        plan=[Planned("systemic-corticosteroid", "strong", ["weak"])],
        next=[Next("2026-03-05T09:00:00Z", "second dose")],
    )
    assert section(found, "DO NOW") == ["- Give methylprednisolone [1]"]
    assert section(found, "ONE REGIMEN") == ["- systemic-corticosteroid: strong; covers weak"]
    assert section(found, "DUE NEXT") == ["- 5 Mar 09:00: second dose"]


def test_what_is_held_says_why_until_when_and_what_instead() -> None:
    """A limit that is reached is shown with its reason, never as silence."""
    limits = [
        withheld("At least 8 hours", lifts_at="2026-03-05T01:00:00Z", instead="The steroid does not wait."),
        withheld("Not under pressure", because="unknown"),
        withheld("A limit", because="error"),
    ]
    given = advice("a", do("give", "tocilizumab"), status="withheld", withheld_by=limits)
    assert section(lines_of(recommendations=[given]), "HELD AND WHY") == [
        "- Give tocilizumab [1]",
        "    held by: At least 8 hours",
        "    lifts at 5 Mar 01:00, if nothing else changes",
        "    instead: The steroid does not wait.",
        "    held until it is known: Not under pressure",
        "    held because the limit could not be computed: A limit",
    ]


def test_watching_goes_on_while_a_drug_is_held() -> None:
    """A limit is about the drug: the grade is watched all the same. An advice that only watches is held whole."""
    drug = advice(
        "a", do("give", "anakinra"), do("monitor", "grade"), status="withheld", withheld_by=[withheld("A limit")]
    )
    found = lines_of(recommendations=[drug])
    assert section(found, "DO NOW") == ["- Monitor grade [1]"]
    assert section(found, "HELD AND WHY") == ["- Give anakinra [1]", "    held by: A limit"]
    only = advice("a", do("transfer", "icu"), status="withheld", withheld_by=[withheld("A limit")])
    assert section(lines_of(recommendations=[only]), "HELD AND WHY")[0] == "- Transfer to icu [1]"


def test_what_is_urgent_and_held_is_named_under_do_now() -> None:
    """Who looks for the drug on the first screen finds that it is held, and until when if time lifts every limit."""
    early, late = (withheld("A limit", lifts_at=f"2026-03-05T0{hour}:00:00Z") for hour in (1, 3))
    given = [
        advice("a", do("give", "x"), status="withheld", withheld_by=[late, early], title="Drug A"),
        advice("b", do("give", "y"), status="withheld", withheld_by=[early, withheld("Another")], title="Drug B"),
        advice("c", do("give", "z"), status="withheld", withheld_by=[early], title="Drug C", within="24 h"),
    ]
    found = lines_of(recommendations=given)
    assert "HELD, see HELD AND WHY: Drug A (until 5 Mar 03:00); Drug B." in found


def test_what_cannot_be_decided_is_named_and_asked_for() -> None:
    """A drug is never hidden because something was not charted; the fact that settles most is asked for first."""
    open_ = [
        advice("a", do("give", "x"), status="needs_data", missing=missing("oxygen_flow"), title="Drug A"),
        advice(
            "b", do("give", "y"), status="needs_data", missing=missing("oxygen_flow", "vasopressors"), title="Drug B"
        ),
    ]
    found = lines_of(recommendations=open_)
    assert "NOT DECIDED for want of facts, see ASK NEXT: Drug A; Drug B." in found
    assert section(found, "ASK NEXT") == ["- Oxygen flow (settles a; b)", "- Vasopressors running (settles b)"]


def test_the_items_of_an_open_score_are_not_asked_for() -> None:
    """Nobody needs the eight items of a score for children in an adult."""
    open_score = grade("CAPD", None, kind="score", missing=missing("capd_aware"))
    assert section(lines_of(findings=[open_score]), "ASK NEXT") == []


# --- the end ----------------------------------------------------------------------------------------------------------


def test_assumptions_scores_and_other_answers_are_listed() -> None:
    """What the answer rests on, and who answers otherwise, can be read without leaving the report."""
    other = Alternative("label.rule", "needs_data", "waits 72 h", "not preferred")
    found = lines_of(
        findings=[
            grade("CRS", 2, assumed=[Assumed("vasopressors", False, 3), Assumed("oxygen_flow", "none", None)]),
            grade("EASIX", None, kind="score", status="determined", value="1.5", band="high", title="EASIX"),
        ],
        recommendations=[advice("a", do("give", "x"), alternatives=[other])],
    )
    assert section(found, "ASSUMED") == ["CRS grade: Vasopressors running: no, otherwise 3; Oxygen flow: none"]
    assert section(found, "SCORES") == ["EASIX: 1.5 (high)"]
    assert section(found, "OTHER ANSWERS") == ["- label.rule (needs data; not preferred): waits 72 h"]


def test_what_was_not_read_in_its_source_is_marked() -> None:
    """A statement from memory is marked at the action and named at the end."""
    found = lines_of(recommendations=[advice("a", do("give", "anakinra"), verify=["TZ-01"], states=["TZ-01"])])
    assert section(found, "DO NOW") == ["- Give anakinra [1 verify]"]
    assert "    verify, not read in the source or of low confidence: TZ-01" in found


def test_statements_are_cited_with_their_source() -> None:
    """A mark leads to rule, version, statements and document; a recalled statement says so."""
    found = names_of(shipped())
    assert found.statement("asco-2021.crs.tocilizumab", "TZ-01")[0].startswith("santomasso-2021")
    text = " ".join(example("refractory-crs"))
    assert re.search(r"\[\d+\] asco-2021.crs.tocilizumab 1.0.0: recommend, consensus:", text)


def test_agreement_is_one_quiet_line() -> None:
    """Two engines that agree need no attention."""
    found = report(result(), run(), NAMES)
    assert (found[-1].text, found[-1].style) == ("both engines agree on 104 items", "quiet")
    assert lines_of(run(agreement="not_run"))[-1] == "second engine not run"


def test_disagreement_is_loud_and_marks_its_items() -> None:
    """The reader learns it before any grade, and again at each item that it is about."""
    differ = run(agreement="disagree", differences=[Difference("crs.grade/rows/1", "true", "unknown")])
    found = lines_of(differ, findings=[grade("CRS", 3)], recommendations=[advice("crs.grade", do("give", "x"))])
    assert found[1].startswith("THE TWO ENGINES DISAGREE ON crs.grade/rows/1")
    marked = [line for line in found if "do not act on this item alone" in line]
    assert len(marked) == 2
    assert "- crs.grade/rows/1: the reference says true, durable-rules says unknown" in found


def test_a_failed_engine_is_loud() -> None:
    """An engine that did not answer is not an engine that agreed."""
    text = text_of(run(agreement="disagree", fault="no answer within 1 s"))
    assert "THE SECOND ENGINE FAILED (no answer within 1 s): do not act on this report alone." in text


def test_the_knowledge_is_named() -> None:
    """Which content, protocol and day answered, and which rules were silent."""
    changed = msgspec.structs.replace(
        result().knowledge, overlays=["sha256:1"], not_in_force=[NotInForce("lee-2014.crs.grade", "ended 2018-12-25")]
    )
    text = text_of(knowledge=changed)
    assert "protocol default 0.1.0, changed by sha256:1 for 2026-03-04" in text
    assert "Not in force: lee-2014.crs.grade (ended 2018-12-25)." in text
