"""Conditions: the two certainties as trees of positive connectives, and Kleene's truth."""

import pytest

from clinguide.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    Every,
    Line,
    Literal,
    NoneOf,
    Some,
    evaluate,
    fails,
    holds,
    lines,
    parse_test,
)
from clinguide.problems import Span


def line(name: str) -> Line:
    """A line `NAME is true`."""
    written = f"{name} is true"
    return Line(parse_test(written), written, Span("rule.yaml", 1, 1, 1 + len(written), written))


X, Y, Z = line("x"), line("y"), line("z")


def yes(test: Line) -> Literal:
    """The line is certainly true."""
    return Literal(test)


def no(test: Line) -> Literal:
    """The line is certainly false."""
    return Literal(test, negated=True)


def test_certainly_false_is_made_of_certainly_false_lines() -> None:
    """An engine that cannot say "not" needs only two patterns for each line."""
    condition = AllOf((X, AnyOf((Y, NoneOf((Z,))))))
    assert holds(condition) == Every((yes(X), Some((yes(Y), Every((no(Z),))))))
    assert fails(condition) == Some((no(X), Every((no(Y), Some((yes(Z),))))))


def test_at_least_is_written_out() -> None:
    """Two of three: every pair. Certainly not two of three: every pair that is certainly false."""
    two = AtLeast(2, (X, Y, Z))
    pairs = [(X, Y), (X, Z), (Y, Z)]
    assert holds(two) == Some(tuple(Every((yes(a), yes(b))) for a, b in pairs))
    assert fails(two) == Some(tuple(Every((no(a), no(b))) for a, b in pairs))


def test_at_least_none_holds_and_more_than_there_are_fails() -> None:
    """The edges of the count are true and false, not an error."""
    assert (holds(AtLeast(0, (X,))), fails(AtLeast(0, (X,)))) == (Some((Every(()),)), Some(()))
    assert (holds(AtLeast(2, (X,))), fails(AtLeast(2, (X,)))) == (Some(()), Some((Every(()),)))


def test_too_many_combinations_are_refused_before_they_are_made() -> None:
    """1,820 combinations of four of sixteen are written out, 2,380 of seventeen are not; nesting is counted."""
    holds(AtLeast(4, (X,) * 16))
    expected = "written out, at_least makes 2,380 combinations, and 2,000 are the most: "
    with pytest.raises(ValueError, match=expected):
        holds(AtLeast(4, (X,) * 17))
    nested = AtLeast(2, (AtLeast(2, (X,) * 12),) * 12)
    with pytest.raises(ValueError, match=r"makes 10,374 combinations"):
        fails(NoneOf((AtLeast(11, (AtLeast(11, (X,) * 12),) * 12), nested)))


def test_unknown_is_kept_unless_the_rest_decides() -> None:
    """One certain line decides an `any`; an open one leaves it open."""
    truth = {X: True, Y: None, Z: False}
    assert evaluate(AnyOf((X, Y)), truth.__getitem__) is True
    assert evaluate(AllOf((X, Y)), truth.__getitem__) is None
    assert evaluate(NoneOf((Y, Z)), truth.__getitem__) is None
    assert evaluate(AtLeast(2, (X, Y, Z)), truth.__getitem__) is None
    assert evaluate(AtLeast(3, (X, Y, Z)), truth.__getitem__) is False


def test_lines_come_in_the_order_in_which_they_are_written() -> None:
    """An audit names them in this order."""
    assert list(lines(AllOf((X, NoneOf((Y, Z)), AtLeast(1, (X,)))))) == [X, Y, Z, X]
