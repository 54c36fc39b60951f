"""The walk: from moment to moment through a course, every name in its order, each value with where it is from.

At each moment of the past only those names are computed whose history someone reads; at the last moment all of them.
"""

from collections.abc import Iterable, Mapping
from itertools import product as combined

from clinguide.compile import derivations as ir
from clinguide.course import Timeline, product_at, treatment_at
from clinguide.evaluate.answers import Answer, answer, as_values, joined
from clinguide.evaluate.arithmetic import bounds
from clinguide.evaluate.facts import Fact, assumable, charted_fact, latest_of, raised
from clinguide.evaluate.kleene import truth
from clinguide.evaluate.past import Past
from clinguide.evaluate.program import Program
from clinguide.model import Element, GradeRule
from clinguide.values import MICRO, SetValue, Truth, Value, exactly, hull, is_known

PRODUCT, TREATMENT = "product", "treatment_number"
"""The elements that the infusions fill."""


class Walk:
    """The state of one evaluation: the values of the moment, and the tracks of the past."""

    def __init__(self, program: Program, timeline: Timeline) -> None:
        self.program, self.knowledge, self.timeline = program, program.knowledge, timeline
        self.now = timeline.at
        self.values: dict[str, Value] = dict(program.open)
        self.facts: dict[str, Fact] = {}
        self.truths: dict[str, Truth] = {}
        self.answers: dict[str, Answer] = {}
        self.clashes: dict[str, tuple[int, ...]] = {}
        self.past = Past(program, timeline)
        self.changed: set[str] = set()
        self.expired: frozenset[str] = frozenset()

    # --- from moment to moment -------------------------------------------------------------------------------------

    def run(self, past: Mapping[int, frozenset[str]]) -> None:
        """Walk the moments before `at`, each with the elements that expire then, and `at` itself with everything."""
        for moment in sorted(past):
            self.expired = past[moment]
            self._moment(moment, self.program.past_order)
        self._moment(self.timeline.at, self.knowledge.order)

    def _stands(self, name: str) -> bool:
        """Whether a name has at this past moment the value it had at the one before: nothing it reads has changed."""
        if self.now == self.timeline.at or not (name in self.facts or name in self.answers):
            return False
        if (
            name in self.expired
            or name in self.program.timed
            or not self.changed.isdisjoint(self.knowledge.reads[name])
        ):
            return False
        return self.past.charted_now.isdisjoint(self.program.beneath[name])

    def _moment(self, now: int, names: tuple[str, ...]) -> None:
        self.now, self.changed = now, set()
        self.past.begin(now)
        graded = not self.timeline.infused or bool(self.timeline.infusions and self.timeline.infusions[0].time <= now)
        for name in names:
            if not graded and isinstance(self.knowledge.rules.get(name), GradeRule):
                self._not_graded(name)
                continue
            if not self._stands(name):
                before = self.values.get(name)
                self._compute(name)
                if self.values.get(name) != before:
                    self.changed.add(name)
            self.past.note(name, self.values.get(name))
        self.past.note_tests(self.values, graded)

    def _compute(self, name: str) -> None:
        if name in self.knowledge.rules:
            self._rule(name)
        elif name not in self.knowledge.elements:
            # To whom a preferred answer applies: a question of the protocol, which has no value of its own.
            self.truths.update(zip(self.program.clauses[name], self.program.truths[name](self.values), strict=True))
        else:
            fact = self.element(self.knowledge.elements[name], self.values)
            self.values[name], self.facts[name] = fact.value, fact

    def _not_graded(self, name: str) -> None:
        """Before the first infusion there is nothing to grade."""
        self.truths.update(self.answered(name, self.values)[1])
        self.clashes[name], self.values[name] = (), (0, 0)
        # Only the last moment keeps the answer: at the first graded one there must be none that could stand.
        if self.now == self.timeline.at:
            self.answers[name] = frozenset({0})

    def _rule(self, name: str) -> None:
        found, truths = self.answered(name, self.values)
        self.truths.update(truths)
        clashes = self.active_clashes(name)
        if clashes and found is not None:
            readings = [self.with_facts(name, reading) for reading in self.readings(clashes)]
            found = joined([each for each in readings if each is not None])
        self.clashes[name] = clashes
        if found is not None:
            self.answers[name] = found
            self.values.update(as_values(self.knowledge.rules[name], found))

    def active_clashes(self, rule: str) -> tuple[int, ...]:
        """The contradictions that certainly hold among the facts a rule leans on."""
        return tuple(
            number
            for number in self.program.contradictions[rule]
            if truth(self.knowledge.contradictions[number][1], self.knowledge.atoms, self.values) is True
            and self._of_one_time(self.knowledge.contradictions[number][0].readings)
        )

    def _of_one_time(self, readings: Iterable[str]) -> bool:
        """Whether facts were charted for one time: a later finding replaces an earlier one and contradicts nothing."""
        times = {self.facts[name].time for name in readings if name in self.facts and self.facts[name].time is not None}
        return len(times) <= 1

    def readings(self, clashes: Iterable[int]) -> list[dict[str, Value]]:
        """The ways to read contradictory facts: of each contradiction one fact is left open."""
        left_out = combined(*(self.knowledge.contradictions[number][0].readings for number in clashes))
        return [{name: self.program.open[name] for name in names} for names in left_out]

    # --- one rule --------------------------------------------------------------------------------------------------

    def answered(self, name: str, values: Mapping[str, Value]) -> tuple[Answer | None, dict[str, Truth]]:
        """The answers of a rule that given values leave possible, and the truth of its clauses."""
        found = dict(zip(self.program.clauses[name], self.program.truths[name](values), strict=True))
        return answer(self.knowledge.rules[name], found, values, self.knowledge), found

    def with_facts(self, rule: str, replaced: Mapping[str, Value]) -> Answer | None:
        """The answers of a rule had some facts these values, everything between computed again."""
        return self.answered(rule, self.replaced(rule, replaced))[0]

    def replaced(self, rule: str, replaced: Mapping[str, Value]) -> dict[str, Value]:
        """The values that a rule would read had some facts these values."""
        values = {**self.values, **replaced}
        for name in self.program.local[rule]:
            if name not in replaced and not self.program.depends[name].isdisjoint(replaced):
                values[name] = self.element(self.knowledge.elements[name], values).value
        return values

    # --- one element -----------------------------------------------------------------------------------------------

    def element(self, element: Element, values: Mapping[str, Value]) -> Fact:
        """The fact of an element now: charted or derived, then assumed, then what makes it unusable or a bound."""
        unknown = self.program.open[element.id]
        chartings = self.timeline.charted.get(element.id, ())
        fact = charted_fact(element, chartings, self.now, unknown, self.program.fresh_for.get(element.id))
        if fact.source == "not_charted" and element.id in (PRODUCT, TREATMENT):
            fact = self._of_infusions(element, fact)
        form = self.knowledge.forms.get(element.id)
        if form is not None and not self._charted_stands(element, form, fact):
            fact = self._derived_fact(element, form, fact, values)
        elif form is not None and fact.value is False and not element.charted_wins and self._looks_back(element):
            fact = self._not_denied(element, form, fact, values)
        if element.assume is None and not element.unusable and not element.at_least_when:
            return fact
        clauses = dict(zip(self.program.clauses[element.id], self.program.truths[element.id](values), strict=True))
        fact = self._assumed(element, fact, clauses)
        return _limited(element, fact, clauses, unknown)

    def _of_infusions(self, element: Element, fact: Fact) -> Fact:
        if element.id == TREATMENT:
            return Fact(exactly((treatment_at(self.timeline, self.now) or 1) * MICRO), "derived")
        product = product_at(self.timeline, self.now)
        return Fact(product, "observed") if product is not None else fact

    def _charted_stands(self, element: Element, form: ir.Form, fact: Fact) -> bool:
        """Whether what is charted is used: it wins, or nothing that the derivation reads came at or after it."""
        if fact.source != "baseline" and (fact.source != "observed" or fact.time is None):
            return False
        if isinstance(form, ir.EverTrue | ir.DoseCount | ir.DoseTotal | ir.SinceDone) or _grows(form):
            return False
        if element.charted_wins:
            return True
        beneath = self.program.derived_from[element.id]
        # A charting that looks back stands at its own moment beside the facts charted with it.
        strictly = element.id in self.program.looks_back
        latest = latest_of(self.timeline, beneath, self.now, strictly=strictly)
        return fact.time is None or latest is None or latest < fact.time

    def _derived_fact(self, element: Element, form: ir.Form, charted: Fact, values: Mapping[str, Value]) -> Fact:
        value = self._derived(element.id, form, charted, values)
        if is_known(value) or charted.source == "not_charted":
            return Fact(value, "derived", said_unknown=charted.said_unknown and not is_known(value))
        return Fact(value, "derived", charted.time, charted.said_unknown, charted=charted.charted)

    def _looks_back(self, element: Element) -> bool:
        return element.id in self.program.looks_back

    def _not_denied(self, element: Element, form: ir.Form, fact: Fact, values: Mapping[str, Value]) -> Fact:
        """A charted "no" about the past stands unless the record itself says yes: then neither is certain."""
        if self._derived(element.id, form, Fact(None, "not_charted"), values) is not True:
            return fact
        return Fact(None, fact.source, fact.time, clash="charted as no, and the record says yes")

    def _assumed(self, element: Element, fact: Fact, clauses: Mapping[str, Truth]) -> Fact:
        if element.assume is None:
            return fact
        assumed = assumed_value(element)
        blocked = clauses.get(f"{element.id}/unless") is True
        return Fact(assumed, "assumed") if assumable(fact, element, assumed) and not blocked else fact

    # --- derived forms ---------------------------------------------------------------------------------------------

    def _derived(self, name: str, form: ir.Form, charted: Fact, values: Mapping[str, Value]) -> Value:
        match form:
            case ir.ByFormula():
                return bounds(form.formula, form.scale, values)
            case ir.ByCondition():
                return self.program.form_truths[name](values)[0]
            case ir.ByRows():
                return self._by_rows(name, form, values)
            case ir.SetCount():
                return set_count(values[form.name], form.excluded)
            case _:
                return self.past.form(name, form, charted, values)

    def _by_rows(self, name: str, form: ir.ByRows, values: Mapping[str, Value]) -> Value:
        """The first row that holds; rows that could be it must agree, or the value spans them."""
        found: list[Value] = []
        for row, held in zip(form.rows, self.program.form_truths[name](values), strict=True):
            if held is not False:
                found.append(self._row_value(name, row, values))
            if held is True:
                break
        else:
            found.append(self.program.open[name])
        return hull(found, self.program.open[name])

    def _row_value(self, name: str, row: ir.Row, values: Mapping[str, Value]) -> Value:
        if isinstance(row.value, ir.ByFormula):
            return bounds(row.value.formula, row.value.scale, values)
        return self.program.open[name] if row.value is None else row.value


def assumed_value(element: Element) -> Value:
    """The value that is assumed of an element, in the shape of its type."""
    assert element.assume is not None
    value = element.assume.value
    if element.type == "codes":
        return SetValue(frozenset(), frozenset(), 0)
    return value if isinstance(value, str | bool) else exactly(value)


def set_count(value: Value, excluded: frozenset[str]) -> Value:
    """How many codes a set holds beside those excluded; open upwards to all that are possible."""
    assert isinstance(value, SetValue)
    low, high = len(value.certain - excluded), len(value.possible - excluded)
    unseen = value.at_least - len(value.certain)
    left_out = len((value.possible - value.certain) & excluded)
    return (max(low, low + unseen - left_out) * MICRO, high * MICRO)


def _limited(element: Element, fact: Fact, clauses: Mapping[str, Truth], unknown: Value) -> Fact:
    """The fact after what makes it unusable (unknown) or only a lower bound."""
    if any(clauses[f"{element.id}/unusable/{number}"] is not False for number in range(len(element.unusable))):
        return Fact(unknown, fact.source, fact.time, fact.said_unknown, fact.clash)
    if any(
        clauses[f"{element.id}/at_least_when/{number}"] is not False for number in range(len(element.at_least_when))
    ):
        return Fact(raised(fact.value, element), fact.source, fact.time, fact.said_unknown, fact.clash)
    return fact


def _grows(form: ir.Form) -> bool:
    return isinstance(form, ir.TimeFromTo) and isinstance(form.end, ir.AtNow)
