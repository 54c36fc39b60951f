"""A tree to its canonical text: reading that text gives the same tree."""

from typing import TypeAlias, assert_never

from clinguide.condition.tree import (
    Anchor,
    AtAnchor,
    Binary,
    Chosen,
    Compare,
    CountOf,
    CountSet,
    DailyDose,
    Derived,
    DoseAnchor,
    Doses,
    Duration,
    Ever,
    Expression,
    FirstTime,
    In,
    Includes,
    Infusion,
    Is,
    IsUnknown,
    Name,
    Now,
    Number,
    Offset,
    Sqrt,
    StartOfRegimen,
    StartOfRun,
    Test,
    TimeBetween,
    TimeFor,
    TimeSinceDone,
    TotalDose,
    Window,
)

Tree: TypeAlias = Derived | Anchor | Window
"""Everything that is written in one line."""


def text(tree: Tree) -> str:
    """The canonical text of a line's tree: single spaces, and no more parentheses than are needed."""
    match tree:
        case Number() | Name() | Sqrt() | Binary():
            return _expression(tree)
        case Compare() | Is() | In() | Includes() | IsUnknown():
            return _test(tree)
        case Window():
            return _window(tree).lstrip()
        case Infusion() | DoseAnchor() | StartOfRegimen() | StartOfRun() | FirstTime() | Now() | Offset():
            return _anchor(tree)
        case _:
            return _form(tree)


def _expression(tree: Expression) -> str:
    match tree:
        case Number():
            return tree.text if tree.unit is None else f"{tree.text} {tree.unit}"
        case Name():
            return tree.name
        case Sqrt():
            return f"sqrt({_expression(tree.of)})"
        case Binary():
            # Signs of one rank are read from the left, so only a right side of the same rank needs parentheses.
            rank = _rank(tree)
            return f"{_side(tree.left, rank)} {tree.sign} {_side(tree.right, rank + 1)}"
        case _:
            assert_never(tree)


def _rank(tree: Expression) -> int:
    if isinstance(tree, Binary):
        return 1 if tree.sign in "+-" else 2
    return 3


def _side(tree: Expression, needed: int) -> str:
    written = _expression(tree)
    return written if _rank(tree) >= needed else f"({written})"


def _test(tree: Test) -> str:
    match tree:
        case Compare():
            return f"{_expression(tree.left)} {tree.operator} {_expression(tree.right)}"
        case Is():
            return f"{_expression(tree.subject)} is {'not ' if tree.negated else ''}{tree.code}"
        case In():
            return f"{_expression(tree.subject)} {'not ' if tree.negated else ''}in ({', '.join(tree.codes)})"
        case Includes():
            return f"{tree.name} includes {tree.code}"
        case IsUnknown():
            return f"{tree.name} is unknown"
        case _:
            assert_never(tree)


def _form(
    tree: Chosen
    | AtAnchor
    | CountOf
    | Ever
    | TimeFor
    | TimeBetween
    | TimeSinceDone
    | Doses
    | TotalDose
    | DailyDose
    | CountSet,
) -> str:
    match tree:
        case Chosen():
            return f"{tree.which} {tree.name}{_window(tree.window)}"
        case AtAnchor():
            return f"{tree.name} at {_anchor(tree.anchor)}"
        case CountOf():
            apart = "" if tree.apart is None else f" at least {_expression(tree.apart)} apart"
            return f"count of ({_test(tree.test)}){apart}{_window(tree.window)}"
        case Ever():
            return f"ever ({_test(tree.test)}){_window(tree.window)}"
        case TimeFor():
            which = "" if tree.which == "current" else f"{tree.which} "
            return f"{which}time for which ({_test(tree.test)}){_bridging(tree.bridging)}{_window(tree.window)}"
        case TimeBetween():
            return f"time from {_anchor(tree.start)} to {_anchor(tree.end)}"
        case TimeSinceDone():
            return f"time since done {tree.action}"
        case Doses():
            return f"doses of {tree.drug}{_window(tree.window)}"
        case TotalDose():
            return f"total {tree.drug} dose{_window(tree.window)}"
        case DailyDose():
            return f"daily dose of {tree.drug}"
        case CountSet():
            return f"count of {tree.name}" + (f" except ({', '.join(tree.excluded)})" if tree.excluded else "")
        case _:
            assert_never(tree)


def _window(window: Window) -> str:
    """The window with a space before each part, so that an absent one adds nothing."""
    written = ""
    if window.within is not None:
        written += f" within {_expression(window.within)}"
    if window.since is not None:
        written += f" since {_anchor(window.since)}"
    if window.start is not None and window.end is not None:
        written += f" from {_anchor(window.start)} to {_anchor(window.end)}"
    return written + (" before now" if window.before_now else "")


def _anchor(anchor: Anchor) -> str:
    match anchor:
        case Infusion():
            return "last infusion" if anchor.last else "infusion"
        case DoseAnchor():
            return f"{anchor.which} dose of {anchor.drug}"
        case StartOfRegimen():
            return f"start of {anchor.drug}"
        case StartOfRun():
            return f"start of ({_test(anchor.test)}){_bridging(anchor.bridging)}"
        case FirstTime():
            since = "" if anchor.since is None else f" since {_anchor(anchor.since)}"
            return f"first ({_test(anchor.test)}){since}"
        case Now():
            return "now"
        case Offset():
            return f"{_before_offset(anchor.anchor)} {anchor.sign} {_expression(anchor.duration)}"
        case _:
            assert_never(anchor)


def _before_offset(anchor: Anchor) -> str:
    # Without parentheses the offset would be refused, or belong to the anchor after `since`.
    written = _anchor(anchor)
    return f"({written})" if isinstance(anchor, StartOfRegimen | StartOfRun | FirstTime) else written


def _bridging(duration: Duration | None) -> str:
    return "" if duration is None else f" bridging {_expression(duration)}"
