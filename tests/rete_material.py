"""What the tests of the second engine share: items, generated conditions and values, and the answer in plain Python."""

from math import inf

from hypothesis import strategies as st

from clinguide.compile.atoms import (
    Atom,
    BooleanAtom,
    Both,
    CodeAtom,
    Constant,
    DifferenceAtom,
    Either,
    EmptyAtom,
    HasAtom,
    Item,
    Literally,
    NumberAtom,
    Operator,
    Pattern,
    UnknownAtom,
)
from clinguide.values import Bounds, SetValue, Truth, Value, codes, is_known

ALL = Both(())
CODES = frozenset("abcd")
MEMBERS = frozenset("xyz")
OPERATORS: tuple[Operator, ...] = ("=", "<", "<=", ">", ">=")
FEVER = NumberAtom("temperature", ">=", 38_000_000)


def yes(atom: int = 0) -> Literally:
    """The atom certainly true."""
    return Literally(atom, negated=False)


def no(atom: int = 0) -> Literally:
    """The atom certainly false."""
    return Literally(atom, negated=True)


def one(atom: int = 0, name: str = "fever") -> Item:
    """An item of one line."""
    return Item(name, 0, yes(atom), no(atom))


def mirrored(pattern: Pattern) -> Pattern:
    """The pattern that holds where the other certainly fails."""
    match pattern:
        case Literally():
            return Literally(pattern.atom, not pattern.negated)
        case Both():
            return Either(tuple(mirrored(part) for part in pattern.parts))
        case Either():
            return Both(tuple(mirrored(part) for part in pattern.parts))


# --- generated ------------------------------------------------------------------------------------------------------

small = st.integers(-3, 3)
huge = st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1, 9 * 10**18])
bounds = st.tuples(st.one_of(st.just(-inf), small, huge), st.one_of(st.just(inf), small, huge)).filter(
    lambda pair: pair[0] <= pair[1]
)
exact = st.one_of(small, huge).map(lambda number: (number, number))
possible_codes = st.frozensets(st.sampled_from(sorted(CODES)), min_size=1)
operators = st.sampled_from(OPERATORS)
ZERO = Constant(0, 1)

atom_kinds: st.SearchStrategy[Atom] = st.one_of(
    st.builds(NumberAtom, st.sampled_from(["n.0", "n-1", "n2"]), operators, st.one_of(small, huge)),
    st.builds(
        DifferenceAtom, st.sampled_from(["d0", "n.0 > n-1"]), st.just(ZERO), st.just(ZERO), operators, st.just(ZERO)
    ),
    possible_codes.flatmap(
        lambda wanted: st.builds(CodeAtom, st.sampled_from(["c0", "c1"]), st.just(wanted), st.just(CODES - wanted))
    ),
    st.builds(BooleanAtom, st.sampled_from(["b0", "b1"])),
    st.builds(HasAtom, st.just("s0"), st.sampled_from(sorted(MEMBERS))),
    st.builds(EmptyAtom, st.just("s0")),
    st.builds(UnknownAtom, st.sampled_from(["n.0", "c0", "b0", "s0"])),
)
set_values = st.tuples(st.frozensets(st.sampled_from(sorted(MEMBERS))), st.frozensets(st.sampled_from("xyz"))).flatmap(
    lambda pair: st.integers(0, len(pair[0] | pair[1])).map(lambda least: SetValue(pair[0], pair[0] | pair[1], least))
)
values = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("n.0", "n-1", "n2"), st.one_of(bounds, exact, st.none())),
        **dict.fromkeys(("c0", "c1"), st.one_of(possible_codes, st.sampled_from("abcd"), st.none())),
        **dict.fromkeys(("b0", "b1"), st.one_of(st.none(), st.booleans())),
        "s0": set_values,
    },
)
differences = st.fixed_dictionaries({}, optional=dict.fromkeys(("d0", "n.0 > n-1"), bounds))


def patterns(size: int) -> st.SearchStrategy[Pattern]:
    """Patterns over `size` atoms, deep and wide enough that one rule cannot hold some of them."""
    leaves = st.builds(Literally, st.integers(0, size - 1), st.booleans())
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Both, st.lists(inner, max_size=6).map(tuple)),
            st.builds(Either, st.lists(inner, max_size=6).map(tuple)),
        ),
        max_leaves=60,
    )


# --- the answer in plain Python -------------------------------------------------------------------------------------


def truth(atom: Atom, known: dict[str, Value], apart: dict[str, Bounds]) -> Truth:
    """The atom by Kleene's logic."""
    match atom:
        case NumberAtom():
            return compared(known.get(atom.name), atom.operator, atom.bound)
        case DifferenceAtom():
            return compared(apart.get(atom.id), atom.operator, 0)
        case CodeAtom():
            could_be = codes(known.get(atom.name))
            return None if not could_be else agreed({code in atom.codes for code in could_be})
        case BooleanAtom():
            value = known.get(atom.name)
            return value if isinstance(value, bool) else None
        case HasAtom():
            value = known.get(atom.name)
            if not isinstance(value, SetValue):
                return None
            return agreed({atom.code in value.certain, atom.code in value.possible})
        case EmptyAtom():
            value = known.get(atom.name)
            if not isinstance(value, SetValue):
                return None
            return agreed({not (value.certain or value.at_least), not value.possible})
        case UnknownAtom():
            return not is_known(known.get(atom.name))


def compared(value: Value, operator: Operator, bound: int) -> Truth:
    """A number by trying both ends of its range, and for `=` whether the bound lies inside."""
    if not isinstance(value, tuple):
        return None
    low, high = value
    if operator == "=":
        return agreed({low == bound and high == bound, low <= bound <= high})
    results = {
        "<": (low < bound, high < bound),
        "<=": (low <= bound, high <= bound),
        ">": (low > bound, high > bound),
        ">=": (low >= bound, high >= bound),
    }
    return agreed(set(results[operator]))


def agreed(answers: set[bool]) -> Truth:
    """What all agree on, else unknown."""
    return next(iter(answers)) if len(answers) == 1 else None


def matches(pattern: Pattern, truths: list[Truth]) -> bool:
    """Whether the pattern holds for these truths of its atoms."""
    match pattern:
        case Literally():
            return truths[pattern.atom] is (not pattern.negated)
        case Both():
            return all(matches(part, truths) for part in pattern.parts)
        case Either():
            return any(matches(part, truths) for part in pattern.parts)
