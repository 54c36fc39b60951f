"""Kleene's truth of conditions: read line by line for the trace, and compiled to Python functions for speed.

Both ways say the same (a property test holds them together); the compiled one gives the truth of all clauses of a
rule in one call.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias, assert_never

from clinguide.compile import atoms
from clinguide.evaluate.arithmetic import difference
from clinguide.values import SetValue, Truth, Value, is_known

Values: TypeAlias = Mapping[str, Value]
Truths: TypeAlias = Callable[[Values], tuple[Truth, ...]]


# --- line by line -------------------------------------------------------------------------------------------------


def atom_truth(atom: atoms.Atom, values: Values) -> Truth:
    """The truth of one atom."""
    match atom:
        case atoms.NumberAtom():
            return number_truth(atom.operator, values[atom.name], atom.bound)
        case atoms.DifferenceAtom():
            return number_truth(atom.operator, difference(atom, values), 0)
        case atoms.CodeAtom():
            return code_truth(values[atom.name], atom.codes)
        case atoms.BooleanAtom():
            return values[atom.name]  # type: ignore[return-value]
        case atoms.HasAtom():
            return has_truth(values[atom.name], atom.code)
        case atoms.EmptyAtom():
            return empty_truth(values[atom.name])
        case atoms.UnknownAtom():
            return not is_known(values[atom.name])
        case _:
            assert_never(atom)


def number_truth(operator: atoms.Operator, value: Value, bound: int) -> Truth:
    """The truth of `value OP bound` for a number between two bounds."""
    assert isinstance(value, tuple)
    low, high = value
    match operator:
        case ">=":
            return low >= bound or (None if high >= bound else False)
        case ">":
            return low > bound or (None if high > bound else False)
        case "<=":
            return high <= bound or (None if low <= bound else False)
        case "<":
            return high < bound or (None if low < bound else False)
        case "=":
            return True if low == bound == high else (None if low <= bound <= high else False)
        case _:
            assert_never(operator)


def code_truth(value: Value, codes: frozenset[str]) -> Truth:
    """Whether a code is one of `codes`."""
    if isinstance(value, str):
        return value in codes
    assert isinstance(value, frozenset)
    return True if value <= codes else (False if value.isdisjoint(codes) else None)


def has_truth(value: Value, code: str) -> Truth:
    """Whether a set holds a code."""
    assert isinstance(value, SetValue)
    return True if code in value.certain else (None if code in value.possible else False)


def empty_truth(value: Value) -> Truth:
    """Whether a set is empty."""
    assert isinstance(value, SetValue)
    return False if value.certain or value.at_least else (None if value.possible else True)


def truth(tree: atoms.Tree, table: tuple[atoms.Atom, ...], values: Values) -> Truth:
    """The truth of a tree, read line by line."""
    if isinstance(tree, atoms.Leaf):
        found = atom_truth(table[tree.atom], values)
        return opposite(found) if tree.negated else found
    return joined(tree, [truth(item, table, values) for item in tree.items])


def opposite(found: Truth) -> Truth:
    """Not true is false, not false is true, not unknown is unknown."""
    return None if found is None else not found


def joined(group: atoms.Group, found: list[Truth]) -> Truth:
    """The truth of a group from that of its items."""
    match group.kind:
        case "all":
            return False if False in found else (None if None in found else True)
        case "any":
            return True if True in found else (None if None in found else False)
        case "none_of":
            return False if True in found else (None if None in found else True)
        case "at_least":
            certain, open_ = found.count(True), found.count(None)
            return True if certain >= group.count else (None if certain + open_ >= group.count else False)
        case _:
            assert_never(group.kind)


# --- compiled -----------------------------------------------------------------------------------------------------

_NUMBER = {
    ">=": "({n}[0] >= {b} or (None if {n}[1] >= {b} else False))",
    ">": "({n}[0] > {b} or (None if {n}[1] > {b} else False))",
    "<=": "({n}[1] <= {b} or (None if {n}[0] <= {b} else False))",
    "<": "({n}[1] < {b} or (None if {n}[0] < {b} else False))",
    "=": "(True if {n}[0] == {b} == {n}[1] else (None if {n}[0] <= {b} <= {n}[1] else False))",
}


class _Writer:
    """Writes one function: each distinct atom once, then the clauses."""

    def __init__(self, table: tuple[atoms.Atom, ...]) -> None:
        self.table = table
        self.body: list[str] = []
        self.atoms: dict[int, str] = {}
        self.values: dict[str, str] = {}
        self.constants: dict[str, object] = {"code": code_truth, "has": has_truth, "empty": empty_truth}
        self.constants |= {"known": is_known, "number": number_truth, "difference": difference}

    def _assign(self, expression: str) -> str:
        name = f"t{len(self.body)}"
        self.body.append(f"    {name} = {expression}")
        return name

    def _constant(self, value: object) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def _value(self, name: str) -> str:
        if name not in self.values:
            self.values[name] = self._assign(f"v[{name!r}]")
        return self.values[name]

    def _atom(self, index: int) -> str:
        if index not in self.atoms:
            self.atoms[index] = self._assign(self._atom_expression(self.table[index]))
        return self.atoms[index]

    def _atom_expression(self, atom: atoms.Atom) -> str:
        match atom:
            case atoms.NumberAtom():
                return _NUMBER[atom.operator].format(n=self._value(atom.name), b=atom.bound)
            case atoms.DifferenceAtom():
                return f"number({atom.operator!r}, difference({self._constant(atom)}, v), 0)"
            case atoms.CodeAtom():
                return f"code({self._value(atom.name)}, {self._constant(atom.codes)})"
            case atoms.BooleanAtom():
                return self._value(atom.name)
            case atoms.HasAtom():
                return f"has({self._value(atom.name)}, {atom.code!r})"
            case atoms.EmptyAtom():
                return f"empty({self._value(atom.name)})"
            case atoms.UnknownAtom():
                return f"not known({self._value(atom.name)})"
            case _:
                assert_never(atom)

    def tree(self, tree: atoms.Tree) -> str:
        """The name of the variable that holds the truth of a tree."""
        if isinstance(tree, atoms.Leaf):
            found = self._atom(tree.atom)
            return self._assign(f"None if {found} is None else not {found}") if tree.negated else found
        names = [self.tree(item) for item in tree.items]
        return self._assign(_group(tree, names))


def _group(group: atoms.Group, names: list[str]) -> str:
    is_false = " or ".join(f"{name} is False" for name in names) or "False"
    is_open = " or ".join(f"{name} is None" for name in names) or "False"
    is_true = " or ".join(names) or "False"
    match group.kind:
        case "all":
            return f"False if {is_false} else (None if {is_open} else True)"
        case "any":
            return f"True if {is_true} else (None if {is_open} else False)"
        case "none_of":
            return f"False if {is_true} else (None if {is_open} else True)"
        case "at_least":
            certain = " + ".join(f"({name} is True)" for name in names) or "0"
            possible = " + ".join(f"({name} is not False)" for name in names) or "0"
            return f"True if {certain} >= {group.count} else (None if {possible} >= {group.count} else False)"
        case _:
            assert_never(group.kind)


def compiled(trees: list[atoms.Tree], table: tuple[atoms.Atom, ...]) -> Truths:
    """A function that gives the truth of all the trees for given values."""
    writer = _Writer(table)
    results = [writer.tree(tree) for tree in trees]
    source = "\n".join(["def truths(v):", *writer.body, f"    return ({', '.join(results)}{',' if results else ''})"])
    scope = dict(writer.constants)
    exec(compile(source, "<clauses>", "exec"), scope)  # noqa: S102  (text made here from typed atoms only)
    return scope["truths"]  # type: ignore[return-value]
