"""Problems: what is wrong, where it stands, and what to do about it.

A problem is one defect in knowledge or input. Problems are gathered, never raised one at a time: whoever reads a
folder or a course goes on after the first defect and reports all of them together.
"""

from collections.abc import Iterable

import msgspec


class Span(msgspec.Struct, frozen=True):
    """A place in a text: line and columns count from 1; `end` is the column after the last character."""

    file: str
    line: int
    column: int
    end: int
    text: str

    def inside(self, start: int, end: int) -> "Span":
        """The part of this span from offset `start` to offset `end`, both counted from its first character."""
        return Span(self.file, self.line, self.column + start, self.column + max(end, start + 1), self.text)


class Problem(msgspec.Struct, frozen=True):
    """One defect: a stable code, what is wrong, where, and what to do."""

    code: str
    message: str
    span: Span | None = None
    hint: str | None = None

    def __str__(self) -> str:
        """The problem as it is printed everywhere: place, code, message, the text with a caret, the hint."""
        lines = [f"{_place(self.span)}{self.code}: {self.message}"]
        if self.span is not None and self.span.text:
            lines += _drawn(self.span)
        if self.hint:
            lines.append(f"   hint: {self.hint}")
        return "\n".join(lines)


_WIDEST = 160
"""Columns of a source line that are shown; a longer line is cut around the caret."""


def _place(span: Span | None) -> str:
    return f"{span.file}:{span.line}:{span.column}: " if span else ""


def _drawn(span: Span) -> list[str]:
    # A line of a megabyte must not be printed whole, so the window moves to the caret.
    start = max(0, span.column - 1 - _WIDEST // 2) if len(span.text) > _WIDEST else 0
    shown = span.text[start : start + _WIDEST].rstrip("\n")
    column = span.column - 1 - start
    width = max(1, min(span.end - span.column, len(shown) - column))
    return [f"{span.line:5d} | {shown}", f"      | {' ' * column}{'^' * width}"]


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems by file, line and column, each once."""
    return tuple(sorted(dict.fromkeys(problems), key=_position))


def _position(problem: Problem) -> tuple[str, int, int, str, str]:
    span = problem.span
    place = (span.file, span.line, span.column) if span else ("", 0, 0)
    return (*place, problem.code, problem.message)


class _ProblemsError(Exception):
    """Several problems raised together."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__("\n".join(map(str, self.problems)))


class KnowledgeError(_ProblemsError):
    """The knowledge has problems; `problems` lists all of them."""


class CourseError(_ProblemsError):
    """A course has problems; `problems` lists all of them, and nothing was assessed."""
