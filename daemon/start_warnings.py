"""Says in the daemon's log, at a run's start, what `reglue lint` would say of its workflow: once for each design."""

from collections import OrderedDict

from daemon.logs import get_logger
from events.runs import RunStarted
from projections.designs import Designs
from projections.lint import lint

DESIGNS_KEPT = 1_000
MOST_SAID = 20
log = get_logger()


class StartWarnings:
    """Remembers of which designs it has spoken; the same warnings again would only hide others."""

    def __init__(self) -> None:
        self._said: OrderedDict[str, None] = OrderedDict()

    def started(self, run_id: str, event: RunStarted, designs: Designs) -> None:
        """Speaks of a workflow whose run has started."""
        if event.design in self._said:
            return
        self._said[event.design] = None
        if len(self._said) > DESIGNS_KEPT:
            self._said.popitem(last=False)
        found = [finding for finding in lint(designs, event.workflow) if finding.severity == "warning"]
        for finding in found[:MOST_SAID]:
            log.warning(
                "workflow_doubtful", run_id=run_id, workflow=event.workflow, rule=finding.rule, text=finding.text
            )
