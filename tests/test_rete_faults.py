"""Whatever goes wrong in the worker ends in bounded time as a fault with a reason; the next question is answered."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread, Timer, get_ident
from time import monotonic, sleep
from typing import Any

import pytest

from clinguide.compile.atoms import BooleanAtom, Item, Literally
from clinguide.rete import EngineFault, Fired, SecondEngine, process
from clinguide.values import Value
from rete_material import FEVER, one

HOT: dict[str, Value] = {"temperature": (38_000_000, 38_000_000)}
FEVER_HOLDS = Fired(frozenset({"fever"}), frozenset())
KILLED = "the second engine was killed by SIGKILL"
WORKER = str(Path(process.__file__).with_name("worker.py"))


def fault_of(engine: SecondEngine, known: dict[str, Value] = HOT) -> str:
    """The reason of the fault that a question ends in."""
    with pytest.raises(EngineFault) as caught:
        engine.ask(known, {})
    assert str(caught.value) == caught.value.reason
    return caught.value.reason


def answer_or_reason(engine: SecondEngine, known: dict[str, Value]) -> Fired | str:
    """The answer, or why there is none."""
    try:
        return engine.ask(known, {})
    except EngineFault as fault:
        return fault.reason


def gone(pid: int) -> bool:
    """Whether the process is no more; an ended one that nobody has waited for yet counts as gone."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return True
    except FileNotFoundError:
        return Path("/proc/self").exists()
    return state == "Z"


@contextmanager
def scripted(*lines: str, answer_within: float = 0.5, start_within: float = 5.0) -> Iterator[SecondEngine]:
    """An engine whose worker is a small script that knows `first` (its first line read) and how to `say` a text."""
    prologue = [
        "import sys, os, json, time",
        "def say(text): sys.stdout.write(text); sys.stdout.flush()",
        "first = sys.stdin.readline()",
    ]
    command = (sys.executable, "-c", "\n".join([*prologue, *lines]))
    with SecondEngine(
        (FEVER,), (one(),), command=command, answer_within=answer_within, start_within=start_within
    ) as engine:
        yield engine


READY = """say('{"number": 0, "fired": []}\\n')"""
ASKED = "sys.stdin.readline()"


# --- the real worker, killed and stopped ----------------------------------------------------------------------------


@pytest.fixture
def large() -> Iterator[SecondEngine]:
    """A real engine whose questions take long enough to be interrupted."""
    atoms = tuple(BooleanAtom(f"b{number}") for number in range(1000))
    items = tuple(Item(f"it{at}", 0, Literally(at, negated=False), Literally(at, negated=True)) for at in range(1000))
    with SecondEngine(atoms, items, answer_within=10) as engine:
        yield engine


@pytest.mark.second_engine
def test_a_worker_killed_in_the_middle_of_an_answer_is_a_fault_and_is_replaced(large: SecondEngine) -> None:
    """SIGKILL while it works: the question says so, the next one is answered by a new worker."""
    known: dict[str, Value] = {f"b{number}": True for number in range(1000)}
    expected = large.ask(known, {})
    assert len(expected.holds) == 1000
    first = large.pid
    assert first is not None
    # Stopped before the question and killed after it was sent: certainly in the middle.
    os.kill(first, signal.SIGSTOP)
    killer = Timer(0.3, os.kill, (first, signal.SIGKILL))
    killer.start()
    assert fault_of(large, known) == KILLED
    killer.join()
    assert large.pid is None
    assert large.ask(known, {}) == expected
    assert large.pid != first


@pytest.mark.second_engine
def test_a_worker_killed_at_any_moment_never_gives_a_wrong_answer(large: SecondEngine) -> None:
    """Killed while it computes, twenty times at shifting moments: each question is right or a fault."""
    known: dict[str, Value] = {f"b{number}": number % 2 == 0 for number in range(1000)}
    expected = large.ask(known, {})
    reasons = set()
    for turn in range(12):
        assert answer_or_reason(large, known) == expected
        assert large.pid is not None
        killer = Timer(0.004 * turn, os.kill, (large.pid, signal.SIGKILL))
        killer.start()
        first = answer_or_reason(large, known)
        killer.join()
        # Killed only after its answer: then it is the next question that finds out.
        reason = answer_or_reason(large, known) if isinstance(first, Fired) else first
        assert first in (expected, reason)
        assert isinstance(reason, str)
        reasons.add(reason)
    assert reasons <= {KILLED, f"{KILLED} in the middle of an answer"}


@pytest.mark.second_engine
def test_a_hanging_worker_is_given_up_after_its_limit() -> None:
    """SIGSTOP: no answer within the limit is a fault; the worker is killed and the next question answered."""
    with SecondEngine((FEVER,), (one(),), answer_within=0.3) as engine:
        assert engine.ask(HOT, {}) == FEVER_HOLDS
        first = engine.pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        started = monotonic()
        assert fault_of(engine) == "the second engine did not answer within 0.3 s"
        assert 0.3 <= monotonic() - started < 3
        assert gone(first)
        assert engine.ask(HOT, {}) == FEVER_HOLDS


@pytest.mark.second_engine
def test_a_question_larger_than_the_pipe_does_not_hang_on_a_worker_that_does_not_read() -> None:
    """Writing has the same limit as reading."""
    atoms = tuple(BooleanAtom(f"b{number}") for number in range(8_000))
    items = tuple(Item(f"it{at}", 0, Literally(at, negated=False), Literally(at, negated=True)) for at in range(8_000))
    with SecondEngine(atoms, items, answer_within=0.5, start_within=60) as engine:
        engine.ask({}, {})
        assert engine.pid is not None
        os.kill(engine.pid, signal.SIGSTOP)
        known: dict[str, Value] = {f"b{number}": True for number in range(8_000)}
        assert fault_of(engine, known) == "the second engine did not answer within 0.5 s"


@pytest.mark.second_engine
def test_an_interrupted_question_leaves_no_stale_answer() -> None:
    """Ctrl-C in the middle of a question ends the worker; the next question gets its own answer."""
    with SecondEngine((FEVER,), (one(),), answer_within=10) as engine:
        engine.ask(HOT, {})
        first = engine.pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)
        Timer(0.2, signal.pthread_kill, (get_ident(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            engine.ask(HOT, {})
        assert gone(first)
        assert engine.ask({}, {}) == Fired(frozenset(), frozenset())


ORPHAN = """
import os, sys, time
from clinguide.compile.atoms import Item, Literally, NumberAtom
from clinguide.rete import SecondEngine
engine = SecondEngine((NumberAtom("n", ">=", 1),), (Item("it", 0, Literally(0, False), Literally(0, True)),))
engine.ask({"n": (1, 1)}, {})
print(engine.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.second_engine
def test_the_worker_ends_with_its_parent() -> None:
    """A parent killed without a chance to clean up leaves no worker behind."""
    with subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert not gone(worker)
        parent.kill()
    until = monotonic() + 10
    while not gone(worker) and monotonic() < until:
        sleep(0.05)
    assert gone(worker)


@pytest.mark.second_engine
def test_an_engine_that_is_forgotten_ends_its_worker() -> None:
    """Without `close` the worker ends when the engine is no longer used."""
    engine = SecondEngine((FEVER,), (one(),))
    engine.ask(HOT, {})
    worker = engine.pid
    assert worker is not None
    del engine
    assert gone(worker)


# --- workers that answer wrongly ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([READY, ASKED, "say('{\"number\": 1, ')", "time.sleep(60)"], "the second engine did not answer within 0.5 s"),
        (
            [READY, ASKED, "say('{\"number\": 1, ')"],
            "the second engine ended with exit code 0 in the middle of an answer",
        ),
        ([READY, ASKED, "say('garbage\\n')", "time.sleep(60)"], "the second engine answered nonsense: b'garbage'"),
        (
            [READY, ASKED, """say('{"number": "one", "fired": []}\\n')""", "time.sleep(60)"],
            """the second engine answered nonsense: b'{"number": "one", "fired": []}'""",
        ),
        (
            [READY, ASKED, """say('{"number": 7, "fired": [[]]}\\n')""", "time.sleep(60)"],
            "the second engine answered question 7 instead of 1",
        ),
        (
            [READY, ASKED, """say('{"number": 1, "fired": [["r99"]]}\\n')""", "time.sleep(60)"],
            "the second engine answered what was not asked",
        ),
        (
            [READY, ASKED, """say('{"number": 1, "fired": []}\\n')""", "time.sleep(60)"],
            "the second engine answered what was not asked",
        ),
        (
            [READY, ASKED, """say('{"number": 1, "fired": [[]]}\\nmore')""", "time.sleep(60)"],
            "the second engine answered more than was asked",
        ),
        ([READY, ASKED, "say('x' * 2**23)", "time.sleep(60)"], "the second engine answered more than was asked"),
        (
            [READY, ASKED, """say('{"number": -1, "fault": "RulesError: 303"}\\n')"""],
            "the second engine failed: RulesError: 303",
        ),
        (
            [READY, ASKED, "sys.stderr.write('noise\\n' * 10**5 + 'segfault ahead')", "sys.exit(9)"],
            "the second engine ended with exit code 9 (segfault ahead)",
        ),
        (
            [READY, ASKED, "os.close(1)", "time.sleep(60)"],
            "the second engine closed its pipe",
        ),
        (["sys.exit(3)"], "the second engine ended with exit code 3"),
    ],
)
def test_a_wrong_answer_is_a_fault_that_names_what_was_wrong(lines: list[str], reason: str) -> None:
    """Half a line, nonsense, another question's answer, too much of it, or an end: never an answer, always a reason."""
    with scripted(*lines) as engine:
        assert fault_of(engine) == reason
        assert engine.pid is None


def test_a_worker_that_does_not_start_in_time_is_a_fault_of_its_own() -> None:
    """Starting has its own limit, apart from that of an answer."""
    with scripted("time.sleep(60)", answer_within=30, start_within=0.4) as engine:
        started = monotonic()
        assert fault_of(engine) == "the second engine did not answer within 0.4 s"
        assert monotonic() - started < 5


def test_a_program_that_is_not_there_is_a_fault() -> None:
    """No exception of the operating system reaches the caller."""
    with SecondEngine((FEVER,), (one(),), command=("/nowhere/python",)) as engine:
        assert fault_of(engine).startswith("the second engine could not be started: ")


def test_after_five_faults_in_a_row_the_engine_stays_off(tmp_path: Path) -> None:
    """Restarting is bounded: the sixth question starts nothing."""
    starts = tmp_path / "starts"
    with scripted(f"open({str(starts)!r}, 'a').write('x')", "sys.exit(3)") as engine:
        for _ in range(5):
            assert fault_of(engine) == "the second engine ended with exit code 3"
        assert fault_of(engine) == "the second engine was switched off after 5 faults"
    assert starts.read_text(encoding="utf-8") == "xxxxx"


@pytest.mark.second_engine
def test_an_answer_ends_the_count_of_faults() -> None:
    """Only faults in a row count: ten of them with answers between do not switch the engine off."""
    with SecondEngine((FEVER,), (one(),), answer_within=5) as engine:
        for _ in range(10):
            assert engine.ask(HOT, {}) == FEVER_HOLDS
            assert engine.pid is not None
            os.kill(engine.pid, signal.SIGKILL)
            assert fault_of(engine) == KILLED


def test_threads_that_meet_a_fault_all_get_a_reason() -> None:
    """No thread waits for ever for a worker that another thread has given up."""
    reasons: list[str] = []
    with scripted(READY, ASKED, "time.sleep(60)", answer_within=0.2) as engine:
        threads = [Thread(target=lambda: reasons.append(fault_of(engine))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert reasons == ["the second engine did not answer within 0.2 s"] * 3


# --- the real worker on programs that compile would never give it ---------------------------------------------------


def talk(program: dict[str, Any], *requests: dict[str, Any]) -> list[dict[str, Any]]:
    """What the real worker answers, line by line."""
    lines = [{"alarm": 20, "scopes": {"": [program]}}, *requests]
    done = subprocess.run(
        [sys.executable, "-P", WORKER],
        input="".join(json.dumps(line) + "\n" for line in lines),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def shard(rules: dict[str, Any], **changes: object) -> dict[str, Any]:
    """A shard as the ruleset module writes it, with changes."""
    return {"kind": "k", "marker": "marker", "most": 60, "fields": ["f"], "rules": rules, "gives": {}, **changes}


ON_F = {"$and": [{"kind": "k"}, {"$gte": {"f": 1}}]}


@pytest.mark.second_engine
def test_the_worker_answers_what_fired_and_not_the_marker() -> None:
    """The marker shows that the session lives; it is no answer."""
    request = {"number": 1, "asked": [["", {"f": 1}], ["", {"f": 0}], ["", {}]]}
    assert talk(shard({"r0": ON_F}), request)[1:] == [{"number": 1, "fired": [["r0"], [], []]}]


@pytest.mark.second_engine
def test_a_session_in_which_the_marker_does_not_fire_is_a_fault() -> None:
    """Such a session cannot be deleted without a crash, so the worker stops before that."""
    rules = {"marker": {"$and": [{"kind": "k"}, {"f": "never"}]}, "r0": ON_F}
    lines = talk(shard(rules), {"number": 1, "asked": [["", {"f": 1}]]})
    assert lines[-1] == {"number": -1, "fault": "Oddity: k: the marker rule did not fire first"}


@pytest.mark.second_engine
def test_firing_more_often_than_can_be_is_a_fault() -> None:
    """durable-rules has no guard against firing for ever; the worker counts."""
    lines = talk(shard({"r0": ON_F}, most=1), {"number": 1, "asked": [["", {"f": 1}]]})
    assert lines[-1] == {"number": -1, "fault": "Oddity: k fired more than 1 times"}


@pytest.mark.second_engine
def test_an_error_of_durable_rules_is_a_fault_and_not_an_empty_answer() -> None:
    """Seventy first tests that are true at once are error 303: nothing fires, and the worker says so."""
    fields = [f"f{number}" for number in range(70)]
    rules = {f"r{number}": {"$and": [{"kind": "k"}, {field: "yes"}]} for number, field in enumerate(fields)}
    lines = talk(shard(rules, fields=fields, most=100), {"number": 1, "asked": [["", dict.fromkeys(fields, "yes")]]})
    assert lines[-1]["number"] == -1
    assert "303" in lines[-1]["fault"]


@pytest.mark.second_engine
def test_rules_that_durable_rules_refuses_are_a_fault_of_starting() -> None:
    """A ruleset that cannot be built is told before any question."""
    assert [line["number"] for line in talk(shard({"r0": {"$and": 7}}))] == [-1]


@pytest.mark.second_engine
def test_a_line_that_is_no_question_is_a_fault() -> None:
    """The worker never guesses."""
    lines = talk(shard({"r0": ON_F}), {"number": 1, "asked": [["elsewhere", {}]]})
    assert lines[-1] == {"number": -1, "fault": "KeyError: 'elsewhere'"}
