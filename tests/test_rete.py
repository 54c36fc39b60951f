"""The second engine answers as plain Python does, for a long time, and says which items certainly hold or fail."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from itertools import product
from math import inf
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinguide.compile.atoms import (
    Atom,
    BooleanAtom,
    Both,
    CodeAtom,
    DifferenceAtom,
    Either,
    Item,
    NumberAtom,
    UnknownAtom,
)
from clinguide.rete import EngineFault, Fired, Instance, SecondEngine, available
from clinguide.values import SetValue, Value
from rete_material import (
    ALL,
    CODES,
    FEVER,
    ZERO,
    atom_kinds,
    differences,
    matches,
    mirrored,
    no,
    one,
    patterns,
    truth,
    values,
    yes,
)

pytestmark = pytest.mark.second_engine
HOT = {"temperature": (38_000_000, 38_000_000)}


def fired(holds: set[str], fails: set[str]) -> Fired:
    """The expected answer."""
    return Fired(frozenset(holds), frozenset(fails))


@pytest.fixture
def fever() -> Iterator[SecondEngine]:
    """An engine with one line: temperature >= 38 Cel."""
    with SecondEngine((FEVER,), (one(),)) as engine:
        yield engine


def test_durable_rules_is_there() -> None:
    """Where these tests run, the engine says that it can."""
    assert available()


def test_nothing_starts_before_the_first_question(fever: SecondEngine) -> None:
    """Loading knowledge costs no process; a question starts one, and closing ends it."""
    assert fever.pid is None
    fever.ask(HOT, {})
    assert fever.pid is not None
    fever.close()
    assert fever.pid is None
    with pytest.raises(EngineFault, match=r"^the second engine is closed$"):
        fever.ask(HOT, {})


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (38_000_000, 38_000_000, fired({"fever"}, set())),
        (37_999_999, 37_999_999, fired(set(), {"fever"})),
        (37_999_999, 38_000_000, fired(set(), set())),
        (38_000_000, inf, fired({"fever"}, set())),
        (-inf, 37_999_999, fired(set(), {"fever"})),
        (-inf, inf, fired(set(), set())),
    ],
)
def test_a_threshold_is_exact_to_one_micro_unit(fever: SecondEngine, low: float, high: float, expected: Fired) -> None:
    """38.0 is a fever, 37.999999 is not, and a range across the threshold is unknown."""
    assert fever.ask({"temperature": (low, high)}, {}) == expected


def test_what_is_not_charted_is_unknown(fever: SecondEngine) -> None:
    """No value is never a false or a normal one."""
    assert fever.ask({}, {}) == fired(set(), set())
    assert fever.ask({"temperature": None}, {}) == fired(set(), set())


def test_integers_beyond_what_a_float_holds_are_told_apart() -> None:
    """2^53 + 1 is above 2^53, for the second engine too."""
    with SecondEngine((NumberAtom("n", ">", 2**53),), (one(),)) as engine:
        assert engine.ask({"n": (2**53 + 1, 2**53 + 1)}, {}) == fired({"fever"}, set())
        assert engine.ask({"n": (2**53, 2**53)}, {}) == fired(set(), {"fever"})


def test_a_number_beyond_all_bounds_still_compares() -> None:
    """A computed value larger than 63 bits is above every threshold, not wrapped to a negative one."""
    with SecondEngine((NumberAtom("n", ">", 9 * 10**18),), (one(),)) as engine:
        assert engine.ask({"n": (10**30, 10**30)}, {}) == fired({"fever"}, set())
        assert engine.ask({"n": (-(10**30), -(10**30))}, {}) == fired(set(), {"fever"})


def test_empty_patterns_say_always_and_never() -> None:
    """An empty `all` holds for every patient; an empty `any` never does."""
    with SecondEngine((FEVER,), (Item("always", 0, ALL, Either(())),)) as engine:
        assert engine.ask({}, {}) == fired({"always"}, set())


def test_an_item_that_holds_and_fails_is_reported_as_both() -> None:
    """The caller compares; the second engine hides no contradiction of the patterns."""
    with SecondEngine((FEVER,), (Item("both", 0, yes(), yes()),)) as engine:
        assert engine.ask(HOT, {}) == fired({"both"}, {"both"})


def test_nothing_is_left_over_from_the_patient_before(fever: SecondEngine) -> None:
    """Two questions are two sessions: what fired for one patient does not fire for the next."""
    assert [fever.ask(HOT if turn % 2 else {}, {}).holds for turn in range(200)] == [
        frozenset({"fever"}) if turn % 2 else frozenset() for turn in range(200)
    ]


def test_a_bound_item_is_asked_once_for_each_instance() -> None:
    """Two advices with different doses get an answer each, and what they share is read from the common values."""
    atoms: tuple[Atom, ...] = (
        NumberAtom("dose", "<=", 800),
        FEVER,
        DifferenceAtom("dose <= limit", ZERO, ZERO, "<=", ZERO),
    )
    items = (
        Item("limit", 0, Both((yes(0), yes(1))), Either((no(0), no(1))), bound=True),
        Item("apart", 0, yes(2), no(2), bound=True),
        one(1),
    )
    with SecondEngine(atoms, items) as engine:
        answer = engine.ask(
            HOT,
            {},
            [
                Instance("a", "limit", {"dose": (656, 656)}),
                Instance("b", "limit", {"dose": (900, 900)}),
                Instance("c", "limit", {"dose": (700, 900)}),
                Instance("a", "apart", {}, {"dose <= limit": (1, 1)}),
            ],
        )
        assert answer == fired({"fever", "limit@a"}, {"limit@b", "apart@a"})
        assert engine.ask(HOT, {}) == fired({"fever"}, set())


def test_instances_that_cannot_be_told_apart_are_refused() -> None:
    """The same instance twice, or an instance of an item that binds nothing, gets no answer at all."""
    items = (Item("limit", 0, yes(), no(), bound=True), one())
    with SecondEngine((FEVER,), items) as engine:
        with pytest.raises(EngineFault, match="twice or are of no bound item"):
            engine.ask(HOT, {}, [Instance("a", "limit", {})] * 2)
        with pytest.raises(EngineFault, match="no bound item: fever"):
            engine.ask(HOT, {}, [Instance("a", "fever", {})])


@pytest.mark.parametrize(
    "value",
    ["38", True, frozenset("a"), SetValue(frozenset(), frozenset()), (2, 1), (0.5, 1), (float("nan"), 1)],
)
def test_a_value_of_another_type_is_a_fault_and_not_a_comparison(fever: SecondEngine, value: Value) -> None:
    """durable-rules would compare '38' with 38 by their letters; the question is refused and the worker stays well."""
    with pytest.raises(EngineFault, match=r"^temperature: "):
        fever.ask({"temperature": value}, {})
    assert fever.ask(HOT, {}) == fired({"fever"}, set())


def test_wide_and_deep_conditions_are_divided_and_still_right() -> None:
    """Forty alternatives, and an `all` of ten `any`s that could fire a million times in one rule, get one answer."""
    atoms = tuple(BooleanAtom(f"b{number}") for number in range(40))
    groups = [Either(tuple(yes(4 * group + line) for line in range(4))) for group in range(10)]
    wide, deep = Either(tuple(yes(number) for number in range(40))), Both(tuple(groups))
    items = (Item("wide", 0, wide, mirrored(wide)), Item("deep", 1, deep, mirrored(deep)))
    with SecondEngine(atoms, items) as engine:
        all_true: dict[str, Value] = {f"b{number}": True for number in range(40)}
        assert engine.ask(all_true, {}) == fired({"wide", "deep"}, set())
        assert engine.ask(all_true | {"b0": None}, {}) == fired({"wide", "deep"}, set())
        assert engine.ask(all_true | {f"b{number}": False for number in range(4)}, {}) == fired({"wide"}, {"deep"})
        assert engine.ask(all_true | {f"b{number}": None for number in range(4)}, {}) == fired({"wide"}, set())
        assert engine.ask({f"b{number}": False for number in range(40)}, {}) == fired(set(), {"wide", "deep"})


def test_a_large_code_list_is_read_open_and_charted() -> None:
    """A code with ninety other possibilities: certainly one of two, certainly not, or open."""
    names = [f"code_{number:02}" for number in range(92)]
    atom = CodeAtom("device", frozenset(names[:2]), frozenset(names[2:]))
    with SecondEngine((atom,), (one(),)) as engine:
        assert engine.ask({"device": names[1]}, {}) == fired({"fever"}, set())
        assert engine.ask({"device": names[91]}, {}) == fired(set(), {"fever"})
        assert engine.ask({"device": frozenset(names[:2])}, {}) == fired({"fever"}, set())
        assert engine.ask({"device": frozenset(names[5:])}, {}) == fired(set(), {"fever"})
        assert engine.ask({"device": frozenset(names[1:3])}, {}) == fired(set(), set())


@settings(max_examples=60)
@given(data=st.data())
def test_the_answer_is_kleenes(data: st.DataObject) -> None:
    """Generated lines over open numbers, codes, sets and booleans: what fires is what plain Python says."""
    atoms = tuple(data.draw(st.lists(atom_kinds, min_size=1, max_size=12)))
    drawn = data.draw(st.lists(st.tuples(patterns(len(atoms)), st.integers(0, 2), st.booleans()), max_size=8))
    items = tuple(
        Item(f"item{at}", stratum, pattern, mirrored(pattern), bound)
        for at, (pattern, stratum, bound) in enumerate(drawn)
    )
    instances = [Instance("only", item.id, {}) for item in items if item.bound]
    with SecondEngine(atoms, items) as engine:
        for known, apart in data.draw(st.lists(st.tuples(values, differences), min_size=1, max_size=12)):
            truths = [truth(atom, known, apart) for atom in atoms]
            label = {item: item.id + "@only" * item.bound for item in items}
            expected = fired(
                {label[item] for item in items if matches(item.holds, truths)},
                {label[item] for item in items if matches(item.fails, truths)},
            )
            assert engine.ask(known, apart, instances) == expected


def test_every_combination_of_three_truths_is_right() -> None:
    """All 81 fillings of four names with true, false and unknown, in nested groups, exhaustively."""
    letters = [BooleanAtom(name) for name in "pqr"]
    atoms: tuple[Atom, ...] = (*letters, UnknownAtom("p"), CodeAtom("c", frozenset("ab"), CODES - {"a", "b"}))
    pattern = Either((Both((yes(0), Either((no(1), yes(2))))), Both((yes(3), yes(4), Either((yes(1), yes(2)))))))
    with SecondEngine(atoms, (Item("it", 0, pattern, mirrored(pattern)),)) as engine:
        codes: tuple[Value, ...] = ("a", "c", frozenset("ac"))
        for p, q, r, c in product((True, False, None), (True, False, None), (True, False, None), codes):
            known: dict[str, Value] = {"p": p, "q": q, "r": r, "c": c}
            truths = [truth(atom, known, {}) for atom in atoms]
            answer = engine.ask(known, {})
            assert ("it" in answer.holds, "it" in answer.fails) == (
                matches(pattern, truths),
                matches(mirrored(pattern), truths),
            )


def resident(pid: int | None) -> int:
    """Resident memory of a process in KiB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 1024


def test_two_thousand_questions_do_not_fill_the_worker() -> None:
    """After a warm-up the worker grows by less than 4 MiB in 2,000 questions: every session is deleted."""
    atoms = tuple(NumberAtom(f"n{number}", ">=", number) for number in range(20))
    items = tuple(one(number, f"item{number}") for number in range(20))
    with SecondEngine(atoms, items) as engine:
        questions = [{f"n{number}": (turn % 20, turn % 20) for number in range(20)} for turn in range(20)]
        for question in questions * 5:
            engine.ask(dict(question), {})
        before = resident(engine.pid)
        for question in questions * 100:
            engine.ask(dict(question), {})
        assert resident(engine.pid) - before < 4 * 1024


def test_a_worker_is_replaced_after_its_share_of_questions() -> None:
    """After `recycle_after` answers a new process answers, with no question lost."""
    with SecondEngine((FEVER,), (one(),), recycle_after=3) as engine:
        workers = []
        for _ in range(7):
            assert engine.ask(HOT, {}) == fired({"fever"}, set())
            workers.append(engine.pid)
        assert [len(set(workers[start : start + 3])) for start in (0, 3)] == [1, 1]
        assert len(set(workers)) == 3


def test_threads_share_one_worker_without_mixing_answers(fever: SecondEngine) -> None:
    """Two threads that ask at once each get the answer to their own question."""
    wrong: list[Fired] = []

    def ask(known: dict[str, Value], expected: Fired) -> None:
        wrong.extend(answer for _ in range(100) if (answer := fever.ask(known, {})) != expected)

    threads = [
        Thread(target=ask, args=(dict(HOT), fired({"fever"}, set()))),
        Thread(target=ask, args=({"temperature": (0, 0)}, fired(set(), {"fever"}))),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


FORKED = """
import os, sys
from clinguide.compile.atoms import Item, Literally, NumberAtom
from clinguide.rete import SecondEngine
engine = SecondEngine((NumberAtom("n", ">=", 1),), (Item("it", 0, Literally(0, False), Literally(0, True)),))
engine.ask({"n": (1, 1)}, {})
mine = engine.pid
child = os.fork()
if child == 0:
    answer = engine.ask({"n": (0, 0)}, {})
    right = answer.fails == frozenset({"it"}) and engine.pid != mine
    engine.close()
    os._exit(0 if right else 1)
status = os.waitpid(child, 0)[1]
answer = engine.ask({"n": (1, 1)}, {})
engine.close()
sys.exit(0 if status == 0 and answer.holds == frozenset({"it"}) and engine.pid is None else 1)
"""


def test_a_forked_child_starts_a_worker_of_its_own() -> None:
    """The child neither takes the parent's answers nor ends its worker."""
    done = subprocess.run([sys.executable, "-c", FORKED], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
