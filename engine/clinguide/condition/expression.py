"""Expressions and tests: the part of the grammar that rules use."""

from collections.abc import Callable
from typing import Literal, TypeVar

from clinguide.condition import hints
from clinguide.condition.tokens import OPERATORS, PUNCTUATION, RESERVED, SIGNS, Misread, is_number
from clinguide.condition.tree import (
    Binary,
    Compare,
    Duration,
    Expression,
    In,
    Includes,
    Is,
    IsUnknown,
    Name,
    Number,
    Operator,
    Sqrt,
    Test,
)
from clinguide.condition.words import Words

Read = TypeVar("Read")

_OPERATORS: tuple[Operator, ...] = ("=", "!=", "<", "<=", ">", ">=")
SUM: tuple[Literal["+", "-"], ...] = ("+", "-")
_PRODUCT: tuple[Literal["*", "/"], ...] = ("*", "/")
_OPENS_A_FORM = frozenset(
    ("highest", "lowest", "first", "last", "longest", "total", "count", "ever", "time", "doses", "daily")
)
_AFTER_A_NUMBER = RESERVED | OPERATORS | SIGNS | PUNCTUATION | {""}


def read_expression(words: Words) -> Expression:
    """`expr := term | expr (+ | -) term`."""
    left = _term(words)
    while sign := words.sign(SUM):
        left = Binary(sign, left, _term(words))
    return left


def _term(words: Words) -> Expression:
    """`term := factor | term (* | /) factor`."""
    left = _factor(words)
    while sign := words.sign(_PRODUCT):
        left = Binary(sign, left, _factor(words))
    return left


def _factor(words: Words) -> Expression:
    """`factor := NUMBER UNIT? | NAME | sqrt(expr) | (expr)`."""
    if is_number(words.peek()):
        return read_number(words)
    if words.took("sqrt"):
        return Sqrt(in_parentheses(words, read_expression))
    if words.peek() == "(":
        return in_parentheses(words, read_expression)
    if words.peek() in ("true", "false", "empty", "unknown"):
        raise words.unexpected("a name or a number", hints.CODES_WITH_IS)
    if words.peek() in _OPENS_A_FORM:
        raise words.unexpected("a name or a number", hints.ELEMENT_FILES_ONLY)
    # Guards bind `dose`, so it is the one reserved word that may be a name.
    return Name("dose" if words.took("dose") else words.name("a name or a number"))


def in_parentheses(words: Words, read: Callable[[Words], Read]) -> Read:
    """What `read` reads, in parentheses."""
    words.demand("(")
    result = read(words)
    words.demand(")")
    return result


def read_number(words: Words) -> Number:
    """`NUMBER UNIT?`, where UNIT is the token directly after the number."""
    text = words.peek()
    if not is_number(text):
        raise words.unexpected("a number")
    words.at += 1
    unit = words.peek()
    if unit in _AFTER_A_NUMBER or is_number(unit):
        return Number(text)
    if not words.is_unit(unit):
        raise hints.not_a_unit(words.tokens, words.at)
    words.at += 1
    return Number(text, unit)


def read_range(words: Words) -> tuple[Number, Number]:
    """`RANGE := NUMBER UNIT? to NUMBER UNIT?`."""
    low = read_number(words)
    words.demand("to", hint="write a range as '8 mg/kg to 10 mg/kg'")
    return low, read_number(words)


def read_test(words: Words) -> Test:
    """`TEXT := expr OP expr | expr is ... | expr [not] in (...) | SET includes CODE | NAME is unknown`."""
    start = words.at
    return read_comparison(words, start, read_expression(words))


def read_comparison(words: Words, start: int, left: Expression) -> Test:
    """What follows the first expression of a test, which began at token `start`."""
    if operator := words.one_of(_OPERATORS):
        return Compare(left, operator, _right_side(words))
    if words.took("is"):
        return _after_is(words, start, left)
    if words.took("in"):
        return In(left, words.codes())
    if words.took("not"):
        words.demand("in", hint="write 'x is not CODE' or 'x not in (CODE, CODE)'")
        return In(left, words.codes(), negated=True)
    if words.peek() == "includes":
        name = bare_name(words, start, left, "includes")
        words.at += 1
        return Includes(name, words.code())
    raise words.unexpected("a comparison", "write = != < <= > >= for numbers, 'is' or 'in (...)' for codes")


def _right_side(words: Words) -> Expression:
    """The expression after OP."""
    if words.peek() == "=":
        raise words.unexpected("a name or a number", "write = once")
    return read_expression(words)


def _after_is(words: Words, start: int, left: Expression) -> Test:
    """`expr is [not] (CODE | true | false | empty) | NAME is unknown`."""
    if words.peek() == "unknown":
        name = bare_name(words, start, left, "is unknown")
        words.at += 1
        return IsUnknown(name)
    negated = words.took("not")
    if words.peek() == "in":
        raise words.unexpected("a code", "write 'x not in (a, b)' or 'x in (a, b)', without 'is'")
    if words.peek() == "unknown":
        raise words.unexpected("a code", "put 'x is unknown' under none_of:")
    if is_number(words.peek()):
        raise words.unexpected("a code", "write = or != for numbers")
    code = words.one_of(("true", "false", "empty")) or words.code()
    return Is(left, code, negated)


def bare_name(words: Words, start: int, left: Expression, before: str) -> str:
    """NAME, where an expression was read: only a single word will do."""
    if isinstance(left, Name) and words.tokens[start].text == left.name:
        return left.name
    token = words.tokens[start]
    raise Misread(f"only a name stands before '{before}'", token.start, token.end, "write the name by itself")


def read_duration(words: Words) -> Duration:
    """`DURATION := NUMBER UNIT | SETTING`."""
    if not is_number(words.peek()):
        return Name(words.name("a duration"))
    number = read_number(words)
    if number.unit is None:
        raise words.unexpected("a unit of time", "write a duration as '24 h', '3 d' or '30 min'")
    return number
