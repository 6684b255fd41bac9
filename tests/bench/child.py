"""One measure in a process of its own: `python -m tests.bench.child NAME FOLDER full|quick`.

Prints each figure as one line of JSON as soon as it is known, so that what a measure found stays when it fails later.
"""

import sys
from pathlib import Path

import msgspec

from tests.bench import exports, log, noop, processes, proof, publishing, reads, resume, size, start, version
from tests.bench.room import Measure, Room

RUN: dict[str, Measure] = {
    "chain": noop.measure_chain,
    "fan-out": noop.measure_fan_out,
    "process-chain": processes.measure_chain,
    "process-fan-out": processes.measure_fan_out,
    "resume": resume.measure_resume,
    "replay": log.measure_replay,
    "look-back": log.measure_look_back,
    "append": log.measure_append,
    "chain-cost": proof.measure_chain_cost,
    "verify": proof.measure_verify,
    "export": exports.measure_export,
    "publish": publishing.measure_publish,
    "published-runs": publishing.measure_published_runs,
    "start": start.measure_start,
    "page": reads.measure_page,
    "resumed-chain": reads.measure_resumed_chain,
    "size": size.measure_size,
    "version": version.measure_version,
}


def main(name: str, folder: str, effort: str) -> None:
    """Runs one measure to its end."""
    for figure in RUN[name](Room(Path(folder), effort == "quick")):
        print(msgspec.json.encode(figure).decode(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
