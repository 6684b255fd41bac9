"""Service models as botocore brings them: for each operation we serve, the shape that its request must have.

botocore's own parser would import half of botocore and build the whole service, so its data file is read directly. Of
nearly two thousand shapes only those that our requests reach are decoded, without their documentation; the rest of
the file is dropped at once.
"""

import gzip
import importlib.util
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

GLUE = Path("glue", "2017-03-31")
EVENTS = Path("events", "2015-10-07")
LOGS = Path("logs", "2014-03-28")
"""Where botocore keeps the models of the services that are served here, below its folder `data`."""

_MAY_BE_EMPTY = frozenset({"CatalogIdString"})
"""Texts that the model wants at least one character of. Terraform leaves out the account here as it does in ARNs: a
database that names no catalog is in that of the account, and there is only one here."""

_ASTRAL_IN_JAVA = r"\uD800\uDC00-\uDBFF\uDFFF"
_ASTRAL_IN_PYTHON = r"\U00010000-\U0010FFFF"
_WORDS_IN_JAVA = r"[\p{L}\p{N}\p{P}]"
_WORDS_IN_PYTHON = r"[^\s\x00-\x1f\x7f]"


class Shape(msgspec.Struct):
    """One shape, its references resolved. Which fields are in use follows from `type`, as in Smithy's JSON models.

    `minimum` and `maximum` bound a number's value, a text's length or a collection's size.
    """

    type: str
    members: dict[str, "Shape"] = {}
    required: tuple[str, ...] = ()
    element: "Shape | None" = None
    key: "Shape | None" = None
    value: "Shape | None" = None
    minimum: float | None = None
    maximum: float | None = None
    enum: tuple[str, ...] = ()
    pattern: re.Pattern[str] | None = None


class ServiceModel(msgspec.Struct, frozen=True):
    """What is known of a service: the request shapes of the operations asked for, and the names of all operations."""

    requests: dict[str, Shape]
    operations: frozenset[str]


class ModelMissing(Exception):
    """botocore's data file is not where it should be, or lacks something: the installation is incomplete."""


class _Reference(msgspec.Struct):
    shape: str


class _Operation(msgspec.Struct):
    input: _Reference | None = None


class _Described(msgspec.Struct):
    type: str
    members: dict[str, _Reference] = {}
    required: tuple[str, ...] = ()
    member: _Reference | None = None
    key: _Reference | None = None
    value: _Reference | None = None
    min: float | None = None
    max: float | None = None
    enum: tuple[str, ...] = ()
    pattern: str | None = None


class _Document(msgspec.Struct):
    operations: dict[str, _Operation]
    shapes: dict[str, msgspec.Raw]


def load_service_model(operations: Iterable[str], service: Path = GLUE) -> ServiceModel:
    """The model of a service for these operations. Raises ModelMissing."""
    return _loaded(tuple(operations), service)


@cache  # an ephemeral daemon asks at each reset
def _loaded(operations: tuple[str, ...], service: Path) -> ServiceModel:
    document = msgspec.json.decode(_read(service), type=_Document)
    linked: dict[str, Shape] = {}
    requests = {}
    for name in operations:
        operation = document.operations.get(name)
        if operation is None or operation.input is None:
            raise ModelMissing(f"botocore's {service} has no operation {name}: install botocore 1.43 or later.")
        requests[name] = _linked(operation.input.shape, document.shapes, linked)
    return ServiceModel(requests, frozenset(document.operations))


def _read(service: Path) -> bytes:
    # Finding the package does not import it: botocore itself stays out of the daemon.
    spec = importlib.util.find_spec("botocore")
    if spec is None or spec.origin is None:
        raise ModelMissing("botocore is not installed: install reglue with its dependencies.")
    plain = Path(spec.origin).parent / "data" / service / "service-2.json"
    packed = plain.with_name(plain.name + ".gz")
    if packed.is_file():
        return gzip.decompress(packed.read_bytes())
    if plain.is_file():
        return plain.read_bytes()
    raise ModelMissing(f"{packed} is not there: reinstall botocore.")


def _linked(name: str, shapes: dict[str, msgspec.Raw], linked: dict[str, Shape]) -> Shape:
    """The shape of this name with all it reaches; put down before its members, because shapes may contain
    themselves."""
    known = linked.get(name)
    if known is not None:
        return known
    described = msgspec.json.decode(shapes[name], type=_Described)
    shape = linked[name] = Shape(
        described.type,
        required=described.required,
        minimum=None if name in _MAY_BE_EMPTY else described.min,
        maximum=described.max,
        enum=described.enum,
        pattern=_compiled(described.pattern),
    )
    shape.members = {member: _linked(to.shape, shapes, linked) for member, to in described.members.items()}
    for slot, to in (("element", described.member), ("key", described.key), ("value", described.value)):
        if to is not None:
            setattr(shape, slot, _linked(to.shape, shapes, linked))
    return shape


def _compiled(pattern: str | None) -> re.Pattern[str] | None:
    """The pattern, written for Java, in Python's terms: characters beyond U+FFFF are not pairs of surrogates here, and
    there are no classes of letters, numbers and punctuation: whatever is no space or control stands for them."""
    if pattern is None:
        return None
    pattern = pattern.replace(_ASTRAL_IN_JAVA, _ASTRAL_IN_PYTHON).replace(_WORDS_IN_JAVA, _WORDS_IN_PYTHON)
    # Other classes of letters are in members of EventBridge's targets only, which are refused as a whole.
    return None if r"\p{" in pattern else re.compile(pattern, re.ASCII)
