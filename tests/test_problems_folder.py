"""Every complaint, to the letter: a message that nobody reviewed reaches nobody."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from problems.rewrite import FOLDERS, HERE, code_of, told

ENGINE = Path(__file__).parents[1] / "engine" / "clinguide"
READING = sorted(file for part in ("read", "schema") for file in (ENGINE / part).glob("*.py"))


def codes_in(file: Path) -> Iterator[str]:
    """The codes of the problems that a module can tell."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem":
            code = node.args[0]
            assert isinstance(code, ast.Constant), f"{file.name}:{node.lineno}: the code of a problem is written out"
            yield str(code.value)


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


def test_nothing_else_stands_among_the_examples() -> None:
    """Every folder here is an example with its expected message, so that none is passed over."""
    folders = {folder for folder in HERE.iterdir() if folder.is_dir() and folder.name != "__pycache__"}
    assert folders == set(FOLDERS)
