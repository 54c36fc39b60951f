"""The schemas: every property is described, every mapping is closed, and they decide as the standard says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from clinguide import yamlfile
from clinguide.model import ChangeKind, ElementType, Status, Verb, Within
from clinguide.read.layout import kind_of, paths
from clinguide.schema import against, schemas, shipped

KNOWLEDGE = Path(__file__).parents[1] / "knowledge"
BAD = Path(__file__).parent / "problems"
OURS = [
    "actions",
    "cases",
    "common",
    "contradictions",
    "drugs",
    "elements",
    "guideline",
    "protocol",
    "questions",
    "rule",
    "sources",
    "statements",
]
# A rule is closed by its kind, an action by its verb, and a course by the schema of courses.
CLOSED_ELSEWHERE = {"", "/$defs/action", "/$defs/case/properties/course"}
SCHEMAS = {name: schemas()[f"{name}.schema.json"] for name in OURS}


def inside(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every mapping in a schema with its path."""
    if isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            yield from inside(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for place, value in enumerate(schema):
            yield from inside(value, f"{path}/{place}")


def referred(schema: dict[str, Any]) -> dict[str, Any]:
    """What a schema refers to; the schema itself where it refers to nothing."""
    if "$ref" not in schema:
        return schema
    file, _, name = schema["$ref"].partition("#/$defs/")
    found: dict[str, Any] = schemas()[file]["$defs"][name]
    return found


@pytest.mark.parametrize("name", OURS)
def test_it_is_a_schema_of_2020_12(name: str) -> None:
    """Editors can use the schemas: they are what JSON Schema 2020-12 says a schema is."""
    Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMAS[name]["description"]


@pytest.mark.parametrize("name", OURS)
def test_every_property_is_described(name: str) -> None:
    """Whoever writes a file is told in plain words what each key means."""
    for path, schema in inside(SCHEMAS[name]):
        for key, value in schema.get("properties", {}).items() if isinstance(schema.get("properties"), dict) else ():
            if "const" in value and len(value) == 1:
                continue  # the test of an `if`, which nobody sees
            assert value.get("description") or referred(value).get("description"), f"{path}: {key} is not described"


@pytest.mark.parametrize("name", OURS)
def test_every_mapping_is_closed(name: str) -> None:
    """A misspelt key is refused everywhere: nothing that was written is passed over without a word."""
    for path, schema in inside(SCHEMAS[name]):
        if schema.get("type") == "object" and not path.endswith("/if"):
            assert "additionalProperties" in schema or path in CLOSED_ELSEWHERE, f"{path} is open"


@pytest.mark.parametrize("name", OURS)
def test_the_quick_keywords_may_stand_in(name: str) -> None:
    """`oneOf` is a choice of single keys, and references have the form that is resolved here."""
    for path, schema in inside(SCHEMAS[name]):
        for option in schema.get("oneOf", ()):
            (key,) = option["required"]
            assert option == {"required": [key]}, path
        if isinstance(schema.get("$ref"), str):
            assert referred(schema), path


def test_closed_sets_are_those_of_the_model() -> None:
    """What the schemas allow and what the model holds are the same words."""
    rule, common = SCHEMAS["rule"]["$defs"], SCHEMAS["common"]["$defs"]
    verbs = {option["required"][0] for option in rule["action"]["oneOf"]}
    assert verbs == set(get_args(Verb))
    assert set(common["status"]["enum"]) == set(get_args(Status))
    assert set(rule["recommendation"]["properties"]["within"]["enum"]) == set(get_args(Within))
    changes = {option["required"][0] for option in SCHEMAS["protocol"]["$defs"]["change"]["oneOf"]}
    assert changes == set(get_args(ChangeKind))
    types = SCHEMAS["elements"]["$defs"]["element"]["properties"]["type"]["enum"]
    assert set(types) == set(get_args(ElementType))


def files() -> list[Any]:
    """Every readable knowledge file, shipped or bad on purpose: its name, kind and tree."""
    folders = [KNOWLEDGE, *sorted(BAD.glob("*/knowledge"))]
    found = [(folder / path, kind_of(path)) for folder in folders for path in paths(folder)]
    trees = [(path, kind, yamlfile.read(path)) for path, kind in found if kind]
    return [
        pytest.param(kind, tree, id=str(path.relative_to(KNOWLEDGE.parent)))
        for path, kind, (tree, problems) in trees
        if tree and not problems
    ]


def standard(kind: str) -> Draft202012Validator:
    """The validator as jsonschema ships it, with the schemas as their files say them."""
    resources = [(name, DRAFT202012.create_resource(schema)) for name, schema in schemas().items()]
    registry: Registry[Any] = Registry().with_resources(resources)
    return Draft202012Validator(schemas()[f"{kind}.schema.json"], registry=registry)


# JSON Schema takes 4.0 for a whole number, and we do not.
STRICTER = "schema--wrong-type"


@pytest.mark.parametrize(("kind", "tree"), [each for each in files() if STRICTER not in str(each.id)])
def test_it_decides_as_the_standard_does(kind: str, tree: yamlfile.Node) -> None:
    """The quicker keywords change no verdict: a file is refused here exactly where any editor refuses it."""
    assert (against(tree, kind) == ()) == standard(kind).is_valid(yamlfile.plain(tree))


def test_a_last_line_break_is_no_part_of_an_id() -> None:
    """An id in a block of text ends with a line break, and is refused with its place."""
    tree, _ = yamlfile.parse("title: Ours\nid: |\n  ours\npublisher: Us\n", "guideline.yaml")
    assert tree is not None
    (problem,) = against(tree, "guideline")
    assert problem.code == "schema"
    assert problem.span is not None
    assert problem.span.line == 3


def test_the_schemas_are_found_beside_the_package() -> None:
    """An installation from the repository reads the schemas of the repository."""
    assert {f"{name}.schema.json" for name in OURS} <= {file.name for file in shipped("schemas").iterdir()}
