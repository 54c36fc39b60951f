"""clinguide assess: a course to a report or to JSON."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from clinguide.cli.common import (
    DISAGREED,
    DONE,
    NOT_STARTED,
    Options,
    coloured,
    knowledge_of,
    options,
    shared,
    tell,
    time_text,
    write,
    write_json,
)

if TYPE_CHECKING:
    from clinguide.assess import Assessment
    from clinguide.report import Line, Style


def _time(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    return value if value in (None, "now") else time_text(value)


@click.command("assess")
@click.argument("course", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--at", metavar="TIME|now", callback=_time, help="Assess at this time (default: the last event).")
@click.option("--no-second-engine", is_flag=True, help="Do not run durable-rules beside the reference engine.")
@shared
@click.pass_context
def assess_command(context: click.Context, course: Path, at: str | None, *, no_second_engine: bool) -> None:
    """Assess a patient's COURSE: grades, advice, what is held and why, what is missing.

    Events after the time of the assessment are not looked at, and counted. With any problem in the course or the
    knowledge nothing is assessed and nothing is written to stdout.

    \b
    Examples:
      clinguide assess docs/examples/refractory-crs.yaml
      clinguide assess course.yaml --at 2026-03-04T09:30:00Z
      clinguide assess course.yaml --at now
      clinguide assess course.yaml --json > assessment.json

    \b
    Exit codes: 0 done; 2 bad input, nothing was assessed; 3 the two engines
    disagreed or the second one failed: do not act on the marked items alone.
    """  # noqa: D301  (click needs the real character: it leaves such a paragraph as it is)
    from clinguide.problems import CourseError, KnowledgeError

    chosen = options()
    try:
        found = _assessed(course, at, chosen, second_engine=not no_second_engine)
    except (CourseError, KnowledgeError) as error:
        tell(error.problems)
        context.exit(NOT_STARTED)
    if chosen.format == "json":
        write_json(found.to_json())
    else:
        _report(found)
    context.exit(DISAGREED if found.run.engines.agreement == "disagree" else DONE)


def _assessed(path: Path, at: str | None, chosen: Options, *, second_engine: bool) -> "Assessment":
    from clinguide.assess import assess as assess_course
    from clinguide.course import Course

    knowledge = knowledge_of(chosen)
    time = chosen.now if at == "now" else at
    return assess_course(knowledge, Course.read(path), time, second_engine=second_engine, now=chosen.now)


def _report(assessment: "Assessment") -> None:
    from clinguide.report import names_of, printed, report

    if not coloured():
        write(printed(assessment))
        return
    lines = report(assessment.result, assessment.run, names_of(assessment.knowledge))
    write("".join(f"{_coloured(line)}\n" for line in lines))


def _coloured(line: "Line") -> str:
    """A line with its weight. No line is ever green."""
    return click.style(line.text, **_STYLES[line.style])  # type: ignore[arg-type]


_STYLES: "dict[Style, dict[str, object]]" = {
    "banner": {"fg": "red", "bold": True, "reverse": True},
    "alarm": {"fg": "red", "bold": True},
    "heading": {"bold": True, "underline": True},
    "strong": {"bold": True},
    "plain": {},
    "quiet": {"dim": True},
}
