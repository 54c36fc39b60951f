"""A knowledge of one rule, small enough to be read by a command in a test, and how to run one."""

from pathlib import Path

from click.testing import CliRunner, Result

from clinguide.cli import cli

NOW = "2026-03-04T23:00:00Z"
_FILES = {
    "elements/vital-signs.yaml": """\
        temperature:
          title: Body temperature
          type: number
          unit: Cel
          plausible: 25 Cel to 45 Cel
          step: 0.1 Cel
          fresh_for: 8 h
        """,
    "sources.yaml": """\
        a-book:
          title: A book
        """,
    "guidelines/ours/guideline.yaml": """\
        title: Our own
        id: ours
        publisher: clinguide
        sources: [a-book]
        effective: {from: 2020-01-01}
        supersedes: []
        review_by: 2027-01-01
        """,
    "guidelines/ours/statements.yaml": """\
        - id: FE-01
          says: A fever is 38.0 or more.
          source: a-book
          read: primary
          confidence: high
        """,
    "guidelines/ours/fever.yaml": """\
        title: Fever grade
        id: fever.grade
        kind: grade
        version: 1.0.0
        status: draft
        states: [FE-01]
        why: A rule for tests.
        rows:
          - grade: 1
            states: [FE-01]
            all:
              - temperature >= 38 Cel
        """,
    "guidelines/ours/fever.cases.yaml": """\
        rule: fever.grade
        cases:
          - name: 38.0 is a fever
            given: {temperature: 38.0 Cel}
            expect: {grade: 1}
          - name: 37.9 is none
            given: {temperature: 37.9 Cel}
            expect: {grade: 0}
        """,
    "protocols/default.yaml": """\
        title: Default
        id: default
        kind: protocol
        version: 0.1.0
        status: draft
        uses: [ours]
        why: For tests.
        """,
}
COURSE = """\
course: somebody
events:
  - at: 2026-03-04T21:00:00Z
    observed:
      temperature: 38.4 Cel
"""


def small_knowledge(folder: Path, **changes: tuple[str, str]) -> Path:
    """A knowledge of one rule in a folder; `fever=("38 Cel", "39 Cel")` changes a text of the file of that stem."""
    for name, text in _FILES.items():
        path = folder / "small" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [line.removeprefix(" " * 8) for line in text.splitlines()]
        whole = "\n".join(lines).rstrip() + "\n"
        old, new = changes.get(path.name.removesuffix(".yaml").replace(".", "_").replace("-", "_"), ("", ""))
        path.write_text(whole.replace(old, new) if old else whole, encoding="utf-8")
    return folder / "small"


def run(*arguments: str | Path, now: str = NOW) -> Result:
    """Run the real command in this process, with a clock of its own."""
    return CliRunner().invoke(cli, ["--now", now, *map(str, arguments)])
