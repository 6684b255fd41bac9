"""What is answered to a path that leads nowhere."""

from starlette.types import Receive, Scope, Send

from daemon.errors import EntityNotFound


async def nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    """The end of every router: there is no such page. Raises EntityNotFound."""
    raise EntityNotFound(
        f"There is nothing at {scope['method']} {scope['path'][:200]}. AWS Glue's API is POST /, our own reads are"
        " GET below /v1 and GET /healthz."
    )
