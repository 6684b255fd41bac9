"""The command as a whole: what it loads, how it ends, what it says of itself."""

import os
import subprocess
import sys

import click
import pytest

from daemon.cli.app import SUBCOMMANDS
from daemon.cli.app import reglue as group
from daemon.cli.failures import EXIT_CODES
from tests.daemon.cli.conftest import Answers, Reglue

HEAVY = ("botocore", "boto3", "starlette", "uvicorn", "uvloop", "eventsourcing", "structlog", "asyncio", "sqlite3")
CLIENT_COMMANDS = [name for name in SUBCOMMANDS if name not in ("serve", "rebuild", "archive")]


def loaded_after(*words: str) -> set[str]:
    """The modules that the command has loaded when it ends, in a process of its own."""
    program = "import sys; from daemon.__main__ import main; code = main(); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("name", CLIENT_COMMANDS)
def test_client_commands_load_no_daemon(name: str) -> None:
    """No client command loads a library of the daemon's own side, nor another command's module."""
    loaded = loaded_after(name, "--help")
    assert f"daemon.cli.subcommands.{name}" in loaded
    assert not {module for module in loaded if module.split(".")[0] in HEAVY}
    assert not {f"daemon.cli.subcommands.{other}" for other in SUBCOMMANDS if other != name} & loaded


def test_rebuild_loads_no_more_than_sqlite() -> None:
    """`reglue rebuild` works on files by itself, so it loads SQLite; of the daemon's other libraries it loads none."""
    loaded = {module.split(".")[0] for module in loaded_after("rebuild", "--help")}
    assert loaded & set(HEAVY) == {"sqlite3"}


def test_list_of_commands_loads_none() -> None:
    """`reglue --help` lists every command without loading any."""
    assert not [module for module in loaded_after("--help") if module.startswith("daemon.cli.subcommands.")]


def test_every_command_is_listed_and_there(reglue: Reglue) -> None:
    """Each name of the table leads to a command, and the help lists names and exit codes."""
    context = click.Context(group)
    assert all(group.get_command(context, name) for name in SUBCOMMANDS)
    text = reglue("--help").out
    assert all(f"{name} " in text and line in text for name, line in SUBCOMMANDS.items())
    assert all(f"{code}  {meaning}" in text for code, meaning in EXIT_CODES.items())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["frob"], "No such command 'frob'"),
        (["show"], "Missing argument 'RUN'"),
        (["runs", "W1", "--limit", "0"], "0 is not in the range"),
        (["runs", "W1", "--endpoint", "ftp://x"], "is no endpoint"),
        (["start", "W1", "--property", "novalue"], "write KEY=VALUE"),
        (["resume", "W1", "wr_01", "--failed"], "at least 6 characters"),
        (["resume", "W1", "wr_01a205", "--failed", "--node", "J1"], "not both"),
        (["logs", "jr_01a20599a150", "-f", "--json"], "leave one of the two out"),
        (["show", "\udcff"], "not valid UTF-8"),
    ],
)
def test_bad_input_ends_with_two(reglue: Reglue, words: list[str], told: str) -> None:
    """What cannot be meant ends with 2 and a message on standard error, without asking any daemon."""
    ended = reglue(*words)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err
    assert "Traceback" not in ended.err


def test_unreachable_daemon_ends_with_three(reglue: Reglue, answers: Answers) -> None:
    """Where no daemon answers, the exit code is 3."""
    answers.close()
    ended = reglue("runs", "W1", "--endpoint", answers.url)
    assert (ended.code, ended.out) == (3, "")
    assert ended.err.startswith(f"reglue: No daemon answers at {answers.url}")


def test_refusal_ends_with_four(reglue: Reglue, answers: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the daemon refuses ends with 4; the endpoint may come from the variable."""
    monkeypatch.setenv("REGLUE_ENDPOINT", answers.url)
    assert reglue("runs", "W1") == (4, "", "reglue: Nothing is there. (EntityNotFoundException)\n")


def test_reader_that_leaves_is_no_failure(answers: Answers) -> None:
    """When the reader of the output goes away, the command ends quietly with 141, as a shell shows it."""
    runs = [{"run_id": "wr_" + "0" * 64}] * 20_000
    answers.lay_down("/v1/workflows/W1/runs?limit=20", {"runs": runs, "next": None})
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "daemon", "runs", "W1", "--json", "--endpoint", answers.url]
    with subprocess.Popen(command, stdout=writing, stderr=subprocess.PIPE, text=True) as process:
        os.close(writing)
        os.close(reading)
        assert process.communicate()[1] == ""
    assert process.returncode == 141


@pytest.mark.parametrize("words", [["version"], ["version", "--json"]], ids=" ".join)
def test_output_that_cannot_be_written_is_told(words: list[str]) -> None:
    """On a full disk the command ends with one line that says so."""
    command = [sys.executable, "-m", "daemon", *words]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    told = "reglue: The output cannot be written: No space left on device.\n"
    assert (done.returncode, done.stderr) == (2, told)


def test_version_is_told(reglue: Reglue) -> None:
    """The version is printed for people and as JSON."""
    assert reglue("version").out.startswith("reglue ")
    assert '"reglue":' in reglue("version", "--json").out
    assert reglue("--version").out == reglue("version").out.partition(" (")[0] + "\n"
