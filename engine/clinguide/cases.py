"""Cases: each named patient beside a rule, run, and what it got where that differs from what it expects."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import msgspec

from clinguide import units
from clinguide.assess import Assessment, assess
from clinguide.assess.limits import in_words
from clinguide.compile import Knowledge, compile_knowledge
from clinguide.compile.names import bound_names
from clinguide.course import Course, time_text
from clinguide.model import Case, Content, InvariantRule, NoticeRule, Preference, Protocol, RecommendationRule
from clinguide.problems import CourseError, KnowledgeError, Span
from clinguide.results import Advice, Finding

_TRUTHS = {True: "satisfied", False: "violated", None: "unknown"}
_HOLDS = {True: True, False: False, None: "unknown"}


class Difference(msgspec.Struct, frozen=True):
    """One thing that a case expects and did not get, both as text."""

    what: str
    expected: str
    got: str


class CaseResult(msgspec.Struct, frozen=True):
    """What came of one case."""

    rule: str
    name: str
    span: Span
    passed: bool
    differences: tuple[Difference, ...]


def chosen(content: Content, rules: Sequence[str] = ()) -> tuple[Case, ...]:
    """The cases of some rules; of all where none is named."""
    return tuple(case for case in content.cases if not rules or case.rule in rules)


def count(content: Content, rules: Sequence[str] = ()) -> int:
    """How many cases there are for some rules."""
    return len(chosen(content, rules))


def run(content: Content, rules: Sequence[str] = ()) -> Iterator[CaseResult]:
    """Run the cases of some rules with the reference engine, in the order of their files."""
    for case in chosen(content, rules):
        yield run_case(content, case)


def run_case(content: Content, case: Case) -> CaseResult:
    """Run one case. A course or knowledge that cannot be read is a difference like any other."""
    try:
        differences = tuple(_differences(content, case))
    except (CourseError, KnowledgeError) as error:
        differences = (Difference("case", "a case that can be run", str(error)),)
    return CaseResult(case.rule, case.name, case.span, not differences, differences)


def _differences(content: Content, case: Case) -> Iterator[Difference]:
    knowledge = _knowledge(_Keyed(content), case.protocol, _day(case), case.rule)
    expect: dict[str, Any] = json.loads(bytes(case.expect))
    course = _course(case)
    assessment = assess(knowledge, course, case.at, second_engine=False)
    got = _got(assessment, case, expect)
    for what, wanted in expect.items():
        if what not in got:
            yield Difference(what, _text(wanted), "nothing of that name")
        elif not _agree(what, wanted, got[what]):
            yield Difference(what, _text(wanted), _text(got[what]))


# --- under which knowledge, on which course -----------------------------------------------------------------------


class _Keyed:
    """Content as a key of a cache: one folder read once is one object."""

    def __init__(self, content: Content) -> None:
        self.content = content

    def __hash__(self) -> int:
        return id(self.content)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and other.content is self.content


@lru_cache(maxsize=64)
def _knowledge(keyed: _Keyed, protocol: str | None, day: date | None, rule: str) -> Knowledge:
    """The protocol that a case names; without one its own rule and what that reads, in its guideline's edition."""
    if protocol is not None:
        return compile_knowledge(keyed.content, protocol, day)
    guideline = next(each.header.guideline for each in keyed.content.rules if each.header.id == rule)
    if guideline in {each.id for each in keyed.content.protocols}:
        return compile_knowledge(keyed.content, guideline, day)
    return _alone(keyed, guideline, day)


@lru_cache(maxsize=64)
def _alone(keyed: _Keyed, guideline: str, day: date | None) -> Knowledge:
    content = keyed.content
    uses = _needed(content, guideline)
    span = next(each.span for each in content.guidelines if each.id == guideline)
    # Its own answers are what is tested, whatever another guideline that classifies for it would say.
    prefers = tuple((question.id, (Preference(guideline, span),)) for question in content.questions)
    alone = Protocol(f"only-{guideline}", "One guideline", "0.0.0", "draft", "", span, "", uses=uses, prefers=prefers)
    return compile_knowledge(msgspec.structs.replace(content, protocols=(*content.protocols, alone)), alone.id, day)


def _needed(content: Content, guideline: str) -> tuple[str, ...]:
    """A guideline, the edition it is graded with, and those of the shipped protocol that classify for it."""
    answering = {
        rule.header.guideline
        for rule in content.rules
        if not isinstance(rule, RecommendationRule | InvariantRule | NoticeRule) and rule.header.status != "retired"
    }
    graded = {each.id: each.graded_with for each in content.guidelines}
    own = {guideline, graded.get(guideline)} - {None}
    used = {
        name for protocol in content.protocols for name in protocol.uses if graded.get(guideline) or name == guideline
    }
    return tuple(sorted({*(name for name in own if name), *(used & answering)}))


def _day(case: Case) -> date | None:
    return date.fromisoformat(case.as_of) if case.as_of is not None else None


def _course(case: Case) -> Course:
    if case.course is not None:
        return Course.from_dict({"course": "case", **json.loads(bytes(case.course))})
    given: dict[str, Any] = json.loads(bytes(case.given)) if case.given is not None else {}
    return Course.from_facts({name: value for name, value in given.items() if name not in _BOUND})


_BOUND = ("dose", "daily_dose", "route", "interval", "duration")


# --- what came of it ----------------------------------------------------------------------------------------------


def _got(assessment: Assessment, case: Case, expect: dict[str, Any]) -> dict[str, Any]:
    rule = assessment.knowledge.rules.get(case.rule)
    if rule is None:
        return {"listed": False}
    if isinstance(rule, InvariantRule):
        return _invariant(assessment, case, rule)
    if isinstance(rule, RecommendationRule):
        advice = next((each for each in assessment.recommendations if each.rule == case.rule), None)
        return {"listed": advice is not None} | (_advice(advice, expect) if advice is not None else {})
    notices = [each.says for each in assessment.notices if each.rule == case.rule and each.status == "holds"]
    if isinstance(rule, NoticeRule):
        return {"holds": _HOLDS[assessment.evaluation.truths[f"{case.rule}/when"]]}
    return _finding(assessment[case.rule]) | {"notices": notices}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        finding.kind if finding.kind == "grade" else "value": finding.value,
        "outcome": finding.value,
        "at_least": finding.at_least,
        "at_most": finding.at_most,
        "possible": finding.possible,
        "status": finding.status,
        "band": finding.band,
        "missing": [each.element for each in finding.missing],
        "assumed": [each.element for each in finding.assumed],
        "discounted": [each.element for each in finding.discounted],
        "listed": True,
    }


def _advice(advice: Advice, expect: dict[str, Any]) -> dict[str, Any]:
    return {
        "status": advice.status,
        "do": [
            _do(each, wanted)
            for each, wanted in zip(advice.do, _padded(expect.get("do"), len(advice.do)), strict=False)
        ],
        "missing": [each.element for each in advice.missing],
        "confirm": [each.element for each in advice.confirm],
        "withheld_by": [each.invariant for each in advice.withheld_by],
        "warnings": [each.invariant for each in advice.warnings],
        "lifts_at": next((each.lifts_at for each in advice.withheld_by), None),
        "alternatives": [each.rule for each in advice.alternatives],
    }


def _padded(wanted: list[dict[str, Any]] | None, length: int) -> list[dict[str, Any]]:
    return [*(wanted or []), *({} for _ in range(length - len(wanted or [])))]


def _do(got: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """What was done, in the keys that a case uses for it."""
    said: dict[str, Any] = {got.verb: got.give or got.object, "verb": got.verb, "route": got.route, "state": got.state}
    dose = got.dose
    if dose is not None:
        said["dose"] = dose.low if dose.low == dose.high else f"{dose.low} to {dose.high}"
        said["how"] = dose.how
    said["every"] = dose.every if dose is not None else got.every
    said["parts"] = got.parts
    return {key: said.get(key) for key in wanted} if wanted else {got.verb: said[got.verb]}


def _invariant(assessment: Assessment, case: Case, rule: InvariantRule) -> dict[str, Any]:
    evaluation = assessment.evaluation
    bound = _bound(case)
    truth, values = evaluation.bound_truth(rule.header.id, bound)
    lifts = evaluation.lifts_at(rule.header.id, bound) if truth is False else None
    open_ = evaluation.open_lines(f"{rule.header.id}/must", {**evaluation.values, **values})
    return {
        "truth": _TRUTHS[truth],
        "lifts_at": time_text(lifts) if lifts is not None and evaluation.timeline.has_clock else None,
        "confirm": [in_words(assessment.knowledge, leaf) for leaf in open_],
        "missing": [leaf.text.split(" ", 1)[0] for leaf in open_],
        "listed": True,
    }


def _bound(case: Case) -> dict[str, Any]:
    """The names that a guard binds, as a case gives them."""
    given = json.loads(bytes(case.given)) if case.given is not None else {}
    found: dict[str, Any] = {}
    for name, named in bound_names(()).items():
        if name in given and given[name] != "unknown":
            found[name] = given[name] if named.type == "code" else _exact(units.quantity(str(given[name])), named.unit)
    return found


def _exact(quantity: tuple[str, str | None], unit: str | None) -> tuple[int, int]:
    micro = units.to_micro(quantity[0], quantity[1] or "1", unit or "1")
    return (micro, micro)


# --- expected against got -----------------------------------------------------------------------------------------

_SETS = ("missing", "possible", "confirm", "withheld_by", "warnings", "alternatives")


def _agree(what: str, wanted: Any, got: Any) -> bool:
    """Whether an expectation is met: lists of names as sets, assumptions as a part, notices by how they begin."""
    if what in _SETS:
        return sorted(map(str, wanted)) == sorted(map(str, set(got)))
    if what in ("assumed", "discounted"):
        return set(wanted) <= set(got)
    if what == "notices":
        return len(wanted) == len(got) and all(any(each.startswith(text) for each in got) for text in wanted)
    if what == "do":
        return len(wanted) <= len(got) and all(_same(each, one) for each, one in zip(wanted, got, strict=False))
    return bool(_plain(wanted) == _plain(got))


def _same(wanted: dict[str, Any], got: dict[str, Any]) -> bool:
    return all(_plain(got.get(key)) == _plain(value) for key, value in wanted.items())


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
