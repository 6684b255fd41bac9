"""What failed first in a run, in one line: for rows and lists, where there is no room for a page."""

from collections.abc import Sequence

from daemon.cli.documents import Failure, Summary
from daemon.cli.looks import plain
from daemon.cli.states import NEVER_RAN

MOST_NAMES = 2


def named(failures: Sequence[Failure], count: int) -> str:
    """`J2, J3 and 4 more`: the root failures by name."""
    names = [failure.node.partition(":")[2] for failure in failures[:MOST_NAMES]]
    more = f" and {count - len(names)} more" if count > len(names) else ""
    return plain(", ".join(names)) + more


def root_cause(run: Summary) -> str:
    """`J2 FAILED: orders.csv has not arrived; 18 never ran because of it`; empty for a run that went well."""
    if not run.failures:
        return ""
    first = run.failures[0]
    error = next(iter((first.error or "").splitlines()), "")
    others = run.root_failures - 1
    more = f" and {others} more" if others else ""
    because = f"; {run.blocked} {NEVER_RAN} because of {'them' if others else 'it'}" if run.blocked else ""
    told = f": {error}" if error else ""
    return plain(f"{first.node.partition(':')[2]} {first.state}{more}{because}{told}")
