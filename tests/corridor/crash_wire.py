"""The plainest client there is: one connection, one request at a time, nothing sent twice.

A request ends in one of three ways, and crash tests must tell them apart: answered, refused, or nobody knows.
"""

import http.client
import json
from typing import Any

from tests.corridor.waiting import DEADLINE_SECONDS


class Unanswered(Exception):
    """The daemon went away before it answered: what was asked may have been done or not."""


class Refused(Exception):
    """The daemon answered with an error: nothing was done."""

    def __init__(self, status: int, document: Any) -> None:
        self.status = status
        self.document = document
        self.code: str = document.get("__type", document.get("error", ""))
        self.text: str = document.get("Message") or document.get("message") or ""
        super().__init__(f"{status} {self.code}: {self.text}")


class Wire:
    """Requests to the daemon at a base URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=DEADLINE_SECONDS)

    def call(self, operation: str, **members: Any) -> Any:
        """The answer to one of Glue's operations. Raises Refused, Unanswered."""
        headers = {"X-Amz-Target": f"AWSGlue.{operation}", "Content-Type": "application/x-amz-json-1.1"}
        return self._answer("POST", "/", json.dumps(members).encode(), headers)

    def get(self, path: str) -> Any:
        """The document at a path. Raises Refused, Unanswered."""
        return self._answer("GET", path, b"", {})

    def pages(self, operation: str, member: str, **members: Any) -> list[Any]:
        """All items of a paginated operation."""
        found: list[Any] = []
        token: dict[str, str] = {}
        while True:
            page = self.call(operation, **members, **token)
            found += page[member]
            if not page.get("NextToken"):
                return found
            token = {"NextToken": page["NextToken"]}

    def close(self) -> None:
        """Lets go of the connection."""
        self._connection.close()

    def _answer(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Any:
        try:
            self._connection.request(method, path, body, headers)
            answer = self._connection.getresponse()
            document = json.loads(answer.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._connection.close()
            raise Unanswered(str(error)) from error
        if answer.status != 200:
            raise Refused(answer.status, document)
        return document
