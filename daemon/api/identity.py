"""Who asks, and as which role: what clients of Glue ask of two other services on the way.

Airflow asks STS for the account before it tags anything, and IAM for the ARN of a role that it was given by name;
Terraform asks for the account too, unless it is told not to. Both services speak AWS's query protocol: a form in, XML
out. The daemon knows no users and no roles, so whoever asks is taken for the user of their access key, and every role
is there.
"""

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from daemon.api.wire import ANONYMOUS, principal
from daemon.errors import ClientError, ReglueError, UnknownOperation, ValidationFailed

FORM = b"application/x-www-form-urlencoded"
CONTENT_TYPE = b"text/xml"
_STS = "https://sts.amazonaws.com/doc/2011-06-15/"
_IAM = "https://iam.amazonaws.com/doc/2010-05-08/"
_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_MOST_FIELDS = 100


class Asked(NamedTuple):
    """One form: the account that everything here belongs to, who asks, and the form's fields."""

    account: str
    by: str
    fields: Mapping[str, str]


class _Operation(NamedTuple):
    namespace: str
    result: Callable[[Asked], dict[str, object]]


def is_form(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request speaks the query protocol instead of JSON."""
    return b"x-amz-target" not in headers and headers.get(b"content-type", b"").startswith(FORM)


def answered(headers: Mapping[bytes, bytes], body: bytes, account: str, request_id: str) -> bytes:
    """The body of the response. Raises UnknownOperation and ValidationFailed."""
    fields = dict(_fields(body))
    action = fields.get("Action", "")
    operation = _OPERATIONS.get(action)
    if operation is None:
        raise UnknownOperation(
            f"{action[:100]!r} is no operation that this daemon has in the query protocol. Served are "
            f"{', '.join(_OPERATIONS)}; operations of Glue are JSON with the header X-Amz-Target."
        )
    asked = Asked(account, principal(headers.get(b"authorization")), fields)
    told = _xml({f"{action}Result": operation.result(asked), "ResponseMetadata": {"RequestId": request_id}})
    return f'<{action}Response xmlns="{operation.namespace}">{told}</{action}Response>'.encode()


def error_body(error: ReglueError, request_id: str) -> bytes:
    """An error as the query protocol writes it."""
    kind = "Sender" if isinstance(error, ClientError) else "Receiver"
    shown = {"Error": {"Type": kind, "Code": error.code, "Message": str(error)}, "RequestId": request_id}
    return _xml({"ErrorResponse": shown}).encode()


def _fields(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise ValidationFailed(f"The request's body is no form of at most {_MOST_FIELDS} fields: {error}") from error


def _caller_identity(asked: Asked) -> dict[str, object]:
    user = asked.by.partition(":")[2] if asked.by != ANONYMOUS else "anonymous"
    return {"Arn": f"arn:aws:iam::{asked.account}:user/{user}", "UserId": user, "Account": asked.account}


def _role(asked: Asked) -> dict[str, object]:
    name = asked.fields.get("RoleName", "")
    if not _ROLE_NAME.fullmatch(name):
        raise ValidationFailed(f"RoleName is {name[:100]!r}: it must be 1 to 64 letters, digits or +=,.@_-")
    role = {
        "Path": "/",
        "RoleName": name,
        "RoleId": name,
        "Arn": f"arn:aws:iam::{asked.account}:role/{name}",
        "CreateDate": "1970-01-01T00:00:00Z",
    }
    return {"Role": role}


def _xml(members: Mapping[str, object]) -> str:
    return "".join(
        f"<{name}>{_xml(value) if isinstance(value, Mapping) else escape(str(value))}</{name}>"
        for name, value in members.items()
    )


_OPERATIONS = {
    "GetCallerIdentity": _Operation(_STS, _caller_identity),
    "GetRole": _Operation(_IAM, _role),
}
