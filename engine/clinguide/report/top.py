"""The top of the report: what it is, how current it is, both grades, and what must be said before anything else."""

from typing import assert_never

from clinguide.report.facts import deciding, fact_text, line_text, read_facts, said
from clinguide.report.lines import Line, Style, clock, elapsed, listed, roughly, wrapped
from clinguide.report.names import Names
from clinguide.results import Assumed, Finding, NoticeSaid, Result, Run

BANNER = "DRAFT KNOWLEDGE: NOT APPROVED FOR PATIENT CARE. A clinician decides."
NOT_ALONE = "THE TWO ENGINES DISAGREE: do not act on this item alone"
_STALE = 60 * 60_000_000
"""Microseconds after the last fact from which the report says how old it is."""
_MOST_FACTS = 4
_MOST_ANSWERS = 3


def top(result: Result, run: Run, names: Names, doubted: frozenset[str]) -> list[Line]:
    """Banner, patient, currency, grades, urgent notices, contradictions and responses."""
    lines = [Line(BANNER, "banner"), *_disagreement(run), *_moment(result), *_currency(result, run)]
    for grade in sorted(_of_kind(result, "grade"), key=_worst, reverse=True):
        lines += _grade(grade, names, result.at, doubted)
    for notice in result.notices:
        if notice.urgent or notice.status == "contradiction":
            lines += notice_lines(notice, doubted)
    lines += _contradictions(result)
    for response in _of_kind(result, "classification"):
        lines += _classification(response, doubted)
    return lines


def _of_kind(result: Result, kind: str) -> list[Finding]:
    return [each for each in result.findings if each.kind == kind]


def _worst(grade: Finding) -> int:
    """The worst grade that is possible; where nothing bounds it, the worst there is."""
    worst = grade.value if grade.status == "determined" else grade.at_most
    return worst if isinstance(worst, int) else 5


def _disagreement(run: Run) -> list[Line]:
    engines = run.engines
    if engines.agreement != "disagree":
        return []
    items = listed(sorted({each.item for each in engines.differences}), 4)
    about = f"THE TWO ENGINES DISAGREE ON {items}" if items else "THE SECOND ENGINE FAILED"
    why = f" ({engines.fault})" if engines.fault else ""
    return wrapped(f"{about}{why}: do not act on {'these items' if items else 'this report'} alone.", "alarm")


def _moment(result: Result) -> list[Line]:
    if result.at is None:
        return wrapped(f"{result.course}: one moment, without a clock.", "strong")
    return wrapped(f"{result.course}, {clock(result.at)} (all times are UTC)", "strong")


def _currency(result: Result, run: Run) -> list[Line]:
    """How old the latest fact is, where that matters, and what was not looked at."""
    lines = []
    now = run.now or result.at
    if result.facts_to and now and elapsed(result.facts_to, now) > _STALE:
        age = roughly(elapsed(result.facts_to, now))
        lines += wrapped(f"FACTS TO {clock(result.facts_to, result.at)}, {age} before now.", "alarm")
    if result.later_events:
        many = "1 later event is" if result.later_events == 1 else f"{result.later_events} later events are"
        lines += wrapped(f"{many} not looked at.", "alarm")
    return lines


# --- findings ---------------------------------------------------------------------------------------------------------


def _grade(finding: Finding, names: Names, at: str | None, doubted: frozenset[str]) -> list[Line]:
    if finding.status == "determined":
        # The first line that holds names the sign; more of the same grade stand among the facts.
        lines_held = deciding(finding)
        because = line_text(lines_held[0]) if lines_held else "none of its signs holds"
        lines = wrapped(f"{finding.title} {finding.value}: {because}", "strong")
        lines += _facts(finding, names, at)
    else:
        lines = wrapped(f"{finding.title.removesuffix(' grade')} NOT DETERMINED: {_bounds(finding)}", "alarm")
        lines += _open(finding, names)
    if not finding.exact:
        lines += wrapped("too much is open to narrow this further", indent=3, hang=0)
    lines += [line for each in finding.discounted for line in _discounted(each, names)]
    return lines + _doubt(finding.rule, doubted)


def _facts(finding: Finding, names: Names, at: str | None) -> list[Line]:
    """What was charted for the lines that decided; of a grade that nothing holds up, what was charted against it."""
    found = read_facts(deciding(finding) or finding.because)
    told = [fact_text(fact, names, at) for fact in found[:_MOST_FACTS]]
    return wrapped("; ".join(told), indent=3, hang=0) if told else []


def _discounted(cause: Assumed, names: Names) -> list[Line]:
    text = f"{names.title(cause.element)}: without that it would be {said(cause.otherwise)}"
    return wrapped(text, "strong", indent=3, hang=0)


def _bounds(finding: Finding) -> str:
    """The worse bound first: whoever reads only three words reads the danger."""
    if finding.at_most is None:
        return "could be any grade"
    least = f" (at least {finding.at_least})" if finding.at_least is not None else ""
    return f"could be as high as {finding.at_most}{least}"


def _open(finding: Finding, names: Names) -> list[Line]:
    missing = [names.title(each.element) for each in finding.missing]
    return wrapped(f"open: {listed(missing, _MOST_FACTS, '; ')}", indent=3, hang=0) if missing else []


def _classification(finding: Finding, doubted: frozenset[str]) -> list[Line]:
    if finding.status == "determined" and finding.value == "not_given":
        return []
    if finding.status == "determined":
        because = "; ".join(line_text(each) for each in deciding(finding))
        text = f"{finding.title}: {_outcome(finding.value)}"
        lines = wrapped(f"{text}; {because}" if because else text, "strong")
    else:
        possible = [_outcome(each) for each in finding.possible]
        which = " or ".join(possible) if len(possible) <= _MOST_ANSWERS else f"{len(possible)} answers are possible"
        # What would decide it stands under ASK NEXT; up here each line costs one of those below.
        lines = wrapped(f"{finding.title} NOT DETERMINED: {which}", "strong")
    return lines + _doubt(finding.rule, doubted)


def _outcome(value: int | str | None) -> str:
    return str(value).replace("_", " ")


def _doubt(rule: str, doubted: frozenset[str]) -> list[Line]:
    return [Line(f"   {NOT_ALONE}.", "alarm")] if rule in doubted else []


# --- notices ----------------------------------------------------------------------------------------------------------


def notice_lines(notice: NoticeSaid, doubted: frozenset[str]) -> list[Line]:
    """A notice with the word that says how sure it is."""
    style: Style = "alarm" if notice.urgent else "plain"
    return wrapped(_how_sure(notice) + notice.says, style) + _doubt(notice.rule, doubted)


def _how_sure(notice: NoticeSaid) -> str:
    match notice.status:
        case "holds":
            return "URGENT: " if notice.urgent else ""
        case "not_excluded":
            return "NOT EXCLUDED: "
        case "contradiction":
            return "CONTRADICTION: "
        case _:
            assert_never(notice.status)


def _contradictions(result: Result) -> list[Line]:
    told = {notice.says for notice in result.notices if notice.status == "contradiction"}
    found = dict.fromkeys(text for finding in result.findings for text in finding.contradictions)
    return [line for text in found if text not in told for line in wrapped(f"CONTRADICTION: {text}", "alarm")]
