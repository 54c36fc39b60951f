"""The walk: what has not changed is not computed again, and that changes nothing."""

from pathlib import Path

import pytest

from clinguide.compile import load
from clinguide.course import Course, check
from clinguide.evaluate.moments import moments
from clinguide.evaluate.program import program
from clinguide.evaluate.walk import Walk

EXAMPLES = sorted((Path(__file__).parents[1] / "docs" / "examples").glob("*.yaml"))


class _Thorough(Walk):
    """A walk that computes every name at every moment."""

    def _stands(self, name: str) -> bool:
        return False


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_leaving_out_what_stands_changes_nothing(example: Path) -> None:
    """The history of every name is the same whether all of it is computed at each moment or only what changed."""
    knowledge = load()
    timeline = check(Course.read(example), knowledge.elements, knowledge.drugs, knowledge.actions)
    made = program(knowledge)
    quick, thorough = Walk(made, timeline), _Thorough(made, timeline)
    quick.run(moments(made, timeline))
    thorough.run(moments(made, timeline))
    assert quick.past.tracks == thorough.past.tracks
    assert (quick.values, quick.truths) == (thorough.values, thorough.truths)
