"""Names: what the report calls things, taken from the knowledge that answered."""

from collections.abc import Iterator

import msgspec

from clinguide.compile import Knowledge


class Names(msgspec.Struct, frozen=True):
    """Titles of elements, rules, drugs and actions by id, and statements by guideline and id.

    A statement is what its source is called and how it was read.
    """

    titles: dict[str, str] = {}
    statements: dict[tuple[str, str], tuple[str, str]] = {}
    guidelines: dict[str, str] = {}

    def title(self, name: str) -> str:
        """The title of an element, rule, drug or action; its id where it has none."""
        return self.titles.get(name, name)

    def statement(self, rule: str, state: str) -> tuple[str, str]:
        """The source and the reading of a statement that a rule encodes; empty where it is not known."""
        return self.statements.get((self.guidelines.get(rule, ""), state), ("", ""))


def names_of(knowledge: Knowledge) -> Names:
    """The names of a knowledge."""
    rules = knowledge.content.rules
    return Names(
        titles=dict(_titles(knowledge)),
        statements={(each.guideline, each.id): (each.source, each.read) for each in knowledge.content.statements},
        guidelines={rule.header.id: rule.header.guideline for rule in rules},
    )


def _titles(knowledge: Knowledge) -> Iterator[tuple[str, str]]:
    content = knowledge.content
    yield from ((each.id, each.title) for each in content.actions)
    yield from ((each.id, each.title) for each in content.drugs)
    yield from ((each.id, each.title) for each in content.elements)
    for rule in content.rules:
        yield rule.header.id, rule.header.title
