"""What a broker cannot tell is read from the daemon where it answers: graphs of old runs, history, events missed.

All calls block; screens make them in threads. They raise Unreachable and Refused as other commands' reads do.
"""

import msgspec

from daemon.cli.client import DEFAULT_ENDPOINT, Client, path_to
from daemon.cli.documents import Page, Run, Summary
from daemon.cli.failures import BadInput, Refused
from daemon.cli.watching.board import Board
from daemon.cli.watching.payloads import Event, read_event

EVENTS_A_PAGE = 500
MOST_PAGES = 40
HISTORY_ROWS = 50


class Span(msgspec.Struct, frozen=True):
    """Up to `limit` events after a position of the log, of one run or of all."""

    after: int
    limit: int
    run: str = ""


class _Page(msgspec.Struct, frozen=True):
    events: tuple[msgspec.Raw, ...]
    next: int | None = None


class DaemonReads:
    """Reads from the daemon that was named, else from the one that says on the broker where it answers."""

    def __init__(self, endpoint: str | None) -> None:
        """`endpoint` is what was typed or set, None if nothing was."""
        self._given = endpoint

    def client(self, board: Board) -> Client:
        """The client of the daemon."""
        told = board.daemon.url if board.daemon else ""
        try:
            return Client(self._given or told or DEFAULT_ENDPOINT)
        except BadInput:
            # Whoever may publish may have published rubbish as the daemon's address.
            return Client(DEFAULT_ENDPOINT)

    def run(self, client: Client, run_id: str) -> Run:
        """A run with its graph."""
        return client.read(path_to("runs", run_id), Run)

    def history(self, client: Client, workflow: str) -> tuple[Summary, ...]:
        """The newest runs of a workflow."""
        return client.read(path_to("workflows", workflow, "runs"), Page, {"limit": HISTORY_ROWS}).runs

    def events(self, client: Client, span: Span) -> list[Event]:
        """Events after a position of the log, oldest first."""
        found: list[Event] = []
        after: int | None = span.after
        for _ in range(MOST_PAGES):
            query: dict[str, str | int] = {"after": after or 0, "limit": min(EVENTS_A_PAGE, span.limit - len(found))}
            page = client.read("/v1/events", _Page, query | ({"run": span.run} if span.run else {}))
            found += [_event(client, body) for body in page.events]
            after = page.next
            if after is None or len(found) >= span.limit:
                break
        return found

    def missed(self, client: Client, board: Board, gap: tuple[int, int]) -> list[Event]:
        """The events of a gap. Raises Refused if the daemon that answers writes another log."""
        first, last = gap
        log_id = board.log_id
        events = self.events(client, Span(first - 1, last - first + 1))
        if any(event.log_id != log_id for event in events):
            raise Refused(f"The daemon at {client.endpoint} writes another log than the one watched.", "OtherLog")
        return [event for event in events if first <= event.sequence <= last]


def _event(client: Client, body: msgspec.Raw) -> Event:
    try:
        return read_event(body)
    except ValueError as error:
        raise Refused(f"What answers at {client.endpoint} is another version: {error}.", "OtherVersion") from error
