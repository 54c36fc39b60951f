"""clinguide test: the cases beside the rules, and what a failed one expected and got."""

import json
from pathlib import Path

from cli_material import run, small_knowledge

WRONG = {"fever_cases": ("{grade: 0}", "{grade: 1}")}


def test_cases_that_pass_are_counted_by_rule(tmp_path: Path) -> None:
    """A line for each rule, a sum, exit code 0."""
    found = run("--knowledge", small_knowledge(tmp_path), "test")
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout == "fever.grade     2 passed\n2 cases passed, 0 failed\n"


def test_a_failed_case_says_where_and_what(tmp_path: Path) -> None:
    """Its place, its sentence, what was expected and what came out; exit code 1."""
    found = run("test", "fever.grade", "--knowledge", small_knowledge(tmp_path, **WRONG))
    assert found.exit_code == 1
    assert found.stdout.splitlines() == [
        "small/guidelines/ours/fever.cases.yaml:6: fever.grade: 37.9 is none",
        "   grade: expected 1",
        "               got 0",
        "",
        "fever.grade     1 passed    1 FAILED",
        "1 cases passed, 1 failed",
    ]


def test_json_has_the_numbers_and_the_failures(tmp_path: Path) -> None:
    """The same for a program."""
    found = run("--json", "--knowledge", small_knowledge(tmp_path, **WRONG), "test")
    answer = json.loads(found.stdout)
    assert found.exit_code == 1
    assert (answer["passed"], answer["failed"]) == (1, 1)
    assert answer["rules"] == [{"rule": "fever.grade", "passed": 1, "failed": 1}]
    assert answer["failures"][0]["differences"] == [{"what": "grade", "expected": "1", "got": "0"}]


def test_a_rule_that_is_not_there_is_a_mistake_of_use(tmp_path: Path) -> None:
    """Exit code 2 with the name that was meant: to run no case is not to pass."""
    found = run("--knowledge", small_knowledge(tmp_path), "test", "fever.grad")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "no rule is called 'fever.grad'; did you mean 'fever.grade'?" in found.stderr


def test_no_case_is_not_a_pass(tmp_path: Path) -> None:
    """Knowledge without any case, and a rule without one, do not read as tested."""
    folder = small_knowledge(tmp_path)
    (folder / "guidelines/ours/fever.cases.yaml").unlink()
    assert "there is no case for 'fever.grade'" in run("--knowledge", folder, "test", "fever.grade").stderr
    found = run("--knowledge", folder, "test")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "there are no cases" in found.stderr


def test_bad_knowledge_runs_no_case(tmp_path: Path) -> None:
    """Knowledge that cannot be read is refused with its problems, exit code 2."""
    found = run("--knowledge", small_knowledge(tmp_path, statements=("primary", "guessed")), "test")
    assert (found.exit_code, found.stdout) == (2, "")
    assert "small/guidelines/ours/statements.yaml:4:" in found.stderr
