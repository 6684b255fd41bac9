"""The settings: where a value comes from, what is refused, and what the refusal tells."""

from pathlib import Path

import msgspec
import pytest

from daemon.settings import FIELDS, Settings, SettingsError, load_settings, split_address

HOME = {"HOME": "/home/ada"}


def refusal(options: dict[str, object], environ: dict[str, str] | None = None) -> str:
    """The text with which these settings are refused."""
    with pytest.raises(SettingsError) as caught:
        load_settings(options, HOME | (environ or {}))
    return str(caught.value)


def written(folder: Path, text: str) -> Path:
    """A settings file with this text."""
    path = folder / "reglue.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_need_nothing_but_a_home() -> None:
    """Without options, variables and file, every setting has its documented default."""
    settings = load_settings({}, HOME)
    assert settings.state_dir == Path("/home/ada/.local/state/reglue")
    assert (settings.host, settings.port) == ("127.0.0.1", 8484)
    assert (settings.executor, settings.strict_glue) == ("process", False)
    assert (settings.mqtt, settings.mqtt_namespace) == ("embedded://127.0.0.1:1883", "default")


def test_nearer_sources_win(tmp_path: Path) -> None:
    """An option wins over a variable, a variable over the file, the file over the default."""
    path = written(
        tmp_path, 'region = "eu-west-1"\naccount = "000000000001"\nlisten = "127.0.0.1:1"\nexecutor = "noop"'
    )
    environ = HOME | {"REGLUE_CONFIG": str(path), "REGLUE_LISTEN": "127.0.0.1:2", "REGLUE_ACCOUNT": "000000000002"}
    settings = load_settings({"listen": "127.0.0.1:3", "account": None}, environ)
    assert (settings.port, settings.account, settings.region) == (3, "000000000002", "eu-west-1")
    assert (settings.executor, settings.log_level) == ("noop", "info")


def test_config_option_wins_over_its_variable(tmp_path: Path) -> None:
    """`--config` names the file that is read even if REGLUE_CONFIG names another."""
    path = written(tmp_path, 'region = "eu-west-1"')
    settings = load_settings({"config": path}, HOME | {"REGLUE_CONFIG": str(tmp_path / "absent.toml")})
    assert (settings.region, settings.config) == ("eu-west-1", path)


def test_state_dir_follows_xdg() -> None:
    """The default state folder is below an absolute XDG_STATE_HOME; a relative one is ignored, as XDG says."""
    assert load_settings({}, HOME | {"XDG_STATE_HOME": "/var/state"}).state_dir == Path("/var/state/reglue")
    assert load_settings({}, HOME | {"XDG_STATE_HOME": "state"}).state_dir == Path("/home/ada/.local/state/reglue")


def test_paths_become_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A relative path is taken from the working directory, ~ is the home folder."""
    monkeypatch.chdir(tmp_path)
    assert load_settings({"state_dir": ".reglue/state"}, HOME).state_dir == tmp_path / ".reglue" / "state"
    assert load_settings({}, HOME | {"REGLUE_STATE_DIR": "~/x"}).state_dir == Path("/home/ada/x")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:0", ("127.0.0.1", 0)),
        ("[::1]:8484", ("::1", 8484)),
        ("localhost:65535", ("localhost", 65535)),
        ("0.0.0.0:80", ("0.0.0.0", 80)),
    ],
)
def test_addresses(text: str, address: tuple[str, int]) -> None:
    """HOST:PORT and [IPv6]:PORT are split into host and port."""
    assert split_address(text) == address


@pytest.mark.parametrize(
    "text",
    ["", "8484", ":8484", "::1:8484", "[::g]:1", "[127.0.0.1]:1", "a:65536", "a:b", "http://a:1", "a:1 ", "a b:1"],
)
def test_wrong_addresses_are_refused(text: str) -> None:
    """What is not HOST:PORT is refused with the field, the value and how to write it."""
    told = refusal({}, {"REGLUE_LISTEN": text})
    assert told.startswith(f"variable REGLUE_LISTEN: listen = {text!r}: ")
    assert "write HOST:PORT" in told


@pytest.mark.parametrize(
    ("name", "value", "way_out"),
    [
        ("mqtt", "tcp://broker", "write off, embedded://HOST:PORT on a loopback address, or the URL of a broker"),
        ("mqtt_namespace", "a/b", "letters, digits, dots, dashes and underscores"),
        ("executor", "docker", "write process or noop"),
        ("strict_glue", "perhaps", "write true or false"),
        ("stop_grace_seconds", "-1", "write seconds, from 0 to 3600"),
        ("stop_grace_seconds", "nan", "write seconds, from 0 to 3600"),
        ("stop_grace_seconds", "3601", "write seconds, from 0 to 3600"),
        ("region", "Frankfurt", "such as us-east-1"),
        ("account", "12345678901\n", "12 digits"),
        ("log_format", "xml", "write auto, json or console"),
        ("log_level", "loud", "write debug, info, warning or error"),
        ("state_dir", "", "write a folder"),
        ("config", "", "write a file"),
    ],
)
def test_wrong_values_are_refused_with_the_way_out(name: str, value: str, way_out: str) -> None:
    """A value a setting cannot have is refused, naming the source, the field, the value and what to write instead."""
    told = refusal({}, {FIELDS[name].variable: value})
    assert told.startswith(f"variable {FIELDS[name].variable}: {name} = {value!r}: ")
    assert way_out in told


def test_variables_are_read_as_text() -> None:
    """Numbers and truth values in variables are text and are read as such."""
    settings = load_settings({}, HOME | {"REGLUE_STOP_GRACE_SECONDS": "2.5", "REGLUE_STRICT_GLUE": "True"})
    assert (settings.stop_grace_seconds, settings.strict_glue) == (2.5, True)


def test_unknown_key_in_file_is_refused(tmp_path: Path) -> None:
    """A misspelt key in the file is refused, naming the key, the file and the known keys."""
    path = written(tmp_path, 'lisen = "127.0.0.1:1"')
    told = refusal({"config": str(path)})
    assert str(path) in told
    assert "lisen" in told
    assert all(name in told for name in FIELDS)


def test_unknown_option_is_refused() -> None:
    """An option no setting has is refused instead of being dropped."""
    assert "--colour" not in FIELDS
    assert refusal({"colour": "red"}).startswith("the command line: colour: no such setting")


@pytest.mark.parametrize(
    "text", ["listen = ", "\x00", 'config = "other.toml"', "strict_glue = 1", "account = 123456789012"]
)
def test_wrong_files_are_refused(tmp_path: Path, text: str) -> None:
    """A file that is not TOML, names another file or gives a field the wrong type is refused, naming the file."""
    path = written(tmp_path, text)
    assert refusal({"config": str(path)}).startswith(f"settings file {path}: ")


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_unreadable_file_is_refused(tmp_path: Path, name: str) -> None:
    """A settings file that is not there, or is a folder, is refused with the system's reason."""
    assert "cannot be read" in refusal({"config": str(tmp_path / name)})


def test_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    """A binary file is refused as no TOML."""
    path = tmp_path / "reglue.toml"
    path.write_bytes(b"\xff\xfe\x00")
    assert "is not TOML" in refusal({"config": str(path)})


def test_construction_checks_too() -> None:
    """Settings built by hand are checked like those that were read, without turning text into numbers."""
    for wrong in ({"listen": "nowhere"}, {"stop_grace_seconds": "2"}, {"state_dir": None}):
        with pytest.raises(SettingsError, match=next(iter(wrong))):
            Settings(**({"state_dir": Path("/state")} | wrong))


def test_settings_are_frozen() -> None:
    """Nobody changes a setting after start-up."""
    with pytest.raises(AttributeError):
        load_settings({}, HOME).listen = "127.0.0.1:1"  # type: ignore[misc]  # wrong on purpose


def test_every_field_is_documented() -> None:
    """Each field carries a meaning, a form and a default for people, and derives its option and variable."""
    assert list(FIELDS) == [field.name for field in msgspec.structs.fields(Settings)]
    assert all(field.meaning and field.form and field.default for field in FIELDS.values())
    assert (FIELDS["state_dir"].option, FIELDS["state_dir"].variable) == ("--state-dir", "REGLUE_STATE_DIR")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("broker:1883", "begins with embedded://, mqtt://"),
        ("mqtt://", "Expected a host"),
        ("mqtt://broker:port", "Expected an address"),
        ("mqtt://broker/path", "Expected no path"),
        ("ws://broker/mqtt?a=b", "Expected nothing after ?"),
        ("embedded://0.0.0.0:1883", "Expected a loopback address"),
        ("embedded://ann:secret@127.0.0.1", "the embedded broker knows no passwords"),
        ("mqtt://:secret@broker", "Expected a user before the password"),
    ],
)
def test_addresses_of_brokers_that_cannot_be(text: str, reason: str) -> None:
    """What is no address of a broker is refused with the reason, and without a password that may be in it."""
    told = refusal({"mqtt": text})
    assert reason in told
    assert "secret" not in told


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"mqtt_user": "ann", "mqtt": "mqtt://bob@broker"}, "mqtt_user: mqtt names a user too"),
        ({"mqtt_user": "ann"}, "mqtt_user: is of no use with mqtt = 'embedded://127.0.0.1:1883'"),
        ({"mqtt_user": "ann", "mqtt": "off"}, "mqtt_user: is of no use with mqtt = 'off'"),
        ({"mqtt_password_file": "pw", "mqtt": "mqtt://broker"}, "mqtt_password_file: whose password is it?"),
        ({"mqtt_ca": "ca.pem", "mqtt": "mqtt://broker"}, "mqtt_ca: is of no use with mqtt = 'mqtt://broker:1883'"),
        ({"mqtt_key": "key.pem", "mqtt": "mqtts://broker"}, "mqtt_key: a key is of no use without its certificate"),
    ],
)
def test_settings_of_a_broker_go_together(more: dict[str, object], told: str) -> None:
    """What would have no effect, or cannot be together, is refused with the reason."""
    assert told in refusal(more)
