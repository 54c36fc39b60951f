"""Lines of conditions: what their trees are, what they read, and what is said of a line that is none."""

import pytest

from clinguide.condition import (
    AtAnchor,
    Binary,
    Chosen,
    Compare,
    CountSet,
    DoseAnchor,
    FirstTime,
    In,
    Includes,
    Infusion,
    Is,
    IsUnknown,
    Misread,
    Name,
    Number,
    Offset,
    StartOfRun,
    TimeFor,
    Window,
    actions,
    drugs,
    names,
    parse_derived,
    parse_duration,
    parse_expression,
    parse_quantity,
    parse_range,
    parse_test,
    reserved_name_problem,
    text,
)
from clinguide.condition.tokens import DEEPEST, LONGEST, MOST_SIGNS
from clinguide.problems import Span
from clinguide.units import is_unit

# --- trees ------------------------------------------------------------------------------------------------------------


def test_a_comparison_keeps_number_and_unit_as_written() -> None:
    """The tree says what the line says; nothing is converted."""
    assert parse_test("temperature >= 38.0 Cel") == Compare(Name("temperature"), ">=", Number("38.0", "Cel"))


def test_a_unit_with_a_star_is_one_token() -> None:
    """`10*9/L` is a unit, not a product."""
    assert parse_test("platelets < 75 10*9/L") == Compare(Name("platelets"), "<", Number("75", "10*9/L"))


def test_products_bind_tighter_and_signs_of_one_rank_go_left_to_right() -> None:
    """`x - y * z - 3` is (x - (y * z)) - 3."""
    product = Binary("*", Name("y"), Name("z"))
    expected = Binary("-", Binary("-", Name("x"), product), Number("3"))
    assert parse_expression("x - y * z - 3") == expected


def test_codes_booleans_and_sets_have_words_of_their_own() -> None:
    """`is`, `in`, `includes`, `empty` and `unknown` are tests of different kinds."""
    assert parse_test("crs.phase is not never") == Is(Name("crs.phase"), "never", negated=True)
    assert parse_test("vasopressors is empty") == Is(Name("vasopressors"), "empty")
    assert parse_test("device not in (cpap, bipap)") == In(Name("device"), ("cpap", "bipap"), negated=True)
    assert parse_test("vasopressors includes vasopressin") == Includes("vasopressors", "vasopressin")
    assert parse_test("ferritin is unknown") == IsUnknown("ferritin")


def test_dose_is_the_one_reserved_word_that_is_a_name() -> None:
    """Guards bind `dose`, so invariants can compare it."""
    assert parse_test("dose > 800 mg") == Compare(Name("dose"), ">", Number("800", "mg"))


def test_after_since_an_offset_belongs_to_the_inner_anchor() -> None:
    """`first (...) since infusion + 3 d` begins to look 3 days after the infusion."""
    test = Compare(Name("x"), ">", Number("3"))
    inner = Offset(Infusion(), "+", Number("3", "d"))
    assert parse_derived("y at first (x > 3) since infusion + 3 d") == AtAnchor("y", FirstTime(test, inner))
    outer = Offset(FirstTime(test, Infusion()), "+", Number("3", "d"))
    assert parse_derived("y at (first (x > 3) since infusion) + 3 d") == AtAnchor("y", outer)


def test_bridging_belongs_to_what_stands_directly_before_it() -> None:
    """A run inside a window has its own bridging."""
    test, other = Compare(Name("x"), ">", Number("3")), Is(Name("y"), "true")
    start = StartOfRun(other, Number("3", "h"))
    line = "longest time for which (x > 3) bridging gap since start of (y is true) bridging 3 h before now"
    assert parse_derived(line) == TimeFor("longest", test, Name("gap"), Window(since=start, before_now=True))


def test_first_and_last_of_a_name_are_forms_and_of_a_dose_are_moments() -> None:
    """`last crs.grade ...` is a value; `last dose of tocilizumab` is a time."""
    assert parse_derived("last crs.grade since infusion") == Chosen("last", "crs.grade", Window(since=Infusion()))
    anchor = DoseAnchor("last", "tocilizumab")
    assert parse_derived("crs.grade at last dose of tocilizumab") == AtAnchor("crs.grade", anchor)


def test_ranges_quantities_and_durations() -> None:
    """These stand alone: never inside a line of a condition."""
    assert parse_range("8 mg/kg to 10 mg/kg") == (Number("8", "mg/kg"), Number("10", "mg/kg"))
    assert parse_range("0 to 10") == (Number("0"), Number("10"))
    assert parse_quantity("38.9 Cel") == Number("38.9", "Cel")
    assert parse_duration("24 h") == Number("24", "h")
    assert parse_duration("window") == Name("window")


def test_who_reads_lines_may_bring_another_table_of_units() -> None:
    """Which words are units is passed in."""
    assert parse_quantity("3 drops", lambda word: word == "drops") == Number("3", "drops")


def test_the_canonical_text_has_single_spaces_and_no_idle_parentheses() -> None:
    """A line that is written loosely is printed the one way."""
    assert text(parse_test("( (x  *  y) ) + ( z ) >=   (3  h)")) == "x * y + z >= 3 h"
    assert text(parse_derived("count of vasopressors except ( p ,q)")) == "count of vasopressors except (p, q)"
    assert text(Window(within=Number("24", "h"), before_now=True)) == "within 24 h before now"
    assert text(Offset(StartOfRun(IsUnknown("x")), "-", Name("gap"))) == "(start of (x is unknown)) - gap"


def test_what_a_line_reads() -> None:
    """Names are those of elements, rules and settings; drugs and actions are told apart."""
    line = parse_derived("longest time for which (x + y > 3) bridging gap since first dose of anakinra - 1 h")
    assert names(line) == {"x", "y", "gap"}
    assert drugs(line) == {"anakinra"}
    assert names(CountSet("vasopressors", ("vasopressin",))) == {"vasopressors"}
    assert actions(parse_derived("time since done lumbar-puncture")) == {"lumbar-puncture"}


def test_no_name_is_a_word_of_the_grammar_or_a_unit() -> None:
    """Knowledge files cannot introduce a name that no line could use."""
    assert reserved_name_problem("temperature", is_unit) is None
    assert reserved_name_problem("h") is None
    assert reserved_name_problem("h", is_unit) == "'h' is a unit and cannot be a name"
    assert reserved_name_problem("since") == "'since' is a word of the rule language and cannot be a name"
    expected = "'4-1bb' cannot be written in a condition: use letters, digits, _ and, between them, . or -"
    assert reserved_name_problem("4-1bb") == expected


# --- defects ----------------------------------------------------------------------------------------------------------

YAML = (
    "connectives are YAML: put each comparison on a line of its own under all: (every one must hold) "
    "or any: (one is enough)"
)
BLOCK = "use block style: a line with ( , ) never stands inside [ ] or { }; close every parenthesis on the same line"
FORMS = "such forms stand only in element files: give it a name there as a derived element, and use the name here"
LETTERS = "names, codes and units have plain English letters only; this one may look like one of them"
MOMENTS = (
    "write infusion, last infusion, now, first dose of DRUG, last dose of DRUG, start of DRUG, start of (...) "
    "or first (...)"
)

TESTS = [
    ("x == 3", "==", "a comparison was expected, not '=='", "write = for numbers, and 'is' for codes"),
    ("x => 3", "=>", "a comparison was expected, not '=>'", "write >="),
    ("x is 3", "3", "a code was expected, not '3'", "write = or != for numbers"),
    (
        "x = true",
        "true",
        "a name or a number was expected, not 'true'",
        "write 'is' for codes, true, false and empty; write = for numbers",
    ),
    ("x > 3 and y > 4", "and", "the end of the line was expected, not 'and'", YAML),
    ("x is true OR y > 4", "OR", "the end of the line was expected, not 'OR'", YAML),
    ("3 < x < 5", "< (second)", "the end of the line was expected, not '<'", f"one comparison in a line; {YAML}"),
    ("x in (p, q", "(", "this parenthesis is never closed", BLOCK),
    ("x) > 3", ")", "this parenthesis was never opened", BLOCK),
    ("x in cpap", "cpap", "'(' was expected, not 'cpap'", "codes stand in parentheses, as in (cpap, bipap)"),
    ("x in (p q)", "q", "')' was expected, not 'q'", "codes are separated by commas"),
    ("x in (p, 2)", "2", "a code was expected, not '2'", "codes are words; compare numbers with = != < <= > >="),
    (
        "x is not in (p, q)",
        "in",
        "a code was expected, not 'in'",
        "write 'x not in (a, b)' or 'x in (a, b)', without 'is'",
    ),
    ("x is not unknown", "unknown", "a code was expected, not 'unknown'", "put 'x is unknown' under none_of:"),
    ("x not p", "p", "'in' was expected, not 'p'", "write 'x is not CODE' or 'x not in (CODE, CODE)'"),
    ("x is 'none'", "'none'", "a code was expected, not ''none''", "write names and codes without quotation marks"),
    ("x >38", ">38", "a comparison was expected, not '>38'", "put spaces around each sign: '> 38'"),
    ("x>=38", "x>=38", "a name or a number was expected, not 'x>=38'", "put spaces around each sign: 'x >= 38'"),
    (
        "x > 38C",
        "38C",
        "a name or a number was expected, not '38C'",
        "put a space between number and unit: '38 C' (did you mean 'Cel'?)",
    ),
    ("x > 3 hours", "hours", "no unit is called 'hours'", "did you mean 'h'?"),
    ("x > 3 Cels", "Cels", "no unit is called 'Cels'", "did you mean 'Cel'?"),
    (
        "x > mg",
        "mg",
        "a name or a number was expected, not 'mg'",
        "'mg' is a unit and stands only directly after a number",
    ),
    (
        "x > 38,5",
        ",",
        "the end of the line was expected, not ','",
        "write decimals with a point (38.5) and thousands without a comma (385)",
    ),
    ("x > .5", ".5", "a name or a number was expected, not '.5'", "write a zero before the point"),
    ("x > 1e3", "1e3", "a name or a number was expected, not '1e3'", "write the number without an exponent"),
    ("x > ３", "３", "odd character: '３' is Fullwidth digit three", "type an ordinary '3'"),
    ("temperаture > 3", "а", "odd character: 'а' is Cyrillic small letter a", LETTERS),
    ("x ≥ 3", "≥", "odd character: '≥' is Greater-than or equal to", "write >="),
    ("x\u00a0> 3", "\u00a0", "odd character: No-break space", "type an ordinary space"),
    (
        "since > 3",
        "since",
        "a name or a number was expected, not 'since'",
        "'since' is a word of the rule language and cannot be a name or a code",
    ),
    ("ever (x > 3)", "ever", "a name or a number was expected, not 'ever'", FORMS),
    ("(x) is unknown", "(", "only a name stands before 'is unknown'", "write the name by itself"),
    (
        "x",
        "x",
        "a comparison is missing at the end of the line",
        "write = != < <= > >= for numbers, 'is' or 'in (...)' for codes",
    ),
]

DERIVED = [
    (
        "highest x",
        "x",
        "a window is missing at the end of the line",
        "write 'within 24 h', 'since infusion' or 'from infusion to now' after it",
    ),
    (
        "x at first (y > 1) + 3 d",
        "+",
        "the end of the moment was expected, not '+'",
        "put what stands before the sign in parentheses, as in (first (crs.grade >= 1)) + 24 h",
    ),
    (
        "last dose of anakinra",
        "dose",
        "a name was expected, not 'dose'",
        "'last dose of' is a moment: write 'time from last dose of DRUG to now' or 'NAME at ...'",
    ),
    (
        "time for which (x > 3) within 24 h",
        "within",
        "the end of the line was expected, not 'within'",
        "'time for which' is the run that lasts now; 'longest time for which' and 'total ...' take a window",
    ),
    (
        "time since infusion",
        "infusion",
        "'done' was expected, not 'infusion'",
        "write 'time from ... to now', or 'time since done ACTION'",
    ),
    (
        "time from infusion to now / 24 h",
        "/",
        "the end of the line was expected, not '/'",
        "give what stands before the sign a name as a derived element, and compute with that name",
    ),
    (
        "ever (x > 3) within 24",
        "24",
        "a unit of time is missing at the end of the line",
        "write a duration as '24 h', '3 d' or '30 min'",
    ),
    (
        "x at yesterday",
        "yesterday",
        "a moment was expected, not 'yesterday'",
        MOMENTS,
    ),
]


def underlined(line: str, defect: Misread) -> str:
    """The part of the line under which the caret stands, with its turn where the same text stands before it."""
    part = line[defect.start : defect.end]
    return f"{part} (second)" if line.index(part) != defect.start else part


@pytest.mark.parametrize(("line", "part", "message", "hint"), TESTS)
def test_a_defect_of_a_line_is_named_with_what_to_write_instead(line: str, part: str, message: str, hint: str) -> None:
    """The caret stands under the word at fault, and the hint says what a clinician would write."""
    with pytest.raises(Misread) as caught:
        parse_test(line)
    defect = caught.value
    assert (underlined(line, defect), defect.message, defect.hint) == (part, message, hint)


@pytest.mark.parametrize(("line", "part", "message", "hint"), DERIVED)
def test_a_defect_of_a_derived_line_is_named_too(line: str, part: str, message: str, hint: str) -> None:
    """The same for the forms that only element files use."""
    with pytest.raises(Misread) as caught:
        parse_derived(line)
    defect = caught.value
    assert (underlined(line, defect), defect.message, defect.hint) == (part, message, hint)


def test_a_defect_is_a_problem_at_its_place_in_the_file() -> None:
    """The span of the line and the offset in it make the caret."""
    span = Span("knowledge/x.yaml", 7, 9, 15, "      - x == 3")
    with pytest.raises(Misread) as caught:
        parse_test("x == 3")
    assert str(caught.value.problem(span)) == (
        "knowledge/x.yaml:7:11: condition: a comparison was expected, not '=='\n"
        "    7 |       - x == 3\n"
        "      |           ^^\n"
        "   hint: write = for numbers, and 'is' for codes"
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("x > " + "3" * LONGEST, f"a line has at most {LONGEST} characters, this one has {LONGEST + 4}"),
        ("(" * 60 + "x" + ")" * 60 + " > 3", f"parentheses are nested deeper than {DEEPEST}"),
        ("x" + " + x" * 101 + " > 3", f"a line has at most {MOST_SIGNS} signs"),
    ],
)
def test_reading_is_bounded(line: str, message: str) -> None:
    """A hostile line is refused before it costs anything."""
    with pytest.raises(Misread) as caught:
        parse_test(line)
    assert caught.value.message == message


def test_the_deepest_line_that_is_read_can_be_printed() -> None:
    """The limits are narrow enough for everything that walks a tree."""
    deepest = "(" * DEEPEST + "x" + ")" * DEEPEST + " + x * x" * (MOST_SIGNS // 2) + " > 3"
    tree = parse_test(deepest)
    assert parse_test(text(tree)) == tree
    nested = "y at " + "first (x > 3) since " * 90 + "infusion"
    assert text(parse_derived(nested)) == nested
