"""JSON Schemas of the knowledge and course files, and their complaints in plain words.

The schemas are what an editor shows while a file is written; the same schemas decide here. Every complaint has the
place of what it speaks about, and the description of that place as its hint.
"""

from clinguide.problems import Problem
from clinguide.schema.complaints import complaints
from clinguide.schema.validator import errors, schemas, shipped
from clinguide.yamlfile import Node, plain

__all__ = ["against", "schemas", "shipped"]


def against(node: Node, kind: str) -> tuple[Problem, ...]:
    """What the schema of `kind` ("rule", "elements", ...) has against a file, each complaint at its place."""
    return complaints(node, errors(plain(node), kind))
