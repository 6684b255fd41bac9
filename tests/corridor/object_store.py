"""An S3 on this machine: moto's server, on loopback, in a thread of the test's process."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import requests
from moto.server import ThreadedMotoServer

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
NO_OTHERS = {"AWS_EC2_METADATA_DISABLED": "true"}
"""Keeps S3's client from asking a cloud's network for credentials."""


class ObjectStore:
    """The server at `url`; `s3` is a boto3 client of it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.s3: Any = boto3.client(
            "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any"
        )

    def put(self, bucket: str, **objects: bytes) -> None:
        """A new bucket with objects. In a name `__` stands for the slash."""
        self.s3.create_bucket(Bucket=bucket)
        for name, body in objects.items():
            self.s3.put_object(Bucket=bucket, Key=name.replace("__", "/"), Body=body)

    def reader(self) -> tuple[str, str]:
        """A new user's key and secret, who may do anything with S3."""
        iam = boto3.client(
            "iam", endpoint_url=self.url, region_name="us-east-1", aws_access_key_id="any", aws_secret_access_key="any"
        )
        iam.create_user(UserName="reader")
        allowed = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        iam.put_user_policy(UserName="reader", PolicyName="reads", PolicyDocument=policy)
        key = iam.create_access_key(UserName="reader")["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    @contextmanager
    def denying(self) -> Iterator[None]:
        """For as long as the block only users have access."""
        requests.post(f"{self.url}/moto-api/reset-auth", data=b"0", timeout=30).raise_for_status()
        try:
            yield
        finally:
            requests.post(f"{self.url}/moto-api/reset-auth", data=b"inf", timeout=30).raise_for_status()


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    """A server for as long as the block."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield ObjectStore(f"http://{host}:{port}")
    finally:
        server.stop()
