"""The floors of the pipeline: whoever changes one part need not read those above it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

FLOORS = [
    {"problems", "units", "values", "spelling"},
    {"yamlfile", "condition"},
    {"model", "results", "schema"},
    {"read", "course"},
    {"compile"},
    {"evaluate", "rete"},
    {"assess", "explain", "analyse"},
    {"report", "diff", "cases", "cohort"},
    {"audit", "release", "adapt"},
    {"cli", "web", "fhir", "hooks"},
    {"__init__", "__main__"},
]
FLOOR_OF = {module: floor for floor, modules in enumerate(FLOORS) for module in modules}
ROOT = Path(__file__).parents[1] / "engine" / "clinguide"
FILES = sorted(ROOT.rglob("*.py"))


def module_of(dotted: tuple[str, ...]) -> str:
    """Name the module or package directly under clinguide; a public name of clinguide itself is `__init__`."""
    return dotted[1] if dotted[1:] and dotted[1] in FLOOR_OF else "__init__"


def imported(file: Path) -> Iterator[tuple[str, ...]]:
    """Every dotted name that a file imports, wherever in the file, with relative imports resolved."""
    package = ("clinguide", *file.relative_to(ROOT).parent.parts)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (tuple(alias.name.split(".")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else ()
            inner = tuple(node.module.split(".")) if node.module else ()
            yield from ((*above, *inner, alias.name) for alias in node.names)


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_imports_only_from_lower_floors(file: Path) -> None:
    """A module reads from the floors below it; siblings do not know each other."""
    own = file.relative_to(ROOT).with_suffix("").parts[0]
    assert own in FLOOR_OF, f"{own} stands on no floor: add it to FLOORS where design and imports agree"
    read = {module_of(name) for name in imported(file) if name[0] == "clinguide"} - {own}
    assert {module for module in read if FLOOR_OF[module] >= FLOOR_OF[own]} == set()


def test_the_floors_are_those_of_the_package() -> None:
    """The check sees the real package: the lowest floor exists, and no module stands on two floors."""
    assert FLOORS[0] <= {file.stem for file in FILES}
    assert len(FLOOR_OF) == sum(map(len, FLOORS))
