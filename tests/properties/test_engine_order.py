"""Promises about what changes nothing: the order of a file, the order of events, and asking again."""

import os
import random
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinguide.assess import assess
from clinguide.compile import load
from clinguide.compile.digests import case_digest
from clinguide.course import Course, time_text
from course_generators import KNOWLEDGE, LATER, Data, Facts, at_of, courses, examples, facts


def result_of(course: Course, at: int | None = None) -> bytes:
    """The bytes of `result`, by the reference evaluator alone."""
    when = None if at is None else time_text(at)
    return msgspec.json.encode(assess(KNOWLEDGE, course, when, second_engine=False).result)


def _shuffled(data: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """The same course, its events, infusions and all keys in another order."""
    keys = list(data)
    chance.shuffle(keys)
    mixed = {key: data[key] for key in keys}
    for key, value in mixed.items():
        if isinstance(value, dict):
            mixed[key] = _shuffled(value, chance)
        elif key in ("events", "infusions"):
            mixed[key] = [_shuffled(each, chance) for each in value]
            chance.shuffle(mixed[key])
    return mixed


@examples(6)
@given(courses(), LATER, st.randoms(use_true_random=False))
def test_the_order_of_events_changes_no_byte_of_the_result(data: Data, later: int | None, chance: Any) -> None:
    """Events, infusions and keys in any order give the same bytes.

    Promise: "File order and event order change nothing".
    """
    at = at_of(data, later)
    assert result_of(Course.from_dict(_shuffled(data, chance)), at) == result_of(Course.from_dict(data), at)


@examples(6)
@given(courses(), LATER)
def test_the_same_input_gives_the_same_bytes(data: Data, later: int | None) -> None:
    """Asked again, with other courses between, and of a copy.

    Promise: "Same input, same bytes of `result`".
    """
    at = at_of(data, later)
    first = result_of(Course.from_dict(data), at)
    result_of(Course.from_facts({"temperature": "39 Cel"}))
    assert result_of(Course.from_dict(deepcopy(data)), at) == first


@examples(6)
@given(facts(), st.randoms(use_true_random=False))
def test_the_order_of_facts_changes_no_byte_of_the_result(known: Facts, chance: Any) -> None:
    """The facts of one moment in any order give the same bytes.

    Promise: "File order and event order change nothing".
    """
    assert result_of(Course.from_facts(_shuffled(known, chance))) == result_of(Course.from_facts(known))


@examples(6)
@given(courses(), LATER)
def test_what_is_charted_for_one_time_may_stand_in_two_events(data: Data, later: int | None) -> None:
    """An event that is written as two of the same time gives the same answers.

    Only the digest of the course, and what counts its entries, tell the two apart.
    Promise: "File order and event order change nothing".
    """
    split = deepcopy(data)
    for event in data["events"]:
        names = list(event["observed"])[::2]
        split["events"].append({"at": event["at"], "observed": {name: event["observed"][name] for name in names}})
    for event, one in zip(split["events"], data["events"], strict=False):
        event["observed"] = {name: one["observed"][name] for name in list(one["observed"])[1::2]}
    at = at_of(data, later)
    assert _told(split, at) == _told(data, at)


def _told(data: Data, at: int | None) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.json.decode(result_of(Course.from_dict(data), at))
    return {key: value for key, value in told.items() if key not in ("digest", "course_digest", "later_events")}


def test_the_order_in_which_files_are_listed_changes_no_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """However a disk lists its files, the shipped knowledge has one digest, and an assessment with it one result.

    Promise: "File order changes nothing".
    """
    course = Course.from_facts({"temperature": "38.9 Cel", "vasopressors": ["norepinephrine"]})
    walk, chance = os.walk, random.Random(7)  # noqa: S311  (an order, not a secret)

    def mixed(folder: Path) -> Iterator[tuple[str, list[str], list[str]]]:
        for base, folders, names in walk(folder):
            chance.shuffle(folders)
            chance.shuffle(names)
            yield base, folders, names

    monkeypatch.setattr(os, "walk", mixed)
    again = load(as_of="2026-03-01")
    assert again.digest == KNOWLEDGE.digest
    assert case_digest(again.content) == case_digest(KNOWLEDGE.content)
    assert msgspec.json.encode(assess(again, course, second_engine=False).result) == result_of(course)
