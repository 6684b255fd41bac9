"""Runs the daemon for the command line, and says in one sentence why it could not start."""

from collections.abc import Callable

from daemon import service
from daemon.keys import KeyUnusable
from daemon.lodging import lodged
from daemon.settings import Settings
from daemon.state_lock import StateDirectoryBusy
from daemon.unreadable import UNREADABLE


class CannotStart(Exception):
    """The daemon cannot run as it is set up; the text says why, and the way out."""


def run(
    settings: Settings, on_ready: Callable[[str, Settings], None], on_broker: Callable[[str], None] = lambda url: None
) -> int:
    """Run until told to stop and return the exit code; `on_ready` gets the base URL and the settings as they are used,
    `on_broker` the URL of the broker that comes with the daemon. Raises CannotStart."""
    try:
        with lodged(settings) as used:
            return service.run(used, lambda url: on_ready(url, used), on_broker)
    except (StateDirectoryBusy, KeyUnusable, *UNREADABLE) as error:
        raise CannotStart(str(error)) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise CannotStart(f"Cannot start: {where}{error.strerror or error}.") from error
