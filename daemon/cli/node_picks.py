"""Turns the nodes that a person names into the nodes of a run to resume from."""

import difflib
from collections.abc import Sequence

from daemon.cli.documents import Node, Run
from daemon.cli.failures import BadInput


def picked(run: Run, names: Sequence[str]) -> list[Node]:
    """The nodes with these names, each once; `JOB:name` and `CRAWLER:name` tell namesakes apart. Raises BadInput."""
    by_key = {node.key: node for node in run.nodes}
    nodes = [by_key.get(name) or _by_name(run, name) for name in names]
    return list({node.key: node for node in nodes}.values())


def _by_name(run: Run, name: str) -> Node:
    found = [node for node in run.nodes if node.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise BadInput(f"{name} is both a job and a crawler; write {' or '.join(node.key for node in found)}.")
    if any(trigger.name == name for trigger in run.triggers):
        raise BadInput(f"{name} is a trigger; a run is resumed from jobs or crawlers.")
    close = difflib.get_close_matches(name, [node.name for node in run.nodes], n=3)
    meant = f" Did you mean {' or '.join(close)}?" if close else ""
    raise BadInput(f"The run has no job or crawler named {name!r}.{meant}")
