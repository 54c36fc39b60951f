"""Lines of the report: eighty columns of plain text, each with the weight that it has for the reader."""

import re
import textwrap
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

import msgspec

from clinguide.units import duration_text

WIDTH = 80
_TOGETHER = "\N{NO-BREAK SPACE}"
_SPACES = re.compile(r"[ \t\n]+")
_MICROSECOND = timedelta(microseconds=1)
_MINUTE = 60_000_000
_DAY = 24 * 60 * _MINUTE

Style: TypeAlias = Literal["banner", "alarm", "heading", "strong", "plain", "quiet"]
"""How loud a line is. There is no style for good news: a report never says that all is well."""


class Line(msgspec.Struct, frozen=True):
    """One line of the report; it says the same without its style."""

    text: str
    style: Style = "plain"


def wrapped(text: str, style: Style = "plain", *, indent: int = 0, hang: int = 3) -> list[Line]:
    """A text over as many lines as it needs; `indent` for the first, `hang` more for the others."""
    first, later = " " * indent, " " * (indent + hang)
    # A name that is cut in two is no name, so a long one may pass the margin.
    told = textwrap.wrap(
        " ".join(_SPACES.split(text.strip())),
        WIDTH,
        initial_indent=first,
        subsequent_indent=later,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [Line(part.replace(_TOGETHER, " "), style) for part in told]


def kept(text: str) -> str:
    """A text that is not broken over two lines: a dose, a time, a mark."""
    return text.replace(" ", _TOGETHER)


def heading(text: str) -> list[Line]:
    """An empty line and a heading."""
    return [Line(""), Line(text, "heading")]


def clock(time: str, beside: str | None = None) -> str:
    """A time as it is said at the bedside, "4 Mar 21:00"; with its year where `beside` is of another year."""
    moment = datetime.fromisoformat(time)
    year = f" {moment.year}" if beside is None or datetime.fromisoformat(beside).year != moment.year else ""
    return kept(f"{moment.day} {moment:%b}{year} {moment:%H:%M}")


def elapsed(earlier: str, later: str) -> int:
    """The microseconds from one time to another."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)) // _MICROSECOND


def roughly(length: int) -> str:
    """A duration to the minute, and from three days on to the hour: nobody reads seconds."""
    step = _MINUTE if length < 3 * _DAY else 60 * _MINUTE
    return duration_text(length // step * step)


def listed(words: Sequence[str], most: int | None = None, between: str = ", ") -> str:
    """Words as one text; beyond `most` only how many more there are."""
    if most is not None and len(words) > most:
        return f"{between.join(words[:most])}{between}and {len(words) - most} more"
    return between.join(words)


def lower_first(text: str) -> str:
    """A title inside a sentence: "intensive care", but "CRS grade" and "EEG" as they are."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text
