"""A log that leaves in a file beside its busy daemon, and is served by another daemon elsewhere."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.corridor import seed
from tests.corridor.daemons import Daemon
from tests.corridor.workshop import Workshop

PROGRAM = str(Path(sys.executable).with_name("reglue"))


def audit(*words: object) -> dict[str, Any]:
    """What a command of `reglue audit` says in its document; it must end well."""
    line = [PROGRAM, "audit", *map(str, words), "--json"]
    document: dict[str, Any] = json.loads(subprocess.run(line, capture_output=True, check=True).stdout)
    return document


@contextmanager
def busy(workshop: Workshop) -> Iterator[None]:
    """While it lasts, somebody goes on defining workflows."""
    is_over = threading.Event()

    def define() -> None:
        number = 0
        while not is_over.is_set():
            workshop.glue.create_workflow(Name=f"busy-{number}")
            number += 1

    thread = threading.Thread(target=define)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def served(daemon: Daemon, runs: Sequence[str]) -> list[Any]:
    """All that a daemon tells of some runs of W1: by Glue's API, by its own, and where results come from."""
    glue = [daemon.glue.get_workflow_run(Name="W1", RunId=run, IncludeGraph=True)["Run"] for run in runs]
    events = [daemon.get(f"/v1/runs/{run}/events")["events"] for run in runs]
    return [glue, events, *(daemon.get(f"/v1/runs/{run}{more}") for run in runs for more in ("", "/lineage"))]


def served_from(state: Path, runs: Sequence[str]) -> list[Any]:
    """The same, of a daemon that is started on a state directory."""
    daemon = Daemon(state, "--executor", "noop")
    try:
        return served(daemon, runs)
    finally:
        daemon.stop()


def test_log_moves_to_another_daemon(workshop: Workshop, tmp_path: Path) -> None:
    """Exports beside a daemon that is written to are cuts that verify, with a seal of the daemon's; a daemon on the
    import of one tells the same of the runs as the first, and so does one on an archive of the runs alone."""
    seed.define(workshop)
    first = workshop.ran("W1")["WorkflowRunId"]
    seed.repair(workshop, "J2")
    runs = [first, workshop.resumed("W1", first, "J2", "J3")["WorkflowRunId"]]
    kept = tmp_path / "seal.json"
    kept.write_bytes(workshop.daemon.ask("POST", "/v1/seals").body)
    state = workshop.daemon.state
    before = served(workshop.daemon, runs)
    with busy(workshop):
        cuts = [audit("export", "--state-dir", state, "-o", tmp_path / f"{cut}.jsonl.gz") for cut in range(3)]
        audit("export", "--state-dir", state, "-o", tmp_path / "runs.parquet", "--run", runs[1])
    assert cuts[0]["events"] < cuts[-1]["events"]
    for cut, told in enumerate(cuts):
        done = audit("import", tmp_path / f"{cut}.jsonl.gz", "--state-dir", tmp_path / f"state{cut}")
        assert (done["report"]["events"], done["report"]["position"]) == (told["events"], told["last"])
    assert served_from(tmp_path / "state2", runs) == before
    archive = audit("import", tmp_path / "runs.parquet", "--state-dir", tmp_path / "runs")
    assert archive["report"]["elided"] > 0
    proof = audit("verify", "--state-dir", tmp_path / "runs", "--seal", kept)
    assert proof["saved_to"] == json.loads(kept.read_bytes())["last"]
    assert served_from(tmp_path / "runs", runs) == before
