"""Facts as an audit lists them: out of a log that is only read, or out of a running daemon's `/v1/events`.

Both are a `Source` of recorded events, and `facts` goes through either in the same way: in pages, so that memory does
not grow with the log.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from daemon.mqtt.messages import MOMENTS, moment
from daemon.placing import Placing
from events.catalogue import CATALOGUE, STORED_NAMES
from events.reading import ReadOnlyLog, Recorded
from events.vocabulary import StreamId, is_run_stream, node_key
from projections.rebuild import RecordedEvent

PAGE = 1_000
_DATASCHEMA = re.compile(r"/([a-z_.]+)\.v(\d+)\Z")


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """Which facts are asked for. `after` and `until` are positions, `since` and `to` moments in milliseconds; `types`
    are beginnings of stored names, such as `run.` or `node.completed`."""

    after: int = 0
    until: int | None = None
    since: int | None = None
    to: int | None = None
    workflow: str | None = None
    stream: StreamId | None = None
    types: tuple[str, ...] = ()
    by: str | None = None
    limit: int | None = None


_EVERYTHING = Wanted()


class Source(Protocol):
    """Where facts come from."""

    def head(self) -> int:
        """The position of the newest event."""

    def page(self, after: int, limit: int, wanted: Wanted) -> tuple[Sequence[RecordedEvent], int | None]:
        """Events after a position, of the workflow or stream that is wanted; and where to go on, None at the end."""


class LogSource:
    """The log in a file."""

    def __init__(self, log: ReadOnlyLog) -> None:
        self._log = log
        self._placing = Placing(log)

    def holds(self, stream: StreamId) -> bool:
        """Whether the log has a stream of this name."""
        return bool(self._log.between(stream, 1, 1))

    def head(self) -> int:
        """See Source."""
        return self._log.position()

    def page(self, after: int, limit: int, wanted: Wanted) -> tuple[Sequence[RecordedEvent], int | None]:
        """See Source."""
        found = self._log.page(after, self.head(), limit, wanted.stream)
        following = found[-1].position if len(found) == limit else None
        if wanted.workflow is not None:
            found = [recorded for recorded in found if self._workflow(recorded) == wanted.workflow]
        return found, following

    def _workflow(self, recorded: RecordedEvent) -> str:
        in_run = is_run_stream(recorded.stream)
        return self._placing.workflow_of_run(recorded) if in_run else self._placing.workflow(recorded)


class EventsSource:
    """A running daemon's `/v1/events`; `read` asks for a page by its query."""

    def __init__(self, read: Callable[[dict[str, str | int]], dict[str, Any]]) -> None:
        self._read = read

    def head(self) -> int:
        """See Source."""
        return int(self._read({"limit": 1})["head"])

    def page(self, after: int, limit: int, wanted: Wanted) -> tuple[Sequence[RecordedEvent], int | None]:
        """See Source."""
        query: dict[str, str | int] = {"after": after, "limit": limit}
        if wanted.workflow is not None:
            query["workflow"] = wanted.workflow
        if wanted.stream is not None and is_run_stream(wanted.stream):
            query["run"] = wanted.stream
        answer = self._read(query)
        found = [recorded(document) for document in answer["events"]]
        if wanted.stream is not None:
            found = [one for one in found if one.stream == wanted.stream]
        return found, answer["next"]


def facts(source: Source, wanted: Wanted, rest: Callable[[], bool] = lambda: False) -> Iterator[RecordedEvent]:
    """The facts that are wanted, in the order of the log. At its end `rest` is asked whether to look for more, and may
    take its time over that."""
    after, left = _first(source, wanted), wanted.limit
    while True:
        page, following = source.page(after, PAGE, wanted)
        for one in page:
            after = one.position
            if _is_past(one, wanted) or left == 0:
                return
            if _is_wanted(one, wanted):
                yield one
                left = left - 1 if left is not None else None
        after = max(after, following or 0)
        if left == 0 or (following is None and not rest()):
            return


def _first(source: Source, wanted: Wanted) -> int:
    """The position to begin after."""
    if wanted.since is None:
        return wanted.after
    return max(wanted.after, before(source, wanted.since))


def before(source: Source, at: int) -> int:
    """The position of the last event before a moment, by halving: the clock of a daemon never goes back."""
    low, high = 0, source.head() + 1
    while high - low > 1:
        middle = (low + high) // 2
        found = source.page(middle - 1, 1, _EVERYTHING)[0]
        if found and found[0].event.at < at:
            low = max(middle, found[0].position)
        else:
            high = middle
    return low


def _is_past(one: RecordedEvent, wanted: Wanted) -> bool:
    if wanted.until is not None and one.position > wanted.until:
        return True
    return wanted.to is not None and one.event.at > wanted.to


def _is_wanted(one: RecordedEvent, wanted: Wanted) -> bool:
    if wanted.types and not STORED_NAMES[type(one.event)].startswith(wanted.types):
        return False
    return wanted.by is None or one.event.by == wanted.by


def document(one: RecordedEvent) -> dict[str, Any]:
    """A fact as JSON: its place, its stored name, who caused it, and its fields as they are stored."""
    data: dict[str, Any] = msgspec.to_builtins(one.event)
    at, by = data.pop("at"), data.pop("by")
    return {
        "sequence": one.position,
        "time": moment(at),
        "stream": one.stream,
        "version": one.version,
        "type": STORED_NAMES[type(one.event)],
        "by": by,
        "data": data,
    }


def recorded(document: dict[str, Any]) -> Recorded:
    """The event that a CloudEvent of the daemon's was made from. Raises ValueError for what is none."""
    try:
        data = document["data"]
        found = _DATASCHEMA.search(document["dataschema"])
        kind = CATALOGUE[f"{found[1]}/{found[2]}"] if found is not None else None
        if kind is None:
            raise ValueError("it names no type")
        fields = {name: data[name] for name in kind.__struct_fields__ if name in data}
        fields |= {"at": _millis(document["time"]), "by": data["by"]}
        if "node" in fields:
            fields["node"] = node_key(data["node_type"], data["node"])
        for name in MOMENTS & fields.keys():
            fields[name] = _millis(fields[name])
        cause = fields.get("cause")
        if cause is not None and "due" in cause:
            cause["due"] = _millis(cause["due"])
        event = msgspec.convert(fields, kind)
    except (KeyError, TypeError, msgspec.ValidationError) as error:
        raise ValueError(f"an event of it cannot be read: {error!r}") from error
    return Recorded(data["sequence"], data["stream"], data["version"], event)


def _millis(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
