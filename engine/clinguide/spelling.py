"""Spelling: which character in a word is not what it looks like, and which known word was probably meant."""

import difflib
import unicodedata
from collections.abc import Iterable

_LONGEST = 80
"""Characters of a word that are compared; comparing costs the square of the length."""

_LOOK_ALIKES = str.maketrans("авсԁеһіјкмнопрԛѕтуԝхαεικνορτυχ‐‑–—−", "abcdehijkmhonpqstywxaeiknoptux-----")
"""Cyrillic and Greek letters that print like Latin ones, and the dashes that text editors put in."""


def odd_character(text: str) -> str | None:
    """The first character outside printable ASCII, named with its place; None where there is none.

    "Cyrillic small letter ie at character 12": characters count from 1.
    """
    for place, character in enumerate(text, start=1):
        if not " " <= character <= "~":
            name = unicodedata.name(character, "").capitalize() or f"Character U+{ord(character):04X}"
            return f"{name} at character {place}"
    return None


def did_you_mean(word: str, words: Iterable[str]) -> str | None:
    """The one of `words` that `word` most resembles, or None where none is near.

    Case, hyphens and look-alike letters do not count: `Tocilizumab` and `ice-score` find their word.
    """
    known: dict[str, str] = {}
    for each in sorted(words):
        known.setdefault(_folded(each), each)
    near = difflib.get_close_matches(_folded(word), known, n=1, cutoff=0.7)
    return known[near[0]] if near else None


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word[:_LONGEST]).lower().translate(_LOOK_ALIKES)
    return plain.replace("-", "_").replace(" ", "_")
