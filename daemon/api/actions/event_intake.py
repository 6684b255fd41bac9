"""Events from outside: EventBridge's PutEvents, and NotifyEvent, which names its workflow and may bring its own id.

`glue:notifyEvent` is what EventBridge calls on a workflow of Glue's; it is in no service model, so its members here are
ours. Each entry of PutEvents is taken or refused on its own, with the codes that EventBridge has.
"""

import hashlib
import re
from typing import Any

import orjson

from daemon.api.actions.call import Answer, Call
from daemon.api.service_model import Shape
from daemon.errors import EntityNotFound, InvalidInput, ValidationFailed
from daemon.notification_commands import Incoming, Received, ReceiveEvents
from events.notifications import Notification

MOST_BYTES = 256 * 1024
"""What all entries of one request may hold together, counted as EventBridge does."""

MOST_NESTED = 100
EVENT_ID = re.compile(r"[A-Za-z0-9._:/@+=-]{1,128}")
DEFAULT_BUS = "default"
DEFAULT_SOURCE = "reglue.notify"
DEFAULT_DETAIL_TYPE = "Notification"
_LATEST_SECONDS = 253_402_300_799
_TIME_BYTES = 14

_TEXT = Shape("string", maximum=2048)
NOTIFY_EVENT = Shape(
    "structure",
    members={
        "WorkflowName": Shape("string", minimum=1, maximum=255),
        "EventId": Shape("string", minimum=1, maximum=128),
        "Source": _TEXT,
        "DetailType": _TEXT,
        "Detail": Shape("string"),
        "Time": Shape("timestamp"),
    },
    required=("WorkflowName",),
)
"""The request of NotifyEvent: Detail is a text of JSON, as in PutEvents."""


class _Refused(Exception):
    """An entry that cannot be taken; the arguments are EventBridge's code and the text."""


async def put_events(call: Call) -> Answer:
    """Takes events in; answers an id or an error for each entry, in order."""
    entries = call.members["Entries"]
    if "EndpointId" in call.members:
        raise ValidationFailed("EndpointId: this daemon has no global endpoints. Leave it out.")
    if sum(map(_size, entries)) > MOST_BYTES:
        raise ValidationFailed("Total size of the entries in the request is over the limit.")
    results: list[Answer] = [{} for _ in entries]
    taken: dict[int, Incoming] = {}
    for place, entry in enumerate(entries):
        try:
            taken[place] = Incoming(_of_entry(entry, _minted_id(call, place), call.engine.now()))
        except _Refused as refused:
            results[place] = {"ErrorCode": refused.args[0], "ErrorMessage": refused.args[1]}
    answers = await call.engine.handle(ReceiveEvents(*call.stamp, tuple(taken.values()))) if taken else ()
    for place, answer in zip(taken, answers, strict=True):
        results[place] = _result(answer)
    return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}


async def notify_event(call: Call) -> Answer:
    """Takes one event in for one workflow; answers its id, and whether the workflow knew it already."""
    members = call.members
    event_id = members.get("EventId") or _minted_id(call, 0)
    if not EVENT_ID.fullmatch(event_id):
        raise InvalidInput(
            f"EventId '{event_id}': an id has 1 to 128 characters of A-Z a-z 0-9 . _ : / @ + = - and no others."
        )
    named = {"Source": DEFAULT_SOURCE, "DetailType": DEFAULT_DETAIL_TYPE, "Detail": "{}"}
    try:
        event = _of_entry({**named, **members}, event_id, call.engine.now())
    except _Refused as refused:
        raise InvalidInput(refused.args[1]) from None
    if _size({**named, **members}) > MOST_BYTES:
        raise ValidationFailed(f"The event is larger than {MOST_BYTES} bytes, the most that one may have.")
    (answer,) = await call.engine.handle(ReceiveEvents(*call.stamp, (Incoming(event, members["WorkflowName"]),)))
    if answer.error:
        raise (EntityNotFound if answer.error == EntityNotFound.code else InvalidInput)(answer.reason)
    return {"EventId": event_id, "Duplicate": bool(answer.duplicates)}


def check_bus(name: str | None) -> None:
    """Raises ValidationFailed for a bus that is not there."""
    if name is not None and name != DEFAULT_BUS and not name.endswith(f":event-bus/{DEFAULT_BUS}"):
        raise ValidationFailed(f"Event bus {name} does not exist: this daemon has one, named {DEFAULT_BUS}.")


def _of_entry(entry: dict[str, Any], event_id: str, now: int) -> Notification:
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            raise _Refused("InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument.")
    if entry["Source"].startswith("aws."):
        # Such events are this daemon's own announcements: nobody else may make them.
        raise _Refused("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        check_bus(entry.get("EventBusName"))
    except ValidationFailed as error:
        raise _Refused("ResourceNotFoundException", str(error)) from None
    return Notification(
        event_id,
        entry["Source"],
        entry["DetailType"],
        _milliseconds(entry.get("Time"), now),
        _detail(entry["Detail"]),
        tuple(entry.get("Resources", ())),
    )


def _milliseconds(seconds: float | None, now: int) -> int:
    if seconds is None:
        return now
    if not 0 <= seconds <= _LATEST_SECONDS:
        raise _Refused("InvalidArgument", "Parameter Time is not valid. Reason: it must be seconds since 1970.")
    return int(seconds * 1000)


def _detail(text: str) -> dict[str, Any]:
    """The payload: a JSON object, no deeper than the log can write."""
    try:
        detail = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _Refused("MalformedDetail", "Detail is malformed. It must be a text of JSON.") from None
    if not isinstance(detail, dict):
        raise _Refused("MalformedDetail", "Detail is malformed. It must be a JSON object.")
    if _is_deeper(detail, MOST_NESTED):
        raise _Refused("MalformedDetail", f"Detail is malformed. It is nested deeper than {MOST_NESTED} levels.")
    return detail


def _is_deeper(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    if not levels:
        return True
    inside = value.values() if isinstance(value, dict) else value
    return any(_is_deeper(each, levels - 1) for each in inside)


def _minted_id(call: Call, place: int) -> str:
    """An id in EventBridge's form. botocore sends a call that it repeats under the same name, so an event that comes
    twice because an answer got lost has the same id both times."""
    seed = call.invocation.encode() if call.invocation else call.engine.seed()
    digits = hashlib.sha256(b"%s/%d" % (seed, place)).hexdigest()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))


def _result(answer: Received) -> Answer:
    if not answer.error:
        return {"EventId": answer.event_id}
    code = "ResourceNotFoundException" if answer.error == EntityNotFound.code else "InvalidArgument"
    return {"ErrorCode": code, "ErrorMessage": answer.reason}


def _size(entry: dict[str, Any]) -> int:
    texts = [entry.get("Source"), entry.get("DetailType"), entry.get("Detail"), *entry.get("Resources", ())]
    return sum(len(text.encode()) for text in texts if text) + (_TIME_BYTES if "Time" in entry else 0)
