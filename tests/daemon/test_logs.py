"""The log on standard error, seen from outside: each test runs a small program that logs and reads what came out."""

import json
import os
import subprocess
import sys

PROGRAM = """
import logging, sys
from daemon.logs import configure, get_logger
from daemon.settings import load_settings

log = get_logger(job_name="J2")
configure(load_settings(dict(argument.split("=") for argument in sys.argv[1:]), {"HOME": "/"}))
log.debug("too small")
log.info("job started", job_run_id="jr_1")
try:
    {}["absent"]
except KeyError:
    log.exception("job broken")
logging.getLogger("some.library").warning("beware of %s", "this")
logging.getLogger("some.library").info("chatter")
print("rich" in sys.modules)
"""


def said(*settings: str) -> tuple[str, list[str]]:
    """Standard output and the lines on standard error of the program under these settings."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *settings], capture_output=True, text=True, check=True)
    return done.stdout, done.stderr.splitlines()


def test_json_lines_when_not_on_a_terminal() -> None:
    """Into a pipe each line is one JSON object with the event's name, the level, the time in UTC and the ids."""
    lines = [json.loads(line) for line in said()[1]]
    assert [line["event"] for line in lines] == ["job started", "job broken", "beware of this"]
    assert (lines[0]["job_name"], lines[0]["job_run_id"], lines[0]["level"]) == ("J2", "jr_1", "info")
    assert lines[0]["timestamp"].endswith("Z")
    assert "KeyError: 'absent'" in lines[1]["exception"]


def test_lines_of_libraries_have_the_same_form() -> None:
    """What a library logs from warning on comes as the same JSON, with the library's name."""
    library = json.loads(said()[1][-1])
    assert (library["event"], library["logger"], library["level"]) == ("beware of this", "some.library", "warning")


def test_console_lines_are_for_people() -> None:
    """With log_format=console lines are plain text, and without colours when nobody looks."""
    lines = said("log_format=console")[1]
    assert "job started" in lines[0]
    assert "job_run_id=jr_1" in lines[0]
    assert not any("\x1b" in line or line.startswith("{") for line in lines)


def test_level_is_heeded() -> None:
    """With log_level=error only errors are written, with debug everything is."""
    assert [json.loads(line)["event"] for line in said("log_level=error")[1]] == ["job broken"]
    assert len(said("log_level=debug")[1]) == 5


def test_rich_stays_out_of_the_daemon() -> None:
    """Logging does not import rich, which would cost the daemon memory."""
    assert said()[0] == "False\n"


def test_full_disk_does_not_stop_the_program() -> None:
    """A log that cannot be written is lost; the program goes on to its end."""
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=full, env=dict(os.environ), check=True
        )
    assert done.stdout == b"False\n"
