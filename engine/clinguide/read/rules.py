"""Rules: from checked nodes to the six kinds."""

from typing import Any, cast

from clinguide.condition import Condition
from clinguide.model import (
    Band,
    ClassificationRule,
    FormulaRow,
    GradeRow,
    GradeRule,
    Header,
    InvariantRule,
    Notice,
    NoticeRule,
    Outcome,
    PointItem,
    PointRow,
    RecommendationRule,
    Rule,
    ScoreRule,
)
from clinguide.problems import Problem
from clinguide.read.actions import action
from clinguide.read.conditions import NOTHING, condition, conditions, expression, optional_condition, row_condition
from clinguide.read.facts import settings
from clinguide.read.nodes import (
    digest,
    entries,
    flag,
    items,
    optional,
    pairs,
    place,
    start,
    text,
    word,
    words,
)
from clinguide.read.order import falling, otherwise_last
from clinguide.read.quantities import micro, unit_of
from clinguide.yamlfile import Node, Scalar, exact, get


def rule(node: Node, guideline: str, problems: list[Problem]) -> Rule:
    """The rule of one file, which belongs to the guideline of its folder."""
    header = _header(node, guideline, problems)
    match text(node, "kind"):
        case "grade":
            return _grade(node, header, problems)
        case "score":
            return _score(node, header, problems)
        case "classification":
            return _classification(node, header, problems)
        case "recommendation":
            return _recommendation(node, header, problems)
        case "invariant":
            return _invariant(node, header, problems)
        case _:
            return NoticeRule(header, _row(node, problems), text(node, "says"), flag(node, "urgent"))


def _header(node: Node, guideline: str, problems: list[Problem]) -> Header:
    return Header(
        id=text(node, "id"),
        title=text(node, "title"),
        version=text(node, "version"),
        status=cast("Any", text(node, "status")),
        guideline=guideline,
        states=words(node, "states"),
        why=text(node, "why"),
        span=place(node, "id"),
        digest=digest(exact(node)),
        question=optional(node, "question"),
        audience=conditions(get(node, "for"), problems),
        settings=settings(node, problems),
    )


def _row(node: Node, problems: list[Problem]) -> Condition:
    """The condition of a row that cannot be `otherwise`."""
    return row_condition(node, problems, labelled=False) or NOTHING


def _notices(node: Node, problems: list[Problem]) -> tuple[Notice, ...]:
    return tuple(
        Notice(_row(each, problems), text(each, "says"), flag(each, "urgent"), start(each))
        for each in items(get(node, "notices"))
    )


# --- grades, scores, classifications ----------------------------------------------------------------------------------


def _grade(node: Node, header: Header, problems: list[Problem]) -> GradeRule:
    rows = tuple(_grade_row(row, problems) for row in items(get(node, "rows")))
    # Two rows of one grade may follow each other: they say different reasons for it.
    grades = ((row.grade, get(each, "grade") or each) for row, each in zip(rows, items(get(node, "rows")), strict=True))
    problems.extend(falling(tuple(grades), "grade", strictly=False))
    return GradeRule(header, rows, optional_condition(get(node, "require"), problems), _notices(node, problems))


def _grade_row(row: Node, problems: list[Problem]) -> GradeRow:
    grade = int(word(get(row, "grade") or row))
    return GradeRow(grade, _row(row, problems), optional(row, "label"), words(row, "states"), start(row))


def _score(node: Node, header: Header, problems: list[Problem]) -> ScoreRule:
    unit = unit_of(get(node, "unit"), problems)
    for _, each in entries(get(node, "with")):
        unit_of(each, problems)
    return ScoreRule(
        header,
        formulas=_formulas(node, problems),
        units=pairs(node, "with"),
        unit=unit,
        points=tuple(_item(key, rows, problems) for key, rows in entries(get(node, "points"))),
        bands=_bands(items(get(node, "bands")), unit, problems),
    )


def _formulas(node: Node, problems: list[Problem]) -> tuple[FormulaRow, ...]:
    """The formulas of a score; a plain `formula:` is one row for everybody."""
    rows = items(get(node, "formulas"))
    problems.extend(otherwise_last(rows))
    found = [(row_condition(row, problems), get(row, "formula") or row) for row in rows]
    if (formula := get(node, "formula")) is not None:
        found.append((None, formula))
    return tuple(FormulaRow(when, expression(each, problems), each.span) for when, each in found)


def _item(key: Scalar, node: Node, problems: list[Problem]) -> PointItem:
    problems.extend(otherwise_last(items(node)))
    return PointItem(word(key), tuple(_point_row(row, problems) for row in items(node)))


def _point_row(row: Node, problems: list[Problem]) -> PointRow:
    return PointRow(row_condition(row, problems), micro(get(row, "points"), None, problems) or 0, start(row))


def _bands(rows: tuple[Node, ...], unit: str | None, problems: list[Problem]) -> tuple[Band, ...]:
    problems.extend(otherwise_last(rows))
    lowest = [micro(get(row, "at_least"), unit, problems) for row in rows]
    problems.extend(falling(tuple(zip(lowest, rows, strict=True)), "band", strictly=True))
    return tuple(Band(low, text(row, "band"), start(row)) for low, row in zip(lowest, rows, strict=True))


def _classification(node: Node, header: Header, problems: list[Problem]) -> ClassificationRule:
    rows = items(get(node, "outcomes"))
    problems.extend(otherwise_last(rows))
    outcomes = tuple(Outcome(text(row, "outcome"), row_condition(row, problems), start(row)) for row in rows)
    return ClassificationRule(header, outcomes)


# --- recommendations and invariants -----------------------------------------------------------------------------------


def _recommendation(node: Node, header: Header, problems: list[Problem]) -> RecommendationRule:
    return RecommendationRule(
        header,
        when=condition(get(node, "when") or node, problems),
        do=tuple(action(each, header.audience, problems) for each in items(get(node, "do"))),
        strength=cast("Any", text(node, "strength")),
        certainty=cast("Any", text(node, "certainty")),
        basis=cast("Any", text(node, "basis")),
        within=cast("Any", text(node, "within")),
    )


def _invariant(node: Node, header: Header, problems: list[Problem]) -> InvariantRule:
    return InvariantRule(
        header,
        guards=pairs(node, "guards"),
        must=condition(get(node, "must") or node, problems),
        otherwise=cast("Any", text(node, "otherwise")),
        if_unknown=cast("Any", text(node, "if_unknown")),
        instead=optional(node, "instead"),
    )
