"""What an explanation says: frozen values; attribute names are the keys of the JSON.

Numbers that carry a unit are text, times are RFC 3339 in UTC, ages ISO 8601 durations. See
`schemas/explain.schema.json` for the meaning of each key.
"""

from typing import Literal, TypeAlias

import msgspec

from clinguide.results import Said, TruthWord

Source: TypeAlias = Literal[
    "observed",
    "derived",
    "assumed",
    "baseline",
    "rule",
    "stale",
    "not_charted",
    "action",
    "given",
    "regimen",
    "missed",
    "record",
    "infusion",
    "done",
]
"""Where a fact is from. `action`: the action that a limit guards sets it; the last six are what a course says of drugs,
infusions and things done."""
Role: TypeAlias = Literal["decides", "possible", "holds", "fails", "not_reached"]
"""What a clause does for the answer. Of rows: the first that holds `decides`; one that could be it is `possible`;
below the one that certainly holds they are `not_reached`."""
ClauseKind: TypeAlias = Literal[
    "for",
    "require",
    "row",
    "formula",
    "points",
    "outcome",
    "when",
    "dose",
    "until",
    "must",
    "notice",
    "limit",
    "derived",
    "unusable",
    "at_least_when",
    "unless",
]


class FactRead(msgspec.Struct, frozen=True):
    """One fact, and for a derived one what it is derived from.

    `derived` is the line of its derivation, `clauses` its rows or conditions and whatever makes a charted value
    unusable or blocks an assumption, `below` what the derivation reads: facts, chartings, doses.
    """

    name: str
    title: str
    value: Said
    at: str | None
    age: str | None
    source: Source
    derived: str | None
    clauses: list["Clause"]
    below: list["FactRead"]


class Line(msgspec.Struct, frozen=True):
    """One line of a condition, or a group of lines joined by a connective.

    `threshold` is the number that a line compares with; `settings` are the values of the settings that it names.
    """

    kind: Literal["line", "all", "any", "none_of", "at_least"]
    text: str
    label: str | None
    truth: TruthWord
    threshold: str | None
    settings: dict[str, str]
    facts: list[FactRead]
    items: list["Line"]


class Clause(msgspec.Struct, frozen=True):
    """One condition of a rule under its stable name; `gives` is what follows where it holds.

    `tree` is None for `otherwise` and for a formula without a condition; `facts` are what a formula or dose reads.
    """

    name: str
    kind: ClauseKind
    gives: str | None
    label: str | None
    truth: TruthWord
    role: Role
    tree: Line | None
    facts: list[FactRead]


class Why(msgspec.Struct, frozen=True):
    """One step towards the answer. Of advice, in this order: indication, population, limits, preference, drug history.

    `decides`: without this step the answer would be another one.
    """

    what: Literal[
        "not_in_force",
        "indication",
        "population",
        "limit",
        "preference",
        "drug_history",
        "row",
        "contradiction",
        "missing",
        "assumed",
        "discounted",
        "condition",
    ]
    says: str
    decides: bool


class Explanation(msgspec.Struct, frozen=True):
    """Why a rule said what it said of one patient at one time.

    `answer` is what it came to, in words. `doubted`: the two engines disagree about it. `str()` prints it on eighty
    columns.
    """

    rule: str
    title: str
    version: str
    kind: Literal["grade", "score", "classification", "recommendation", "invariant", "notice"]
    guideline: str
    in_force: bool
    course: str
    at: str | None
    knowledge: str
    approval: str
    doubted: bool
    answer: str
    why: list[Why]
    clauses: list[Clause]

    def __str__(self) -> str:
        """The explanation as text that needs no colour, ending in a line break."""
        from clinguide.explain.printed import printed

        return printed(self)

    def to_json(self) -> bytes:
        """The explanation as JSON, keys in the order of the contract."""
        return msgspec.json.encode(self)


class NotExplainedError(LookupError):
    """No rule has this id; `hint` names the one that was probably meant, if any."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message, self.hint = message, hint
