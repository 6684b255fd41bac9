"""A run on the screen: the causes first, then the graph, then the way out."""

from typing import Any

import pytest
from rich.console import Console
from rich.text import Text

from daemon.cli.run_page import blocked, run_end, run_page
from tests.daemon.cli import sample_documents as sample
from tests.daemon.cli.printing import NOW, printed, typed

PARTLY_FAILED = """\
W1  ✘ PARTLY FAILED  COMPLETED
wr_01a20599a1503c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c
1 succeeded, 2 failed, 2 never ran
started 14:02:01 (api:ada), took 3.2 s

2 failed, 2 never ran because of them:
  ✘ J2  FAILED
    Command failed with exit code 1: orders.csv has not arrived
    reglue logs jr_01a20599a152222222
  ✘ J3  FAILED
    Command failed with exit code 1: orders.csv has not arrived
    reglue logs jr_01a20599a153333333

▸ T1  on demand  fired 14:02:01
    ✔ J1  SUCCEEDED  500 ms  jr_01a20599a151111111
▸ T2  after J1 SUCCEEDED  fired 14:02:01
    ✘ J2  FAILED     500 ms  jr_01a20599a152222222
▸ T3  after J1 SUCCEEDED  fired 14:02:01
    ✘ J3  FAILED     500 ms  jr_01a20599a153333333
▹ T4  after J2 SUCCEEDED  did not fire
    · J4  never ran
▹ T5  after J3 SUCCEEDED  did not fire
    · J5  never ran

Repair the cause, then:
    reglue resume W1 wr_01a20599a1503c --failed"""

RESUMED = """\
W1  ✔ SUCCEEDED  COMPLETED
wr_01a20599a4ffa9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9
↩ resumed from wr_01a20599a1503c
5 succeeded
started 14:02:01 (resume by api:ada), took 3.2 s

▸ T1  on demand  fired 14:02:01 ↩ wr_01a20599a1503c
    ✔ J1  SUCCEEDED  500 ms  jr_01a20599a151111111  ↩ wr_01a20599a1503c
▸ T2  after J1 SUCCEEDED  fired 14:02:01 ↩ wr_01a20599a1503c
    ✔ J2  SUCCEEDED  500 ms  jr_01a20599a152222222  ↻ resumed here
▸ T3  after J1 SUCCEEDED  fired 14:02:01 ↩ wr_01a20599a1503c
    ✔ J3  SUCCEEDED  500 ms  jr_01a20599a153333333  ↻ resumed here
▸ T4  after J2 SUCCEEDED  fired 14:02:01
    ✔ J4  SUCCEEDED  500 ms  jr_01a20599a154444444
▸ T5  after J3 SUCCEEDED  fired 14:02:01
    ✔ J5  SUCCEEDED  500 ms  jr_01a20599a155555555"""


def page(document: dict[str, Any], width: int = 80) -> list[str]:
    """The page of a run."""
    return printed(run_page(sample.as_run(document), NOW, typed), width)


def test_causes_come_first() -> None:
    """A partly failed run shows what failed and why, what that kept from running, the graph, and how to go on."""
    assert page(sample.partly_failed()) == PARTLY_FAILED.splitlines()


def test_resumed_run_names_the_origin_of_copies() -> None:
    """A resumed run shows where each copied node and firing comes from, and where it was resumed."""
    assert page(sample.resumed()) == RESUMED.splitlines()


def test_long_errors_wrap_below_themselves() -> None:
    """An error wider than the screen goes on in its own column, and only its first line is shown."""
    document = sample.partly_failed()
    document["nodes"][1]["attempts"][0]["error"] = "word " * 30 + "\nsecond line"
    lines = [line for line in page(document, 60) if "word" in line]
    assert len(lines) > 1
    assert all(line.startswith("    word") and len(line) <= 60 for line in lines)
    assert not any("second line" in line for line in page(document))


def test_texts_cannot_steer_the_terminal() -> None:
    """Escape characters in names and errors are replaced, and brackets are no markup."""
    document = sample.partly_failed()
    document["workflow"] = "\x1b[31mW[bold]1"
    document["nodes"][1] |= {"name": "a\x07b"}
    document["nodes"][1]["attempts"][0]["error"] = "\x1b]0;title\x07 [red]x[/red]"
    text = "\n".join(page(document))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[31mW[bold]1" in text
    assert "[red]x[/red]" in text


def test_blocked_nodes_are_those_behind_failures() -> None:
    """A node that never ran counts as blocked if a failed one leads to it, however far, and not otherwise."""
    document = sample.partly_failed()
    document["nodes"][2] = sample.node("J3", "SUCCEEDED")
    document["nodes"].append(sample.node("J5", None, key="JOB:J6", name="J6"))
    behind = sample.trigger("T4", False, name="T6", conditions=[{"node": "JOB:J4", "state": "SUCCEEDED"}])
    document["triggers"].append(behind | {"actions": ["JOB:J6"]})
    assert [node.name for node in blocked(sample.as_run(document))] == ["J4", "J6"]


def test_many_failures_are_cut_short() -> None:
    """Of many failures the first ten are told, and how many more there are."""
    document = sample.partly_failed()
    document["nodes"] = [sample.node("J2", "FAILED", key=f"JOB:n{number}", name=f"n{number}") for number in range(12)]
    lines = page(document)
    assert "12 failed:" in lines
    assert "  and 2 more below" in lines


@pytest.mark.parametrize(
    ("state", "told"), [("TIMEOUT", "1 timed out"), ("ERROR", "1 could not start"), ("STOPPED", "1 stopped")]
)
def test_every_bad_end_is_named(state: str, told: str) -> None:
    """What did not succeed without failing is told by its own word."""
    document = sample.partly_failed()
    document["nodes"][1:3] = [sample.node("J2", state)]
    assert f"{told}, 1 never ran because of it:" in page(document)


def test_run_that_could_not_start_says_why() -> None:
    """A run in the status ERROR shows its own error, and nothing to resume."""
    document = sample.summary(status="ERROR", outcome="ERROR", error="Concurrent runs exceeded for workflow: W1.")
    lines = page(document)
    assert "Concurrent runs exceeded for workflow: W1." in lines
    assert not any("resume" in line for line in lines)


def test_end_of_a_wait_leaves_the_graph_out() -> None:
    """What `--wait` prints at the end is the page without triggers and nodes."""
    lines = printed(run_end(sample.as_run(sample.partly_failed()), NOW, typed))
    assert lines[:12] == PARTLY_FAILED.splitlines()[:12]
    assert lines[-1] == "    reglue resume W1 wr_01a20599a1503c --failed"
    assert not any(line.startswith(("▸", "▹")) for line in lines)


def test_error_message_ends_where_its_text_does(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is filled up with spaces to the width of a screen that is not there."""
    screen = Console(width=160)
    for part in run_page(sample.as_run(sample.partly_failed()), NOW, typed):
        screen.print(part, soft_wrap=isinstance(part, Text))
    assert not [line for line in capsys.readouterr().out.splitlines() if line != line.rstrip()]
