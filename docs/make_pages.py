"""Pages made when the documentation is built: what each problem looks like, from the messages that were reviewed.

`python docs/make_pages.py` writes them to `docs/_made/`; the build does the same.
"""

import re
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
PROBLEMS = HERE.parent / "tests" / "problems"
MADE = HERE / "_made"
MOST_EXAMPLES = 3
"""Messages shown of one code; the folders under tests/problems have them all."""

_FIRST_LINE = re.compile(r"(?:\S+:[0-9]+:[0-9]+: )?([a-z]+(?:-[a-z]+)*): ")


def problems_page() -> str:
    """One section for each problem code, with messages as they are printed."""
    return "\n".join(_section(code, messages) for code, messages in sorted(messages_by_code().items()))


def messages_by_code() -> dict[str, list[str]]:
    """The reviewed messages of every code; those of the folder that is named for a code come first."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for file in sorted(PROBLEMS.glob("*/expected.txt")):
        shown = file.parent.name.partition("--")[0]
        for code, message in _messages(file.read_text(encoding="utf-8")):
            own, others = found.setdefault(code, ([], []))
            (own if code == shown else others).append(message)
    return {code: [*own, *others] for code, (own, others) in found.items()}


def _messages(text: str) -> Iterator[tuple[str, str]]:
    """Each message of a file with its code; the lines under its first one are indented."""
    message: list[str] = []
    code = ""
    for line in text.splitlines():
        first = _FIRST_LINE.match(line)
        if first is not None and message:
            yield code, "\n".join(message)
            message = []
        code = first[1] if first is not None else code
        message.append(line)
    if message:
        yield code, "\n".join(message)


def _section(code: str, messages: list[str]) -> str:
    shown = "\n\n".join(messages[:MOST_EXAMPLES])
    return f"## {code}\n\n```text\n{shown}\n```\n"


def main() -> None:
    """Write the pages, so that the build finds them."""
    MADE.mkdir(exist_ok=True)
    (MADE / "problems.md").write_text(problems_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
