"""The board that messages are folded into: whatever their order, it says how things stand."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.cli.documents import Run
from daemon.cli.watching.board import ENDED_RUNS_KEPT, Board
from daemon.cli.watching.fold import Message, give_up, receive, take_history, take_run
from daemon.cli.watching.payloads import read_event
from events.runs import NodeWaiting, RunStopAsked
from tests.daemon.cli.sample_documents import FIRST, partly_failed
from tests.daemon.cli.watching.story import LOG_ID, NAMESPACE, Story, job_run, run_id

R1, R2 = run_id(1), run_id(2)


def folded(*messages: Message) -> Board:
    """A board with these messages in it."""
    board = Board(NAMESPACE)
    for message in messages:
        receive(board, message)
    return board


def partly_failed_story() -> Story:
    """J1 succeeds, J2 fails, the run ends, its states are published."""
    story = Story(nodes=("J1", "J2", "J3"))
    story.start(R1)
    story.begin(R1, "J1")
    story.end(R1, "J1")
    story.begin(R1, "J2")
    story.end(R1, "J2", "FAILED", "exit code 1")
    story.complete(R1)
    return story


def test_events_alone_tell_a_run() -> None:
    """A run that began before one's eyes is known by its events, without any retained state."""
    view = folded(*partly_failed_story().messages).runs[R1]
    run = view.document()
    assert (run.status, run.outcome, run.total, run.by) == ("COMPLETED", "PARTLY_FAILED", 3, "api:ada")
    assert {node.name: node.state for node in run.nodes} == {"J1": "SUCCEEDED", "J2": "FAILED"}
    assert run.nodes[1].attempts[0].error == "exit code 1"
    assert (run.statistics.succeeded, run.statistics.failed) == (1, 1)


def test_states_alone_tell_a_run() -> None:
    """A monitor that came after all events knows the run by its retained state: also the nodes that never ran."""
    story = partly_failed_story()
    run = folded(story.run_state(R1)).runs[R1].document()
    assert run.outcome == "PARTLY_FAILED"
    assert [(node.name, node.state) for node in run.nodes] == [("J1", "SUCCEEDED"), ("J2", "FAILED"), ("J3", None)]
    assert run.completed_at is not None


@given(st.data())
def test_any_interleaving_of_states_and_events_ends_the_same(data: st.DataObject) -> None:
    """States say how new they are, so old ones never undo what newer events said, and old events change nothing."""
    story = Story(nodes=("J1", "J2"))
    steps: list[Callable[[], Message]] = [
        lambda: story.start(R1),
        lambda: story.begin(R1, "J1"),
        lambda: story.end(R1, "J1", "FAILED", "no"),
        lambda: story.begin(R1, "J2"),
        lambda: story.end(R1, "J2"),
        lambda: story.complete(R1),
    ]
    states = []
    for step in steps:
        step()
        states.append(story.run_state(R1))
    events = [message for message in story.messages if "/events/" in message.topic]
    late = data.draw(st.permutations(states[:-1]))
    mixed = data.draw(st.permutations([0] * len(events) + [1] * len(late)))
    queues = [iter(events), iter(late)]
    board = folded(states[0], *(next(queues[which]) for which in mixed), states[-1])
    expected = folded(states[-1]).runs[R1].document()
    seen = board.runs[R1].document()
    assert {node.key: node.state for node in seen.nodes} == {node.key: node.state for node in expected.nodes}
    assert (seen.outcome, seen.statistics) == (expected.outcome, expected.statistics)


def test_events_after_a_state_go_on_from_it() -> None:
    """Between two states the events keep nodes and counts up to date."""
    story = Story(nodes=("J1", "J2"))
    story.start(R1)
    story.begin(R1, "J1")
    state = story.run_state(R1)
    board = folded(state, story.end(R1, "J1"), story.begin(R1, "J2"))
    row = board.runs[R1].summary()
    assert (row.statistics.succeeded, row.statistics.running, row.total) == (1, 1, 2)


def test_attempts_wait_run_and_are_tried_again() -> None:
    """A node shows its newest attempt, and keeps those before it."""
    story = Story(nodes=("J1",))
    story.start(R1)
    waiting = NodeWaiting(story.at, "daemon", "JOB:J1", job_run(R1, "J1"), 0, "T1", 1)
    story.states[R1]["J1"] = {"state": "WAITING", "job_run_id": job_run(R1, "J1")}
    story.tell(R1, waiting)
    board = folded(*story.messages)
    assert board.runs[R1].nodes["JOB:J1"].state == "WAITING"
    for message in (story.begin(R1, "J1"), story.end(R1, "J1", "FAILED", "no"), story.begin(R1, "J1", 1)):
        receive(board, message)
    node = board.runs[R1].nodes["JOB:J1"]
    assert node.state == "RUNNING"
    assert [(one.number, one.state) for one in node.attempts] == [(1, "RUNNING"), (0, "FAILED")]


def test_a_resumed_run_marks_what_was_copied() -> None:
    """Nodes of another run are copied, and name it; those resumed from are marked."""
    story = partly_failed_story()
    story.resume(R2, R1, ["J2"])
    story.begin(R2, "J2")
    story.run_state(R2)
    run = folded(*story.messages).runs[R2].document()
    nodes = {node.name: node for node in run.nodes}
    assert run.previous_run_id == R1
    assert (nodes["J1"].copied, nodes["J1"].executed_in) == (True, R1)
    assert (nodes["J2"].copied, nodes["J2"].restarted, nodes["J2"].state) == (False, True, "RUNNING")


def test_a_stop_shows_at_once() -> None:
    """A run that is asked to stop is stopping, and then stopped."""
    story = Story(nodes=("J1",))
    story.start(R1)
    board = folded(*story.messages, story.tell(R1, RunStopAsked(story.at, "api:ada")))
    assert board.runs[R1].row.status == "STOPPING"
    receive(board, story.complete(R1, "STOPPED"))
    assert (board.runs[R1].row.status, board.runs[R1].is_active) == ("STOPPED", False)


def test_the_daemons_document_joins_what_is_known() -> None:
    """The document brings triggers and order; nodes of which newer events are known stay as those say."""
    story = Story()
    story.start(FIRST)
    story.begin(FIRST, "J2")
    board = folded(*story.messages)
    run = msgspec.convert(partly_failed(), Run)
    view = take_run(board, run, 1)
    document = view.document()
    assert [trigger.name for trigger in document.triggers] == ["T1", "T2", "T3", "T4", "T5"]
    assert [node.name for node in document.nodes] == ["J1", "J2", "J3", "J4", "J5"]
    assert {node.name: node.state for node in document.nodes}["J2"] == "RUNNING"
    take_run(board, run, 2)
    assert {node.name: node.state for node in view.document().nodes}["J2"] == "FAILED"


def test_workflows_come_and_go_by_their_states() -> None:
    """A workflow's state shows its newest run; an empty one takes it away."""
    story = partly_failed_story()
    board = folded(story.workflow_state(R1))
    assert (board.workflows["W1"].last_run_id, board.workflows["W1"].failed) == (R1, 1)
    receive(board, story.cleared("workflow", "W1"))
    assert board.workflows == {}


def test_a_late_will_of_an_earlier_session_is_passed_over() -> None:
    """Only the will of the session that is known takes a daemon offline; what its birth told is kept."""
    story = Story()
    board = folded(story.daemon(session=2, url="http://127.0.0.1:1", commands=True), story.daemon("offline", session=1))
    assert board.daemon is not None
    assert board.daemon.status == "online"
    receive(board, story.daemon("offline", session=2))
    assert (board.daemon.status, board.daemon.url, board.daemon.commands) == ("offline", "http://127.0.0.1:1", True)


def test_what_is_missing_is_known_and_closes_when_it_comes() -> None:
    """An event that was left out is a gap; it is put where it belongs when it comes late, and twice is once."""
    story = partly_failed_story()
    first, second, third, *_ = story.messages
    board = folded(first, third)
    assert board.sequence.gaps == [(2, 2)]
    assert receive(board, second) is not None
    assert receive(board, second) is None
    assert [event.sequence for event in board.events] == [1, 2, 3]
    assert board.sequence.missing == 0


def test_what_is_given_up_is_counted() -> None:
    """Events that cannot be had are no gap any longer, but lost."""
    story = partly_failed_story()
    board = folded(story.messages[0], story.messages[4])
    give_up(board, 2, 4)
    assert (board.sequence.missing, board.lost) == (0, 3)


def test_history_stands_before_what_was_seen() -> None:
    """Events of the past are shown, in order, and neither counted twice nor applied."""
    story = partly_failed_story()
    board = folded(*story.messages[3:])
    take_history(board, [read_event(message.payload) for message in story.messages[:5]])
    assert [event.sequence for event in board.events] == [1, 2, 3, 4, 5, 6]
    assert R1 not in board.runs


@pytest.mark.parametrize("payload", [b"", b"{", b"[]", b'{"id":1}', b"\xff\xfe", b'{"status":5}', b'{"sequence":"x"}'])
@pytest.mark.parametrize("levels", ["events/W1/r/run/started", "state/head", "state/workflow/W1", "state/run/W/R", "x"])
def test_rubbish_changes_nothing(levels: str, payload: bytes) -> None:
    """Anyone may publish on a broker without passwords: what is no message of ours is counted and passed over."""
    board = folded(Message(f"reglue/v1/{NAMESPACE}/{levels}", payload, 0.0))
    assert (board.runs, board.workflows, board.head, list(board.events)) == ({}, {}, None, [])


def test_another_log_begins_anew() -> None:
    """After a daemon began another log its events count from there, and nothing of the old one is missing."""
    story = partly_failed_story()
    board = folded(*story.messages)
    other = story.messages[0].payload.replace(LOG_ID.encode(), b"f" * 16)
    assert receive(board, Message(story.messages[0].topic, other, 1.0)) is not None
    assert board.log_id == "f" * 16
    assert board.sequence.missing == 0


def test_ended_runs_are_forgotten_in_the_end() -> None:
    """A monitor that is left alone for weeks does not grow without bounds."""
    board = Board(NAMESPACE)
    story = Story(nodes=("J1",))
    for number in range(ENDED_RUNS_KEPT + 20):
        receive(board, story.start(run_id(number)))
        receive(board, story.complete(run_id(number)))
    assert len(board.runs) <= ENDED_RUNS_KEPT + 1
    assert run_id(ENDED_RUNS_KEPT + 19) in board.runs
