"""Forms: how one is read, and how the daemon knows that it came from a page of its own.

Each browser gets a random token in a cookie that pages of other sites neither read nor send (SameSite=Strict), and
each form carries it once more as a field. The two must be equal; together with the check of `Origin`
(`daemon.api.admission`) no other site can fill in a form. Nothing is kept on the server, so a page that was open over
a restart still works.
"""

import hmac
import secrets
from urllib.parse import parse_qsl

from starlette.requests import Request

from daemon.api.request_body import read_body
from daemon.errors import AccessDenied, InvalidInput

TOKEN_COOKIE = "reglue_form"
TOKEN_FIELD = "token"
MOST_FIELDS = 20_000
_TOKEN_CHARACTERS = 43


class Form:
    """The fields of a form in the order in which they were sent; a name may come several times."""

    def __init__(self, fields: list[tuple[str, str]]) -> None:
        self.fields = fields

    def text(self, name: str) -> str:
        """The first value of a field, without blanks around it; empty if it is not there."""
        return next((value.strip() for field, value in self.fields if field == name), "")

    def texts(self, name: str) -> tuple[str, ...]:
        """Every value of a field."""
        return tuple(value for field, value in self.fields if field == name)

    def __contains__(self, name: str) -> bool:
        return any(field == name for field, _ in self.fields)


def token_of(request: Request) -> str:
    """The browser's token; a new one if it has none yet, which the answer must then give it."""
    token = request.cookies.get(TOKEN_COOKIE, "")
    return token if len(token) == _TOKEN_CHARACTERS else secrets.token_urlsafe(32)


async def form_of(request: Request) -> Form:
    """The form that a request carries. Raises InvalidInput, and AccessDenied when no page of ours can have sent it."""
    body = await read_body(dict(request.scope["headers"]), request.receive)
    try:
        fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise InvalidInput(f"The form cannot be read: {error}.") from error
    form = Form(fields)
    expected, given = request.cookies.get(TOKEN_COOKIE, ""), form.text(TOKEN_FIELD)
    if not expected or not hmac.compare_digest(expected.encode(), given.encode()):
        raise AccessDenied("The form was not sent from a page of this console, or cookies are off. Reload the page.")
    return form


def leads_back(form: Form) -> str:
    """The page of the console that a form was sent from, as it says; no link of somebody else's making leads away."""
    back = form.text("back")
    is_ours = back == "/console" or back.startswith(("/console/", "/console?"))
    return back if is_ours else "/console"
