"""Whatever is asked below `/v1`: no answer of the 500s, no traceback, errors in one form; a read leaves the log as it
was, and so does a refused change."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.corridor.daemons import Daemon
from tests.corridor.test_wire_fuzz import furnished, settled
from tests.daemon.api.clients import Answer

EXAMPLES = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
READS = (
    "/healthz",
    "/v1/lint",
    "/v1/schedules",
    "/v1/workflows",
    "/v1/workflows/{}/runs",
    "/v1/workflows/{}/inbox",
    "/v1/workflows/{}/lint",
    "/v1/runs/{}",
    "/v1/runs/{}/notifications",
    "/v1/job-runs/{}",
    "/v1/job-runs/{}/logs",
    "/v1/{}",
)
_KNOWN = st.sampled_from(["a", "b", "<run>", "<job run>", "<node>"])
_TEXT = st.text(max_size=20)
_NUMBERS = st.integers(-2, 3).map(str) | st.integers().map(str)
_PARAMETERS = st.dictionaries(
    st.sampled_from(["limit", "before", "offset", "stream", "follow"]) | _TEXT,
    st.sampled_from(["0", "1", "stdout", "stderr"]) | _NUMBERS | _TEXT,
    max_size=3,
)
_QUERIES = _PARAMETERS.map(lambda found: "&".join(f"{quote(name)}={quote(value)}" for name, value in found.items()))
_RAW = st.binary(max_size=20).map(lambda raw: quote(raw, safe="&=%+;"))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | _KNOWN | _TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXT, inner, max_size=2),
    max_leaves=5,
)
_RESUMES = st.fixed_dictionaries(
    {},
    optional={
        "nodes": st.lists(_KNOWN | _TEXT, max_size=3) | _VALUES,
        "allow_stopped": st.booleans() | _VALUES,
        "more": _VALUES,
    },
)
_BODIES = (_RESUMES | _VALUES).map(lambda body: json.dumps(body).encode()) | st.binary(max_size=50)


def assert_sound(daemon: Daemon, answer: Answer, *, is_output: bool = False) -> None:
    """Checks one answer: JSON, unless it is what a job wrote, and if it is a refusal, one with a code and a reason."""
    assert answer.status < 500, answer
    if answer.status != 200 or not is_output:
        document: Any = answer.document
        assert answer.status == 200 or (document["error"].endswith("Exception") and document["message"]), answer
    assert b"Traceback" not in answer.body
    assert "Traceback" not in daemon.text


def filled(text: str, ids: dict[str, str]) -> str:
    """A text with the ids that its placeholders stand for."""
    for placeholder, known in ids.items():
        text = text.replace(quote(placeholder, safe=""), known).replace(placeholder, known)
    return text


@pytest.mark.parametrize("template", READS)
@EXAMPLES
@given(segment=_KNOWN | _TEXT, query=_QUERIES | _RAW)
def test_reads(noop: Daemon, template: str, segment: str, query: str) -> None:
    """Any path and any query is answered or refused, and changes nothing."""
    ids = furnished(noop)
    before = settled(noop)
    path = filled(template.format(quote(segment, safe="")), ids)
    answer = noop.ask("GET", f"{path}?{query}")
    assert_sound(noop, answer, is_output=path.endswith("/logs"))
    assert settled(noop) == before


@EXAMPLES
@given(segment=_KNOWN | _TEXT, body=_BODIES)
def test_resumes(noop: Daemon, segment: str, body: bytes) -> None:
    """Any resume of anything is carried out, or refused without a trace."""
    ids = furnished(noop)
    before = settled(noop)
    path = filled(f"/v1/runs/{quote(segment, safe='')}/resume", ids)
    asked = filled(body.decode("latin-1"), ids).encode("latin-1")
    answer = noop.ask("POST", path, asked)
    assert_sound(noop, answer)
    assert answer.status == 200 or settled(noop) == before
