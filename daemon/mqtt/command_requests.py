"""What a command by MQTT says: a JSON object on the topic of the command, read and checked here. Pure.

Members that every command may have: `id` tells a command that is sent again from a new one, `principal` says who asks,
`reply_to` and `correlation` say where the answer is awaited and how it is known there. What MQTT 5 has properties for
may be said by them instead, and they win: response topic, correlation data, and the user property `principal`.
"""

import hashlib
import re
from typing import Any

import msgspec
import orjson

from daemon.errors import BodyTooLarge, ClientError, InvalidInput, NotJson, UnknownOperation
from daemon.mqtt.heard import Heard
from daemon.mqtt.topics import is_reply_topic, reply_topic

MOST_BYTES = 288 * 1024
"""An event that a workflow is notified of may have 256 KiB, and a command something beside."""

ANONYMOUS = "anonymous"
LONGEST_PRINCIPAL = 64
PRINCIPAL = "principal"
_UNFIT = re.compile(r"[^\w.+=@-]", re.ASCII)
_ID = re.compile(r"[A-Za-z0-9._:/@+=-]{1,128}")


class NoAnswerPossible(Exception):
    """The answer is awaited where none may go; the text says so to those who read the daemon's log."""


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What every command may say."""

    id: str = ""
    principal: str = ""
    reply_to: str = ""
    correlation: str = ""


class Start(Request, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Start a run."""

    workflow: str
    properties: dict[str, str] = {}


class Stop(Request, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Stop a run."""

    workflow: str
    run_id: str


class Resume(Request, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Resume a run as a new one; nodes by name, key or id, as over HTTP."""

    workflow: str
    run_id: str
    nodes: list[str] = []
    failed: bool = False
    allow_stopped: bool = False
    with_current_design: bool = False
    properties: dict[str, str] = {}
    plan: str = ""


class Notify(Request, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Notify a workflow of an event, whose id is that of the command."""

    workflow: str
    detail: dict[str, Any] = {}
    source: str = ""
    detail_type: str = ""


COMMANDS: dict[str, type[Request]] = {"start": Start, "stop": Stop, "resume": Resume, "notify": Notify}
"""The commands by the last level of their topics."""


class Reply(msgspec.Struct, frozen=True):
    """Where an answer is awaited, empty if nowhere, and by what it is known there: by correlation data in MQTT 5, else
    by the member `correlation`."""

    topic: str = ""
    data: bytes = b""
    member: str = ""


class Envelope(msgspec.Struct, frozen=True):
    """A command's message without what the command itself says."""

    command: str
    by: str
    reply: Reply
    members: dict[str, Any]
    fault: ClientError | None = None


def opened(heard: Heard, namespace: str) -> Envelope:
    """The message as far as it can be read whatever its command says. Raises NoAnswerPossible."""
    members, fault = _members(heard.payload)
    topic = heard.response_topic or _said(members, "reply_to")
    if topic and not is_reply_topic(namespace, topic):
        raise NoAnswerPossible(
            f"The answer is awaited at {topic[:200]!r}: answers go to topics below {reply_topic(namespace, '')} only."
        )
    who = dict(heard.about).get(PRINCIPAL, "") or _said(members, PRINCIPAL)
    reply = Reply(topic, heard.correlation, _said(members, "correlation"))
    return Envelope(heard.topic.rpartition("/")[2], principal(who), reply, members, fault)


def read(envelope: Envelope) -> Request:
    """What is asked for. Raises the leaves of ClientError."""
    if envelope.fault is not None:
        raise envelope.fault
    kind = COMMANDS.get(envelope.command)
    if kind is None:
        raise UnknownOperation(f"'{envelope.command[:100]}' is no command. There are {', '.join(COMMANDS)}.")
    try:
        request = msgspec.convert(envelope.members, kind)
    except msgspec.ValidationError as error:
        raise InvalidInput(f"The command {envelope.command} is not {_form(kind)}: {error}") from error
    if request.id and not _ID.fullmatch(request.id):
        raise InvalidInput(
            f"id: '{request.id[:200]}': an id has 1 to 128 characters of A-Z a-z 0-9 . _ : / @ + = - and no others."
        )
    return request


def principal(who: str) -> str:
    """Who asks, as events name it: what they say of themselves, with nothing in it that could mislead a reader."""
    return f"mqtt:{_UNFIT.sub('_', who)[:LONGEST_PRINCIPAL] or ANONYMOUS}"


def digest(request: Request) -> bytes:
    """The same for two requests that ask for the same, wherever their answers are awaited."""
    plain = msgspec.structs.replace(request, reply_to="", correlation="")
    return hashlib.sha256(orjson.dumps(msgspec.to_builtins(plain), option=orjson.OPT_SORT_KEYS)).digest()


def _members(payload: bytes) -> tuple[dict[str, Any], ClientError | None]:
    if len(payload) > MOST_BYTES:
        return {}, BodyTooLarge(f"The command is larger than {MOST_BYTES} bytes, the most that one may have.")
    try:
        members = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        return {}, NotJson(f"The command is not JSON: {error}")
    if not isinstance(members, dict):
        return {}, NotJson("The command is not a JSON object.")
    return members, None


def _said(members: dict[str, Any], name: str) -> str:
    """A text that says where the answer goes or who asks; of another type it is refused with the rest."""
    value = members.get(name)
    return value if isinstance(value, str) else ""


def _form(kind: type[Request]) -> str:
    fields = msgspec.structs.fields(kind)
    needed = [field.name for field in fields if field.required]
    others = [field.name for field in fields if not field.required]
    return f"an object with {' and '.join(needed)} and, as needed, {', '.join(others)}"
