"""Which requests are let in, by their headers."""

import pytest

from daemon.api.admission import Admission
from daemon.errors import AccessDenied

LOCAL = Admission("127.0.0.1")
PUBLIC = Admission("0.0.0.0")


@pytest.mark.parametrize(
    "host",
    [b"127.0.0.1:8484", b"localhost:8484", b"LOCALHOST", b"[::1]:8484", b"127.9.9.9", b"reglue.localhost:1", b""],
)
def test_loopback_names_are_ours(host: bytes) -> None:
    """A daemon on a loopback address answers to every name that can only mean this machine."""
    LOCAL.check({b"host": host})


@pytest.mark.parametrize("host", [b"evil.example:8484", b"127.0.0.1.evil.example", b"10.0.0.1:8484", b"[::2]:8484"])
def test_other_names_are_not(host: bytes) -> None:
    """A name that someone made point to this machine is refused, but where the daemon listens to the network."""
    with pytest.raises(AccessDenied, match="address it as localhost"):
        LOCAL.check({b"host": host})
    PUBLIC.check({b"host": host})


def test_a_page_of_ours_may_ask() -> None:
    """The origin of a page that the daemon itself served is the host it is addressed by."""
    LOCAL.check({b"host": b"localhost:8484", b"origin": b"http://localhost:8484"})
    PUBLIC.check({b"host": b"glue.example", b"origin": b"https://glue.example"})


@pytest.mark.parametrize("origin", [b"http://evil.example", b"http://localhost:9999", b"null", b""])
def test_a_page_of_another_site_may_not(origin: bytes) -> None:
    """Any other origin is refused, wherever the daemon listens."""
    for admission in (LOCAL, PUBLIC):
        with pytest.raises(AccessDenied, match="page of another site"):
            admission.check({b"host": b"localhost:8484", b"origin": origin})
