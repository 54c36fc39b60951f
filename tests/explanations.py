"""Write the saved explanations of the example courses: `python tests/explanations.py`. Review them as a diff."""

from pathlib import Path

from clinguide import Assessment, Course, assess, explain
from reports import EXAMPLES, shipped

FOLDER = Path(__file__).parent / "explanations"
SAVED = (
    ("tocilizumab-time-unknown", "asco-2021.crs.tocilizumab"),
    ("refractory-crs", "crs.response-to-tocilizumab"),
    ("masked-fever", "crs.grade"),
)
"""A recommendation held up by what is not known of a drug, a classification that is decided, a grade that is not."""


def assessed(course: str) -> Assessment:
    """An example by the reference engine alone, without a clock."""
    return assess(shipped(), Course.read(EXAMPLES / f"{course}.yaml"), second_engine=False)


def saved(course: str, rule: str) -> Path:
    """Where an explanation is kept."""
    return FOLDER / f"{course}--{rule}.txt"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, explained in SAVED:
        saved(name, explained).write_text(str(explain(assessed(name), explained)), encoding="utf-8")
