"""Every line has exactly one parse, counted by a reader that shares nothing with ours but the way to split a line.

The grammar below is that of docs/language.md, section 2, as productions; its parses of a line are counted over all
spans, so a second reading cannot hide behind the order in which a descent tries its branches.
"""

from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from clinguide.condition import RESERVED, Misread, parse_derived, parse_expression, parse_test, text
from clinguide.condition.tokens import is_number, is_word
from clinguide.units import is_unit

GRAMMAR = """
text := expr operator expr | expr is not? CODE | expr is not? constant | expr not? in codes
text := MAYBE_DOSE includes CODE | MAYBE_DOSE is unknown
operator := = | != | < | <= | > | >=
constant := true | false | empty
codes := ( list )
list := CODE | list , CODE
expr := term | expr + term | expr - term
term := factor | term * factor | term / factor
factor := NUMBER UNIT? | MAYBE_DOSE | sqrt ( expr ) | ( expr )
derived := expr | text | choice NAME window | MAYBE_DOSE at anchor
derived := count of ( text ) distance? window | ever ( text ) open_window?
derived := time for which ( text ) bridge? | length time for which ( text ) bridge? window
derived := time from anchor to anchor | time since done CODE
derived := doses of CODE open_window? | total CODE dose open_window? | daily dose of CODE
derived := count of NAME | count of NAME except codes
choice := highest | lowest | first | last
length := longest | total
distance := at least duration apart
bridge := bridging duration
duration := NUMBER UNIT | NAME
window := span earlier?
open_window := window | earlier
span := within duration | since anchor | from anchor to anchor
earlier := before now
anchor := moment | start of CODE | start of ( text ) bridge? | first ( text ) | first ( text ) since anchor
moment := infusion | last infusion | first dose of CODE | last dose of CODE | now | ( anchor )
moment := moment + duration | moment - duration
"""

UNTAMED = GRAMMAR.replace("moment := moment + duration | moment - duration", "anchor := anchor + duration")
"""The same without the sentence that an offset on `first (...)` or `start of` needs parentheses."""

CLASSES: dict[str, Callable[[str], bool]] = {
    "NUMBER": is_number,
    "UNIT": lambda word: is_unit(word) and not is_number(word) and word not in RESERVED,
    "CODE": is_word,
    "NAME": lambda word: is_word(word) and not is_unit(word),
    "MAYBE_DOSE": lambda word: word == "dose" or (is_word(word) and not is_unit(word)),
}

Grammar = dict[str, list[tuple[str, ...]]]


def productions(grammar: str) -> Grammar:
    """The grammar as lists of symbols; `x?` is written out as with and without x."""
    found: Grammar = {}
    for line in grammar.strip().splitlines():
        left, right = line.split(" := ")
        for alternative in right.split(" | "):
            ways = [("", word[:-1]) if word.endswith("?") else (word,) for word in alternative.split()]
            found.setdefault(left, []).extend(tuple(filter(None, way)) for way in product(*ways))
    return found


def split(line: str) -> tuple[str, ...]:
    """The tokens of a line: at white space and at ( ) , and no further."""
    for sign in "(),":
        line = line.replace(sign, f" {sign} ")
    return tuple(line.split())


def parses(line: str, start: str, grammar: str = GRAMMAR) -> int:
    """How many derivation trees a line has from the symbol `start`."""
    rules, tokens = productions(grammar), split(line)

    @cache
    def symbol(name: str, begin: int, end: int) -> int:
        if name in rules:
            return sum(sequence(each, begin, end) for each in rules[name])
        word = tokens[begin] if end == begin + 1 else ""
        return int(CLASSES[name](word) if name in CLASSES else word == name)

    @cache
    def sequence(names: tuple[str, ...], begin: int, end: int) -> int:
        if len(names) == 1:
            return symbol(names[0], begin, end)
        # No symbol is empty, so each leaves at least one token to each of those after it.
        cuts = range(begin + 1, end - len(names) + 2)
        rests = ((cut, sequence(names[1:], cut, end)) for cut in cuts)
        return sum(rest * symbol(names[0], begin, cut) for cut, rest in rests if rest)

    return symbol(start, 0, len(tokens)) if tokens else 0


# --- the lines ----------------------------------------------------------------------------------------------------

HERE = Path(__file__).parent
LINES = yaml.safe_load((HERE / "condition_lines.yaml").read_text(encoding="utf-8"))
START = {"tests": "text", "derived": "derived", "formula": "expr"}
READ: dict[str, Callable[[str], Any]] = {"text": parse_test, "derived": parse_derived, "expr": parse_expression}
CONDITION_KEYS = frozenset(
    ("all", "any", "none_of", "of", "when", "for", "must", "require", "unless", "unusable", "at_least_when", "applies")
)


def listed(part: str) -> list[tuple[str, str]]:
    """The lines of one part of the data file, each with the symbol from which it is read."""
    return [(START[kind], str(line)) for kind, lines in LINES[part].items() for line in lines]


def shipped() -> Iterator[tuple[str, str]]:
    """Every line of a condition, of a derived element and of a formula in knowledge/, read without our reader."""
    for file in sorted((HERE.parent / "knowledge").rglob("*.yaml")):
        # Conditions stand in rules and elements; a case says `when` of nothing and has `for` of a drug.
        if not file.name.endswith(".cases.yaml"):
            yield from lines_in(yaml.safe_load(file.read_text(encoding="utf-8")), "", file.parent.name == "elements")


def lines_in(node: Any, key: str, element: bool) -> Iterator[tuple[str, str]]:
    """The lines under one node; `key` is the key that it, or the list around it, stands under."""
    if isinstance(node, dict):
        # `for` of an action is a duration; only that of a rule is a condition.
        dose = {"give", "continue", "change", "taper", "amount"} & node.keys()
        for inner, value in node.items():
            if not (inner == "for" and dose):
                yield from lines_in(value, inner, element)
    elif isinstance(node, list):
        for item in node:
            yield from lines_in(item, "all" if key == "derived" else key, element)
    elif isinstance(node, str) and key in CONDITION_KEYS:
        yield "text", node
    elif isinstance(node, str) and key in ("derived", "formula"):
        yield START[key], node


def accepted(start: str, line: str) -> bool:
    """Whether our reader reads the line."""
    try:
        READ[start](line)
    except Misread:
        return False
    return True


# --- the promises -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("start", "line"), [*listed("examples"), *listed("adversarial")])
def test_a_line_has_exactly_one_parse(start: str, line: str) -> None:
    """Each example of the language, and each line that invites a second reading, has one parse, and ours reads it."""
    assert parses(line, start) == 1
    assert text(READ[start](text(READ[start](line)))) == text(READ[start](line))


def test_every_shipped_line_has_exactly_one_parse() -> None:
    """No line under knowledge/ can be read in two ways, and none is refused."""
    lines = sorted(set(shipped()))
    assert {start for start, _ in lines} >= {"text", "derived"}
    wrong = [line for start, line in lines if parses(line, start) != 1 or not accepted(start, line)]
    assert wrong == []


@pytest.mark.parametrize(("start", "line"), listed("refused"))
def test_a_line_outside_the_grammar_is_refused(start: str, line: str) -> None:
    """What has no parse is no line: our reader refuses it too."""
    assert parses(line, start) == 0
    assert not accepted(start, line)


@pytest.mark.parametrize(
    "line",
    [
        "x at first (y > 1) since infusion + 3 d",
        "highest x since first (y > 1) since first (z > 1) since infusion + 3 d",
    ],
)
def test_the_count_sees_an_ambiguity_where_there_is_one(line: str) -> None:
    """Without the rule on offsets these lines have several parses: the count can exceed one, so that one means one."""
    assert parses(line, "derived", UNTAMED) > 1
    assert parses(line, "derived") == 1


def test_every_literal_word_of_the_grammar_is_reserved() -> None:
    """No name can be mistaken for a word of the grammar; beside those only YAML's connectives are reserved."""
    rules = productions(GRAMMAR)
    symbols = {symbol for ways in rules.values() for way in ways for symbol in way}
    words = {symbol for symbol in symbols - rules.keys() - CLASSES.keys() if symbol.isalpha()}
    connectives = {"all", "any", "none_of", "at_least", "when", "label"}
    assert words | connectives | {"and", "or"} == RESERVED


VALID = sorted({split(line) for part in ("examples", "adversarial") for _, line in listed(part)})
VOCABULARY = sorted({token for tokens in VALID for token in tokens} | {"and", "==", "38C"})


@st.composite
def nearly_valid(draw: st.DrawFn) -> str:
    """A line of the grammar in which a few tokens were replaced, left out, put in, or taken from another line."""
    tokens = list(draw(st.sampled_from(VALID)))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(tokens)))
        kept = draw(st.integers(0, 1))
        put_in = draw(st.lists(st.sampled_from(VOCABULARY), max_size=2) | st.sampled_from(VALID).map(list))
        tokens[place : place + kept] = put_in
    return " ".join(tokens[:30])


@given(nearly_valid(), st.sampled_from(["text", "derived", "expr"]))
def test_whatever_is_read_has_one_parse_and_whatever_has_one_is_read(line: str, start: str) -> None:
    """Our reader accepts exactly the language of the grammar, and no line of it is ambiguous."""
    count = parses(line, start)
    assert count in (0, 1)
    assert accepted(start, line) == (count == 1)
