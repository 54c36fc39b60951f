"""A knowledge folder to the model, with every problem of every file together."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TypeAlias, TypeVar, assert_never

from clinguide import schema, yamlfile
from clinguide.model import (
    ActionType,
    Case,
    Content,
    Contradiction,
    Drug,
    Element,
    Guideline,
    Protocol,
    Question,
    Rule,
    Source,
    Statement,
)
from clinguide.problems import KnowledgeError, Problem
from clinguide.read import facts, protocols, rules
from clinguide.read.layout import File, kind_of, left_alone, neighbours, paths, unexpected
from clinguide.read.nodes import entries, items, place, repeated, text
from clinguide.yamlfile import Mapping, Node, Scalar

Item: TypeAlias = (
    Element | Contradiction | Drug | ActionType | Question | Source | Guideline | Statement | Rule | Case | Protocol
)


def read(folder: Path, label: str | None = None) -> Content:
    """Everything that a knowledge folder says. Raises KnowledgeError with all problems of all files.

    Places call files by the folder's own name and their path in it; `label` replaces the folder's name. What needs
    several files to be seen (is there such an element?) is for whoever compiles.
    """
    problems: list[Problem] = []
    named = label or folder.name or folder.resolve().name
    seen = [path for path in paths(folder) if not left_alone(path)]
    files = [file for path in seen if (file := _file(folder, path, named, problems))]
    if not seen:
        hint = "a knowledge folder has elements/, guidelines/ and protocols/ in it"
        problems.append(Problem("no-knowledge", f"there is no knowledge in '{label or folder}'", None, hint))
    found = [item for file in files for item in _checked(file, problems)]
    problems.extend(neighbours(files, seen, named))
    if problems:
        raise KnowledgeError(problems)
    return _content(found)


def _file(folder: Path, path: PurePosixPath, named: str, problems: list[Problem]) -> File | None:
    kind, label = kind_of(path), f"{named}/{path}"
    if kind is None or not (folder / path).is_file():
        problems.append(unexpected(path, label))
        return None
    # A tree that was read with problems is for further looking only: what it says may not be what was meant.
    tree, found = yamlfile.read(folder / path, label)
    problems.extend(found)
    return None if found or tree is None else File(path, label, kind, tree)


def _checked(file: File, problems: list[Problem]) -> list[Item]:
    """The items of a file of which its schema has nothing to say; the others are told and left out."""
    found = schema.against(file.tree, file.kind)
    problems.extend(found)
    # Building needs what the schema promises, so what it refuses is left out, and only that.
    broken = frozenset(problem.span.line for problem in found if problem.span)
    return list(_items(file, broken, problems))


def _items(file: File, broken: frozenset[int], problems: list[Problem]) -> Iterator[Item]:
    tree, folder = file.tree, file.path.parts[1] if file.path.parts[1:] else ""
    match file.kind:
        case "elements":
            yield from (facts.element(key, node, problems) for key, node in _entries(tree, broken))
        case "contradictions":
            yield from (facts.contradiction(node, problems) for node in _listed(tree, broken))
        case "drugs":
            yield from (facts.drug(key, node, problems) for key, node in _entries(tree, broken))
        case "actions":
            yield from (facts.action_type(key, node, problems) for key, node in _entries(tree, broken))
        case "questions":
            yield from (facts.question(key, node) for key, node in _entries(tree, broken))
        case "sources":
            yield from (facts.source(key, node) for key, node in _entries(tree, broken))
        case "statements":
            problems.extend(repeated(((text(node, "id"), place(node, "id")) for node in items(tree)), "the statement"))
            yield from (protocols.statement(node, folder) for node in _listed(tree, broken))
        case "guideline" | "rule" | "protocol" | "cases":
            yield from () if broken else _single(file, folder, problems)
        case _:
            assert_never(file.kind)


def _single(file: File, folder: str, problems: list[Problem]) -> tuple[Item, ...]:
    """The item of a file that has only one, or the cases of one rule."""
    match file.kind:
        case "guideline":
            return (protocols.guideline(file.tree, problems),)
        case "protocol":
            return (protocols.protocol(file.tree, problems),)
        case "cases":
            return protocols.cases(file.tree, problems)
        case _:
            return (rules.rule(file.tree, folder, problems),)


def _entries(tree: Node, broken: frozenset[int]) -> Iterator[tuple[Scalar, Node]]:
    """The entries of a mapping without a broken line in them."""
    found = entries(tree)
    whole = _whole([key.span.line for key, _ in found], broken)
    yield from (entry for entry, fit in zip(found, whole, strict=True) if fit and isinstance(entry[1], Mapping))


def _listed(tree: Node, broken: frozenset[int]) -> Iterator[Node]:
    """The items of a list without a broken line in them."""
    found = items(tree)
    whole = _whole([node.span.line for node in found], broken)
    yield from (node for node, fit in zip(found, whole, strict=True) if fit)


def _whole(starts: list[int], broken: frozenset[int]) -> list[bool]:
    """For each entry that begins on a line, whether no line up to the next one is broken."""
    last = max((*starts, *broken), default=0) + 1
    # Entries may share a line; none of them is whole where it is broken.
    ends = [max(start + 1, after) for start, after in zip(starts, (*starts[1:], last), strict=False)]
    return [not any(start <= line < end for line in broken) for start, end in zip(starts, ends, strict=True)]


def _content(found: list[Item]) -> Content:
    return Content(
        elements=_by_id(found, Element),
        contradictions=_of(found, Contradiction),
        sources=_by_id(found, Source),
        statements=tuple(sorted(_of(found, Statement), key=lambda each: (each.guideline, each.id))),
        guidelines=_by_id(found, Guideline),
        questions=_by_id(found, Question),
        drugs=_by_id(found, Drug),
        actions=_by_id(found, ActionType),
        rules=tuple(sorted((each for each in found if isinstance(each, Rule)), key=lambda each: each.header.id)),
        protocols=_by_id(found, Protocol),
        cases=_of(found, Case),
    )


Named = TypeVar("Named", Element, Source, Guideline, Question, Drug, ActionType, Protocol)
Found = TypeVar("Found", Contradiction, Statement, Case)


def _by_id(found: list[Item], kind: type[Named]) -> tuple[Named, ...]:
    """The items of a kind by id: in which of several files one stands does not count."""
    return tuple(sorted((each for each in found if isinstance(each, kind)), key=lambda each: each.id))


def _of(found: list[Item], kind: type[Found]) -> tuple[Found, ...]:
    return tuple(each for each in found if isinstance(each, kind))
