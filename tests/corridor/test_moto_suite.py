"""A suite as people write them for moto's server, against `reglue serve --ephemeral --executor noop`.

Nothing but the address is reglue's: boto3, a reset before each test, and the answers and error codes that such suites
look for.
"""

import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.corridor.daemons import Daemon

ROLE = "arn:aws:iam::123456789012:role/any"
ACCOUNT = "arn:aws:glue:us-east-1:123456789012"
COMMAND = {"Name": "glueetl", "ScriptLocation": "s3://scripts/job.py"}
AFTER = {"Conditions": [{"LogicalOperator": "EQUALS", "JobName": "first", "State": "SUCCEEDED"}]}
NO_TARGETS: dict[str, list[Any]] = {"S3Targets": [], "JdbcTargets": [], "DynamoDBTargets": [], "CatalogTargets": []}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server's address."""
    server = Daemon(tmp_path_factory.mktemp("none") / "state", "--ephemeral", "--executor", "noop")
    yield server.url
    server.stop()


@pytest.fixture
def client(url: str) -> Any:
    """A client of a server that was reset."""
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST"))
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client("glue", endpoint_url=url, region_name="us-east-1", **keys)


def create_job(client: Any, name: str, **members: Any) -> str:
    """A job; answers its name."""
    created: str = client.create_job(Name=name, Role=ROLE, Command=COMMAND, **members)["Name"]
    return created


def code_of(caught: pytest.ExceptionInfo[ClientError]) -> str:
    """The code of an error."""
    code: str = caught.value.response["Error"]["Code"]
    return code


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("get_job", {"JobName": "absent"}),
        ("start_job_run", {"JobName": "absent"}),
        ("get_job_runs", {"JobName": "absent"}),
        ("get_workflow", {"Name": "absent"}),
        ("update_workflow", {"Name": "absent"}),
        ("start_workflow_run", {"Name": "absent"}),
        ("get_workflow_runs", {"Name": "absent"}),
        ("get_workflow_run", {"Name": "absent", "RunId": "wr_absent"}),
        ("stop_workflow_run", {"Name": "absent", "RunId": "wr_absent"}),
        ("get_workflow_run_properties", {"Name": "absent", "RunId": "wr_absent"}),
        ("get_trigger", {"Name": "absent"}),
        ("start_trigger", {"Name": "absent"}),
        ("stop_trigger", {"Name": "absent"}),
        ("get_crawler", {"Name": "absent"}),
        ("start_crawler", {"Name": "absent"}),
        ("stop_crawler", {"Name": "absent"}),
        ("delete_crawler", {"Name": "absent"}),
        ("list_crawls", {"CrawlerName": "absent"}),
        ("get_database", {"Name": "absent"}),
        ("get_table", {"DatabaseName": "absent", "Name": "absent"}),
        ("get_tags", {"ResourceArn": f"{ACCOUNT}:workflow/absent"}),
    ],
)
def test_what_is_absent_is_not_found(client: Any, operation: str, members: dict[str, str]) -> None:
    """By its code, and as the exception of that name that the client has."""
    with pytest.raises(client.exceptions.EntityNotFoundException) as caught:
        getattr(client, operation)(**members)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


@pytest.mark.parametrize("kind", ["workflow", "trigger", "job"])
def test_deleting_what_is_absent_succeeds(client: Any, kind: str) -> None:
    """And answers the name."""
    member = "JobName" if kind == "job" else "Name"
    assert getattr(client, f"delete_{kind}")(**{member: "absent"})[member] == "absent"


def test_a_reset_leaves_nothing(client: Any, url: str) -> None:
    """All kinds are gone after it."""
    create_job(client, "j")
    client.create_workflow(Name="w")
    client.create_trigger(Name="t", Type="ON_DEMAND", Actions=[{"JobName": "j"}])
    client.create_crawler(Name="c", Role=ROLE, DatabaseName="d", Targets=NO_TARGETS)
    client.create_database(DatabaseInput={"Name": "d"})
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST"))
    left = [
        client.list_jobs()["JobNames"],
        client.list_workflows()["Workflows"],
        client.list_triggers()["TriggerNames"],
    ]
    left += [client.list_crawlers()["CrawlerNames"], client.get_databases()["DatabaseList"]]
    assert left == [[]] * 5


def test_jobs_are_listed_in_pages_and_by_tags(client: Any) -> None:
    """With tokens, by MaxResults, and by a tag's value."""
    names = [create_job(client, f"job{number}", Tags={"odd": str(number % 2)}) for number in range(5)]
    first = client.list_jobs(MaxResults=2)
    second = client.list_jobs(MaxResults=3, NextToken=first["NextToken"])
    assert first["JobNames"] + second["JobNames"] == names
    assert "NextToken" not in second
    assert client.list_jobs(Tags={"odd": "1"})["JobNames"] == ["job1", "job3"]
    assert [job["Name"] for job in client.get_jobs(MaxResults=1)["Jobs"]] == ["job0"]
    assert client.batch_get_jobs(JobNames=["job0", "absent"])["JobsNotFound"] == ["absent"]


def test_a_job_runs(client: Any) -> None:
    """It ends by itself, with its arguments merged."""
    create_job(client, "j", DefaultArguments={"--a": "default", "--b": "default"})
    run_id = client.start_job_run(JobName="j", Arguments={"--b": "given"})["JobRunId"]
    run = client.get_job_run(JobName="j", RunId=run_id)["JobRun"]
    assert (run["Id"], run["JobRunState"], run["Attempt"]) == (run_id, "SUCCEEDED", 0)
    assert run["Arguments"] == {"--a": "default", "--b": "given"}
    assert [run["Id"] for run in client.get_job_runs(JobName="j")["JobRuns"]] == [run_id]


def test_a_workflow_is_described(client: Any) -> None:
    """Members, tags and last run come back; members left out of a change stay."""
    client.create_workflow(
        Name="w", Description="d", DefaultRunProperties={"a": "1"}, MaxConcurrentRuns=2, Tags={"k": "v"}
    )
    client.update_workflow(Name="w", Description="e")
    run_id = client.start_workflow_run(Name="w", RunProperties={"b": "2"})["RunId"]
    workflow = client.get_workflow(Name="w")["Workflow"]
    assert (workflow["Description"], workflow["MaxConcurrentRuns"]) == ("e", 2)
    assert workflow["LastRun"]["WorkflowRunId"] == run_id
    assert client.get_tags(ResourceArn=f"{ACCOUNT}:workflow/w")["Tags"] == {"k": "v"}
    client.put_workflow_run_properties(Name="w", RunId=run_id, RunProperties={"b": "3"})
    properties = client.get_workflow_run_properties(Name="w", RunId=run_id)["RunProperties"]
    assert properties == {"a": "1", "b": "3"}
    client.stop_workflow_run(Name="w", RunId=run_id)
    with pytest.raises(client.exceptions.AlreadyExistsException):
        client.create_workflow(Name="w")
    assert client.batch_get_workflows(Names=["w", "absent"])["MissingWorkflows"] == ["absent"]


def test_a_workflow_keeps_its_limit(client: Any) -> None:
    """MaxConcurrentRuns is held, where moto passes over it."""
    create_job(client, "hangs", DefaultArguments={"--outcome": "HANG"})
    client.create_workflow(Name="w", MaxConcurrentRuns=1)
    client.create_trigger(Name="t", WorkflowName="w", Type="ON_DEMAND", Actions=[{"JobName": "hangs"}])
    client.start_trigger(Name="t")
    with pytest.raises(client.exceptions.ConcurrentRunsExceededException):
        client.start_workflow_run(Name="w")


def test_triggers_have_states(client: Any) -> None:
    """CREATED, ACTIVATED by StartOnCreation or StartTrigger, DEACTIVATED; ON_DEMAND ones stay CREATED."""

    def state(name: str) -> str:
        shown: str = client.get_trigger(Name=name)["Trigger"]["State"]
        return shown

    actions = [{"JobName": create_job(client, "second")}]
    client.create_trigger(Name="demand", Type="ON_DEMAND", Actions=actions)
    client.create_trigger(Name="clock", Type="SCHEDULED", Schedule="cron(0 0 * * ? *)", Actions=actions)
    client.create_trigger(Name="after", Type="CONDITIONAL", Predicate=AFTER, Actions=actions, StartOnCreation=True)
    assert (state("demand"), state("clock"), state("after")) == ("CREATED", "CREATED", "ACTIVATED")
    client.start_trigger(Name="clock")
    client.stop_trigger(Name="after")
    assert (state("clock"), state("after")) == ("ACTIVATED", "DEACTIVATED")
    assert client.list_triggers(DependentJobName="second")["TriggerNames"] == ["after", "clock", "demand"]
    assert client.batch_get_triggers(TriggerNames=["after", "absent"])["TriggersNotFound"] == ["absent"]


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({}, "Predicate cannot be null or empty"),
        (
            {"Predicate": {"Conditions": [{"JobName": "j", "State": "FAILED"}]}},
            "Logical operator cannot be null or empty",
        ),
        (
            {"Predicate": {"Conditions": [{"LogicalOperator": "EQUALS", "JobName": "j"}]}},
            "State cannot be null or empty, choose from one of the following job state: "
            "[SUCCEEDED, STOPPED, FAILED, TIMEOUT]",
        ),
        (
            {"Predicate": {"Conditions": [{"LogicalOperator": "EQUALS", "State": "FAILED"}]}},
            "JobName or CrawlerName in condition cannot be null or empty",
        ),
        (
            {"Predicate": AFTER, "Actions": [{"JobName": "j", "CrawlerName": "c"}]},
            "Both JobName and CrawlerName cannot be set together in an action",
        ),
    ],
)
def test_bad_triggers_are_refused_in_glues_words(client: Any, members: dict[str, Any], text: str) -> None:
    """The texts that suites compare."""
    with pytest.raises(client.exceptions.InvalidInputException) as caught:
        client.create_trigger(**{"Name": "t", "Type": "CONDITIONAL", "Actions": [{"JobName": "x"}], **members})
    assert caught.value.response["Error"]["Message"] == text


def test_a_crawler_is_described_and_run(client: Any) -> None:
    """Also one without any target; each crawl is in the history."""
    schedule = "cron(0 1 * * ? *)"
    client.create_crawler(Name="c", Role=ROLE, DatabaseName="d", Targets=NO_TARGETS, Schedule=schedule, Tags={"k": "v"})
    with pytest.raises(client.exceptions.AlreadyExistsException):
        client.create_crawler(Name="c", Role=ROLE, DatabaseName="d", Targets=NO_TARGETS)
    crawler = client.get_crawler(Name="c")["Crawler"]
    assert crawler["Schedule"] == {"ScheduleExpression": schedule, "State": "SCHEDULED"}
    assert {name: crawler["Targets"][name] for name in NO_TARGETS} == NO_TARGETS
    assert (crawler["State"], crawler["Version"], crawler["CrawlElapsedTime"]) == ("READY", 1, 0)
    client.start_crawler(Name="c")
    assert [crawl["State"] for crawl in client.list_crawls(CrawlerName="c")["Crawls"]] == ["COMPLETED"]
    assert client.list_crawlers(Tags={"k": "v"})["CrawlerNames"] == ["c"]
    assert client.batch_get_crawlers(CrawlerNames=["c", "absent"])["CrawlersNotFound"] == ["absent"]
    client.delete_crawler(Name="c")
    assert client.get_crawlers()["Crawlers"] == []


@pytest.mark.parametrize("account", ["123456789012", "", "000000000000"])
@pytest.mark.parametrize("kind", ["workflow", "trigger", "job", "crawler", "database"])
def test_tags_by_any_arn(client: Any, kind: str, account: str) -> None:
    """Whatever account and region an ARN names, tags of each kind are added, read and taken off."""
    client.create_workflow(Name="n")
    client.create_trigger(Name="n", Type="ON_DEMAND", Actions=[{"JobName": "n"}])
    create_job(client, "n")
    client.create_crawler(Name="n", Role=ROLE, DatabaseName="n", Targets=NO_TARGETS)
    client.create_database(DatabaseInput={"Name": "n"})
    arn = f"arn:aws:glue:eu-west-1:{account}:{kind}/n"
    client.tag_resource(ResourceArn=arn, TagsToAdd={"a": "1", "b": "2"})
    client.untag_resource(ResourceArn=arn, TagsToRemove=["a"])
    assert client.get_tags(ResourceArn=arn)["Tags"] == {"b": "2"}
    others = {"workflow", "trigger", "job", "crawler", "database"} - {kind}
    assert all(client.get_tags(ResourceArn=f"{ACCOUNT}:{other}/n")["Tags"] == {} for other in others)


def test_names_are_taken_by_definitions(client: Any) -> None:
    """The same definition again is a success; another one is a mismatch, for triggers and jobs."""
    actions = [{"JobName": "j"}]
    for _ in range(2):
        assert create_job(client, "j") == "j"
        client.create_trigger(Name="t", Type="ON_DEMAND", Actions=actions)
    with pytest.raises(ClientError) as caught:
        create_job(client, "j", MaxRetries=3)
    assert code_of(caught) == "IdempotentParameterMismatchException"
    with pytest.raises(ClientError) as caught:
        client.create_trigger(Name="t", Type="ON_DEMAND", Actions=[{"JobName": "other"}])
    assert code_of(caught) == "IdempotentParameterMismatchException"
    client.delete_trigger(Name="t")
    assert client.create_trigger(Name="t", Type="ON_DEMAND", Actions=[{"JobName": "other"}])["Name"] == "t"


def test_tables_and_partitions(client: Any) -> None:
    """Versions come newest first; a partition that is there already keeps no other out."""
    client.create_database(DatabaseInput={"Name": "d"})
    table = {"Name": "t", "PartitionKeys": [{"Name": "day", "Type": "string"}]}
    client.create_table(DatabaseName="d", TableInput=table)
    client.update_table(DatabaseName="d", TableInput={**table, "Description": "new"})
    versions = client.get_table_versions(DatabaseName="d", TableName="t")["TableVersions"]
    assert [version["Table"].get("Description") for version in versions] == ["new", None]
    at = {"DatabaseName": "d", "TableName": "t"}
    client.create_partition(**at, PartitionInput={"Values": ["1"]})
    with pytest.raises(client.exceptions.AlreadyExistsException):
        client.create_partition(**at, PartitionInput={"Values": ["1"]})
    errors = client.batch_create_partition(**at, PartitionInputList=[{"Values": ["1"]}, {"Values": ["2"]}])["Errors"]
    assert [error["ErrorDetail"]["ErrorCode"] for error in errors] == ["AlreadyExistsException"]
    assert [p["Values"] for p in client.get_partitions(**at)["Partitions"]] == [["1"], ["2"]]
    client.delete_table(DatabaseName="d", Name="t")
    assert client.get_tables(DatabaseName="d")["TableList"] == []
