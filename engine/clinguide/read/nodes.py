"""Plain values out of nodes that their schema has already passed."""

import hashlib
from collections.abc import Iterator
from datetime import date

import rfc8785

from clinguide.problems import Problem, Span
from clinguide.yamlfile import Mapping, Node, Scalar, Sequence, exact, get, key_of


def text(node: Node, key: str) -> str:
    """The text under a key that must be there."""
    return optional(node, key) or ""


def optional(node: Node, key: str) -> str | None:
    """The text under a key, without the line break that ends a block; None where the key is absent."""
    found = get(node, key)
    return None if found is None else word(found)


def word(node: Node) -> str:
    """The text of one value: a decimal as it is written, `true` and `false` as in YAML."""
    if not isinstance(node, Scalar):
        return ""
    return str(node.value).lower() if isinstance(node.value, bool) else str(exact(node)).strip()


def words(node: Node, key: str) -> tuple[str, ...]:
    """The texts in the list under a key; none where the key is absent."""
    return tuple(word(item) for item in items(get(node, key)))


def pairs(node: Node, key: str) -> tuple[tuple[str, str], ...]:
    """The keys and texts of the mapping under a key, by key, so that their order in the file does not count."""
    found = get(node, key)
    return tuple(sorted((word(name), word(value)) for name, value in entries(found)))


def items(node: Node | None) -> tuple[Node, ...]:
    """The items of a list; none where there is no list."""
    return node.items if isinstance(node, Sequence) else ()


def entries(node: Node | None) -> tuple[tuple[Scalar, Node], ...]:
    """The entries of a mapping; none where there is no mapping."""
    return node.entries if isinstance(node, Mapping) else ()


def flag(node: Node, key: str, default: bool = False) -> bool:
    """The boolean under a key."""
    found = get(node, key)
    return found.value if isinstance(found, Scalar) and isinstance(found.value, bool) else default


def place(node: Node, key: str) -> Span:
    """Where the value under a key stands; the node itself where the key is absent."""
    return (get(node, key) or node).span


def key_place(node: Node, key: str) -> Span:
    """Where a key stands; the start of the node where it is absent."""
    found = key_of(node, key)
    return found.span if found else start(node)


def start(node: Node) -> Span:
    """Where a mapping begins: its first key."""
    return node.entries[0][0].span if isinstance(node, Mapping) and node.entries else node.span


def digest(data: object) -> str:
    """The SHA-256 of the RFC 8785 form of plain data, as "sha256:..."."""
    return f"sha256:{hashlib.sha256(rfc8785.dumps(_kept(data))).hexdigest()}"


def _kept(data: object) -> "rfc8785._impl._Value":
    # RFC 8785 has no whole numbers beyond 2^53; their text stands for them.
    match data:
        case dict():
            return {str(key): _kept(value) for key, value in data.items()}
        case list():
            return [_kept(value) for value in data]
        case bool() | str() | None:
            return data
        case int() if abs(data) < 2**53:
            return data
        case _:
            return str(data)


def day(node: Node, key: str, problems: list[Problem]) -> date | None:
    """The date under a key."""
    written = optional(node, key)
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        problems.append(Problem("bad-date", f"there is no day {written}", place(node, key), "write year-month-day"))
        return None


def repeated(found: Iterator[tuple[str, Span]], what: str) -> Iterator[Problem]:
    """A problem for each id or name that stands a second time in one file."""
    first: dict[str, Span] = {}
    for name, span in found:
        if name in first:
            hint = f"it stands in line {first[name].line} already"
            yield Problem("duplicate-id", f"{what} '{name}' stands twice", span, hint)
        first.setdefault(name, span)


def not_local(rule: str, protocol: str, span: Span) -> Iterator[Problem]:
    """A problem where the id of a rule that a protocol adds does not begin with the protocol's."""
    if not rule.startswith(f"{protocol}."):
        hint = "the ids of a protocol's own rules begin with its id, so that an answer shows whose rule it is"
        yield Problem("not-local", f"'{rule}' does not begin with '{protocol}.'", span, hint)
