"""`reglue schedule`: the table, and against a real daemon."""

import json
from pathlib import Path

import msgspec

from daemon.cli.subcommands.schedule import Scheduled, schedule_table
from tests.corridor.daemons import Daemon
from tests.corridor.workshop import Workshop
from tests.daemon.cli import sample_documents as sample
from tests.daemon.cli.conftest import Reglue
from tests.daemon.cli.printing import NOW, printed

YEARLY, NIGHTLY = "cron(0 0 1 1 ? *)", "cron(30 2 * * ? *)"


def scheduled(**changes: object) -> Scheduled:
    """A schedule as the daemon wrote it."""
    document = {"kind": "trigger", "name": "T1", "schedule": NIGHTLY, "starts": ["WORKFLOW:W1"]}
    return msgspec.convert(document | changes, Scheduled)


def test_table_tells_the_next_and_the_last() -> None:
    """Late firings and those that started nothing say so; a schedule may be over."""
    fired = {"due": "2026-11-03T02:30:00Z", "started": [sample.FIRST]}
    rows = (
        scheduled(next="2026-11-04T02:30:00Z", last=fired),
        scheduled(next="2026-11-04T02:30:00Z", last=fired | {"catch_up": True}),
        scheduled(starts=["JOB:J1", "JOB:J2"], last=fired | {"error": "Workflow 'W1' does not exist."}),
        scheduled(),
    )
    lines = [" ".join(line.split()) for line in printed([schedule_table(rows, NOW)], 160)[2:]]
    assert lines == [
        f"Nov 04 02:30 T1 W1 {NIGHTLY} 02:30:00 wr_01a20599a1503c",
        f"Nov 04 02:30 T1 W1 {NIGHTLY} 02:30:00 caught up wr_01a20599a1503c",
        f"never again T1 J1, J2 {NIGHTLY} 02:30:00 Workflow 'W1' does not exist.",
        f"never again T1 W1 {NIGHTLY} not yet",
    ]


def test_schedules_of_a_daemon(tmp_path: Path, reglue: Reglue) -> None:
    """Only those of activated triggers, the next to come due first."""
    daemon = Daemon(tmp_path / "state", "--executor", "noop")
    glue, endpoint = Workshop(daemon, tmp_path).glue, ("--endpoint", daemon.url)
    assert "No schedule is active" in reglue("schedule", *endpoint).out
    glue.create_workflow(Name="w")
    actions = {"Type": "SCHEDULED", "Actions": [{"JobName": "j"}]}
    glue.create_trigger(Name="yearly", Schedule=YEARLY, WorkflowName="w", StartOnCreation=True, **actions)
    glue.create_trigger(Name="nightly", Schedule=NIGHTLY, StartOnCreation=True, **actions)
    glue.create_trigger(Name="silent", Schedule=NIGHTLY, **actions)
    found = json.loads(reglue("schedule", "--json", *endpoint).out)["schedules"]
    assert [(row["name"], row["starts"], row["last"]) for row in found] == [
        ("nightly", ["JOB:j"], None),
        ("yearly", ["WORKFLOW:w"], None),
    ]
    assert found[1]["next"].endswith("-01-01T00:00:00.000Z")
    first = reglue("schedule", "--limit", "1", *endpoint)
    assert ("nightly" in first.out, "yearly" in first.out) == (True, False)
    assert first.err == "There are 1 more; --limit 2 shows all.\n"
    daemon.stop()
