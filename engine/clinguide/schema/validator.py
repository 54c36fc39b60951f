"""The schemas of the package, and the validator that holds data against them."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

Schema: TypeAlias = Mapping[str, Any]
Steps: TypeAlias = tuple[str | int, ...]


class Error(msgspec.Struct, frozen=True):
    """What the validator says is wrong: which keyword of which schema, with what, and where."""

    keyword: str
    wanted: Any
    schema: Any
    value: Any
    steps: Steps
    in_a_key: bool
    missing: str


def _error(error: ValidationError) -> Error:
    path = error.absolute_schema_path
    missing = error.message.split("'")[1] if error.validator == "required" else ""
    return Error(
        keyword=str(error.validator),
        wanted=error.validator_value,
        schema=error.schema,
        value=error.instance,
        steps=tuple(error.absolute_path),
        in_a_key="propertyNames" in path,
        missing=missing,
    )


def shipped(name: str) -> Path:
    """The folder `knowledge` or `schemas` that came with the package; the repository's where it is not installed."""
    package = Path(__file__).parents[1]
    inside = package / "_content" / name
    return inside if inside.is_dir() else package.parents[1] / name


def errors(data: object, kind: str) -> tuple[Error, ...]:
    """Every error of plain data against the schema of `kind`, the innermost of each."""
    return tuple(_error(each) for each in _validator(kind).iter_errors(data))


@cache
def schemas() -> Mapping[str, Schema]:
    """The shipped schemas by file name, each reference in them with the name of its file."""
    files = sorted(shipped("schemas").glob("*.schema.json"))
    return {file.name: _absolute(json.loads(file.read_text(encoding="utf-8")), file.name) for file in files}


def _absolute(schema: Any, file: str) -> Any:
    """The schema with every reference naming its file, so that it is found without knowing where it stands."""
    match schema:
        case {"$ref": str(reference)} if reference.startswith("#"):
            return {**schema, "$ref": file + reference}
        case dict():
            return {key: _absolute(value, file) for key, value in schema.items()}
        case list():
            return [_absolute(value, file) for value in schema]
        case _:
            return schema


@cache
def _validator(kind: str) -> Any:
    return _Strict(schemas()[f"{kind}.schema.json"])


def referred(reference: str) -> Schema:
    """The schema that a reference `file#/$defs/name` means."""
    file, _, name = reference.partition("#/$defs/")
    found: Schema = schemas()[file]["$defs"][name]
    return found


# --- keywords -----------------------------------------------------------------------------------------------------
# jsonschema is right and slow: two keywords that these schemas use everywhere have a quicker form here.


def _ref(validator: Any, reference: str, value: object, _: Schema) -> Iterator[ValidationError]:
    yield from validator.descend(value, referred(reference))


def _exactly_one(_: Any, options: list[Schema], value: object, __: Schema) -> Iterator[ValidationError]:
    # Every oneOf of ours is a choice of keys; a test holds the schemas to it.
    if isinstance(value, dict) and sum(option["required"][0] in value for option in options) != 1:
        yield ValidationError("exactly one of several keys")


def _pattern(_: Any, pattern: str, value: object, __: Schema) -> Iterator[ValidationError]:
    # Python's $ also stands before a last line break, with which a block of text ends.
    if isinstance(value, str) and (not re.search(pattern, value) or ("\n" in value and pattern.endswith("$"))):
        yield ValidationError("not of the pattern")


def _is_whole(_: object, value: object) -> bool:
    # JSON Schema takes 4.0 for a whole number; a grade is written 4.
    return isinstance(value, int) and not isinstance(value, bool)


_Strict: Any = extend(  # type: ignore[no-untyped-call]  # jsonschema has no types for it
    Draft202012Validator,
    {"$ref": _ref, "oneOf": _exactly_one, "pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole),
)
