"""A small knowledge folder of real YAML files, for tests of compiling, evaluating and assessing, and courses for it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent, indent
from typing import Any

from clinguide.assess import Assessment, assess
from clinguide.compile import Knowledge, compile_knowledge
from clinguide.course import Course, Timeline, check, time_of
from clinguide.evaluate import Evaluation, evaluate
from clinguide.model import Content
from clinguide.read import read
from clinguide.values import MICRO, Value

DRUGS = """\
anticytokine: {title: Drug against cytokines}
systemic-corticosteroid:
  title: Systemic corticosteroid
  class: anticytokine
  one_regimen: true
  routes: [intravenous, oral, intramuscular]
tocilizumab: {title: Tocilizumab, class: anticytokine, routes: [intravenous, subcutaneous]}
anakinra: {title: Anakinra, class: anticytokine}
dexamethasone:
  title: Dexamethasone
  class: systemic-corticosteroid
  equivalence: {dexamethasone-equivalent: 1}
  covers: 24 h
methylprednisolone:
  title: Methylprednisolone
  class: systemic-corticosteroid
  equivalence: {dexamethasone-equivalent: 0.1875}
  covers: 24 h
acetaminophen: {title: Acetaminophen}
"""
ACTIONS = """\
blood-cultures: {title: Blood cultures, done_for: 24 h}
urine-culture: {title: Urine culture, done_for: 24 h}
work-up: {title: Work-up, parts: [blood-cultures, urine-culture]}
lumbar-puncture: {title: Lumbar puncture}
"""
BASE = {
    "drugs.yaml": DRUGS,
    "actions.yaml": ACTIONS,
    "sources.yaml": "book: {title: A book}\n",
    "guidelines/ours/statements.yaml": (
        "- {id: ST-01, says: So it is., source: book, read: primary, confidence: high, held_by: these tests}\n"
    ),
    "guidelines/ours/guideline.yaml": "title: Ours\nid: ours\npublisher: Us\n",
    "protocols/default.yaml": (
        "title: Default\nid: default\nkind: protocol\nversion: 0.1.0\nstatus: draft\nuses: [ours]\nwhy: Because.\n"
    ),
}
"""What every folder has; a test says only what matters to it."""


def rule(name: str, kind: str, body: str, status: str = "draft") -> str:
    """The text of a rule file: the header that every rule has, and its body."""
    return (
        f"title: {name}\nid: {name}\nkind: {kind}\nversion: 1.0.0\nstatus: {status}\nstates: [ST-01]\nwhy: Because.\n"
    ) + dedent(body)


def grade(name: str, body: str) -> str:
    """The text of a grade."""
    return rule(name, "grade", body)


def advice(name: str, when: str, do: str, more: str = "") -> str:
    """The text of a recommendation: its condition and what it does, both as lists."""
    body = "strength: recommend\ncertainty: not_stated\nbasis: consensus\nwithin: 1 h\n" + dedent(more)
    body += f"when:\n{indent(dedent(when).strip(), '  ')}\ndo:\n{indent(dedent(do).strip(), '  ')}\n"
    return rule(name, "recommendation", body)


def limit(name: str, guards: str, must: str, otherwise: str = "withhold", if_unknown: str = "confirm") -> str:
    """The text of an invariant: what it guards, and its condition as a list."""
    body = f"guards: {guards}\nmust:\n{indent(dedent(must).strip(), '  ')}\n"
    return rule(name, "invariant", body + f"otherwise: {otherwise}\nif_unknown: {if_unknown}\ninstead: Wait.\n")


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write the files of a knowledge folder."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    return folder


def content(elements: str = "", rules: Sequence[str] = (), files: Mapping[str, str] | None = None) -> Content:
    """The content of a small folder; `files` add to what every folder has, or replace it."""
    return _content(dedent(elements), tuple(rules), tuple((files or {}).items()))


@lru_cache(maxsize=256)
def _content(elements: str, rules: tuple[str, ...], files: tuple[tuple[str, str], ...]) -> Content:
    named = {f"guidelines/ours/rule-{number}.yaml": text for number, text in enumerate(rules)}
    facts = {"elements/facts.yaml": elements} if elements else {}
    with TemporaryDirectory() as folder:
        return read(write(Path(folder), {**BASE, **facts, **named, **dict(files)}), "knowledge")


def knowledge(elements: str = "", rules: Sequence[str] = (), files: Mapping[str, str] | None = None) -> Knowledge:
    """The knowledge of a small folder under its default protocol, for the editions without an end."""
    return _knowledge(dedent(elements), tuple(rules), tuple((files or {}).items()))


@lru_cache(maxsize=256)
def _knowledge(elements: str, rules: tuple[str, ...], files: tuple[tuple[str, str], ...]) -> Knowledge:
    return compile_knowledge(_content(elements, rules, files))


# --- courses ----------------------------------------------------------------------------------------------------------

INFUSED = "2026-03-01T10:00:00Z"
COMPLETE = "2026-02-20T00:00:00Z"


def clock(text: str) -> str:
    """A time of March 2026, written `04T09:00` or with seconds, as a course has it."""
    return f"2026-03-{text}:00Z" if text.count(":") == 1 else f"2026-03-{text}Z"


def event(at: str, **said: Any) -> dict[str, Any]:
    """One event of March 2026: `observed`, `given`, `started`, `changed`, `stopped`, `missed` or `done`."""
    return {"at": clock(at), **said}


def observed(at: str, **facts: Any) -> dict[str, Any]:
    """What was charted at a time of March 2026."""
    return event(at, observed=facts)


def dose(at: str, drug: str, amount: str = "10 mg", **more: Any) -> dict[str, Any]:
    """One administration."""
    return event(at, given={"drug": drug, "dose": amount, "route": "intravenous", **more})


def course(*events: Mapping[str, Any], complete: str | None = COMPLETE, **more: Any) -> Course:
    """A course with an infusion on the first of March, its record complete unless `complete` is None."""
    record = {"medications": {"complete_since": complete}} if complete else {}
    infusions = [{"product": "axi-cel", "at": INFUSED}]
    return Course.from_dict({"course": "a", "infusions": infusions, **record, "events": list(events), **more})


def timeline(made: Knowledge, what: Course, at: str | int | None = None) -> Timeline:
    """A course checked against a knowledge, up to a time of March 2026 or a number of microseconds."""
    until = time_of(clock(at)) if isinstance(at, str) else at
    return check(what, made.elements, made.drugs, made.actions, at=until)


def evaluated(made: Knowledge, what: Course, at: str | int | None = None) -> Evaluation:
    """The evaluation of a course at a time of March 2026."""
    return evaluate(made, timeline(made, what, at))


def value(made: Knowledge, what: Course, name: str, at: str | int | None = None) -> Value:
    """The value of a name; numbers as whole units."""
    found = evaluated(made, what, at).values[name]
    return (found[0] / MICRO, found[1] / MICRO) if isinstance(found, tuple) else found


def assessed(made: Knowledge, what: Course | Mapping[str, Any], at: str | None = None) -> Assessment:
    """The assessment of a course, or of facts at one moment, by the reference engine alone."""
    known = what if isinstance(what, Course) else Course.from_facts(what)
    return assess(made, known, clock(at) if at else None, second_engine=False)
