"""A log verified beside the daemon that writes it, and from the seal that it hands out."""

import json
import subprocess
import sys
from pathlib import Path

from tests.corridor.daemons import Daemon

PROGRAM = str(Path(sys.executable).with_name("reglue"))


def test_log_is_verified_beside_its_daemon(tmp_path: Path) -> None:
    """While a daemon runs its log is found sound, up to a seal it gave; and so it is after the daemon was killed."""
    state, kept = tmp_path / "state", tmp_path / "seal.json"
    words = [PROGRAM, "audit", "verify", "--state-dir", str(state), "--seal", str(kept), "--json"]
    daemon = Daemon(state, "--executor", "noop")
    try:
        for number in range(30):
            daemon.glue.create_workflow(Name=f"W{number}")
        sealed = daemon.ask("POST", "/v1/seals")
        assert sealed.status == 200
        kept.write_bytes(sealed.body)
        daemon.glue.create_workflow(Name="late")
        beside = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    finally:
        daemon.kill()
    assert (beside["sound"], beside["events"], beside["saved_to"]) == (True, 32, 30)
    after = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    assert after["events"] == 32
