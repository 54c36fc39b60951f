"""The printed report: an assessment on eighty columns, the first twenty-four lines enough to act on.

The words are chosen for a tired reader: what a draft rule suggests, what is held and why, what is not known. It never
says that somebody is well or that nothing needs to be done, because no rule here can know that.
"""

from clinguide.assess import Assessment
from clinguide.report.lines import Line, Style
from clinguide.report.names import Names, names_of
from clinguide.report.sections import ask_next, further, held, marks_of, planned, to_do
from clinguide.report.sources import provenance, sources
from clinguide.report.top import top
from clinguide.results import Result, Run

__all__ = ["Line", "Names", "Style", "names_of", "printed", "report"]


def report(result: Result, run: Run, names: Names) -> list[Line]:
    """The lines of the report: a pure function of a result, its run, and what the knowledge calls things."""
    marks = marks_of(result)
    doubted = frozenset(each.item.split("/", 1)[0] for each in run.engines.differences)
    return [
        *top(result, run, names, doubted),
        *to_do(result, names, marks, doubted),
        *held(result, marks),
        *planned(result, names),
        *ask_next(result, names),
        *further(result, names, doubted),
        *sources(result, names, marks),
        *provenance(result, run),
    ]


def printed(assessment: Assessment) -> str:
    """The report as text that needs no colour, ending in a line break."""
    lines = report(assessment.result, assessment.run, names_of(assessment.knowledge))
    return "".join(f"{line.text}\n" for line in lines)
