"""Spelling: the odd character is named, and the word that was meant is found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinguide.spelling import did_you_mean, odd_character

DRUGS = ["norepinephrine", "epinephrine", "phenylephrine", "vasopressin", "tocilizumab", "siltuximab"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("norepin\u0435phrine", "Cyrillic small letter ie at character 8"),
        ("38\u00a0Cel", "No-break space at character 3"),
        ("\uff13\uff18", "Fullwidth digit three at character 1"),
        ("a\u200bb", "Zero width space at character 2"),
        ("a\x07", "Character U+0007 at character 2"),
    ],
)
def test_the_first_odd_character_is_named_with_its_place(text: str, named: str) -> None:
    """A letter that looks right and is not is named, since no eye finds it."""
    assert odd_character(text) == named


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_printable_ascii_is_never_odd(text: str) -> None:
    """Whatever a keyboard types is not odd."""
    assert odd_character(text) is None


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("norepinephrin", "norepinephrine"),
        ("NorEpinephrine", "norepinephrine"),
        ("norepinephri\u043fe", "norepinephrine"),
        ("tocilizumb", "tocilizumab"),
        ("\u0442\u043e\u0441ilizumab", "tocilizumab"),
        ("metoprolol", None),
        ("", None),
    ],
)
def test_the_word_that_was_meant_is_found(word: str, meant: str | None) -> None:
    """A misspelt word finds its neighbour, and a strange word finds none."""
    assert did_you_mean(word, DRUGS) == meant


def test_hyphens_and_underscores_are_one() -> None:
    """`ice-score` finds `ice_score`."""
    assert did_you_mean("ice-score", ["ice_score", "capd_score"]) == "ice_score"


def test_the_answer_does_not_depend_on_the_order_of_the_words() -> None:
    """Equal input gives an equal hint, whatever order a set is read in."""
    words = ["crs_grade", "crs-grade", "crs.grade"]
    assert {did_you_mean("crs_grad", order) for order in (words, words[::-1])} == {"crs-grade"}


def test_a_word_of_a_megabyte_is_answered() -> None:
    """A hostile word costs no more than a long one."""
    assert did_you_mean("x" * 1_000_000, DRUGS) is None
