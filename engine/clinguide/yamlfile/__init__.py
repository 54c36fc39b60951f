"""Strict YAML with places: every value knows its file, line and columns.

YAML 1.2 core and less: no anchors, aliases, tags or second documents, keys are text and stand once, numbers are plain
decimals. Stock readers take `on` for true, `12:30` for 750 and the last of two equal keys; here nothing is silently
something else. Time and memory are bounded by the size of the text.
"""

from clinguide.yamlfile.build import DEEPEST, parse, read
from clinguide.yamlfile.nodes import Mapping, Node, Scalar, Sequence, exact, find, get, key_of, plain
from clinguide.yamlfile.text import LARGEST, MOST_PROBLEMS, read_text

__all__ = [
    "DEEPEST",
    "LARGEST",
    "MOST_PROBLEMS",
    "Mapping",
    "Node",
    "Scalar",
    "Sequence",
    "exact",
    "find",
    "get",
    "key_of",
    "parse",
    "plain",
    "read",
    "read_text",
]
