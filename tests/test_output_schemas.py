"""The schemas of the outputs: what a program may rely on is what the program that writes it has."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from cli_material import run, small_knowledge
from clinguide.assess import assess
from clinguide.cli.check import Checked
from clinguide.cli.test import CasesRun
from clinguide.course import Course
from clinguide.results import Result, Run
from clinguide.schema import shipped as folder
from reports import COURSES, EXAMPLES, shipped


class Written(msgspec.Struct):
    """What `assess --json` writes."""

    result: Result
    run: Run


WRITTEN = {"assessment": Written, "check": Checked, "test": CasesRun}
SAID_ONLY = ("description", "title", "pattern", "additionalProperties", "$schema", "$defs")


def schema(name: str) -> Any:
    """A shipped schema as its file has it."""
    return json.loads((folder("schemas") / f"{name}.schema.json").read_text(encoding="utf-8"))


def bare(part: Any, defs: dict[str, Any]) -> Any:
    """A schema as what it allows alone: references followed, alternatives in one order, no words."""
    if isinstance(part, list):
        return [bare(each, defs) for each in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return bare(defs[part["$ref"].rsplit("/", 1)[1]], defs)
    found = {key: bare(value, defs) for key, value in part.items() if key not in SAID_ONLY and key != "properties"}
    if "properties" in part:
        found["properties"] = {key: bare(value, defs) for key, value in part["properties"].items()}
    if isinstance(found.get("type"), list):
        found["anyOf"] = [{"type": each} for each in found.pop("type")]
    if "anyOf" in found:
        found["anyOf"] = sorted(found["anyOf"], key=lambda each: json.dumps(each, sort_keys=True))
    return found


@pytest.mark.parametrize("name", WRITTEN)
def test_the_schema_is_the_contract(name: str) -> None:
    """Names, types, and what is required are those of the structs that are written, without one more or less."""
    ours, theirs = schema(name), msgspec.json.schema(WRITTEN[name])
    assert bare(ours, ours["$defs"]) == bare(theirs, theirs["$defs"])


@pytest.mark.parametrize("name", WRITTEN)
def test_every_key_is_described_and_every_object_closed(name: str) -> None:
    """A reader of the schema learns what each key means, and a key that is not there is an error."""
    whole = schema(name)
    Draft202012Validator.check_schema(whole)
    for part in (whole, *whole["$defs"].values()):
        assert part["description"].strip()
        assert part["additionalProperties"] is False
        assert all(value["description"].strip() for value in part["properties"].values())


@pytest.mark.parametrize("course", COURSES)
def test_an_assessment_keeps_to_its_schema(course: str) -> None:
    """What is written for each example is what the schema says, times and digests included."""
    found = assess(shipped(), Course.read(EXAMPLES / f"{course}.yaml"), second_engine=False)
    assert [
        error.message for error in Draft202012Validator(schema("assessment")).iter_errors(json.loads(found.to_json()))
    ] == []


def test_check_and_test_keep_to_their_schemas(tmp_path: Path) -> None:
    """With and without problems and failures."""
    for changes in ({}, {"fever": ("temperature >=", "temperatur >=")}):
        answer = json.loads(run("check", "--json", small_knowledge(tmp_path, **changes)).stdout)
        assert [error.message for error in Draft202012Validator(schema("check")).iter_errors(answer)] == []
    for changes in ({}, {"fever_cases": ("{grade: 0}", "{grade: 1}")}):
        answer = json.loads(run("--json", "--knowledge", small_knowledge(tmp_path, **changes), "test").stdout)
        assert [error.message for error in Draft202012Validator(schema("test")).iter_errors(answer)] == []
