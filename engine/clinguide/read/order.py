"""The order of rows: what is read first decides, so a row in the wrong place is a wrong answer."""

from collections.abc import Iterator

from clinguide.problems import Problem
from clinguide.read.nodes import key_place
from clinguide.yamlfile import Node, get


def otherwise_last(rows: tuple[Node, ...]) -> Iterator[Problem]:
    """`otherwise` stands in the last row and in no other: what follows it would never be read."""
    for row in rows[:-1]:
        if get(row, "otherwise") is not None:
            hint = "move it to the end; what stands after it is never read"
            yield Problem("otherwise-not-last", "'otherwise' is not the last row", key_place(row, "otherwise"), hint)


def falling(rows: tuple[tuple[int | None, Node], ...], what: str, strictly: bool) -> Iterator[Problem]:
    """Rows whose first value must not rise (`strictly`: must fall) from one to the next; None counts for none."""
    before: int | None = None
    for value, node in rows:
        if value is None:
            continue
        if before is not None and (value >= before if strictly else value > before):
            hint = "the first row that holds counts, so the highest comes first"
            yield Problem("row-order", f"this {what} stands after a lower one", node.span, hint)
        # Each row is held against the one above it alone: one row out of place is one problem.
        before = value
