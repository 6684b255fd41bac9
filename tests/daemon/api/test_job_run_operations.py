"""Operations on job runs, each once well and once for each error that it has."""

from typing import Any

from tests.daemon.api.glue_requests import define_chain, define_job, node, refused, run_to_its_end
from tests.daemon.api.serving import until

ACTIVE = ("STARTING", "RUNNING", "STOPPING", "WAITING")


def ended(glue: Any, job: str, run_id: str) -> dict[str, Any]:
    """The job run once it has ended."""
    run: dict[str, Any] = until(
        lambda: glue.get_job_run(JobName=job, RunId=run_id, PredecessorsIncluded=True)["JobRun"],
        lambda seen: seen["JobRunState"] not in ACTIVE,
    )
    return run


def test_a_job_runs_outside_of_workflows(glue: Any) -> None:
    """With the arguments of the request over the job's."""
    define_job(glue, "alone", DefaultArguments={"--a": "job", "--b": "job"})
    run_id = glue.start_job_run(JobName="alone", Arguments={"--b": "run"}, Timeout=9)["JobRunId"]
    run = ended(glue, "alone", run_id)
    assert (run["Id"], run["JobName"], run["JobRunState"], run["Attempt"]) == (run_id, "alone", "SUCCEEDED", 0)
    assert (run["Arguments"], run["Timeout"]) == ({"--a": "job", "--b": "run"}, 9)


def test_a_failed_job_run_is_retried(glue: Any) -> None:
    """Each attempt is a job run that names the one before; the newest comes first."""
    define_job(glue, "retried", outcome="FAILED", MaxRetries=1)
    first = glue.start_job_run(JobName="retried")["JobRunId"]
    runs = until(
        lambda: glue.get_job_runs(JobName="retried")["JobRuns"],
        lambda seen: len(seen) == 2 and seen[0]["JobRunState"] == "FAILED",
    )
    assert [(run["Attempt"], run.get("PreviousRunId")) for run in runs] == [(1, first), (0, None)]


def test_a_job_at_its_limit_refuses(glue: Any) -> None:
    """Outside of workflows a run beyond MaxConcurrentRuns is refused."""
    define_job(glue, "limited", outcome="HANG")
    run_id = glue.start_job_run(JobName="limited")["JobRunId"]
    assert refused(glue.start_job_run, JobName="limited")[0] == "ConcurrentRunsExceededException"
    glue.batch_stop_job_run(JobName="limited", JobRunIds=[run_id])


def test_a_capacity_given_twice_is_refused(glue: Any) -> None:
    """As in a job's definition."""
    define_job(glue, "twice")
    refusal = refused(glue.start_job_run, JobName="twice", MaxCapacity=1.0, WorkerType="G.1X", NumberOfWorkers=2)
    assert refusal[0] == "InvalidInputException"


def test_job_runs_are_stopped_together(glue: Any) -> None:
    """What can be stopped is; what cannot comes back with its reason."""
    define_job(glue, "stopped", outcome="HANG", ExecutionProperty={"MaxConcurrentRuns": 2})
    ids = [glue.start_job_run(JobName="stopped")["JobRunId"] for _ in range(2)]
    answer = glue.batch_stop_job_run(JobName="stopped", JobRunIds=[*ids, "jr_absent"])
    assert [submission["JobRunId"] for submission in answer["SuccessfulSubmissions"]] == ids
    (error,) = answer["Errors"]
    assert (error["JobName"], error["JobRunId"]) == ("stopped", "jr_absent")
    assert error["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert "jr_absent" in error["ErrorDetail"]["ErrorMessage"]
    assert [ended(glue, "stopped", run_id)["JobRunState"] for run_id in ids] == ["STOPPED", "STOPPED"]


def test_a_node_is_a_job_run_too(glue: Any) -> None:
    """GetJobRun and GetJobRuns show what ran in a workflow exactly as the run's graph does."""
    define_chain(glue, "within", a=None, b=None)
    graph = run_to_its_end(glue, "within")
    (expected,) = node(graph, "within-b")["JobDetails"]["JobRuns"]
    assert glue.get_job_run(JobName="within-b", RunId=expected["Id"])["JobRun"] == expected
    assert glue.get_job_runs(JobName="within-b")["JobRuns"] == [expected]
    assert expected["PredecessorRuns"][0]["JobName"] == "within-a"


def test_job_runs_are_listed_page_by_page(glue: Any) -> None:
    """Newest first; a token of another job is refused."""
    define_job(glue, "listed")
    ids = []
    for _ in range(3):
        ids.append(glue.start_job_run(JobName="listed")["JobRunId"])
        ended(glue, "listed", ids[-1])
    first = glue.get_job_runs(JobName="listed", MaxResults=2)
    last = glue.get_job_runs(JobName="listed", NextToken=first["NextToken"])
    assert [run["Id"] for run in first["JobRuns"] + last["JobRuns"]] == ids[::-1]
    define_job(glue, "unlisted")
    refusal = refused(glue.get_job_runs, JobName="unlisted", NextToken=first["NextToken"])
    assert refusal[0] == "InvalidInputException"


def test_what_is_unknown_is_not_found(glue: Any) -> None:
    """A job that is not defined, and a run that is another job's."""
    for job in ("owner", "stranger"):
        define_job(glue, job)
    run_id = glue.start_job_run(JobName="owner")["JobRunId"]
    assert refused(glue.start_job_run, JobName="absent") == ("EntityNotFoundException", "Job absent not found.")
    assert refused(glue.get_job_runs, JobName="absent")[0] == "EntityNotFoundException"
    assert refused(glue.get_job_run, JobName="owner", RunId="jr_absent")[0] == "EntityNotFoundException"
    assert refused(glue.get_job_run, JobName="stranger", RunId=run_id)[0] == "EntityNotFoundException"
