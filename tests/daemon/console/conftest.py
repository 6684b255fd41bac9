"""One daemon for the pages of a module."""

from collections.abc import Iterator

import pytest

from tests.daemon.api.clients import Served
from tests.daemon.api.serving import serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A daemon whose jobs end at once."""
    with serving(tmp_path_factory.mktemp("state")) as daemon:
        yield daemon
