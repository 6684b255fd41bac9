"""The tab with a run's events, as the log has them: in words, as JSON, filtered, page by page, and all in one file."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

import orjson
from starlette.requests import Request

from daemon.api.v1 import whole
from daemon.api.v1_documents import moment
from daemon.console.seen import HIGHEST, Seen
from daemon.engine import Engine
from daemon.mqtt.messages import cloud_event
from events.catalogue import STORED_NAMES
from events.reading import Recorded
from events.vocabulary import StreamId
from projections.tellings import told

EVENTS_ON_A_PAGE = 100
AT_ONCE = 250
MOST_LOOKED_AT = 10_000
"""A page whose filter fits few events ends after so many, with a link that goes on from there."""


class Filter(NamedTuple):
    """Which events are wanted: those whose words hold a text, and those of a type. What is empty wants all."""

    text: str = ""
    type: str = ""

    def fits(self, recorded: Recorded) -> bool:
        """Whether an event is wanted."""
        if self.type and type_of(recorded) != self.type:
            return False
        return not self.text or self.text.lower() in f"{told(recorded.event)} {recorded.event.by}".lower()


def type_of(recorded: Recorded) -> str:
    """The event's type without its version."""
    return STORED_NAMES[type(recorded.event)].partition("/")[0]


async def context(engine: Engine, request: Request, seen: Seen) -> dict[str, Any]:
    """A page of events, the filter, and the links that go on."""
    query = request.query_params
    after = whole(request, "after", 0, (0, HIGHEST))
    asked = Filter(query.get("text", "").strip()[:200], query.get("type", "").strip()[:100])
    found, goes_on = _page(engine, seen.newest.run_id, after, asked)
    kept = [("tab", "events"), *(pair for pair in asked._asdict().items() if pair[1])]
    return {
        "rows": [_row(engine, recorded) for recorded in found],
        "filter": asked,
        "types": sorted({name.partition("/")[0] for name in STORED_NAMES.values() if name.startswith(_KINDS)}),
        "following": f"?{urlencode([*kept, ('after', str(goes_on))])}" if goes_on is not None else None,
        "is_later_page": after > 0,
        "first_page": f"?{urlencode(kept)}",
    }


_KINDS = ("run.", "node.", "trigger.fired")


def _page(engine: Engine, run: StreamId, after: int, asked: Filter) -> tuple[list[Recorded], int | None]:
    """The wanted events after a position, and the position to go on after: None at the end."""
    found: list[Recorded] = []
    looked = 0
    while looked < MOST_LOOKED_AT:
        part = engine.feed.page(after, AT_ONCE, run)
        for recorded in part:
            if len(found) == EVENTS_ON_A_PAGE:
                return found, after
            after = recorded.position
            if asked.fits(recorded):
                found.append(recorded)
        looked += len(part)
        if len(part) < AT_ONCE:
            return found, None
    return found, after


def _row(engine: Engine, recorded: Recorded) -> dict[str, Any]:
    return {
        "sequence": recorded.position,
        "time": moment(recorded.event.at),
        "type": type_of(recorded),
        "text": told(recorded.event),
        "by": recorded.event.by,
        "json": orjson.dumps(_document(engine, recorded), option=orjson.OPT_INDENT_2).decode(),
    }


def _document(engine: Engine, recorded: Recorded) -> dict[str, Any]:
    """The event as monitors get it, and `/v1/events`."""
    origin = engine.feed.origin()
    assert origin is not None, "a log with an event has an id"
    return cloud_event(recorded, origin, engine.feed.about(recorded))


async def lines(engine: Engine, run: StreamId) -> AsyncIterator[bytes]:
    """All events of a run up to now, one JSON document a line."""
    after = 0
    while part := engine.feed.page(after, AT_ONCE, run):
        yield b"".join(orjson.dumps(_document(engine, recorded)) + b"\n" for recorded in part)
        after = part[-1].position
