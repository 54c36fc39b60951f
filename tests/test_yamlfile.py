"""Strict YAML: what is read is what stands there, with its place; everything else is refused with a hint."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from clinguide.problems import Problem, Span
from clinguide.yamlfile import (
    DEEPEST,
    LARGEST,
    MOST_PROBLEMS,
    Mapping,
    Node,
    Scalar,
    Sequence,
    build,
    exact,
    find,
    get,
    key_of,
    parse,
    plain,
    read,
    read_text,
)

RULE = """\
# a comment
title: "Tocilizumab for CRS"
id: asco-2021.crs.tocilizumab
when:
  - crs.grade >= start_at_grade
  - 'oxygen_device in (cpap, bipap)'
settings:
  start_at_grade: {value: 2, may_be: 1 to 2}
why: |
  IL-6 receptor blockade
  comes first.
"""


def tree_of(text: str) -> Node:
    """Read a text that has no problems."""
    tree, problems = parse(text, "f.yaml")
    assert problems == ()
    assert tree is not None
    return tree


def problems_of(text: str) -> tuple[Problem, ...]:
    """Read a text for its problems."""
    return parse(text, "f.yaml")[1]


def scalars(node: Node) -> Iterator[Scalar]:
    """Every key and value of a tree."""
    match node:
        case Scalar():
            yield node
        case Sequence():
            for item in node.items:
                yield from scalars(item)
        case Mapping():
            for key, value in node.entries:
                yield key
                yield from scalars(value)


def underlined(span: Span) -> str:
    """The characters that a caret line would underline."""
    return span.text[span.column - 1 : span.end - 1]


# --- what is read


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("Off", "Off"),
        ("12:30", "12:30"),
        ("2021-11-01", "2021-11-01"),
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"),
        ("1.0.0", "1.0.0"),
        ("1_000", "1_000"),
        ("8 mg/kg", "8 mg/kg"),
        ("-", None),
        ("none", "none"),
        ("null", None),
        ("~", None),
        ("", None),
        ("true", True),
        ("FALSE", False),
        ("tRUE", "tRUE"),
        ("0", 0),
        ("-12", -12),
        ("9007199254740993", 9007199254740993),
        ("1.10", Decimal("1.10")),
        ("-0.5", Decimal("-0.5")),
        ("'1.10'", "1.10"),
        ('"true"', "true"),
        ("'it''s'", "it's"),
        ('"a\\tb"', "a\tb"),
        ("8310-5", "8310-5"),
        ("-x", "-x"),
        (".a", ".a"),
        ("1e", "1e"),
        ("0o9", "0o9"),
    ],
)
def test_a_value_is_what_yaml_1_2_core_says(written: str, value: Any) -> None:
    """YAML 1.2 core only: `on` is no boolean, `12:30` no number, and `1.10` keeps its digits."""
    if written == "-":
        assert exact(tree_of("-")) == [None]
        return
    found = get(tree_of(f"key: {written}\n"), "key")
    assert isinstance(found, Scalar)
    assert (type(found.value), found.value) == (type(value), value)
    assert str(found.value) == str(value)


def test_a_rule_file_is_read_whole() -> None:
    """Comments, quotes, lists, mappings and blocks come out as JSON data."""
    assert exact(tree_of(RULE)) == {
        "title": "Tocilizumab for CRS",
        "id": "asco-2021.crs.tocilizumab",
        "when": ["crs.grade >= start_at_grade", "oxygen_device in (cpap, bipap)"],
        "settings": {"start_at_grade": {"value": 2, "may_be": "1 to 2"}},
        "why": "IL-6 receptor blockade\ncomes first.\n",
    }


def test_decimals_are_floats_for_schemas_and_text_for_digests() -> None:
    """A digest must not hang on how a float prints, so it sees the digits as written."""
    tree = tree_of("a: 1.10\nb: [0.0000001, 2]\n")
    assert plain(tree) == {"a": 1.1, "b": [1e-7, 2]}
    assert exact(tree) == {"a": "1.10", "b": ["0.0000001", 2]}


texts = st.text(st.characters(min_codepoint=32, max_codepoint=126) | st.sampled_from("é≥µ漢😀"), max_size=30)
data = st.recursive(
    texts | st.integers(-(10**18), 10**18) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
).filter(lambda value: value is not None)


@given(data)
def test_json_is_read_as_json_has_it(value: Any) -> None:
    """JSON is YAML 1.2: whatever JSON writes comes back equal, in flow style and in block style."""
    assert exact(tree_of(json.dumps(value, ensure_ascii=False))) == value


# --- places


def test_every_value_knows_where_it_stands() -> None:
    """Spans cover the text of a value, without its quotes, so that a caret can be placed inside a condition."""
    for scalar in scalars(tree_of(RULE)):
        first_line = str(scalar.value).split("\n", maxsplit=1)[0]
        assert underlined(scalar.span) == first_line
        assert scalar.span.text == RULE.splitlines()[scalar.span.line - 1]
        assert scalar.span.file == "f.yaml"


@given(st.text(st.sampled_from("ab é≥漢😀(,)<='"), min_size=1, max_size=20), st.integers(0, 3), st.sampled_from("'\""))
def test_an_offset_into_a_quoted_condition_is_an_offset_into_its_span(text: str, before: int, quote: str) -> None:
    """For quoted scalars the span begins behind the quote (only an escape in it shifts what follows)."""
    text = text.replace(quote, "x")
    tree = tree_of(f"{'# line' + chr(10)}{'- ' * before}- {quote}{text}{quote}  # why\n")
    (scalar,) = scalars(tree)
    for offset, character in enumerate(text):
        assert underlined(scalar.span.inside(offset, offset + 1)) == character


@pytest.mark.parametrize(
    ("text", "line", "underline"),
    [
        ("a: |\n\n    first\n    second\n", 3, "first"),
        ("a: >-\n  first\n  second\n", 2, "first"),
        ("a: first\n  second\n", 1, "first"),
        ("a: 'first\n  second'\n", 1, "first"),
        ("a: |\n  first", 2, "first"),
        ("a: ''\n", 1, "''"),
        ("a: |\nb: 1\n", 1, "|"),
        ("a: first  # why\n", 1, "first"),
    ],
)
def test_a_value_of_several_lines_shows_its_first(text: str, line: int, underline: str) -> None:
    """A block stands where its content begins; what is empty stands where it is written."""
    found = get(tree_of(text), "a")
    assert found is not None
    assert found.span.line == line
    assert underlined(found.span) == underline


def test_lists_and_mappings_show_their_first_line() -> None:
    """A list or mapping in a problem is shown by its first line; a flow mapping on one line by itself."""
    tree = tree_of(RULE)
    assert underlined(find(tree, ["when"]).span) == "- crs.grade >= start_at_grade"
    flow = find(tree, ["settings", "start_at_grade"])
    assert isinstance(flow, Mapping)
    assert (flow.flow, underlined(flow.span)) == (True, "{value: 2, may_be: 1 to 2}")


def test_windows_line_ends_change_nothing() -> None:
    """A file saved on Windows has the same values at the same places."""
    tree, problems = parse(RULE.replace("\n", "\r\n"), "f.yaml")
    assert problems == ()
    assert tree == tree_of(RULE)


# --- finding


def test_a_path_of_json_schema_finds_its_node() -> None:
    """A path leads to its node, and a path to what is missing to the last node on the way."""
    tree = tree_of(RULE)
    assert exact(find(tree, ["when", 1])) == "oxygen_device in (cpap, bipap)"
    assert exact(find(tree, ["settings", "start_at_grade", "value"])) == 2
    assert find(tree, ["settings", "other", "value"]) is get(tree, "settings")
    assert find(tree, ["when", 7]) is get(tree, "when")
    assert find(tree, ["id", 0]) is get(tree, "id")
    assert find(tree, []) is tree


def test_keys_are_found_with_their_places() -> None:
    """An unknown key is underlined itself, not its value."""
    tree = tree_of(RULE)
    key = key_of(tree, "when")
    assert key is not None
    assert (key.value, key.span.line, underlined(key.span)) == ("when", 4, "when")
    assert key_of(tree, "then") is None
    assert get(tree, "then") is None
    assert get(find(tree, ["when"]), "title") is None


# --- what is refused


@pytest.mark.parametrize(
    "refused",
    [
        ("a: 1\nb: 2\na: 3", "duplicate-key", 3, "a", "'a' stands here again", "it is in line 1 too"),
        ("{a: 1, 'a': 2}", "duplicate-key", 1, "a", "'a' stands here again", "it is in line 1 too"),
        ("a: &x 1", "yaml-anchor", 1, "&x 1", "'&x' names a value", "write the value out where it is needed"),
        ("a: *x", "yaml-alias", 1, "*x", "'*x' stands for something else", "write the value out where it is needed"),
        ("a: !!str 1", "yaml-tag", 1, "!!str 1", "a tag (!)", "delete it; put text in quotes"),
        ("a: !x 1", "yaml-tag", 1, "!x 1", "a tag (!)", "delete it; put text in quotes"),
        ("a: !e!x 1", "yaml-tag", 1, "!", "a tag (!)", "delete it; put text in quotes"),
        ("%YAML 1.1\n---\na: 1", "yaml-tag", 1, "%YAML 1.1", "a directive", "delete the line that begins with %"),
        ("%x", "yaml-tag", 1, "%", "a directive", "delete the line that begins with %"),
        ("a:\n \t- b", "yaml-tab", 2, "→", "a tab in the indentation", "indent with spaces"),
        ("a: x\u200by", "yaml-encoding", 1, "\ufffd", "zero width space is not allowed", "delete it"),
        ("a: \u202ex", "yaml-encoding", 1, "\ufffd", "right-to-left override is not allowed", "delete it"),
        ("a: \x1b[2J", "yaml-encoding", 1, "\ufffd", "control character U+001B is not allowed", "delete it"),
        ("a: 1\rb: 2", "yaml-encoding", 1, "\ufffd", "control character U+000D is not allowed", "delete it"),
        ("a: \ud800", "yaml-encoding", 1, "\ufffd", "control character U+D800 is not allowed", "delete it"),
        ('a: "x\\0"', "yaml-encoding", 1, "x\\0", "control character U+0000 is not allowed", "delete it"),
        ("a: 1\n---\nb: 2", "yaml-documents", 2, "---", "a second document starts here", "one file holds one document"),
        (
            "a: 1e3",
            "yaml-number",
            1,
            "1e3",
            "'1e3' is not a plain decimal",
            "write 1000; put it in quotes where it is text",
        ),
        (
            "a: 0o17",
            "yaml-number",
            1,
            "0o17",
            "'0o17' is not a plain decimal",
            "write 15; put it in quotes where it is text",
        ),
        (
            "a: 0x1F",
            "yaml-number",
            1,
            "0x1F",
            "'0x1F' is not a plain decimal",
            "write 31; put it in quotes where it is text",
        ),
        (
            "a: 007",
            "yaml-number",
            1,
            "007",
            "'007' is not a plain decimal",
            "write 7; put it in quotes where it is text",
        ),
        ("a: +1", "yaml-number", 1, "+1", "'+1' is not a plain decimal", "write 1; put it in quotes where it is text"),
        (
            "a: .5",
            "yaml-number",
            1,
            ".5",
            "'.5' is not a plain decimal",
            "write 0.5; put it in quotes where it is text",
        ),
        ("a: 5.", "yaml-number", 1, "5.", "'5.' is not a plain decimal", "write 5; put it in quotes where it is text"),
        (
            "a: 1e999999",
            "yaml-number",
            1,
            "1e999999",
            "'1e999999' is not a plain decimal",
            "write it without an exponent; put it in quotes where it is text",
        ),
        (
            "a: .NaN",
            "yaml-number",
            1,
            ".NaN",
            "'.NaN' is not a plain decimal",
            "write a number, or 'unknown' where none is known",
        ),
        ("1: x", "yaml-key", 1, "1", "a key must be text", "put it in quotes"),
        ("true: x", "yaml-key", 1, "true", "a key must be text", "put it in quotes"),
        ("~: x", "yaml-key", 1, "~", "a key must be text", "put it in quotes"),
        ("<<: x", "yaml-key", 1, "<<", "'<<' merges another mapping", "write the value out where it is needed"),
        ("[a]: x", "yaml-key", 1, "[a]", "a list or mapping cannot be a key", "write 'key: value'"),
        ("a: [x in (b, c", "yaml-flow", 1, "[", "this list is not closed, or lacks a comma", "use block style"),
        ("a: {b: 1", "yaml-flow", 1, "{", "this mapping is not closed, or lacks a comma", "use block style"),
        ("a: 'b\nc: 1", "yaml-syntax", 1, "'", "this quote is never closed", "close it on the same line"),
        ("a: 'b' c", "yaml-syntax", 1, "c", "text behind the end of a value", "put the whole value in quotes"),
        ("a: @b", "yaml-syntax", 1, "@", "a value cannot begin with this character", "put it in quotes"),
        ("a: * b", "yaml-syntax", 1, "*", "a value cannot begin with '*'", "put it in quotes"),
        ("a: & b", "yaml-syntax", 1, "&", "a value cannot begin with '&'", "put it in quotes"),
        ('a: "\\q"', "yaml-syntax", 1, "\\", "no such escape in double quotes", "use single quotes"),
        ("a: - b", "yaml-syntax", 1, "-", "a list cannot start here", "begin it on the next line"),
        ("a: |x\n  b", "yaml-syntax", 1, "x", "text beside | or >", "begin the text on the next line"),
        ("a: 1\nb", "yaml-syntax", 2, "b", "a key without its ': '", "write 'key: value'"),
        ("a: ]", "yaml-syntax", 1, "]", "a value cannot begin here", "put it in quotes, or delete it"),
        ("[a]]", "yaml-syntax", 1, "]", "the document has ended before this", "delete it; one file holds one document"),
    ],
)
def test_what_is_refused_is_refused_with_place_and_hint(refused: tuple[str, str, int, str, str, str]) -> None:
    """Each refusal has its code, its place, what is wrong, and what to do."""
    text, code, line, underline, message, hint = refused
    (problem,) = problems_of(text)
    assert problem.span is not None
    assert (problem.code, problem.message, problem.hint) == (code, message, hint)
    assert (problem.span.line, underlined(problem.span)) == (line, underline)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: b: c", 1, 5, "a ': ' that starts no value"),
        ("a: 1\n  b: 2", 2, 4, "a ': ' that starts no value"),
        ("a:\n  - b\n c: 1", 3, 2, "this does not continue the lines above"),
        ("- a\nb: 1", 2, 1, "this line is no item of the list above"),
    ],
)
def test_a_line_out_of_line_is_shown(text: str, line: int, column: int, message: str) -> None:
    """Wrong indentation, the commonest slip, points to the line and says what to compare."""
    (problem,) = problems_of(text)
    assert problem.span is not None
    assert (problem.code, problem.span.line, problem.span.column) == ("yaml-syntax", line, column)
    assert problem.message == message
    assert "indent it as the lines beside it" in (problem.hint or "")


def test_a_refusal_is_drawn_with_its_caret() -> None:
    """The whole message, as it is printed."""
    (problem,) = problems_of("kind: grade\nversion: 1.0\nkind: score\n")
    assert str(problem) == "\n".join(
        [
            "f.yaml:3:1: duplicate-key: 'kind' stands here again",
            "    3 | kind: score",
            "      | ^^^^",
            "   hint: it is in line 1 too",
        ]
    )


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "null\n", "---\n...\n"])
def test_an_empty_file_is_refused(text: str) -> None:
    """A file that says nothing is no rule."""
    tree, problems = parse(text, "f.yaml")
    assert tree is None
    assert [str(problem) for problem in problems] == ["f.yaml:1:1: yaml-empty: the file says nothing"]


def test_all_problems_of_a_file_come_at_once() -> None:
    """Nobody fixes one problem to be shown the next."""
    text = "a: 1e3\na: 2\nb: &x 1\n7: !y c\nd: {e: 0x10, e: 1}\n"
    found = [(problem.code, problem.span.line) for problem in problems_of(text) if problem.span]
    assert found == [
        ("yaml-number", 1),
        ("duplicate-key", 2),
        ("yaml-anchor", 3),
        ("yaml-key", 4),
        ("yaml-tag", 4),
        ("yaml-number", 5),
        ("duplicate-key", 5),
    ]


def test_of_two_equal_keys_the_first_is_kept_for_further_checks() -> None:
    """Beside such a problem there is a tree, so that a schema can find more in the same run."""
    tree, problems = parse("a: 1\na: 2\nb: 1e3\n", "f.yaml")
    assert [problem.code for problem in problems] == ["duplicate-key", "yaml-number"]
    assert tree is not None
    assert exact(tree) == {"a": 1, "b": "1e3"}


@pytest.mark.parametrize("text", ["a: *x\n", "a: 1\n---\nb: 1\n", "a: [\n", "a: \x00\n"])
def test_without_its_structure_a_file_has_no_tree(text: str) -> None:
    """Where something is missing, nothing is guessed."""
    assert parse(text, "f.yaml")[0] is None


# --- files


def test_a_file_is_read_under_its_label(tmp_path: Path) -> None:
    """Problems name the file as the caller does, not by where it happens to lie."""
    path = tmp_path / "rule.yaml"
    path.write_text("a: 1\na: 2\n", encoding="utf-8")
    assert read_text(path) == ("a: 1\na: 2\n", ())
    spans = [problem.span for problem in read(path, "knowledge/rule.yaml")[1]]
    assert [span.file for span in spans if span] == ["knowledge/rule.yaml"]


@pytest.mark.parametrize(
    ("content", "place", "message", "hint"),
    [
        (b"a: \xc3\xa9\nb: x\xe9y\n", (2, 5), "byte 0xE9 is not UTF-8", "save the file as UTF-8"),
        (b"\xff\xfea\x00", (1, 1), "byte 0xFF is not UTF-8", "save the file as UTF-8"),
        (
            b"\xef\xbb\xbfa: 1\n",
            (1, 1),
            "a byte order mark (zero width no-break space)",
            "save the file as UTF-8 without one",
        ),
        (b"a: 1\x00\n", (1, 5), "control character U+0000 is not allowed", "delete it"),
    ],
)
def test_a_file_that_is_not_utf8_is_refused_at_its_byte(
    tmp_path: Path, content: bytes, place: tuple[int, int], message: str, hint: str
) -> None:
    """The place of the first wrong byte is shown, in characters."""
    path = tmp_path / "rule.yaml"
    path.write_bytes(content)
    tree, problems = read(path, "rule.yaml")
    assert tree is None
    (problem,) = problems
    assert problem.span is not None
    assert (problem.code, problem.message, problem.hint) == ("yaml-encoding", message, hint)
    assert (problem.span.line, problem.span.column) == place


def test_a_file_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    """A missing file stops nothing else from being checked."""
    (problem,) = read(tmp_path / "none.yaml", "none.yaml")[1]
    assert problem.code == "yaml-unreadable"
    assert str(problem).startswith("none.yaml:1:1: yaml-unreadable: the file cannot be read: ")


@pytest.mark.parametrize(("size", "codes"), [(LARGEST, []), (LARGEST + 1, ["yaml-too-large"])])
def test_one_mebibyte_is_the_most_that_is_read(tmp_path: Path, size: int, codes: list[str]) -> None:
    """A file of 1 MiB is read, and one byte more is refused without being looked at."""
    text = "a: 1\n#" + "x" * (size - 6)
    path = tmp_path / "rule.yaml"
    path.write_text(text, encoding="utf-8")
    assert [problem.code for problem in read(path)[1]] == codes
    assert [problem.code for problem in problems_of(text)] == codes


def test_the_limit_counts_bytes() -> None:
    """Letters that take two bytes count twice."""
    assert [problem.code for problem in problems_of("# " + "é" * (LARGEST // 2))] == ["yaml-too-large"]


# --- hostile files


@pytest.mark.parametrize(("depth", "codes"), [(DEEPEST, []), (DEEPEST + 1, ["yaml-too-deep"])])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ("- ", ""), ("{a: ", "}")])
def test_sixty_four_levels_are_the_most(opening: str, closing: str, depth: int, codes: list[str]) -> None:
    """Nesting over 64 is refused, in brackets, braces and blocks."""
    assert [problem.code for problem in problems_of(opening * depth + "x" + closing * depth)] == codes


def bomb() -> str:
    """Nine levels of ten aliases: a thousand million values when expanded."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (bomb(), {"yaml-anchor", "yaml-alias"}),
        ("[" * 1_000_000, {"yaml-too-deep"}),
        ("- " * 500_000, {"yaml-too-deep"}),
        ("? " * 500_000, {"yaml-too-deep"}),
        ("[" + "*a, " * 250_000, {"yaml-alias"}),
        ("\x00" * 1_000_000, {"yaml-encoding"}),
        ("\t\n" * 500_000, {"yaml-tab"}),
        ("---\n" * 250_000, {"yaml-documents"}),
        ("a: " + "9" * 1_000_000, {"yaml-number"}),
        ("a: 1e" + "9" * 1_000_000, {"yaml-number"}),
        ("a: 0x" + "f" * 1_000_000, {"yaml-number"}),
        ('"' + "\\n" * 500_000, {"yaml-syntax"}),
        ("a: 1\n" * 20_000, {"duplicate-key"}),
        ("!" * 1_000_000, {"yaml-tag"}),
    ],
    ids=lambda value: value[:8] if isinstance(value, str) else None,
)
def test_a_hostile_file_is_refused_with_few_words(text: str, codes: set[str]) -> None:
    """Nothing is expanded, counted out or printed whole, and no file gets more than a hundred problems."""
    tree, problems = parse(text, "f.yaml")
    assert {problem.code for problem in problems} == codes
    assert len(problems) <= MOST_PROBLEMS
    assert max(len(str(problem)) for problem in problems) < 600
    if codes != {"yaml-number"}:
        assert tree is None or codes <= {"duplicate-key", "yaml-tag", "yaml-anchor"}


@given(st.text(st.sampled_from("ab:-#'\"[]{},|>&*!%@?~<0.1e \n\t\u200b\\é"), max_size=60))
def test_no_text_is_too_odd_to_be_read_or_refused(text: str) -> None:
    """Never raising: a text has a tree, or problems with places, or both."""
    tree, problems = parse(text, "f.yaml")
    assert tree is not None or problems
    for problem in problems:
        assert problem.span is not None
        assert 1 <= problem.span.line <= len(text.splitlines()) + 1
        assert 1 <= problem.span.column <= problem.span.end
        assert str(problem)


@given(data)
def test_without_libyaml_the_same_is_read(value: Any) -> None:
    """Where PyYAML was built without libyaml, values and places are the same, only later."""
    text = json.dumps(value, ensure_ascii=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "_LOADER", yaml.SafeLoader)
        slow = parse(text, "f.yaml")
    assert slow == parse(text, "f.yaml")


def test_without_libyaml_a_broken_file_is_still_a_problem() -> None:
    """The other reader has other words, and its problem still has a place."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "_LOADER", yaml.SafeLoader)
        tree, problems = parse(RULE + "a: [b\n", "f.yaml")
    assert tree is None
    assert [(problem.code, problem.span is not None) for problem in problems] == [("yaml-flow", True)]
