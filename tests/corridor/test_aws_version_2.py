"""Version 2 of the `aws` command: what it alone has, and that it works as version 1 does."""

import json
import shlex
from itertools import islice
from typing import Any

import pytest

from tests.corridor.aws_command import AwsCommand, version_2
from tests.corridor.waiting import NamedPipe
from tests.corridor.workshop import Workshop

OUTPUT = "/aws-glue/python-jobs/output"

pytestmark = pytest.mark.slow  # the command takes seconds to start, and to look again


@pytest.fixture
def aws(workshop: Workshop) -> AwsCommand:
    """The command, for this daemon."""
    return AwsCommand(workshop.daemon.url, version_2())


@pytest.fixture
def go(workshop: Workshop) -> NamedPipe:
    """What the job waits for between its two lines."""
    go = workshop.pipe("go")
    path = str(workshop.folder / "go")
    workshop.python("speaks", "print('first', flush=True)", f"open({path!r}).readline()", "print('second')")
    return go


def test_output_is_followed_while_it_is_written(workshop: Workshop, aws: AwsCommand, go: NamedPipe) -> None:
    """`aws logs tail --follow` shows each line once, with the job run as its stream, as soon as it is there."""
    run_id = workshop.glue.start_job_run(JobName="speaks")["JobRunId"]
    tail = aws.begin(f"aws logs tail {OUTPUT} --since 10m --follow --endpoint-url {workshop.daemon.url}")
    try:
        assert tail.stdout is not None
        first = tail.stdout.readline()
        go.send()
        lines = [first, *islice(tail.stdout, 1)]
        assert [line.split()[1:] for line in lines] == [[run_id, "first"], [run_id, "second"]]
    finally:
        tail.kill()
        tail.communicate()


def test_output_of_the_past_is_shown(workshop: Workshop, aws: AwsCommand, go: NamedPipe) -> None:
    """Without --follow it ends by itself; a stream and a filter choose, and an unknown group is named."""
    go.send()
    run_id = workshop.job_ran("speaks")["Id"]
    at = f"--since 1h --format short --endpoint-url {workshop.daemon.url}"
    shown = aws.run(f"aws logs tail {OUTPUT} --log-stream-names {run_id} {at}").stdout.splitlines()
    assert [line.split(" ")[1] for line in shown] == ["first", "second"]
    assert aws.run(f"aws logs tail {OUTPUT} --filter-pattern second {at}").stdout.endswith(" second\n")
    absent = aws.run(f"aws logs tail /nowhere {at}")
    assert (absent.code != 0, "/nowhere" in absent.stderr) == (True, True)


def test_a_workflow_is_driven_by_it(workshop: Workshop, aws: AwsCommand) -> None:
    """Defining, starting by an event, waiting and reading, with the answers of version 2.

    Before 2.13 it does not read AWS_ENDPOINT_URL_GLUE.
    """

    def asked(line: str) -> Any:
        return aws.answer(f"aws {line} --endpoint-url {workshop.daemon.url}")

    workshop.shell("J", "echo it ran")
    asked("glue create-workflow --name W --tags team=a")
    event = "--type EVENT --event-batching-condition BatchSize=1,BatchWindow=60"
    asked(f"glue create-trigger --name T --workflow-name W {event} --actions JobName=J")
    asked('events put-rule --event-pattern \'{"source": ["my.app"]}\' --name R')
    target = "Id=1,Arn=arn:aws:glue:us-east-1:123456789012:workflow/W,RoleArn=arn:aws:iam::123456789012:role/any"
    asked(f"events put-targets --rule R --targets {target}")
    entry = shlex.quote(json.dumps([{"Source": "my.app", "DetailType": "arrived", "Detail": '{"a": 1}'}]))
    sent = asked(f"events put-events --entries {entry}")
    assert sent["FailedEntryCount"] == 0
    (run,) = asked("glue get-workflow-runs --name W")["Runs"]
    workshop.finished("W", run["WorkflowRunId"])
    shown = asked(f"glue get-workflow-run --name W --run-id {run['WorkflowRunId']} --include-graph")["Run"]
    assert (shown["Status"], shown["Statistics"]["SucceededActions"]) == ("COMPLETED", 1)
    assert shown["StartingEventBatchCondition"] == {"BatchSize": 1, "BatchWindow": 0}
    arn = "arn:aws:glue:us-east-1:123456789012:workflow/W"
    assert asked(f"glue get-tags --resource-arn {arn}")["Tags"] == {"team": "a"}
