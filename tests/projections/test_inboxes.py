"""Inboxes among the persisted rows: a start from rows and log gives what the whole log gives."""

from pathlib import Path
from typing import Any

import pytest

from daemon import commands, notification_commands
from projections.rebuild import catch_up
from projections.store import ViewStore
from tests.daemon.decisions.notified import event_workflow, notify
from tests.daemon.decisions.specification import Specification
from tests.projections.comparing import row_values, standing_values
from tests.projections.lagging import LaggingViews

STEPS: tuple[tuple[Any, ...], ...] = (
    ("e1", "e2"),
    (notification_commands.PutRule, "R", {"EventPattern": '{"source": ["shop"]}', "State": "ENABLED"}),
    (notification_commands.PutRuleTargets, "R", {"1": "arn:aws:glue:::workflow/W"}),
    ("e3", "e4"),
    (commands.ChangeJob, "A", {"Timeout": 1}),
    ("e5",),
    (commands.RemoveTrigger, "W-start"),
)
"""Ids of events that come at once, or a command."""


@pytest.mark.parametrize("written", range(len(STEPS) + 1))
def test_inbox_and_rules_come_back(tmp_path: Path, written: int) -> None:
    """However many units the rows hold, rows and log give the waiting events, known ids and rules of the log."""
    spec = event_workflow(Specification(), BatchSize=3)
    lagging = LaggingViews(spec, tmp_path / "views.db")
    for step in STEPS:
        notify(spec, *step) if isinstance(step[0], str) else spec.when(*step)
        lagging.decided()
    lagging.commit(written)
    lagging.views.flush()
    lagging.commit(len(STEPS))
    lagging.views.close()
    log = spec.log.until(lagging.committed)
    reopened, fresh = ViewStore(tmp_path / "views.db"), ViewStore(None)
    live, again = catch_up(log, fresh), catch_up(log, reopened)
    assert standing_values(again, log) == standing_values(live, log)
    assert row_values(reopened, log) == row_values(fresh, log)
    assert again.inboxes.of("W") == live.inboxes.of("W") == spec.standing.inboxes.of("W")
    reopened.close()
    fresh.close()
