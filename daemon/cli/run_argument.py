"""The argument `[WORKFLOW] RUN`: a run's id tells its workflow, so the name may be left out. With it, only runs of that
workflow are searched for a beginning of an id, and a run of another one is refused."""

from collections.abc import Callable
from typing import Any, NamedTuple

import click

from daemon.cli.client import Client
from daemon.cli.lookup import run_of, run_of_any_workflow


class Place(NamedTuple):
    """What was typed: a run's id or its beginning, and its workflow if that was named."""

    workflow: str | None
    run: str

    def found(self, client: Client) -> str:
        """The run's whole id. Raises BadInput, Refused."""
        if self.workflow is None:
            return run_of_any_workflow(client, self.run)
        return run_of(client, self.workflow, self.run)


def run_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the argument; the function gets it as `place`."""
    return click.argument("place", nargs=-1, required=True, metavar="[WORKFLOW] RUN", callback=_place)(function)


def _place(context: click.Context, _: click.Parameter, words: tuple[str, ...]) -> Place:
    if len(words) > 2:
        raise click.UsageError(f"Give a run, and its workflow before it if you like; {words[2]!r} is one too many.")
    return Place(words[0] if len(words) == 2 else None, words[-1])
