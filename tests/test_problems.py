"""Problems are printed with their place, and raised all together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinguide.problems import CourseError, KnowledgeError, Problem, Span, in_order

LINE = "    - tocilizumab_dose < 4"


def test_a_problem_is_printed_with_place_caret_and_hint() -> None:
    """A reader sees file, line, column, what is wrong, the words themselves, and what to do."""
    span = Span("crs-tocilizumab.yaml", 19, 7, 23, LINE)
    problem = Problem("unknown-element", "no element is called 'tocilizumab_dose'", span, "did you mean '..._doses'?")
    assert str(problem) == "\n".join(
        [
            "crs-tocilizumab.yaml:19:7: unknown-element: no element is called 'tocilizumab_dose'",
            "   19 |     - tocilizumab_dose < 4",
            "      |       ^^^^^^^^^^^^^^^^",
            "   hint: did you mean '..._doses'?",
        ]
    )


def test_a_problem_without_a_place_is_one_line() -> None:
    """What has no place and no hint says only what it is."""
    assert str(Problem("no-rules", "the folder holds no rule")) == "no-rules: the folder holds no rule"


@given(st.integers(1, 5000), st.integers(1, 50))
def test_the_caret_stands_under_its_words_in_a_line_of_any_length(column: int, width: int) -> None:
    """A line of thousands of characters is cut around the caret, and the caret still stands under its words."""
    text = " " * (column - 1) + "X" * width + " " * (5200 - column - width)
    drawn = str(Problem("code", "message", Span("f.yaml", 3, column, column + width, text))).splitlines()
    under = [character for character, caret in zip(drawn[1], drawn[2], strict=False) if caret == "^"]
    assert max(len(line) for line in drawn) <= 170
    assert under
    assert set(under) == {"X"}


@given(st.integers(0, 20), st.integers(0, 20))
def test_a_part_of_a_span_is_never_empty(start: int, length: int) -> None:
    """A part keeps file, line and text, counts from the span's first character, and covers at least one."""
    part = Span("f.yaml", 2, 5, 60, LINE).inside(start, start + length)
    assert (part.file, part.line, part.text) == ("f.yaml", 2, LINE)
    assert part.column == 5 + start
    assert part.end - part.column == max(length, 1)


def place(file: str, line: int, column: int) -> Problem:
    """Make a problem at a place."""
    return Problem("code", "message", Span(file, line, column, column + 1, ""))


@pytest.mark.parametrize("kind", [KnowledgeError, CourseError])
def test_all_problems_are_raised_together_in_the_order_of_the_files(kind: type[KnowledgeError | CourseError]) -> None:
    """Nobody fixes one problem to be shown the next: all are raised, by file, line and column, each once."""
    early, later, other = place("a.yaml", 2, 9), place("a.yaml", 10, 1), place("b.yaml", 1, 1)
    error = kind([other, later, early, later])
    assert error.problems == (early, later, other)
    assert str(error) == "\n".join(map(str, (early, later, other)))


def test_problems_without_a_place_come_first() -> None:
    """What concerns everything is read first."""
    everywhere = Problem("no-rules", "the folder holds no rule")
    assert in_order([place("a.yaml", 1, 1), everywhere])[0] is everywhere
