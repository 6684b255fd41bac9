"""How many processors an audit may use."""

import os
import subprocess
import sys

import pytest

from daemon.audit.processors import usable_processors


def test_there_is_at_least_one_processor() -> None:
    """Whatever the machine, one processor may be used, and no more than it has."""
    assert 1 <= usable_processors() <= (os.cpu_count() or 1)


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system ties no process to a processor")
def test_a_process_that_was_given_one_processor_has_one() -> None:
    """A process that may run on one processor only counts that one, however many the machine has."""
    program = (
        "import os; from daemon.audit.processors import usable_processors; "
        "os.sched_setaffinity(0, [min(os.sched_getaffinity(0))]); print(usable_processors())"
    )
    counted = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert counted.strip() == "1"
