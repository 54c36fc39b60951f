"""The clauses of a rule as they stood: each condition with its tree, what it gives, and what it did for the answer."""

from collections.abc import Iterable, Sequence
from typing import assert_never

from clinguide.compile.atoms import Tree
from clinguide.compile.clauses import PREFERS
from clinguide.condition import forms, text
from clinguide.evaluate.kleene import truth
from clinguide.explain.contract import Clause, ClauseKind, FactRead, Role
from clinguide.explain.facts import fact, line, roles, single
from clinguide.explain.said import Seen
from clinguide.model import (
    Action,
    Amount,
    ClassificationRule,
    GradeRule,
    InvariantRule,
    NoticeRule,
    RecommendationRule,
    Rule,
    ScoreRule,
)
from clinguide.units import micro_text
from clinguide.values import Truth

Given = tuple[str, str, str | None]
"""The stable name of a row, what it gives, and its clinical words."""


class _Reader:
    """The clauses of one rule under one reading of the facts."""

    def __init__(self, seen: Seen, rule: Rule, depth: int) -> None:
        self.seen, self.rule, self.depth = seen, rule, depth

    def held(self, name: str) -> Truth:
        """The truth of a clause; one that is not there is `otherwise`."""
        return self.seen.evaluation.truths[name] if name in self.seen.knowledge.clauses else True

    def must(self) -> Role:
        """What the condition of a limit does under the values at hand, which may be those that an action binds."""
        tree = self.seen.knowledge.clauses[f"{self.rule.header.id}/must"]
        return single(truth(tree, self.seen.knowledge.atoms, self.seen.values))

    def clause(self, name: str, kind: ClauseKind, given: str | None, label: str | None, role: Role) -> Clause:
        """One clause; the tree is read with the values at hand."""
        tree: Tree | None = self.seen.knowledge.clauses.get(name)
        told = line(self.seen, tree, self.rule.header.settings, self.depth) if tree is not None else None
        return Clause(name, kind, given, label, told.truth if told is not None else "true", role, told, [])

    def alone(self, kind: ClauseKind, name: str, given: str | None = None) -> list[Clause]:
        """A condition that stands alone, if the rule has it."""
        if name not in self.seen.knowledge.clauses:
            return []
        return [self.clause(name, kind, given, None, single(self.held(name)))]

    def rows(self, kind: ClauseKind, rows: Sequence[Given]) -> list[Clause]:
        """Rows of which the first that holds counts."""
        told = roles([self.held(name) for name, _, _ in rows])
        return [self.clause(*_ordered(row, kind), role) for row, role in zip(rows, told, strict=True)]

    def reading(self, clauses: list[Clause], names: Iterable[Iterable[str]]) -> list[Clause]:
        """Clauses with the facts that what they give reads."""
        return [
            Clause(each.name, each.kind, each.gives, each.label, each.truth, each.role, each.tree, self.facts(read))
            for each, read in zip(clauses, names, strict=True)
        ]

    def facts(self, names: Iterable[str]) -> list[FactRead]:
        """Some facts by name."""
        return [fact(self.seen, name, self.depth) for name in sorted(names)]


def _ordered(row: Given, kind: ClauseKind) -> tuple[str, ClauseKind, str, str | None]:
    return row[0], kind, row[1], row[2]


def clauses(seen: Seen, rule: Rule, depth: int) -> list[Clause]:
    """The clauses of a rule in the order of its file."""
    reader, name = _Reader(seen, rule, depth), rule.header.id
    audience = reader.alone("for", f"{name}/for")
    match rule:
        case GradeRule():
            return audience + _grade(reader, rule)
        case ScoreRule():
            return audience + _score(reader, rule)
        case ClassificationRule():
            rows = [(f"{name}/outcomes/{number}", row.outcome, None) for number, row in enumerate(rule.outcomes)]
            return audience + reader.rows("outcome", rows)
        case RecommendationRule():
            doses = [each for number, action in enumerate(rule.do) for each in _doses(reader, number, action)]
            return audience + reader.alone("when", f"{name}/when") + doses + _preferences(reader, rule)
        case InvariantRule():
            return [*audience, reader.clause(f"{name}/must", "must", None, None, reader.must())]
        case NoticeRule():
            return audience + reader.alone("when", f"{name}/when", rule.says.strip())
        case _:
            assert_never(rule)


def _grade(reader: _Reader, rule: GradeRule) -> list[Clause]:
    """`require` and the rows; death is graded before `require`, which ends the grading where it fails."""
    name = rule.header.id
    rows = [(f"{name}/rows/{number}", f"grade {row.grade}", row.label) for number, row in enumerate(rule.rows)]
    first = [row for row in rows if row[1] == "grade 5"]
    later = [row for row in rows if row[1] != "grade 5"]
    required = reader.held(f"{name}/require")
    stops = None if required is None else not required
    told = roles([*(reader.held(row[0]) for row in first), stops, *(reader.held(row[0]) for row in later)])
    role_of = dict(zip([row[0] for row in [*first, ("", "", None), *later]], told, strict=True))
    gate = "holds" if role_of[""] == "fails" else role_of[""]
    found = []
    if f"{name}/require" in reader.seen.knowledge.clauses:
        found.append(reader.clause(f"{name}/require", "require", "grade 0 where it fails", None, gate))
    found += [reader.clause(*_ordered(row, "row"), role_of[row[0]]) for row in rows]
    for number, notice in enumerate(rule.notices):
        found += reader.alone("notice", f"{name}/notices/{number}", notice.says.strip())
    return found


def _score(reader: _Reader, rule: ScoreRule) -> list[Clause]:
    name = rule.header.id
    rows = [(f"{name}/formulas/{number}", text(row.formula), None) for number, row in enumerate(rule.formulas)]
    read = [forms.names(row.formula) - {each.name for each in rule.header.settings} for row in rule.formulas]
    found = reader.reading(reader.rows("formula", rows), read)
    for item in rule.points:
        points = [
            (f"{name}/points/{item.name}/{number}", f"{item.name}: {_points(row.points)}", None)
            for number, row in enumerate(item.rows)
        ]
        found += reader.rows("points", points)
    return found


def _points(micro: int) -> str:
    number = micro_text(micro, None)
    return f"{number} point" if number == "1" else f"{number} points"


def _doses(reader: _Reader, number: int, action: Action) -> list[Clause]:
    """The rows of a dose, in words and with the measure that they multiply, or what ends the steps of a taper."""
    if action.dose is None:
        return [each for place in range(len(action.steps)) for each in _step(reader, number, place, action)]
    name = f"{reader.rule.header.id}/do/{number}/dose"
    amounts = [row.amount.text if row.amount is not None else "of no stated dose" for row in action.dose.rows]
    rows = [(f"{name}/{place}", f"{action.object} {amount}", None) for place, amount in enumerate(amounts)]
    return reader.reading(reader.rows("dose", rows), [_measures(row.amount) for row in action.dose.rows])


def _step(reader: _Reader, number: int, place: int, action: Action) -> list[Clause]:
    """What ends a step, where it says so."""
    gives = f"step {place + 1} of {action.object}, {action.steps[place].amount.text}, ends"
    return reader.alone("until", f"{reader.rule.header.id}/do/{number}/steps/{place}", gives)


def _preferences(reader: _Reader, rule: RecommendationRule) -> list[Clause]:
    """For whom each guideline is preferred that may answer the question of a rule."""
    question, prefers = rule.header.question, dict(reader.seen.knowledge.protocol.prefers)
    preferences = prefers.get(question, ()) if question is not None else ()
    return [
        clause
        for number, each in enumerate(preferences)
        for clause in reader.alone("for", f"{PREFERS}{question}/{number}", f"{each.guideline} answers {question}")
    ]


def _measures(amount: Amount | None) -> tuple[str, ...]:
    match amount.by if amount is not None else None:
        case "kg":
            return ("weight",)
        case "m2":
            return ("body_surface_area",)
        case None:
            return ()


def limit(seen: Seen, rule: InvariantRule, depth: int) -> Clause:
    """The `must` of a limit under an advice, read with what the advice binds."""
    reader = _Reader(seen, rule, depth)
    return reader.clause(f"{rule.header.id}/must", "limit", rule.header.title, None, reader.must())
