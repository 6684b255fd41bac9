"""The errors by which the log says that something in it cannot be read: its file, or one event in it.

At a start they are told in one sentence (`start_up.py`); later they are the answer to the request that met them
(`api/app.py`). Both speak of the same three, and the edges of the daemon do not reach into the ledger.
"""

from events.catalogue import DamagedEvent, UnknownEvent
from events.log_file import UnreadableLog

UNREADABLE = (UnreadableLog, DamagedEvent, UnknownEvent)
"""To be caught; their texts say what is wrong and what to do."""
