"""The command as a process of its own: in a terminal of 80 columns, through a pipe, and when it goes wrong."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from cli_material import COURSE, NOW, small_knowledge
from clinguide import cli

COMMAND = [sys.executable, "-c", "from clinguide.cli import main; main()"]


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    """The assessment of a small course."""
    (tmp_path / "course.yaml").write_text(COURSE, encoding="utf-8")
    knowledge = small_knowledge(tmp_path)
    return ["--now", NOW, "--knowledge", str(knowledge), "assess", str(tmp_path / "course.yaml"), "--no-second-engine"]


def environment(**changes: str) -> dict[str, str]:
    """The environment of a terminal, with the package that is tested."""
    source = str(Path(cli.__file__).parents[2])
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    return kept | {"PYTHONPATH": source, "TERM": "xterm-256color"} | changes


def in_terminal(arguments: list[str], **changes: str) -> tuple[int, str]:
    """Exit code and output of the command in a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**changes)
    )
    os.close(theirs)
    shown = b""
    # Linux says EIO when the last process on the other side has gone.
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(ours)
    return process.wait(timeout=60), shown.decode().replace("\r\n", "\n")


def piped(arguments: list[str], **changes: str) -> "subprocess.CompletedProcess[str]":
    """The command with its output in a pipe."""
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, timeout=60, check=False, env=environment(**changes)
    )


def test_a_terminal_and_a_pipe_show_the_same_words(arguments: list[str]) -> None:
    """Colour adds weight and no word; a pipe gets none; no line is wider than the terminal."""
    code, shown = in_terminal(arguments)
    through = piped(arguments)
    assert (code, through.returncode, through.stderr) == (0, 0, "")
    assert "\x1b[" in shown
    assert "\x1b" not in through.stdout
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown) == through.stdout
    assert max(map(len, through.stdout.splitlines())) <= 80


def test_who_asks_for_no_colour_gets_none(arguments: list[str]) -> None:
    """NO_COLOR and a dumb terminal are respected."""
    for changes in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        code, shown = in_terminal(arguments, **changes)
        assert (code, "\x1b" in shown) == (0, False)


def test_progress_is_shown_where_somebody_watches(arguments: list[str]) -> None:
    """The bar of `test` goes to the terminal and never into a pipe."""
    cases = [*arguments[:4], "test"]
    code, shown = in_terminal(cases)
    assert code == 0
    assert "2 cases passed, 0 failed" in shown
    assert piped(cases).stderr == ""


def test_a_pipe_that_is_closed_early_changes_nothing(arguments: list[str]) -> None:
    """`clinguide assess ... | head -1` prints one line and no complaint, and the exit code stays that of the answer."""
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    complaint = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=60), complaint) == (0, b"")


def test_a_letter_that_cannot_be_shown_loses_no_report(arguments: list[str], tmp_path: Path) -> None:
    """Where an old encoding lacks a letter the report is printed all the same, the letter by its number."""
    small_knowledge(tmp_path, vital_signs=("Body temperature", "Body temperature \u2265 40"))
    found = piped(arguments, PYTHONIOENCODING="latin-1")
    assert (found.returncode, found.stderr) == (0, "")
    assert "Body temperature \\u2265 40: 38.4 Cel" in found.stdout


def test_the_command_line_loads_neither_engine_nor_knowledge() -> None:
    """A command starts at once: what is heavy is imported by the command that needs it."""
    package = str(Path(cli.__file__).parents[1])
    heavy = "'yaml', 'jsonschema', 'rich', 'durable', 'clinguide.compile', 'clinguide.assess'"
    # What the package itself makes public is not looked at here: only what the commands import to be found.
    look = (
        f"import sys, types; package = types.ModuleType('clinguide'); package.__path__ = [{package!r}]; "
        "sys.modules['clinguide'] = package; import clinguide.cli; "
        f"print([name for name in ({heavy}) if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True, env=environment()
    )
    assert found.stdout == "[]\n"


def test_every_command_has_help_with_examples() -> None:
    """Whoever does not know a command sees how it is called."""
    for command in cli.cli.commands:
        found = piped([command, "--help"])
        assert found.returncode == 0
        lines = found.stdout.splitlines()
        assert f"    clinguide {command}" in {
            line[: 14 + len(command)] for line in lines[lines.index("  Examples:") + 1 :]
        }
        assert any(line.startswith("  Exit codes: ") for line in lines)


def test_wrong_use_and_crashes_leave_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only an answer leaves with 1: a mistake of use and a crash say that nothing was assessed."""
    for arguments, said in ((["nonsense"], "No such command"), (["check", "--protocol"], "requires an argument")):
        monkeypatch.setattr(sys, "argv", ["clinguide", *arguments])
        with pytest.raises(SystemExit) as left:
            cli.main()
        assert left.value.code == 2
        assert said in capsys.readouterr().err


@pytest.mark.parametrize(("fault", "code"), [(RuntimeError("broken"), 2), (KeyboardInterrupt(), 130)])
def test_a_crash_is_no_answer(
    fault: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault of the program leaves with 2 and its trace, an interruption with 130."""

    def breaks(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr("clinguide.cli.check.content_of", breaks)
    monkeypatch.setattr(sys, "argv", ["clinguide", "check"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == code
    assert capsys.readouterr().out == ""


def test_the_version_is_the_package_s(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """--version names program and version and leaves with 0."""
    monkeypatch.setattr(sys, "argv", ["clinguide", "--version"])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert left.value.code == 0
    assert re.fullmatch(r"clinguide \d+\.\d+\.\d+\n", capsys.readouterr().out)
