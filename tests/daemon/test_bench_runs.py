"""The benchmarks' command runs: nothing else would notice before someone needs its figures."""

import json
import subprocess
import sys

from tests.house.tree import ROOT


def test_bench_measures_a_chain() -> None:
    """The cheapest measure gives a value, its floor and a verdict."""
    command = [sys.executable, "-m", "tests.bench", "--quick", "--json", "--only", "chain"]
    finished = subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (figure,) = json.loads(finished.stdout)["figures"]
    assert figure["key"] == "chain"
    assert figure["value"] > 0
    assert figure["floor"] > 0
    assert figure["verdict"]
