"""clinguide assess: a report or JSON, a clean refusal, and an exit code for each of the three ends."""

import importlib
import json
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cli_material import COURSE, run, small_knowledge
from clinguide.cli.assess import _STYLES, _coloured
from clinguide.report import Line
from clinguide.results import Difference
from reports import EXAMPLES

EXAMPLE = EXAMPLES / "refractory-crs.yaml"


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course with one event."""
    path = tmp_path / "course.yaml"
    path.write_text(COURSE, encoding="utf-8")
    return path


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A knowledge of one rule."""
    return small_knowledge(tmp_path)


def test_a_course_becomes_a_report(small: Path, course: Path) -> None:
    """The report on stdout, nothing on stderr, exit code 0; old facts are told against the clock."""
    found = run("--knowledge", small, "assess", course, "--no-second-engine")
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout.splitlines()[:4] == [
        "DRAFT KNOWLEDGE: NOT APPROVED FOR PATIENT CARE. A clinician decides.",
        "somebody, 4 Mar 2026 21:00 (all times are UTC)",
        "FACTS TO 4 Mar 21:00, 2 h before now.",
        "Fever grade 1: temperature (38.4 Cel) >= 38 Cel",
    ]
    assert found.stdout.endswith("second engine not run\n")


@pytest.mark.second_engine
def test_the_shipped_knowledge_answers_with_two_engines() -> None:
    """The first command of the README: both engines agree."""
    found = run("assess", EXAMPLE, now="2026-03-04T21:30:00Z")
    assert (found.exit_code, found.stderr) == (0, "")
    assert re.search(r"^both engines agree on \d+ items$", found.stdout, re.MULTILINE)


def test_json_is_result_and_run(small: Path, course: Path) -> None:
    """The same answer for a program; the clock stands in `run`, never in `result`."""
    found = run("assess", course, "--json", "--knowledge", small, "--no-second-engine")
    answer = json.loads(found.stdout)
    assert (found.exit_code, found.stderr) == (0, "")
    assert list(answer) == ["result", "run"]
    assert answer["run"]["now"] == "2026-03-04T23:00:00Z"
    later = run(
        "assess", course, "--format", "json", "--knowledge", small, "--no-second-engine", now="2026-03-05T00:00:00Z"
    )
    assert json.loads(later.stdout)["result"] == answer["result"]


def test_at_is_a_time_or_now(small: Path, course: Path) -> None:
    """Without --at the last event counts; with `now` the clock does, and old facts are then too old."""
    at_now = json.loads(
        run("assess", course, "--at", "now", "--json", "--knowledge", small, now="2026-03-05T21:00:00Z").stdout
    )
    assert at_now["result"]["at"] == "2026-03-05T21:00:00Z"
    assert at_now["result"]["findings"][0]["status"] == "undetermined"
    before = json.loads(run("assess", course, "--at", "2026-03-04T20:00:00Z", "--json", "--knowledge", small).stdout)
    assert (before["result"]["at"], before["result"]["later_events"]) == ("2026-03-04T20:00:00Z", 1)


def test_bad_input_is_refused_with_all_its_problems(small: Path, course: Path) -> None:
    """Exit code 2, every problem on stderr, and nothing on stdout that could be taken for an answer."""
    course.write_text(COURSE.replace("38.4 Cel", "84 Cel\n      wieght: 3 kg"), encoding="utf-8")
    found = run("--knowledge", small, "assess", course)
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr.count(f"{course}:") == 2


def test_bad_knowledge_is_refused(tmp_path: Path, course: Path) -> None:
    """Knowledge with a problem assesses nobody."""
    bad = small_knowledge(tmp_path, fever=("38 Cel", "38 degrees"))
    found = run("--knowledge", bad, "assess", course, "--json")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "small/guidelines/ours/fever.yaml:12:" in found.stderr


def test_events_after_the_clock_are_refused(small: Path, course: Path) -> None:
    """A wrong date is found where it can still be corrected."""
    found = run("--knowledge", small, "assess", course, now="2026-03-04T20:00:00Z")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "after-clock" in found.stderr


def test_engines_that_disagree_leave_with_3(small: Path, course: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Done, and not to be acted on alone: the report is written, loud, and the exit code tells programs."""
    assessing = importlib.import_module("clinguide.assess")
    real = assessing.assess

    def doubted(*arguments: Any, **settings: Any) -> Any:
        found = real(*arguments, **settings | {"second_engine": False})
        difference = Difference("fever.grade/rows/0", "true", "unknown")
        engines = msgspec.structs.replace(found.run.engines, agreement="disagree", differences=[difference])
        return msgspec.structs.replace(found, run=msgspec.structs.replace(found.run, engines=engines))

    monkeypatch.setattr(assessing, "assess", doubted)
    found = run("--knowledge", small, "assess", course)
    assert found.exit_code == 3
    assert found.stdout.splitlines()[1].startswith("THE TWO ENGINES DISAGREE ON fever.grade/rows/0")
    assert run("--knowledge", small, "assess", course, "--json").exit_code == 3


@pytest.mark.parametrize("arguments", [["--at", "tomorrow"], ["--at", "2026-03-04T21:00"], ["--as-of", "4 March"]])
def test_a_time_that_is_none_is_a_mistake_of_use(course: Path, arguments: list[str]) -> None:
    """Exit code 2 and what to write instead; a time without zone is not guessed."""
    found = run("assess", course, *arguments)
    assert (found.exit_code, found.stdout) == (2, "")
    assert "write" in found.stderr


def test_the_option_behind_the_command_counts(small: Path, course: Path) -> None:
    """Whoever adds --format text to a command that he recalled gets text."""
    found = run("--json", "--knowledge", small, "assess", course, "--format", "text", "--no-second-engine")
    assert found.stdout.startswith("DRAFT KNOWLEDGE")


def test_no_line_is_ever_green() -> None:
    """Green says that all is well, which no rule here can know."""
    for style in _STYLES:
        shown = _coloured(Line("text", style))
        assert not re.search(r"\x1b\[[0-9;]*(32|42|92|102)m", shown)
        assert "text" in shown
