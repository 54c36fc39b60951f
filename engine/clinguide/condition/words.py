"""The words of one line as they are read: how far reading has come, and which word may stand next."""

from typing import TypeVar

from clinguide.condition import hints
from clinguide.condition.tokens import (
    MOST_SIGNS,
    OPERATORS,
    RESERVED,
    SIGNS,
    IsUnit,
    Misread,
    Token,
    is_number,
    is_word,
)

Word = TypeVar("Word", bound=str)


class Words:
    """The tokens of one line and the index of the next. What reads a word moves on; what refuses raises Misread."""

    def __init__(self, tokens: tuple[Token, ...], is_unit: IsUnit) -> None:
        self.tokens = tokens
        self.is_unit = is_unit
        self.at = 0
        self._signs = 0

    def peek(self, ahead: int = 0) -> str:
        """The word that stands next, or an empty text at the end."""
        place = self.at + ahead
        return self.tokens[place].text if place < len(self.tokens) else ""

    def took(self, *words: str) -> bool:
        """Whether exactly these words stand next; then they are read."""
        if any(self.peek(ahead) != word for ahead, word in enumerate(words)):
            return False
        self.at += len(words)
        return True

    def one_of(self, words: tuple[Word, ...]) -> Word | None:
        """The one of these words that stands next, read; None where none does."""
        found = next((word for word in words if word == self.peek()), None)
        self.at += found is not None
        return found

    def demand(self, *words: str, hint: str | None = None) -> None:
        """Reads these words."""
        for word in words:
            if not self.took(word):
                raise self.unexpected(f"'{word}'", hint)

    def unexpected(self, wanted: str, hint: str | None = None) -> Misread:
        """The defect that something else was expected here."""
        return hints.unexpected(self.tokens, self.at, wanted, hint)

    def sign(self, signs: tuple[Word, ...]) -> Word | None:
        """A sign between two terms. Signs are counted: a chain of them is a tree as deep as it is long."""
        found = self.one_of(signs)
        self._signs += found is not None
        if self._signs > MOST_SIGNS:
            token = self.tokens[self.at - 1]
            message = f"a line has at most {MOST_SIGNS} signs"
            raise Misread(message, token.start, token.end, "give parts of it a name as derived elements")
        return found

    def finish(self) -> None:
        """Refuses anything that still stands there."""
        if self.at == len(self.tokens):
            return
        hint = None
        if self.peek() in OPERATORS:
            hint = f"one comparison in a line; {hints.ONE_COMPARISON}"
        if self.peek() in SIGNS:
            hint = "give what stands before the sign a name as a derived element, and compute with that name"
        raise self.unexpected("the end of the line", hint)

    def word(self, wanted: str) -> str:
        """CODE, DRUG or ACTION: a word that is not reserved."""
        word = self.peek()
        if word in RESERVED:
            raise self.unexpected(wanted, f"'{word}' is a word of the rule language and cannot be a name or a code")
        if not is_word(word):
            raise self.unexpected(wanted)
        self.at += 1
        return word

    def name(self, wanted: str) -> str:
        """NAME, SET or SETTING: a word that is neither reserved nor a unit."""
        if is_word(self.peek()) and self.is_unit(self.peek()):
            raise self.unexpected(wanted, f"'{self.peek()}' is a unit and stands only directly after a number")
        return self.word(wanted)

    def code(self) -> str:
        """CODE."""
        hint = "codes are words; compare numbers with = != < <= > >="
        if is_number(self.peek()):
            raise self.unexpected("a code", hint)
        return self.word("a code")

    def codes(self) -> tuple[str, ...]:
        """(CODE, ...)."""
        self.demand("(", hint="codes stand in parentheses, as in (cpap, bipap)")
        found = [self.code()]
        while self.took(","):
            found.append(self.code())
        self.demand(")", hint="codes are separated by commas")
        return tuple(found)
