"""What runs while daemons die: a chain and a fan-out of small jobs that note each of their starts.

Some jobs fail by chance, some are tried again, some may run only one or two at a time, so that attempts wait.
"""

from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.corridor.crash_wire import Wire

CHAIN, FAN = "chain", "fan"
CHAIN_LENGTH, FAN_WIDTH = 6, 8
ALONE = "alone"
_SCRIPT = """#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in
        --JOB_RUN_ID) id=$2 ;;
        --pause) pause=$2 ;;
        --code) code=$2 ;;
    esac
    shift 2
done
echo "$id" >>"$CRASH_STARTED"
if [ "$pause" ]; then sleep "$pause"; fi
case ${code:-0}$id in chance*[0-4] | chance*[0-4]_attempt_?) exit 3 ;; chance*) exit 0 ;; esac
exit "${code:-0}"
"""


def define(wire: Wire, folder: Path) -> None:
    """Defines both workflows, and a job that is run outside of them."""
    script = folder / "job.sh"
    script.write_text(_SCRIPT)
    script.chmod(0o755)
    job(wire, script, ALONE, Arguments={"--pause": "0.02"})
    _define_chain(wire, script)
    _define_fan(wire, script)


def job(wire: Wire, script: Path, name: str, **terms: Any) -> None:
    """A job of the script: `Arguments`, `Retries` and `Most` at once are its terms."""
    wire.call(
        "CreateJob",
        Name=name,
        Role="role",
        Command={"Name": "shell", "ScriptLocation": str(script)},
        DefaultArguments=terms.get("Arguments", {}),
        MaxRetries=terms.get("Retries", 0),
        ExecutionProperty={"MaxConcurrentRuns": terms.get("Most", 100)},
    )


def _define_chain(wire: Wire, script: Path) -> None:
    names = [f"{CHAIN}-{number}" for number in range(CHAIN_LENGTH)]
    for number, name in enumerate(names):
        job(wire, script, name, Most=2 if number == 2 else 100, Arguments={"--pause": "0.03"} if number % 2 else {})
    wire.call("CreateWorkflow", Name=CHAIN)
    _trigger(wire, CHAIN, [names[0]])
    for before, after in pairwise(names):
        _trigger(wire, CHAIN, [after], Logical="AND", Conditions=[_condition(before)])


def _define_fan(wire: Wire, script: Path) -> None:
    """A root, leaves of which one fails by chance and once more when it is tried again, and a job on any success."""
    leaves = [f"{FAN}-leaf-{number}" for number in range(FAN_WIDTH)]
    job(wire, script, f"{FAN}-root")
    job(wire, script, f"{FAN}-join", Most=1)
    for name in leaves[1:]:
        job(wire, script, name, Arguments={"--pause": "0.05"})
    # The argument --outcome is for the executor noop, where nothing happens by chance.
    job(wire, script, leaves[0], Retries=1, Arguments={"--code": "chance", "--outcome": "FAILED"})
    wire.call("CreateWorkflow", Name=FAN, DefaultRunProperties={"made": "by the fan"})
    _trigger(wire, FAN, [f"{FAN}-root"])
    _trigger(wire, FAN, leaves, Conditions=[_condition(f"{FAN}-root")])
    ends = [_condition(leaf, state) for leaf in leaves for state in ("SUCCEEDED", "FAILED")]
    _trigger(wire, FAN, [f"{FAN}-join"], Logical="ANY", Conditions=ends[2:])


def _condition(name: str, state: str = "SUCCEEDED") -> dict[str, str]:
    return {"LogicalOperator": "EQUALS", "JobName": name, "State": state}


def _trigger(wire: Wire, workflow: str, jobs: list[str], **predicate: Any) -> None:
    wire.call(
        "CreateTrigger",
        Name=f"start-{workflow}" if not predicate else f"before-{jobs[0]}",
        WorkflowName=workflow,
        Type="CONDITIONAL" if predicate else "ON_DEMAND",
        Actions=[{"JobName": name} for name in jobs],
        **({"Predicate": predicate, "StartOnCreation": True} if predicate else {}),
    )
