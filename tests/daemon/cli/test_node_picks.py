"""Which nodes a person means by the names on the command line."""

import pytest

from daemon.cli.documents import Run
from daemon.cli.failures import BadInput
from daemon.cli.node_picks import picked
from tests.daemon.cli import sample_documents as sample


def run_with_namesakes() -> Run:
    """W1 with a crawler that is named like a job."""
    document = sample.partly_failed()
    document["nodes"].append(sample.node("J5", None, key="CRAWLER:J2", kind="CRAWLER", name="J2"))
    return sample.as_run(document)


def keys(*names: str) -> list[str]:
    """The keys of the nodes picked by these names."""
    return [node.key for node in picked(run_with_namesakes(), names)]


def test_names_pick_nodes_once_each() -> None:
    """Nodes are picked by name or by kind and name, in the order typed, each once."""
    assert keys("J3", "JOB:J2", "JOB:J3", "CRAWLER:J2", "J3") == ["JOB:J3", "JOB:J2", "CRAWLER:J2"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("J2", "both a job and a crawler; write JOB:J2 or CRAWLER:J2"),
        ("T2", "T2 is a trigger"),
        ("J33", "named 'J33'. Did you mean J3"),
        ("zzz", "no job or crawler named 'zzz'"),
    ],
)
def test_what_cannot_be_meant_is_explained(name: str, told: str) -> None:
    """Namesakes, triggers and unknown names are refused with what to type instead."""
    with pytest.raises(BadInput) as caught:
        keys(name)
    assert told in caught.value.message
