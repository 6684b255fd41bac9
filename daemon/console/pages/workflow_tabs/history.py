"""The tab with a workflow's runs: filtered, page by page, each with the run that it resumed."""

from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.requests import Request

from daemon.api.v1_documents import run_summary
from daemon.console.words import look
from daemon.engine import Engine
from daemon.errors import InvalidInput
from projections.run_history import RunSummary

RUNS_ON_A_PAGE = 50
ROWS_AT_A_TIME = 200
MOST_ROWS_READ = 2_000
"""A page whose filter fits few runs ends after so many rows, with a link that goes on from there."""

OUTCOMES = ("SUCCEEDED", "PARTLY_FAILED", "RUNNING", "STOPPED", "ERROR")
CAUSES = {"API": "request", "TRIGGER": "trigger", "SCHEDULE": "schedule", "EVENT": "events", "RESUME": "resume"}
_MILLIS_OF_DAY = 86_400_000


class Filter(NamedTuple):
    """Which runs are wanted; what is empty or None wants all."""

    outcome: str = ""
    cause: str = ""
    since: int | None = None
    until: int | None = None

    def fits(self, run: RunSummary) -> bool:
        """Whether a run is wanted, apart from `since`, at which the reading ends."""
        return (
            self.outcome in ("", run.outcome)
            and self.cause in ("", run.cause.kind)
            and (self.until is None or run.started_at < self.until)
        )


async def context(engine: Engine, request: Request, name: str) -> dict[str, Any]:
    """The runs that fit the query's `outcome`, `cause`, `since` and `until` (days, UTC), newest first."""
    query = request.query_params
    wanted = Filter(
        query.get("outcome", ""),
        query.get("cause", ""),
        _day(query.get("since", ""), 0),
        _day(query.get("until", ""), 1),
    )
    before = query.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 19):
        raise InvalidInput(f"before is {before[:50]!r}: it must be the number that a page's link gave.")
    runs, following = _page(engine, name, wanted, int(before) if before else None)
    kept = [(key, query[key]) for key in ("outcome", "cause", "since", "until") if query.get(key)]
    return {
        "runs": [run_summary(run) for run in runs],
        "following": f"?{urlencode([('tab', 'history'), *kept, ('before', following)])}" if following else None,
        "first_page": f"?{urlencode([('tab', 'history'), *kept])}",
        "filter": {key: query.get(key, "") for key in ("outcome", "cause", "since", "until")},
        "outcomes": [(outcome, look(outcome).word) for outcome in OUTCOMES],
        "causes": list(CAUSES.items()),
        "is_filtered": bool(kept),
        "is_later_page": bool(before),
    }


def _page(engine: Engine, name: str, wanted: Filter, before: int | None) -> tuple[list[RunSummary], int | None]:
    """The runs of one page, and the place to go on from."""
    found: list[RunSummary] = []
    for _ in range(MOST_ROWS_READ // ROWS_AT_A_TIME):
        rows = engine.runs_of(name, ROWS_AT_A_TIME, before)
        for ordinal, run in rows:
            if wanted.since is not None and run.started_at < wanted.since:
                return found, None
            if len(found) == RUNS_ON_A_PAGE:
                return found, before
            before = ordinal
            if wanted.fits(run):
                found.append(run)
        if len(rows) < ROWS_AT_A_TIME:
            return found, None
    return found, before


def _day(text: str, later: int) -> int | None:
    """The beginning of a day in UTC, or of the day after it, in milliseconds."""
    if not text:
        return None
    try:
        moment = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise InvalidInput(f"{text[:50]!r} is no day: write YYYY-MM-DD.") from error
    return int(moment.timestamp() * 1000) + later * _MILLIS_OF_DAY
