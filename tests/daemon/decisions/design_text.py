"""Workflows written as text, one trigger a line, for tests.

T1: -> J1                          starts the workflow
T2: J1 -> J2 J3                    when J1 SUCCEEDED
T3: J2=FAILED & J3=TIMEOUT -> J4   when both have matched
T4: J2 | crawler:C1 -> J5          when either has (ANY)
T5 CREATED: J1 -> J6               never activated; DEACTIVATED: activated, then stopped
"""

from typing import Any

import msgspec

from events.vocabulary import Action, Condition, Predicate, TriggerDefinition


class Line(msgspec.Struct, frozen=True):
    """One trigger of a text: its definition, and the state it is to be in."""

    definition: TriggerDefinition
    state: str


def triggers(text: str, workflow: str) -> list[Line]:
    """The triggers of a text, in its order."""
    return [_line(line, workflow) for line in text.strip().splitlines()]


def jobs(lines: list[Line]) -> list[str]:
    """Every job that the triggers name, each once."""
    named: dict[str, None] = {}
    for line in lines:
        conditions = line.definition.predicate.conditions if line.definition.predicate else ()
        named.update(dict.fromkeys(c.job_name for c in conditions))
        named.update(dict.fromkeys(a.job_name for a in line.definition.actions))
    return [name for name in named if name]


def _line(line: str, workflow: str) -> Line:
    head, _, rest = line.strip().partition(":")
    watched, _, started = rest.partition("->")
    name, _, state = head.partition(" ")
    predicate = _predicate(watched.strip())
    kind = "CONDITIONAL" if predicate else "ON_DEMAND"
    actions = tuple(Action(**_target(target)) for target in started.split())
    return Line(
        TriggerDefinition(name, kind, workflow, actions=actions, predicate=predicate),
        state or ("ACTIVATED" if predicate else "CREATED"),
    )


def _predicate(watched: str) -> Predicate | None:
    if not watched:
        return None
    logical = "ANY" if "|" in watched else "AND"
    return Predicate(logical, tuple(_condition(part.strip()) for part in watched.replace("|", "&").split("&")))


def _condition(text: str) -> Condition:
    target, _, state = text.partition("=")
    wanted = state or "SUCCEEDED"
    states = {"crawl_state": wanted} if target.startswith("crawler:") else {"state": wanted}
    return Condition("EQUALS", **_target(target), **states)


def _target(text: str) -> dict[str, Any]:
    name = text.removeprefix("crawler:")
    return {"crawler_name": name} if name != text else {"job_name": name}
