"""The tree of a file: every value with its place."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from clinguide.problems import Span


class Scalar(msgspec.Struct, frozen=True, gc=False):
    """One value: text, integer, Decimal, boolean or None.

    `span` covers the text itself, without its quotes, so that an offset into a value written on one line is an offset
    into its span (escapes in quotes shift it). Of a value over several lines it is the first line of the content.
    `plain_style` is whether it stands without quotes and on no block (`|`, `>`).
    """

    value: str | int | bool | Decimal | None
    span: Span
    plain_style: bool = True


class Sequence(msgspec.Struct, frozen=True):
    """A list; `span` is its first line. `flow` is whether it is written in brackets."""

    items: tuple["Node", ...]
    span: Span
    flow: bool = False


class Mapping(msgspec.Struct, frozen=True):
    """Keys, which are text, with their values, in the order of the file; `span` is its first line."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    span: Span
    flow: bool = False


Node: TypeAlias = Scalar | Sequence | Mapping


def get(node: Node, key: str) -> Node | None:
    """The value under a key of a mapping; None where there is none."""
    found = _entry(node, key)
    return found[1] if found else None


def key_of(node: Node, key: str) -> Scalar | None:
    """The key itself, for its place; None where there is none."""
    found = _entry(node, key)
    return found[0] if found else None


def find(node: Node, path: Iterable[str | int]) -> Node:
    """The node at a path of keys and list positions, as JSON Schema reports it; the last one there is on the way."""
    for step in path:
        inner = _item(node, step) if isinstance(step, int) else get(node, step)
        if inner is None:
            break
        node = inner
    return node


def plain(node: Node) -> Any:
    """The value as JSON data for a schema: decimals become floats, and are not to be calculated with."""
    match node:
        case Scalar(value=Decimal() as number):
            return float(number)
        case Scalar():
            return node.value
        case Sequence():
            return [plain(item) for item in node.items]
        case Mapping():
            return {str(key.value): plain(value) for key, value in node.entries}


def exact(node: Node) -> Any:
    """The value as JSON data for digests: decimals become their text, as written."""
    match node:
        case Scalar(value=Decimal() as number):
            return f"{number:f}"
        case Scalar():
            return node.value
        case Sequence():
            return [exact(item) for item in node.items]
        case Mapping():
            return {str(key.value): exact(value) for key, value in node.entries}


def _entry(node: Node, key: str) -> tuple[Scalar, Node] | None:
    entries = node.entries if isinstance(node, Mapping) else ()
    return next((entry for entry in entries if entry[0].value == key), None)


def _item(node: Node, place: int) -> Node | None:
    return node.items[place] if isinstance(node, Sequence) and 0 <= place < len(node.items) else None
