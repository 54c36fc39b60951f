"""The sections below the top: what to do by urgency, what is held and why, what to ask, and what else is said."""

from collections.abc import Iterable
from typing import assert_never

import msgspec

from clinguide.report.actions import URGENCIES, Action, Urgency, actions, done, held_back
from clinguide.report.facts import said
from clinguide.report.lines import Line, clock, heading, kept, listed, lower_first, wrapped
from clinguide.report.names import Names
from clinguide.report.top import notice_lines
from clinguide.report.words import action_lines, do_text
from clinguide.results import Advice, Finding, Result, WithheldBy

_MOST_NOW = 5
"""Actions under DO NOW: more is a list that nobody reads at three in the morning."""
_HEADINGS: dict[Urgency, str] = {
    "1 h": "ALSO WITHIN 1 H",
    "4 h": "WITHIN 4 H",
    "24 h": "WITHIN 24 H",
    "routine": "ROUTINE",
}


class Marks(msgspec.Struct, frozen=True):
    """The number by which the sources of a rule are found at the end of the report."""

    numbers: dict[str, int]

    def of(self, rules: Iterable[str], *, verify: bool = False) -> str:
        """The mark behind an item: " [3,8 verify]"; `verify` where one of its statements was not read in its source."""
        numbers = ",".join(str(self.numbers[rule]) for rule in rules if rule in self.numbers)
        return " " + kept(f"[{numbers}{' verify' if verify else ''}]") if numbers else ""


def marks_of(result: Result) -> Marks:
    """A number for every rule whose advice the report shows, in the order in which it is first shown."""
    shown = [rule for action in actions(result) for rule in action.rules]
    shown += [advice.rule for advice in result.recommendations if advice.status == "withheld"]
    return Marks({rule: number for number, rule in enumerate(dict.fromkeys(shown), start=1)})


# --- what to do -------------------------------------------------------------------------------------------------------


def to_do(result: Result, names: Names, marks: Marks, doubted: frozenset[str]) -> list[Line]:
    """What to do, the most urgent first; nothing is left out, and nothing is said where there is nothing."""
    open_, finished = done(actions(result))
    now = [each for each in open_ if each.urgency == "1 h"]
    lines: list[Line] = []
    if now:
        lines += heading("DO NOW (within 1 h). Draft rule suggests:")
        lines += _listed(now[:_MOST_NOW], names, marks, doubted)
        lines += [Line(f"  and {len(now) - _MOST_NOW} more below", "strong")] if len(now) > _MOST_NOW else []
    lines += _not_now(result)
    for urgency in URGENCIES:
        rest = now[_MOST_NOW:] if urgency == "1 h" else [each for each in open_ if each.urgency == urgency]
        if rest:
            lines += heading(f"{_HEADINGS[urgency]}. Draft rule suggests:") + _listed(rest, names, marks, doubted)
    if finished:
        told = [lower_first(each.do.title) + marks.of(each.rules) for each in finished]
        lines += [Line(""), *wrapped(f"Charted as done: {listed(told)}.", "quiet")]
    return lines


def _listed(found: list[Action], names: Names, marks: Marks, doubted: frozenset[str]) -> list[Line]:
    return [
        line for each in found for line in action_lines(each, names, marks.of(each.rules, verify=each.verify), doubted)
    ]


def _not_now(result: Result) -> list[Line]:
    """What is as urgent and cannot be done or decided: a drug is never hidden, and each points to where the rest is."""
    urgent = [each for each in result.recommendations if each.within == "1 h"]
    held_now = [each.title + _lifts(each, result.at) for each in urgent if each.status == "withheld"]
    open_ = [each.title for each in urgent if each.status == "needs_data"]
    lines = wrapped(f"HELD, see HELD AND WHY: {listed(held_now, None, '; ')}.", "strong") if held_now else []
    if open_:
        lines += wrapped(f"NOT DECIDED for want of facts, see ASK NEXT: {listed(open_, None, '; ')}.", "strong")
    return [Line(""), *lines] if lines else []


def _lifts(advice: Advice, at: str | None) -> str:
    """Until when an advice is held, where time alone lifts all of its limits."""
    times = [each.lifts_at for each in advice.withheld_by]
    known = [time for time in times if time is not None]
    return f" (until {clock(max(known), at)})" if known and len(known) == len(times) else ""


def held(result: Result, marks: Marks) -> list[Line]:
    """What is withheld, by which limit, until when, and what to do instead."""
    lines: list[Line] = []
    for advice in result.recommendations:
        if advice.status == "withheld":
            what = listed([do_text(do) for do in held_back(advice)], None, "; ")
            lines += wrapped(f"- {what[:1].upper()}{what[1:]}{marks.of([advice.rule])}", "strong", hang=2)
            lines += [line for text in _limits(advice, result.at) for line in wrapped(text, indent=4, hang=2)]
    return heading("HELD AND WHY") + lines if lines else []


def _limits(advice: Advice, at: str | None) -> list[str]:
    told = []
    for each in advice.withheld_by:
        told.append(f"{_held_how(each)}: {each.title}")
        if each.lifts_at:
            told.append(f"lifts at {clock(each.lifts_at, at)}, if nothing else changes")
        if each.instead:
            told.append(f"instead: {each.instead}")
    return told + [f"WARNING: {each.says}" for each in advice.warnings]


def _held_how(limit: WithheldBy) -> str:
    match limit.because:
        case "violated":
            return "held by"
        case "unknown":
            return "held until it is known"
        case "error":
            return "held because the limit could not be computed"
        case _:
            assert_never(limit.because)


def planned(result: Result, names: Names) -> list[Line]:
    """One regimen of each class, and what falls due next."""
    lines: list[Line] = []
    if result.plan:
        lines += heading("ONE REGIMEN OF EACH CLASS")
    for each in result.plan:
        covers = f"; covers {listed([names.title(rule) for rule in each.covers])}" if each.covers else ""
        lines += wrapped(f"- {names.title(each.class_)}: {names.title(each.stands)}{covers}", hang=2)
    if result.next:
        lines += heading("DUE NEXT")
    for due in result.next:
        lines += wrapped(f"- {clock(due.at, result.at)}: {due.what}", hang=2)
    return lines


# --- what is open and what else is said -------------------------------------------------------------------------------


def ask_next(result: Result, names: Names) -> list[Line]:
    """The facts that would settle the most, with what they settle."""
    settles = {each.element: list(each.settles) for each in result.ask} or _open_facts(result)
    lines: list[Line] = []
    # A fact that settles a grade comes before one that settles as many advices: the advices follow the grade.
    for element, rules in sorted(settles.items(), key=lambda each: (-len(each[1]), names.title(each[0]))):
        what = listed([names.title(rule) for rule in rules], 3, "; ")
        lines += wrapped(f"- {names.title(element)} (settles {what})", hang=2)
    return heading("ASK NEXT") + lines if lines else []


def _open_facts(result: Result) -> dict[str, list[str]]:
    """The missing facts of open grades, classifications and advices, with the rules that miss them.

    Scores are left out: a grade that reads a score misses its items itself, and nobody needs the eight items of a score
    for children in an adult.
    """
    findings = [each for each in result.findings if each.status != "determined" and each.kind != "score"]
    advices = [each for each in result.recommendations if each.status == "needs_data"]
    advices.sort(key=lambda advice: [*URGENCIES, advice.within].index(advice.within))
    found: dict[str, list[str]] = {}
    lacking = [(each.rule, each.missing) for each in findings] + [(each.rule, each.missing) for each in advices]
    for rule, facts in lacking:
        for missing in facts:
            found.setdefault(missing.element, []).append(rule)
    return found


def further(result: Result, names: Names, doubted: frozenset[str]) -> list[Line]:
    """Notices that are not urgent, scores, assumptions, and the answers of other guidelines."""
    lines: list[Line] = []
    told = [each for each in result.notices if not each.urgent and each.status != "contradiction"]
    if told:
        lines += heading("NOTICES") + [line for each in told for line in notice_lines(each, doubted)]
    scores = [each for each in result.findings if each.kind == "score" and each.status == "determined"]
    if scores:
        lines += heading("SCORES") + [line for each in scores for line in wrapped(_score(each))]
    assumed = [each for each in result.findings if each.assumed]
    if assumed:
        lines += heading("ASSUMED, because nobody charted it")
        lines += [line for each in assumed for line in wrapped(_assumed(each, names), "quiet")]
    return lines + _others(result, names)


def _score(finding: Finding) -> str:
    return f"{finding.title}: {finding.value}" + (f" ({finding.band})" if finding.band else "")


def _assumed(finding: Finding, names: Names) -> str:
    told = []
    for each in finding.assumed:
        otherwise = "" if each.otherwise is None else f", otherwise {said(each.otherwise)}"
        told.append(f"{names.title(each.element)}: {said(each.value)}{otherwise}")
    return f"{finding.title}: {listed(told, None, '; ')}"


def _others(result: Result, names: Names) -> list[Line]:
    lines: list[Line] = []
    for advice in result.recommendations:
        for each in advice.alternatives:
            status = each.status.replace("_", " ")
            text = f"- {names.title(each.rule)} ({status}; {each.reason}): {each.difference}"
            lines += wrapped(text, "quiet", hang=2)
    return heading("OTHER ANSWERS TO THE SAME QUESTIONS") + lines if lines else []
