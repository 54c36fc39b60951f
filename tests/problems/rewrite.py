"""Bad input and what is said about it: `python tests/problems/rewrite.py` writes the messages anew, for review.

Each folder here is named for a problem code, or for a code, two hyphens and what is special about it. It holds
`expected.txt`, the exact output, and either a bad `knowledge/` folder or a bad `course.yaml`. Knowledge that reads and
has a protocol is compiled as well; a course is checked against the shipped knowledge.
"""

import sys
from functools import cache
from pathlib import Path

from clinguide.compile import compile_knowledge
from clinguide.course import Course, check
from clinguide.model import Content
from clinguide.problems import CourseError, KnowledgeError
from clinguide.read import read

HERE = Path(__file__).parent
FOLDERS = sorted(
    folder for folder in HERE.iterdir() if (folder / "knowledge").is_dir() or (folder / "course.yaml").is_file()
)


def code_of(folder: Path) -> str:
    """The problem code that a folder shows."""
    return folder.name.partition("--")[0]


def told(folder: Path) -> str:
    """Everything that is said about the input in a folder; the empty text where nothing is wrong with it."""
    try:
        if (folder / "course.yaml").is_file():
            _check(folder / "course.yaml")
        else:
            _compile(folder / "knowledge")
    except (KnowledgeError, CourseError) as error:
        return f"{error}\n"
    return ""


def _compile(folder: Path) -> None:
    content = read(folder, "knowledge")
    for protocol in content.protocols:
        compile_knowledge(content, protocol.id, None)


def _check(file: Path) -> None:
    course = Course.from_text(file.read_text(encoding="utf-8"), file.name)
    content = _shipped()
    check(
        course,
        {each.id: each for each in content.elements},
        {each.id: each for each in content.drugs},
        {each.id: each for each in content.actions},
    )


@cache
def _shipped() -> Content:
    return read(HERE.parents[1] / "knowledge")


def main() -> None:
    """Write the messages of every folder, and name those that changed."""
    for folder in FOLDERS:
        expected, now = folder / "expected.txt", told(folder)
        if not expected.is_file() or expected.read_text(encoding="utf-8") != now:
            expected.write_text(now, encoding="utf-8")
            sys.stdout.write(f"{folder.name}\n")


if __name__ == "__main__":
    main()
