"""clinguide check: what is wrong with knowledge and courses, all of it at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from clinguide.cli.common import DONE, NO, Options, content_of, options, shared, tell, write, write_json

if TYPE_CHECKING:
    from clinguide.compile import Knowledge
    from clinguide.model import Content
    from clinguide.problems import Problem


class Told(msgspec.Struct, frozen=True):
    """One problem as JSON: its code, words, and place (null where it has none)."""

    code: str
    message: str
    hint: str | None
    file: str | None
    line: int | None
    column: int | None
    end: int | None


class Counts(msgspec.Struct, frozen=True):
    """How much was checked."""

    rules: int
    cases: int
    elements: int
    courses: int


class Checked(msgspec.Struct, frozen=True):
    """The answer of `check --json`. `content` is null where the knowledge could not be read."""

    content: str | None
    counts: Counts
    problems: list[Told]


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[DIR|COURSE]...", type=click.Path(exists=True, path_type=Path))
@shared
@click.pass_context
def check_command(context: click.Context, paths: tuple[Path, ...]) -> None:
    """Check a knowledge folder (DIR), or a COURSE file against the knowledge; by default what ships.

    Every problem is told with its place and what to do about it. There are no warnings: a thing is a problem or not.

    \b
    Examples:
      clinguide check
      clinguide check knowledge docs/examples/refractory-crs.yaml
      clinguide check --protocol default --as-of 2026-03-04 knowledge
      clinguide check --json

    \b
    Exit codes: 0 no problems; 1 problems found; 2 there is no such path.
    """  # noqa: D301  (click needs the real character: it leaves such a paragraph as it is)
    folders = [path for path in paths if path.is_dir()]
    courses = [path for path in paths if not path.is_dir()]
    if len(folders) > 1:
        raise click.UsageError(f"one knowledge folder at a time, not {', '.join(map(str, folders))}")
    chosen = options()
    if folders:
        chosen = msgspec.structs.replace(chosen, knowledge=folders[0])
    answer, problems = _checked(chosen, courses)
    if chosen.format == "json":
        write_json(answer)
    else:
        tell(problems)
        write(_summary(answer))
    context.exit(NO if problems else DONE)


def _checked(chosen: Options, courses: list[Path]) -> "tuple[Checked, tuple[Problem, ...]]":
    """What there is and what is wrong with it; courses can be held only against knowledge without problems."""
    from clinguide.problems import KnowledgeError, in_order

    try:
        content = content_of(chosen)
    except KnowledgeError as error:
        return Checked(None, Counts(0, 0, 0, 0), list(map(_told, error.problems))), error.problems
    compiled, problems = _compiled(content, chosen)
    if compiled is not None:
        problems += [problem for path in courses for problem in _course_problems(path, compiled, chosen.now)]
    counts = Counts(
        len(content.rules), len(content.cases), len(content.elements), len(courses) if compiled is not None else 0
    )
    found = in_order(problems)
    return Checked(compiled.digest if compiled is not None else None, counts, list(map(_told, found))), found


def _compiled(content: "Content", chosen: Options) -> "tuple[Knowledge | None, list[Problem]]":
    """The knowledge under the protocol that was asked for; without one under every protocol that there is."""
    from clinguide.compile import compile_knowledge
    from clinguide.problems import KnowledgeError

    named = [each.id for each in content.protocols if each.id != "default"]
    problems: list[Problem] = []
    compiled: Knowledge | None = None
    for protocol in [chosen.protocol] if chosen.protocol else ["default", *named]:
        try:
            made = compile_knowledge(content, protocol, chosen.as_of)
            compiled = compiled or made
        except KnowledgeError as error:
            problems += error.problems
    return (None if problems else compiled), problems


def _course_problems(path: Path, knowledge: "Knowledge", now: str) -> "Iterator[Problem]":
    from clinguide.course import Course, time_of
    from clinguide.course import check as check_course
    from clinguide.problems import CourseError

    try:
        course = Course.read(path)
        check_course(course, knowledge.elements, knowledge.drugs, knowledge.actions, now=time_of(now))
    except CourseError as error:
        yield from error.problems


def _told(problem: "Problem") -> Told:
    span = problem.span
    if span is None:
        return Told(problem.code, problem.message, problem.hint, None, None, None, None)
    return Told(problem.code, problem.message, problem.hint, span.file, span.line, span.column, span.end)


def _summary(answer: Checked) -> str:
    """One line: "knowledge: 30 rules, 697 cases, 86 elements, content sha256:..; no problems"."""
    counts = answer.counts
    many = f"{_many(counts.rules, 'rule')}, {_many(counts.cases, 'case')}, {_many(counts.elements, 'element')}"
    what = f"knowledge: {many}, content {answer.content}" if answer.content else "knowledge"
    what += f"; {_many(counts.courses, 'course')}" if counts.courses else ""
    return f"{what}; {_many(len(answer.problems), 'problem')}\n"


def _many(number: int, word: str) -> str:
    return f"{number or 'no'} {word}{'' if number == 1 else 's'}"
