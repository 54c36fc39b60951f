"""The tree of a condition: each line with its truth, each fact with its value, time, source and what is below it."""

from clinguide import units
from clinguide.compile import derivations as ir
from clinguide.compile import order
from clinguide.compile.atoms import Leaf, NumberAtom, Tree
from clinguide.compile.names import Named, bound_names
from clinguide.evaluate.kleene import truth
from clinguide.explain.contract import Clause, ClauseKind, FactRead, Line, Role
from clinguide.explain.events import charted, events
from clinguide.explain.said import Seen, said, time_said, title, truth_word
from clinguide.model import DerivedRows, DerivedText, Element, Setting
from clinguide.values import Truth

_BOUND: dict[str, Named] = bound_names(())
_Row = tuple[int, Tree | None, str | None]
"""A row of a derivation: its number, its condition (None: otherwise), and what the value then is."""
_GROUPS = {"all": "all of", "any": "any of", "none_of": "none of", "at_least": "at least"}


# --- lines ------------------------------------------------------------------------------------------------------------


def line(seen: Seen, tree: Tree, settings: tuple[Setting, ...], depth: int) -> Line:
    """A tree of lines with the truth of each; derived facts are followed `depth` derivations down."""
    held = truth_word(truth(tree, seen.knowledge.atoms, seen.values))
    if isinstance(tree, Leaf):
        names = sorted(order.atom_names(seen.knowledge.atoms[tree.atom]))
        facts = [fact(seen, name, depth) for name in names]
        named = _settings(tree.text, settings)
        return Line("line", tree.text, tree.label, held, _threshold(seen, tree), named, facts, [])
    text = _GROUPS[tree.kind] + (f" {tree.count} of" if tree.kind == "at_least" else "")
    items = [line(seen, item, settings, depth) for item in tree.items]
    return Line(tree.kind, text, tree.label, held, None, {}, [], items)


def _threshold(seen: Seen, leaf: Leaf) -> str | None:
    """The number that a line compares one name with."""
    atom = seen.knowledge.atoms[leaf.atom]
    if not isinstance(atom, NumberAtom):
        return None
    named = seen.knowledge.names.get(atom.name) or _BOUND.get(atom.name)
    return units.micro_text(atom.bound, named.unit if named is not None else None)


def _settings(text: str, settings: tuple[Setting, ...]) -> dict[str, str]:
    """The settings that a line names, each with its value."""
    in_line = set(text.replace("(", " ").replace(")", " ").replace(",", " ").split())
    return {
        each.name: each.value if isinstance(each.value, str) else units.micro_text(each.value, each.unit)
        for each in settings
        if each.name in in_line
    }


# --- facts ------------------------------------------------------------------------------------------------------------


def fact(seen: Seen, name: str, depth: int) -> FactRead:
    """One fact as it is now; a derived one with its derivation while `depth` is above 0."""
    evaluation, knowledge = seen.evaluation, seen.knowledge
    element, known = knowledge.elements.get(name), evaluation.facts.get(name)
    if element is None or known is None:
        named = knowledge.names.get(name)
        at, _ = time_said(evaluation, evaluation.timeline.at)
        value = said(named or _BOUND.get(name), seen.values[name])
        if named is None:
            return FactRead(name, f"{title(knowledge, name)} of the action", value, None, None, "action", None, [], [])
        return FactRead(name, title(knowledge, name), value, at, None, "rule", None, [], [])
    at, age = time_said(evaluation, known.time)
    value = said(knowledge.names[name], seen.values[name])
    form = knowledge.forms.get(name) if known.source == "derived" and depth else None
    clauses = _limiting(seen, element, depth - 1) if depth else []
    below: list[FactRead] = []
    if form is not None:
        clauses = [*_derivation(seen, element, form, depth - 1), *clauses]
        below = _below(seen, name, form, depth - 1)
    text = element.derived.text if form is not None and isinstance(element.derived, DerivedText) else None
    return FactRead(name, element.title, value, at, age, known.source, text, clauses, below)


def _limiting(seen: Seen, element: Element, depth: int) -> list[Clause]:
    """What takes a charted value away or makes it a bound, and what blocks an assumption."""
    kinds: tuple[ClauseKind, ...] = ("unless", "unusable", "at_least_when")
    found = []
    for name in seen.evaluation.program.clauses[element.id]:
        kind = next(each for each in kinds if name.split("/")[1] == each)
        held = truth(seen.knowledge.clauses[name], seen.knowledge.atoms, seen.values)
        if held is True or (held is None and kind != "unless"):
            tree = line(seen, seen.knowledge.clauses[name], element.settings, depth)
            role: Role = "holds" if held else "possible"
            found.append(Clause(name, kind, None, None, truth_word(held), role, tree, []))
    return found


def _derivation(seen: Seen, element: Element, form: ir.Form, depth: int) -> list[Clause]:
    """The condition or the rows of a derivation."""
    match form:
        case ir.ByCondition():
            role = single(truth(form.tree, seen.knowledge.atoms, seen.values))
            return [_row(seen, element, (0, form.tree, None), role, depth)]
        case ir.ByRows():
            texts = [row.text for row in element.derived.rows] if isinstance(element.derived, DerivedRows) else []
            trees = [row.tree for row in form.rows]
            held = [True if tree is None else truth(tree, seen.knowledge.atoms, seen.values) for tree in trees]
            rows = zip(range(len(trees)), trees, texts, strict=True)
            return [_row(seen, element, row, role, depth) for row, role in zip(rows, roles(held), strict=True)]
        case _:
            return []


def _row(seen: Seen, element: Element, row: _Row, role: Role, depth: int) -> Clause:
    number, tree, gives = row
    name = f"{element.id}/derived/{number}"
    if tree is None:
        return Clause(name, "derived", gives, None, "true", role, None, [])
    told = line(seen, tree, element.settings, depth)
    return Clause(name, "derived", gives, None, told.truth, role, told, [])


def _below(seen: Seen, name: str, form: ir.Form, depth: int) -> list[FactRead]:
    """What a derivation reads besides its lines; what was charted of the fact itself stands there too."""
    own = charted(seen, name)
    match form:
        case ir.ByFormula() | ir.SetCount():
            return own + [fact(seen, each, depth) for each in sorted(order.now_reads(form, seen.knowledge.atoms))]
        case ir.ByRows():
            values = [row.value.formula for row in form.rows if isinstance(row.value, ir.ByFormula)]
            names = frozenset[str]().union(*map(order.formula_names, values))
            return own + [fact(seen, each, depth) for each in sorted(names)]
        case ir.ByCondition():
            return own
        case _:
            return own + _looked_at(seen, form, depth) + events(seen, form)


def _looked_at(seen: Seen, form: ir.Form, depth: int) -> list[FactRead]:
    """What a form that looks back reads: of a charted element its chartings, of everything else its value now."""
    window = order.form_window(form)
    within = window.within if window is not None else None
    found: list[FactRead] = []
    for name in sorted(order.past_reads(form, seen.knowledge.atoms)):
        computed = name in seen.knowledge.forms or name not in seen.knowledge.elements
        found += [fact(seen, name, depth)] if computed else charted(seen, name, within) or [fact(seen, name, 0)]
    return found


# --- roles ------------------------------------------------------------------------------------------------------------


def roles(truths: list[Truth]) -> list[Role]:
    """What each of several rows does, of which the first that holds counts."""
    found: list[Role] = []
    sure, done = True, False
    for held in truths:
        if done:
            found.append("not_reached")
        elif held is False:
            found.append("fails")
        else:
            found.append("decides" if held and sure else "possible")
            sure, done = sure and held is True, held is True
    return found


def single(held: Truth) -> Role:
    """What a condition that stands alone does."""
    return "possible" if held is None else "holds" if held else "fails"
