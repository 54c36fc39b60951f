"""The nine ways to hurt a patient: each is a course, and a test that names what must, and must not, be said."""

from functools import cache

from clinguide import Assessment, Course, assess
from clinguide.results import Advice
from reports import EXAMPLES, printed_anew, shipped


@cache
def hazard(name: str) -> Assessment:
    """The assessment of one of the nine courses, at its last event."""
    return assess(shipped(), Course.read(EXAMPLES / "hazards" / f"{name}.yaml"), second_engine=False)


def advice(assessment: Assessment, rule: str) -> Advice:
    """What one recommendation came to."""
    return next(each for each in assessment.recommendations if each.rule == rule)


def given(assessment: Assessment, drug: str) -> list[Advice]:
    """The advice to give a drug, indicated or to be confirmed."""
    standing = [each for each in assessment.recommendations if each.status in ("recommended", "confirm_first")]
    return [each for each in standing if any(do.give == drug and do.verb == "give" for do in each.do)]


def test_a_fever_that_dips_on_a_vasopressor_is_not_grade_0() -> None:
    """Where an antipyretic may have been given and was not charted, shock without fever is bounded, not 0."""
    grade = hazard("fever-dips-on-a-vasopressor")["crs.grade"]
    assert (grade.status, grade.value, grade.at_most) == ("undetermined", None, 3)


def test_a_record_that_is_not_complete_gives_a_lower_bound_and_says_so() -> None:
    """A dose that is not in the record may have been given elsewhere: confirm first, and no computed amount."""
    tocilizumab = advice(hazard("record-not-complete"), "asco-2021.crs.tocilizumab")
    assert tocilizumab.status == "confirm_first"
    assert [each.dose.low for each in tocilizumab.do if each.dose is not None] == [None]
    assert any("none given elsewhere" in each.says for each in tocilizumab.confirm)


def test_an_indicated_drug_whose_limit_is_unknown_is_confirmed_not_withheld() -> None:
    """A life-saving drug is never hidden because something was not charted."""
    tocilizumab = advice(hazard("limit-unknown-is-not-withheld"), "asco-2021.crs.tocilizumab")
    assert (tocilizumab.status, tocilizumab.withheld_by) == ("confirm_first", [])
    assert any("at least 8 h" in each.says for each in tocilizumab.confirm)


def test_facts_before_the_infusion_are_used() -> None:
    """Tocilizumab given before the infusion counts for the eight hours."""
    tocilizumab = advice(hazard("facts-before-the-infusion"), "asco-2021.crs.tocilizumab")
    assert tocilizumab.status == "withheld"
    assert tocilizumab.withheld_by[0].invariant == "safety.tocilizumab-interval"
    assert (tocilizumab.withheld_by[0].lifts_at or "").endswith("T17:00:00Z")


def test_of_two_corticosteroid_regimens_one_stands_and_the_other_is_covered() -> None:
    """The plan has one entry for a class: the most intensive regimen."""
    plan = {each.class_: each for each in hazard("two-corticosteroid-regimens").plan}
    steroid = plan["systemic-corticosteroid"]
    assert "icans" in steroid.stands
    assert "asco-2021.crs.steroid-grade-3" in steroid.covers
    printed = printed_anew("hazards/two-corticosteroid-regimens")
    now = printed[printed.index("DO NOW") : printed.index("SOURCES")]
    assert "methylprednisolone 1000 mg" in now
    assert "ive dexamethasone" not in now


def test_full_dose_corticosteroid_counts_from_its_first_dose() -> None:
    """After 24 h from the first dose ICANS is refractory, and what follows is offered."""
    found = hazard("full-dose-from-its-first-dose")
    assert found["icans.response-to-steroid"].value == "refractory"
    assert given(found, "anakinra")


def test_under_sedation_the_grade_is_held_and_nothing_is_tapered() -> None:
    """Status epilepticus, then propofol: grade 4 stands, and no taper or stop is advised on silence."""
    found = hazard("status-then-propofol")
    assert found["icans.grade"].value == 4
    standing = [each for each in found.recommendations if each.status in ("recommended", "confirm_first")]
    assert not [each.rule for each in standing for do in each.do if do.verb in ("taper", "stop") or do.state == "stop"]


def test_grade_0_under_treatment_never_reads_resolved() -> None:
    """No gradable sign under treatment is quiet on treatment, and the report does not say that CRS is over."""
    found = hazard("quiet-on-treatment")
    assert (found["crs.grade"].value, found["crs.phase"].value) == (0, "quiet-on-treatment")
    printed = printed_anew("hazards/quiet-on-treatment")
    assert "resolved" not in printed.lower()


def test_no_flat_dose_of_an_adult_reaches_a_child() -> None:
    """A child of 25 kg gets doses by weight with the ceilings of a child, and no flat dose."""
    found = hazard("child-of-25-kg")
    doses = [do.dose for each in found.recommendations for do in each.do if do.give and do.dose is not None]
    computed = [dose for dose in doses if dose.low is not None]
    assert computed
    assert all(" x 25 kg" in dose.how for dose in computed)
