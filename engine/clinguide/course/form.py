"""The form of a course: what a course file says, before the knowledge is asked whether it can be so."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeAlias

import msgspec
import rfc8785

from clinguide import yamlfile
from clinguide.course.nodes import nodes_of
from clinguide.problems import CourseError, Problem, Span
from clinguide.schema import against
from clinguide.yamlfile import Node, Scalar, Sequence

DoseKind: TypeAlias = Literal["given", "started", "changed", "stopped", "missed"]
_DOSE_KINDS: tuple[DoseKind, ...] = ("given", "started", "changed", "stopped", "missed")


class Entry(msgspec.Struct, frozen=True):
    """One value with its name and its place; a number stands as its text, a list as a tuple of entries."""

    name: str
    value: "str | bool | tuple[Entry, ...]"
    name_span: Span
    span: Span

    @property
    def text(self) -> str:
        """The value in one line, as problems show it."""
        match self.value:
            case bool():
                return str(self.value).lower()
            case str():
                return self.value
            case _:
                return f"[{', '.join(each.text for each in self.value)}]"


class Item(msgspec.Struct, frozen=True):
    """Keys with values that belong together: an infusion, a dose, a regimen; `span` is where they begin."""

    fields: dict[str, Entry]
    span: Span

    def get(self, name: str) -> Entry | None:
        """The entry of a key, None where it is absent."""
        return self.fields.get(name)


class Event(msgspec.Struct, frozen=True):
    """What was charted for one time; `at` None stands for a moment without a clock."""

    at: Entry | None
    observed: tuple[Entry, ...]
    doses: tuple[tuple[DoseKind, Item], ...]
    done: tuple[Entry, ...]


class Course(msgspec.Struct, frozen=True):
    """One patient's course as it is written; `check` asks the knowledge whether it can be so.

    `digest` is the SHA-256 of the RFC 8785 form of what it says, numbers as they are written; the order of events and
    infusions does not count. Without a clock it is one moment.
    """

    id: str
    digest: str
    has_clock: bool
    span: Span
    patient: tuple[Entry, ...]
    infusions: tuple[Item, ...]
    complete_since: Entry | None
    events: tuple[Event, ...]

    @classmethod
    def read(cls, path: Path | str) -> "Course":
        """The course in a file. Raises CourseError with every problem of its structure."""
        tree, problems = yamlfile.read(Path(path), str(path))
        return _course(tree, problems, Path(path).stem)

    @classmethod
    def from_text(cls, text: str, file: str = "course") -> "Course":
        """The course that a text says; `file` is the name by which problems call it. Raises CourseError."""
        tree, problems = yamlfile.parse(text, file)
        return _course(tree, problems, Path(file).stem)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], name: str = "course") -> "Course":
        """The course from the same structure as in a file; None is unknown. Raises CourseError.

        A problem's file is the path of keys: `course:events[2].observed.temperature`.
        """
        tree, problems = nodes_of(data, name)
        return _course(tree, problems, name)

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any], name: str = "facts") -> "Course":
        """One moment without a clock and without an infusion; None or "unknown" is charted as unknown.

        Raises CourseError; a problem's file is `facts:temperature`.
        """
        tree, problems = nodes_of(facts, name)
        problems = problems or (against(_as_event(tree), "course") if tree else ())
        if problems or tree is None:
            raise CourseError(problems)
        event = Event(None, _entries(tree), (), ())
        return cls(name, _digest({"facts": _said(tree)}), False, tree.span, (), (), None, (event,))


def _course(tree: Node | None, problems: tuple[Problem, ...], name: str) -> Course:
    found = problems or (against(tree, "course") if tree else ())
    if found or tree is None:
        raise CourseError(found)
    called = _entry(tree, "course")
    record = yamlfile.get(tree, "medications")
    return Course(
        called.text if called else name,
        _digest(_said(tree)),
        True,
        tree.span,
        _entries(yamlfile.get(tree, "patient")),
        tuple(map(_item, _items(yamlfile.get(tree, "infusions")))),
        _entry(record, "complete_since") if record else None,
        tuple(map(_event, _items(yamlfile.get(tree, "events")))),
    )


def _as_event(facts: Node) -> Node:
    """Facts as the only event of a course, for the schema; only the facts themselves can be wrong there."""

    def mapping(**under: Node) -> Node:
        return yamlfile.Mapping(tuple((Scalar(key, facts.span), node) for key, node in under.items()), facts.span)

    event = mapping(at=Scalar("now", facts.span), observed=facts)
    return mapping(events=Sequence((event,), facts.span))


def _event(node: Node) -> Event:
    doses = tuple((kind, _item(each)) for kind in _DOSE_KINDS for each in _items(yamlfile.get(node, kind)))
    done = tuple(_value("", each.span, each) for each in _items(yamlfile.get(node, "done")))
    return Event(_entry(node, "at"), _entries(yamlfile.get(node, "observed")), doses, done)


def _items(node: Node | None) -> tuple[Node, ...]:
    """The items of a list; what is written without a list is one item."""
    if node is None:
        return ()
    return node.items if isinstance(node, Sequence) else (node,)


def _item(node: Node) -> Item:
    entries = _entries(node)
    return Item({each.name: each for each in entries}, entries[0].name_span if entries else node.span)


def _entries(node: Node | None) -> tuple[Entry, ...]:
    pairs = node.entries if isinstance(node, yamlfile.Mapping) else ()
    return tuple(_value(str(key.value), key.span, value) for key, value in pairs)


def _entry(node: Node, name: str) -> Entry | None:
    key, value = yamlfile.key_of(node, name), yamlfile.get(node, name)
    return _value(name, key.span, value) if key and value else None


def _value(name: str, name_span: Span, node: Node) -> Entry:
    if isinstance(node, Scalar):
        return Entry(name, _scalar(node), name_span, node.span)
    return Entry(name, tuple(_value("", each.span, each) for each in _items(node)), name_span, node.span)


def _scalar(node: Scalar) -> str | bool:
    match node.value:
        case bool() | str():
            return node.value
        case Decimal():
            return f"{node.value:f}"
        case _:
            return str(node.value)


# --- digest -----------------------------------------------------------------------------------------------------------


def _said(node: Node) -> Any:
    """What a node says as JSON, numbers as their text: a course in a file and the same in Python have one digest."""
    match node:
        case Scalar():
            return _scalar(node)
        case Sequence():
            return [_said(each) for each in node.items]
        case yamlfile.Mapping():
            return {str(key.value): _said(value) for key, value in node.entries}


def _digest(said: dict[str, Any]) -> str:
    for key in ("events", "infusions"):
        if key in said:
            said[key] = sorted(said[key], key=rfc8785.dumps)
    return f"sha256:{hashlib.sha256(rfc8785.dumps(said)).hexdigest()}"
