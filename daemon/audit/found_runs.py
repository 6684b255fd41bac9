"""Finds runs in a log by any beginning of their ids."""

from events.reading import Reading
from events.vocabulary import StreamId, run_stream

MOST_NAMED = 4


class NotOneRun(Exception):
    """What was typed means no run, or several; the text says which."""


def run_in(log: Reading, typed: str) -> StreamId:
    """The stream of the run, job run or crawl that an id, or a beginning of one, means. Raises NotOneRun."""
    stream = run_stream(typed)
    found = log.beginning(stream, MOST_NAMED)
    if stream in found or len(found) == 1:
        return stream if stream in found else found[0]
    if not found:
        raise NotOneRun(f"The log holds no run {typed}.")
    some = ", ".join(one[:17] for one in found[: MOST_NAMED - 1])
    more = ", ..." if len(found) == MOST_NAMED else ""
    raise NotOneRun(f"{typed} may mean several runs ({some}{more}); type more of it.")
