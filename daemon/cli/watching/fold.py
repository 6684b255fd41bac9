"""Messages in, a board out. Pure: no socket, no clock; the moment of its arrival comes with each message."""

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import unquote

import msgspec

from daemon.cli.documents import Cause, Run, Statistics, Summary
from daemon.cli.short_ids import moment_ms
from daemon.cli.watching.board import Board
from daemon.cli.watching.payloads import DaemonState, Event, Head, RunState, WorkflowState, read_event
from daemon.cli.watching.run_view import RunView, row_of
from daemon.mqtt.topics import ROOT, level

UNKNOWN = Cause("")
"""Why a run began that was met in its middle."""

BEGINNINGS = ("run.started", "run.resumed")

LARGEST_BODY_KEPT = 4096
"""Events are kept by the thousand; of the large ones what was read out of them is enough."""


class Message(msgspec.Struct, frozen=True):
    """One message of the broker; `at` is when it came, in seconds of a monotonic clock."""

    topic: str
    payload: bytes
    at: float


def receive(board: Board, message: Message) -> Event | None:
    """Fold one message in. Returns its event, if it is one that was not seen before."""
    board.version += 1
    try:
        return _received(board, message)
    except ValueError:
        board.unreadable += 1
        return None
    finally:
        board.look_at_gaps(message.at)


def _received(board: Board, message: Message) -> Event | None:
    parts = message.topic.removeprefix(f"{ROOT}/{level(board.namespace)}/").split("/")
    if parts[0] == "events":
        return take_event(board, read_event(message.payload))
    if parts[0] == "state" and len(parts) > 1:
        _take_state(board, [unquote(part) for part in parts[1:]], message)
    return None


def take_event(board: Board, event: Event) -> Event | None:
    """Fold one event in, however it came; None if it was seen before."""
    board.log_id = event.log_id
    if not board.sequence.see(event.sequence):
        return None
    late = bool(board.events) and event.sequence < board.events[-1].sequence
    board.events.append(event if len(event.body) <= LARGEST_BODY_KEPT else msgspec.structs.replace(event, body=b""))
    if late:
        _in_order(board)
    _apply(board, event)
    return event


def take_history(board: Board, events: Iterable[Event]) -> None:
    """Show events that are older than what was seen first, without applying them: the states have them already."""
    known = {(event.log_id, event.sequence) for event in board.events}
    board.events.extendleft(event for event in events if (event.log_id, event.sequence) not in known)
    board.version += 1
    _in_order(board)


def take_run(board: Board, run: Run, sequence: int) -> RunView:
    """Fold the daemon's document of a run in, which is as new as position `sequence` at least."""
    view = board.runs.setdefault(run.run_id, RunView(run))
    view.take_document(run, sequence)
    board.version += 1
    return view


def take_rows(board: Board, rows: Iterable[Summary]) -> None:
    """Fold rows of the history in; a run that is known already is known better."""
    for row in rows:
        board.runs.setdefault(row.run_id, RunView(row))
    board.version += 1


def give_up(board: Board, first: int, last: int) -> None:
    """Take note that events are lost for this monitor."""
    before = board.sequence.missing
    board.sequence.give_up(first, last)
    board.lost += before - board.sequence.missing
    board.version += 1


def _in_order(board: Board) -> None:
    ordered = sorted(board.events, key=lambda event: (event.log_id == board.log_id, event.sequence))
    board.events.clear()
    board.events.extend(ordered)


def _apply(board: Board, event: Event) -> None:
    facts = event.facts
    if event.name in BEGINNINGS:
        board.runs.setdefault(facts.run_id, RunView(_row_at_start(event)))
        board.bound()
    run = board.runs.get(facts.run_id)
    if run is not None:
        run.take_event(event)
    if event.name == "workflow.removed":
        board.workflows.pop(facts.workflow, None)
    elif event.name == "workflow.defined" and facts.workflow:
        board.workflows.setdefault(facts.workflow, WorkflowState(workflow=facts.workflow))


def _take_state(board: Board, levels: list[str], message: Message) -> None:
    """A retained state; an empty payload clears it."""
    match levels:
        case ["daemon", instance]:
            _take_daemon(board, instance, message.payload)
        case ["head"] if message.payload:
            _take_head(board, message)
        case ["workflow", name] if not message.payload:
            board.workflows.pop(name, None)
        case ["workflow", name]:
            board.workflows[name] = msgspec.json.decode(message.payload, type=WorkflowState)
        case ["run", _, _] if message.payload:
            _take_run_state(board, msgspec.json.decode(message.payload, type=RunState))


def _take_daemon(board: Board, instance: str, payload: bytes) -> None:
    """A late will of a connection before this one is recognised by its session."""
    if not payload:
        board.daemons.pop(instance, None)
        return
    state = msgspec.json.decode(payload, type=DaemonState)
    known = board.daemons.get(instance)
    if known is None or state.session >= known.session:
        # What only the birth tells is kept when the will comes.
        board.daemons[instance] = state if state.url or known is None else _ended(known, state)


def _ended(known: DaemonState, will: DaemonState) -> DaemonState:
    return msgspec.structs.replace(known, status=will.status, session=will.session, time=will.time)


def _take_head(board: Board, message: Message) -> None:
    head = msgspec.json.decode(message.payload, type=Head)
    board.head = head
    board.log_id = head.log_id or board.log_id
    board.sequence.expect(head.sequence)


def _take_run_state(board: Board, state: RunState) -> None:
    run = board.runs.get(state.run_id)
    if run is None:
        run = board.runs[state.run_id] = RunView(_row_of_state(state))
        board.bound()
    run.take_state(state)


def _row_of_state(state: RunState) -> Summary:
    return row_of(state, _bare_row(state.run_id, state.workflow, state.started or _moment_of(state.run_id)))


def last_run_row(state: WorkflowState) -> Summary | None:
    """The newest run of a workflow in one row, None if it never ran."""
    if not state.last_run_id:
        return None
    bare = _bare_row(state.last_run_id, state.workflow, state.started or _moment_of(state.last_run_id))
    return row_of(state, bare)


def _row_at_start(event: Event) -> Summary:
    facts = event.facts
    bare = _bare_row(facts.run_id, facts.workflow, event.time)
    return msgspec.structs.replace(
        bare,
        cause=facts.cause or UNKNOWN,
        by=facts.by,
        previous_run_id=facts.previous_run_id,
        root_run_id=facts.root,
        depth=facts.depth,
    )


def _bare_row(run_id: str, workflow: str, started: datetime) -> Summary:
    return Summary(
        run_id=run_id,
        workflow=workflow,
        status="RUNNING",
        outcome="RUNNING",
        started_at=started,
        statistics=Statistics(),
        cause=UNKNOWN,
    )


def _moment_of(run_id: str) -> datetime:
    """When the run's id was made, for states that do not say when it started."""
    return datetime.fromtimestamp((moment_ms(run_id) or 0) / 1000, UTC)
