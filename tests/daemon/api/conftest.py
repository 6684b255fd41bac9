"""One daemon for the tests of a module; each test uses names of its own."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.daemon.api.clients import Served
from tests.daemon.api.serving import serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A daemon whose jobs end at once."""
    with serving(tmp_path_factory.mktemp("state")) as daemon:
        yield daemon


@pytest.fixture
def glue(served: Served) -> Any:
    """A boto3 client of that daemon."""
    return served.glue
