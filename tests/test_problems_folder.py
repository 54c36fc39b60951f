"""Every complaint, to the letter: a message that nobody reviewed reaches nobody."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from problems.rewrite import FOLDERS, HERE, code_of, told

ENGINE = Path(__file__).parents[1] / "engine" / "clinguide"
READING = sorted(file for part in ("read", "schema") for file in (ENGINE / part).glob("*.py"))
COMPILING = sorted((ENGINE / "compile").glob("*.py"))
PASSED_ON = ("f'unknown-{kind}'", "self.code")
"""How compile passes on a code that its caller writes out."""
READ_FIRST = {"bad-order", "unknown-guard"}
"""What reading refuses under another code; test_compile shows it on content that was changed in memory."""


def codes_in(file: Path) -> Iterator[str]:
    """The codes of the problems that a module can tell."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
            code = node.args[0]
            assert isinstance(code, ast.Constant), f"{file.name}:{node.lineno}: the code of a problem is written out"
            yield str(code.value)


def compile_codes_in(file: Path) -> Iterator[str]:
    """The codes of the problems that a module of compile can tell."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        match node.func.id, node.args:
            case ("Problem" | "MisfitError", [ast.Constant(value=str(code)), *_]):
                yield code
            case ("unknown", [ast.Constant(value=str(kind)), *_]):
                yield f"unknown-{kind}"
            case ("Problem" | "MisfitError" | "unknown", _):
                assert ast.unparse(node.args[0]) in PASSED_ON, f"{file.name}:{node.lineno}: the code is written out"
            case _:
                pass


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_message_is_the_reviewed_one(folder: Path) -> None:
    """Place, code, message, line, caret and hint of every problem of a folder are those of its expected.txt."""
    assert told(folder) == (folder / "expected.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_folder_shows_the_code_it_is_named_for(folder: Path) -> None:
    """A folder shows what its name says; a problem that no longer appears does not go unnoticed."""
    assert f"{code_of(folder)}: " in (folder / "expected.txt").read_text(encoding="utf-8")


def test_every_code_of_reading_is_shown() -> None:
    """No problem of a knowledge folder can be told without a reviewed example."""
    shown = {code_of(folder) for folder in FOLDERS}
    assert {code for file in READING for code in codes_in(file)} - shown == set()


def test_every_code_of_compiling_is_shown() -> None:
    """No problem between the files of a folder can be told without a reviewed example."""
    shown = {code_of(folder) for folder in FOLDERS}
    assert {code for file in COMPILING for code in compile_codes_in(file)} - shown == READ_FIRST


def test_nothing_else_stands_among_the_examples() -> None:
    """Every folder here is an example with its expected message, so that none is passed over."""
    folders = {folder for folder in HERE.iterdir() if folder.is_dir() and folder.name != "__pycache__"}
    assert folders == set(FOLDERS)
