"""The end of the report: which rules, statements and sources spoke, what is to be verified, and which engines ran."""

from typing import assert_never

from clinguide.report.lines import Line, heading, listed, wrapped
from clinguide.report.names import Names
from clinguide.report.sections import Marks
from clinguide.results import Advice, Finding, Result, Run


def sources(result: Result, names: Names, marks: Marks) -> list[Line]:
    """The rules behind each mark with their statements, those of the grades, and what is to be verified."""
    advices = {each.rule: each for each in result.recommendations}
    lines = heading("SOURCES AND MARKS")
    for rule, number in marks.numbers.items():
        advice = advices[rule]
        lines += wrapped(f"[{number}] {rule} {advice.version}: {_cited(advice, names)}", "quiet", hang=4)
        if advice.verify:
            verify = f"verify, not read in the source or of low confidence: {listed(advice.verify)}"
            lines += wrapped(verify, "strong", indent=4, hang=0)
    for finding in result.findings:
        if finding.kind != "score" or finding.status == "determined":
            lines += wrapped(f"{finding.rule} {finding.version}: {_cited(finding, names)}", "quiet", hang=4)
    return lines


def _cited(spoke: Advice | Finding, names: Names) -> str:
    """The statements by source: "FL-CRS-05, MO-03 (santomasso-2021)"."""
    by_source: dict[str, list[str]] = {}
    for state in spoke.states:
        source, read = names.statement(spoke.rule, state)
        document = source.split(",", 1)[0]
        by_source.setdefault(document, []).append(f"{state} recalled" if read == "recalled" else state)
    told = [f"{listed(states)} ({source})" if source else listed(states) for source, states in by_source.items()]
    how = f"{spoke.strength}, {spoke.basis.replace('_', ' ')}: " if isinstance(spoke, Advice) else ""
    return how + listed(told, None, "; ")


def provenance(result: Result, run: Run) -> list[Line]:
    """Which knowledge answered, and whether two engines did."""
    said = result.knowledge
    day = f" for {said.as_of}" if said.as_of else ""
    changed = f", changed by {listed(said.overlays)}" if said.overlays else ""
    text = f"Knowledge {said.content[:19]}, protocol {said.protocol.id} {said.protocol.version}{changed}{day}. "
    lines = [Line(""), *wrapped(text + f"Approval: {run.approval}.", "quiet")]
    if said.not_in_force:
        silent = [f"{each.rule} ({each.why})" for each in said.not_in_force]
        lines += wrapped(f"Not in force: {listed(silent)}.", "quiet")
    return [*lines, *_engines(run)]


def _engines(run: Run) -> list[Line]:
    match run.engines.agreement:
        case "agree":
            return [Line(f"both engines agree on {run.engines.compared} items", "quiet")]
        case "not_run":
            return [Line("second engine not run", "quiet")]
        case "disagree":
            told = [
                f"- {each.item}: the reference says {each.reference}, durable-rules says {each.durable_rules}"
                for each in run.engines.differences
            ]
            lines = [Line("THE TWO ENGINES DISAGREE: the answers above are those of the reference.", "alarm")]
            return lines + [line for each in told for line in wrapped(each, "alarm", hang=2)]
        case _:
            assert_never(run.engines.agreement)
