"""The layout of a knowledge folder: which file is of which kind, and what must stand beside it."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

import msgspec

from clinguide.problems import Problem, Span
from clinguide.read.nodes import items, not_local, optional, place
from clinguide.yamlfile import Node, get

Kind: TypeAlias = Literal[
    "elements",
    "contradictions",
    "drugs",
    "actions",
    "questions",
    "sources",
    "guideline",
    "statements",
    "rule",
    "cases",
    "protocol",
]

_BY_PATH: dict[str, Kind] = {
    "drugs.yaml": "drugs",
    "actions.yaml": "actions",
    "questions.yaml": "questions",
    "sources.yaml": "sources",
    "elements/contradictions.yaml": "contradictions",
}
_EXPECTED = (
    "knowledge is elements/*.yaml, drugs.yaml, actions.yaml, sources.yaml, questions.yaml, guidelines/EDITION/*.yaml, "
    "protocols/*.yaml, protocols/OVERLAY/*.yaml, and *.md beside them"
)


class File(msgspec.Struct, frozen=True):
    """One file of the folder: where it stands, how places call it, its kind and its tree."""

    path: PurePosixPath
    label: str
    kind: Kind
    tree: Node


def paths(folder: Path) -> list[PurePosixPath]:
    """The files of a folder, sorted, so that the order in which a disk lists them does not count.

    What begins with a dot is left alone; a link to a folder counts as a file, and as one that is not expected.
    """
    found: list[PurePosixPath] = []
    for base, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(base) / name).is_symlink()]
        folders[:] = [name for name in folders if not name.startswith(".") and name not in links]
        inside = PurePosixPath(Path(base).relative_to(folder).as_posix())
        found += [inside / name for name in (*names, *links) if not name.startswith(".")]
    return sorted(found)


def left_alone(path: PurePosixPath) -> bool:
    """Whether a file is for people, or is written by the commands of a release."""
    return path.suffix == ".md" or str(path) == "lock.yaml"


def kind_of(path: PurePosixPath) -> Kind | None:
    """The kind of a file from its place in the folder; None where no knowledge stands there."""
    match path.parts:
        case _ if path.suffix != ".yaml":
            return None
        case ("elements", _) if str(path) not in _BY_PATH:
            return "elements"
        case ("protocols", _):
            return "protocol"
        case ("guidelines", _, "guideline.yaml"):
            return "guideline"
        case ("protocols", _, "guideline.yaml"):
            return None
        case ("guidelines" | "protocols", _, "statements.yaml"):
            return "statements"
        case ("guidelines" | "protocols", _, name):
            return "cases" if name.endswith(".cases.yaml") else "rule"
        case _:
            return _BY_PATH.get(str(path))


def unexpected(path: PurePosixPath, label: str) -> Problem:
    """A file that is no knowledge: it would be ignored without a word, whatever its author hoped."""
    other = path.with_suffix(".yaml")
    meant = path.suffix == ".yml" and kind_of(other) is not None
    hint = f"call it {other.name}" if meant else _EXPECTED
    return Problem("unexpected-file", "no knowledge file is expected here", whole(label), hint)


def whole(label: str) -> Span:
    """The place of a file as such, without a line to show."""
    return Span(label, 1, 1, 2, "")


def neighbours(files: list[File], seen: list[PurePosixPath], label: str) -> Iterator[Problem]:
    """What is wrong between files of one folder: a guideline without its file, cases without their rule."""
    yield from _without_head(seen, label)
    trees = {file.path: file.tree for file in files}
    for file in files:
        match file.kind:
            case "guideline":
                yield from _named(file, file.path.parts[1], "the folder")
            case "protocol":
                yield from _named(file, file.path.stem, "the file")
            case "cases":
                beside = file.path.with_name(file.path.name.replace(".cases.yaml", ".yaml"))
                yield from _beside(file, beside, trees.get(beside), beside in seen)
            case "rule" if file.path.parts[0] == "protocols":
                name = file.path.parts[1]
                yield from _local(file, name, trees.get(PurePosixPath("protocols", f"{name}.yaml")))
            case _:
                pass


def _without_head(seen: list[PurePosixPath], label: str) -> Iterator[Problem]:
    """Rules whose guideline or protocol has no file of its own."""
    for top, folder in sorted({path.parts[:2] for path in seen if path.parts[2:] and kind_of(path) == "rule"}):
        ours = top == "guidelines"
        path = PurePosixPath(top, folder, "guideline.yaml") if ours else PurePosixPath(top, f"{folder}.yaml")
        if path not in seen:
            since = "say in it whose rules these are and since when they are in force"
            hint = since if ours else "say in it which protocol these rules are added to, and why"
            yield Problem("missing-file", "this file is missing", whole(f"{label}/{path}"), hint)


def _local(rule: File, name: str, protocol: Node | None) -> Iterator[Problem]:
    """A rule that stands below a protocol belongs to it, and answers only where the protocol adds it."""
    written = optional(rule.tree, "id")
    if written is None:
        return
    yield from not_local(written, name, place(rule.tree, "id"))
    if protocol is not None and written not in {optional(each, "add") for each in items(get(protocol, "changes"))}:
        hint = f"write `add: {written}` under changes: of {name}.yaml, with why: and until:"
        yield Problem("not-added", f"no change of this protocol adds '{written}'", place(rule.tree, "id"), hint)


def _named(file: File, name: str, what: str) -> Iterator[Problem]:
    written = optional(file.tree, "id")
    if written is not None and written != name:
        message = f"the id is '{written}', and {what} is called '{name}'"
        yield Problem("id-and-file", message, place(file.tree, "id"), "give both the same name")


def _beside(cases: File, path: PurePosixPath, rule: Node | None, seen: bool) -> Iterator[Problem]:
    span = place(cases.tree, "rule")
    if not seen:
        yield Problem(
            "cases-without-rule", f"there is no {path.name} beside these cases", span, "cases stand beside their rule"
        )
    elif rule is not None and optional(rule, "id") != optional(cases.tree, "rule"):
        hint = f"the rule beside them is '{optional(rule, 'id')}'"
        yield Problem("cases-without-rule", "these cases are for another rule", span, hint)
