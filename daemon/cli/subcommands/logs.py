"""`reglue logs`: what a job run wrote, byte by byte as it wrote it."""

import sys
from collections.abc import Iterator
from queue import Queue
from threading import Thread

import click
import msgspec

from daemon.cli.client import Client, path_to
from daemon.cli.lookup import job_run_of
from daemon.cli.session import Session, client_options

STREAMS = ("stdout", "stderr")
_MOST_PIECES = 16
"""Pieces on their way from the daemon to a slow reader: enough for both streams, and no log of a gigabyte in memory."""


@click.command()
@click.argument("job_run")
@click.option("-f", "--follow", is_flag=True, help="Go on as more is written, until the job run ends.")
@click.option("--stdout", "streams", flag_value="stdout", help="Only what was written to standard output.")
@click.option("--stderr", "streams", flag_value="stderr", help="Only what was written to standard error.")
@client_options
def command(session: Session, job_run: str, follow: bool, streams: str | None) -> None:
    """Print what JOB_RUN wrote; what it wrote to standard error goes to standard error.

    JOB_RUN is a job run's id, or a beginning of it as `reglue show` prints it. Without --follow standard error comes
    after standard output.
    """
    if session.as_json and follow:
        raise click.UsageError("--json writes one document, so it cannot follow; leave one of the two out.")
    chosen = (streams,) if streams else STREAMS
    path = path_to("job-runs", job_run_of(session.client, job_run))
    if session.as_json:
        _write_document(session, path, chosen)
        return
    for stream, piece in _followed(session.client, path, chosen) if follow else _read(session.client, path, chosen):
        target = sys.stdout.buffer if stream == "stdout" else sys.stderr.buffer
        target.write(piece)
        target.flush()


def _write_document(session: Session, path: str, streams: tuple[str, ...]) -> None:
    """The job run and its output as text; bytes that are no UTF-8 are replaced."""
    texts = {name: b"".join(piece for _, piece in _read(session.client, path, (name,))) for name in streams}
    output = {name: text.decode("utf-8", "replace") for name, text in texts.items()}
    session.write({"job_run": msgspec.Raw(session.client.read_raw(path)), "output": output})


def _read(client: Client, path: str, streams: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """What there is, one stream after the other."""
    for stream in streams:
        for piece in client.stream(f"{path}/logs", {"stream": stream, "follow": 0}):
            yield stream, piece


def _followed(client: Client, path: str, streams: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Pieces of all streams as they come, read by a thread for each; what stops one of them is raised here."""
    arrived: Queue[tuple[str, bytes | Exception | None]] = Queue(_MOST_PIECES)
    for stream in streams:
        Thread(target=_fetch, args=(client, path, stream, arrived), daemon=True).start()
    open_streams = len(streams)
    while open_streams:
        stream, piece = arrived.get()
        if isinstance(piece, Exception):
            raise piece
        if piece is None:
            open_streams -= 1
        else:
            yield stream, piece


def _fetch(client: Client, path: str, stream: str, arrived: "Queue[tuple[str, bytes | Exception | None]]") -> None:
    try:
        for piece in client.stream(f"{path}/logs", {"stream": stream, "follow": 1}):
            arrived.put((stream, piece))
        arrived.put((stream, None))
    except Exception as error:  # whatever it is, the main thread raises it
        arrived.put((stream, error))
