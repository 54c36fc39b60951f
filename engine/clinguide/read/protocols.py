"""Guidelines, statements, protocols and cases: from checked nodes to the model."""

from collections.abc import Mapping
from typing import Any, cast

import msgspec

from clinguide.model import Case, Guideline, Preference, Protocol, Statement
from clinguide.problems import Problem
from clinguide.read.conditions import condition, optional_condition
from clinguide.read.nodes import day, digest, entries, items, key_place, optional, place, repeated, text, word, words
from clinguide.yamlfile import Node, Scalar, exact, get


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
    if get(node, "changes") is not None:
        hint = "write a protocol of its own with uses: and prefers:"
        problems.append(Problem("not-yet", "changes: cannot be applied yet", key_place(node, "changes"), hint))
    prefers = entries(get(node, "prefers"))
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
    )


def _preference(node: Node, problems: list[Problem]) -> Preference:
    if isinstance(node, Scalar):
        return Preference(word(node), node.span)
    audience = get(node, "for")
    said = None if audience is None else condition(audience, problems)
    return Preference(text(node, "guideline"), place(node, "guideline"), said)


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
