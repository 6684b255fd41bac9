"""Folds a long log by several processes beside each other, each of which reads a share of its streams.

This process folds the first share itself and starts one more for each of the others: this very module, as a program.
Such a program writes lines of JSON: the position that it has come to, now and then, and at last what it found. It ends
when its standard input does, which is when the process that started it has ended, however that came about.
"""

import os
import subprocess
import sys
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import msgspec

from daemon.audit.replay_shares import Extract, Replayed, replayed, together
from events.reading import ReadOnlyLog
from events.shares import BEGINNING, END, WHOLE, Share, began

TELL_SECONDS = 0.1
"""How often a process tells how far it is."""

SAMPLE = 1_000
"""How many events tell how the events of a log are spread over time: that takes a hundredth of a second."""

_Told = Callable[[int], None]
_Process = subprocess.Popen[bytes]


class Incomplete(Exception):
    """Not every process came to its end, or not all of them read the same log. One alone can tell what is wrong."""


class Part(NamedTuple):
    """A share of a log, and the positions of a sample's events in it, by which one can tell how far a reader is."""

    share: Share
    sample: tuple[int, ...]

    def done(self, position: int) -> int:
        """How many events of the sample lie up to a position."""
        return bisect_right(self.sample, position)


def parts_of(log: ReadOnlyLog, until: int, count: int) -> list[Part]:
    """Cuts the log, up to a position, into so many parts with about the same number of events, as a sample tells; fewer
    where too few runs began."""
    found = [(began(stream), at) for at, stream in log.streams_at(range(1, until + 1, max(1, until // SAMPLE)))]
    moments = sorted(moment for moment, _ in found)
    cuts = {moments[len(moments) * number // count] for number in range(1, count)} if moments else set()
    shares = [Share(since, to) for since, to in pairwise(sorted({BEGINNING, *cuts, END}))]
    return [Part(share, tuple(at for moment, at in found if share.since <= moment < share.to)) for share in shares]


def folded(log: ReadOnlyLog, extract: Extract, processes: int, progress: _Told) -> Replayed:
    """Folds the log by so many processes, or by this one if anything comes in their way. `progress` is told how far
    that is. Raises what the fold raises of a log that is damaged."""
    parts = parts_of(log, extract.until, processes) if processes > 1 else []
    if len(parts) > 1:
        try:
            return folded_beside(log, extract, parts, progress)
        except Incomplete:
            pass  # this one alone gets by, or comes to what is wrong with the log as if there had been no others
    return replayed(log, extract, WHOLE, progress)


def folded_beside(log: ReadOnlyLog, extract: Extract, parts: Sequence[Part], progress: _Told) -> Replayed:
    """Folds each part of the log by a process. `progress` is told how much all of them have done. Raises Incomplete."""
    own, *others = parts
    far, sampled = [0] * len(parts), sum(len(part.sample) for part in parts)
    with ThreadPoolExecutor(len(others)) as threads, ExitStack() as running:
        promised: list[Future[Replayed]] = []
        for number, part in enumerate(others, 1):
            process = running.enter_context(_started(_command(log.path, extract, part.share)))
            promised.append(threads.submit(_listened, process, partial(far.__setitem__, number)))

        def told(position: int) -> None:
            far[0] = position
            _fail_with(promised)
            progress(extract.until * sum(part.done(at) for part, at in zip(parts, far, strict=True)) // sampled)

        found = _own(log, extract, own.share, told)
        while wait(promised, TELL_SECONDS, FIRST_EXCEPTION).not_done:
            told(extract.until)
        return _agreed([found, *(one.result() for one in promised)], extract)


def _own(log: ReadOnlyLog, extract: Extract, share: Share, told: _Told) -> Replayed:
    try:
        return replayed(log, extract, share, told)
    except Incomplete:
        raise
    except Exception as error:  # whatever it is, another share may hold what is wrong with the log before that
        raise Incomplete from error


def _agreed(found: Sequence[Replayed], extract: Extract) -> Replayed:
    """Puts the shares together, if nothing was moved out of the log after the one was begun and before another was."""
    if len({share.elided for share in found}) > 1:
        raise Incomplete
    return together(found, extract.keep)


def _fail_with(promised: Sequence[Future[Replayed]]) -> None:
    """Raises Incomplete if one of them has."""
    for one in promised:
        if one.done():
            one.result()


def _command(log: Path, extract: Extract, share: Share) -> list[str]:
    return [sys.executable, "-P", "-m", __name__, str(log), *map(str, (*extract, *share))]


@contextmanager
def _started(command: Sequence[str]) -> Iterator[_Process]:
    """A process that folds a share; it goes with the context. What it has to say about a failure is not for the screen:
    whoever replays in one process then says it."""
    try:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except OSError as error:
        raise Incomplete from error
    with process:
        try:
            yield process
        finally:
            process.kill()


def _listened(process: _Process, told: _Told) -> Replayed:
    """What a process found, once it has. Raises Incomplete when it ends without."""
    assert process.stdout is not None
    for line in process.stdout:
        try:
            message = msgspec.json.decode(line, type=int | Replayed)
        except msgspec.DecodeError as error:
            raise Incomplete from error
        if isinstance(message, Replayed):
            return message
        told(message)
    raise Incomplete


def main() -> None:
    """Folds the share that the arguments tell of."""
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    path, *numbers = sys.argv[1:]
    until, keep, since, to = map(int, numbers)
    with ReadOnlyLog(Path(path)) as log:
        _write(replayed(log, Extract(until, keep), Share(since, to), _telling()))


def _end_with_standard_input() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def _telling() -> _Told:
    """Writes a position if none was written a short while before."""
    due = 0.0

    def told(position: int) -> None:
        nonlocal due
        now = time.monotonic()
        if now >= due:
            due = now + TELL_SECONDS
            _write(position)

    return told


def _write(message: int | Replayed) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
