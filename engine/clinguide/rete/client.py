"""The second engine as its caller sees it: ask with values, get what certainly holds and what certainly fails."""

import os
import sys
import weakref
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from math import ceil
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Self

import msgspec

from clinguide.compile.atoms import Atom, Item
from clinguide.rete.facts import Facts, UnreadableValue, facts, readings
from clinguide.rete.process import EngineFault, Process
from clinguide.rete.ruleset import build
from clinguide.values import Bounds, Value

MOST_FAULTS = 5
"""Faults in a row after which the engine is not started again."""

_WORKER = (sys.executable, "-P", str(Path(__file__).with_name("worker.py")))


class Instance(msgspec.Struct, frozen=True):
    """A bound item asked for one advice: the values of the names that the advice binds, and of its differences."""

    id: str
    item: str
    values: Mapping[str, Value]
    differences: Mapping[str, Bounds] = {}


class Fired(msgspec.Struct, frozen=True):
    """The items that certainly hold and those that certainly fail; a bound item as `ITEM@INSTANCE`."""

    holds: frozenset[str]
    fails: frozenset[str]


class _Answer(msgspec.Struct, forbid_unknown_fields=True):
    """A line of the worker."""

    number: int
    fired: list[list[str]] = []
    fault: str | None = None


def available() -> bool:
    """Whether durable-rules imports here; on Python 3.13 it builds and does not."""
    try:
        import_module("durable_rules_engine")
    except ImportError:
        return False
    return True


class SecondEngine:
    """durable-rules over `items`, in one worker process that is started by the first question.

    Raises ValueError where the items cannot be brought into the form that durable-rules can be trusted with.
    `answer_within` and `start_within` are seconds; after `recycle_after` answers the worker is replaced, because
    durable-rules keeps a little of everything. Threads may share one engine; a forked child starts its own worker.
    """

    def __init__(
        self,
        atoms: tuple[Atom, ...],
        items: tuple[Item, ...],
        *,
        answer_within: float = 1.0,
        start_within: float = 20.0,
        recycle_after: int = 10_000,
        command: tuple[str, ...] | None = None,
    ) -> None:
        self._program = build(atoms, items)
        self._first_line = {
            # The worker ends itself where it hangs and nobody is left to kill it.
            "alarm": ceil(max(answer_within, start_within)) + 10,
            "scopes": self._program.as_json(),
        }
        self._read = {
            scope: tuple(each for each in readings(atoms) if each.name in names)
            for scope, names in self._program.names().items()
        }
        self._answer_within, self._start_within = answer_within, start_within
        self._recycle_after = recycle_after
        self._command = command or _WORKER
        self._process: Process | None = None
        self._answers = 0
        self._faults = 0
        self._closed = False
        self._owner = os.getpid()
        self._lock = Lock()

    @property
    def pid(self) -> int | None:
        """The process id of the worker; None while none runs."""
        return self._process.pid if self._process else None

    def ask(
        self, values: Mapping[str, Value], differences: Mapping[str, Bounds], instances: Sequence[Instance] = ()
    ) -> Fired:
        """What certainly holds and certainly fails of the items, given these values; bound items once an instance.

        Raises EngineFault where the worker cannot be trusted with an answer; it is then started anew by the next
        question, up to five faults in a row. A value of a wrong type is a fault as well, but not the worker's.
        """
        asked = self._asked(values, differences, instances)
        self._after_fork()
        with self._lock:
            self._refuse()
            try:
                fired = self._answered(asked)
            except EngineFault:
                self._faults += 1
                self._stop()
                raise
            except BaseException:
                # Interrupted in the middle: the next line would answer this question.
                self._stop()
                raise
            self._faults = 0
        labels = ["", *(f"@{instance.id}" for instance in instances)]
        return self._meaning(zip(labels, fired, strict=True))

    def _asked(
        self, values: Mapping[str, Value], differences: Mapping[str, Bounds], instances: Sequence[Instance]
    ) -> list[tuple[str, dict[str, int | str]]]:
        """The facts of each scope: first what is asked once, then each instance."""
        repeated = len(instances) - len({(instance.item, instance.id) for instance in instances})
        strange = [instance.item for instance in instances if instance.item not in self._program.bound]
        if repeated or strange:
            raise EngineFault(f"instances stand twice or are of no bound item: {', '.join(strange) or repeated}")
        try:
            return [
                ("", self._named(facts(self._read[""], values, differences))),
                *((each.item, self._named(self._bound_facts(each, values, differences))) for each in instances),
            ]
        except UnreadableValue as error:
            raise EngineFault(str(error)) from error

    def _bound_facts(self, instance: Instance, values: Mapping[str, Value], differences: Mapping[str, Bounds]) -> Facts:
        return facts(self._read[instance.item], {**values, **instance.values}, {**differences, **instance.differences})

    def _named(self, found: Facts) -> dict[str, int | str]:
        table = self._program.table
        return {table[field]: value for field, value in found.items() if field in table}

    def _answered(self, asked: list[tuple[str, dict[str, int | str]]]) -> list[list[str]]:
        process = self._running()
        self._answers += 1
        fired = _exchange(process, {"number": self._answers, "asked": asked}, self._answers, self._answer_within)
        unknown = {name for names in fired for name in names} - self._program.rules.keys()
        if unknown or len(fired) != len(asked):
            raise EngineFault("the second engine answered what was not asked")
        return fired

    def _meaning(self, fired: Iterable[tuple[str, list[str]]]) -> Fired:
        holds: set[str] = set()
        fails: set[str] = set()
        for label, names in fired:
            for rule in (self._program.rules[name] for name in names):
                if rule.gives is None:
                    (holds if rule.holds else fails).add(f"{rule.item}{label}")
        return Fired(frozenset(holds), frozenset(fails))

    # --- the worker's life ------------------------------------------------------------------------------------------

    def _running(self) -> Process:
        if self._process is not None and self._answers >= self._recycle_after:
            self._stop(politely=True)
        if self._process is None:
            self._process = Process(self._command)
            self._finalizer = weakref.finalize(self, self._process.stop)
            self._answers = 0
            _exchange(self._process, self._first_line, 0, self._start_within)
        return self._process

    def _stop(self, *, politely: bool = False) -> None:
        if self._process is not None:
            self._finalizer.detach()
            self._process.stop(politely=politely)
            self._process = None

    def _refuse(self) -> None:
        if self._closed:
            raise EngineFault("the second engine is closed")
        if self._faults >= MOST_FAULTS:
            raise EngineFault(f"the second engine was switched off after {MOST_FAULTS} faults")

    def _after_fork(self) -> None:
        """In a forked child: leave the worker to the parent, and the lock, which a thread of the parent may hold."""
        if os.getpid() != self._owner:
            self._owner, self._lock = os.getpid(), Lock()
            self._stop()

    def close(self) -> None:
        """End the worker; a later question is a fault."""
        self._after_fork()
        with self._lock:
            self._closed = True
            self._stop(politely=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _exchange(process: Process, line: dict[str, object], number: int, within: float) -> list[list[str]]:
    """Send one line and read its answer."""
    reply = process.exchange(msgspec.json.encode(line) + b"\n", within)
    try:
        answer = msgspec.json.decode(reply, type=_Answer)
    except (msgspec.DecodeError, msgspec.ValidationError):
        raise EngineFault(f"the second engine answered nonsense: {reply.rstrip()[:60]!r}") from None
    if answer.fault is not None:
        raise EngineFault(f"the second engine failed: {answer.fault}")
    if answer.number != number:
        raise EngineFault(f"the second engine answered question {answer.number} instead of {number}")
    return answer.fired
