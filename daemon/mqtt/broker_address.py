"""Which broker: the setting `mqtt` read into its parts, and how it is shown to people without its password."""

import ipaddress
import re
from typing import Literal, get_args
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

OFF = "off"
Scheme = Literal["embedded", "mqtt", "mqtts", "ws", "wss"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
PORTS: dict[Scheme, int] = {"embedded": 1883, "mqtt": 1883, "mqtts": 8883, "ws": 80, "wss": 443}
_CREDENTIALS = re.compile(r"//[^/?#]*@")


class BrokerAddress(msgspec.Struct, frozen=True):
    """Where a broker is, and who the daemon is to it. `path` is that of a websocket."""

    scheme: Scheme
    host: str
    port: int
    path: str = ""
    user: str = ""
    password: str = ""

    @property
    def is_embedded(self) -> bool:
        """Whether this is the broker that comes with the daemon."""
        return self.scheme == "embedded"

    @property
    def is_encrypted(self) -> bool:
        """Whether the connection is by TLS."""
        return self.scheme in ("mqtts", "wss")

    @property
    def is_websocket(self) -> bool:
        """Whether MQTT is spoken over a websocket."""
        return self.scheme in ("ws", "wss")

    @property
    def url(self) -> str:
        """The address as people may see it: without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}{self.path}"


def read_address(text: str) -> BrokerAddress | None:
    """The address that a setting names; None if it is `off`. Raises ValueError with the reason, which shows no
    password."""
    if text == OFF:
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"Expected an address ({error})") from error
    if parts.scheme not in SCHEMES:
        raise ValueError(f"Expected off, or an address that begins with {', '.join(f'{s}://' for s in SCHEMES)}")
    scheme = parts.scheme
    if not parts.hostname:
        raise ValueError("Expected a host after ://")
    _refuse_surplus(scheme, parts)
    path = (parts.path or "/mqtt") if scheme in ("ws", "wss") else ""
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return BrokerAddress(scheme, parts.hostname, PORTS[scheme] if port is None else port, path, user, password)


def _refuse_surplus(scheme: Scheme, parts: SplitResult) -> None:
    if parts.query or parts.fragment:
        raise ValueError("Expected nothing after ? or #")
    if scheme not in ("ws", "wss") and parts.path not in ("", "/"):
        raise ValueError(f"Expected no path in an address that begins with {scheme}://")
    if scheme == "embedded" and (parts.username or parts.password):
        raise ValueError("Expected no user: the embedded broker knows no passwords")
    if scheme == "embedded" and not is_loopback(parts.hostname or ""):
        raise ValueError("Expected a loopback address such as 127.0.0.1: the embedded broker knows no passwords")
    if parts.password and not parts.username:
        raise ValueError("Expected a user before the password")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def without_password(text: str) -> str:
    """A text that may be such an address, without what stands before its `@`."""
    return _CREDENTIALS.sub("//***@", text)
