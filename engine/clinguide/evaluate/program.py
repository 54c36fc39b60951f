"""What is worked out once per knowledge: compiled clauses, what reads what, and which facts a rule leans on."""

from fractions import Fraction
from functools import lru_cache

import msgspec

from clinguide.compile import Knowledge, atoms, derivations, order
from clinguide.compile.names import BAND, bound_names
from clinguide.course import open_value
from clinguide.evaluate.kleene import Truths, compiled
from clinguide.model import Drug
from clinguide.values import OPEN, Value

_ALWAYS = atoms.Group("all", ())


class Test(msgspec.Struct, frozen=True):
    """A test whose history is kept: its truth, what it reads, and whether that is daily doses alone."""

    truth: Truths
    names: frozenset[str]
    beneath: frozenset[str]
    rated: bool


class Program(msgspec.Struct, frozen=True):
    """Everything about a knowledge that no patient changes.

    `clauses` names the clauses of each rule and element in the order in which `truths` answers them; `form_truths`
    answers the rows or the condition of a derivation. `local` lists, for each rule, the elements between it and the
    facts it leans on: those computed at the same time from others. `asked` are the questions whose answer a protocol
    prefers for some patients. `depends` is what a name reads at the same time, directly or not. `beneath` are the
    elements, drugs (`drug:NAME`) and actions (`done:NAME`) from which a name is computed, now or in the past;
    `derived_from` is that for a derivation alone, without what makes a charted value unusable. `fresh_for` is how long
    a charting of an element is fresh. `looks_back` are the names for which what is beneath includes the past, `tests`
    what derived forms ask of it, `timed` the names that change with the clock alone.
    """

    knowledge: Knowledge
    open: dict[str, Value]
    clauses: dict[str, tuple[str, ...]]
    truths: dict[str, Truths]
    past_order: tuple[str, ...]
    form_truths: dict[str, Truths]
    local: dict[str, tuple[str, ...]]
    asked: tuple[str, ...]
    depends: dict[str, frozenset[str]]
    beneath: dict[str, frozenset[str]]
    derived_from: dict[str, frozenset[str]]
    fresh_for: dict[str, int]
    looks_back: frozenset[str]
    timed: frozenset[str]
    contradictions: dict[str, tuple[int, ...]]
    windows: tuple[int, ...]
    routes: dict[str, frozenset[str]]
    covers: dict[str, int]
    factors: dict[str, dict[str, Fraction]]
    tests: dict[str, Test]


@lru_cache(maxsize=32)
def program(knowledge: Knowledge) -> Program:
    """The program of a knowledge, made once."""
    clauses = _clauses(knowledge)
    asked = tuple(sorted(clauses.keys() - knowledge.elements.keys() - knowledge.rules.keys()))
    edges = _all_edges(knowledge)
    below = {name: order.closure((name,), edges) for name in knowledge.order}
    needed = order.closure(knowledge.past, knowledge.reads)
    return Program(
        knowledge=knowledge,
        open=_open_values(knowledge),
        clauses=clauses,
        truths={name: _truths(knowledge, names) for name, names in clauses.items()},
        past_order=tuple(name for name in knowledge.order if name in needed),
        form_truths={name: compiled(_form_trees(form), knowledge.atoms) for name, form in knowledge.forms.items()},
        depends={name: order.closure((name,), knowledge.reads) for name in knowledge.order},
        local={name: _local(knowledge, name) for name in [*knowledge.rules, *asked]},
        asked=asked,
        beneath={name: _beneath(knowledge, names) for name, names in below.items()},
        derived_from={name: _derived_from(knowledge, name, edges) for name in knowledge.forms},
        fresh_for=_fresh_for(knowledge, edges),
        looks_back=frozenset(
            name for name, names in below.items() if any(_of_the_past(knowledge, each) for each in names)
        ),
        timed=frozenset(name for name in knowledge.forms if _of_the_past(knowledge, name)) | _bands(knowledge),
        contradictions={rule: _contradictions(knowledge, rule) for rule in knowledge.rules},
        windows=tuple(sorted(_windows(knowledge))),
        routes=_routes(knowledge.drugs),
        covers={drug.id: drug.covers for drug in knowledge.drugs.values() if drug.covers is not None},
        factors={
            name: {drug: Fraction(top, bottom) for drug, top, bottom in form.factors}
            for name, form in knowledge.forms.items()
            if isinstance(form, derivations.DailyRate)
        },
        tests=_tests(knowledge, edges),
    )


def _clauses(knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    owners = {clause.split("/", 1)[0] for clause in knowledge.clauses}
    found: dict[str, list[str]] = {name: [] for name in {*knowledge.elements, *knowledge.rules, *owners}}
    for clause in knowledge.clauses:
        owner = clause.split("/", 1)[0]
        if owner in found:
            found[owner].append(clause)
    return {name: tuple(clauses) for name, clauses in found.items()}


def _truths(knowledge: Knowledge, clauses: tuple[str, ...]) -> Truths:
    return compiled([knowledge.clauses[clause] for clause in clauses], knowledge.atoms)


def _form_trees(form: derivations.Form) -> list[atoms.Tree]:
    match form:
        case derivations.ByCondition():
            return [form.tree]
        case derivations.ByRows():
            return [row.tree if row.tree is not None else _ALWAYS for row in form.rows]
        case _:
            return []


def _open_values(knowledge: Knowledge) -> dict[str, Value]:
    found: dict[str, Value] = {name: open_value(element) for name, element in knowledge.elements.items()}
    routes = (route for drug in knowledge.drugs.values() for route in drug.routes)
    for name, named in {**knowledge.names, **bound_names(routes)}.items():
        if name not in found:
            found[name] = frozenset(named.codes) if named.type == "code" else OPEN
    return found


def _all_edges(knowledge: Knowledge) -> dict[str, frozenset[str]]:
    edges = dict(knowledge.reads)
    for name, form in knowledge.forms.items():
        edges[name] = edges.get(name, frozenset()) | order.past_reads(form, knowledge.atoms)
    return edges


def _beneath(knowledge: Knowledge, names: frozenset[str]) -> frozenset[str]:
    drugs: set[str] = set()
    done: set[str] = set()
    for name in names:
        match knowledge.forms.get(name):
            case derivations.DoseCount() as form:
                drugs |= form.drugs
            case derivations.DailyRate() | derivations.DoseTotal() as form:
                drugs |= {drug for drug, _, _ in form.factors}
            case derivations.SinceDone() as form:
                done |= set(form.parts)
            case _:
                pass
        drugs |= _anchored(knowledge, name)
    return names | {f"drug:{drug}" for drug in drugs} | {f"done:{action}" for action in done}


def _anchored(knowledge: Knowledge, name: str) -> frozenset[str]:
    """The drugs whose doses a derivation counts from."""
    form = knowledge.forms.get(name)
    anchors = order.form_anchors(form) if form is not None else ()
    found = [each.drugs for each in anchors if isinstance(each, derivations.AtDose | derivations.AtStart)]
    return frozenset[str]().union(*found)


def _derived_from(knowledge: Knowledge, name: str, edges: dict[str, frozenset[str]]) -> frozenset[str]:
    form = knowledge.forms[name]
    if isinstance(form, derivations.ValueAt):
        # The value at a dose is charted anew only by another dose.
        return frozenset(f"drug:{drug}" for drug in _anchored(knowledge, name))
    read = order.now_reads(form, knowledge.atoms) | order.past_reads(form, knowledge.atoms)
    return _beneath(knowledge, order.closure(read, edges) | {name}) - {name}


def _fresh_for(knowledge: Knowledge, edges: dict[str, frozenset[str]]) -> dict[str, int]:
    """How long a charting is fresh; one of a derived number or set no longer than what it is derived from."""
    own = {name: each.fresh_for for name, each in knowledge.elements.items() if each.fresh_for is not None}
    found = dict(own)
    for name, form in knowledge.forms.items():
        if name not in own and isinstance(form, derivations.SetCount | derivations.ByFormula | derivations.Extreme):
            below = [own[each] for each in order.closure(edges[name], edges) if each in own]
            found |= {name: min(below)} if below else {}
    return found


def _of_the_past(knowledge: Knowledge, name: str) -> bool:
    form = knowledge.forms.get(name)
    return form is not None and not isinstance(form, derivations.SameTime)


def _bands(knowledge: Knowledge) -> frozenset[str]:
    """Rules that give two values: what reads the second of them must not be taken to stand."""
    return frozenset(name.removesuffix(BAND) for name in knowledge.names if name.endswith(BAND))


def _tests(knowledge: Knowledge, edges: dict[str, frozenset[str]]) -> dict[str, Test]:
    rates = {name for name, form in knowledge.forms.items() if isinstance(form, derivations.DailyRate)}
    found = {}
    for form in knowledge.forms.values():
        for tested in order.form_tests(form):
            names = order.tree_names(tested.tree, knowledge.atoms)
            beneath = _beneath(knowledge, order.closure(names, edges))
            truth = compiled([tested.tree], knowledge.atoms)
            found[tested.key] = Test(truth, names, beneath, names <= rates)
    return found


def _local(knowledge: Knowledge, rule: str) -> tuple[str, ...]:
    found: set[str] = set()
    waiting = list(knowledge.reads[rule])
    while waiting:
        name = waiting.pop()
        if name not in found and isinstance(knowledge.forms.get(name), derivations.SameTime):
            found.add(name)
            waiting += knowledge.reads[name]
    return tuple(name for name in knowledge.order if name in found)


def _contradictions(knowledge: Knowledge, rule: str) -> tuple[int, ...]:
    """The contradictions whose readings a rule leans on, both of them."""
    leans = set(knowledge.reads[rule])
    for name in _local(knowledge, rule):
        leans |= {name, *knowledge.reads[name]}
    readings = [set(contradiction.readings) for contradiction, _ in knowledge.contradictions]
    return tuple(number for number, names in enumerate(readings) if not names.isdisjoint(leans))


def _windows(knowledge: Knowledge) -> set[int]:
    spans = [order.form_window(form) for form in knowledge.forms.values()]
    return {span.within for span in spans if span is not None and span.within is not None}


def _routes(drugs: dict[str, Drug]) -> dict[str, frozenset[str]]:
    """The routes by which a drug counts towards its class: systemic ones for a systemic class."""
    found: dict[str, frozenset[str]] = {}
    for drug in drugs.values():
        above = drugs.get(drug.class_ or "")
        if above is not None and above.routes:
            found[drug.id] = frozenset(above.routes)
    return found
