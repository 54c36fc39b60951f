"""What durable-rules cannot be trusted with is refused when the rules are built, with a text that says what it is."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given

from clinguide.compile.atoms import Atom, BooleanAtom, Both, CodeAtom, Either, Item, NumberAtom
from clinguide.rete import process
from clinguide.rete.patterns import MOST_GROUPS, MOST_WAYS, comparisons, groups, ways
from clinguide.rete.ruleset import (
    MOST_COMPARISONS,
    MOST_FIELDS,
    MOST_FIRINGS,
    RESERVED,
    build,
    fnv1a,
    refuse_collisions,
)
from rete_material import ALL, FEVER, atom_kinds, mirrored, no, one, patterns, yes

FIXED: tuple[Atom, ...] = (
    NumberAtom("n", "=", 3),
    CodeAtom("c", frozenset("ab"), frozenset("cd")),
    BooleanAtom("p"),
    BooleanAtom("q"),
    BooleanAtom("r"),
)


@given(pattern=patterns(len(FIXED)))
def test_every_shard_stays_within_the_limits_of_durable_rules(pattern: Both) -> None:
    """However the condition looks, no rule and no shard passes a limit beyond which durable-rules goes wrong."""
    program = build(FIXED, (Item("it", 0, pattern, mirrored(pattern)), one(2)))
    for shard in program.common:
        assert 1 + sum(ways(rule.test) for rule in shard.rules) <= MOST_FIRINGS
        assert sum(len(comparisons(rule.test)) for rule in shard.rules) <= MOST_COMPARISONS
        assert all(ways(rule.test) <= MOST_WAYS and groups(rule.test) <= MOST_GROUPS for rule in shard.rules)
        assert len({compare.field for rule in shard.rules for compare in comparisons(rule.test)}) <= MOST_FIELDS


@given(pattern=patterns(len(FIXED)))
def test_every_rule_begins_with_its_kind_and_denies_nothing(pattern: Both) -> None:
    """No rule of the rulesets that reach durable-rules begins otherwise, and none has a negated test."""
    scopes = build(FIXED, (Item("it", 0, pattern, mirrored(pattern)),)).as_json()
    assert not {"$not", "$neq", "$nex", "$ex"} & set(json.dumps(scopes).split('"'))
    for shard in json.loads(json.dumps(scopes[""])):
        for rule in shard["rules"].values():
            assert rule["$and"][0] == {"kind": shard["kind"]}


def test_strata_are_asserted_in_their_order_and_never_share_a_shard() -> None:
    """An item of a later stratum is asked after all of an earlier one."""
    items = tuple(Item(f"it{at}", 9 - at, yes(), no()) for at in range(10))
    order = [{rule.stratum for rule in shard.rules} for shard in build((FEVER,), items).common]
    assert order == [{stratum} for stratum in range(10)]


def test_hundreds_of_items_are_divided_into_shards_with_a_kind_each() -> None:
    """Two rules for each item, and each shard has a kind that no other has."""
    program = build((FEVER,), tuple(one(0, f"item{at}") for at in range(200)))
    assert sum(len(shard.rules) for shard in program.common) == 400
    assert len({shard.kind for shard in program.common}) == len(program.common) == 7


def test_the_hash_is_that_of_durable_rules() -> None:
    """The value that durable-rules' source names for 'sid', and its known collision."""
    assert fnv1a("sid") == 3593476751
    assert fnv1a("costarring") == fnv1a("liquid")


def test_names_that_durable_rules_takes_for_one_are_refused() -> None:
    """'costarring' and 'liquid' are one name to durable-rules; the build fails and names both."""
    with pytest.raises(ValueError, match=r"^durable-rules takes 'costarring' and 'liquid' for one name$"):
        refuse_collisions(["costarring", "kind", "liquid"])
    refuse_collisions(["kind", "kind", "sid"])


def test_no_session_of_a_worker_is_taken_for_another() -> None:
    """Session ids are a counter; none of the first 100,000 collides with another, or with a reserved name."""
    refuse_collisions([*RESERVED, *(str(number) for number in range(1, 100_001))])


def test_an_item_that_stands_twice_is_refused() -> None:
    """Two items of one id could not be told apart in the answer."""
    with pytest.raises(ValueError, match=r"^these items stand twice: fever$"):
        build((FEVER,), (one(), one()))


def test_a_threshold_beyond_63_bits_is_refused() -> None:
    """durable-rules would cut it silently."""
    with pytest.raises(ValueError, match=rf"^n: {2**63} is beyond what durable-rules can compare$"):
        build((NumberAtom("n", ">", 2**63),), (one(),))


@pytest.mark.parametrize("code", ['a"b', "a\\b", "a\nb"])
def test_a_code_that_json_would_write_otherwise_is_refused(code: str) -> None:
    """durable-rules compares the bytes between the quotes."""
    with pytest.raises(ValueError, match=r"is no code that durable-rules can compare$"):
        build((CodeAtom("c", frozenset((code,)), frozenset("z")),), (one(),))


def test_a_condition_that_no_division_makes_small_enough_is_refused() -> None:
    """One line with more codes than a shard may compare names its item."""
    atom = CodeAtom("c", frozenset("a"), frozenset(f"code{number}" for number in range(500)))
    with pytest.raises(ValueError, match=r"^fever: the condition is too large for durable-rules; divide it$"):
        build((atom,), (one(),))


def test_a_condition_that_can_never_hold_gets_no_rule() -> None:
    """An empty `any`, alone or inside an `all`, adds nothing; an empty `all` stands alone behind its kind."""
    program = build((FEVER,), (Item("it", 0, Both((yes(), Either(()))), Either((no(), ALL))),))
    assert [(rule.holds, comparisons(rule.test)) for rule in program.rules.values()] == [(False, [])]


@given(atom=atom_kinds)
def test_a_line_alone_is_true_in_one_way(atom: Atom) -> None:
    """However many codes a line names, it fires once: only one of its alternatives can match one fact."""
    assert [ways(rule.test) for rule in build((atom,), (one(),)).rules.values()] == [1, 1]


def test_the_worker_imports_nothing_of_clinguide() -> None:
    """It stands alone, so that a fault in it is durable-rules' or its own."""
    source = Path(process.__file__).with_name("worker.py").read_text(encoding="utf-8")
    imported = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {
        alias.name if isinstance(node, ast.Import) else str(node.module) for node in imported for alias in node.names
    }
    assert not {name for name in names if name.startswith("clinguide")}
    assert "durable_rules_engine" in names


WITHOUT = """
import sys
sys.modules["durable_rules_engine"] = None
from clinguide.rete import available
sys.exit(1 if available() else 0)
"""


def test_without_durable_rules_the_engine_says_that_it_is_not_available() -> None:
    """As on Python 3.13, where it does not import."""
    environment = {**os.environ, "PYTHONPATH": str(Path(process.__file__).parents[2])}
    assert subprocess.run([sys.executable, "-c", WITHOUT], env=environment, timeout=60, check=False).returncode == 0
