"""Lowering of derived forms: drugs to the set of drugs below a class, durations to microseconds, names checked."""

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeAlias, assert_never

from clinguide import condition as text
from clinguide import units
from clinguide.compile import derivations as ir
from clinguide.compile.atoms import Constant
from clinguide.compile.lower import MisfitError, Scope
from clinguide.model import ActionType, Derivation, DerivedRow, DerivedRows, DerivedText, Drug, Element
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


class Derive:
    """Lowers the derivation of one element in its scope."""

    def __init__(
        self, element: Element, scope: Scope, drugs: Mapping[str, Drug], actions: Mapping[str, ActionType]
    ) -> None:
        self.element, self.scope, self.drugs, self.actions = element, scope, drugs, actions

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
                return self._over_time(form)

    def _over_time(self, form: OverTime) -> ir.Form:
        match form:
            case text.Chosen():
                return self._chosen(form)
            case text.AtAnchor():
                self.scope.named(form.name)
                return ir.ValueAt(form.name, self._anchor(form.anchor))
            case text.Ever():
                return ir.EverTrue(self._tested(form.test), self._window(form.window))
            case text.CountOf():
                apart = self._duration(form.apart) if form.apart is not None else 0
                return ir.CountTrue(self._tested(form.test), apart, self._window(form.window))
            case text.TimeFor():
                return self._time_for(form)
            case text.TimeBetween():
                return ir.TimeFromTo(self._anchor(form.start), self._anchor(form.end), self._time_unit())
            case text.TimeSinceDone():
                return ir.SinceDone(self._parts(form.action), self._time_unit())
            case text.Doses() | text.TotalDose() | text.DailyDose():
                return self._of_doses(form)
            case _:
                assert_never(form)

    def _of_doses(self, form: text.Doses | text.TotalDose | text.DailyDose) -> ir.Form:
        match form:
            case text.Doses():
                return ir.DoseCount(self.below(form.drug), self._window(form.window), self._class_routes(form.drug))
            case text.TotalDose():
                return ir.DoseTotal(self._factors(form.drug), self._window(form.window))
            case text.DailyDose():
                return ir.DailyRate(self._factors(form.drug))
            case _:
                assert_never(form)

    def _tested(self, test: text.Test) -> ir.Tested:
        """A test with the key of its history: settings are an element's own, so the element is part of the key."""
        written = text.text(test)
        return ir.Tested(f"test:{self.element.id}:{written}", self.scope.bare_test(test, written))

    def _parts(self, action: str) -> tuple[str, ...]:
        """The actions that must be done: the parts of a group, else the action itself."""
        if action not in self.actions:
            guess = did_you_mean(action, self.actions)
            hint = f"did you mean {guess!r}?" if guess else None
            raise MisfitError("unknown-action", f"no action is called {action!r}", action, hint)
        return self.actions[action].parts or (action,)

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

    def _chosen(self, form: text.Chosen) -> ir.Extreme | ir.FirstOrLast:
        if form.which in ("first", "last"):
            self.scope.named(form.name)
            return ir.FirstOrLast(form.which == "last", form.name, self._window(form.window))
        self.scope.number(form.name)
        return ir.Extreme(form.which == "highest", form.name, self._window(form.window))

    def _time_for(self, form: text.TimeFor) -> ir.RunTime | ir.TimeTrue:
        test, unit = self._tested(form.test), self._time_unit()
        bridging = self._duration(form.bridging) if form.bridging is not None else 0
        if form.which == "current":
            return ir.RunTime(test, unit, bridging)
        return ir.TimeTrue(form.which == "total", test, unit, bridging, self._window(form.window))

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
            case text.StartOfRegimen():
                return ir.AtStart(self.below(anchor.drug))
            case text.StartOfRun():
                bridging = self._duration(anchor.bridging) if anchor.bridging is not None else 0
                return ir.AtRunStart(self._tested(anchor.test), bridging)
            case text.FirstTime():
                since = self._anchor(anchor.since) if anchor.since is not None else None
                return ir.AtFirst(self._tested(anchor.test), since)
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

    def _class_routes(self, asked: str) -> tuple[tuple[str, frozenset[str]], ...]:
        """The routes by which each drug below a class counts: those of its class. A drug asked for counts by any."""
        found = []
        for drug in sorted(self.below(asked) - {asked}):
            above = self.drugs.get(self.drugs[drug].class_ or "")
            if above is not None and above.routes:
                found.append((drug, frozenset(above.routes)))
        return tuple(found)

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
