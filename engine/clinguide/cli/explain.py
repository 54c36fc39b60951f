"""clinguide explain: one rule of an assessment, from its answer down to the facts."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from clinguide.cli.common import (
    DISAGREED,
    DONE,
    NOT_STARTED,
    Options,
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

_DEEPEST = 20


def _time(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    return value if value in (None, "now") else time_text(value)


@click.command("explain")
@click.argument("course", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("rule")
@click.option("--at", metavar="TIME|now", callback=_time, help="Explain at this time (default: the last event).")
@click.option(
    "--depth",
    type=click.IntRange(0, _DEEPEST),
    default=1,
    show_default=True,
    help="Follow derived facts this many derivations down.",
)
@click.option("--no-second-engine", is_flag=True, help="Do not run durable-rules beside the reference engine.")
@shared
@click.pass_context
def explain_command(
    context: click.Context, course: Path, rule: str, at: str | None, depth: int, *, no_second_engine: bool
) -> None:
    """Explain what RULE said of a patient's COURSE, fired or not.

    The answer comes first, with the steps that led to it; what decided is marked with >. Below it stands every clause
    with the truth of each line, and for each fact its value, time and source. A rule that is not in force is explained
    by why it is not.

    \b
    Examples:
      clinguide explain docs/examples/refractory-crs.yaml crs.grade
      clinguide explain course.yaml asco-2021.crs.tocilizumab --depth 3
      clinguide explain course.yaml crs.grade --at 2026-03-04T09:30:00Z --json

    \b
    Exit codes: 0 done; 2 bad input or no such rule, nothing was explained;
    3 the two engines disagreed or the second one failed.
    """  # noqa: D301  (click needs the real character: it leaves such a paragraph as it is)
    from clinguide.explain import NotExplainedError, explain
    from clinguide.problems import CourseError, KnowledgeError

    chosen = options()
    try:
        found = _assessed(course, at, chosen, second_engine=not no_second_engine)
        answer = explain(found, rule, depth=depth)
    except (CourseError, KnowledgeError) as error:
        tell(error.problems)
        context.exit(NOT_STARTED)
    except NotExplainedError as error:
        raise click.UsageError(error.message + (f"; {error.hint}" if error.hint else "")) from None
    if chosen.format == "json":
        write_json(answer.to_json())
    else:
        write(str(answer))
    context.exit(DISAGREED if found.run.engines.agreement == "disagree" else DONE)


def _assessed(path: Path, at: str | None, chosen: Options, *, second_engine: bool) -> "Assessment":
    from clinguide.assess import assess
    from clinguide.course import Course

    time = chosen.now if at == "now" else at
    return assess(knowledge_of(chosen), Course.read(path), time, second_engine=second_engine, now=chosen.now)
