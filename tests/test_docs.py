"""The documentation is true: its files are read and compiled, its cases pass, its commands and its Python run."""

import re
import runpy
import shlex
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from click.testing import CliRunner

from clinguide import cases, yamlfile
from clinguide.assess import assess
from clinguide.cli import cli
from clinguide.compile import compile_knowledge
from clinguide.compile.derivations import Form
from clinguide.course import Course
from clinguide.model import Content, Rule
from clinguide.read import read
from clinguide.read.layout import Kind, kind_of
from test_layers import FLOOR_OF

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
PATH = re.compile(r"# (?P<path>\S+\.yaml)\n")
FRAGMENT = (
    "title: A fragment\nid: safety.fragment\nkind: notice\nversion: 1.0.0\nstatus: draft\nstates: [INV-01]\nwhy: So.\n"
)
"""The rule around lines of a page that are no file by themselves: a notice, which has nothing but a condition."""


class Block(msgspec.Struct, frozen=True):
    """A block of a page: its language, its text and its line."""

    page: Path
    language: str
    text: str
    line: int

    @property
    def path(self) -> Path | None:
        """The path of the file that it is, from its first line."""
        found = PATH.match(self.text)
        return Path(found["path"]) if found else None


def blocks_of(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page."""
    text = page.read_text(encoding="utf-8")
    for found in BLOCK.finditer(text):
        yield Block(page, found["language"], found["text"], text.count("\n", 0, found.start()) + 1)


PAGES = [ROOT / "README.md", ROOT / "knowledge" / "README.md"]
PAGES += sorted(page for page in DOCS.rglob("*.md") if not {"_made", "_build"} & set(page.parts))
BLOCKS = [block for page in PAGES for block in blocks_of(page)]
YAML = [block for block in BLOCKS if block.language == "yaml"]
SHOWING = sorted({block.page for block in YAML})


def called(block: Block) -> str:
    """A block as a test names it."""
    return f"{block.page.relative_to(ROOT)}:{block.line}"


def named(page: Path) -> str:
    """A page as a test names it."""
    return str(page.relative_to(ROOT))


# --- a page as a knowledge folder -------------------------------------------------------------------------------------


def add(block: Block, folder: Path) -> None:
    """Put what a block shows into a copy of the shipped knowledge, in place of what has its name there."""
    path = block.path
    if path is None:
        says = "says: A fragment.\n"
        (folder / "knowledge/guidelines/safety/fragment.yaml").write_text(FRAGMENT + block.text + says, "utf-8")
        return
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    kind = kind_of(path.relative_to("knowledge")) if path.parts[0] == "knowledge" else None  # type: ignore[arg-type]
    shared = kind in ("elements", "drugs", "actions", "questions", "sources", "contradictions")
    if shared:
        for other in sorted(file.parent.glob("*.yaml")):
            if kind == "elements" or other == file:
                other.write_text(without(other, set(entries_of(block.text))), "utf-8")
    before = file.read_text(encoding="utf-8") if shared and file.is_file() else ""
    file.write_text(f"{before}\n{block.text}", encoding="utf-8")


def entries_of(text: str) -> dict[str, int]:
    """The names of a file that is a mapping, each with the line on which it begins."""
    tree, problems = yamlfile.parse(text, "block.yaml")
    assert problems == ()
    pairs = tree.entries if isinstance(tree, yamlfile.Mapping) else ()
    return {str(key.value): key.span.line for key, _ in pairs}


def without(file: Path, names: set[str]) -> str:
    """The text of a file without some of its entries."""
    text = file.read_text(encoding="utf-8")
    found, lines = entries_of(text), text.splitlines(keepends=True)
    ends = [*sorted(found.values()), len(lines) + 1]
    gone = {line for name in names & found.keys() for line in range(found[name], ends[ends.index(found[name]) + 1])}
    return "".join(line for number, line in enumerate(lines, 1) if number not in gone)


@cache
def folder_of(page: Path, base: Path) -> Path:
    """The shipped knowledge with the files of a page in it."""
    folder = base / page.stem
    shutil.copytree(ROOT / "knowledge", folder / "knowledge")
    for block in YAML:
        if block.page == page:
            add(block, folder)
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the folders of the pages stand."""
    return tmp_path_factory.mktemp("docs")


@cache
def content_of(page: Path, base: Path) -> Content:
    """What the folder of a page says."""
    return read(folder_of(page, base) / "knowledge")


def shown(content: Content, page: Path, base: Path) -> list[Rule]:
    """The rules that a page shows."""
    files = {
        f"knowledge/{block.path.relative_to('knowledge')}"
        for block in YAML
        if block.page == page and block.path and block.path.parts[0] == "knowledge"
    }
    return [rule for rule in content.rules if rule.header.span.file in files]


# --- YAML -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", YAML, ids=called)
def test_a_yaml_block_is_strict_yaml_and_says_which_file_it_is(block: Block) -> None:
    """A block can be copied into the file that its first line names; nothing in it is read as something else."""
    _, problems = yamlfile.parse(block.text, called(block))
    assert problems == ()
    assert block.path is not None or block.page == ROOT / "knowledge" / "README.md"


@pytest.mark.parametrize("page", SHOWING, ids=named)
def test_the_files_of_a_page_compile(page: Path, base: Path) -> None:
    """What a page shows is knowledge without a problem, under every protocol, its own ones among them."""
    content = content_of(page, base)
    for protocol in content.protocols:
        compile_knowledge(content, protocol.id)


@pytest.mark.parametrize("page", SHOWING, ids=named)
def test_the_cases_of_a_page_pass(page: Path, base: Path) -> None:
    """A case that a page shows gets the answer it expects."""
    content = content_of(page, base)
    rules = [rule.header.id for rule in shown(content, page, base)]
    results = list(cases.run(content, rules)) if rules else []
    assert [(each.name, each.differences) for each in results if not each.passed] == []


@pytest.mark.parametrize("block", [each for each in YAML if each.path and each.path.parts[0] == "docs"], ids=called)
def test_a_course_of_a_page_is_assessed(block: Block, base: Path) -> None:
    """A course that a page shows fits the knowledge beside it."""
    knowledge = compile_knowledge(content_of(block.page, base), "example")
    assessment = assess(knowledge, Course.from_text(block.text), second_engine=False)
    assert (assessment.result.later_events, assessment["crs.grade"].status) == (0, "undetermined")


# --- the page on the language is complete -----------------------------------------------------------------------------

LANGUAGE = DOCS / "language.md"


def test_the_language_has_an_example_of_every_file_kind_and_rule_kind(base: Path) -> None:
    """Whoever adds a kind of file or of rule adds its example."""
    paths = [block.path for block in YAML if block.page == LANGUAGE and block.path]
    knowledge = [path.relative_to("knowledge") for path in paths if path.parts[0] == "knowledge"]
    assert {kind_of(path) for path in knowledge} == set(get_args(Kind))  # type: ignore[arg-type]
    assert {type(rule) for rule in shown(content_of(LANGUAGE, base), LANGUAGE, base)} == set(get_args(Rule))
    assert any(path.parts[0] == "docs" for path in paths)


def test_the_language_has_an_example_of_every_derived_form(base: Path) -> None:
    """Whoever adds a form adds its example."""
    names = {name for block in YAML if block.page == LANGUAGE for name in entries_of(block.text)}
    forms = compile_knowledge(content_of(LANGUAGE, base), "example").forms
    assert {type(form) for name, form in forms.items() if name in names} == set(get_args(Form))


def test_the_names_that_others_rely_on_exist() -> None:
    """A name that is promised to others is an element, a rule or a drug of the shipped knowledge."""
    content = read(ROOT / "knowledge")
    section = LANGUAGE.read_text(encoding="utf-8").partition("## 9. ")[2]
    promised = set(re.findall(r"`([^`]+)`", section))
    known = {element.id for element in content.elements} | {drug.id for drug in content.drugs}
    known |= {rule.header.id for rule in content.rules}
    assert len(promised) > 80
    assert promised - known == set()


def test_the_floors_of_the_architecture_are_those_of_the_code() -> None:
    """Every module that exists stands on the page, on its floor."""
    rows = re.findall(r"^\| (\d) \| (.*?) \|", (DOCS / "architecture.md").read_text(encoding="utf-8"), re.MULTILINE)
    told = {module: int(floor) for floor, modules in rows for module in re.findall(r"`(\w+)`", modules)}
    exist = {path.stem for path in (ROOT / "engine" / "clinguide").iterdir() if not path.stem.startswith("_")}
    assert told == {module: floor for module, floor in FLOOR_OF.items() if module in exist}


# --- commands, Python, made pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [page for page in SHOWING if page.is_relative_to(DOCS)], ids=named)
def test_the_commands_of_a_page_run(page: Path, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command can be typed as it stands, beside the files that the page shows."""
    folder = folder_of(page, base)
    shutil.copytree(DOCS / "examples", folder / "docs" / "examples", dirs_exist_ok=True)
    monkeypatch.chdir(folder)
    lines = [
        line for block in BLOCKS if (block.page, block.language) == (page, "sh") for line in block.text.splitlines()
    ]
    for line in lines:
        program, *arguments = shlex.split(line)
        assert program == "clinguide"
        result = CliRunner().invoke(cli, arguments, standalone_mode=False)
        assert (result.exception, result.return_value or 0) == (None, 0), f"{line}\n{result.output}"


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "python"], ids=called)
def test_a_python_block_runs(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a page shows of Python can be copied, and runs in the folder of the project."""
    monkeypatch.chdir(ROOT)
    exec(compile(block.text, called(block), "exec"), {})  # noqa: S102  (it is our own page)


def test_every_reviewed_message_has_its_place_among_the_problems() -> None:
    """The page of problems, made from the reviewed messages, has every code that a folder is named for."""
    made = runpy.run_path(str(DOCS / "make_pages.py"))
    folders = {file.parent.name.partition("--")[0] for file in (ROOT / "tests" / "problems").glob("*/expected.txt")}
    found = made["messages_by_code"]()
    assert folders <= found.keys()
    for file in (ROOT / "tests" / "problems").glob("*/expected.txt"):
        for line in file.read_text(encoding="utf-8").splitlines():
            assert any(line in message.splitlines() for messages in found.values() for message in messages)
    assert all(f"\n## {code}\n" in f"\n{made['problems_page']()}" for code in folders)
