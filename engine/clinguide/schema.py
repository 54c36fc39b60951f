"""JSON Schemas of the knowledge and course files, and their complaints in plain words.

The schemas are what an editor shows while a file is written; the same schemas decide here. Every complaint has the
place of what it speaks about, and the description of that place as its hint.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

from jsonschema import Draft202012Validator, TypeChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from clinguide.problems import Problem, Span
from clinguide.spelling import did_you_mean, odd_character
from clinguide.yamlfile import Mapping as Keys
from clinguide.yamlfile import Node, find, plain

Schema: TypeAlias = Mapping[str, Any]
Steps: TypeAlias = tuple[str | int, ...]

_LONGEST = 60
"""Characters of a wrong value that a message repeats."""

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys with values",
}


def shipped(name: str) -> Path:
    """The folder `knowledge` or `schemas` that came with the package; the repository's where it is not installed."""
    package = Path(__file__).parent
    inside = package / "_content" / name
    return inside if inside.is_dir() else package.parents[1] / name


def against(node: Node, kind: str) -> tuple[Problem, ...]:
    """What the schema of `kind` ("rule", "elements", ...) has against a file, each complaint at its place."""
    errors = list(_validator(kind).iter_errors(plain(node)))
    misspelt = frozenset(each for error in errors for each in _misspelt(error))
    return tuple(
        problem for error in errors if not _follows_from(error, misspelt) for problem in _told(node, error, kind)
    )


@cache
def _schemas() -> Mapping[str, Schema]:
    files = sorted(shipped("schemas").glob("*.schema.json"))
    return {file.name: json.loads(file.read_text(encoding="utf-8")) for file in files}


@cache
def _validator(kind: str) -> Draft202012Validator:
    schemas = _schemas()
    resources = [(name, DRAFT202012.create_resource(schema)) for name, schema in schemas.items()]
    registry: Registry[Any] = Registry().with_resources(resources)
    return _Strict(schemas[f"{kind}.schema.json"], registry=registry)


def _is_whole(_: TypeChecker, value: object) -> bool:
    # JSON Schema takes 4.0 for a whole number; a grade is written 4.
    return isinstance(value, int) and not isinstance(value, bool)


def _pattern(_: Any, pattern: str, value: object, schema: Schema) -> Iterator[ValidationError]:
    # Python's $ also stands before a last line break, with which a block of text ends.
    text = value if isinstance(value, str) else None
    if text is not None and (not re.search(pattern, text) or ("\n" in text and pattern.endswith("$"))):
        yield ValidationError(f"{text!r} is not a valid {schema.get('title', 'text')}")


_Strict = extend(
    Draft202012Validator,
    {"pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_whole),
)

# --- one error to problems --------------------------------------------------------------------------------------------


def _told(node: Node, error: ValidationError, kind: str) -> Iterator[Problem]:
    """The problems that one error of the validator amounts to."""
    match error.validator:
        case "additionalProperties":
            for key, meant in _unknown_keys(error):
                hint = f"did you mean '{meant}'?" if meant else _choice("keys here are", error.schema["properties"])
                yield Problem("unknown-key", f"'{key}' is no key here", _key_span(node, _path(error), key), hint)
        case "required":
            key = error.message.split("'")[1]
            hint = _described(error.schema.get("properties", {}).get(key, {}), kind)
            yield Problem("schema", f"'{key}' is missing", _start(find(node, _path(error))), hint)
        case "dependentRequired":
            yield from _lonely(node, error)
        case "oneOf":
            yield _one_of(node, error)
        case "not":
            yield _excluded(node, error)
        case _ if "propertyNames" in error.absolute_schema_path:
            yield Problem(
                "schema", _wrong(error), _key_span(node, _path(error), str(error.instance)), _hint(error, kind)
            )
        case _:
            yield Problem("schema", _wrong(error), find(node, _path(error)).span, _hint(error, kind))


def _wrong(error: ValidationError) -> str:
    """What is wrong with one value, in plain words."""
    called, limit, value = _called(error), error.validator_value, error.instance
    match error.validator:
        case "type":
            kinds = [limit] if isinstance(limit, str) else limit
            return f"{called} must be {_either(_TYPES[each] for each in kinds)}, not {_kind_of(value)}"
        case "enum":
            return f"'{_shown(value)}' is not one of {', '.join(map(_shown, limit))}"
        case "const":
            return f"{called} must be {_shown(limit)}"
        case "pattern":
            name = error.schema.get("title")
            return f"'{_shown(value)}' is no valid {name}" if name else f"{called} must not be empty"
        case "minItems" | "minLength" | "minProperties":
            return f"{called} must not be empty" if limit == 1 else f"{called} must have at least {limit} entries"
        case "minimum" | "maximum":
            return f"{called} must be at {'least' if error.validator == 'minimum' else 'most'} {limit}"
        case "exclusiveMinimum":
            return f"{called} must be more than {limit}"
        case "uniqueItems":
            twice = next(each for place, each in enumerate(value) if each in value[:place])
            return f"{called} names '{_shown(twice)}' twice"
        case _:
            return error.message


def _hint(error: ValidationError, kind: str) -> str | None:
    """What to write instead: the odd letter, the code that was meant, or the description of the place."""
    value = error.instance
    if error.validator == "pattern" and (odd := odd_character(value)):
        return odd
    if error.validator == "enum" and isinstance(value, str):
        meant = did_you_mean(value, [each for each in error.validator_value if isinstance(each, str)])
        if meant:
            return f"did you mean '{meant}'?"
    return _described(error.schema, kind)


def _lonely(node: Node, error: ValidationError) -> Iterator[Problem]:
    for key, needed in error.validator_value.items():
        missing = [each for each in needed if key in error.instance and each not in error.instance]
        if missing:
            span = _key_span(node, _path(error), key)
            yield Problem("schema", f"'{key}' needs '{missing[0]}' beside it", span, error.schema.get("description"))


def _one_of(node: Node, error: ValidationError) -> Problem:
    """Of several keys, exactly one may stand."""
    options = _options(error)
    found = [key for key in error.instance if key in options]
    message = f"{_quoted(found)} cannot stand together" if found else _choice("exactly one is needed of", options)
    start = _start(find(node, _path(error)))
    span = _key_span(node, _path(error), found[1]) if found[1:] else start
    return Problem("schema", message, span, error.schema.get("description"))


def _excluded(node: Node, error: ValidationError) -> Problem:
    """A key that has no place, or two that exclude each other."""
    keys = error.validator_value.get("required", ())
    if keys:
        span = _key_span(node, _path(error), keys[1])
        return Problem("schema", f"{_quoted(keys)} cannot stand together", span, error.schema.get("description"))
    *above, key = _path(error)
    span = _key_span(node, tuple(above), str(key))
    return Problem("unknown-key", f"'{key}' has no place here", span, error.schema.get("description"))


# --- what follows from a misspelt key -------------------------------------------------------------------------------


def _unknown_keys(error: ValidationError) -> Iterator[tuple[str, str | None]]:
    """The keys that a mapping may not have, each with the allowed key that was probably meant."""
    allowed = error.schema["properties"]
    for key in error.instance:
        if key not in allowed:
            yield key, did_you_mean(key, allowed)


def _misspelt(error: ValidationError) -> Iterator[tuple[Steps, str]]:
    """The places at which a key was probably meant and is misspelt."""
    if error.validator == "additionalProperties":
        yield from ((_path(error), meant) for _, meant in _unknown_keys(error) if meant)


def _follows_from(error: ValidationError, misspelt: frozenset[tuple[Steps, str]]) -> bool:
    """Whether the error only says that a misspelt key is missing."""
    match error.validator:
        case "required":
            return (_path(error), error.message.split("'")[1]) in misspelt
        case "oneOf":
            return any((_path(error), key) in misspelt for key in _options(error))
        case _:
            return False


# --- places and words -----------------------------------------------------------------------------------------------


def _path(error: ValidationError) -> Steps:
    return tuple(error.absolute_path)


def _options(error: ValidationError) -> list[str]:
    return [each["required"][0] for each in error.validator_value]


def _start(node: Node) -> Span:
    """Where a mapping begins: its first key, so that the caret does not run over the whole of it."""
    return node.entries[0][0].span if isinstance(node, Keys) and node.entries else node.span


def _key_span(node: Node, steps: Steps, key: str) -> Span:
    found = find(node, steps)
    spans = [each.span for each, _ in found.entries if each.value == key] if isinstance(found, Keys) else []
    return spans[0] if spans else _start(found)


def _described(schema: Schema, kind: str) -> str | None:
    """The description of a schema, or of what it refers to."""
    if "description" in schema:
        return str(schema["description"])
    file, _, name = schema.get("$ref", "").partition("#/$defs/")
    for document in (file,) if file else (f"{kind}.schema.json", "common.schema.json"):
        found = _schemas()[document].get("$defs", {}).get(name)
        if found is not None:
            return _described(found, kind)
    return None


def _called(error: ValidationError) -> str:
    path = _path(error)
    return f"'{path[-1]}'" if path and isinstance(path[-1], str) else "this entry" if path else "the file"


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case _:
            return "keys with values"


def _shown(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _quoted(keys: Iterable[str]) -> str:
    return " and ".join(f"'{key}'" for key in keys)


def _either(words: Iterable[str]) -> str:
    *some, last = words
    return f"{', '.join(some)} or {last}" if some else last


def _choice(opening: str, keys: Iterable[str]) -> str:
    return f"{opening} {', '.join(keys)}"
