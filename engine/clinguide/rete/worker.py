"""The worker process: builds durable-rules rulesets from its first line, then answers one line for each line.

It imports nothing of clinguide and is run as a file, so that it starts fast and stands alone. It asserts one fact in
one session at a time and deletes the session at once. Whatever looks odd ends it with a line that says so: a fresh
process is cheaper than trust in this one.

It speaks to durable-rules' own C module. The Python layer above that swallows exceptions of callbacks, starts threads,
gives up silently after ten seconds, and reads and writes the whole fact again for every rule that fires.
"""

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

Facts = dict[str, int | str]

# As bytes of the file in rules and facts alike: durable-rules compares texts byte by byte.
_encode = json.JSONEncoder(ensure_ascii=False).encode
_FIRED = re.compile(r'\s*\{\s*"([^"]+)"')
"""What fires is told as `{"RULE": {"m": FACT}}`."""


class Oddity(Exception):  # noqa: N818 - it names what was seen
    """durable-rules did something that must not go on."""


class Ruleset:
    """One shard in durable-rules."""

    def __init__(self, engine: Any, shard: dict[str, Any]) -> None:
        self._engine = engine
        self._kind: str = shard["kind"]
        self._marker: str = shard["marker"]
        self._most: int = shard["most"]
        self._fields: list[str] = shard["fields"]
        self._gives: dict[str, str] = shard["gives"]
        # Lower priorities fire first, so the marker shows that the session lives before anything else is believed.
        rules = {self._marker: _rule({"kind": self._kind}, 0)}
        rules.update({name: _rule(test, 1) for name, test in shard["rules"].items()})
        self._handle = engine.create_ruleset(self._kind, _encode(rules))

    def ask(self, facts: Facts, session: str) -> list[str]:
        """The names of the rules that fire on `facts`; fields that later rules read are added to `facts`."""
        read = {field: facts[field] for field in self._fields if field in facts}
        fact = _encode({"kind": self._kind, "sid": session, **read})
        # 0: taken. 1: no rule matched. 2: seen before. 3: put off.
        result, state = self._engine.assert_fact(self._handle, fact)
        if result != 0:
            raise Oddity(f"{self._kind}: durable-rules did not take the fact (result {result})")
        fired = self._drain(state, f'"sid": "{session}"')
        if fired[:1] != [self._marker]:
            # Deleting a session in which nothing fired is a segmentation fault.
            raise Oddity(f"{self._kind}: the marker rule did not fire first")
        self._engine.delete_state(self._handle, session)
        found = list(dict.fromkeys(fired[1:]))
        facts.update({self._gives[name]: "yes" for name in found if name in self._gives})
        return found

    def _drain(self, state: int, own: str) -> list[str]:
        """Every rule that fires, in order; never more than can be, and only on the fact of this session."""
        started = self._engine.start_action_for_state(self._handle, state)
        told = started[1] if started else None
        fired: list[str] = []
        while told:
            name = _FIRED.match(told)
            if name is None or own not in told:
                raise Oddity(f"{self._kind}: something else fired: {told[:80]}")
            if len(fired) == self._most:
                raise Oddity(f"{self._kind} fired more than {self._most} times")
            fired.append(name[1])
            told = self._engine.complete_and_start_action(self._handle, state)
        return fired


def _rule(test: dict[str, Any], priority: int) -> dict[str, Any]:
    return {"all": [{"m": test}], "pri": priority}


def rulesets(scopes: dict[str, list[dict[str, Any]]]) -> dict[str, list[Ruleset]]:
    """Every ruleset of every scope."""
    import durable_rules_engine as engine  # type: ignore[import-not-found,import-untyped,unused-ignore]  # C, untyped

    return {scope: [Ruleset(engine, shard) for shard in shards] for scope, shards in scopes.items()}


def answer(scopes: dict[str, list[Ruleset]], request: dict[str, Any], sessions: Iterator[int]) -> dict[str, Any]:
    """What fired in each scope that was asked, in the order of asking."""
    fired = []
    for scope, facts in request["asked"]:
        known: Facts = dict(facts)
        fired.append([name for ruleset in scopes[scope] for name in ruleset.ask(known, str(next(sessions)))])
    return {"number": request["number"], "fired": fired}


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer until the requests end or something is odd."""

    def say(line: dict[str, Any]) -> None:
        answers.write(json.dumps(line).encode() + b"\n")
        answers.flush()

    try:
        first = json.loads(requests.readline())
        # Should the parent die while C code hangs, nobody is left to kill this process: it ends itself.
        signal.alarm(first["alarm"])
        scopes = rulesets(first["scopes"])
        sessions = iter(range(1, 10**12))
        say({"number": 0, "fired": []})
        signal.alarm(0)
        while line := requests.readline():
            signal.alarm(first["alarm"])
            say(answer(scopes, json.loads(line), sessions))
            signal.alarm(0)
    except Exception as error:  # noqa: BLE001 - the parent decides; here every fault is only told
        say({"number": -1, "fault": f"{type(error).__name__}: {error}"})


def main() -> None:
    """Serve on standard input and output; what C code prints goes to standard error."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
