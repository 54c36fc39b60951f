"""From text to tree, straight from libyaml's events: nothing is copied for an alias, no depth is recursed into."""

from pathlib import Path
from typing import Any

import msgspec
import yaml

from clinguide.problems import Problem, Span, in_order
from clinguide.yamlfile.complaints import syntax_problem
from clinguide.yamlfile.nodes import Mapping, Node, Scalar, Sequence
from clinguide.yamlfile.places import part_of_line
from clinguide.yamlfile.text import (
    LARGEST,
    MOST_PROBLEMS,
    cleaned,
    escaped,
    odd_characters,
    read_text,
    too_large,
    whole,
)
from clinguide.yamlfile.words import resolved

DEEPEST = 64
"""Lists and mappings that may stand in one another."""

# libyaml's own loader is ten times faster; without it the same events come from Python.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WRITE_OUT = "write the value out where it is needed"
_QUOTES = ("'", '"')


def read(path: Path, label: str | None = None) -> tuple[Node | None, tuple[Problem, ...]]:
    """The tree of a file and its problems, as from `read_text` and `parse`; `label` is its name in places."""
    text, problems = read_text(path, label)
    return (None, problems) if problems else parse(text, label or str(path))


def parse(text: str, file: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """The tree of a text and its problems, never raising for what the text says.

    With a problem of a character or of structure there is no tree; with one of a key, number, anchor or tag there is,
    for checks that find more, but it is not to be used.
    """
    if len(text) > LARGEST or not (text.isascii() or len(text.encode("utf-8", "replace")) <= LARGEST):
        return None, (too_large(file),)
    odd = tuple(odd_characters(text, file))
    if odd:
        return None, in_order(odd)
    builder = _Builder(file, tuple(text.splitlines()))
    return builder.build(text), in_order(builder.problems)


class _Open(msgspec.Struct):
    """A list or mapping that is being read; the children of a mapping are keys and values in turn."""

    start: Any
    is_mapping: bool
    children: list[Node]


class _Builder:
    """Makes one tree of the events of one text, and gathers the problems."""

    def __init__(self, file: str, lines: tuple[str, ...]) -> None:
        self.file = file
        self.lines = lines
        self.problems: list[Problem] = []
        self.open: list[_Open] = []
        self.root: Node | None = None
        self.documents = 0
        self.broken = False
        self.ended = False

    def build(self, text: str) -> Node | None:
        """The tree, or None where there is none to trust."""
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self._take(event)
                if self.ended:
                    return None
        except yaml.YAMLError as error:
            self.problems.append(syntax_problem(error, self.file, self.lines))
            return None
        nothing = self.root is None or (isinstance(self.root, Scalar) and self.root.value is None)
        if nothing and not self.problems:
            self.problems.append(whole(self.file, "yaml-empty", "the file says nothing"))
        return None if nothing or self.broken else self.root

    def _take(self, event: Any) -> None:
        match event:
            case yaml.ScalarEvent():
                self._add(self._scalar(event))
            case yaml.CollectionStartEvent():
                self._begin(event)
            case yaml.CollectionEndEvent():
                self._add(self._closed(self.open.pop(), event.end_mark))
            case yaml.AliasEvent():
                self._report("yaml-alias", f"'*{event.anchor}' stands for something else", event, _WRITE_OUT)
                # Whatever it stands for is missing from the tree.
                self.broken = True
                self._add(Scalar(None, self._span(event.start_mark, event.end_mark)))
            case yaml.DocumentStartEvent():
                self._document(event)

    def _document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            self._report("yaml-documents", "a second document starts here", event, "one file holds one document")
            self.ended = True
        elif event.version or event.tags:
            self._report("yaml-tag", "a directive", event, "delete the line that begins with %")

    def _refuse_extras(self, event: Any) -> None:
        if event.anchor:
            self._report("yaml-anchor", f"'&{event.anchor}' names a value", event, _WRITE_OUT)
        if event.tag is not None:
            self._report("yaml-tag", "a tag (!)", event, "delete it; put text in quotes")

    def _add(self, node: Node) -> None:
        if self.open:
            self.open[-1].children.append(node)
        else:
            self.root = node

    # --- lists and mappings

    def _begin(self, event: Any) -> None:
        self._refuse_extras(event)
        self.open.append(_Open(event, isinstance(event, yaml.MappingStartEvent), []))
        if len(self.open) > DEEPEST:
            self._report("yaml-too-deep", f"more than {DEEPEST} lists and mappings in one another", event)
            self.ended = True

    def _closed(self, opened: _Open, end: Any) -> Node:
        flow = bool(opened.start.flow_style)
        span = self._span(opened.start.start_mark, end if flow else None)
        if not opened.is_mapping:
            return Sequence(tuple(opened.children), span, flow)
        entries: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(opened.children[::2], opened.children[1::2], strict=True):
            self._enter(entries, key, value)
        return Mapping(tuple(entries.values()), span, flow)

    def _enter(self, entries: dict[str, tuple[Scalar, Node]], key: Node, value: Node) -> None:
        if not isinstance(key, Scalar):
            self._problem("yaml-key", "a list or mapping cannot be a key", key.span, "write 'key: value'")
        elif key.plain_style and key.value == "<<":
            self._problem("yaml-key", "'<<' merges another mapping", key.span, _WRITE_OUT)
        elif not isinstance(key.value, str):
            self._problem("yaml-key", "a key must be text", key.span, "put it in quotes")
        elif key.value in entries:
            first = entries[key.value][0].span.line
            self._problem(
                "duplicate-key", f"'{key.value[:80]}' stands here again", key.span, f"it is in line {first} too"
            )
        else:
            entries[key.value] = (key, value)

    # --- values

    def _scalar(self, event: Any) -> Scalar:
        if event.anchor or event.tag is not None:
            self._refuse_extras(event)
        if event.style:
            return self._styled(event)
        span = self._span(event.start_mark, event.end_mark)
        value, hint = resolved(event.value)
        if hint and not self._expects_key():  # a number is refused as a key anyway
            self._problem("yaml-number", f"'{event.value[:40]}' is not a plain decimal", span, hint)
        return Scalar(value, span)

    def _styled(self, event: Any) -> Scalar:
        span = self._quoted_span(event) if event.style in _QUOTES else self._block_span(event)
        odd = escaped(event.value, span) if event.style == '"' else None
        if odd:
            self._problem(odd.code, odd.message, span, odd.hint)
            return Scalar(cleaned(event.value), span, plain_style=False)
        return Scalar(event.value, span, plain_style=False)

    def _expects_key(self) -> bool:
        return bool(self.open) and self.open[-1].is_mapping and len(self.open[-1].children) % 2 == 0

    # --- places

    def _quoted_span(self, event: Any) -> Span:
        span = self._span(event.start_mark, event.end_mark)
        closed = event.start_mark.line == event.end_mark.line
        inside = span.end - span.column - closed
        return span.inside(1, inside) if inside > 1 else span

    def _block_span(self, event: Any) -> Span:
        start, lines = event.start_mark, self.lines
        if not event.value.strip():
            return self._span(start, event.end_mark)
        line = next(n for n in range(start.line + 1, len(lines)) if lines[n].strip())
        return part_of_line(self.file, lines, line, len(lines[line]) - len(lines[line].lstrip()))

    def _span(self, start: Any, end: Any) -> Span:
        """From `start` to `end`, or to the end of the line where that comes first."""
        stop = end.column if end is not None and end.line == start.line else None
        return part_of_line(self.file, self.lines, start.line, start.column, stop)

    # --- problems

    def _report(self, code: str, message: str, event: Any, hint: str | None = None) -> None:
        self._problem(code, message, self._span(event.start_mark, event.end_mark), hint)

    def _problem(self, code: str, message: str, span: Span, hint: str | None) -> None:
        self.ended = self.ended or len(self.problems) + 1 >= MOST_PROBLEMS
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(Problem(code, message, span, hint))
