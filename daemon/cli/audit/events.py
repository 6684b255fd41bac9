"""`reglue audit events`: the facts of the log, one a line."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import click
import msgspec

from daemon.audit.facts import EventsSource, LogSource, Source, Wanted, document, facts
from daemon.audit.found_runs import NotOneRun, run_in
from daemon.audit.opened import opened
from daemon.cli.audit.state_directory import log_in, state_dir_option
from daemon.cli.client import Client, path_to
from daemon.cli.failures import BadInput
from daemon.cli.given_times import millis, position_or_moment, since
from daemon.cli.looks import plain
from daemon.cli.lookup import run_of_any_workflow
from daemon.unreadable import UNREADABLE
from events.catalogue import CATALOGUE, STORED_NAMES
from events.vocabulary import workflow_stream
from projections.rebuild import RecordedEvent
from projections.tellings import told

LOOK_SECONDS = 0.2
_STREAM_COLUMNS = 24
_TYPE_COLUMNS = 19
_BY_COLUMNS = 14
_HIGHEST = 2**63 - 1
_written = msgspec.json.Encoder().encode


@click.command()
@state_dir_option
@click.option("--endpoint", metavar="URL", help="Ask the daemon that answers there instead of reading its files.")
@click.option("--after", type=click.IntRange(0, _HIGHEST), default=0, metavar="POSITION", help="Begin after it.")
@click.option("--until", metavar="POSITION|TIME", help="End with it.")
@click.option("--since", metavar="TIME", help="Begin then: a time, or how long ago (2h, 7d).")
@click.option("--workflow", metavar="NAME", help="Only what belongs to this workflow.")
@click.option("--run", metavar="RUN", help="Only the events of this run, job run or crawl.")
@click.option("--stream", metavar="STREAM", help="Only the events of this stream, such as job:J1.")
@click.option("--type", "types", multiple=True, metavar="TYPE", help="Only types that begin so: run., node.completed.")
@click.option("--by", metavar="WHO", help="Only what this principal caused, such as api:AKIA... or executor.")
@click.option("--limit", type=click.IntRange(1, _HIGHEST), help="So many events at most.")
@click.option("--follow", "-f", is_flag=True, help="Go on as more is written, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document a line instead of text for people.")
def command(state_dir: str | None, endpoint: str | None, follow: bool, as_json: bool, **given: Any) -> None:
    """List the facts of the log, oldest first: position, time, stream, version, type, who caused it, what happened.

    Reads the log in a state directory, whether or not a daemon runs on it; or asks a daemon (--endpoint).
    """
    if given["run"] and given["stream"]:
        raise BadInput("Give --run or --stream, not both: a run is a stream.")
    unknown = [kind for kind in given["types"] if not any(name.startswith(kind) for name in CATALOGUE)]
    if unknown:
        raise BadInput(f"--type is {unknown[0]!r}: no type begins so. docs/events.md lists them.")
    with _source(state_dir, endpoint) as (source, find, rest):
        wanted = _wanted(given, find)
        if isinstance(source, LogSource):
            _check(source, wanted)
        lines = facts(source, wanted, rest if follow else lambda: False)
        try:
            for one in lines:
                sys.stdout.write(_json_line(one) if as_json else _line(one))
                if follow:
                    sys.stdout.flush()
        except UNREADABLE as error:
            raise BadInput(str(error)) from error


Find = Callable[[str], str]
"""Finds the stream of the run that was typed."""


@contextmanager
def _source(state_dir: str | None, endpoint: str | None) -> Iterator[tuple[Source, Find, Callable[[], bool]]]:
    """Where the facts come from, how runs are found there, and how to wait for more."""
    if endpoint is not None:
        if click.get_current_context().get_parameter_source("state_dir") is click.core.ParameterSource.COMMANDLINE:
            raise BadInput("Give --endpoint or --state-dir, not both.")
        client = Client(endpoint)
        yield _remote(client), lambda typed: run_of_any_workflow(client, typed), _rest
        return
    try:
        with opened(log_in(state_dir)) as log:
            yield LogSource(log), lambda typed: run_in(log, typed), _rest
    except (NotOneRun, *UNREADABLE) as error:
        raise BadInput(str(error)) from error


def _remote(client: Client) -> Source:
    def read(query: dict[str, str | int]) -> dict[str, Any]:
        return client.read(path_to("events"), dict[str, Any], query)

    return EventsSource(read)


def _rest() -> bool:
    time.sleep(LOOK_SECONDS)
    return True


def _wanted(given: dict[str, Any], find: Find) -> Wanted:
    now = datetime.now().astimezone()
    until, to = position_or_moment(given["until"], now) if given["until"] else (None, None)
    begin = millis(since(given["since"], now)) if given["since"] else None
    return Wanted(
        after=given["after"],
        until=until,
        since=begin,
        to=to,
        workflow=given["workflow"],
        stream=find(given["run"]) if given["run"] else given["stream"],
        types=tuple(given["types"]),
        by=given["by"],
        limit=given["limit"],
    )


def _check(source: LogSource, wanted: Wanted) -> None:
    """A daemon says by itself what it does not know."""
    if wanted.workflow is not None and not source.holds(workflow_stream(wanted.workflow)):
        raise BadInput(f"There never was a workflow {wanted.workflow!r}.")
    if wanted.stream is not None and not source.holds(wanted.stream):
        raise BadInput(f"The log holds no stream {wanted.stream!r}; streams are named as the listing shows them.")


def _json_line(one: RecordedEvent) -> str:
    return _written(document(one)).decode() + "\n"


def _line(one: RecordedEvent) -> str:
    """A fact on one line; columns that are too narrow push the others aside rather than cut what is told."""
    event = one.event
    name = STORED_NAMES[type(event)].partition("/")[0]
    at = datetime.fromtimestamp(event.at / 1000).isoformat(" ", "milliseconds")
    stream = f"{_short(one.stream)} v{one.version}"
    place = f"{one.position:>8}  {at}  {plain(stream):<{_STREAM_COLUMNS}}"
    return f"{place}  {name:<{_TYPE_COLUMNS}}  {plain(event.by):<{_BY_COLUMNS}}  {plain(told(event))}\n"


def _short(stream: str) -> str:
    """Ids and hashes by their beginnings, names whole."""
    if stream.startswith("design:"):
        return stream[:19]
    return stream[:17] if stream.startswith(("wr_", "jr_")) else stream
