"""What the daemon says on standard error: structured lines with stable event names and ids as fields.

Every module takes its logger from `get_logger` here and names what it says in `LOG_EVENTS`, so that people can search
and alert by name; a house test compares the two. Lines of libraries (uvicorn, asyncio, botocore) pass through the same
formatting. This is the only module that imports structlog.
"""

import contextlib
import io
import logging
import sys
from typing import Any, TextIO, cast

import orjson

from daemon.settings import Settings

# structlog imports rich for coloured tracebacks if it can, which costs the daemon 5 MB for nothing. None in sys.modules
# is the documented way to say "not importable"; structlog then does without. Whoever wants rich later still gets it.
_hide_rich = "rich" not in sys.modules
if _hide_rich:
    sys.modules["rich"] = None  # type: ignore[assignment]  # None is what the import system asks for here
import structlog  # noqa: E402  # after the two lines above, on purpose

if _hide_rich:
    del sys.modules["rich"]

LOG_EVENTS: dict[str, str] = {
    "ready": "The daemon answers at `url`.",
    "recovered": "At its start the daemon took up `runs` runs, `attempts` attempts and `schedules` schedules.",
    "stopping": "The daemon was told to stop; jobs go on.",
    "stopped": "Everything that was answered is on the disk and the daemon ends.",
    "reset": "An ephemeral daemon was emptied by /moto-api/reset.",
    "workflow_doubtful": "A run began of a workflow in which something will not work as meant; see `reglue lint`.",
    "schedule_due": "A schedule came due at `due` (milliseconds); as `catch_up`, when nobody could act on it in time.",
    "attempt_timed_out": "An attempt has used up its timeout and is ended.",
    "event_refused": "An event that a rule sent to `workflow` was not taken; the inbox holds it with the `reason`.",
    "log_unavailable": "The log could not be written; changes are refused until it can be read anew.",
    "log_available_again": "The log can be written again; what was under way has been taken up.",
    "graph_not_laid_out": "A graph of `boxes` boxes took too long to lay out; pages show it in plain layers.",
    "log_unreadable": "A request needed a part of the log that is damaged or unknown; the client was told the reason.",
    "log_sealed": "The positions `first` to `last` of the log were sealed, by seal `number`.",
    "log_not_sealed": "The log could not be sealed; it is tried again later.",
    "mqtt_connected": "Monitors can follow at `broker`, from `position` on; `lag` events are on their way there.",
    "mqtt_unavailable": "There is no connection to the `broker`, for this `reason`; it is tried again.",
    "mqtt_refused": "The broker did not take an event (`sequence`) or a state; delivery stands there and tries again.",
    "mqtt_accepted": "The broker has taken the event that it refused before; delivery goes on.",
    "mqtt_position_beyond_log": "The log is older than what monitors have heard; they hear from its `head` on.",
    "mqtt_position_unreadable": "mqtt.json cannot be read; monitors are told everything from the beginning again.",
    "mqtt_position_not_written": "mqtt.json cannot be written; after a restart monitors may hear things twice.",
    "mqtt_failed": "Serving monitors met an error in the daemon itself; it begins anew, and runs go on.",
    "mqtt_command": "Somebody (`by`) asked by MQTT for `command`, and it was carried out, or refused with `error`.",
    "mqtt_command_ignored": "A message on a topic of commands was not taken for one, for the `reason`.",
    "mqtt_command_failed": "A command by MQTT met an error in the daemon itself; who asked was told to look here.",
    "mqtt_event_dropped": "A message on `topic`, which a trigger names, was not taken in for the `reason`.",
    "mqtt_not_subscribed": "The broker does not let the daemon hear `topic`; commands or messages there do not arrive.",
    "broker_missing": "The broker that comes with the daemon is not installed; `reason` says how to.",
    "views_rebuilt": "The persisted rows could not be used and were made anew from the log.",
    "views_catching_up": "The daemon first makes the rows of `events` events that its rows do not tell of yet.",
    "views_not_written": "The persisted rows could not be written; they are tried again, nothing is lost.",
    "broker_listening": "The embedded MQTT broker answers at `url`.",
    "broker_port_taken": "The embedded MQTT broker could not have the port it was to have, and took the one in `url`.",
    "broker_ended": "The embedded MQTT broker ended or could not start for the `reason`, and is started again.",
    "request_failed": "A request met an error in the daemon itself; the client was given the `request_id`.",
}
"""Every name the daemon logs, with its meaning: for people who read, search or alert on the log."""


class _LastingStderr(io.TextIOBase):
    """Standard error, whose reader may go away or whose disk may fill: the daemon goes on without a log."""

    def write(self, text: str) -> int:
        with contextlib.suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.flush()


def get_logger(**fields: object) -> structlog.typing.FilteringBoundLogger:
    """A logger that adds `fields` to each line; may be taken before `configure`, and writes as configured by then."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger(**fields)
    return logger


def configure(settings: Settings) -> None:
    """Send the daemon's and its libraries' lines to standard error as `log_format` and `log_level` say. Call once."""
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not sys.stderr.isatty())
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    finish = _json() if as_json else _console()
    stream = cast(TextIO, _LastingStderr())
    structlog.configure(
        processors=[*shared, *finish],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *finish],
        )
    )
    _adopt_libraries(handler, level)


def _json() -> list[structlog.typing.Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(serializer=_dumps)]


def _console() -> list[structlog.typing.Processor]:
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        )
    ]


def _dumps(line: Any, **options: Any) -> str:
    return orjson.dumps(line, default=options.get("default"), option=orjson.OPT_NON_STR_KEYS).decode()


def _adopt_libraries(handler: logging.Handler, level: int) -> None:
    """Give the standard library one handler; libraries speak from warning on, unless all is to be seen."""
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level if level == logging.DEBUG else max(level, logging.WARNING))
