"""Run properties as they are typed: KEY=VALUE."""

from collections.abc import Sequence

from daemon.cli.failures import BadInput


def pairs_of(option: str, given: Sequence[str]) -> dict[str, str]:
    """The properties of an option that may be given several times. Raises BadInput for what is none."""
    pairs = [text.partition("=") for text in given]
    for key, sign, value in pairs:
        if not key or not sign:
            raise BadInput(f"{option} {key + sign + value!r}: write KEY=VALUE, such as day=2026-11-03.")
    return {key: value for key, _, value in pairs}
