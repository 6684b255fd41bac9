"""Every event that was ever stored can be read today."""

import pytest

from events.catalogue import CATALOGUE, decode
from tests.recorded.samples import Sample, digests, samples

SAMPLES = samples()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_sample_is_read_as_expected(sample: Sample) -> None:
    """The stored name and body give the event that is written beside them."""
    assert repr(decode(sample.name, sample.body)) == sample.value


def test_every_stored_name_has_a_sample() -> None:
    """A new event, or a new version of one, comes with a sample of its stored form."""
    missing = set(CATALOGUE) - {sample.name for sample in SAMPLES}
    assert not missing, f"append a sample of each to tests/recorded/events.jsonl: {missing}"


def test_samples_are_never_changed() -> None:
    """What was stored once stays as it was; only what it is read as may change."""
    assert [sample.digest for sample in SAMPLES] == digests()
