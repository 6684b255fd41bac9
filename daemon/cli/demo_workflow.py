"""The demo: the workflow W1 of five jobs, of which two fail until their input arrives, and how it is loaded.

T1 starts J1; its success fires T2 and T3, which run J2 and J3; theirs fires T4 and T5, which run J4 and J5. The jobs
are the Python files in `demo_files`, copied into a folder where the person can read and change them. Loading again
changes nothing that is there.
"""

import shlex
import shutil
from pathlib import Path
from typing import Any

import msgspec

from daemon.cli.client import Client
from daemon.cli.failures import BadInput, Refused

WORKFLOW = "W1"
SOURCE = Path(__file__).parent / "demo_files"
FOLDER_ARGUMENT = "--folder"
ROLE = "reglue-demo"
"""Glue requires a role; nothing here looks at it."""

JOBS = {
    "J1": ("collect.py", "Gets the day's folders ready"),
    "J2": ("orders.py", "Adds up the orders; fails until orders.csv arrives"),
    "J3": ("customers.py", "Counts the customers; fails until customers.csv arrives"),
    "J4": ("revenue_report.py", "Writes the revenue report"),
    "J5": ("country_report.py", "Writes the report on countries"),
}
CONDITIONAL = (("T2", "J1", "J2"), ("T3", "J1", "J3"), ("T4", "J2", "J4"), ("T5", "J3", "J5"))
"""Each trigger with the job whose success it waits for and the job that it starts."""

FAILING = ("J2", "J3")
_TAKEN = ("AlreadyExistsException", "IdempotentParameterMismatchException")


class Demo(msgspec.Struct, frozen=True):
    """The demo as it is loaded: its folder, whether W1 is new, and the node ids of the jobs that fail at first."""

    folder: Path
    is_new: bool
    node_ids: tuple[str, ...]

    @property
    def repair(self) -> str:
        """The command that brings the missing input."""
        folder = shlex.quote(str(self.folder))
        return f"cp {folder}/arriving/*.csv {folder}/input/"

    @property
    def undo(self) -> str:
        """The command that takes the input away again."""
        return f"rm {shlex.quote(str(self.folder))}/input/*.csv"

    @property
    def is_repaired(self) -> bool:
        """Whether the input is there already, so that nothing will fail."""
        return all((self.folder / "input" / path.name).exists() for path in (SOURCE / "arriving").iterdir())


def load(client: Client, folder: Path) -> Demo:
    """Load what is missing of W1; an earlier load's folder is kept. Raises BadInput, Refused, Unreachable."""
    folder = _loaded_folder(client) or folder.absolute()
    _copy_files(folder)
    made = {operation: _create(client, operation, members) for operation, members in _definitions(folder)}
    return Demo(folder, made["CreateWorkflow"], _node_ids(client))


def _loaded_folder(client: Client) -> Path | None:
    """The folder that the demo's J1 works in, if it is loaded. Raises Refused if another job has the name."""
    try:
        job = client.glue("GetJob", JobName="J1")["Job"]
    except Refused as error:
        if error.code == "EntityNotFoundException":
            return None
        raise
    folder = job.get("DefaultArguments", {}).get(FOLDER_ARGUMENT)
    if job.get("Role") != ROLE or not folder:
        text = "A job named J1 is there that is not the demo's, so the demo changes nothing. Use another daemon for it."
        raise Refused(text, "AlreadyExistsException")
    return Path(folder)


def _copy_files(folder: Path) -> None:
    """Copy what is missing; a person may have changed the rest."""
    try:
        for source in (path for path in SOURCE.rglob("*") if path.suffix in (".py", ".csv")):
            target = folder / source.relative_to(SOURCE)
            target.parent.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                shutil.copyfile(source, target)
        (folder / "input").mkdir(exist_ok=True)
    except OSError as error:
        raise BadInput(f"The demo's files cannot be put into {folder}: {error.strerror} ({error.filename}).") from error


def _definitions(folder: Path) -> list[tuple[str, dict[str, Any]]]:
    """The operations that make W1, in order."""
    jobs = [("CreateJob", _job(name, folder)) for name in JOBS]
    workflow = {"Name": WORKFLOW, "Description": "The demo: J2 and J3 fail until their input arrives"}
    start = {"Name": "T1", "WorkflowName": WORKFLOW, "Type": "ON_DEMAND", "Actions": [{"JobName": "J1"}]}
    triggers = [("CreateTrigger", trigger) for trigger in (start, *map(_conditional, CONDITIONAL))]
    return [*jobs, ("CreateWorkflow", workflow), *triggers]


def _job(name: str, folder: Path) -> dict[str, Any]:
    script, description = JOBS[name]
    return {
        "Name": name,
        "Role": ROLE,
        "Description": description,
        "Command": {"Name": "pythonshell", "ScriptLocation": str(folder / script)},
        "DefaultArguments": {FOLDER_ARGUMENT: str(folder)},
    }


def _conditional(named: tuple[str, str, str]) -> dict[str, Any]:
    name, watched, started = named
    return {
        "Name": name,
        "WorkflowName": WORKFLOW,
        "Type": "CONDITIONAL",
        "StartOnCreation": True,
        "Predicate": {"Conditions": [{"LogicalOperator": "EQUALS", "JobName": watched, "State": "SUCCEEDED"}]},
        "Actions": [{"JobName": started}],
    }


def _create(client: Client, operation: str, definition: dict[str, Any]) -> bool:
    """Whether it was made; what has the name already is left as it is."""
    try:
        client.glue(operation, **definition)
    except Refused as error:
        if error.code in _TAKEN:
            return False
        raise
    return True


def _node_ids(client: Client) -> tuple[str, ...]:
    nodes = client.glue("GetWorkflow", Name=WORKFLOW, IncludeGraph=True)["Workflow"]["Graph"]["Nodes"]
    ids = {node["Name"]: node["UniqueId"] for node in nodes if node["Type"] == "JOB"}
    return tuple(ids[name] for name in FAILING if name in ids)
