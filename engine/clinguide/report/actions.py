"""Actions: what all advices together ask for, each once, in the order in which it is done."""

from collections.abc import Iterable
from typing import Literal, TypeAlias, assert_never

import msgspec

from clinguide.results import Advice, Confirm, Do, Result

Urgency: TypeAlias = Literal["1 h", "4 h", "24 h", "routine"]
URGENCIES: tuple[Urgency, ...] = ("1 h", "4 h", "24 h", "routine")
_STRENGTHS = ("shall", "recommend", "consider", "report")
_DRUG_VERBS = frozenset({"give", "continue", "change", "taper", "stop", "hold"})
_WATCHING = frozenset({"monitor", "consult", "transfer"})
_LIFE_FIRST = ("airway", "intubation", "status-epilepticus", "raised-pressure", "intracranial-pressure", "herniation")
"""What an object or a rule is called that comes before everything else."""


class Action(msgspec.Struct, frozen=True):
    """One thing to do, with all rules that ask for it; what is said of it is what they say together."""

    do: Do
    confirm_first: bool
    urgency: Urgency
    strength: str
    rules: tuple[str, ...]
    confirm: tuple[Confirm, ...]
    warnings: tuple[str, ...]
    verify: bool


def actions(result: Result) -> list[Action]:
    """What is to be done of all advices that are indicated, the same action once, in the order of doing them."""
    covered = {rule for planned in result.plan for rule in planned.covers}
    found: dict[object, list[Action]] = {}
    for advice in result.recommendations:
        for do in advice.do:
            # What another regimen of the same class covers stands in the plan and is not given twice.
            if _indicated(advice, do) and not (advice.rule in covered and do.give is not None):
                found.setdefault(_same(do), []).append(_action(advice, do))
    return sorted(map(_merged, found.values()), key=_order)


def _indicated(advice: Advice, do: Do) -> bool:
    match advice.status:
        case "recommended" | "confirm_first":
            return True
        case "withheld":
            return _goes_on(advice, do)
        case "needs_data" | "not_recommended":
            return False
        case _:
            assert_never(advice.status)


def _goes_on(advice: Advice, do: Do) -> bool:
    """Whether an action goes on while its advice waits or is held: limits are about the drug or the procedure.

    Watching the patient beside it harms nobody; an advice that is nothing but watching waits as a whole.
    """
    return do.verb in _WATCHING and any(other.verb not in _WATCHING for other in advice.do)


def held_back(advice: Advice) -> list[Do]:
    """The actions of a withheld advice that are really held."""
    return [do for do in advice.do if not _goes_on(advice, do)]


def _same(do: Do) -> object:
    """What makes two actions one: all that is done, and none of the rules that ask for it."""
    return (do.verb, do.give, do.object, do.route, do.over, do.every, do.duration, do.dose, do.state, tuple(do.parts))


def _action(advice: Advice, do: Do) -> Action:
    waits = advice.status == "confirm_first" and not _goes_on(advice, do)
    return Action(
        do,
        waits,
        _urgency(advice.within),
        advice.strength,
        (advice.rule,),
        tuple(advice.confirm) if waits else (),
        tuple(each.says for each in advice.warnings),
        bool(advice.verify),
    )


def _urgency(within: str) -> Urgency:
    return next((each for each in URGENCIES if each == within), "routine")


def _merged(same: list[Action]) -> Action:
    """One action for several advices: the most urgent time, the strongest word, and the surest status count."""
    sure = [each for each in same if not each.confirm_first]
    return Action(
        same[0].do,
        not sure,
        min((each.urgency for each in same), key=URGENCIES.index),
        min((each.strength for each in same), key=_strength),
        tuple(dict.fromkeys(rule for each in same for rule in each.rules)),
        () if sure else tuple(dict.fromkeys(confirm for each in same for confirm in each.confirm)),
        tuple(dict.fromkeys(warning for each in same for warning in each.warnings)),
        any(each.verify for each in same),
    )


def _strength(word: str) -> int:
    return _STRENGTHS.index(word) if word in _STRENGTHS else len(_STRENGTHS)


def _order(action: Action) -> tuple[int, int, bool, int]:
    # What is running goes on by itself; what is to be started does not.
    running = action.do.state == "continue"
    return (URGENCIES.index(action.urgency), _kind(action), running, _strength(action.strength))


def _kind(action: Action) -> int:
    """Airway, status epilepticus and raised pressure; intensive care; what is to be confirmed; drugs; the rest."""
    named = (action.do.object or "", *action.rules)
    if any(word in name for word in _LIFE_FIRST for name in named):
        return 0
    if action.do.verb == "transfer":
        return 1
    if action.confirm_first:
        return 2
    return 3 if action.do.verb in _DRUG_VERBS else 4


def done(found: Iterable[Action]) -> tuple[list[Action], list[Action]]:
    """The actions that are still to be done, and those that are charted as done."""
    every = list(found)
    return [each for each in every if each.do.state != "done"], [each for each in every if each.do.state == "done"]
