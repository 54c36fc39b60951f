"""From file to text, and which characters a text may hold."""

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from clinguide.problems import Problem, Span

LARGEST = 1024 * 1024
"""Bytes of a file that is read."""
MOST_PROBLEMS = 100
"""A file with this many problems is not read further: a hostile one must not fill the memory with them."""

# Control characters; what libyaml, but not YAML 1.2, takes for the end of a line; and what is invisible or turns the
# direction of writing, so that a reviewer would not see what the engine reads.
_REFUSED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
    "|\r(?!\n)"
)
_TAB = re.compile(r"^[ ]*\t", re.MULTILINE)


def read_text(path: Path, label: str | None = None) -> tuple[str, tuple[Problem, ...]]:
    """The text of a file, or "" and why it cannot be read."""
    file = label or str(path)
    try:
        with path.open("rb") as opened:
            content = opened.read(LARGEST + 1)
    except OSError as error:
        return "", (whole(file, "yaml-unreadable", f"the file cannot be read: {error.strerror}"),)
    if len(content) > LARGEST:
        return "", (too_large(file),)
    try:
        return content.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        return "", (_not_utf8(file, content, error.start),)


def _not_utf8(file: str, content: bytes, start: int) -> Problem:
    before = content[:start].decode("utf-8")
    column = len(before) - before.rfind("\n")
    line = content[content.rfind(b"\n", 0, start) + 1 :].partition(b"\n")[0].decode("utf-8", "replace")
    span = Span(file, before.count("\n") + 1, column, column + 1, cleaned(line))
    return Problem("yaml-encoding", f"byte 0x{content[start]:02X} is not UTF-8", span, "save the file as UTF-8")


def too_large(file: str) -> Problem:
    """The problem of a text beyond the limit."""
    return whole(file, "yaml-too-large", "the file is larger than 1 MiB", "split it: one rule per file")


def whole(file: str, code: str, message: str, hint: str | None = None) -> Problem:
    """A problem of a file as a whole."""
    return Problem(code, message, Span(file, 1, 1, 2, ""), hint)


def odd_characters(text: str, file: str) -> Iterator[Problem]:
    """A problem for each character that no file may hold, and for each tab in an indentation."""
    places = [place.start() for place in _REFUSED.finditer(text)] + [place.end() - 1 for place in _TAB.finditer(text)]
    if not places:
        return
    # Made once and shared by all problems: a hostile line may be a megabyte.
    lines = [line.removesuffix("\r") for line in cleaned(text).split("\n")]
    for place in sorted(places)[:MOST_PROBLEMS]:
        line, column = text.count("\n", 0, place), place - text.rfind("\n", 0, place)
        yield _character(text[place], Span(file, line + 1, column, column + 1, lines[line]))


def escaped(value: str, span: Span) -> Problem | None:
    """A problem where a value holds, by an escape in double quotes, what no file may hold."""
    found = _REFUSED.search(value)
    return _character(found[0][0], span) if found else None


def cleaned(text: str) -> str:
    """The text with everything that is refused, and tabs, made visible: problems are printed on terminals."""
    return _REFUSED.sub("\ufffd", text.replace("\t", "→"))


def _character(character: str, span: Span) -> Problem:
    if character == "\t":
        return Problem("yaml-tab", "a tab in the indentation", span, "indent with spaces")
    name = unicodedata.name(character, "").lower() or f"control character U+{ord(character):04X}"
    if character == "\ufeff":
        return Problem("yaml-encoding", f"a byte order mark ({name})", span, "save the file as UTF-8 without one")
    return Problem("yaml-encoding", f"{name} is not allowed", span, "delete it")
