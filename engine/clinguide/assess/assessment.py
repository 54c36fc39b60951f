"""Assess: course and knowledge to an assessment. Pure: no clock, no file, no environment, no random source."""

from datetime import UTC, date, datetime

import msgspec

from clinguide.assess.advice import advised
from clinguide.assess.engines import compared, not_run
from clinguide.assess.findings import findings
from clinguide.assess.notices import notices
from clinguide.assess.plan import plan
from clinguide.assess.said import at_said
from clinguide.compile import Knowledge
from clinguide.compile.digests import digest
from clinguide.course import Course, check, time_of
from clinguide.evaluate import Evaluation, evaluate
from clinguide.results import (
    Advice,
    Ask,
    Finding,
    KnowledgeSaid,
    Next,
    NoticeSaid,
    NotInForce,
    Planned,
    ProtocolSaid,
    Result,
    Run,
)
from clinguide.rete import SecondEngine

APPROVAL = "draft: not approved for patient care"
_MICROSECONDS = 1_000_000


class Assessment(msgspec.Struct, frozen=True, eq=False):
    """All findings and advice for one patient at one time.

    `result` is a pure function of knowledge, course and time; `run` is not part of it. Knowledge, course and
    evaluation stay outside the JSON, for whoever explains.
    """

    result: Result
    run: Run
    knowledge: Knowledge
    course: Course
    evaluation: Evaluation

    @property
    def findings(self) -> list[Finding]:
        """What each grade, score and classification said."""
        return self.result.findings

    @property
    def recommendations(self) -> list[Advice]:
        """What each recommendation came to."""
        return self.result.recommendations

    @property
    def notices(self) -> list[NoticeSaid]:
        """What must be said whatever the grade."""
        return self.result.notices

    @property
    def plan(self) -> list[Planned]:
        """One regimen of each class."""
        return self.result.plan

    @property
    def next(self) -> list[Next]:
        """What falls due later."""
        return self.result.next

    @property
    def ask(self) -> list[Ask]:
        """What to find out next."""
        return self.result.ask

    @property
    def at(self) -> str | None:
        """The time of the assessment."""
        return self.result.at

    @property
    def digest(self) -> str:
        """The digest of `result`."""
        return self.result.digest

    def __getitem__(self, rule: str) -> Finding:
        """The finding of a rule. KeyError where no such rule is in force."""
        for each in self.result.findings:
            if each.rule == rule:
                return each
        raise KeyError(rule)

    def to_json(self) -> bytes:
        """`result` and `run` as JSON, keys in the order of the contract."""
        return msgspec.json.encode({"result": self.result, "run": self.run})


def assess(
    knowledge: Knowledge,
    course: Course,
    at: str | datetime | None = None,
    *,
    second_engine: SecondEngine | bool = True,
    now: str | datetime | None = None,
) -> Assessment:
    """Assess a course at a time (None: its last event) with the knowledge of that day.

    `second_engine`: True asks durable-rules as well where it runs, False does not, or an engine of your own. `now` is
    the clock, after which events are refused. Raises CourseError with all problems of the course.
    """
    clock = _micro(now) if now is not None else None
    timeline = check(
        course,
        knowledge.elements,
        knowledge.drugs,
        knowledge.actions,
        at=_micro(at) if at is not None else None,
        now=clock,
    )
    dated = knowledge if knowledge.as_of or not timeline.has_clock else knowledge.on(_day(timeline.at))
    evaluation = evaluate(dated, timeline)
    advice = advised(evaluation)
    engine = second_engine if isinstance(second_engine, SecondEngine) else None
    engines = compared(evaluation, advice.asked, engine) if second_engine is not False else not_run()
    result = _result(evaluation, advice.recommendations)
    said_now = None if now is None else now if isinstance(now, str) else now.astimezone(UTC).isoformat()
    return Assessment(result, Run(engines, APPROVAL, said_now), dated, course, evaluation)


def _micro(time: str | datetime) -> int:
    return time_of(time if isinstance(time, str) else time.isoformat())


def _day(time: int) -> date:
    return datetime.fromtimestamp(time // _MICROSECONDS, tz=UTC).date()


def _result(evaluation: Evaluation, recommendations: list[Advice]) -> Result:
    timeline = evaluation.timeline
    result = Result(
        at=at_said(evaluation, timeline.at),
        course=timeline.course,
        course_digest=timeline.digest,
        digest="",
        facts_to=at_said(evaluation, timeline.last_event),
        later_events=timeline.later_events,
        knowledge=_knowledge(evaluation.knowledge),
        findings=findings(evaluation),
        recommendations=recommendations,
        notices=notices(evaluation),
        plan=plan(evaluation.knowledge, recommendations),
        next=[],
        ask=[],
    )
    plain = msgspec.to_builtins(result)
    del plain["digest"]
    return msgspec.structs.replace(result, digest=digest(plain))


def _knowledge(knowledge: Knowledge) -> KnowledgeSaid:
    return KnowledgeSaid(
        content=knowledge.digest,
        protocol=ProtocolSaid(knowledge.protocol.id, knowledge.protocol.version),
        overlays=[f"{overlay.id} {overlay.version} {overlay.digest}" for overlay in knowledge.overlays],
        as_of=knowledge.as_of.isoformat() if knowledge.as_of is not None else None,
        not_in_force=[NotInForce(each.rule, each.why) for each in knowledge.not_in_force],
    )
