"""What a resume or a stop will do, told before it is done. Pure: the run as it is known, and what was picked."""

from collections.abc import Iterable, Sequence

import msgspec
from rich.text import Text

from daemon.cli.documents import Node, Run
from daemon.cli.looks import COPIED, RESTARTED, plain
from daemon.cli.run_page import ended_badly
from daemon.cli.short_ids import short
from daemon.cli.watching.orders import Order
from daemon.cli.watching.run_view import ACTIVE

MOST_NAMES = 8


class Plan(msgspec.Struct, frozen=True):
    """An order, and what it means in words; without an order the words say why there is none."""

    title: str
    lines: tuple[Text, ...]
    order: Order | None = None


def resume_plan(run: Run, picked: Iterable[str]) -> Plan:
    """A resume from the nodes picked, or from all that failed if none is."""
    title = f"Resume {plain(run.workflow)} {short(run.run_id)}"
    if run.status in ACTIVE:
        return Plan(title, (Text("It still runs. A run can be resumed once it has ended; s stops it."),))
    if run.status == "ERROR":
        return Plan(title, (Text("It ended in ERROR, and only a COMPLETED run can be resumed."),))
    chosen = [node for node in run.nodes if node.key in set(picked)]
    never = [node for node in chosen if not node.attempts]
    if never:
        why = f"{_names(never)} never ran. A run is resumed from nodes that did; what follows them runs too."
        return Plan(title, (Text(why),))
    nodes = chosen or [node for node in run.nodes if ended_badly(node)]
    if not nodes:
        return Plan(
            title, (Text("Nothing failed in it. Pick nodes with the space bar to run them again all the same."),)
        )
    order = Order(run.workflow, run.run_id, tuple(node.key for node in nodes), run.status == "STOPPED")
    return Plan(title, tuple(_resume_lines(run, nodes, "picked" if chosen else "failed")), order)


def stop_plan(run: Run) -> Plan:
    """The end of a run that goes on."""
    title = f"Stop {plain(run.workflow)} {short(run.run_id)}"
    if run.status not in ACTIVE:
        return Plan(title, (Text("It has ended already."),))
    if run.status == "STOPPING":
        return Plan(title, (Text("It is being stopped already."),))
    running = [node for node in run.nodes if node.state in ("RUNNING", "STARTING", "WAITING")]
    ends = f"Ends {_names(running)}." if running else "Nothing runs at this moment."
    return Plan(title, (Text(f"{ends} Nothing more starts in it."),), Order(run.workflow, run.run_id))


def downstream(run: Run, keys: Iterable[str]) -> set[str]:
    """The keys of all nodes that follow these, as far as the run's triggers are known."""
    after: dict[str, set[str]] = {}
    for trigger in run.triggers:
        for condition in trigger.conditions:
            after.setdefault(condition.node, set()).update(trigger.actions)
    reached: set[str] = set()
    ahead = list(keys)
    while ahead:
        following = after.get(ahead.pop(), set()) - reached
        reached |= following
        ahead += following
    return reached


def _resume_lines(run: Run, nodes: Sequence[Node], why: str) -> Iterable[Text]:
    keys = [node.key for node in nodes]
    redundant = [node for node in nodes if node.key in downstream(run, [key for key in keys if key != node.key])]
    starting = [node for node in nodes if node not in redundant] or list(nodes)
    count = len(starting)
    yield Text.assemble((f"{RESTARTED} starts again at {_names(starting)}", "cyan"), f" ({count} {why})")
    if redundant and redundant != list(nodes):
        yield Text(f"  {_names(redundant)}: downstream of these, so picked without need", "dim")
    if run.triggers:
        again = downstream(run, keys)
        later = [node for node in run.nodes if node.key in again and node not in starting]
        yield Text(f"  then what follows from them: {_names(later) if later else 'nothing'}")
        copied = [node for node in run.nodes if node.attempts and node.key not in again | set(keys)]
        yield Text(f"{COPIED} copied as they are: {_names(copied) if copied else 'none'}", "dim")
    else:
        yield Text("  then everything downstream of them; all other nodes are copied as they are", "dim")
    if run.status == "STOPPED":
        yield Text("It was stopped: AWS Glue would refuse to resume it.", "yellow")
    yield Text("It becomes a new run; this one stays as it is.", "dim")


def _names(nodes: Sequence[Node]) -> str:
    names = [plain(node.name) for node in nodes[:MOST_NAMES]]
    more = len(nodes) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
