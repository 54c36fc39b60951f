"""Arithmetic on numbers between bounds: exact fractions, rounded once at the end."""

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from math import inf, isqrt, lcm
from typing import TypeAlias, assert_never

import msgspec

from clinguide.compile import atoms
from clinguide.values import MICRO, OPEN, Bounds, Value

Exact: TypeAlias = tuple[Fraction | float, Fraction | float]
"""Bounds as exact fractions, or an infinity where open."""

_ANYTHING: Exact = (-inf, inf)
_ROOT_DIGITS = 10**24


def bounds(formula: atoms.Formula, scale: atoms.Constant, values: Mapping[str, Value]) -> Bounds:
    """The bounds of a formula in units of `scale` (base units), rounded half to even."""
    sum_ = _linear(formula, scale)
    if sum_ is not None:
        return _summed(sum_, values)
    low, high = _exact(formula, values)
    unit = Fraction(scale.numerator, scale.denominator)
    return (_rounded(low, unit), _rounded(high, unit))


def difference(atom: atoms.DifferenceAtom, values: Mapping[str, Value]) -> Bounds:
    """Left minus right, in millionths of the atom's scale."""
    scale = atoms.Constant(atom.scale.numerator, atom.scale.denominator * MICRO)
    return bounds(atoms.Operation("-", atom.left, atom.right), scale, values)


# --- sums of whole micro-units, the usual case, without fractions -------------------------------------------------


class _Sum(msgspec.Struct, frozen=True):
    """A sum of names times whole numbers, and a whole number, divided by a whole number: units of the result."""

    terms: tuple[tuple[str, int], ...]
    constant: int
    divisor: int


@lru_cache(maxsize=4096)
def _linear(formula: atoms.Formula, scale: atoms.Constant) -> _Sum | None:
    """The formula as a sum of whole numbers; None where it is something else."""
    found: dict[str, Fraction] = {}
    if not _collect(formula, Fraction(1), found):
        return None
    unit = Fraction(scale.numerator, scale.denominator)
    weights = {name: weight / unit for name, weight in found.items()}
    divisor = lcm(*(weight.denominator for weight in weights.values()))
    constant = weights.pop("", Fraction(0)) * divisor
    return _Sum(
        tuple((name, int(weight * divisor)) for name, weight in weights.items() if weight), int(constant), divisor
    )


def _collect(formula: atoms.Formula, sign: Fraction, found: dict[str, Fraction]) -> bool:
    """Add up the weight of each name (the constant under the empty name); False where the formula is no sum."""
    match formula:
        case atoms.Constant():
            found[""] = found.get("", Fraction(0)) + sign * Fraction(formula.numerator, formula.denominator)
            return True
        case atoms.Term():
            weight = sign * Fraction(formula.numerator, formula.denominator)
            found[formula.name] = found.get(formula.name, Fraction(0)) + weight
            return True
        case atoms.Operation(sign="+" | "-"):
            right = sign if formula.sign == "+" else -sign
            return _collect(formula.left, sign, found) and _collect(formula.right, right, found)
        case (
            atoms.Operation(sign="*", left=atoms.Constant() as factor, right=other)
            | atoms.Operation(sign="*", left=other, right=atoms.Constant() as factor)
        ):
            return _collect(other, sign * Fraction(factor.numerator, factor.denominator), found)
        case _:
            return False


def _summed(sum_: _Sum, values: Mapping[str, Value]) -> Bounds:
    low: float = sum_.constant
    high: float = sum_.constant
    for name, weight in sum_.terms:
        value = values[name]
        least, most = value if isinstance(value, tuple) else OPEN
        low += weight * (least if weight > 0 else most)
        high += weight * (most if weight > 0 else least)
    return (low, high) if sum_.divisor == 1 else (_shared(low, sum_.divisor), _shared(high, sum_.divisor))


def _shared(number: float, divisor: int) -> float:
    return number if number in (inf, -inf) else round(Fraction(int(number), divisor))


# --- anything else, in exact fractions ----------------------------------------------------------------------------


def _rounded(number: Fraction | float, unit: Fraction) -> float:
    return round(number / unit) if isinstance(number, Fraction) else number


def _exact(formula: atoms.Formula, values: Mapping[str, Value]) -> Exact:
    match formula:
        case atoms.Constant():
            number = Fraction(formula.numerator, formula.denominator)
            return (number, number)
        case atoms.Term():
            return _scaled(values[formula.name], Fraction(formula.numerator, formula.denominator))
        case atoms.Root():
            return _root(_exact(formula.of, values))
        case atoms.Operation():
            return _operation(formula, values)
        case _:
            assert_never(formula)


def _scaled(value: Value, by: Fraction) -> Exact:
    low, high = value if isinstance(value, tuple) else OPEN
    return (low if low == -inf else Fraction(int(low)) * by, high if high == inf else Fraction(int(high)) * by)


def _operation(formula: atoms.Operation, values: Mapping[str, Value]) -> Exact:
    left, right = _exact(formula.left, values), _exact(formula.right, values)
    match formula.sign:
        case "+":
            return (left[0] + right[0], left[1] + right[1])
        case "-":
            return _minus(left, right)
        case "*":
            return _times(left, right)
        case "/":
            return _over(left, right)
        case _:
            assert_never(formula.sign)


def _minus(left: Exact, right: Exact) -> Exact:
    return (left[0] - right[1], left[1] - right[0])


def _times(left: Exact, right: Exact) -> Exact:
    products = [_product(one, two) for one in left for two in right]
    return (min(products), max(products))


def _product(one: Fraction | float, two: Fraction | float) -> Fraction | float:
    # Zero times an open bound is zero: the bound is a number that is not known, not infinity itself.
    return Fraction(0) if one == 0 or two == 0 else one * two


def _over(left: Exact, right: Exact) -> Exact:
    if right[0] <= 0 <= right[1]:
        return _ANYTHING
    return _times(left, (_inverse(right[1]), _inverse(right[0])))


def _inverse(number: Fraction | float) -> Fraction | float:
    return 1 / number if isinstance(number, Fraction) else Fraction(0)


def _root(inside: Exact) -> Exact:
    if inside[0] < 0:
        return (Fraction(0), _square_root(inside[1])) if inside[1] >= 0 else _ANYTHING
    return (_square_root(inside[0]), _square_root(inside[1]))


def _square_root(number: Fraction | float) -> Fraction | float:
    if not isinstance(number, Fraction):
        return number
    return Fraction(isqrt(number.numerator * _ROOT_DIGITS // number.denominator), isqrt(_ROOT_DIGITS))
