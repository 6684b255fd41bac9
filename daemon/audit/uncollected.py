"""Passes over a whole log go without the garbage collector.

It would look through all that was read for cycles, again and again, for a third of the time; and neither rows nor facts
nor graphs hold any.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """As long as it lasts the collector rests; then it is as it was."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
