"""From a job's definition to the command line of its process, or to a sentence that says why there is none.

What can be known before the start is looked at here (kind, scheme, the file and its modes). What only the kernel
finds out (a first line that names a missing interpreter) is explained afterwards by `explain_not_run`.
"""

import os
import re
import shlex
import stat
import sys
from urllib.parse import unquote, urlsplit

from daemon.executors.port import Launch

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")
_FILE_PREFIX = re.compile(r"^file:(//(localhost)?(?=/))?", re.IGNORECASE)
_SUPPORTED = ("pythonshell", "shell")


class CannotRun(Exception):
    """A job that cannot be started; the text is the attempt's error message."""


def command_line(launch: Launch) -> list[str]:
    """The job's argument vector: interpreter or script, then `KEY value` for each argument, in order."""
    if launch.command not in _SUPPORTED:
        raise CannotRun(
            f"The job's Command.Name is {launch.command!r}, which this daemon cannot run. Supported are pythonshell "
            "(a Python script) and shell (any executable file)."
        )
    script = script_path(launch.script)
    if launch.command == "pythonshell":
        _check_file(script, os.R_OK)
        command = [sys.executable, "-u", script]
    else:
        _check_file(script, os.X_OK)
        command = [script]
    for key, value in launch.arguments.items():
        command += (key, value)
    return command


def script_path(location: str) -> str:
    """The absolute path that a ScriptLocation names; raises CannotRun for what is no local file."""
    if not location:
        raise CannotRun("The job's ScriptLocation is empty. Set it to a path or a file:// URL.")
    if "\0" in location:
        raise CannotRun("The job's ScriptLocation holds a NUL character, which no path can hold.")
    if not _SCHEME.match(location):
        return os.path.abspath(location)
    return _path_of_url(location)


def explain_not_run(script: str) -> str | None:
    """Why the kernel would not run an executable file: its first line names no usable interpreter. None if it does."""
    try:
        with open(script, "rb") as file:
            first_line = file.readline(256)
    except OSError as error:
        return f"{script}: {error.strerror}"
    if not first_line.startswith(b"#!"):
        return None
    # The kernel cuts at blanks and the line feed alone: a carriage return is part of the interpreter's name for it.
    named = os.fsdecode(re.split(rb"[ \t\n]", first_line[2:].lstrip(b" \t"))[0])
    if os.path.isfile(named) and os.access(named, os.X_OK):
        return None
    hint = " It ends its lines with CR LF; use LF." if first_line.endswith(b"\r\n") else ""
    return (
        f"{script}: its first line names {named!r} as interpreter, which is no executable file. "
        f"Install it or correct the line.{hint}"
    )


def _path_of_url(location: str) -> str:
    scheme = location.partition(":")[0].lower()
    if scheme != "file":
        raise CannotRun(
            f"The job's ScriptLocation is {location}; {scheme}:// is not supported. Copy the script to this machine "
            "and give its path or a file:// URL."
        )
    try:
        url = urlsplit(location)
    except ValueError as error:
        raise CannotRun(f"The job's ScriptLocation is {location}, which is no valid URL: {error}.") from error
    if url.netloc not in ("", "localhost"):
        raise CannotRun(
            f"The job's ScriptLocation is {location}, which names the host {url.netloc!r}. A local file has three "
            "slashes: file:///path/to/script."
        )
    # '?' and '#' may stand unquoted in a file's name: only the scheme and the host are cut off.
    path = _FILE_PREFIX.sub("", location)
    return os.path.abspath(unquote(path, errors="surrogateescape"))


def _check_file(script: str, mode: int) -> None:
    try:
        kind = os.stat(script).st_mode
    except OSError as error:
        raise CannotRun(
            f"The job's script {script} cannot be read: {error.strerror}. "
            "Create it, or correct the job's ScriptLocation."
        ) from error
    if not stat.S_ISREG(kind):
        what = "a directory" if stat.S_ISDIR(kind) else "not a regular file"
        raise CannotRun(f"The job's script {script} is {what}. Let the job's ScriptLocation name a script file.")
    if not os.access(script, mode):
        adjective, flag = ("executable", "+x") if mode == os.X_OK else ("readable", "+r")
        raise CannotRun(f"The job's script {script} is not {adjective}. Try: chmod {flag} {shlex.quote(script)}")
