"""The text of one line to its tree: recursive descent, one function for each line of the grammar.

A line has exactly one parse. Where the grammar is open on paper, this is how it is closed: a unit is the token
directly after a number; after `since`, + and - belong to the inner anchor; an offset on `first (...)` or `start of`
needs parentheses.
"""

from collections.abc import Callable
from typing import Literal, TypeVar

from clinguide import units
from clinguide.condition import hints
from clinguide.condition.tokens import (
    MOST_SIGNS,
    OPERATORS,
    PUNCTUATION,
    RESERVED,
    SIGNS,
    IsUnit,
    Misread,
    Token,
    is_number,
    is_word,
    split,
)
from clinguide.condition.tree import (
    Anchor,
    AtAnchor,
    Binary,
    Chosen,
    Compare,
    CountOf,
    CountSet,
    DailyDose,
    Derived,
    DoseAnchor,
    Doses,
    Duration,
    Ever,
    Expression,
    FirstTime,
    In,
    Includes,
    Infusion,
    Is,
    IsUnknown,
    Name,
    Now,
    Number,
    Offset,
    Operator,
    Sqrt,
    StartOfRegimen,
    StartOfRun,
    Test,
    TimeBetween,
    TimeFor,
    TimeSinceDone,
    TotalDose,
    Window,
)

Read = TypeVar("Read")
Word = TypeVar("Word", bound=str)

_OPERATORS: tuple[Operator, ...] = ("=", "!=", "<", "<=", ">", ">=")
_SUM: tuple[Literal["+", "-"], ...] = ("+", "-")
_PRODUCT: tuple[Literal["*", "/"], ...] = ("*", "/")
_CHOSEN: tuple[Literal["highest", "lowest", "first", "last"], ...] = ("highest", "lowest", "first", "last")
_TIMES: tuple[Literal["longest", "total"], ...] = ("longest", "total")
_OPENS_A_FORM = frozenset((*_CHOSEN, *_TIMES, "count", "ever", "time", "doses", "daily"))
_NO_OFFSET = "put the anchor in parentheses before + or -, as in (first (crs.grade >= 1)) + 24 h"
_WINDOWS = "write 'within 24 h', 'since infusion' or 'from infusion to now' after it"


def parse_test(text: str, is_unit: IsUnit = units.is_unit) -> Test:
    """The comparison that a line of a condition makes; raises Misread."""
    return _whole(text, is_unit, _Reader.test)


def parse_expression(text: str, is_unit: IsUnit = units.is_unit) -> Expression:
    """The sum, product, name or number that a formula or a value is; raises Misread."""
    return _whole(text, is_unit, _Reader.expression)


def parse_derived(text: str, is_unit: IsUnit = units.is_unit) -> Derived:
    """What an element's `derived:` line says: an expression, a test, or a form; raises Misread."""
    return _whole(text, is_unit, _Reader.derived)


def parse_range(text: str, is_unit: IsUnit = units.is_unit) -> tuple[Number, Number]:
    """`NUMBER UNIT? to NUMBER UNIT?`: both ends as written; raises Misread."""
    return _whole(text, is_unit, _Reader.range_)


def parse_quantity(text: str, is_unit: IsUnit = units.is_unit) -> Number:
    """`NUMBER UNIT?`; raises Misread."""
    return _whole(text, is_unit, _Reader.number)


def parse_duration(text: str, is_unit: IsUnit = units.is_unit) -> Duration:
    """`NUMBER UNIT | SETTING`; that the unit is one of time is for whoever knows units. Raises Misread."""
    return _whole(text, is_unit, _Reader.duration)


def _whole(text: str, is_unit: IsUnit, read: "Callable[[_Reader], Read]") -> Read:
    reader = _Reader(split(text), is_unit)
    result = read(reader)
    reader.finish()
    return result


class _Reader:
    """The tokens of one line and how far they are read."""

    def __init__(self, tokens: tuple[Token, ...], is_unit: IsUnit) -> None:
        self.tokens = tokens
        self.is_unit = is_unit
        self.at = 0
        self.signs = 0

    # --- words ------------------------------------------------------------------------------------------------------

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
        """Reads these words, or raises."""
        for word in words:
            if not self.took(word):
                raise self.unexpected(f"'{word}'", hint)

    def unexpected(self, wanted: str, hint: str | None = None) -> Misread:
        """The defect that something else was expected here."""
        return hints.unexpected(self.tokens, self.at, wanted, hint, self.is_unit)

    def sign(self, words: tuple[Word, ...]) -> Word | None:
        """A sign between two terms, counted: a chain is a tree as deep as it is long."""
        found = self.one_of(words)
        self.signs += found is not None
        if self.signs > MOST_SIGNS:
            token = self.tokens[self.at - 1]
            raise Misread(f"a line has at most {MOST_SIGNS} signs", token.start, token.end, "write it in parts")
        return found

    def finish(self) -> None:
        """Raises unless the line ends here."""
        if self.at == len(self.tokens):
            return
        word = self.peek()
        if word in OPERATORS:
            raise self.unexpected("the end of the line", f"one comparison in a line; {hints.ONE_COMPARISON}")
        if word in SIGNS:
            raise self.unexpected("the end of the line", _NO_OFFSET)
        raise self.unexpected("the end of the line")

    def word(self, wanted: str) -> str:
        """A word that is not reserved: a code, a drug or an action."""
        word = self.peek()
        if word in RESERVED:
            hint = f"'{word}' is a word of the rule language and cannot be a name or a code"
            raise self.unexpected(wanted, hint)
        if not is_word(word):
            raise self.unexpected(wanted)
        self.at += 1
        return word

    def name(self, wanted: str = "a name", and_dose: bool = False) -> str:
        """NAME | SET | SETTING; `dose` is bound by guards and is the one reserved word that may be a name."""
        if and_dose and self.took("dose"):
            return "dose"
        word = self.word(wanted)
        if self.is_unit(word):
            self.at -= 1
            raise self.unexpected(wanted, f"'{word}' is a unit and stands only directly after a number")
        return word

    def codes(self) -> tuple[str, ...]:
        """(CODE, ...)"""
        self.demand("(", hint="codes stand in parentheses, as in (cpap, bipap)")
        found = [self.code()]
        while self.took(","):
            found.append(self.code())
        self.demand(")", hint="codes are separated by commas")
        return tuple(found)

    def code(self) -> str:
        """CODE"""
        if is_number(self.peek()):
            raise self.unexpected("a code", "codes are words; compare numbers with = != < <= > >=")
        return self.word("a code")

    # --- expressions ------------------------------------------------------------------------------------------------

    def expression(self) -> Expression:
        """expr := term | expr (+ | -) term"""
        left = self.term()
        while sign := self.sign(_SUM):
            left = Binary(sign, left, self.term())
        return left

    def term(self) -> Expression:
        """term := factor | term (* | /) factor"""
        left = self.factor()
        while sign := self.sign(_PRODUCT):
            left = Binary(sign, left, self.factor())
        return left

    def factor(self) -> Expression:
        """factor := NUMBER UNIT? | NAME | sqrt(expr) | (expr)"""
        if is_number(self.peek()):
            return self.number()
        if self.took("sqrt"):
            return Sqrt(self.in_parentheses(_Reader.expression))
        if self.peek() == "(":
            return self.in_parentheses(_Reader.expression)
        if self.peek() in ("true", "false", "empty", "unknown"):
            raise self.unexpected("a name or a number", hints.CODES_WITH_IS)
        if self.peek() in _OPENS_A_FORM:
            raise self.unexpected("a name or a number", hints.ELEMENT_FILES_ONLY)
        return Name(self.name("a name or a number", and_dose=True))

    def in_parentheses(self, read: "Callable[[_Reader], Read]") -> Read:
        """( what `read` reads )"""
        self.demand("(")
        result = read(self)
        self.demand(")")
        return result

    def number(self) -> Number:
        """NUMBER UNIT?, where UNIT is the token directly after the number"""
        text = self.peek()
        if not is_number(text):
            raise self.unexpected("a number")
        self.at += 1
        unit = self.peek()
        if unit in RESERVED - {"and", "or"} or unit in OPERATORS | SIGNS | PUNCTUATION | {""} or is_number(unit):
            return Number(text)
        if not self.is_unit(unit):
            raise hints.unknown_unit(self.tokens[self.at], self.is_unit)
        self.at += 1
        return Number(text, unit)

    def range_(self) -> tuple[Number, Number]:
        """RANGE := NUMBER UNIT? to NUMBER UNIT?"""
        low = self.number()
        self.demand("to", hint="write a range as '8 mg/kg to 10 mg/kg'")
        return low, self.number()

    # --- tests ------------------------------------------------------------------------------------------------------

    def test(self) -> Test:
        """TEXT := expr OP expr | expr is ... | expr [not] in (...) | SET includes CODE | NAME is unknown"""
        start = self.at
        return self.comparison(start, self.expression())

    def comparison(self, start: int, left: Expression) -> Test:
        """What follows the first expression of a test, which began at token `start`"""
        if operator := self.one_of(_OPERATORS):
            return Compare(left, operator, self.right_side())
        if self.took("is"):
            return self.after_is(start, left)
        if self.took("in"):
            return In(left, self.codes())
        if self.took("not"):
            self.demand("in", hint="write 'x is not CODE' or 'x not in (CODE, CODE)'")
            return In(left, self.codes(), negated=True)
        if self.peek() == "includes":
            name = self.bare_name(start, left, "includes")
            self.at += 1
            return Includes(name, self.code())
        raise self.unexpected("a comparison", "write = != < <= > >= for numbers, 'is' or 'in (...)' for codes")

    def right_side(self) -> Expression:
        """The expression after OP"""
        if self.peek() == "=":
            raise self.unexpected("a name or a number", "write = once")
        return self.expression()

    def after_is(self, start: int, left: Expression) -> Test:
        """expr is [not] (CODE | true | false | empty) | NAME is unknown"""
        if self.peek() == "unknown":
            name = self.bare_name(start, left, "is unknown")
            self.at += 1
            return IsUnknown(name)
        negated = self.took("not")
        if self.peek() == "in":
            raise self.unexpected("a code", "write 'x not in (a, b)' or 'x in (a, b)', without 'is'")
        if self.peek() == "unknown":
            raise self.unexpected("a code", "put 'x is unknown' under none_of:")
        if is_number(self.peek()):
            raise self.unexpected("a code", "write = or != for numbers")
        code = self.one_of(("true", "false", "empty")) or self.code()
        return Is(left, code, negated)

    def bare_name(self, start: int, left: Expression, before: str) -> str:
        """NAME, where an expression was read: only a single word will do"""
        if isinstance(left, Name) and self.tokens[start].text == left.name:
            return left.name
        token = self.tokens[start]
        raise Misread(f"only a name stands before '{before}'", token.start, token.end, "write the name by itself")

    # --- derived forms ------------------------------------------------------------------------------------------------

    def derived(self) -> Derived:
        """derived := expr | TEXT | a form that its first word tells"""
        if which := self.one_of(_CHOSEN):
            return self.chosen(which)
        if length := self.one_of(_TIMES):
            return self.total(length)
        match self.peek():
            case "count":
                return self.count()
            case "ever":
                return self.ever()
            case "time":
                return self.time()
            case "doses":
                return self.doses()
            case "daily":
                self.demand("daily", "dose", "of")
                return DailyDose(self.word("a drug"))
            case _:
                return self.value()

    def value(self) -> Derived:
        """expr | TEXT | NAME at anchor"""
        start = self.at
        left = self.expression()
        if self.at == len(self.tokens):
            return left
        if self.peek() != "at":
            return self.comparison(start, left)
        name = self.bare_name(start, left, "at")
        self.at += 1
        return AtAnchor(name, self.anchor())

    def chosen(self, which: Literal["highest", "lowest", "first", "last"]) -> Derived:
        """(highest | lowest | first | last) NAME window"""
        if self.peek() == "dose":
            hint = f"'{which} dose of' is a moment: write 'time from {which} dose of DRUG to now' or 'NAME at ...'"
            raise self.unexpected("a name", hint)
        return Chosen(which, self.name(), self.window(needed=True))

    def count(self) -> Derived:
        """count of (TEXT) [at least DURATION apart] window | count of SET [except (CODE, ...)]"""
        self.demand("count", "of")
        if self.peek() != "(":
            name = self.name("a set or a test in parentheses")
            return CountSet(name, self.codes() if self.took("except") else ())
        test = self.in_parentheses(_Reader.test)
        apart = None
        if self.took("at", "least"):
            apart = self.duration()
            self.demand("apart")
        return CountOf(test, apart, self.window(needed=True))

    def ever(self) -> Derived:
        """ever (TEXT) window"""
        self.demand("ever")
        return Ever(self.in_parentheses(_Reader.test), self.window())

    def time(self) -> Derived:
        """time for which ... | time from anchor to anchor | time since done ACTION"""
        self.demand("time")
        if self.peek() == "for":
            return self.time_for("current")
        if self.took("from"):
            start = self.anchor()
            self.demand("to", hint="write 'time from infusion to now'")
            return TimeBetween(start, self.anchor())
        if self.took("since"):
            self.demand("done", hint="write 'time from ... to now', or 'time since done ACTION'")
            return TimeSinceDone(self.word("an action"))
        raise self.unexpected("'for which', 'from' or 'since done'")

    def total(self, which: Literal["longest", "total"]) -> Derived:
        """(longest | total) time for which ... window | total DRUG dose window"""
        if self.took("time"):
            return self.time_for(which)
        if which == "longest":
            raise self.unexpected("'time'")
        drug = self.word("'time' or a drug")
        self.demand("dose")
        return TotalDose(drug, self.window())

    def time_for(self, which: Literal["current", "longest", "total"]) -> Derived:
        """for which (TEXT) [bridging DURATION], and a window unless it is the current unbroken run"""
        self.demand("for", "which")
        test = self.in_parentheses(_Reader.test)
        bridging = self.bridging()
        window = Window() if which == "current" else self.window(needed=True)
        if which == "current" and self.peek() in ("within", "since", "from", "before"):
            hint = "'time for which' is the run that lasts now; 'longest time for which' and 'total ...' take a window"
            raise self.unexpected("the end of the line", hint)
        return TimeFor(which, test, bridging, window)

    def doses(self) -> Derived:
        """doses of DRUG window"""
        self.demand("doses", "of")
        return Doses(self.word("a drug"), self.window())

    # --- time -------------------------------------------------------------------------------------------------------

    def window(self, needed: bool = False) -> Window:
        """window := [within DURATION | since anchor | from anchor to anchor] [before now]"""
        within = since = start = end = None
        if self.took("within"):
            within = self.duration()
        elif self.took("since"):
            since = self.anchor()
        elif self.took("from"):
            start = self.anchor()
            self.demand("to", hint="write 'from infusion to now'")
            end = self.anchor()
        elif needed:
            raise self.unexpected("a window", _WINDOWS)
        before_now = self.took("before")
        if before_now:
            self.demand("now")
        return Window(within, since, start, end, before_now)

    def anchor(self) -> Anchor:
        """anchor := infusion | ... | start of ... | first (TEXT) ... | (anchor) | anchor (+ | -) DURATION"""
        if self.took("start", "of"):
            return self.start_of()
        if self.peek() == "first" and self.peek(1) != "dose":
            return self.first_time()
        anchor = self.moment()
        while sign := self.sign(_SUM):
            anchor = Offset(anchor, sign, self.duration())
        return anchor

    def moment(self) -> Anchor:
        """infusion | last infusion | first dose of DRUG | last dose of DRUG | now | (anchor)"""
        if self.took("infusion"):
            return Infusion()
        if self.took("last", "infusion"):
            return Infusion(last=True)
        if self.took("now"):
            return Now()
        if self.peek() == "(":
            return self.in_parentheses(_Reader.anchor)
        which = self.one_of(("first", "last"))
        if which is None:
            hint = "write infusion, last infusion, now, first dose of DRUG, last dose of DRUG, start of ... or first (...)"
            raise self.unexpected("a moment", hint)
        self.demand("dose", "of")
        return DoseAnchor("first" if which == "first" else "last", self.word("a drug"))

    def start_of(self) -> Anchor:
        """start of DRUG | start of (TEXT) [bridging DURATION]"""
        if self.peek() != "(":
            return StartOfRegimen(self.word("a drug or a test in parentheses"))
        test = self.in_parentheses(_Reader.test)
        return StartOfRun(test, self.bridging())

    def first_time(self) -> Anchor:
        """first (TEXT) [since anchor]"""
        self.demand("first")
        test = self.in_parentheses(_Reader.test)
        return FirstTime(test, self.anchor() if self.took("since") else None)

    def bridging(self) -> Duration | None:
        """[bridging DURATION]"""
        return self.duration() if self.took("bridging") else None

    def duration(self) -> Duration:
        """DURATION := NUMBER UNIT | SETTING"""
        if not is_number(self.peek()):
            return Name(self.name("a duration"))
        number = self.number()
        if number.unit is None:
            raise self.unexpected("a unit of time", "write a duration as '24 h', '3 d' or '30 min'")
        return number
