"""The reads of CloudWatch Logs: log groups, streams, and the events in them: what job runs and crawls wrote."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from daemon.api import filter_pattern, log_lines
from daemon.api.actions.call import Answer, Call, Read
from daemon.api.log_lines import Line, Observed, Times
from daemon.api.log_streams import GROUPS, Listing, Stream, find_group, find_stream, streams
from daemon.api.pagination import Request
from daemon.api.render import present
from daemon.errors import InvalidParameter
from daemon.settings import Settings

MOST_EVENTS = 10_000
MOST_DESCRIBED = 50
STREAMS_A_PAGE = 200
"""How many streams one answer of FilterLogEvents looks into; the next page goes on there."""

_IN_GROUP = re.compile(r"([^@]*)@(\d{1,18})")
_TOKEN = re.compile(r"([fb])/(\d{1,18})")


class LogActions:
    """The actions; they share what is known of when lines came."""

    def __init__(self) -> None:
        self._observed = Observed()

    def reads(self) -> dict[str, Read]:
        """By the operation's name."""
        return {
            "DescribeLogGroups": self.describe_log_groups,
            "DescribeLogStreams": self.describe_log_streams,
            "GetLogEvents": self.get_log_events,
            "FilterLogEvents": self.filter_log_events,
        }

    def describe_log_groups(self, call: Call) -> Answer:
        """The groups whose names begin with the prefix, or hold the pattern."""
        prefix, part = call.members.get("logGroupNamePrefix", ""), call.members.get("logGroupNamePattern", "")
        page = _request(call, "DescribeLogGroups", MOST_DESCRIBED)
        after = page.place(str) or ""
        found = [name for name in GROUPS if name.startswith(prefix) and part.lower() in name.lower() and name > after]
        more = len(found) > page.limit
        shown = [_group(call.engine.settings, name) for name in found[: page.limit]]
        return present({"logGroups": shown, "nextToken": page.token(found[page.limit - 1]) if more else None})

    def describe_log_streams(self, call: Call) -> Answer:
        """The streams of a group by name, which is also the order in which their job runs began."""
        members = call.members
        group, prefix = _group_of(call), members.get("logStreamNamePrefix", "")
        if prefix and members.get("orderBy") == "LastEventTime":
            raise InvalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
        page = _request(call, f"DescribeLogStreams:{group}:{prefix}", MOST_DESCRIBED)
        listing = Listing(group, prefix, page.place(str) or "", members.get("descending", False))
        found = list(islice(streams(call.engine, listing), page.limit + 1))
        shown = [self._described(call, group, stream) for stream in found[: page.limit]]
        more = len(found) > page.limit
        return present({"logStreams": shown, "nextToken": page.token(shown[-1]["logStreamName"]) if more else None})

    def _described(self, call: Call, group: str, stream: Stream) -> dict[str, Any]:
        times = self._look(call, stream)
        moments: Sequence[int | None] = times.moments or [None]
        return present(
            {
                "logStreamName": stream.name,
                "creationTime": stream.began_at,
                "firstEventTimestamp": moments[0],
                "lastEventTimestamp": moments[-1],
                "lastIngestionTime": moments[-1],
                "arn": f"{_arn(call.engine.settings, group)}:log-stream:{stream.name}",
                "storedBytes": times.end,
            }
        )

    def get_log_events(self, call: Call) -> Answer:
        """A page of one stream: its end unless told to begin at its head, then onwards or back by the tokens."""
        members = call.members
        stream = find_stream(call.engine, _group_of(call), members["logStreamName"])
        times = self._look(call, stream)
        start, end = _span(call, times)
        most = members.get("limit", MOST_EVENTS)
        direction, place = _place(members.get("nextToken"))
        if direction == "f" or (direction is None and members.get("startFromHead")):
            start = max(start, place)
            lines = log_lines.forward(stream.path, (start, end), most)
        else:
            end = min(end, place) if direction else end
            lines = log_lines.backward(stream.path, (start, end), most)
            start = end
        first, last = (lines[0].start, lines[-1].end) if lines else (start, start)
        shown = [_event(line, times) for line in lines]
        return {"events": shown, "nextForwardToken": f"f/{last}", "nextBackwardToken": f"b/{first}"}

    def filter_log_events(self, call: Call) -> Answer:
        """Events of several streams, stream by stream, as far as their pattern wants them."""
        if "logStreamNames" in call.members and "logStreamNamePrefix" in call.members:
            raise InvalidParameter("Give logStreamNames or logStreamNamePrefix, not both.")
        group = _group_of(call)
        page = _request(call, f"FilterLogEvents:{group}", MOST_EVENTS)
        events, place = self._filtered(call, group, page)
        token = page.token(place) if place is not None else None
        return present({"events": events, "searchedLogStreams": [], "nextToken": token})

    def _filtered(self, call: Call, group: str, page: Request) -> tuple[list[dict[str, Any]], str | None]:
        """A page's events, and the place from which the next goes on (None: nothing is left).

        A page with events has a next one although nothing is left: a reader who keeps its token goes on there later.
        """
        wanted = filter_pattern.compiled(call.members.get("filterPattern", ""))
        name, offset = _place_in_group(page)
        events: list[dict[str, Any]] = []
        place, seen = None, 0
        for count, stream in enumerate(_chosen(call, group, name)):
            if count == STREAMS_A_PAGE:
                return events, place
            times = self._look(call, stream)
            start, end = _span(call, times)
            begin = max(start, offset if stream.name == name else 0)
            lines = log_lines.forward(stream.path, (begin, end), page.limit - len(events))
            events += [_filtered_event(line, times, stream.name) for line in lines if wanted(line.text)]
            reached = lines[-1].end if lines else max(begin, end)
            place, seen = f"{stream.name}@{reached}", seen + reached - begin
            if reached < end or seen >= log_lines.PAGE_BYTES or len(events) >= page.limit:
                return events, place
        return events, place if events else None

    def _look(self, call: Call, stream: Stream) -> Times:
        return self._observed.look(stream.path, stream.is_growing, call.engine.now())


def _request(call: Call, listing: str, most: int) -> Request:
    page = Request(listing, call.members.get("limit", most), call.members.get("nextToken"))
    page.refusal = InvalidParameter
    return page


def _span(call: Call, times: Times) -> tuple[int, int]:
    """The bytes that came in the time the request asks for."""
    return times.between(call.members.get("startTime"), call.members.get("endTime"))


def _group_of(call: Call) -> str:
    name = call.members.get("logGroupName") or call.members.get("logGroupIdentifier")
    if name is None:
        raise InvalidParameter("logGroupName is missing: name a log group, or give its ARN as logGroupIdentifier.")
    return find_group(name)


def _chosen(call: Call, group: str, begin: str) -> Iterator[Stream]:
    """The streams that a request names, else all of the group, in order of name, from `begin` on."""
    names = call.members.get("logStreamNames")
    if names is not None:
        yield from (find_stream(call.engine, group, name) for name in sorted(set(names)) if name >= begin)
        return
    if begin:
        yield find_stream(call.engine, group, begin)
    yield from streams(call.engine, Listing(group, call.members.get("logStreamNamePrefix", ""), begin))


def _place_in_group(page: Request) -> tuple[str, int]:
    """Stream and offset that a token leads to."""
    place = page.place(str)
    match = _IN_GROUP.fullmatch(place or "@0")
    if match is None:
        raise InvalidParameter(
            "nextToken is not one that this listing gave: leave it out to begin with the first page."
        )
    return match[1], int(match[2])


def _place(token: str | None) -> tuple[str | None, int]:
    """Direction and offset that a token of GetLogEvents leads to."""
    if token is None:
        return None, 0
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise InvalidParameter(f"The specified nextToken is invalid: '{token[:100]}'. Leave it out to begin anew.")
    return match[1], int(match[2])


def _event(line: Line, times: Times) -> dict[str, Any]:
    moment = times.of(line)
    return {"timestamp": moment, "message": line.text, "ingestionTime": moment}


def _filtered_event(line: Line, times: Times, stream: str) -> dict[str, Any]:
    return {"logStreamName": stream, **_event(line, times), "eventId": f"{stream}-{line.start}"}


def _arn(settings: Settings, group: str) -> str:
    return f"arn:aws:logs:{settings.region}:{settings.account}:log-group:{group}"


def _group(settings: Settings, name: str) -> dict[str, Any]:
    arn = _arn(settings, name)
    return {"logGroupName": name, "arn": f"{arn}:*", "logGroupArn": arn, "logGroupClass": "STANDARD"}
