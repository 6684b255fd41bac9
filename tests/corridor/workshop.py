"""Definitions for the tests: scripts in a folder, jobs and triggers in a daemon, and runs followed to their end."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.corridor.daemons import Daemon
from tests.corridor.waiting import NamedPipe, until

ENDED = ("COMPLETED", "STOPPED", "ERROR")
JOB_ENDED = ("SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR")


class Workshop:
    """Defines jobs, triggers and workflows in one daemon; scripts and named pipes lie in one folder."""

    def __init__(self, daemon: Daemon, folder: Path) -> None:
        self.daemon = daemon
        self.folder = folder
        self.pipes: list[NamedPipe] = []

    @property
    def glue(self) -> Any:
        """The daemon's boto3 client."""
        return self.daemon.glue

    def pipe(self, name: str) -> NamedPipe:
        """A named pipe, `<folder>/<name>`, for lines from a job or to it."""
        pipe = NamedPipe(self.folder / name)
        self.pipes.append(pipe)
        return pipe

    def script(self, job: str, *lines: str) -> Path:
        """Writes a job's shell script anew; it runs with the folder as its directory."""
        path = self.folder / f"{job}.sh"
        path.write_text("\n".join(["#!/bin/sh", f"cd '{self.folder}' || exit 90", *lines, ""]))
        path.chmod(0o755)
        return path

    def shell(self, job: str, *lines: str, **members: Any) -> None:
        """A job of kind shell, with its script."""
        self.define(job, "shell", str(self.script(job, *lines)), **members)

    def python(self, job: str, *lines: str, **members: Any) -> None:
        """A job of kind pythonshell, with its script."""
        path = self.folder / f"{job}.py"
        path.write_text("\n".join([*lines, ""]))
        self.define(job, "pythonshell", str(path), **members)

    def define(self, job: str, kind: str, location: str, **members: Any) -> None:
        """A job whose script may not exist."""
        command = {"Name": kind, "ScriptLocation": location}
        self.glue.create_job(Name=job, Role="role", Command=command, **members)

    def workflow(self, name: str, *jobs: str, **members: Any) -> None:
        """A workflow whose start trigger, `<name>-start`, starts these jobs."""
        self.glue.create_workflow(Name=name, **members)
        start = {"Name": f"{name}-start", "WorkflowName": name, "Type": "ON_DEMAND"}
        self.glue.create_trigger(**start, Actions=[{"JobName": job} for job in jobs])

    def trigger(self, name: str, workflow: str, watched: Mapping[str, str], *jobs: str) -> None:
        """An active trigger that starts jobs when all watched jobs have ended in the states given."""
        self.glue.create_trigger(**conditional(name, workflow, watched, *jobs))

    def chain(self, workflow: str, *jobs: str) -> None:
        """A workflow that runs jobs that are defined already, each after the success of the one before."""
        self.workflow(workflow, jobs[0])
        for watched, job in pairwise(jobs):
            self.trigger(f"{workflow}-{job}", workflow, {watched: "SUCCEEDED"}, job)

    def start(self, workflow: str, **members: Any) -> str:
        """Starts a run; answers its id."""
        run_id: str = self.glue.start_workflow_run(Name=workflow, **members)["RunId"]
        return run_id

    def run(self, workflow: str, run_id: str) -> dict[str, Any]:
        """A run with its graph, as it stands."""
        run: dict[str, Any] = self.glue.get_workflow_run(Name=workflow, RunId=run_id, IncludeGraph=True)["Run"]
        return run

    def finished(self, workflow: str, run_id: str) -> dict[str, Any]:
        """A run with its graph, once it has ended."""
        until(lambda: self.daemon.get(f"/v1/runs/{run_id}"), lambda run: run["status"] in ENDED)
        return self.run(workflow, run_id)

    def ran(self, workflow: str, **members: Any) -> dict[str, Any]:
        """A new run with its graph, once it has ended."""
        return self.finished(workflow, self.start(workflow, **members))

    def resume(self, workflow: str, run_id: str, *jobs: str) -> str:
        """Resumes a run from jobs by their names; answers the new run's id."""
        run = self.run(workflow, run_id)
        picks = [node(run, job)["UniqueId"] for job in jobs]
        resumed: str = self.glue.resume_workflow_run(Name=workflow, RunId=run_id, NodeIds=picks)["RunId"]
        return resumed

    def resumed(self, workflow: str, run_id: str, *jobs: str) -> dict[str, Any]:
        """The run that a resume makes, with its graph, once it has ended."""
        return self.finished(workflow, self.resume(workflow, run_id, *jobs))

    def job_run(self, job: str, job_run_id: str) -> dict[str, Any]:
        """A job run as it stands."""
        run: dict[str, Any] = self.glue.get_job_run(JobName=job, RunId=job_run_id)["JobRun"]
        return run

    def job_ended(self, job: str, job_run_id: str) -> dict[str, Any]:
        """A job run once it has ended."""
        return until(lambda: self.job_run(job, job_run_id), lambda run: run["JobRunState"] in JOB_ENDED)

    def job_ran(self, job: str, **members: Any) -> dict[str, Any]:
        """A new run of a job outside of any workflow, once it has ended."""
        return self.job_ended(job, self.glue.start_job_run(JobName=job, **members)["JobRunId"])

    def output(self, job_run_id: str, stream: str = "stdout") -> str:
        """What a job run wrote, as the daemon hands it out."""
        answer = self.daemon.ask("GET", f"/v1/job-runs/{job_run_id}/logs?stream={stream}")
        assert answer.status == 200, answer
        return answer.body.decode()

    def close(self) -> None:
        """Lets go of the pipes; jobs that still read from one end."""
        for pipe in self.pipes:
            pipe.close()


def conditional(name: str, workflow: str, watched: Mapping[str, str], *jobs: str) -> dict[str, Any]:
    """The members of CreateTrigger for an active trigger on all of these job states."""
    conditions = [{"LogicalOperator": "EQUALS", "JobName": job, "State": state} for job, state in watched.items()]
    return {
        "Name": name,
        "WorkflowName": workflow,
        "Type": "CONDITIONAL",
        "Predicate": {"Logical": "AND", "Conditions": conditions},
        "Actions": [{"JobName": job} for job in jobs],
        "StartOnCreation": True,
    }


def node(run: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A node of a graph by its name."""
    found: dict[str, Any] = next(node for node in run["Graph"]["Nodes"] if node["Name"] == name)
    return found


def job_runs(run: Mapping[str, Any], job: str) -> list[dict[str, Any]]:
    """The job runs at a job's node, newest first; none if it never ran."""
    runs: list[dict[str, Any]] = node(run, job)["JobDetails"].get("JobRuns", [])
    return runs


def states(run: Mapping[str, Any]) -> dict[str, str | None]:
    """Each job of a run's graph with the state of its newest job run, or None."""
    jobs = [node["Name"] for node in run["Graph"]["Nodes"] if node["Type"] == "JOB"]
    newest = {job: job_runs(run, job)[:1] for job in jobs}
    return {job: runs[0]["JobRunState"] if runs else None for job, runs in newest.items()}
