"""What holds for every line and every condition."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from clinguide.condition import (
    AllOf,
    Anchor,
    AnyOf,
    AtAnchor,
    AtLeast,
    Binary,
    Chosen,
    Compare,
    Condition,
    CountOf,
    CountSet,
    DailyDose,
    Derived,
    DoseAnchor,
    Doses,
    Ever,
    Every,
    Expression,
    FirstTime,
    In,
    Includes,
    Infusion,
    Is,
    IsUnknown,
    Line,
    Literal,
    Misread,
    Name,
    NoneOf,
    Now,
    Number,
    Offset,
    Pattern,
    Some,
    Sqrt,
    StartOfRegimen,
    StartOfRun,
    Test,
    TimeBetween,
    TimeFor,
    TimeSinceDone,
    TotalDose,
    Window,
    evaluate,
    fails,
    holds,
    lines,
    parse_derived,
    parse_expression,
    parse_test,
    text,
)
from clinguide.condition.tokens import is_word
from clinguide.problems import Span
from clinguide.units import is_unit

# --- every tree of one line -------------------------------------------------------------------------------------------

words = st.from_regex(r"[a-z][a-z0-9_]{0,6}([.-][a-z0-9_]{1,5}){0,2}", fullmatch=True).filter(is_word)
plain_names = words.filter(lambda word: not is_unit(word))
names = plain_names | st.just("dose")
codes = words | st.sampled_from(["h", "mg", "none"])
code_lists = st.lists(codes, min_size=1, max_size=3).map(tuple)
numerals = st.from_regex(r"-?(0|[1-9][0-9]{0,3})(\.[0-9]{1,3})?", fullmatch=True)
unit_codes = st.sampled_from(["h", "d", "mg", "mg/kg", "10*9/L", "Cel", "%", "mmHg/a", "/uL"])
numbers = st.builds(Number, numerals, st.none() | unit_codes)
durations = st.builds(Number, numerals, st.sampled_from(["h", "d", "min"])) | st.builds(Name, plain_names)

expressions: st.SearchStrategy[Expression] = st.recursive(
    numbers | st.builds(Name, names),
    lambda inner: st.builds(Sqrt, inner) | st.builds(Binary, st.sampled_from("+-*/"), inner, inner),
    max_leaves=8,
)
comparisons = st.builds(Compare, expressions, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), expressions)
tests: st.SearchStrategy[Test] = st.one_of(
    comparisons,
    st.builds(Is, expressions, codes | st.sampled_from(["true", "false", "empty"]), st.booleans()),
    st.builds(In, expressions, code_lists, st.booleans()),
    st.builds(Includes, names, codes),
    st.builds(IsUnknown, names),
)


def later(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Anchors made of anchors."""
    return st.builds(Offset, inner, st.sampled_from("+-"), durations) | st.builds(FirstTime, tests, st.none() | inner)


anchors: st.SearchStrategy[Anchor] = st.recursive(
    st.one_of(
        st.builds(Infusion, st.booleans()),
        st.builds(DoseAnchor, st.sampled_from(["first", "last"]), words),
        st.builds(StartOfRegimen, words),
        st.builds(StartOfRun, tests, st.none() | durations),
        st.just(Now()),
    ),
    later,
    max_leaves=4,
)
windows = st.one_of(
    st.builds(Window, within=durations, before_now=st.booleans()),
    st.builds(Window, since=anchors, before_now=st.booleans()),
    st.builds(Window, start=anchors, end=anchors, before_now=st.booleans()),
)
open_windows = windows | st.builds(Window, before_now=st.booleans())
derived: st.SearchStrategy[Derived] = st.one_of(
    expressions,
    tests,
    st.builds(Chosen, st.sampled_from(["highest", "lowest", "first", "last"]), plain_names, windows),
    st.builds(AtAnchor, names, anchors),
    st.builds(CountOf, tests, st.none() | durations, windows),
    st.builds(Ever, tests, open_windows),
    st.builds(TimeFor, st.just("current"), tests, st.none() | durations, st.just(Window())),
    st.builds(TimeFor, st.sampled_from(["longest", "total"]), tests, st.none() | durations, windows),
    st.builds(TimeBetween, anchors, anchors),
    st.builds(TimeSinceDone, words),
    st.builds(Doses, words, open_windows),
    st.builds(TotalDose, words, open_windows),
    st.builds(DailyDose, words),
    st.builds(CountSet, plain_names, st.just(()) | code_lists),
)


@given(expressions)
def test_an_expression_is_read_back_as_it_was(tree: Expression) -> None:
    """parse(print(tree)) = tree, for formulas."""
    assert parse_expression(text(tree)) == tree


@given(tests)
def test_a_test_is_read_back_as_it_was(tree: Test) -> None:
    """parse(print(tree)) = tree, for the lines of rules."""
    assert parse_test(text(tree)) == tree


@given(derived)
def test_a_derived_line_is_read_back_as_it_was(tree: Derived) -> None:
    """parse(print(tree)) = tree, for the lines of elements."""
    assert parse_derived(text(tree)) == tree


def defect_of(line: str) -> Misread | None:
    """What is wrong with the line, if anything."""
    try:
        parse_derived(line)
    except Misread as defect:
        return defect
    return None


@given(st.text() | st.text("x3>=<()+-*/,. andisto\t\n"))
def test_any_text_is_read_or_refused_inside_itself(line: str) -> None:
    """Whatever a file holds, reading it ends in a tree or in one defect whose caret lies in the line."""
    defect = defect_of(line)
    assert defect is None or 0 <= defect.start <= defect.end <= len(line)


# --- every condition --------------------------------------------------------------------------------------------------

LINES = tuple(
    Line(IsUnknown(name), f"{name} is unknown", Span("rule.yaml", place, 1, 2, name))
    for place, name in enumerate("uvwxyz", start=1)
)


def joined(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    """Conditions made of conditions, with counts beyond both ends of a list."""
    items = st.lists(inner, max_size=4).map(tuple)
    some = st.builds(AllOf, items) | st.builds(AnyOf, items) | st.builds(NoneOf, items)
    return some | st.builds(AtLeast, st.integers(-1, 6), items)


conditions: st.SearchStrategy[Condition] = st.recursive(st.sampled_from(LINES), joined, max_leaves=8)
truths = st.fixed_dictionaries({line: st.sampled_from([True, False, None]) for line in LINES})
Truths = dict[Line, bool | None]

RANK = {False: 0, None: 1, True: 2}
TRUTH = {rank: truth for truth, rank in RANK.items()}


def kleene(condition: Condition, truth: Truths) -> int:
    """Kleene's truth as 0, 1 or 2: `all` is the least, `any` the greatest, `at_least` the one in that place."""
    if isinstance(condition, Line):
        return RANK[truth[condition]]
    ranks = sorted((kleene(item, truth) for item in condition.items), reverse=True)
    match condition:
        case AllOf():
            return min(ranks, default=2)
        case AnyOf():
            return max(ranks, default=0)
        case NoneOf():
            return 2 - max(ranks, default=0)
        case AtLeast():
            return [2, *ranks, *[0] * 7][max(0, condition.count)]


def matches(pattern: Pattern, truth: Truths) -> bool:
    """Whether a pattern matches: positive connectives over what is certain."""
    match pattern:
        case Literal():
            return truth[pattern.test] is (not pattern.negated)
        case Every():
            return all(matches(item, truth) for item in pattern.items)
        case Some():
            return any(matches(item, truth) for item in pattern.items)


@given(conditions, truths)
def test_the_two_patterns_are_kleenes_two_certainties(condition: Condition, truth: Truths) -> None:
    """`holds` matches exactly where Kleene says true, `fails` exactly where Kleene says false."""
    rank = kleene(condition, truth)
    assert matches(holds(condition), truth) == (rank == 2)
    assert matches(fails(condition), truth) == (rank == 0)
    assert evaluate(condition, truth.__getitem__) is TRUTH[rank]


@given(conditions, truths, truths)
def test_learning_more_never_takes_back_a_certainty(condition: Condition, truth: Truths, more: Truths) -> None:
    """A condition that is certain stays so whatever the unknown lines turn out to be."""
    learned = {line: more[line] if known is None else known for line, known in truth.items()}
    before = evaluate(condition, truth.__getitem__)
    assert before is None or evaluate(condition, learned.__getitem__) is before


@given(conditions)
def test_a_pattern_speaks_only_of_the_lines_of_its_condition(condition: Condition) -> None:
    """Nothing is decided by a line that is not written there."""
    written = set(lines(condition))
    assert set(literal_lines(holds(condition))) <= written
    assert set(literal_lines(fails(condition))) <= written


def literal_lines(pattern: Pattern) -> list[Line]:
    """The lines that a pattern reads."""
    if isinstance(pattern, Literal):
        return [pattern.test]
    return [line for item in pattern.items for line in literal_lines(item)]
