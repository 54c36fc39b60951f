"""What libyaml complains of, in plain words."""

import msgspec
import yaml

from clinguide.problems import Problem
from clinguide.yamlfile.places import part_of_line


class _Complaint(msgspec.Struct, frozen=True):
    """Words of libyaml, and ours; `opened` is whether the place shown is where the thing began."""

    context: str
    problem: str
    message: str
    hint: str
    code: str = "yaml-syntax"
    opened: bool = False


_NEIGHBOURS = "indent it as the lines beside it, and close quotes and brackets above it"
_QUOTE = "put it in quotes"
_UNTAG = "delete it; put text in quotes"

_BEHIND = _Complaint("", "", "text behind the end of a value", "put the whole value in quotes")

# The first that fits says it.
_COMPLAINTS = (
    _Complaint(
        "", "mapping values are not allowed", "a ': ' that starts no value", f"quote the text; or {_NEIGHBOURS}"
    ),
    _Complaint("", "unknown escape", "no such escape in double quotes", "use single quotes"),
    _Complaint("quoted scalar", "", "this quote is never closed", "close it on the same line", opened=True),
    _Complaint("flow seq", "", "this list is not closed, or lacks a comma", "use block style", "yaml-flow", True),
    _Complaint("flow map", "", "this mapping is not closed, or lacks a comma", "use block style", "yaml-flow", True),
    _Complaint("", "expected '-'", "this line is no item of the list above", f"begin it with '- '; or {_NEIGHBOURS}"),
    _Complaint("", "expected key", "this does not continue the lines above", _NEIGHBOURS),
    _Complaint("", "expected ':'", "a key without its ': '", "write 'key: value'", opened=True),
    _Complaint("", "block sequence entries", "a list cannot start here", "begin it on the next line"),
    _Complaint("", "cannot start any token", "a value cannot begin with this character", _QUOTE),
    _Complaint("alias", "", "a value cannot begin with '*'", _QUOTE, opened=True),
    _Complaint("anchor", "", "a value cannot begin with '&'", _QUOTE, opened=True),
    _Complaint("", "tag", "a tag (!)", _UNTAG, "yaml-tag", opened=True),
    _Complaint("tag", "", "a tag (!)", _UNTAG, "yaml-tag", opened=True),
    _Complaint("directive", "", "a directive", "delete the line that begins with %", "yaml-tag", opened=True),
    _Complaint("", "<document start>", "the document has ended before this", "delete it; one file holds one document"),
    _Complaint("block scalar", "", "text beside | or >", "begin the text on the next line"),
    _Complaint("", "node content", "a value cannot begin here", "put it in quotes, or delete it"),
)


def syntax_problem(error: yaml.YAMLError, file: str, lines: tuple[str, ...]) -> Problem:
    """An error of the YAML reader as a problem, at the place that the author has to change."""
    context, problem = str(getattr(error, "context", None) or ""), str(getattr(error, "problem", None) or error)
    known = (each for each in _COMPLAINTS if each.context in context and each.problem in problem)
    said = next(known, _Complaint("", "", problem, "simplify the text around this place"))
    mark = (getattr(error, "context_mark", None) if said.opened else None) or getattr(error, "problem_mark", None)
    # At the end of a text libyaml points behind its last line.
    line = max(min(mark.line, len(lines) - 1), 0) if mark else 0
    shown = lines[line] if lines else ""
    column = mark.column if mark and mark.line == line else len(shown.rstrip())
    if "expected key" in said.problem and shown[:column].strip():
        said = _BEHIND
    return Problem(said.code, said.message, part_of_line(file, lines, line, column, column + 1), said.hint)
