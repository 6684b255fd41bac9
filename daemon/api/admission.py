"""Who may speak to the daemon: any program that reaches it, but no page of another site in somebody's browser.

The daemon asks for no password, so a page that its user happens to visit must not be able to start jobs. Such a page
gives itself away by the `Origin` that its browser adds. A page that made its own name point to this machine (DNS
rebinding) is of the same origin, but addresses the daemon by that name, which none of ours is while we listen on a
loopback address.
"""

import ipaddress
from collections.abc import Mapping

from daemon.errors import AccessDenied


class Admission:
    """Checks each request's headers, for a daemon that listens on `host`."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._local_only = is_loopback(host)

    def check(self, headers: Mapping[bytes, bytes]) -> None:
        """Raises AccessDenied."""
        addressed = headers.get(b"host", b"").decode("latin-1").lower()
        origin = headers.get(b"origin")
        if origin is not None and origin.decode("latin-1").lower().partition("://")[2] != addressed:
            raise AccessDenied(
                f"The request comes from a page of another site ({origin.decode('latin-1')[:100]}), which may not use"
                " this daemon."
            )
        if self._local_only and addressed and not self._is_ours(_without_port(addressed)):
            raise AccessDenied(
                f"The request is addressed to '{addressed[:100]}', but this daemon answers on {self._host} only:"
                " address it as localhost or by its loopback address."
            )

    def _is_ours(self, name: str) -> bool:
        return name == self._host or is_loopback(name)


def is_loopback(host: str) -> bool:
    """Whether a name or address can only mean this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _without_port(addressed: str) -> str:
    if addressed.startswith("["):
        return addressed[1:].partition("]")[0]
    return addressed.partition(":")[0]
