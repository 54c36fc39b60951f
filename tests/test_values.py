"""Values that may be open: what is known, what could be, and what covers both."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinguide.values import OPEN, Bounds, SetValue, Value, codes, exactly, hull, is_known

AGENTS = ("norepinephrine", "epinephrine", "vasopressin")


@st.composite
def bounds(draw: st.DrawFn) -> Bounds:
    """Draw a number with its bounds, open ones among them."""
    ends = draw(st.lists(st.integers() | st.sampled_from([inf, -inf]), min_size=2, max_size=2))
    return min(ends), max(ends)


@st.composite
def sets(draw: st.DrawFn) -> SetValue:
    """Draw a set of which some codes are certain and more are possible."""
    certain = draw(st.frozensets(st.sampled_from(AGENTS)))
    possible = certain | draw(st.frozensets(st.sampled_from(AGENTS)))
    return SetValue(certain, possible, draw(st.integers(0, 4)))


some_codes = st.sampled_from(AGENTS) | st.frozensets(st.sampled_from(AGENTS), min_size=1)


@pytest.mark.parametrize(
    ("value", "known"),
    [
        (exactly(0), True),
        ((1, 2), False),
        (OPEN, False),
        ((0, inf), False),
        ("none", True),
        (frozenset({"none"}), False),
        (True, True),
        (False, True),
        (None, False),
        (SetValue(frozenset(), frozenset()), True),
        (SetValue(frozenset(), frozenset({"dopamine"})), False),
    ],
)
def test_a_value_is_known_only_where_nothing_is_open(value: Value, known: bool) -> None:
    """Unknown is a value of its own: neither zero, nor false, nor the empty set."""
    assert is_known(value) is known


@given(st.lists(bounds(), min_size=1))
def test_the_hull_of_numbers_covers_each_and_is_the_narrowest(values: list[Bounds]) -> None:
    """Bounds over several readings reach exactly from the lowest to the highest."""
    assert hull(list(values), OPEN) == (min(low for low, _ in values), max(high for _, high in values))


@given(st.lists(some_codes, min_size=1))
def test_the_hull_of_codes_holds_each_code_that_is_possible(values: list[str | frozenset[str]]) -> None:
    """A code over several readings could be any of theirs, and no other."""
    assert codes(hull(list(values), frozenset(AGENTS))) == frozenset().union(*map(codes, values))


@given(st.lists(sets(), min_size=1))
def test_the_hull_of_sets_keeps_only_what_all_are_certain_of(values: list[SetValue]) -> None:
    """Over several readings a code is certain only where each is certain of it, and possible where one is."""
    covering = hull(list(values), None)
    assert isinstance(covering, SetValue)
    for each in values:
        assert covering.certain <= each.certain
        assert covering.possible >= each.possible
        assert covering.at_least <= each.at_least
    for agent in AGENTS:
        assert (agent in covering.certain) == all(agent in each.certain for each in values)
        assert (agent in covering.possible) == any(agent in each.possible for each in values)


@pytest.mark.parametrize(("values", "covering"), [([True, True], True), ([True, False], None), ([False, None], None)])
def test_two_readings_that_differ_make_a_boolean_unknown(values: list[Value], covering: Value) -> None:
    """A boolean over several readings is known only where they agree."""
    assert hull(values, None) is covering


def test_the_hull_of_nothing_is_unknown() -> None:
    """Without any reading the value is the open one of its element."""
    assert hull([], OPEN) == OPEN


@pytest.mark.parametrize("value", [None, True, exactly(1), SetValue(frozenset({"a"}), frozenset({"a"}))])
def test_only_a_code_has_codes(value: Value) -> None:
    """What is no code could be no code."""
    assert codes(value) == frozenset()
