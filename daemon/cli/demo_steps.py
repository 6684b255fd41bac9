"""What to type next once the demo is loaded: the three `aws` commands, and the same with `reglue`."""

from collections.abc import Iterator

import click

from daemon.cli.demo_workflow import FAILING, WORKFLOW, Demo
from daemon.cli.hints import command_line

NO_ACCOUNT = "--region us-east-1 --no-sign-request"
"""What lets `aws` go without an account, credentials or configuration."""

_LOOK = "Run.Graph.Nodes[].JobDetails.JobRuns[].[JobName,JobRunState,ErrorMessage]"


def next_steps(endpoint: str, demo: Demo) -> Iterator[str]:
    """The lines to print for the demo at this daemon."""
    yield f"Workflow {WORKFLOW} is {'loaded' if demo.is_new else 'there already'}: {_SHAPE}"
    yield f"Its scripts are in {demo.folder}"
    if demo.is_repaired:
        yield "The input has arrived, so every job will succeed. To see J2 and J3 fail again:"
        yield f"    {demo.undo}"
    else:
        yield f"{' and '.join(FAILING)} will fail, because their input has not arrived yet."
    yield ""
    yield "Try next, in another terminal; no AWS account is needed:"
    yield from _numbered(_aws_steps(endpoint, demo))
    yield ""
    yield "The same, and the history, with reglue's own command:"
    yield from (f"    {line}" for line in _reglue_steps(endpoint))


_SHAPE = "T1 → J1, then T2 → J2 and T3 → J3, then T4 → J4 and T5 → J5"


def aws_command(endpoint: str, *words: str) -> str:
    """An `aws glue` command line that anybody can type."""
    return " ".join(("aws glue", *words, "--endpoint-url", endpoint, NO_ACCOUNT))


def _aws_steps(endpoint: str, demo: Demo) -> Iterator[tuple[str, list[str]]]:
    start = aws_command(endpoint, f"start-workflow-run --name {WORKFLOW} --query RunId --output text")
    yield "Start a run:", [f"RUN=$({start}); echo $RUN"]
    look = f"get-workflow-run --name {WORKFLOW} --run-id $RUN --include-graph --query '{_LOOK}' --output table"
    yield "See J2 and J3 fail, and why:", [aws_command(endpoint, look)]
    resume = f"resume-workflow-run --name {WORKFLOW} --run-id $RUN --node-ids {' '.join(demo.node_ids)}"
    yield "Bring the input, then resume from J2 and J3:", [demo.repair, aws_command(endpoint, resume)]


def _reglue_steps(endpoint: str) -> Iterator[str]:
    yield command_line(endpoint, "start", WORKFLOW, "--wait")
    yield command_line(endpoint, "runs", WORKFLOW)
    yield command_line(endpoint, "show", "RUN")
    yield command_line(endpoint, "resume", WORKFLOW, "RUN", "--failed", "--wait")
    yield command_line(endpoint, "watch")


def _numbered(steps: Iterator[tuple[str, list[str]]]) -> Iterator[str]:
    for number, (title, lines) in enumerate(steps, 1):
        yield f"  {number}. {click.style(title, bold=True)}"
        yield from (f"     {line}" for line in lines)
