"""Where the monitor gets its messages: a broker's URL read into parts, and what to say there.

`mqtt`, `mqtts`, `ws` and `wss` are what brokers offer. `embedded://HOST:PORT`, the daemon's word for the broker that it
brings along, is understood too, so that one variable serves both.
"""

import ssl
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from daemon.cli.client import Client
from daemon.cli.failures import BadInput, Failure

USUAL = "mqtt://127.0.0.1:1883"
NAMESPACE = "default"
PORTS = {"mqtt": 1883, "embedded": 1883, "mqtts": 8883, "ws": 80, "wss": 443}
SECURE = ("mqtts", "wss")


class Given(msgspec.Struct, frozen=True):
    """What was typed or set; what was not is empty."""

    url: str = ""
    namespace: str = ""
    user: str = ""
    password_file: str = ""
    ca: str = ""
    cert: str = ""
    key: str = ""


class Source(msgspec.Struct, frozen=True):
    """A broker, how to be let in there, and the namespace to listen to. `shown` is its URL without credentials."""

    host: str
    port: int
    namespace: str
    shown: str
    websocket_path: str | None = None
    user: str | None = None
    password: str | None = None
    secure: bool = False
    ca: str = ""
    cert: str = ""
    key: str = ""

    def tls(self) -> ssl.SSLContext | None:
        """The TLS context; None for a connection in the clear. Raises BadInput for files that cannot be used."""
        if not self.secure:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca or None)
            if self.cert:
                context.load_cert_chain(self.cert, self.key or None)
        except (OSError, ssl.SSLError) as error:
            named = ", ".join(name for name in (self.ca, self.cert, self.key) if name)
            raise BadInput(f"The certificates cannot be used ({named}): {error}") from error
        return context


class _Embedded(msgspec.Struct, frozen=True):
    """The broker that the daemon brings along, where it does."""

    url: str | None = None


class _Mqtt(msgspec.Struct, frozen=True):
    """What the daemon's `/healthz` says of its publishing, as far as it is needed here."""

    state: str = ""
    broker: str | None = None
    namespace: str | None = None
    embedded: _Embedded = _Embedded()

    @property
    def url(self) -> str | None:
        """Where it publishes: the broker that it brings along may have had to take another port than it was given."""
        return self.embedded.url or self.broker


class _Health(msgspec.Struct, frozen=True):
    mqtt: Any = None


def source_of(given: Given, client: Client) -> Source:
    """The source that was asked for; without a URL the one to which the daemon says it publishes, else the usual one.

    Raises BadInput for what cannot be meant.
    """
    told = _Mqtt() if given.url else _told_by(client)
    if told.state == "off":
        raise BadInput(
            f"The daemon at {client.endpoint} publishes nothing: its setting mqtt is off. Start it without that, "
            "or name a broker with --mqtt mqtt://HOST:PORT."
        )
    url = given.url or told.url or USUAL
    return _read(url, msgspec.structs.replace(given, namespace=given.namespace or told.namespace or NAMESPACE))


def _told_by(client: Client) -> _Mqtt:
    """What the daemon says; nothing if it does not answer, or is of a version that says nothing."""
    try:
        health = client.read("/healthz", _Health)
        return msgspec.convert(health.mqtt, _Mqtt) if isinstance(health.mqtt, dict) else _Mqtt()
    except (Failure, msgspec.ValidationError):
        return _Mqtt()


def _read(text: str, given: Given) -> Source:
    if text == "off":
        raise BadInput("MQTT is off, so there is nothing to watch: name a broker with --mqtt mqtt://HOST:PORT.")
    url = _parts(text)
    if (given.ca or given.cert) and url.scheme not in SECURE:
        raise BadInput(f"--mqtt-ca and --mqtt-cert belong to mqtts:// and wss:// URLs; {_bare(url)} is in the clear.")
    return Source(
        host=url.hostname or "",
        port=url.port or PORTS[url.scheme],
        namespace=given.namespace,
        shown=_bare(url),
        websocket_path=(url.path or "/mqtt") if url.scheme in ("ws", "wss") else None,
        user=given.user or (unquote(url.username) if url.username else None),
        password=_password(url, given),
        secure=url.scheme in SECURE,
        ca=given.ca,
        cert=given.cert,
        key=given.key,
    )


def _parts(text: str) -> SplitResult:
    try:
        url = urlsplit(text if "://" in text else f"mqtt://{text}")
        usable = url.scheme in PORTS and bool(url.hostname) and url.port != 0 and text.isprintable()
    except ValueError:
        usable = False
    if not usable or " " in text:
        # Not the text itself: it may hold a password.
        raise BadInput(
            "--mqtt is no broker's URL: write mqtt://HOST:PORT, mqtts://, ws:// or wss://, with user:password@ "
            f"before the host where the broker asks for them, such as {USUAL}."
        )
    return url


def _bare(url: SplitResult) -> str:
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    scheme = "mqtt" if url.scheme == "embedded" else url.scheme
    return f"{scheme}://{host}:{url.port or PORTS[url.scheme]}{url.path}"


def _password(url: SplitResult, given: Given) -> str | None:
    if not given.password_file:
        return unquote(url.password) if url.password else None
    try:
        return Path(given.password_file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--mqtt-password-file: {given.password_file} cannot be read: {error}") from error
