"""The worker process: builds durable-rules rulesets from its first line, then answers one line for each line.

It imports nothing of clinguide and is run as a file, so that it starts fast and stands alone. It asserts one fact in
one session at a time and deletes the session at once. Whatever looks odd ends it with a line that says so: a fresh
process is cheaper than trust in this one.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

Facts = dict[str, int | str]


class Oddity(Exception):  # noqa: N818 - it names what was seen
    """durable-rules did something that must not go on."""


class Ruleset:
    """One shard in durable-rules, and what fired in it last."""

    def __init__(self, host: Any, shard: dict[str, Any]) -> None:
        self._host = host
        self._kind: str = shard["kind"]
        self._marker: str = shard["marker"]
        self._most: int = shard["most"]
        self._fields: list[str] = shard["fields"]
        self._gives: dict[str, str] = shard["gives"]
        self._fired: list[str] = []
        # Lower priorities fire first, so the marker shows that the session lives before anything else is believed.
        rules = {self._marker: self._rule(self._marker, {"kind": self._kind}, 0)}
        rules.update({name: self._rule(name, test, 1) for name, test in shard["rules"].items()})
        host.set_rulesets({self._kind: rules})

    def _rule(self, name: str, test: dict[str, Any], priority: int) -> dict[str, Any]:
        return {"all": [{"m": test}], "pri": priority, "run": self._recorder(name)}

    def _recorder(self, name: str) -> Callable[[Any], None]:
        # Exactly one positional parameter: with a second one durable-rules waits for a callback that never comes.
        def record(_matched: Any) -> None:
            if len(self._fired) == self._most:
                raise Oddity(f"{self._kind} fired more than {self._most} times")
            self._fired.append(name)

        return record

    def ask(self, facts: Facts, session: str) -> list[str]:
        """The names of the rules that fire on `facts`; fields that later rules read are added to `facts`."""
        self._fired.clear()
        fact: dict[str, Any] = {field: facts[field] for field in self._fields if field in facts}
        state = self._host.assert_fact(self._kind, {"kind": self._kind, "sid": session, **fact})
        if "exception" in (state or {}):
            raise Oddity(f"a callback failed: {state['exception']}")
        if self._fired[:1] != [self._marker]:
            # Deleting a session in which nothing fired is a segmentation fault.
            raise Oddity(f"{self._kind}: the marker rule did not fire first")
        self._host.delete_state(self._kind, session)
        found = list(dict.fromkeys(self._fired[1:]))
        facts.update({self._gives[name]: "yes" for name in found if name in self._gives})
        return found


def rulesets(scopes: dict[str, list[dict[str, Any]]]) -> dict[str, list[Ruleset]]:
    """Every ruleset of every scope, in a host that starts no threads."""
    from durable import engine

    class QuietHost(engine.Host):  # type: ignore[misc]  # durable-rules has no types
        """Upstream starts two timer threads here; none are wanted."""

        def _run(self) -> None:
            pass

    host = QuietHost()
    return {scope: [Ruleset(host, shard) for shard in shards] for scope, shards in scopes.items()}


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
        text = getattr(error, "message", None) or str(error)
        say({"number": -1, "fault": f"{type(error).__name__}: {text}"})


def main() -> None:
    """Serve on standard input and output; what C code prints goes to standard error."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
