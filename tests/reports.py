"""Write the saved reports of the example courses: `python tests/reports.py`. Review them as a diff."""

import re
from functools import cache
from pathlib import Path

from clinguide.assess import assess
from clinguide.compile import Knowledge, load
from clinguide.course import Course
from clinguide.report import printed

EXAMPLES = Path(__file__).parents[1] / "docs" / "examples"
COURSES = tuple(sorted(str(path.relative_to(EXAMPLES).with_suffix("")) for path in EXAMPLES.rglob("*.yaml")))


@cache
def shipped() -> Knowledge:
    """The shipped knowledge, compiled once."""
    return load()


def saved(course: str) -> Path:
    """Where the report of an example is kept."""
    return EXAMPLES / "reports" / f"{course}.txt"


def printed_anew(course: str) -> str:
    """The report of an example as it is now, by both engines and without a clock.

    The digest is left out: it changes with every word of the knowledge, and a report only where its answer does.
    """
    whole = printed(assess(shipped(), Course.read(EXAMPLES / f"{course}.yaml")))
    return re.sub(r"sha256:[0-9a-f]+", "sha256:...", whole)


if __name__ == "__main__":
    for name in COURSES:
        saved(name).parent.mkdir(exist_ok=True, parents=True)
        saved(name).write_text(printed_anew(name), encoding="utf-8")
