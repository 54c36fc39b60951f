"""Guidelines, statements, protocols and cases: from checked nodes to the model."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, cast, get_args

import msgspec

from clinguide.model import Case, Change, ChangeKind, Guideline, Preference, Protocol, Statement
from clinguide.problems import Problem
from clinguide.read.conditions import condition, optional_condition
from clinguide.read.nodes import day, digest, entries, items, not_local, optional, place, repeated, text, word, words
from clinguide.yamlfile import Node, Scalar, exact, get

KINDS: tuple[ChangeKind, ...] = get_args(ChangeKind)


def guideline(node: Node, problems: list[Problem]) -> Guideline:
    """The one guideline of a guideline.yaml."""
    effective = get(node, "effective") or node
    inside = effective is not node  # absent: in force on every day
    first = day(effective, "from", problems) if inside else None
    end = day(effective, "to", problems) if inside else None
    if first and end and first >= end:
        hint = "in force from <= day < to"
        problems.append(Problem("dates-order", f"it ends on {end}, before it begins", place(effective, "to"), hint))
    return Guideline(
        id=text(node, "id"),
        title=text(node, "title"),
        publisher=text(node, "publisher"),
        span=place(node, "id"),
        digest=digest(exact(node)),
        sources=words(node, "sources"),
        published=day(node, "published", problems),
        effective_from=first,
        effective_to=end,
        supersedes=words(node, "supersedes"),
        graded_with=optional(node, "graded_with"),
        applies=optional_condition(get(node, "applies"), problems),
        review_by=day(node, "review_by", problems),
    )


def statement(node: Node, guideline_id: str) -> Statement:
    """One entry of a statements.yaml."""
    return Statement(
        id=text(node, "id"),
        guideline=guideline_id,
        says=text(node, "says"),
        source=text(node, "source"),
        read=cast("Any", text(node, "read")),
        confidence=cast("Any", text(node, "confidence")),
        span=place(node, "id"),
        digest=digest(exact(node)),
        not_encoded=optional(node, "not_encoded"),
        held_by=optional(node, "held_by"),
    )


def protocol(node: Node, problems: list[Problem]) -> Protocol:
    """The one protocol of its file."""
    prefers = entries(get(node, "prefers"))
    changes = tuple(_change(each, problems) for each in items(get(node, "changes")))
    problems.extend(_against_each_other(changes))
    problems.extend(_not_its_own(changes, text(node, "id")))
    return Protocol(
        id=text(node, "id"),
        title=text(node, "title"),
        version=text(node, "version"),
        status=cast("Any", text(node, "status")),
        why=text(node, "why"),
        span=place(node, "id"),
        digest=digest(exact(node)),
        uses=words(node, "uses"),
        prefers=tuple(
            (word(key), tuple(_preference(each, problems) for each in items(value))) for key, value in prefers
        ),
        extends=optional(node, "extends"),
        changes=changes,
    )


def _preference(node: Node, problems: list[Problem]) -> Preference:
    if isinstance(node, Scalar):
        return Preference(word(node), node.span)
    audience = get(node, "for")
    said = None if audience is None else condition(audience, problems)
    return Preference(text(node, "guideline"), place(node, "guideline"), said)


def _change(node: Node, problems: list[Problem]) -> Change:
    """One change of an overlay; its target is looked up where all files are known."""
    kind = next(each for each in KINDS if get(node, each) is not None)
    return Change(
        kind=kind,
        target=text(node, kind),
        to=optional(node, "to") if kind == "set" else None,
        preferences=tuple(_preference(each, problems) for each in items(get(node, "to"))),
        why=text(node, "why"),
        until=day(node, "until", problems) or date.max,
        span=place(node, kind),
    )


def _against_each_other(changes: tuple[Change, ...]) -> Iterator[Problem]:
    """One thing is changed once: of two values for one setting nobody could say which stands."""
    named = ((f"{each.kind} {each.target}", each.span) for each in changes)
    yield from repeated(named, "the change")


def _not_its_own(changes: tuple[Change, ...], protocol_id: str) -> Iterator[Problem]:
    for each in changes:
        if each.kind == "add":
            yield from not_local(each.target, protocol_id, each.span)


def cases(node: Node, problems: list[Problem]) -> tuple[Case, ...]:
    """The cases of one file; the facts they have in common are filled into each that has no course."""
    found = items(get(node, "cases"))
    problems.extend(repeated(((text(each, "name"), place(each, "name")) for each in found), "the case"))
    common = _plain(get(node, "common"))
    return tuple(_case(each, text(node, "rule"), common, problems) for each in found)


def _case(node: Node, rule: str, common: Mapping[str, Any], problems: list[Problem]) -> Case:
    # A course says everything itself; facts in common would stand at no time in it.
    course = get(node, "course")
    day(node, "as_of", problems)
    return Case(
        rule=rule,
        name=text(node, "name"),
        span=place(node, "name"),
        expect=_raw(_plain(get(node, "expect"))),
        given=_raw({**common, **_plain(get(node, "given"))}) if course is None else None,
        course=_raw(exact(course)) if course is not None else None,
        at=optional(node, "at"),
        protocol=optional(node, "protocol"),
        as_of=optional(node, "as_of"),
    )


def _plain(node: Node | None) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", exact(node)) if node is not None else {}


def _raw(data: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(data))
