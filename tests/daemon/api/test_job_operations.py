"""Operations on jobs, each once well and once for each error that it has."""

from typing import Any

import pytest

from tests.daemon.api.glue_requests import define_job, refused
from tests.daemon.api.serving import serving

COMMAND = {"Name": "pythonshell", "ScriptLocation": "/srv/job.py", "PythonVersion": "3.9"}


def test_a_job_comes_back_as_it_was_created(glue: Any) -> None:
    """Every member and the defaults that AWS computes; an ExecutionClass is not invented. The same again is a
    success."""
    members = {"Name": "whole", "Role": "arn:role", "Command": COMMAND, "MaxCapacity": 0.0625, "GlueVersion": "3.0"}
    for _ in range(2):
        assert glue.create_job(**members)["Name"] == "whole"
    job = glue.get_job(JobName="whole")["Job"]
    assert job.pop("CreatedOn") == job.pop("LastModifiedOn")
    assert job == {**members, "ExecutionProperty": {"MaxConcurrentRuns": 1}, "MaxRetries": 0, "Timeout": 2880}


def test_given_members_win_over_defaults(glue: Any) -> None:
    """Retries, timeout and concurrency as the client wants them."""
    given = {"MaxRetries": 2, "Timeout": 5, "ExecutionProperty": {"MaxConcurrentRuns": 3}}
    define_job(glue, "given", **given)
    job = glue.get_job(JobName="given")["Job"]
    assert {name: job[name] for name in given} == given


def test_another_definition_under_a_taken_name_is_refused(glue: Any) -> None:
    """AWS's text."""
    define_job(glue, "taken")
    refusal = refused(glue.create_job, Name="taken", Role="other", Command=COMMAND)
    assert refusal == (
        "IdempotentParameterMismatchException",
        "Job with name 'taken' already submitted with different configuration",
    )


def test_what_does_not_fit_together_is_refused(glue: Any) -> None:
    """The checks within one job apply to creation and update."""
    define_job(glue, "fitting")
    unfit = {"Role": "r", "Command": COMMAND, "MaxCapacity": 1.0, "WorkerType": "G.1X"}
    text = "Please do not set Max Capacity if using Worker Type and Number of Workers."
    assert refused(glue.create_job, Name="unfit", **unfit) == ("InvalidInputException", text)
    assert refused(glue.update_job, JobName="fitting", JobUpdate=unfit) == ("InvalidInputException", text)


def test_an_update_overwrites_the_definition(glue: Any) -> None:
    """What it leaves out is gone."""
    define_job(glue, "updated", MaxRetries=2, Description="old")
    assert glue.update_job(JobName="updated", JobUpdate={"Role": "new", "Command": COMMAND})["JobName"] == "updated"
    job = glue.get_job(JobName="updated")["Job"]
    assert (job["Role"], job["MaxRetries"], "Description" in job) == ("new", 0, False)


def test_a_deleted_job_is_gone(glue: Any) -> None:
    """Deleting what is not there is a success."""
    define_job(glue, "deleted")
    for _ in range(2):
        assert glue.delete_job(JobName="deleted")["JobName"] == "deleted"
    assert refused(glue.get_job, JobName="deleted") == ("EntityNotFoundException", "Job deleted not found.")


def test_an_unknown_job_cannot_be_updated(glue: Any) -> None:
    """The refusal names it."""
    refusal = refused(glue.update_job, JobName="absent", JobUpdate={"Role": "r", "Command": COMMAND})
    assert refusal == ("EntityNotFoundException", "Job absent not found.")


def test_a_batch_has_what_there_is(glue: Any) -> None:
    """Those that exist, and the names of the others."""
    define_job(glue, "batched")
    answer = glue.batch_get_jobs(JobNames=["batched", "absent"])
    assert [job["Name"] for job in answer["Jobs"]] == ["batched"]
    assert answer["JobsNotFound"] == ["absent"]


def test_jobs_are_listed_page_by_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    """In order of name, whole or as names alone; names also by tags."""
    with serving(tmp_path_factory.mktemp("state")) as daemon:
        for name, team in [("c", "x"), ("a", "x"), ("b", "y")]:
            define_job(daemon.glue, name, Tags={"team": team})
        pages = daemon.glue.get_paginator("get_jobs").paginate(PaginationConfig={"PageSize": 2})
        assert [[job["Name"] for job in page["Jobs"]] for page in pages] == [["a", "b"], ["c"]]
        first = daemon.glue.list_jobs(MaxResults=1)
        last = daemon.glue.list_jobs(NextToken=first["NextToken"])
        assert (first["JobNames"], last["JobNames"]) == (["a"], ["b", "c"])
        assert daemon.glue.list_jobs(Tags={"team": "x"})["JobNames"] == ["a", "c"]
        for send in (daemon.glue.get_jobs, daemon.glue.list_jobs):
            assert refused(send, NextToken=first["NextToken"] + "x")[0] == "InvalidInputException"
