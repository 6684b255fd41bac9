"""The daemon's settings: one frozen object, read once at start-up, each field with its own documentation.

Options given on the command line win over `REGLUE_*` variables, those over the TOML file, that over the defaults. A
value is checked where it enters, so the error can name its source. Help texts, `docs/settings.md` and
`deploy/reglue.toml` are made from `FIELDS`, so a new setting is one new field of `Settings`.
"""

import ipaddress
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta

from daemon.mqtt.broker_address import read_address, without_password

DEFAULT_LISTEN = "127.0.0.1:8484"
DEFAULT_STOP_GRACE_SECONDS = 10.0
DEFAULT_MQTT = "embedded://127.0.0.1:1883"
DEFAULT_NAMESPACE = "default"
DEFAULT_SEAL_EVENTS = 10_000
DEFAULT_SEAL_SECONDS = 600.0
DEFAULT_REGION = "us-east-1"
DEFAULT_ACCOUNT = "123456789012"
LONGEST_STOP_GRACE_SECONDS = 3600.0

_ADDRESS = re.compile(r"(?:\[(?P<v6>[^\[\]]+)\]|(?P<name>[^\s:/@\[\]]+)):(?P<port>[0-9]{1,5})", re.ASCII)


class SettingsError(Exception):
    """A setting that cannot be used: the text names source, field, value and the way out."""


class _Source(msgspec.Struct, frozen=True):
    """Where a value comes from; in a textual source everything is text, a file's own types are taken at their word."""

    name: str
    textual: bool = True


class Field(msgspec.Struct, frozen=True):
    """What is known about one setting: `form` is how a value is written, `default` the default as shown to people."""

    name: str
    meaning: str
    form: str
    default: str
    type: Any

    @property
    def option(self) -> str:
        """The command-line option, such as `--state-dir`."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable, such as `REGLUE_STATE_DIR`."""
        return "REGLUE_" + self.name.upper()


def _about(meaning: str, form: str, default: str = "", **limits: Any) -> Meta:
    return Meta(description=meaning, extra={"form": form, "default": default}, **limits)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How one daemon runs. Construction checks every field and raises `SettingsError`; times are in seconds."""

    state_dir: Annotated[
        Path,
        _about(
            "The folder that holds the log and the jobs' output. One daemon at a time; made if missing.",
            "a folder; ~ is the home folder, a relative path is taken from the working directory",
            "$XDG_STATE_HOME/reglue, else ~/.local/state/reglue",
        ),
    ]
    listen: Annotated[
        str,
        _about(
            "Where the daemon answers. It knows no passwords: whoever reaches this address can run jobs.",
            "HOST:PORT, such as 127.0.0.1:8484, 0.0.0.0:8484 or [::1]:8484; port 0 takes a free one",
        ),
    ] = DEFAULT_LISTEN
    executor: Annotated[
        Literal["process", "noop"],
        _about(
            "What runs jobs: process starts each as a local process; noop ends each at once with the state its argument"
            " --outcome names (SUCCEEDED if none), to try a workflow's shape.",
            "process or noop",
        ),
    ] = "process"
    ephemeral: Annotated[
        bool,
        _about(
            "Keep everything in memory and take no state directory: a double of AWS Glue for tests. Jobs and their"
            " output end with the daemon, and POST /moto-api/reset empties it.",
            "true or false",
        ),
    ] = False
    strict_glue: Annotated[
        bool,
        _about(
            "Refuse what AWS Glue refuses even where reglue could do more, so that what works here works there.",
            "true or false",
        ),
    ] = False
    stop_grace_seconds: Annotated[
        float,
        _about(
            "How long a job that is stopped or timed out has between SIGTERM and SIGKILL.",
            "seconds, from 0 to 3600",
            ge=0,
            le=LONGEST_STOP_GRACE_SECONDS,
        ),
    ] = DEFAULT_STOP_GRACE_SECONDS
    seal_every_events: Annotated[
        int,
        _about(
            "Seal the log when this many events have come since the last seal.",
            "a number from 1 to 100000",
            ge=1,
            le=100_000,
        ),
    ] = DEFAULT_SEAL_EVENTS
    seal_every_seconds: Annotated[
        float,
        _about(
            "Seal the log this long after the first event that no seal covers, if that comes first; 0 makes no seals.",
            "seconds, from 0 to 86400",
            ge=0,
            le=86_400,
        ),
    ] = DEFAULT_SEAL_SECONDS
    seal_key: Annotated[
        Path | None,
        _about(
            "Sign each seal with this Ed25519 key (a private key in PEM without a password). It needs the extra sign.",
            "a file; ~ is the home folder",
            "none",
        ),
    ] = None
    mqtt: Annotated[
        str,
        _about(
            "The broker on which monitors see every event and how things stand. embedded starts one that comes with the"
            " daemon and that only this machine reaches; a taken port makes it use the next free one. A password in the"
            " address can be seen in the list of processes: better use mqtt_password_file.",
            "off, embedded://HOST:PORT on a loopback address, or the URL of a broker: mqtt://, mqtts://, ws:// or"
            " wss://[USER[:PASSWORD]@]HOST[:PORT]",
        ),
    ] = DEFAULT_MQTT
    mqtt_namespace: Annotated[
        str,
        _about(
            "Tells several daemons on one broker apart: the level of the topics below reglue/v1, and in every event's"
            " source.",
            "up to 100 letters, digits, dots, dashes and underscores",
            pattern=r"^[A-Za-z0-9._-]{1,100}\Z",
        ),
    ] = DEFAULT_NAMESPACE
    mqtt_user: Annotated[
        str,
        _about("The user that the daemon is to the broker.", "a name, empty for none", "none"),
    ] = ""
    mqtt_password_file: Annotated[
        Path | None,
        _about(
            "A file with that user's password; its first line counts. Read on every connection.",
            "a file; ~ is the home folder",
            "none",
        ),
    ] = None
    mqtt_ca: Annotated[
        Path | None,
        _about(
            "The certificates of the authorities that a broker by TLS is checked against.",
            "a PEM file; ~ is the home folder",
            "those that this machine trusts",
        ),
    ] = None
    mqtt_cert: Annotated[
        Path | None,
        _about(
            "The certificate by which the daemon shows the broker who it is.",
            "a PEM file; ~ is the home folder",
            "none",
        ),
    ] = None
    mqtt_key: Annotated[
        Path | None,
        _about(
            "The private key of mqtt_cert, where it is not in the same file.",
            "a PEM file without a passphrase; ~ is the home folder",
            "none",
        ),
    ] = None
    mqtt_discovery: Annotated[
        bool,
        _about("Announce each workflow to Home Assistant, below the topic homeassistant.", "true or false"),
    ] = False
    mqtt_commands: Annotated[
        bool,
        _about(
            "Take commands by MQTT: start, stop, resume and notify on the topics below cmd/. Whoever may publish there"
            " can run jobs, which at the embedded broker is everybody on this machine.",
            "true or false",
        ),
    ] = False
    region: Annotated[
        str,
        _about(
            "The AWS region in names (ARNs) and in the jobs' environment; nothing is sent there.",
            "a region's name, such as us-east-1",
            pattern=r"^[a-z]{2,3}(-[a-z]+)+-[0-9]{1,2}\Z",
        ),
    ] = DEFAULT_REGION
    account: Annotated[
        str,
        _about(
            "The AWS account number in names (ARNs); nothing is sent there.",
            "12 digits, in quotes in the file",
            pattern=r"^[0-9]{12}\Z",
        ),
    ] = DEFAULT_ACCOUNT
    log_format: Annotated[
        Literal["auto", "json", "console"],
        _about(
            "How log lines on standard error look: auto writes for people on a terminal and JSON lines elsewhere.",
            "auto, json or console",
        ),
    ] = "auto"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        _about("The least important log lines that are written.", "debug, info, warning or error"),
    ] = "info"
    config: Annotated[
        Path | None,
        _about(
            "A TOML file of settings, under the names listed here. It cannot name another file.",
            "a file; ~ is the home folder",
            "none",
        ),
    ] = None

    def __post_init__(self) -> None:
        """Check what type checkers cannot see, so that no wrong value gets past construction."""
        for field in FIELDS.values():
            _checked(field, getattr(self, field.name), _Source("given value", textual=False))
        _check_broker(self)

    @property
    def host(self) -> str:
        """The name or IP address of `listen`, without brackets."""
        return split_address(self.listen)[0]

    @property
    def port(self) -> int:
        """The port of `listen`; 0 asks for any free one."""
        return split_address(self.listen)[1]


def _described() -> dict[str, Field]:
    hints = get_type_hints(Settings, include_extras=True)
    fields = {}
    for field in msgspec.structs.fields(Settings):
        about = hints[field.name].__metadata__[0]
        default = about.extra["default"] or _shown(field.default)
        fields[field.name] = Field(field.name, about.description, about.extra["form"], default, hints[field.name])
    return fields


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


FIELDS: dict[str, Field] = _described()
"""Every setting by name, in the order in which people read about them."""


def load_settings(options: Mapping[str, object], environ: Mapping[str, str]) -> Settings:
    """Settings from command-line options (None means not given), variables, the file and the defaults, in this order.

    Relative paths are taken from the working directory. Variables that are no setting of ours are left alone: other
    software sets such (Kubernetes adds `REGLUE_PORT` beside a service of that name). Raises `SettingsError`.
    """
    _refuse_unknown(options, "the command line")
    values: dict[str, Any] = {}
    for field in FIELDS.values():
        if options.get(field.name) is not None:
            values[field.name] = _checked(field, options[field.name], _Source(f"option {field.option}"))
        elif field.variable in environ:
            values[field.name] = _checked(field, environ[field.variable], _Source(f"variable {field.variable}"))
    if "config" in values:
        values = _from_file(_absolute(values["config"], environ)) | values
    values.setdefault("state_dir", _default_state_dir(environ))
    paths = {name: _absolute(value, environ) for name, value in values.items() if isinstance(value, Path)}
    return Settings(**(values | paths))


def split_address(text: str) -> tuple[str, int]:
    """Host and port of HOST:PORT or [IPv6]:PORT; raises ValueError with the reason."""
    match = _ADDRESS.fullmatch(text)
    if match is None:
        raise ValueError("Expected HOST:PORT")
    if match["v6"]:
        ipaddress.IPv6Address(match["v6"])
    if int(match["port"]) > 65535:
        raise ValueError("Expected a port from 0 to 65535")
    return match["v6"] or match["name"], int(match["port"])


def _from_file(path: Path) -> dict[str, Any]:
    source = _Source(f"settings file {path}", textual=False)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{source.name}: cannot be read ({error.strerror}); check the path.") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{source.name}: is not TOML ({error}); see deploy/reglue.toml for a sample.") from error
    _refuse_unknown(table, source.name)
    if "config" in table:
        raise SettingsError(f"{source.name}: config: a file cannot name another one; remove the line.")
    return {name: _checked(FIELDS[name], value, source) for name, value in table.items()}


def _refuse_unknown(names: Mapping[str, object], source: str) -> None:
    unknown = [name for name in names if name not in FIELDS]
    if unknown:
        known = ", ".join(FIELDS)
        raise SettingsError(f"{source}: {', '.join(unknown)}: no such setting; known are {known}.")


def _checked(field: Field, value: object, source: _Source) -> Any:
    """The field's value out of what a source says, or a refusal; in a textual source numbers are read from text."""
    try:
        checked = msgspec.convert(value, field.type, strict=not source.textual, dec_hook=_path)
        if field.name == "listen":
            split_address(checked)
        elif field.name == "mqtt":
            read_address(checked)
    except ValueError as error:
        reason, shown = str(error).rstrip("."), value if field.name != "mqtt" else without_password(str(value))
        raise SettingsError(f"{source.name}: {field.name} = {shown!r}: {reason}; write {field.form}.") from error
    return checked


def _check_broker(settings: Settings) -> None:
    """What the settings of a broker must be together."""
    address = read_address(settings.mqtt)
    shown = address.url if address is not None else settings.mqtt
    if settings.mqtt_user and address is not None and address.user:
        raise SettingsError("mqtt_user: mqtt names a user too; name it in one of them.")
    has_user = settings.mqtt_user or (address is not None and address.user)
    if settings.mqtt_password_file and not has_user:
        raise SettingsError("mqtt_password_file: whose password is it? Name mqtt_user too.")
    if settings.mqtt_key and not settings.mqtt_cert:
        raise SettingsError("mqtt_key: a key is of no use without its certificate; name mqtt_cert too.")
    for name in ("mqtt_user", "mqtt_password_file", "mqtt_ca", "mqtt_cert"):
        given = getattr(settings, name)
        by_tls = name in ("mqtt_ca", "mqtt_cert")
        is_of_use = address is not None and not address.is_embedded and (address.is_encrypted or not by_tls)
        if not given or is_of_use:
            continue
        wanted = "mqtts:// or wss://" if by_tls else "mqtt://, mqtts://, ws:// or wss://"
        raise SettingsError(f"{name}: is of no use with mqtt = {shown!r}; name a broker by {wanted}, or leave it out.")


def _path(_: type, value: object) -> Path:
    """Paths are the one type of a setting that msgspec does not make by itself."""
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value:
        raise ValueError("Expected a path")
    return Path(value)


def _absolute(path: Path, environ: Mapping[str, str]) -> Path:
    if path.parts[:1] == ("~",):
        path = _home(environ).joinpath(*path.parts[1:])
    return path.absolute()


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ["HOME"]) if environ.get("HOME") else Path.home()


def _default_state_dir(environ: Mapping[str, str]) -> Path:
    # The XDG specification says to ignore a relative path here.
    state_home = Path(environ.get("XDG_STATE_HOME", ""))
    return (state_home if state_home.is_absolute() else _home(environ) / ".local" / "state") / "reglue"
