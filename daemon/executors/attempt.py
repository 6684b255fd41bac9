"""One running attempt as the process executor keeps it, and what its end amounts to.

The end is read from what the wrapper left, in the order of trust: the exit file; the mark that it never began; the
wrapper's own status, which repeats the job's code and helps where a full disk kept the file from being written. If
none of them says anything, the process vanished.
"""

import os

import msgspec

from daemon.executors import crawl_files, error_message
from daemon.executors.attempt_directory import AttemptDirectory, Claim, Exit
from daemon.executors.exit_watch import reap
from daemon.executors.group_end import GroupEnd
from daemon.executors.port import Launch, Outcome, StopReason
from daemon.executors.script_command import explain_not_run, script_path

_NOT_EXECUTABLE, _NOT_FOUND = 126, 127
LOST = Outcome(
    "FAILED",
    "The machine restarted while this attempt was under way. It left no exit code and is not started again; see its "
    "logs for how far it came, and run or resume the job anew.",
)


class Ending(msgspec.Struct, frozen=True):
    """How a wrapper ended: the job's exit code, or that the job never began, or neither: the process vanished."""

    code: int | None = None
    never_began: bool = False
    wrapper_signal: int | None = None
    ended_at: int | None = None


class Attempt:
    """An attempt whose wrapper lives, or whose group is being ended."""

    __slots__ = ("adopted", "claim", "directory", "ending", "group_end", "launch", "pidfd", "stop_reason")

    def __init__(self, launch: Launch, directory: AttemptDirectory, claim: Claim, pidfd: int) -> None:
        self.launch = launch
        self.directory = directory
        self.claim = claim
        self.pidfd = pidfd
        self.adopted = False
        self.stop_reason: StopReason | None = None
        self.group_end: GroupEnd | None = None
        self.ending = Ending()

    def close(self) -> None:
        """Let go of the process."""
        if self.pidfd >= 0:
            os.close(self.pidfd)
            self.pidfd = -1

    def read_ending(self) -> Ending:
        """Collect the ended wrapper and find out how it ended."""
        status = reap(self.pidfd)
        written = self.directory.read_exit()
        if written is not None and written.code is not None:
            # An adopted attempt may have ended long ago, its wrapper being kept as a zombie by whoever inherited it.
            return Ending(written.code, ended_at=written.ended_at if self.adopted else None)
        if self.directory.never_began(self.claim):
            return Ending(never_began=True)
        if status is not None and status >= 0:
            return Ending(status)
        return Ending(wrapper_signal=-status if status is not None else None)


def outcome_of(launch: Launch, directory: AttemptDirectory, ending: Ending) -> Outcome:
    """SUCCEEDED for exit code 0, FAILED with a message for everything else."""
    if ending.code is None:
        return Outcome("FAILED", _vanished(ending), ended_at=ending.ended_at)
    if ending.code == 0 and launch.crawl is not None:
        return crawl_files.outcome(directory, ending.ended_at)
    if ending.code == 0:
        return Outcome("SUCCEEDED", exit_code=0, ended_at=ending.ended_at)
    return Outcome("FAILED", _failure(launch, directory, ending.code), ending.code, ending.ended_at)


def ending_of(written: Exit) -> Ending:
    """The ending that an exit file tells of when it is found after the fact."""
    return Ending(written.code, ended_at=written.ended_at)


def _failure(launch: Launch, directory: AttemptDirectory, code: int) -> str:
    if launch.command == "shell" and code in (_NOT_EXECUTABLE, _NOT_FOUND):
        reason = explain_not_run(script_path(launch.script))
        if reason is not None:
            return f"Command failed with exit code {code}: {reason}"
    return error_message.of_failure(code, directory.stdout, directory.stderr)


def _vanished(ending: Ending) -> str:
    if ending.wrapper_signal is None:
        return (
            "The job's process vanished without leaving an exit code: it was killed from outside, or could not write "
            "the code to the state directory. What was left of its process group has been killed."
        )
    return (
        f"The job's process vanished without leaving an exit code: its wrapper was ended by "
        f"{error_message.signal_name(ending.wrapper_signal)} from outside. What was left of its process group has "
        "been killed."
    )
