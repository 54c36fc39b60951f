"""Python data to the tree that a file gives, each place named by its path of keys."""

from collections.abc import Mapping as Keys
from typing import Any

from clinguide.problems import Problem, Span
from clinguide.units import LARGEST
from clinguide.yamlfile import DEEPEST, Mapping, Node, Scalar, Sequence

MOST = 200_000
"""Values of one course; a file of the largest size that is read has fewer."""


class _Reading:
    """Counts what it reads, so that data without an end are refused instead of followed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0
        self.problems: list[Problem] = []

    def place(self, path: str) -> Span:
        return Span(f"{self.name}:{path}" if path else self.name, 1, 1, 2, "")

    def refuse(self, message: str, path: str, hint: str | None = None) -> Node:
        self.problems.append(Problem("schema", message, self.place(path), hint))
        return Scalar("unknown", self.place(path))

    def node(self, data: Any, path: str, depth: int) -> Node:
        self.count += 1
        if depth > DEEPEST or self.count > MOST:
            return self.refuse("the data are too large or too deep for a course", path) if not self.problems else _EMPTY
        match data:
            case None:
                return Scalar("unknown", self.place(path))
            case bool():
                return Scalar(data, self.place(path))
            case int():
                return Scalar(data, self.place(path)) if abs(data) <= LARGEST else self.refuse("too large", path)
            case str():
                return Scalar(data, self.place(path)) if _writable(data) else self.refuse("no valid text", path)
            case float():
                # The shortest text that reads back as the same number is what was meant by it.
                return Scalar(repr(data), self.place(path))
            case Keys():
                return self.mapping(data, path, depth)
            case list() | tuple():
                inner = [self.node(each, f"{path}[{place}]", depth + 1) for place, each in enumerate(data)]
                return Sequence(tuple(inner), self.place(path))
            case _:
                return self.refuse(f"{type(data).__name__} is no kind of value here", path, "use text, as in a file")

    def mapping(self, data: Keys[Any, Any], path: str, depth: int) -> Node:
        entries = []
        for key, value in data.items():
            inner = f"{path}.{key}" if path else f"{key}"
            if isinstance(key, str) and _writable(key):
                entries.append((Scalar(key, self.place(inner)), self.node(value, inner, depth + 1)))
            else:
                self.refuse("a key must be text", inner)
        return Mapping(tuple(entries), self.place(path))


def _writable(text: str) -> bool:
    # A lone half of a surrogate pair cannot be written as UTF-8, so it would have no digest.
    return not any("\ud800" <= character <= "\udfff" for character in text)


_EMPTY = Scalar("unknown", Span("course", 1, 1, 2, ""))


def nodes_of(data: Any, name: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """The tree of plain Python data (None is `unknown`), or the problems that it has; places are paths of keys."""
    reading = _Reading(name)
    tree = reading.node(data, "", 0)
    return (None, tuple(reading.problems)) if reading.problems else (tree, ())
