"""`reglue serve`: its options, what it prints when ready, and how it says that it cannot start."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from daemon.cli.session import Session
from daemon.cli.waiting import wait_for_end
from daemon.settings import FIELDS
from tests.daemon.cli.conftest import Daemon, Ended, Reglue


def served(*words: str) -> Ended:
    """A daemon that is expected not to start, in a process of its own."""
    command = [sys.executable, "-m", "daemon", "serve", *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return Ended(done.returncode, done.stdout, done.stderr)


def refused(ended: Ended) -> str:
    """The message with which a daemon did not start: the last line, beside nothing but its log."""
    assert ended.code == 2
    assert ended.out == ""
    *log, message = ended.err.splitlines()
    assert all(line.startswith("{") for line in log)
    return message


def test_every_setting_is_an_option(reglue: Reglue) -> None:
    """The help names each setting's option and variable."""
    text = reglue("serve", "--help").out
    assert all(field.option in text and field.variable in text for field in FIELDS.values())


def test_wrong_setting_is_refused() -> None:
    """A setting that cannot be used ends with one line that names the option."""
    message = refused(served("--listen", "nowhere"))
    assert message.startswith("reglue: option --listen: listen = 'nowhere'")


def test_held_state_directory_is_refused(demo_daemon: Daemon) -> None:
    """A second daemon on the same state directory does not start and says which process holds it."""
    message = refused(served("--state-dir", str(demo_daemon.state), "--listen", "127.0.0.1:0"))
    assert "is held by process" in message
    assert (demo_daemon.state / "daemon.pid").read_text().strip() in message


def test_address_in_use_is_refused(tmp_path: Path) -> None:
    """A port that is taken is named, with the option that chooses another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        message = refused(served("--state-dir", str(tmp_path), "--listen", f"127.0.0.1:{taken.getsockname()[1]}"))
    assert "Address already in use" in message
    assert "--listen" in message


def test_foreign_log_is_refused(tmp_path: Path) -> None:
    """A file that is no log of ours is refused by its path and left as it is."""
    log = tmp_path / "log.db"
    log.write_text("a letter")
    assert str(log) in refused(served("--state-dir", str(tmp_path), "--listen", "127.0.0.1:0"))
    assert log.read_text() == "a letter"


def test_unusable_state_directory_is_refused(tmp_path: Path) -> None:
    """A state directory that cannot be made is named with the reason."""
    (tmp_path / "file").touch()
    message = refused(served("--state-dir", str(tmp_path / "file" / "state"), "--listen", "127.0.0.1:0"))
    assert message == f"reglue: Cannot start: {tmp_path}/file/state: Not a directory."


def test_ready_daemon_prints_what_to_type(demo_daemon: Daemon) -> None:
    """The first line says where it listens; then come three aws commands and the same with reglue."""
    lines = demo_daemon.printed.splitlines()
    assert lines[0].startswith("reglue listens on http://127.0.0.1:")
    text = "\n".join(lines)
    assert all(f"  {number}. " in text for number in (1, 2, 3))
    assert text.count("aws glue ") == 3
    assert f"runs W1 --endpoint {demo_daemon.url}" in text


def shell(script: str, home: Path) -> str:
    """What a shell prints for this script, in an environment that has PATH and an empty home only."""
    environment = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(home)}
    done = subprocess.run(["sh", "-ec", script], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_printed_aws_commands_work(demo_daemon: Daemon, tmp_path: Path) -> None:
    """The printed lines do as they are, without credentials or configuration: start, look, repair, resume."""
    for arrived in (demo_daemon.state / "demo" / "input").iterdir():
        arrived.unlink()
    start, *others = [line.strip() for line in demo_daemon.printed.splitlines() if line.startswith("     ")]
    run_id = shell(start, tmp_path).strip()
    wait_for_end(Session(demo_daemon.url, as_json=False), run_id)
    told = shell("\n".join([f"RUN={run_id}", *others]), tmp_path)
    assert "orders.csv has not arrived" in told
    assert '"RunId": "wr_' in told
