"""The problems of one course as they are found."""

from collections.abc import Iterable

from clinguide.problems import CourseError, Problem, Span
from clinguide.spelling import did_you_mean, odd_character

_HINTS = 50
"""Words that are compared with the known ones: comparing is slow, and a hostile course has thousands."""
_SHOWN = 60
MOST = 1000
"""Problems that are kept: a hostile course must not fill the memory with them."""


class Complaints:
    """Gathers every problem of a course, so that they are raised together."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self._compared = 0

    def add(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        """One more problem; beyond `MOST` only the fact that there are more."""
        if len(self.problems) < MOST:
            self.problems.append(Problem(code, message, span, hint))
        elif len(self.problems) == MOST:
            message = f"the course has more problems than these {MOST}"
            self.problems.append(Problem("too-many-problems", message, span, "mend these first"))

    def unknown(
        self, code: str, message: str, word: str, known: Iterable[str], span: Span, *, otherwise: str = ""
    ) -> None:
        """A word that is none of the known ones: the hint names the one that was meant and the odd letter.

        `otherwise` is the hint where no word is near.
        """
        self._compared += 1
        meant = did_you_mean(word, known) if self._compared <= _HINTS else None
        odd = odd_character(word[:_SHOWN])
        parts = (f"did you mean '{meant}'?" if meant else otherwise, f"({odd})" if odd else "")
        self.add(code, message, span, " ".join(part for part in parts if part) or None)

    def raise_if_any(self) -> None:
        """Raise CourseError with all that was found; do nothing where nothing was."""
        if self.problems:
            raise CourseError(self.problems)
