"""An action in words: what to do, with the dose and its arithmetic, and what to confirm before."""

from clinguide.report.actions import Action
from clinguide.report.lines import Line, Style, clock, kept, listed, lower_first, wrapped
from clinguide.report.names import Names
from clinguide.report.top import NOT_ALONE
from clinguide.results import Do, DoseSaid

_PHRASES = {
    "give": "give",
    "continue": "continue",
    "change": "change to",
    "taper": "taper",
    "stop": "stop",
    "avoid": "avoid",
    "hold": "hold",
    "obtain": "obtain",
    "monitor": "monitor",
    "consult": "consult",
    "transfer": "transfer to",
    "postpone": "postpone",
    "discontinue": "discontinue",
    "precaution": "precaution:",
}
_RUNNING = {"continue": "continue", "change": "change", "stop": "stop"}
"""What giving becomes for a drug that is running."""


def action_lines(action: Action, names: Names, marks: str, doubted: frozenset[str]) -> list[Line]:
    """An action: a headline, and below it only what changes what is done."""
    lines = wrapped(f"- {_headline(action)}{marks}", "strong" if action.urgency == "1 h" else "plain", hang=2)
    for text, style in _below(action, names):
        lines += wrapped(text, style, indent=4, hang=2)
    if doubted.intersection(action.rules):
        lines.append(Line(f"    {NOT_ALONE}.", "alarm"))
    return lines


def _headline(action: Action) -> str:
    text = do_text(action.do)
    match action.strength:
        case "consider":
            text = f"consider: {text}"
        case "report":
            text = f"reported in case series; discuss: {text}"
    if action.confirm_first:
        return f"CONFIRM FIRST, then {text}"
    return text[:1].upper() + text[1:]


def do_text(do: Do) -> str:
    """One action as it is said: "give tocilizumab 656 mg intravenous over 60 min"."""
    phrase = _RUNNING.get(do.state or "", do.verb) if do.verb == "give" else do.verb
    parts = [_PHRASES.get(phrase, phrase), lower_first(do.title), _amount(do.dose), do.route or ""]
    parts.append(kept(f"over {do.over}") if do.over else "")
    every = do.every or (do.dose.every if do.dose else None)
    parts.append(kept(f"every {every}") if every else "")
    parts.append(f"for {do.duration}" if do.duration else "")
    text = " ".join(part for part in parts if part)
    return text + _state(do)


def _amount(dose: DoseSaid | None) -> str:
    if dose is None or dose.low is None:
        return ""
    return kept(dose.low if dose.high in (None, dose.low) else f"{dose.low} to {dose.high}")


def _state(do: Do) -> str:
    """What is charted of it: whether it is due or running, when it was last given and when it is next due."""
    words = {"due": "DUE", "continue": "running", "change": "running at another dose", "stop": "running"}
    told = [words[do.state]] if do.state in words else []
    told += [kept(f"last {clock(do.last_given, do.last_given)}")] if do.last_given else []
    told += [kept(f"next {clock(do.next_due, do.next_due)}")] if do.next_due else []
    return f" ({', '.join(told)})" if told else ""


def _below(action: Action, names: Names) -> list[tuple[str, Style]]:
    """The lines under a headline: arithmetic, parts, what to confirm, warnings."""
    dose = action.do.dose
    told: list[tuple[str, Style]] = []
    if dose is not None and dose.low is None:
        told.append((f"no amount is computed before that is confirmed; the rule: {dose.how}", "strong"))
    # A flat dose has no arithmetic to show; a step of a taper, or what it takes the place of, is said.
    elif dose is not None and any(word in dose.how for word in (" = ", "step ", "in place of ")):
        told.append((dose.how, "plain"))
    if action.do.parts:
        told.append((listed([lower_first(names.title(part)) for part in action.do.parts]), "plain"))
    told += [(f"confirm: {text}", "strong") for text in _to_confirm(action, names)]
    told += [(f"WARNING: {says}", "alarm") for says in action.warnings]
    return told


def _to_confirm(action: Action, names: Names) -> list[str]:
    """What to confirm, each fact once, facts of which the same is to be confirmed together."""
    wanted: dict[str, list[str]] = {}
    for each in action.confirm:
        title = names.title(each.element)
        wanted.setdefault(title, []).append(each.says.removeprefix(f"{title}: "))
    together: dict[str, list[str]] = {}
    for title, says in wanted.items():
        together.setdefault("; ".join(dict.fromkeys(says)), []).append(title)
    return [f"{'; '.join(titles)}: {says}" for says, titles in together.items()]
