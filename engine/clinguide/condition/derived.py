"""Derived forms, windows and anchors: the part of the grammar that only element files use."""

from typing import Literal

from clinguide.condition.expression import (
    SUM,
    bare_name,
    in_parentheses,
    read_comparison,
    read_duration,
    read_expression,
    read_test,
)
from clinguide.condition.tree import (
    Anchor,
    AtAnchor,
    Chosen,
    CountOf,
    CountSet,
    DailyDose,
    Derived,
    DoseAnchor,
    Doses,
    Duration,
    Ever,
    FirstTime,
    Infusion,
    Now,
    Offset,
    StartOfRegimen,
    StartOfRun,
    TimeBetween,
    TimeFor,
    TimeSinceDone,
    TotalDose,
    Window,
)
from clinguide.condition.words import Words

_CHOSEN: tuple[Literal["highest", "lowest", "first", "last"], ...] = ("highest", "lowest", "first", "last")
_TIMES: tuple[Literal["longest", "total"], ...] = ("longest", "total")

_NO_OFFSET = "put what stands before the sign in parentheses, as in (first (crs.grade >= 1)) + 24 h"
_WINDOWS = "write 'within 24 h', 'since infusion' or 'from infusion to now' after it"
_MOMENTS = (
    "write infusion, last infusion, now, first dose of DRUG, last dose of DRUG, start of DRUG, start of (...) "
    "or first (...)"
)


def read_derived(words: Words) -> Derived:
    """`derived := expr | TEXT` or a form that its first word tells."""
    if which := words.one_of(_CHOSEN):
        return _chosen(words, which)
    if length := words.one_of(_TIMES):
        return _total(words, length)
    match words.peek():
        case "count":
            return _count(words)
        case "ever":
            return _ever(words)
        case "time":
            return _time(words)
        case "doses":
            return _doses(words)
        case "daily":
            words.demand("daily", "dose", "of")
            return DailyDose(words.word("a drug"))
        case _:
            return _value(words)


def _value(words: Words) -> Derived:
    """`expr | TEXT | NAME at anchor`."""
    start = words.at
    left = read_expression(words)
    if words.at == len(words.tokens):
        return left
    if words.peek() != "at":
        return read_comparison(words, start, left)
    name = bare_name(words, start, left, "at")
    words.at += 1
    return AtAnchor(name, _anchor(words))


def _chosen(words: Words, which: Literal["highest", "lowest", "first", "last"]) -> Derived:
    """`(highest | lowest | first | last) NAME window`."""
    if words.peek() == "dose":
        hint = f"'{which} dose of' is a moment: write 'time from {which} dose of DRUG to now' or 'NAME at ...'"
        raise words.unexpected("a name", hint)
    return Chosen(which, words.name("a name"), _window(words, needed=True))


def _count(words: Words) -> Derived:
    """`count of (TEXT) [at least DURATION apart] window | count of SET [except (CODE, ...)]`."""
    words.demand("count", "of")
    if words.peek() != "(":
        name = words.name("a set or a test in parentheses")
        return CountSet(name, words.codes() if words.took("except") else ())
    test = in_parentheses(words, read_test)
    apart = None
    if words.took("at", "least"):
        apart = read_duration(words)
        words.demand("apart")
    return CountOf(test, apart, _window(words, needed=True))


def _ever(words: Words) -> Derived:
    """`ever (TEXT) window`."""
    words.demand("ever")
    return Ever(in_parentheses(words, read_test), _window(words))


def _time(words: Words) -> Derived:
    """`time for which ... | time from anchor to anchor | time since done ACTION`."""
    words.demand("time")
    if words.peek() == "for":
        return _time_for(words, "current")
    if words.took("from"):
        start = _anchor(words)
        words.demand("to", hint="write 'time from infusion to now'")
        return TimeBetween(start, _anchor(words))
    if words.took("since"):
        words.demand("done", hint="write 'time from ... to now', or 'time since done ACTION'")
        return TimeSinceDone(words.word("an action"))
    raise words.unexpected("'for which', 'from' or 'since done'")


def _total(words: Words, which: Literal["longest", "total"]) -> Derived:
    """`(longest | total) time for which ... window | total DRUG dose window`."""
    if words.took("time"):
        return _time_for(words, which)
    if which == "longest":
        raise words.unexpected("'time'")
    drug = words.word("'time' or a drug")
    words.demand("dose")
    return TotalDose(drug, _window(words))


def _time_for(words: Words, which: Literal["current", "longest", "total"]) -> Derived:
    """`for which (TEXT) [bridging DURATION] window`, the window not for the current unbroken run."""
    words.demand("for", "which")
    test = in_parentheses(words, read_test)
    bridging = _bridging(words)
    window = Window() if which == "current" else _window(words, needed=True)
    if which == "current" and words.peek() in ("within", "since", "from", "before"):
        hint = "'time for which' is the run that lasts now; 'longest time for which' and 'total ...' take a window"
        raise words.unexpected("the end of the line", hint)
    return TimeFor(which, test, bridging, window)


def _doses(words: Words) -> Derived:
    """`doses of DRUG window`."""
    words.demand("doses", "of")
    return Doses(words.word("a drug"), _window(words))


def _window(words: Words, needed: bool = False) -> Window:
    """`window := [within DURATION | since anchor | from anchor to anchor] [before now]`."""
    within = since = start = end = None
    if words.took("within"):
        within = read_duration(words)
    elif words.took("since"):
        since = _anchor(words)
    elif words.took("from"):
        start = _anchor(words)
        words.demand("to", hint="write 'from infusion to now'")
        end = _anchor(words)
    elif needed:
        raise words.unexpected("a window", _WINDOWS)
    before_now = words.took("before")
    if before_now:
        words.demand("now")
    return Window(within, since, start, end, before_now)


def _anchor(words: Words) -> Anchor:
    """`anchor := infusion | ... | start of ... | first (TEXT) ... | (anchor) | anchor (+ | -) DURATION`."""
    if words.peek() == "start" or (words.peek() == "first" and words.peek(1) != "dose"):
        anchor = _start_of(words) if words.took("start", "of") else _first_time(words)
        if words.peek() in SUM:
            raise words.unexpected("the end of the moment", _NO_OFFSET)
        return anchor
    anchor = _moment(words)
    while sign := words.sign(SUM):
        anchor = Offset(anchor, sign, read_duration(words))
    return anchor


def _moment(words: Words) -> Anchor:
    """`infusion | last infusion | first dose of DRUG | last dose of DRUG | now | (anchor)`."""
    if words.took("infusion"):
        return Infusion()
    if words.took("last", "infusion"):
        return Infusion(last=True)
    if words.took("now"):
        return Now()
    if words.peek() == "(":
        return in_parentheses(words, _anchor)
    which = words.one_of(("first", "last"))
    if which is None:
        raise words.unexpected("a moment", _MOMENTS)
    words.demand("dose", "of")
    return DoseAnchor("first" if which == "first" else "last", words.word("a drug"))


def _start_of(words: Words) -> Anchor:
    """`start of DRUG | start of (TEXT) [bridging DURATION]`."""
    if words.peek() != "(":
        return StartOfRegimen(words.word("a drug or a test in parentheses"))
    test = in_parentheses(words, read_test)
    return StartOfRun(test, _bridging(words))


def _first_time(words: Words) -> Anchor:
    """`first (TEXT) [since anchor]`."""
    words.demand("first")
    test = in_parentheses(words, read_test)
    return FirstTime(test, _anchor(words) if words.took("since") else None)


def _bridging(words: Words) -> Duration | None:
    """`[bridging DURATION]`."""
    return read_duration(words) if words.took("bridging") else None
