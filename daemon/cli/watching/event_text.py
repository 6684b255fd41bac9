"""An event as one line: when, where in the log, of what, and what happened."""

from datetime import datetime

from rich.text import Text

from daemon.cli.looks import COPIED, FIRED, RESTARTED, look, plain
from daemon.cli.short_ids import short
from daemon.cli.watching.payloads import Event

ROOMY = 110
"""From this many columns on a line says all."""

HASH_DIGITS = 12
"""Of a design's hash so many tell it from others."""

_VERBS = {"node.waiting": "WAITING", "node.started": "RUNNING", "node.stop_asked": "STOPPING"}


def event_line(event: Event, now: datetime, *, whole: bool = True, width: int = ROOMY) -> Text:
    """The line; with `whole` it names workflow and run, which a page about one run leaves out. On a narrow screen the
    place in the log, the milliseconds and the run give way to what happened."""
    at = event.time.astimezone(now.tzinfo)
    line = Text.assemble((f"{at:%H:%M:%S}", "dim"))
    if width >= ROOMY:
        line.append(f".{at.microsecond // 1000:03} {event.sequence:>6}", "dim")
    line.append("  ")
    if whole and event.facts.run_id:
        line.append(plain(event.facts.workflow or "-") + "  ", "bold")
        line.append(short(event.facts.run_id) + "  " if width >= ROOMY else "", "dim")
    return line.append_text(event_told(event))


def event_told(event: Event) -> Text:
    """What happened, in words."""
    facts = event.facts
    if event.name.startswith("node."):
        return _node_told(event)
    match event.name:
        case "trigger.fired" if facts.run_id:
            return Text.assemble((FIRED, "green"), f" trigger {plain(facts.trigger or '')} fired")
        case "run.started":
            return Text(f"● run started ({_cause(event)})", "cyan")
        case "run.resumed":
            names = ", ".join(key.partition(":")[2] for key in facts.restarted)
            previous = short(facts.previous_run_id or "")
            return Text.assemble((f"{RESTARTED} resumed", "cyan"), f" at {plain(names)} {COPIED} {previous}")
        case "run.stop_asked":
            return Text(f"■ run asked to stop by {plain(facts.by)}", "yellow")
        case "run.completed":
            outcome = facts.outcome or facts.status
            shown = look(outcome)
            return Text(f"{shown.icon} run ended: {outcome.replace('_', ' ')}{_error(facts.error)}", shown.style)
    kind = event.name.replace("_", " ").replace(".", " ")
    subject = event.subject.partition(":")[2] or event.subject
    subject = subject[:HASH_DIGITS] if event.name.startswith("design.") else subject
    told = Text(f"{kind} {plain(subject)}".rstrip())
    return told.append(f" by {plain(facts.by)}", "dim") if facts.by else told


def _node_told(event: Event) -> Text:
    facts = event.facts
    state = facts.state or _VERBS.get(event.name, "")
    shown = look(state)
    name = plain(facts.node) + (" (crawler)" if facts.node_type == "CRAWLER" else "")
    told = Text.assemble((f"{shown.icon} ", shown.style), (name, "bold"), (f" {state}", shown.style))
    if facts.attempt:
        told.append(f" attempt {facts.attempt + 1}", "dim")
    if facts.retried:
        told.append(", tried again", "dim")
    return told.append(_error(facts.error))


def _cause(event: Event) -> str:
    cause = event.facts.cause
    if cause is None or cause.kind == "API":
        return plain(event.facts.by)
    return plain(f"{cause.kind.lower()} {cause.trigger or ''}".rstrip())


def _error(error: str | None) -> str:
    lines = (error or "").splitlines()
    return f": {plain(lines[0])}" if lines else ""
