"""Whose answer is taken: preferences for everybody and for some, guidelines for some, and what is then shown."""

from typing import Any

import pytest

from clinguide.compile import Knowledge, compile_knowledge
from clinguide.explain import explain
from clinguide.results import Advice
from small_knowledge import BASE, advice, assessed, content, grade, limit

FACTS = """\
age: {title: Age, type: number, unit: a}
product: {title: Product, type: code, codes: [axi-cel, tisa-cel]}
shock: {title: Shock, type: boolean, fresh_for: 8 h}
"""
CRS = grade("crs", "rows:\n  - {grade: 2, when: shock is true}\n")
FOR_AXI_CEL = "\n    - {guideline: theirs, for: product is axi-cel}\n    - ours"
ILL = {"age": "50 a", "product": "axi-cel", "shock": True}


def steroid(of: str, when: str = "crs >= 2", amount: str = "10 mg") -> str:
    """The answer of a guideline to the one question."""
    do = f"- {{give: dexamethasone, dose: {{amount: {amount}, every: 6 h}}}}"
    return advice(f"{of}.steroid", f"- {when}", do, "question: crs.steroid\nfor: [age >= 18 a]\n")


def made(prefers: str = FOR_AXI_CEL, applies: str = "", *rules: str, **other: str) -> Knowledge:
    """Two guidelines with an answer each, theirs for some patients only where `applies` says so."""
    files = {
        "questions.yaml": "crs.steroid: {title: When}\n",
        "guidelines/theirs/guideline.yaml": "title: T\nid: theirs\npublisher: T\n"
        + (f"applies: {applies}\n" if applies else ""),
        "guidelines/theirs/steroid.yaml": other.get("theirs", steroid("theirs", amount="20 mg")),
        "protocols/default.yaml": BASE["protocols/default.yaml"].replace("[ours]", "[ours, theirs]")
        + f"prefers:\n  crs.steroid:{prefers}\n",
    }
    return compile_knowledge(content(FACTS, [CRS, other.get("ours", steroid("ours")), *rules], files))


def answers(known: Knowledge, **facts: Any) -> list[tuple[str, str, list[str]]]:
    """The advice given, its status, and what stands under it."""
    found = assessed(known, ILL | facts).recommendations
    return [(each.rule, each.status, [other.rule for other in each.alternatives]) for each in found]


def only(known: Knowledge, **facts: Any) -> Advice:
    """The one advice given."""
    (found,) = assessed(known, ILL | facts).recommendations
    return found


# --- a preference for some --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("product", "answer", "other"), [("axi-cel", "theirs", "ours"), ("tisa-cel", "ours", "theirs")]
)
def test_a_preference_for_some_counts_for_them_alone(product: str, answer: str, other: str) -> None:
    """The next in the list answers for the others; the one passed over stands under it."""
    assert answers(made(), product=product) == [(f"{answer}.steroid", "recommended", [f"{other}.steroid"])]


def test_where_it_is_not_known_for_whom_it_is_confirmed_first() -> None:
    """The first that may apply answers, what would tell is asked for, and no amount is computed."""
    found = only(made(), product="unknown")
    assert (found.rule, found.status) == ("theirs.steroid", "confirm_first")
    assert [each.element for each in found.confirm] == ["product"]
    assert found.do[0].dose is not None
    assert (found.do[0].dose.low, found.do[0].dose.high) == (None, None)
    assert [each.rule for each in found.alternatives] == ["ours.steroid"]


def test_an_answer_that_is_not_recommended_stays_so_where_it_is_not_known_for_whom() -> None:
    """Nothing is to be confirmed before doing nothing."""
    found = only(made(), product="unknown", shock=False)
    assert (found.rule, found.status, found.confirm) == ("theirs.steroid", "not_recommended", [])


def test_the_first_that_applies_answers_and_the_list_is_read_in_order() -> None:
    """What stands below one for everybody is never reached."""
    known = made("\n    - ours\n    - {guideline: theirs, for: product is axi-cel}")
    assert answers(known) == [("ours.steroid", "recommended", ["theirs.steroid"])]
    assert answers(known, product="unknown") == [("ours.steroid", "recommended", ["theirs.steroid"])]


def test_a_preference_may_lean_on_a_grade() -> None:
    """It is read after the grades, as a rule is."""
    known = made("\n    - {guideline: theirs, for: crs >= 2}\n    - ours")
    assert answers(known) == [("theirs.steroid", "recommended", ["ours.steroid"])]
    assert answers(known, shock=False) == [("ours.steroid", "not_recommended", ["theirs.steroid"])]


# --- silence is an answer ---------------------------------------------------------------------------------------------


def test_the_others_are_never_promoted() -> None:
    """Not recommended, in need of data, or withheld: the preferred answer stands, and the other below it."""
    silent = made("\n    - theirs\n    - ours", theirs=steroid("theirs", "age >= 80 a"))
    assert answers(silent) == [("theirs.steroid", "not_recommended", ["ours.steroid"])]
    open_ = made("\n    - theirs\n    - ours", theirs=steroid("theirs", "product is axi-cel"))
    assert answers(open_, product="unknown") == [("theirs.steroid", "needs_data", ["ours.steroid"])]
    most = limit("ours.most", "{give: dexamethasone}", "- dose <= 10 mg")
    held = made("\n    - theirs\n    - ours", "", most)
    assert answers(held) == [("theirs.steroid", "withheld", ["ours.steroid"])]


def test_a_guideline_that_has_no_rule_for_the_question_does_not_speak() -> None:
    """Preferred by mistake, or its rule retired: the next answers, and no advice is lost."""
    retired = steroid("theirs").replace("status: draft", "status: retired")
    monitoring = advice("theirs.other", "- crs >= 2", "- monitor: age")
    for theirs in (retired, monitoring):
        known = made("\n    - theirs\n    - ours", theirs=theirs)
        assert ("ours.steroid", "recommended", []) in answers(known)


def test_the_alternative_says_its_own_status() -> None:
    """Whoever reads on sees what the other guideline came to."""
    known = made("\n    - theirs\n    - ours", ours=steroid("ours", "age >= 80 a"))
    (other,) = only(known).alternatives
    assert (other.rule, other.status, other.reason) == ("ours.steroid", "not_recommended", "not preferred")


# --- a guideline for some ---------------------------------------------------------------------------------------------


def test_a_guideline_for_some_says_nothing_to_others() -> None:
    """Each of its rules is for them; the next preferred guideline answers the others."""
    known = made("\n    - theirs\n    - ours", "product is axi-cel")
    assert answers(known) == [("theirs.steroid", "recommended", ["ours.steroid"])]
    assert answers(known, product="tisa-cel") == [("ours.steroid", "recommended", [])]


def test_whether_a_guideline_applies_may_be_open() -> None:
    """Then its answer needs data, and the other is shown below it."""
    known = made("\n    - theirs\n    - ours", "product is axi-cel")
    found = only(known, product="unknown")
    assert (found.rule, found.status, [each.element for each in found.missing]) == (
        "theirs.steroid",
        "needs_data",
        ["product"],
    )
    assert [each.rule for each in found.alternatives] == ["ours.steroid"]


def test_what_a_guideline_applies_to_is_asked_beside_whom_a_rule_is_for() -> None:
    """Both must hold: a child with the product is not spoken to."""
    known = made("\n    - theirs\n    - ours", "product is axi-cel")
    assert answers(known, age="17 a") == []
    assert known.rules["theirs.steroid"].header.audience != known.rules["ours.steroid"].header.audience


def test_a_grade_of_a_guideline_for_some_is_graded_for_them() -> None:
    """`applies` is added to each of its rules, of whatever kind."""
    known = made(applies="product is axi-cel")
    clauses = [name for name in known.clauses if name.endswith("/for")]
    assert sorted(clauses) == ["ours.steroid/for", "theirs.steroid/for"]
    of_all = [each.rule for each in assessed(known, ILL | {"product": "tisa-cel"}).findings]
    assert of_all == ["crs"]


# --- what is said of it -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("product", "truth"), [("axi-cel", "true"), ("tisa-cel", "false"), ("unknown", "unknown")])
def test_an_explanation_shows_for_whom_an_answer_is_preferred(product: str, truth: str) -> None:
    """Both answers show the line that chose between them, with the fact that it read."""
    found = assessed(made(), ILL | {"product": product})
    for rule in ("ours.steroid", "theirs.steroid"):
        (clause,) = [each for each in explain(found, rule).clauses if each.name.startswith("prefers:")]
        assert (clause.name, clause.kind, clause.truth) == ("prefers:crs.steroid/0", "for", truth)
        assert clause.gives == "theirs answers crs.steroid"
        assert clause.tree is not None
        assert [fact.name for fact in clause.tree.facts] == ["product"]
        assert f"for (theirs answers crs.steroid): {truth.upper()}" in str(explain(found, rule))
