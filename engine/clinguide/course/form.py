"""The form of a course: what a course file says, before the knowledge is asked whether it makes sense."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec

from clinguide.problems import Span

Plain: TypeAlias = "str | int | float | bool | Sequence[Plain] | Mapping[str, Plain] | None"


class Entry(msgspec.Struct, frozen=True):
    """One key with what is written under it; numbers stand as their text, lists as tuples."""

    name: str
    value: "str | bool | tuple[Entry, ...] | None"
    span: Span
    value_span: Span


class Course(msgspec.Struct, frozen=True):
    """One patient's course as it is written; `check` asks the knowledge whether it can be so.

    `digest` is the SHA-256 of the RFC 8785 form of what it says; the order of events does not count.
    """

    id: str
    digest: str
    has_clock: bool

    @classmethod
    def read(cls, path: Path | str) -> "Course":
        """The course in a file. Raises CourseError with every problem of its structure."""
        raise NotImplementedError

    @classmethod
    def from_text(cls, text: str, file: str = "course") -> "Course":
        """The course that a text says; `file` is the name by which problems call it. Raises CourseError."""
        raise NotImplementedError

    @classmethod
    def from_dict(cls, data: Mapping[str, Plain]) -> "Course":
        """The course from the same structure as in a file. Raises CourseError; places are paths of keys."""
        raise NotImplementedError

    @classmethod
    def from_facts(cls, facts: Mapping[str, Plain]) -> "Course":
        """One moment without a clock and without an infusion; None or "unknown" is charted as unknown."""
        raise NotImplementedError
