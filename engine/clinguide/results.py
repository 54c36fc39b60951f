"""The output contract: what an assessment says. Frozen values, no logic; attribute names are the keys of the JSON.

Numbers that carry a unit, and scores, are text ("656 mg", "5.0"); only grades and counts are integers. Times are
RFC 3339 in UTC. See docs and `schemas/assessment.schema.json` for the meaning of each key.
"""

from typing import Literal, TypeAlias

import msgspec

Said: TypeAlias = str | int | bool | list[str] | None
"""A value as it is said in the output: text with unit, a code, a count, a boolean, a list of codes, or null."""
TruthWord: TypeAlias = Literal["true", "false", "unknown"]


class Fact(msgspec.Struct, frozen=True):
    """One fact that a line read. `age` is an ISO 8601 duration; null where there is no time."""

    element: str
    value: Said
    at: str | None
    age: str | None
    source: Literal["observed", "derived", "assumed", "baseline", "rule", "not_charted", "stale"]


class Reason(msgspec.Struct, frozen=True):
    """One line of a rule, its clinical words, its truth, and the facts it read."""

    line: str
    label: str | None
    truth: TruthWord
    facts: list[Fact]


class Missing(msgspec.Struct, frozen=True):
    """A fact that is not known; `settles` is the most answers that one value of it can rule out."""

    element: str
    settles: int


class Assumed(msgspec.Struct, frozen=True):
    """An assumption that was used; `otherwise` is the answer with the other value (null: not one answer)."""

    element: str
    value: Said
    otherwise: Said


class Finding(msgspec.Struct, frozen=True):
    """What one grade, score or classification said, and why.

    `value` is the answer where it is determined: an integer grade, the text of a score, or an outcome.
    `discounted` are charted other causes that took something out of the answer, with the answer without them.
    `at_least`/`at_most` bound it where it is ordered; `possible` lists the answers still open.
    """

    rule: str
    title: str
    version: str
    kind: Literal["grade", "score", "classification"]
    status: Literal["determined", "undetermined", "contradiction"]
    value: int | str | None
    at_least: int | str | None
    at_most: int | str | None
    possible: list[int | str]
    band: str | None
    exact: bool
    missing: list[Missing]
    assumed: list[Assumed]
    discounted: list[Assumed]
    because: list[Reason]
    contradictions: list[str]
    states: list[str]


class DoseSaid(msgspec.Struct, frozen=True):
    """A computed dose; `how` is the arithmetic, or the rule in words where no amount can be computed (low is null)."""

    low: str | None
    high: str | None
    every: str | None
    how: str


DoState: TypeAlias = Literal["start", "due", "continue", "change", "stop", "done"]


class Do(msgspec.Struct, frozen=True):
    """One thing to do: the verb and its object under the key of the verb's kind."""

    verb: str
    give: str | None
    object: str | None
    title: str
    route: str | None
    over: str | None
    every: str | None
    duration: str | None
    dose: DoseSaid | None
    state: DoState | None
    last_given: str | None
    next_due: str | None
    parts: list[str]
    states: list[str]


class WithheldBy(msgspec.Struct, frozen=True):
    """An invariant that withholds an advice; `lifts_at` is when time alone lifts it, if ever."""

    invariant: str
    title: str
    because: Literal["violated", "error", "unknown"]
    lifts_at: str | None
    instead: str | None


class Confirm(msgspec.Struct, frozen=True):
    """A fact to confirm before acting, and what it must be."""

    element: str
    says: str


class Caution(msgspec.Struct, frozen=True):
    """An invariant with `otherwise: warn` that is violated or unknown."""

    invariant: str
    says: str


class Alternative(msgspec.Struct, frozen=True):
    """Another guideline's answer to the same question, and why it is not the one given."""

    rule: str
    status: str
    difference: str
    reason: Literal["not preferred", "withheld by the protocol"]


Status: TypeAlias = Literal["recommended", "confirm_first", "needs_data", "withheld", "not_recommended"]


class Advice(msgspec.Struct, frozen=True):
    """What one recommendation came to for this patient."""

    rule: str
    title: str
    version: str
    question: str | None
    status: Status
    do: list[Do]
    within: str
    strength: str
    certainty: str
    basis: str
    verify: list[str]
    missing: list[Missing]
    withheld_by: list[WithheldBy]
    confirm: list[Confirm]
    warnings: list[Caution]
    alternatives: list[Alternative]
    because: list[Reason]
    states: list[str]


class NoticeSaid(msgspec.Struct, frozen=True):
    """A notice; `not_excluded` is an urgent one whose condition is unknown."""

    rule: str
    says: str
    urgent: bool
    status: Literal["holds", "not_excluded", "contradiction"]


class Planned(msgspec.Struct, frozen=True):
    """One regimen of a class: the advice that stands and those it covers."""

    class_: str = msgspec.field(name="class")
    stands: str
    covers: list[str]


class Next(msgspec.Struct, frozen=True):
    """What falls due at a later time if nothing changes."""

    at: str
    what: str


class Ask(msgspec.Struct, frozen=True):
    """A fact to obtain next and the rules it would settle."""

    element: str
    settles: list[str]


class NotInForce(msgspec.Struct, frozen=True):
    """A rule that is not in force on the day, and why."""

    rule: str
    why: str


class ProtocolSaid(msgspec.Struct, frozen=True):
    """The protocol's id and version."""

    id: str
    version: str


class KnowledgeSaid(msgspec.Struct, frozen=True):
    """Which knowledge answered. `as_of` is null where the editions without an end are in force."""

    content: str
    protocol: ProtocolSaid
    overlays: list[str]
    as_of: str | None
    not_in_force: list[NotInForce]


class Result(msgspec.Struct, frozen=True):
    """The pure part of an assessment: a function of knowledge, course and time. `digest` is over all other keys."""

    at: str | None
    course: str
    course_digest: str
    digest: str
    facts_to: str | None
    later_events: int
    knowledge: KnowledgeSaid
    findings: list[Finding]
    recommendations: list[Advice]
    notices: list[NoticeSaid]
    plan: list[Planned]
    next: list[Next]
    ask: list[Ask]


class Difference(msgspec.Struct, frozen=True):
    """One place where the two engines differ."""

    item: str
    reference: TruthWord
    durable_rules: str


class Engines(msgspec.Struct, frozen=True):
    """The engines that ran and whether they agree; `fault` says why the second did not answer."""

    reference: str
    durable_rules: str | None
    agreement: Literal["agree", "disagree", "not_run"]
    compared: int
    differences: list[Difference]
    fault: str | None


class Run(msgspec.Struct, frozen=True):
    """What is not part of the pure result: versions, agreement, approval at this moment, the clock."""

    engines: Engines
    approval: str
    now: str | None
