"""Every shipped case by its own name: a committee reads here which patient its edit has changed."""

from collections import Counter

import pytest

from clinguide import cases
from clinguide.model import Case, Content
from clinguide.read import read
from clinguide.schema import shipped

CONTENT: Content = read(shipped("knowledge"))
CASES = cases.chosen(CONTENT)


def called(case: Case) -> str:
    """The name under which a case is reported."""
    return f"{case.rule}: {case.name}"


@pytest.mark.parametrize("case", CASES, ids=called)
def test_case(case: Case) -> None:
    """A named patient gets the answer that stands beside the rule."""
    result = cases.run_case(CONTENT, case)
    told = [f"{each.what}: expected {each.expected}, got {each.got}" for each in result.differences]
    assert told == [], f"{case.span.file}:{case.span.line}"


def test_no_two_cases_share_a_name() -> None:
    """A name tells which case failed."""
    assert [name for name, count in Counter(map(called, CASES)).items() if count > 1] == []


def test_every_rule_in_force_has_a_case() -> None:
    """No rule ships without a patient that shows what it does."""
    tested = {case.rule for case in CASES}
    assert [each.header.id for each in CONTENT.rules if each.header.status != "retired"] == sorted(tested)
