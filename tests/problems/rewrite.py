"""Bad input and what is said about it: `python tests/problems/rewrite.py` writes the messages anew, for review.

Each folder here is named for a problem code, or for a code, two hyphens and what is special about it. It holds a bad
`knowledge/` folder and `expected.txt`, the exact output.
"""

import sys
from pathlib import Path

from clinguide.problems import KnowledgeError
from clinguide.read import read

HERE = Path(__file__).parent
FOLDERS = sorted(folder for folder in HERE.iterdir() if (folder / "knowledge").is_dir())


def code_of(folder: Path) -> str:
    """The problem code that a folder shows."""
    return folder.name.partition("--")[0]


def told(folder: Path) -> str:
    """Everything that is said about the knowledge in a folder; the empty text where nothing is wrong with it."""
    try:
        read(folder / "knowledge", "knowledge")
    except KnowledgeError as error:
        return f"{error}\n"
    return ""


def main() -> None:
    """Write the messages of every folder, and name those that changed."""
    for folder in FOLDERS:
        expected, now = folder / "expected.txt", told(folder)
        if not expected.is_file() or expected.read_text(encoding="utf-8") != now:
            expected.write_text(now, encoding="utf-8")
            sys.stdout.write(f"{folder.name}\n")


if __name__ == "__main__":
    main()
