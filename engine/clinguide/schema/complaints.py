"""What a schema has against a file, in plain words and at its place."""

from collections.abc import Iterable, Iterator

from clinguide.problems import Problem, Span
from clinguide.schema.validator import Error, Schema, Steps, referred
from clinguide.spelling import did_you_mean, odd_character
from clinguide.units import UnitError, quantity
from clinguide.yamlfile import Mapping, Node, find

_LONGEST = 60
"""Characters of a wrong value that a message repeats."""

_QUANTITIES = frozenset(("amount", "dose", "range", "length of time", "length of time, or a range of it", "value"))
"""Titles of the schemas whose text has a number and a unit."""

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "keys with values",
}


def complaints(node: Node, errors: Iterable[Error]) -> tuple[Problem, ...]:
    """The problems that the errors of a file amount to; what only follows from a misspelt key is left out."""
    found = tuple(errors)
    misspelt = frozenset(each for error in found for each in _misspelt(error))
    return tuple(problem for error in found if not _follows_from(error, misspelt) for problem in _told(node, error))


def _told(node: Node, error: Error) -> Iterator[Problem]:
    """The problems that one error of the validator amounts to."""
    match error.keyword:
        case "additionalProperties":
            for key, meant in _unknown_keys(error):
                hint = f"did you mean '{meant}'?" if meant else _choice("keys here are", error.schema["properties"])
                yield Problem("unknown-key", f"'{key}' is no key here", _key_span(node, error.steps, key), hint)
        case "required":
            described = _described(error.schema.get("properties", {}).get(error.missing, {}))
            yield Problem("schema", f"'{error.missing}' is missing", _start(find(node, error.steps)), described)
        case "dependentRequired":
            yield from _lonely(node, error)
        case "oneOf":
            yield _one_of(node, error)
        case "not":
            yield _excluded(node, error)
        case _ if error.in_a_key:
            yield Problem("schema", _wrong(error), _key_span(node, error.steps, str(error.value)), _hint(error))
        case _:
            yield Problem("schema", _wrong(error), find(node, error.steps).span, _hint(error))


def _wrong(error: Error) -> str:
    """What is wrong with one value, in plain words."""
    called, limit, value = _called(error), error.wanted, error.value
    match error.keyword:
        case "type":
            kinds = [limit] if isinstance(limit, str) else limit
            return f"{called} must be {_either(_TYPES[each] for each in kinds)}, not {_kind_of(value)}"
        case "enum":
            return f"'{_shown(value)}' is not one of {', '.join(map(_shown, limit))}"
        case "const":
            return f"{called} must be {_shown(limit)}"
        case "pattern":
            name = error.schema.get("title")
            return f"'{_shown(value)}' is not a valid {name}" if name else f"{called} must not be empty"
        case "minItems" | "minLength" | "minProperties":
            return f"{called} must not be empty" if limit == 1 else f"{called} must have at least {limit} entries"
        case "minimum" | "maximum":
            return f"{called} must be at {'least' if error.keyword == 'minimum' else 'most'} {limit}"
        case "exclusiveMinimum":
            return f"{called} must be more than {limit}"
        case "uniqueItems":
            # A list of one thing twice is long; the thing is short.
            twice = next(each for place, each in enumerate(value) if each in value[:place])
            return f"{called} names '{_shown(twice)}' twice"
        case _:
            return "this is not as it must be"


def _hint(error: Error) -> str | None:
    """What to write instead: the odd letter, the code that was meant, or the description of the place."""
    value = error.value
    if error.keyword == "pattern":
        return _unit_hint(error) or odd_character(value) or _described(error.schema)
    if error.keyword == "enum" and isinstance(value, str):
        meant = did_you_mean(value, [each for each in error.wanted if isinstance(each, str)])
        if meant:
            return f"did you mean '{meant}'?"
    return _described(error.schema)


def _unit_hint(error: Error) -> str | None:
    """What whoever reads units has to say about a text that is no quantity."""
    if error.schema.get("title") not in _QUANTITIES:
        return None
    try:
        for end in error.value.split(" to "):
            quantity(end)
    except UnitError as wrong:
        return wrong.hint
    return None


def _lonely(node: Node, error: Error) -> Iterator[Problem]:
    for key, needed in error.wanted.items():
        missing = [each for each in needed if key in error.value and each not in error.value]
        if missing:
            span = _key_span(node, error.steps, key)
            described = _described(error.schema["properties"][missing[0]])
            yield Problem("schema", f"'{key}' needs '{missing[0]}' beside it", span, described)


def _one_of(node: Node, error: Error) -> Problem:
    """Of several keys, exactly one may stand."""
    options = _options(error)
    found = [key for key in error.value if key in options]
    message = f"{_quoted(found)} cannot stand together" if found else _choice("exactly one is needed of", options)
    start = _start(find(node, error.steps))
    span = _key_span(node, error.steps, found[1]) if found[1:] else start
    return Problem("schema", message, span, error.schema.get("description"))


def _excluded(node: Node, error: Error) -> Problem:
    """A key that has no place, or two that exclude each other."""
    keys = error.wanted.get("required", ())
    if keys:
        span = _key_span(node, error.steps, keys[1])
        return Problem("schema", f"{_quoted(keys)} cannot stand together", span, error.schema.get("description"))
    *above, key = error.steps
    span = _key_span(node, tuple(above), str(key))
    return Problem("unknown-key", f"'{key}' has no place here", span, error.schema.get("description"))


# --- what follows from a misspelt key -------------------------------------------------------------------------------


def _unknown_keys(error: Error) -> Iterator[tuple[str, str | None]]:
    """The keys that a mapping may not have, each with the allowed key that was probably meant."""
    allowed = error.schema["properties"]
    for key in error.value:
        if key not in allowed:
            yield key, did_you_mean(key, allowed)


def _misspelt(error: Error) -> Iterator[tuple[Steps, str]]:
    """The places at which a key was probably meant and is misspelt."""
    if error.keyword == "additionalProperties":
        yield from ((error.steps, meant) for _, meant in _unknown_keys(error) if meant)


def _follows_from(error: Error, misspelt: frozenset[tuple[Steps, str]]) -> bool:
    """Whether the error only says that a misspelt key is missing."""
    match error.keyword:
        case "required":
            return (error.steps, error.missing) in misspelt
        case "oneOf":
            return any((error.steps, key) in misspelt for key in _options(error))
        case _:
            return False


# --- places and words -----------------------------------------------------------------------------------------------


def _options(error: Error) -> list[str]:
    return [each["required"][0] for each in error.wanted]


def _start(node: Node) -> Span:
    """Where a mapping begins: its first key, so that the caret does not run over the whole of it."""
    return node.entries[0][0].span if isinstance(node, Mapping) and node.entries else node.span


def _key_span(node: Node, steps: Steps, key: str) -> Span:
    found = find(node, steps)
    spans = [each.span for each, _ in found.entries if each.value == key] if isinstance(found, Mapping) else []
    return spans[0] if spans else _start(found)


def _described(schema: Schema) -> str | None:
    """The description of a schema, or of what it refers to."""
    if "description" in schema:
        return str(schema["description"])
    return _described(referred(schema["$ref"])) if "$ref" in schema else None


def _called(error: Error) -> str:
    path = error.steps
    return f"'{path[-1]}'" if path and isinstance(path[-1], str) else "this entry" if path else "the file"


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return _shown(value)
        case int() | float():
            return f"the number {value}"
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
