"""The rules: a closed set of six kinds that share one header."""

from typing import Literal, TypeAlias

import msgspec

from clinguide.condition import Condition, Expression
from clinguide.model.facts import Setting
from clinguide.problems import Span

Status: TypeAlias = Literal["draft", "proposed", "retired"]
"""The author's claim; active is computed from signatures, never written."""


class Header(msgspec.Struct, frozen=True):
    """What every rule has."""

    id: str
    title: str
    version: str
    status: Status
    guideline: str
    states: tuple[str, ...]
    why: str
    span: Span
    digest: str
    question: str | None = None
    audience: tuple[Condition, ...] = ()
    settings: tuple[Setting, ...] = ()


class Notice(msgspec.Struct, frozen=True):
    """Something that must be said whatever the answer."""

    when: Condition
    says: str
    urgent: bool
    span: Span


class GradeRow(msgspec.Struct, frozen=True):
    """One row of a grade; worst first, the first that holds."""

    grade: int
    when: Condition
    label: str | None
    states: tuple[str, ...]
    span: Span


class GradeRule(msgspec.Struct, frozen=True, tag="grade"):
    """A grade from 0 to 5. `require` certainly false is grade 0; rows of grade 5 come before it."""

    header: Header
    rows: tuple[GradeRow, ...]
    require: Condition | None = None
    notices: tuple[Notice, ...] = ()


class PointRow(msgspec.Struct, frozen=True):
    """One row of a scored item; `when` None is `otherwise`. Points in micro-units."""

    when: Condition | None
    points: int
    span: Span


class PointItem(msgspec.Struct, frozen=True):
    """One item of a points score; the first row that holds counts."""

    name: str
    rows: tuple[PointRow, ...]


class Band(msgspec.Struct, frozen=True):
    """A named range of a score: at least this many micro-units; None is `otherwise`."""

    at_least: int | None
    band: str
    span: Span


class FormulaRow(msgspec.Struct, frozen=True):
    """One row of the formulas of a score, at the formula's place; `when` None is `otherwise`, or everybody."""

    when: Condition | None
    formula: Expression
    span: Span


class ScoreRule(msgspec.Struct, frozen=True, tag="score"):
    """A score: either formulas (the first row that holds) or points.

    `units` are those the formulas were fitted in; `unit` is the result's.
    """

    header: Header
    formulas: tuple[FormulaRow, ...] = ()
    units: tuple[tuple[str, str], ...] = ()
    unit: str | None = None
    points: tuple[PointItem, ...] = ()
    bands: tuple[Band, ...] = ()


class Outcome(msgspec.Struct, frozen=True):
    """One outcome of a classification; `when` None is `otherwise`."""

    outcome: str
    when: Condition | None
    span: Span


class ClassificationRule(msgspec.Struct, frozen=True, tag="classification"):
    """A classification: the first outcome that holds."""

    header: Header
    outcomes: tuple[Outcome, ...]


class Amount(msgspec.Struct, frozen=True):
    """A dose from `low` to `high` in micro-units of `unit`, per kilogram (`kg`), per square metre (`m2`) or flat.

    `text` is the amount as written ("8 mg/kg").
    """

    low: int
    high: int
    unit: str
    by: Literal["kg", "m2"] | None
    text: str


class DoseRow(msgspec.Struct, frozen=True):
    """One row of a dose, complete: the dose's own keys are filled in where the row has none.

    `maximum` (of one dose), `maximum_per_day` and `rounding` are micro-units of the amount's unit;
    `every` and `divided_every` microseconds; `when` None stands for a dose without rows.
    """

    when: Condition | None
    amount: Amount | None
    span: Span
    per_day: bool = False
    divided_every: int | None = None
    every: int | None = None
    maximum: int | None = None
    maximum_per_day: int | None = None
    rounding: int | None = None


class Dose(msgspec.Struct, frozen=True):
    """A dose: the first row that holds. `otherwise_none` says that having no row is intended."""

    rows: tuple[DoseRow, ...]
    otherwise_none: bool = False


class DoseStep(msgspec.Struct, frozen=True):
    """One step of a pulse or taper, left after `duration` or once `until` holds, whichever comes first.

    `every` and `duration` are microseconds. The last step may have neither end: it stands until something else is said.
    """

    amount: Amount
    every: int
    duration: int | None
    until: Condition | None
    span: Span


Verb: TypeAlias = Literal[
    "give",
    "continue",
    "change",
    "taper",
    "stop",
    "avoid",
    "hold",
    "obtain",
    "monitor",
    "consult",
    "transfer",
    "postpone",
    "discontinue",
    "precaution",
]


class Action(msgspec.Struct, frozen=True):
    """One thing to do: a verb and its object (a drug, an action, or a rule or element to monitor).

    An action has a `dose`, or `steps` in its place, or neither.
    """

    verb: Verb
    object: str
    span: Span
    route: str | None = None
    over: tuple[int, int] | None = None
    every: int | None = None
    duration: tuple[int, int] | None = None
    dose: Dose | None = None
    steps: tuple[DoseStep, ...] = ()
    states: tuple[str, ...] = ()


Within: TypeAlias = Literal["1 h", "4 h", "24 h", "routine"]


class RecommendationRule(msgspec.Struct, frozen=True, tag="recommendation"):
    """What to do when a condition holds."""

    header: Header
    when: Condition
    do: tuple[Action, ...]
    strength: Literal["shall", "recommend", "consider", "report"]
    certainty: Literal["high", "moderate", "low", "very_low", "not_stated"]
    basis: Literal["label", "rct", "prospective", "cohort", "case_series", "consensus", "derived"]
    within: Within


class InvariantRule(msgspec.Struct, frozen=True, tag="invariant"):
    """A limit that no advice may break. `guards` are the keys that an action must match, all of them."""

    header: Header
    guards: tuple[tuple[str, str], ...]
    must: Condition
    otherwise: Literal["withhold", "warn"]
    if_unknown: Literal["confirm", "withhold"]
    instead: str | None = None


class NoticeRule(msgspec.Struct, frozen=True, tag="notice"):
    """A notice that is a rule of its own."""

    header: Header
    when: Condition
    says: str
    urgent: bool


Rule: TypeAlias = GradeRule | ScoreRule | ClassificationRule | RecommendationRule | InvariantRule | NoticeRule
