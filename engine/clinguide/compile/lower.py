"""Lowering: the committee's lines to typed atoms, trees and patterns.

Numbers become integers of micro-units of the name they are compared with; settings become their value. Whatever does
not fit (a name nobody knows, a code of another element, a unit of another dimension) is a problem at its word.
"""

from collections.abc import Mapping
from fractions import Fraction
from typing import assert_never

from clinguide import units
from clinguide.compile import atoms as ir
from clinguide.compile.names import BAND, Named
from clinguide.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    Binary,
    Compare,
    Condition,
    Expression,
    In,
    Includes,
    Is,
    IsUnknown,
    Line,
    Name,
    NoneOf,
    Number,
    Sqrt,
    Test,
    forms,
)
from clinguide.problems import Problem, Span
from clinguide.spelling import did_you_mean, odd_character
from clinguide.values import MICRO

Dimension = units.Dimension
_FLIPPED: dict[str, ir.Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}


class MisfitError(Exception):
    """A word of a line that does not fit; turned into a problem at that word."""

    def __init__(self, code: str, message: str, word: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.word, self.hint = code, message, word, hint

    def at(self, span: Span, text: str) -> Problem:
        """The problem, its caret under the word where the word stands in the text."""
        start = _position(text, self.word) if self.word else -1
        place = span.inside(start, start + len(self.word or "")) if start >= 0 else span
        return Problem(self.code, self.message, place, self.hint)


def _position(text: str, word: str) -> int:
    """The offset of a word as a whole token, else of its first occurrence, else -1."""
    offset = 0
    for token in text.replace("(", " ").replace(")", " ").replace(",", " ").split(" "):
        if token == word:
            return offset
        offset += len(token) + 1
    return text.find(word)


class Table:
    """The atom table under construction: each distinct atom once."""

    def __init__(self) -> None:
        self.atoms: list[ir.Atom] = []
        self._index: dict[ir.Atom, int] = {}

    def index(self, atom: ir.Atom) -> int:
        """The index of an atom, added if it is new."""
        if atom not in self._index:
            self._index[atom] = len(self.atoms)
            self.atoms.append(atom)
        return self._index[atom]


class Scope:
    """What one rule or element sees while its lines are lowered, and the problems found in them."""

    def __init__(
        self, names: Mapping[str, Named], table: Table, problems: list[Problem], fitted: Mapping[str, str] | None = None
    ) -> None:
        self.names, self.table, self.problems = names, table, problems
        self.fitted = fitted

    def named(self, name: str) -> Named:
        """What a name stands for; MisfitError where nobody knows it."""
        if name in self.names:
            return self.names[name]
        odd = odd_character(name)
        guess = did_you_mean(name, self.names)
        hint = f"{name!r} has {odd}" if odd else f"did you mean {guess!r}?" if guess else None
        raise MisfitError("unknown-element", f"no element is called {name!r}", name, hint)

    def tree(self, condition: Condition) -> ir.Tree:
        """The tree of a condition; lines that do not fit are reported and stand as never decided."""
        match condition:
            case Line():
                return self._line(condition)
            case AllOf():
                return ir.Group("all", self._items(condition.items), 0, condition.label)
            case AnyOf():
                return ir.Group("any", self._items(condition.items), 0, condition.label)
            case NoneOf():
                return ir.Group("none_of", self._items(condition.items), 0, condition.label)
            case AtLeast():
                return ir.Group("at_least", self._items(condition.items), condition.count, condition.label)
            case _:
                assert_never(condition)

    def _items(self, items: tuple[Condition, ...]) -> tuple[ir.Tree, ...]:
        return tuple(self.tree(item) for item in items)

    def _line(self, line: Line) -> ir.Leaf:
        try:
            atom, negated = self.test(line.test)
        except MisfitError as misfit:
            self.problems.append(misfit.at(line.span, line.text))
            return ir.Leaf(0, False, line.text, line.label)
        return ir.Leaf(self.table.index(atom), negated, line.text, line.label)

    def bare_test(self, test: Test, text: str) -> ir.Leaf:
        """The leaf of a test that stands inside a derived form; raises MisfitError."""
        atom, negated = self.test(test)
        return ir.Leaf(self.table.index(atom), negated, text)

    def patterns(self, condition: Condition) -> tuple[ir.Pattern, ir.Pattern]:
        """The two positive patterns: certainly true, certainly false."""
        return self._pattern(forms.holds(condition)), self._pattern(forms.fails(condition))

    def _pattern(self, form: forms.Pattern) -> ir.Pattern:
        match form:
            case forms.Literal():
                leaf = self._line(form.test)
                return ir.Literally(leaf.atom, leaf.negated != form.negated)
            case forms.Every():
                return ir.Both(tuple(self._pattern(item) for item in form.items))
            case forms.Some():
                return ir.Either(tuple(self._pattern(item) for item in form.items))
            case _:
                assert_never(form)

    # --- single tests ----------------------------------------------------------------------------------------------

    def test(self, test: Test) -> tuple[ir.Atom, bool]:
        """The atom of a test and whether the test is its negation; raises MisfitError."""
        match test:
            case Compare():
                return self._compare(test)
            case Is():
                return self._is(_subject(test.subject), test.code, test.negated)
            case In():
                return self._in(_subject(test.subject), test.codes, test.negated)
            case Includes():
                named = self._of_type(test.name, "codes", "'includes' asks about a set of codes")
                _check_code(named, test.code)
                return ir.HasAtom(test.name, test.code), False
            case IsUnknown():
                self.named(test.name)
                return ir.UnknownAtom(test.name), False
            case _:
                assert_never(test)

    def _of_type(self, name: str, wanted: str, why: str) -> Named:
        named = self.named(name)
        if named.type != wanted:
            raise MisfitError("wrong-type", f"{name!r} is a {named.type}: {why}", name)
        return named

    def _is(self, name: str, code: str, negated: bool) -> tuple[ir.Atom, bool]:
        if code in ("true", "false"):
            self._of_type(name, "boolean", "'is true' and 'is false' ask about a boolean")
            return ir.BooleanAtom(name), negated != (code == "false")
        if code == "empty":
            self._of_type(name, "codes", "'is empty' asks about a set of codes")
            return ir.EmptyAtom(name), negated
        return self._in(name, (code,), negated)

    def _in(self, name: str, codes: tuple[str, ...], negated: bool) -> tuple[ir.Atom, bool]:
        name = name + BAND if name + BAND in self.names else name
        named = self._of_type(name, "code", "'is CODE' and 'in (...)' ask about a code; compare numbers with = < >")
        for code in codes:
            _check_code(named, code)
        chosen = frozenset(codes)
        return ir.CodeAtom(name, chosen, frozenset(named.codes) - chosen), negated

    def _compare(self, test: Compare) -> tuple[ir.Atom, bool]:
        negated = test.operator == "!="
        operator: ir.Operator = "=" if test.operator == "!=" else test.operator
        left, right = self._folded(test.left), self._folded(test.right)
        if isinstance(left, Number) and isinstance(right, Name):
            left, right, operator = right, left, _FLIPPED[operator]
        if isinstance(left, Name) and isinstance(right, Number):
            named = self.number(left.name)
            return ir.NumberAtom(left.name, operator, _bound(right, named)), negated
        return self._difference(left, right, operator), negated

    def _difference(self, left: Expression, right: Expression, operator: ir.Operator) -> ir.DifferenceAtom:
        first, second = self.formula(left), self.formula(right)
        if first[1] != second[1]:
            raise MisfitError("unit-mismatch", "the two sides of the comparison have different units")
        scale = self._natural_scale(left, right)
        made = ir.DifferenceAtom("", first[0], second[0], operator, ir.Constant(scale.numerator, scale.denominator))
        # The field's name says which rows it serves; equal differences share one.
        known = [atom for atom in self.table.atoms if isinstance(atom, ir.DifferenceAtom)]
        same = [atom.id for atom in known if (atom.left, atom.right, atom.scale) == (made.left, made.right, made.scale)]
        name = same[0] if same else f"difference.{len(known) + 1}"
        return ir.DifferenceAtom(name, made.left, made.right, operator, made.scale)

    def _natural_scale(self, left: Expression, right: Expression) -> Fraction:
        """Base units in one unit of the first name, so that rounding to a millionth is of a unit people chart in."""
        for side in (left, right):
            for name in sorted(forms.names(side)):
                return units.unit(self.names[name].unit or "1").factor
        return Fraction(1)

    def number(self, name: str) -> Named:
        """A name that is a number or count; raises MisfitError."""
        named = self.named(name)
        if named.type not in ("number", "count"):
            raise MisfitError(
                "wrong-type", f"{name!r} is a {named.type}: it cannot be compared as a number", name, "write 'is'"
            )
        return named

    # --- expressions -----------------------------------------------------------------------------------------------

    def _folded(self, expression: Expression) -> Expression:
        """The expression with a setting in place of its name."""
        if isinstance(expression, Name):
            setting = self.named(expression.name).setting
            if setting is not None and isinstance(setting.value, int):
                return Number(units.micro_text(setting.value, None), setting.unit)
        return expression

    def formula(self, expression: Expression) -> tuple[ir.Formula, Dimension]:
        """The formula in base units and its dimension; raises MisfitError."""
        expression = self._folded(expression)
        match expression:
            case Number():
                unit = units.unit(expression.unit or "1")
                value = (units.parse_number(expression.text) + 0) * unit.factor
                return ir.Constant(value.numerator, value.denominator), unit.dimension
            case Name():
                return self._term(self.number(expression.name))
            case Sqrt():
                inner, dimension = self.formula(expression.of)
                return ir.Root(inner), _halved(dimension)
            case Binary():
                return self._binary(expression)
            case _:
                assert_never(expression)

    def _term(self, named: Named) -> tuple[ir.Formula, Dimension]:
        unit = units.unit(named.unit or "1")
        if self.fitted is None:
            scale = unit.factor / MICRO
            return ir.Term(named.name, scale.numerator, scale.denominator), unit.dimension
        # A published formula was fitted to plain numbers in certain units: each term is the number in that unit.
        target = units.unit(self.fitted.get(named.name, named.unit or "1"))
        if target.dimension != unit.dimension:
            raise MisfitError(
                "unit-mismatch", f"{named.name!r} is in {named.unit or 'no unit'}, not {target.code}", named.name
            )
        scale = unit.factor / target.factor / MICRO
        return ir.Term(named.name, scale.numerator, scale.denominator), ()

    def _binary(self, expression: Binary) -> tuple[ir.Formula, Dimension]:
        left, one = self.formula(expression.left)
        right, two = self.formula(expression.right)
        if expression.sign in "+-":
            if one != two:
                raise MisfitError("unit-mismatch", f"the two sides of {expression.sign!r} have different units")
            return ir.Operation(expression.sign, left, right), one
        return ir.Operation(expression.sign, left, right), units.combined(one, two, 1 if expression.sign == "*" else -1)


def _subject(expression: Expression) -> str:
    if isinstance(expression, Name):
        return expression.name
    raise MisfitError("wrong-type", "'is' and 'in' ask about one name, not about a computed number")


def _check_code(named: Named, code: str) -> None:
    if code in named.codes:
        return
    odd, guess = odd_character(code), did_you_mean(code, named.codes)
    listed = ", ".join(named.codes)
    hint = f"{code!r} has {odd}" if odd else f"did you mean {guess!r}?" if guess else f"its codes are {listed}"
    raise MisfitError("unknown-code", f"{named.name!r} has no code {code!r}", code, hint)


def _bound(number: Number, named: Named) -> int:
    if named.unit and not number.unit:
        hint = f"write {number.text} {named.unit}"
        raise MisfitError(
            "unit-missing", f"{named.name!r} is in {named.unit}: the number needs a unit", number.text, hint
        )
    if number.unit and not named.unit:
        raise MisfitError("unit-unexpected", f"{named.name!r} is a plain number without unit", number.unit)
    try:
        return units.to_micro(number.text, number.unit or "1", named.unit or "1")
    except ValueError as error:
        raise MisfitError("bad-unit", str(error), number.unit or number.text) from error


def _halved(dimension: Dimension) -> Dimension:
    if any(power % 2 for _, power in dimension):
        raise MisfitError("unit-mismatch", "the unit under the root has no whole root")
    return tuple((base, power // 2) for base, power in dimension)
