"""Errors that a client may see: one root, and a leaf for each thing that can be wrong.

Each leaf carries the code that AWS Glue gives the situation and the HTTP status; the text says what is wrong, where,
and what to do. The edge turns them into responses in one place (`daemon/api/app.py`) and needs no table for it.
"""


class ReglueError(Exception):
    """Anything that ends a request with an answer other than success."""

    code = "InternalServiceException"
    status = 500


class ClientError(ReglueError):
    """The request cannot be carried out as it is; sending it again unchanged gives the same answer."""

    code = "InvalidInputException"
    status = 400


class InvalidInput(ClientError):
    """The request's values do not fit together, or do not fit what is defined."""


class ValidationFailed(ClientError):
    """The request breaks a constraint of Glue's service model."""

    code = "ValidationException"


class NotJson(ClientError):
    """The request's body is not JSON, or not of the type that the operation takes."""

    code = "SerializationException"


class UnknownOperation(ClientError):
    """The request names an operation that this daemon does not have."""

    code = "UnknownOperationException"


class BodyTooLarge(ClientError):
    """The request's body is larger than the daemon takes."""

    code = "RequestEntityTooLargeException"
    status = 413


class InvalidParameter(ClientError):
    """A value in a request to CloudWatch Logs that it cannot have."""

    code = "InvalidParameterException"


class ResourceNotFound(ClientError):
    """The log group, log stream or event rule that a request names does not exist."""

    code = "ResourceNotFoundException"


class EntityNotFound(ClientError):
    """What the request names does not exist."""

    code = "EntityNotFoundException"


class RunInArchive(EntityNotFound):
    """The run is known, but its nodes and events were moved into an archive."""


class InvalidEventPattern(ClientError):
    """A rule's event pattern cannot be read, or uses what this daemon does not have."""

    code = "InvalidEventPatternException"


class AlreadyExists(ClientError):
    """The name is taken."""

    code = "AlreadyExistsException"


class IdempotentParameterMismatch(ClientError):
    """The name is taken by a definition that differs from the one in the request."""

    code = "IdempotentParameterMismatchException"


class IllegalWorkflowState(ClientError):
    """The run is not in a state that allows what was asked."""

    code = "IllegalWorkflowStateException"


class PlanOutdated(ClientError):
    """A resume was to do just what a preview said, and something has changed since."""

    code = "PlanOutdatedException"
    status = 409


class ConcurrentRunsExceeded(ClientError):
    """As many runs are under way as the definition allows."""

    code = "ConcurrentRunsExceededException"


class ResourceNumberLimitExceeded(ClientError):
    """More of something than a limit allows."""

    code = "ResourceNumberLimitExceededException"


class CrawlerRunning(ClientError):
    """The crawler is running, so it cannot be started or changed now."""

    code = "CrawlerRunningException"


class NoSchedule(ClientError):
    """The crawler has no schedule that could be started."""

    code = "NoScheduleException"


class SchedulerRunning(ClientError):
    """The crawler's schedule is running already."""

    code = "SchedulerRunningException"


class SchedulerNotRunning(ClientError):
    """The crawler's schedule is not running."""

    code = "SchedulerNotRunningException"


class CrawlerNotRunning(ClientError):
    """No crawl of the crawler is under way."""

    code = "CrawlerNotRunningException"


class CrawlerStopping(ClientError):
    """The crawler is being stopped already."""

    code = "CrawlerStoppingException"


class AccessDenied(ClientError):
    """The request comes from a place that may not make it, such as another site's page in a browser."""

    code = "AccessDeniedException"
    status = 403


class Throttled(ClientError):
    """More commands by MQTT at once than the daemon takes."""

    code = "ThrottlingException"
    status = 429


class LogUnavailable(ReglueError):
    """The log could not be written, so nothing was changed. Try again once its disk has room and is writable."""

    status = 500
