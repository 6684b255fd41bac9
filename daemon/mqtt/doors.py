"""How what is asked for by MQTT is carried out: through the doors that HTTP comes in by, with their checks."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

Document = dict[str, Any]


class Doors(NamedTuple):
    """An operation of Glue's with its members, and a resume with the run's id and what `/v1` takes for one. The last
    argument is who asks. Both raise the leaves of ReglueError."""

    glue: Callable[[str, Document, str], Awaitable[Document]]
    resume: Callable[[str, Document, str], Awaitable[Document]]
