"""The seed page's workflow W1: T1 starts J1, T2 and T3 run J2 and J3 on its success, T4 and T5 run J4 and J5 on
theirs."""

from typing import Any

from tests.corridor.workshop import Workshop, conditional

JOBS = ("J1", "J2", "J3", "J4", "J5")
TRIGGERS = ("T1", "T2", "T3", "T4", "T5")
WATCHED = {"T2": ("J1", "J2"), "T3": ("J1", "J3"), "T4": ("J2", "J4"), "T5": ("J3", "J5")}
"""For each conditional trigger the job whose success it waits for, and the job it runs."""


def define(workshop: Workshop) -> None:
    """W1 with real scripts. J2 and J3 read a file each, and fail as long as it is missing."""
    for job in JOBS:
        workshop.shell(job, f"echo {job} ran", *reading(job))
    workshop.glue.create_workflow(Name="W1")
    start = {"Name": "T1", "WorkflowName": "W1", "Type": "ON_DEMAND"}
    workshop.glue.create_trigger(**start, Actions=[{"JobName": "J1"}])
    for trigger, (watched, job) in WATCHED.items():
        workshop.glue.create_trigger(**conditional(trigger, "W1", {watched: "SUCCEEDED"}, job))


def reading(job: str) -> list[str]:
    """What makes J2 and J3 fail: an input that is not there."""
    return [f"cat {job}.input"] if job in ("J2", "J3") else []


def repair(workshop: Workshop, *jobs: str) -> None:
    """Corrects what made the jobs fail."""
    for job in jobs:
        (workshop.folder / f"{job}.input").write_text(f"input of {job}\n")


def edges(run: dict[str, Any]) -> set[tuple[str, str]]:
    """The edges of a run's graph as pairs of names."""
    names = {node["UniqueId"]: node["Name"] for node in run["Graph"]["Nodes"]}
    return {(names[edge["SourceId"]], names[edge["DestinationId"]]) for edge in run["Graph"]["Edges"]}
