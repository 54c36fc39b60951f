"""clinguide check: every problem at once, with its place, and an exit code that says whether there is one."""

import json
import re
from pathlib import Path

from cli_material import COURSE, run, small_knowledge
from clinguide.problems import KnowledgeError
from clinguide.read import read


def test_good_knowledge_is_one_line(tmp_path: Path) -> None:
    """What was checked, its digest, and that there is no problem; nothing on stderr."""
    found = run("check", small_knowledge(tmp_path))
    assert re.fullmatch(
        r"knowledge: 1 rule, 2 cases, 1 element, content sha256:[0-9a-f]{64}; no problems\n", found.stdout
    )
    assert (found.exit_code, found.stderr) == (0, "")


def test_problems_are_told_as_everywhere(tmp_path: Path) -> None:
    """The text of each problem on stderr, the summary on stdout, exit code 1."""
    folder = small_knowledge(tmp_path, fever=("38 Cel", "38 degrees"), statements=("primary", "guessed"))
    found = run("check", folder)
    told: tuple[object, ...] = ()
    try:
        read(folder)
    except KnowledgeError as error:
        told = error.problems
    assert len(told) == 2
    assert found.stderr == "".join(f"{problem}\n" for problem in told)
    assert (found.exit_code, found.stdout) == (1, "knowledge; 2 problems\n")


def test_a_problem_that_only_compiling_finds_is_found(tmp_path: Path) -> None:
    """A name that no element has is told with its line."""
    found = run("check", small_knowledge(tmp_path, fever=("temperature >=", "temperatur >=")))
    assert found.exit_code == 1
    assert "small/guidelines/ours/fever.yaml:12:9: unknown-" in found.stderr
    assert "hint: did you mean 'temperature'?" in found.stderr


def test_a_course_is_held_against_the_knowledge(tmp_path: Path) -> None:
    """A course without problems is counted; one with problems is told with file, line and hint."""
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(COURSE, encoding="utf-8")
    bad.write_text(COURSE.replace("temperature", "temprature"), encoding="utf-8")
    folder = small_knowledge(tmp_path)
    found = run("check", folder, good)
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout.endswith("; 1 course; no problems\n")
    refused = run("check", folder, good, bad)
    assert refused.exit_code == 1
    assert f"{bad}:5:7: unknown-element" in refused.stderr
    assert refused.stdout.endswith("; 2 courses; 1 problem\n")


def test_what_is_charted_after_the_clock_is_a_problem(tmp_path: Path) -> None:
    """Nobody charts the future; the clock is the one that was given."""
    course = tmp_path / "course.yaml"
    course.write_text(COURSE, encoding="utf-8")
    found = run("check", small_knowledge(tmp_path), course, now="2026-03-04T20:59:59Z")
    assert found.exit_code == 1
    assert "after-clock" in found.stderr


def test_json_has_the_problems_with_their_places(tmp_path: Path) -> None:
    """A program reads on stdout what a person reads on stderr."""
    folder = small_knowledge(tmp_path, fever=("temperature >=", "temperatur >="))
    found = run("check", folder, "--json")
    answer = json.loads(found.stdout)
    assert (found.exit_code, found.stderr, answer["content"]) == (1, "", None)
    assert answer["problems"][0]["file"] == "small/guidelines/ours/fever.yaml"
    assert (answer["problems"][0]["line"], answer["problems"][0]["column"]) == (12, 9)


def test_a_problem_without_a_place_has_nulls(tmp_path: Path) -> None:
    """An empty folder is no knowledge, and has no line to point at."""
    found = run("check", tmp_path, "--json")
    assert found.exit_code == 1
    assert json.loads(found.stdout)["problems"][0]["line"] is None


def test_the_shipped_knowledge_and_all_examples_have_no_problem() -> None:
    """Without a path the knowledge of the package is checked; what is shipped is without problems."""
    examples = Path(__file__).parents[1] / "docs" / "examples"
    found = run("check", *sorted(examples.glob("*.yaml")), now="2026-12-01T00:00:00Z")
    assert (found.exit_code, found.stderr) == (0, "")
    assert "; 4 courses; no problems" in found.stdout


def test_a_path_that_does_not_exist_is_a_mistake_of_use(tmp_path: Path) -> None:
    """Exit code 2: nothing was checked."""
    found = run("check", tmp_path / "nowhere")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "does not exist" in found.stderr


def test_two_folders_are_a_mistake_of_use(tmp_path: Path) -> None:
    """Courses are held against one knowledge; which of two would be a guess."""
    folder = small_knowledge(tmp_path)
    assert run("check", folder, tmp_path).exit_code == 2


def test_a_protocol_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    """The protocol that was asked for is the one that is compiled."""
    found = run("check", "--protocol", "defautl", small_knowledge(tmp_path))
    assert found.exit_code == 1
    assert "'defautl'" in found.stderr


def test_the_day_counts(tmp_path: Path) -> None:
    """On a day before the guideline its rule is not in force; that is no problem, and the content is the same."""
    folder = small_knowledge(tmp_path)
    before, today = run("check", "--as-of", "2019-12-31", folder), run("check", folder)
    assert (before.exit_code, before.stdout) == (0, today.stdout)
