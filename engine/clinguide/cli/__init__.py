"""The command line: check knowledge and courses, assess a course, explain a rule, run the cases.

Results go to stdout, progress and problems to stderr. Exit codes: 0 done; 1 done and the answer is no (problems found,
a failed case); 2 could not start (usage, bad input: nothing was assessed); 3 done, but the two engines disagreed.
"""

import sys
import traceback

import click

from clinguide.cli.assess import assess_command
from clinguide.cli.check import check_command
from clinguide.cli.common import NOT_STARTED, shared
from clinguide.cli.explain import explain_command
from clinguide.cli.test import test_command

__all__ = ["cli", "main"]
_INTERRUPTED = 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@shared
@click.version_option(package_name="clinguide", message="clinguide %(version)s")
def cli() -> None:
    """Guidelines for CRS and ICANS after CAR T-cell therapy, as rules that run.

    DRAFT KNOWLEDGE: NOT APPROVED FOR PATIENT CARE. A clinician decides.

    \b
    Examples:
      clinguide assess docs/examples/refractory-crs.yaml
      clinguide assess course.yaml --at now --json
      clinguide explain course.yaml crs.grade
      clinguide check                       the shipped knowledge
      clinguide check my-knowledge course.yaml
      clinguide test crs.grade

    \b
    Exit codes: 0 done; 1 done and the answer is no; 2 could not start;
    3 done, but the two engines disagreed.

    \b
    Shell completion (bash; zsh and fish likewise):
      eval "$(_CLINGUIDE_COMPLETE=bash_source clinguide)"
    """  # noqa: D301  (click needs the real character: it leaves such a paragraph as it is)


cli.add_command(check_command)
cli.add_command(assess_command)
cli.add_command(explain_command)
cli.add_command(test_command)


def main() -> None:
    """Run the command line and leave with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a letter shows its number; it never loses the report.
        getattr(stream, "reconfigure", lambda **_: None)(errors="backslashreplace")
    sys.exit(_code())


def _code() -> int:
    try:
        return int(cli.main(standalone_mode=False) or 0)
    except click.ClickException as refusal:
        refusal.show()
    except click.Abort:
        click.echo("interrupted", err=True)
        return _INTERRUPTED
    except Exception:  # noqa: BLE001  (a crash must not leave with 1, which says that an answer was found)
        traceback.print_exc()
    return NOT_STARTED
