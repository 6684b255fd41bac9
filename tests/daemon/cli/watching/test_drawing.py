"""Lines as they are drawn: widths that fit, bars that are true, words that say what happened."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from daemon.cli.documents import Attempt, Node, Run, Statistics
from daemon.cli.watching.board import Board
from daemon.cli.watching.cells import Column, heading, line
from daemon.cli.watching.event_text import event_line, event_told
from daemon.cli.watching.fold import receive
from daemon.cli.watching.freshness import DOWN, LIVE, STALE, freshness
from daemon.cli.watching.overview_lines import run_cells, run_columns, workflow_cells, workflow_columns
from daemon.cli.watching.payloads import WorkflowState, read_event
from daemon.cli.watching.run_lines import Seen, failure_lines, head_lines, matching, node_cells, node_columns, progress
from daemon.cli.watching.subscriber import Link
from daemon.cli.watching.timeline import Span, bars, span_of
from events.runs import RunStopAsked
from tests.daemon.cli.sample_documents import FIRST, partly_failed, resumed
from tests.daemon.cli.watching.story import NAMESPACE, Story, run_id

NOW = datetime(2026, 11, 3, 14, 3, tzinfo=UTC)
START = datetime(2026, 11, 3, 14, 2, tzinfo=UTC)
SPAN = Span(START, START + timedelta(seconds=10))


def second(number: float) -> datetime:
    """A moment of the span."""
    return START + timedelta(seconds=number)


def ran(state: str, begin: float, end: float | None) -> Node:
    """A node that ran once."""
    attempt = Attempt("jr_1", 0, state, "T1", second(begin), second(end) if end is not None else None)
    return Node("JOB:J", "JOB", "J", "u", state, FIRST, attempts=(attempt,))


def test_bars_stand_where_nodes_ran() -> None:
    """A bar begins and ends where its attempt did; an open one goes on to the end."""
    assert bars(ran("SUCCEEDED", 0, 5), SPAN, 10).plain == "━━━━━╸    "
    assert bars(ran("RUNNING", 5, None), SPAN, 10).plain == "     ━━━━━"
    assert bars(ran("FAILED", 5.5, 8.5), SPAN, 10).plain == "     ╺━━━ "
    assert bars(Node("JOB:J", "JOB", "J", "u"), SPAN, 10).plain.strip() == ""


def test_a_copied_node_names_the_run_it_comes_from() -> None:
    """Where others have a bar, a copied node says in which run it ran."""
    copied = msgspec.structs.replace(ran("SUCCEEDED", 0, 5), copied=True)
    assert bars(copied, SPAN, 30).plain == f"↩ {FIRST[:17]}"


@example(2.0, 1.0, 5)
@given(st.floats(-5, 20), st.one_of(st.none(), st.floats(-5, 20)), st.integers(0, 50))
def test_bars_are_as_wide_as_their_column(begin: float, end: float | None, width: int) -> None:
    """Whatever clocks say, a bar neither leaves its column nor vanishes."""
    drawn = bars(ran("RUNNING" if end is None else "SUCCEEDED", begin, end), SPAN, width)
    assert cell_len(drawn.plain) == width
    assert width == 0 or drawn.plain.strip()


@given(st.lists(st.integers(0, 5000), min_size=7, max_size=7), st.integers(0, 5000), st.integers(8, 60))
def test_progress_is_as_wide_as_asked_and_hides_no_failure(counts: list[int], never: int, width: int) -> None:
    """One failure among thousands has a cell of its own."""
    statistics = Statistics(*counts)
    bar = progress(statistics, sum(counts) + never, width)
    assert cell_len(bar.plain) == width
    failed = [span for span in bar.spans if "red" in str(span.style)]
    assert not statistics.failed or failed


@pytest.mark.parametrize("width", [40, 80, 119, 120, 200])
def test_tables_fit_the_screen(width: int) -> None:
    """No line of any table is wider than the screen, and the columns have their titles."""
    run = msgspec.convert(resumed(), Run)
    nodes = node_columns(run.nodes, width)
    lines = [line(node_cells(node, Seen(NOW, span_of(run, NOW)), nodes), nodes) for node in run.nodes]
    columns = run_columns([run], width, named=True)
    lines += [line(run_cells(run, NOW, columns), columns), heading(columns)]
    columns = workflow_columns(["W1"], width)
    state = WorkflowState(workflow="W1", last_run_id=FIRST, outcome="PARTLY_FAILED", total=5, failed=2)
    lines += [line(workflow_cells(state, NOW, columns), columns)]
    lines += [line(workflow_cells(WorkflowState(workflow="new"), NOW, columns), columns)]
    assert all(cell_len(one.plain) <= max(width, 64) for one in lines)


def test_wide_names_are_cut_to_their_column() -> None:
    """Names of any script keep the columns in line."""
    columns = (Column("A", 6), Column("B", 3, right=True))
    assert line([Text("日本語日本語"), Text("7")], columns).plain == "日本 …    7"


def test_failures_come_first_with_their_reasons() -> None:
    """What failed, why, and how much never ran because of it, as `reglue show` says it."""
    lines = [one.plain for one in failure_lines(msgspec.convert(partly_failed(), Run), 4)]
    assert lines[0] == "2 failed, 2 never ran because of them:"
    assert "J2  Command failed with exit code 1: orders.csv has not arrived" in lines[1]
    assert len(failure_lines(msgspec.convert(partly_failed(), Run), 3)) == 3
    assert failure_lines(msgspec.convert(resumed(), Run), 9) == []


def test_a_runs_head_says_what_matters() -> None:
    """Outcome, progress, cause, and the run it was resumed from."""
    text = "\n".join(one.plain for one in head_lines(msgspec.convert(resumed(), Run), NOW, 80))
    assert "W1  ✔ SUCCEEDED" in text
    assert f"↩ resumed from {FIRST[:17]}" in text
    assert "took 3.2 s" in text


def test_nodes_are_found_by_words() -> None:
    """Words of the name, the state or the error, in any order; or failures alone."""
    nodes = msgspec.convert(partly_failed(), Run).nodes
    assert [node.name for node in matching(nodes, "failed orders", False)] == ["J2", "J3"]
    assert [node.name for node in matching(nodes, "never", False)] == ["J4", "J5"]
    assert [node.name for node in matching(nodes, "j3", True)] == ["J3"]


def test_events_are_told_in_words() -> None:
    """Each event of a run as one line that a person understands."""
    story = Story(nodes=("J1",))
    first, second_run = run_id(1), run_id(2)
    story.start(first)
    story.fire(first, "T1")
    story.begin(first, "J1")
    story.end(first, "J1", "FAILED", "exit code 1\nmore")
    story.tell(first, RunStopAsked(story.at, "api:ada"))
    story.complete(first)
    story.resume(second_run, first, ["J1"])
    assert [event_told(read_event(message.payload)).plain for message in story.messages] == [
        "● run started (api:ada)",
        "▸ trigger T1 fired",
        "● J1 RUNNING",
        "✘ J1 FAILED: exit code 1",
        "■ run asked to stop by api:ada",
        "✘ run ended: PARTLY FAILED",
        f"↻ resumed at J1 ↩ {first[:17]}",
    ]
    whole = event_line(read_event(story.messages[2].payload), NOW, whole=True, width=160).plain
    assert whole == f"14:02:24.000      3  W1  {first[:17]}  ● J1 RUNNING"
    narrow = event_line(read_event(story.messages[2].payload), NOW, whole=True, width=80).plain
    assert narrow == "14:02:24  W1  ● J1 RUNNING"


def test_freshness_is_honest() -> None:
    """Live is said only when connected, with a daemon online and nothing missing."""
    story, board = Story(), Board(NAMESPACE)
    connected = Link("connected", 100.0)
    assert freshness(board, Link("connecting", 100.0), 101.0).level == STALE
    lost = freshness(board, Link("lost", 100.0, "Connection refused", 105.0), 102.0)
    assert (lost.level, lost.text) == (DOWN, "no broker for 2.0 s, next try in 3 s: Connection refused")
    assert "no daemon" in freshness(board, connected, 110.0).text
    receive(board, story.daemon())
    assert freshness(board, connected, 101.0).level == LIVE
    story.start(run_id(1))
    receive(board, story.messages[-1])
    story.position += 2
    receive(board, story.head())
    assert freshness(board, connected, board.gap_since + 1).text == "live, 2 events behind"
    assert freshness(board, connected, board.gap_since + 2).text == "2 events missing"
    receive(board, story.daemon("offline"))
    assert freshness(board, connected, 101.0).level == DOWN
