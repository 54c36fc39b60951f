"""Two engines, one answer: durable-rules is asked the same clauses, and all three truth values are compared."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.metadata import version

from clinguide.assess.limits import Asked
from clinguide.assess.said import truth_word
from clinguide.compile import Knowledge
from clinguide.compile.atoms import DifferenceAtom
from clinguide.evaluate import Evaluation
from clinguide.evaluate.arithmetic import difference
from clinguide.results import Difference, Engines
from clinguide.rete import EngineFault, Fired, Instance, SecondEngine, available
from clinguide.values import Bounds, Truth, Value


@lru_cache(maxsize=4)
def second_engine(knowledge: Knowledge) -> SecondEngine:
    """The second engine of a knowledge, started when it is first asked and kept for the next assessment."""
    return SecondEngine(knowledge.atoms, knowledge.items)


def not_run() -> Engines:
    """What is said where the second engine was not asked."""
    return Engines(version("clinguide"), None, "not_run", 0, [], None)


def compared(evaluation: Evaluation, asked: Sequence[Asked], engine: SecondEngine | None) -> Engines:
    """Ask the second engine and compare every clause; a fault of it is shown, and the reference answer stands."""
    if engine is None and not available():
        return not_run()
    engine = engine if engine is not None else second_engine(evaluation.knowledge)
    reference = version("clinguide")
    try:
        fired = engine.ask(
            evaluation.values, _differences(evaluation.knowledge, evaluation.values), _instances(evaluation, asked)
        )
    except EngineFault as fault:
        return Engines(reference, version("durable_rules"), "disagree", 0, [], str(fault))
    truths = _truths(evaluation, asked)
    found = [each for item, truth in sorted(truths.items()) if (each := _difference(item, truth, fired)) is not None]
    return Engines(reference, version("durable_rules"), "disagree" if found else "agree", len(truths), found, None)


def _differences(knowledge: Knowledge, values: Mapping[str, Value]) -> dict[str, Bounds]:
    return {atom.id: difference(atom, values) for atom in knowledge.atoms if isinstance(atom, DifferenceAtom)}


def _instances(evaluation: Evaluation, asked: Sequence[Asked]) -> list[Instance]:
    return [
        Instance(
            each.id,
            f"{each.invariant}/must",
            each.values,
            _differences(evaluation.knowledge, {**evaluation.values, **each.values}),
        )
        for each in asked
    ]


def _truths(evaluation: Evaluation, asked: Sequence[Asked]) -> dict[str, Truth]:
    """The truth of every clause as the second engine names it."""
    found = {item.id: evaluation.truths[item.id] for item in evaluation.knowledge.items if not item.bound}
    return found | {f"{each.invariant}/must@{each.id}": each.truth for each in asked}


def _difference(item: str, truth: Truth, fired: Fired) -> Difference | None:
    holds, fails = item in fired.holds, item in fired.fails
    other = "both" if holds and fails else "true" if holds else "false" if fails else "unknown"
    return None if other == truth_word(truth) else Difference(item, truth_word(truth), other)
