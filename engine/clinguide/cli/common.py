"""What all commands share: the global options, the clock, exit codes, and how something is written."""

import os
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import click
import msgspec

if TYPE_CHECKING:
    from clinguide.compile import Knowledge
    from clinguide.model import Content
    from clinguide.problems import Problem

DONE, NO, NOT_STARTED, DISAGREED = 0, 1, 2, 3
"""Exit codes."""
Command = TypeVar("Command", bound=Callable[..., Any])
_KEY = "clinguide."


class Options(msgspec.Struct, frozen=True):
    """The global options of one call; `knowledge` None is what ships with the package."""

    knowledge: Path | None
    protocol: str | None
    as_of: date | None
    now: str
    format: Literal["text", "json"]


def shared(command: Command) -> Command:
    """The global options, which stand before the name of a command or after it; the one after it counts."""
    path = click.Path(exists=True, file_okay=False, path_type=Path)
    for add in reversed(
        (
            _option("--knowledge", type=path, metavar="DIR", help="Read this knowledge instead of the shipped one."),
            _option("--protocol", metavar="ID", help="Answer under this protocol (default: 'default')."),
            _option("--as-of", metavar="DATE", help="Use the rules in force on this day, as 2026-03-04."),
            _option("--now", metavar="TIME", help="Take this for the clock, as 2026-03-04T21:00:00Z."),
            _option("--format", type=click.Choice(["text", "json"]), help="Write the result as text or as JSON."),
            _option("--json", is_flag=True, default=None, help="The same as --format json."),
        )
    ):
        command = add(command)
    return command


def _option(name: str, **settings: Any) -> Callable[[Command], Command]:
    return click.option(name, expose_value=False, callback=_remember, is_eager=True, **settings)


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep a global option in what the group and its command share."""
    if value is None or not parameter.name:
        return
    if parameter.name == "json":
        context.meta[f"{_KEY}format"] = "json"
    else:
        context.meta[f"{_KEY}{parameter.name}"] = _checked(parameter.name, value)


def _checked(name: str, value: Any) -> Any:
    match name:
        case "as_of":
            return _day(value)
        case "now":
            return time_text(value)
        case _:
            return value


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise click.BadParameter(f"'{text}' is not a day; write it as 2026-03-04")
    return day


def time_text(text: str) -> str:
    """A time as it was given, once it is known to be one."""
    from clinguide.course import TimeError, time_of

    try:
        time_of(text)
    except TimeError as error:
        raise click.BadParameter(f"{error.message}; {error.hint}") from None
    return text


def options() -> Options:
    """The global options of this call. The clock is read here and nowhere else."""
    meta = click.get_current_context().meta
    return Options(
        meta.get(f"{_KEY}knowledge"),
        meta.get(f"{_KEY}protocol"),
        meta.get(f"{_KEY}as_of"),
        meta.get(f"{_KEY}now") or datetime.now(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z"),
        meta.get(f"{_KEY}format", "text"),
    )


def content_of(chosen: Options) -> "Content":
    """What the knowledge folder says. Raises KnowledgeError."""
    from clinguide.read import read
    from clinguide.schema import shipped

    return read(chosen.knowledge or shipped("knowledge"))


def knowledge_of(chosen: Options) -> "Knowledge":
    """The compiled knowledge of this call. Raises KnowledgeError."""
    from clinguide.compile import compile_knowledge

    return compile_knowledge(content_of(chosen), chosen.protocol or "default", chosen.as_of)


# --- writing ----------------------------------------------------------------------------------------------------------


def write(text: str) -> None:
    """Write a result. Who closes the pipe early (`| head`) has read enough: that changes no exit code."""
    try:
        click.echo(text, nl=False)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would complain once more when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_json(value: Any) -> None:
    """Write a result as JSON with two spaces of indentation."""
    data = value if isinstance(value, bytes) else msgspec.json.encode(value)
    write(msgspec.json.format(data, indent=2).decode() + "\n")


def tell(problems: Iterable["Problem"]) -> None:
    """Write problems where they do not mix with a result."""
    for problem in problems:
        click.echo(str(problem), err=True)


def coloured() -> bool:
    """Whether stdout is a terminal whose reader has not asked for plain text."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
