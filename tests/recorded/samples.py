"""The recorded samples, and the digests that keep them as they were stored."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import orjson

FOLDER = Path(__file__).parent


class Sample(NamedTuple):
    """One stored event: its name, its body as stored, and the `repr` of the event that it is today."""

    name: str
    body: bytes
    value: str

    @property
    def digest(self) -> str:
        """Stands for what was stored; what it is read as may change."""
        return hashlib.sha256(self.name.encode() + b"\0" + self.body).hexdigest()


def samples() -> list[Sample]:
    """Every sample, oldest first."""
    lines = (FOLDER / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [Sample(line["name"], line["body"].encode(), line["value"]) for line in map(orjson.loads, lines)]


def digests() -> list[str]:
    """The digests of all samples ever added, oldest first."""
    return (FOLDER / "events.sha256").read_text(encoding="utf-8").split()


if __name__ == "__main__":
    print(*(sample.digest for sample in samples()), sep="\n")
