"""Places in a text, from positions that count from 0 as libyaml does."""

from clinguide.problems import Span


def part_of_line(file: str, lines: tuple[str, ...], line: int, column: int, stop: int | None = None) -> Span:
    """A part of one line, all counted from 0; to the end of its text where there is no `stop`."""
    text = lines[line] if line < len(lines) else ""
    end = len(text.rstrip()) if stop is None else stop
    return Span(file, line + 1, column + 1, max(end, column) + 1, text)
