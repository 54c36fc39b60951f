"""clinguide test: the cases beside the rules, run."""

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click
import msgspec

from clinguide.cli.common import DONE, NO, NOT_STARTED, content_of, options, shared, tell, write, write_json

if TYPE_CHECKING:
    from clinguide.cases import CaseResult
    from clinguide.model import Content


class Wrong(msgspec.Struct, frozen=True):
    """One thing that a case expected and did not get."""

    what: str
    expected: str
    got: str


class Failure(msgspec.Struct, frozen=True):
    """A failed case with its place."""

    rule: str
    name: str
    file: str
    line: int
    differences: list[Wrong]


class OfRule(msgspec.Struct, frozen=True):
    """How many cases of a rule passed and failed."""

    rule: str
    passed: int
    failed: int


class CasesRun(msgspec.Struct, frozen=True):
    """The answer of `test --json`."""

    passed: int
    failed: int
    rules: list[OfRule]
    failures: list[Failure]


@click.command("test")
@click.argument("rules", nargs=-1, metavar="[RULE]...")
@shared
@click.pass_context
def test_command(context: click.Context, rules: tuple[str, ...]) -> None:
    """Run the cases of each RULE; of all rules where none is named.

    A case is a named patient beside a rule, with the answer that is expected. For each one that fails, its place is
    told with what was expected and what came out.

    \b
    Examples:
      clinguide test
      clinguide test crs.grade icans.grade
      clinguide test --knowledge my-knowledge --json

    \b
    Exit codes: 0 all cases passed; 1 a case failed; 2 could not start.
    """  # noqa: D301  (click needs the real character: it leaves such a paragraph as it is)
    from clinguide.problems import KnowledgeError

    chosen = options()
    try:
        content = content_of(chosen)
    except KnowledgeError as error:
        tell(error.problems)
        context.exit(NOT_STARTED)
    _refuse_unknown(rules, content)
    answer = _summed(_run(content, rules))
    if chosen.format == "json":
        write_json(answer)
    else:
        write(_table(answer))
    context.exit(NO if answer.failed else DONE)


def _refuse_unknown(rules: tuple[str, ...], content: "Content") -> None:
    from clinguide.spelling import did_you_mean

    with_cases = {case.rule for case in content.cases}
    known = {rule.header.id for rule in content.rules}
    for rule in rules:
        if rule not in known:
            near = did_you_mean(rule, known)
            raise click.UsageError(f"no rule is called '{rule}'" + (f"; did you mean '{near}'?" if near else ""))
        # To say that all of no cases passed would be a check that cannot fail.
        if rule not in with_cases:
            raise click.UsageError(f"there is no case for '{rule}'")
    if not with_cases:
        raise click.UsageError("there are no cases in this knowledge")


def _run(content: "Content", rules: tuple[str, ...]) -> "Iterator[CaseResult]":
    """The results, with a progress bar where somebody watches."""
    from clinguide import cases

    if not sys.stderr.isatty():
        yield from cases.run(content, rules)
        return
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    results = cases.run(content, rules)
    total = cases.count(content, rules)
    yield from track(results, description="cases", total=total, console=console, transient=True)


def _summed(results: "Iterable[CaseResult]") -> CasesRun:
    passed: dict[str, int] = {}
    failures: dict[str, list[Failure]] = {}
    for each in results:
        passed[each.rule] = passed.get(each.rule, 0) + each.passed
        failures.setdefault(each.rule, []).extend([] if each.passed else [_failure(each)])
    rules = [OfRule(rule, passed[rule], len(failures[rule])) for rule in sorted(passed)]
    failed = [failure for rule in sorted(failures) for failure in failures[rule]]
    return CasesRun(sum(passed.values()), len(failed), rules, failed)


def _failure(result: "CaseResult") -> Failure:
    differences = [Wrong(each.what, each.expected, each.got) for each in result.differences]
    return Failure(result.rule, result.name, result.span.file, result.span.line, differences)


def _table(answer: CasesRun) -> str:
    wide = max(len(each.rule) for each in answer.rules)
    lines = [line for failure in answer.failures for line in _failed(failure)]
    for each in answer.rules:
        failed = f"{each.failed:5d} FAILED" if each.failed else ""
        lines.append(f"{each.rule:{wide}} {each.passed:5d} passed{failed}")
    lines.append(f"{answer.passed} cases passed, {answer.failed} failed")
    return "".join(f"{line}\n" for line in lines)


def _failed(failure: Failure) -> list[str]:
    lines = [f"{failure.file}:{failure.line}: {failure.rule}: {failure.name}"]
    for each in failure.differences:
        lines += [f"   {each.what}: expected {each.expected}", f"   {' ' * len(each.what)}       got {each.got}"]
    return [*lines, ""]
