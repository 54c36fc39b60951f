"""Lowering of derived forms: drugs to the set of drugs below a class, durations to microseconds, names checked."""

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeAlias, assert_never

from clinguide import condition as text
from clinguide import units
from clinguide.compile import derivations as ir
from clinguide.compile.atoms import Constant
from clinguide.compile.lower import MisfitError, Scope
from clinguide.model import Derivation, DerivedRow, DerivedRows, DerivedText, Drug, Element
from clinguide.spelling import did_you_mean
from clinguide.values import MICRO

OverTime: TypeAlias = (
    text.Chosen
    | text.AtAnchor
    | text.CountOf
    | text.Ever
    | text.TimeFor
    | text.TimeBetween
    | text.TimeSinceDone
    | text.Doses
    | text.TotalDose
    | text.DailyDose
)
"""Forms that read more than the moment."""
_NOT_YET: Mapping[type, tuple[str, str]] = {
    text.CountOf: ("count of (TEXT)", "count"),
    text.TimeSinceDone: ("time since done ACTION", "since"),
    text.TotalDose: ("total DRUG dose", "total"),
}


class Derive:
    """Lowers the derivation of one element in its scope."""

    def __init__(self, element: Element, scope: Scope, drugs: Mapping[str, Drug]) -> None:
        self.element, self.scope, self.drugs = element, scope, drugs

    def form(self, derivation: Derivation) -> ir.Form | None:
        """The form of a derivation; None where it has a problem, which is then reported."""
        if isinstance(derivation, DerivedRows):
            return ir.ByRows(tuple(self._row(row) for row in derivation.rows))
        if not isinstance(derivation, DerivedText):
            return ir.ByCondition(self.scope.tree(derivation))
        try:
            return self._text(derivation.form, derivation.text)
        except MisfitError as misfit:
            self.scope.problems.append(misfit.at(derivation.span, derivation.text))
            return None

    def _row(self, row: DerivedRow) -> ir.Row:
        tree = self.scope.tree(row.when) if row.when is not None else None
        try:
            return ir.Row(tree, self._row_value(row))
        except MisfitError as misfit:
            self.scope.problems.append(misfit.at(row.span, row.text))
            return ir.Row(tree, None)

    def _row_value(self, row: DerivedRow) -> bool | str | ir.ByFormula | None:
        if row.value is None or isinstance(row.value, bool):
            return row.value
        if isinstance(row.value, str):
            if row.value not in self.element.codes:
                raise MisfitError("unknown-code", f"{self.element.id!r} has no code {row.value!r}", row.value)
            return row.value
        return self._formula(row.value)

    def _formula(self, expression: text.Expression) -> ir.ByFormula:
        formula, dimension = self.scope.formula(expression)
        unit = units.unit(self.element.unit or "1")
        if dimension != unit.dimension:
            raise MisfitError("unit-mismatch", f"the result is not in {self.element.unit or 'a plain number'}")
        scale = unit.factor / MICRO
        return ir.ByFormula(formula, Constant(scale.numerator, scale.denominator))

    def _text(self, form: text.Derived, written: str) -> ir.Form:
        match form:
            case text.Number() | text.Name() | text.Sqrt() | text.Binary():
                return self._formula(form)
            case text.Compare() | text.Is() | text.In() | text.Includes() | text.IsUnknown():
                return ir.ByCondition(self.scope.bare_test(form, written))
            case text.CountSet():
                return self._count_set(form)
            case _:
                return self._over_time(form, written)

    def _over_time(self, form: OverTime, written: str) -> ir.Form:
        match form:
            case text.Chosen():
                return self._chosen(form)
            case text.AtAnchor():
                self.scope.named(form.name)
                return ir.ValueAt(form.name, self._anchor(form.anchor))
            case text.Ever():
                return ir.EverTrue(self.scope.bare_test(form.test, written), self._window(form.window))
            case text.TimeFor():
                return self._time_for(form, written)
            case text.TimeBetween():
                return ir.TimeFromTo(self._anchor(form.start), self._anchor(form.end), self._time_unit())
            case text.Doses():
                return ir.DoseCount(self.below(form.drug), self._window(form.window))
            case text.DailyDose():
                return ir.DailyRate(self._factors(form.drug))
            case text.CountOf() | text.TimeSinceDone() | text.TotalDose():
                raise _not_yet(*_NOT_YET[type(form)])
            case _:
                assert_never(form)

    def _count_set(self, form: text.CountSet) -> ir.SetCount:
        named = self.scope.named(form.name)
        if named.type != "codes":
            raise MisfitError(
                "wrong-type", f"{form.name!r} is a {named.type}: only a set of codes can be counted", form.name
            )
        unknown = [code for code in form.excluded if code not in named.codes]
        if unknown:
            raise MisfitError("unknown-code", f"{form.name!r} has no code {unknown[0]!r}", unknown[0])
        return ir.SetCount(form.name, frozenset(form.excluded))

    def _chosen(self, form: text.Chosen) -> ir.Extreme:
        if form.which in ("first", "last"):
            raise _not_yet(f"{form.which} NAME", form.which)
        self.scope.number(form.name)
        return ir.Extreme(form.which == "highest", form.name, self._window(form.window))

    def _time_for(self, form: text.TimeFor, written: str) -> ir.RunTime:
        if form.which != "current":
            raise _not_yet(f"{form.which} time for which", form.which)
        if form.bridging is not None:
            raise _not_yet("bridging DURATION", "bridging")
        return ir.RunTime(self.scope.bare_test(form.test, written), self._time_unit())

    def _time_unit(self) -> int:
        """Microseconds in one unit of the element, which must be a unit of time."""
        unit = units.unit(self.element.unit or "1")
        if unit.dimension != units.unit("s").dimension:
            raise MisfitError(
                "unit-mismatch", f"a time needs a unit of time, not {self.element.unit or 'a plain number'}"
            )
        return int(unit.factor * MICRO)

    # --- windows and anchors ---------------------------------------------------------------------------------------

    def _window(self, window: text.Window) -> ir.Span:
        start = window.since or window.start
        return ir.Span(
            within=self._duration(window.within) if window.within is not None else None,
            start=self._anchor(start) if start is not None else None,
            end=self._anchor(window.end) if window.end is not None else None,
            before_now=window.before_now,
        )

    def _anchor(self, anchor: text.Anchor) -> ir.AnchorTime:
        match anchor:
            case text.Infusion():
                return ir.AtInfusion(anchor.last)
            case text.DoseAnchor():
                return ir.AtDose(anchor.which == "last", self.below(anchor.drug))
            case text.Now():
                return ir.AtNow()
            case text.Offset():
                sign = 1 if anchor.sign == "+" else -1
                return ir.Shifted(self._anchor(anchor.anchor), sign * self._duration(anchor.duration))
            case text.StartOfRegimen() | text.StartOfRun():
                raise _not_yet("start of ...", "start")
            case text.FirstTime():
                raise _not_yet("first (TEXT)", "first")
            case _:
                assert_never(anchor)

    def _duration(self, duration: text.Duration) -> int:
        if isinstance(duration, text.Name):
            setting = self.scope.named(duration.name).setting
            if setting is None or not isinstance(setting.value, int) or setting.unit is None:
                raise MisfitError("wrong-type", f"{duration.name!r} is not a setting with a duration", duration.name)
            return int(Fraction(setting.value, MICRO) * units.unit(setting.unit).factor * MICRO)
        return units.microseconds(duration.text, duration.unit or "")

    # --- drugs -----------------------------------------------------------------------------------------------------

    def below(self, name: str) -> frozenset[str]:
        """The drug itself, or every drug below a class; raises MisfitError where nobody knows it."""
        if name not in self.drugs:
            guess = did_you_mean(name, self.drugs)
            hint = f"did you mean {guess!r}?" if guess else None
            raise MisfitError("unknown-drug", f"no drug or class is called {name!r}", name, hint)
        return members(name, self.drugs)

    def _factors(self, name: str) -> tuple[tuple[str, int, int], ...]:
        equivalent = {drug: dict(entry.equivalence).get(name) for drug, entry in self.drugs.items()}
        found = {drug: units.parse_number(factor) for drug, factor in equivalent.items() if factor is not None}
        if not found:
            found = {drug: Fraction(1) for drug in self.below(name)}
        if len(found) > 1 and name in self.drugs and name not in found:
            raise MisfitError(
                "unknown-drug", f"a daily dose adds one drug or an equivalence, not the class {name!r}", name
            )
        return tuple((drug, factor.numerator, factor.denominator) for drug, factor in sorted(found.items()))


def members(name: str, drugs: Mapping[str, Drug]) -> frozenset[str]:
    """Every drug that is `name` or stands below it; classes themselves are not members."""
    below = [drug for drug, entry in drugs.items() if entry.class_ == name]
    return frozenset((name,)) if not below else frozenset[str]().union(*(members(drug, drugs) for drug in below))


def _not_yet(form: str, word: str) -> MisfitError:
    return MisfitError("not-yet", f"the form '{form}' is read but does not run in this version", word)
