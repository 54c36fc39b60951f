"""Digests: which knowledge this is. Comments and layout do not count."""

import hashlib
from collections.abc import Iterable

import msgspec
import rfc8785

from clinguide.model import Content


def digest(plain: rfc8785._impl._Value) -> str:
    """The SHA-256 of the RFC 8785 form of plain data, as `sha256:...`."""
    return "sha256:" + hashlib.sha256(rfc8785.dumps(plain)).hexdigest()


def content_digest(content: Content) -> str:
    """The digest over all objects of the knowledge: kind, id and digest of each, sorted. Cases have their own."""
    return digest(sorted([*_facts(content), *_rules(content)]))


def case_digest(content: Content) -> str:
    """The digest over all cases: they test the knowledge and are no part of it."""
    cases = [[each.rule, each.name, *map(_text, (each.expect, each.given, each.course))] for each in content.cases]
    return digest(sorted(cases))


def _text(raw: msgspec.Raw | None) -> str:
    return "" if raw is None else bytes(raw).decode()


def _facts(content: Content) -> Iterable[list[str]]:
    yield from (["element", each.id, each.digest] for each in content.elements)
    yield from (["contradiction", each.says, each.digest] for each in content.contradictions)
    yield from (["source", each.id, each.digest] for each in content.sources)
    yield from (["statement", each.id, each.digest] for each in content.statements)
    yield from (["drug", each.id, each.digest] for each in content.drugs)
    yield from (["action", each.id, each.digest] for each in content.actions)
    yield from (["question", each.id, each.digest] for each in content.questions)


def _rules(content: Content) -> Iterable[list[str]]:
    yield from (["guideline", each.id, each.digest] for each in content.guidelines)
    yield from (["rule", each.header.id, each.header.digest] for each in content.rules)
    yield from (["protocol", each.id, each.digest] for each in content.protocols)
