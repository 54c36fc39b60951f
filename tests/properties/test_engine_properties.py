"""Promises about what is not known: knowing more narrows an answer and never turns it round."""

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from course_generators import (
    LATER,
    UNKNOWN,
    VALUES,
    Data,
    Facts,
    at_of,
    courses,
    end_of,
    examples,
    facts,
    of_data,
    of_facts,
)
from filling import (
    agrees,
    all_filled,
    broken,
    charted_now,
    kept,
    left_open,
    left_out,
    said_instead,
    said_unknown,
    turned,
    unexplained,
)


@examples(30)
@given(facts(), st.data())
def test_replacing_an_unknown_changes_no_determined_answer(known: Facts, data: Any) -> None:
    """One fact of one moment, and neither a determined line.

    Promise: "Replacing an unknown that no assumption filled, at the same time and without a contradiction, never
    changes a determined answer".
    """
    before = of_facts(known)
    open_ = left_open(before)
    assume(open_)
    name = data.draw(st.sampled_from(open_))
    after = of_facts({**known, name: data.draw(VALUES[name])})
    assume(agrees(before, after, name))
    assert kept(broken(before, after), left_out(before, after)) == []


@examples(26)
@given(facts(), st.data())
def test_an_answer_with_facts_missing_holds_however_they_are_filled(known: Facts, data: Any) -> None:
    """The answer with all facts filled is one of those that were possible without.

    Promise: "An answer with facts missing holds under every way of filling them".
    """
    before = of_facts(known)
    after = of_facts(data.draw(all_filled(known)))
    assert kept(broken(before, after), left_out(before, after)) == []


@examples(22)
@given(courses(), LATER, st.data())
def test_charting_what_was_not_charted_changes_no_determined_answer(course: Data, later: int | None, data: Any) -> None:
    """What is not charted, or stale, when a course is assessed is charted then.

    Promise: "Replacing an unknown that no assumption filled, at the same time and without a contradiction, never
    changes a determined answer".
    """
    at = at_of(course, later) or end_of(course)
    before = of_data(course, at)
    open_ = [name for name in left_open(before) if name not in course["patient"]]
    names = data.draw(st.lists(st.sampled_from(open_), min_size=1, max_size=3, unique=True))
    filled = data.draw(charted_now(course, names, at))
    after = of_data(filled, at)
    assume(all(agrees(before, after, name) for name in names))
    differences = turned(before, after)
    assert unexplained(differences, course, filled, at) == []


@examples(30)
@given(courses(), LATER, st.data())
def test_what_was_charted_as_unknown_may_have_been_anything(course: Data, later: int | None, data: Any) -> None:
    """Each `unknown` of a course, also one of long ago, is replaced at its own time.

    Promise: "An answer with facts missing holds under every way of filling them".
    """
    places = said_unknown(course)
    assume(places)
    chosen = data.draw(st.lists(st.sampled_from(places), min_size=1, unique=True))
    filled = data.draw(said_instead(course, chosen))
    at = at_of(course, later)
    differences = broken(of_data(course, at), of_data(filled, at))
    assert unexplained(differences, course, filled, at) == []


@examples(30)
@given(facts(), st.data())
def test_not_knowing_what_was_known_never_narrows(known: Facts, data: Any) -> None:
    """Charting a known fact as unknown leaves the answer it gave possible.

    Promise: "An absent or unknown fact is never read as false and never as normal".
    """
    before = of_facts(known)
    name = data.draw(st.sampled_from(sorted(known)))
    hidden = of_facts({**known, name: UNKNOWN})
    assume(name in left_open(hidden))
    assert kept(broken(hidden, before), left_out(hidden, before)) == []
