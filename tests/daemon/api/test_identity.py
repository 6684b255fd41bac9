"""What clients of Glue ask of STS and IAM on the way: the account, and the ARN of a role."""

from typing import Any
from xml.etree import ElementTree

import boto3
import pytest
from botocore.config import Config
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.api.identity import answered, error_body
from daemon.errors import ClientError
from tests.daemon.api.clients import Served
from tests.daemon.api.glue_requests import refused

FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def client(served: Served, service: str) -> Any:
    """A boto3 client of another service, at the same address."""
    keys = {"aws_access_key_id": "AKIATEST", "aws_secret_access_key": "secret"}
    once = Config(retries={"total_max_attempts": 1})
    return boto3.client(service, endpoint_url=served.url, region_name="us-east-1", config=once, **keys)


def test_who_asks_is_the_user_of_the_key(served: Served) -> None:
    """The account is the setting's; the access key names the user."""
    identity = client(served, "sts").get_caller_identity()
    assert (identity["Account"], identity["UserId"]) == ("123456789012", "AKIATEST")
    assert identity["Arn"] == "arn:aws:iam::123456789012:user/AKIATEST"
    assert len(identity["ResponseMetadata"]["RequestId"]) == 36


def test_whoever_gives_no_key_is_anonymous(served: Served) -> None:
    """A request without a signature is answered too."""
    answer = served.ask("POST", "/", b"Action=GetCallerIdentity&Version=2011-06-15", FORM)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/xml")
    assert b":user/anonymous</Arn>" in answer.body


def test_every_role_is_there(served: Served) -> None:
    """A role's ARN follows from its name."""
    role = client(served, "iam").get_role(RoleName="GlueRole+a=b,c.d@e-f")["Role"]
    assert role["Arn"] == "arn:aws:iam::123456789012:role/GlueRole+a=b,c.d@e-f"
    assert role["CreateDate"].year == 1970


def test_other_operations_are_refused_in_their_form(served: Served) -> None:
    """The error names what is served, in XML that clients read."""
    code, text = refused(client(served, "iam").list_roles)
    assert (code, "'ListRoles'" in text, "GetCallerIdentity, GetRole" in text) == (
        "UnknownOperationException",
        True,
        True,
    )
    assert refused(client(served, "iam").get_role, RoleName="a<b")[0] == "ValidationException"


def test_what_is_no_form_is_refused(served: Served) -> None:
    """Bytes beyond ASCII, no action at all, and endless fields."""
    for body in (b"\xff", b"", b"a=1&" * 200):
        answer = served.ask("POST", "/", body, FORM)
        assert answer.status == 400
        assert ElementTree.fromstring(answer.body).find("Error/Message") is not None


@settings(max_examples=200)
@given(st.text(max_size=30), st.text(max_size=30))
def test_any_answer_is_xml(action: str, role: str) -> None:
    """Whatever is asked for, the answer or the error can be parsed."""
    fields = {"Action": action, "RoleName": role}
    body = "&".join(f"{name}={''.join(f'%{byte:02X}' for byte in text.encode())}" for name, text in fields.items())
    try:
        answer = answered({}, body.encode(), "123456789012", "id")
    except ClientError as error:
        answer = error_body(error, "id")
    assert ElementTree.fromstring(answer).tag


@pytest.mark.parametrize("body", [b"Action=GetRole", b"Action=GetRole&RoleName=" + b"a" * 65])
def test_a_role_needs_a_name(served: Served, body: bytes) -> None:
    """None, or one that is too long, is named as the mistake."""
    answer = served.ask("POST", "/", body, FORM)
    assert (answer.status, b"RoleName is" in answer.body) == (400, True)
