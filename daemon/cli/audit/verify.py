"""`reglue audit verify`: whether the log is as the daemon left it, and what is not."""

from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
from rich.padding import Padding
from rich.text import Text

from daemon.audit.findings import Finding, Report
from daemon.audit.verification import Evidence, verify
from daemon.cli.audit.progress_bar import progress_bar
from daemon.cli.audit.state_directory import log_in, state_dir_option
from daemon.cli.failures import FINDINGS, BadInput
from daemon.cli.looks import plain
from daemon.cli.session import Screen
from daemon.exports.arrow_loading import NeedsArrow
from daemon.exports.content import UnusableFile
from daemon.keys import KeyUnusable, Verifier, public_key
from daemon.retention.checking import check_archives
from daemon.unreadable import UNREADABLE
from events.seals import NoSeal, Seal, from_document

_FILE = click.Path(path_type=Path)


@click.command()
@state_dir_option
@click.option("--seal", "seals", multiple=True, metavar="FILE", type=_FILE, help="A seal that was kept elsewhere.")
@click.option("--public-key", "keys", multiple=True, metavar="FILE", type=_FILE, help="A key that seals are signed by.")
@click.option("--archive", "archives", multiple=True, metavar="FILE", type=_FILE, help="A file of `reglue archive`.")
@click.option("--json", "as_json", is_flag=True, help="Write one JSON document instead of text for people.")
def command(
    state_dir: str | None, seals: tuple[Path, ...], keys: tuple[Path, ...], archives: tuple[Path, ...], as_json: bool
) -> int:
    """Verify the log: that no event was changed, removed, put in or moved since it was written.

    Without more it finds what was done to the log by hand. Whoever knows how can make the log's own proofs anew; that
    is found by a seal that was kept elsewhere (--seal) or by the signatures of its seals (--public-key). Of events that
    were moved to an archive the log has the hashes; with --archive the file is held against them. All three may be
    given several times. Ends with 0 if the log is sound, else by its first finding: see the exit codes.
    """
    evidence = Evidence([_seal(path) for path in seals], [_key(path) for path in keys])
    path = log_in(state_dir)
    try:
        with progress_bar("reading archives") as told:
            held = check_archives(path, archives, evidence, told)
        with progress_bar("verifying") as told:
            report = verify(path, held.evidence, told)
    except (UnusableFile, NeedsArrow, *UNREADABLE) as error:
        raise BadInput(str(error)) from error
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        reason = f"{where}{error.strerror or error}. Nothing was verified"
        raise BadInput(
            f"{reason}; check the path, and that its folder takes files: archives are read back there."
        ) from error
    is_log_sound = report.is_sound
    report.findings += held.findings
    if as_json:
        document = {"sound": report.is_sound} | msgspec.to_builtins(report)
        document["archives"] = [one._asdict() for one in held.checked]
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))
    else:
        screen = Screen()
        for part in shown(report):
            screen.print(part, soft_wrap=isinstance(part, Text))
        if is_log_sound and held.findings:
            screen.print("the log itself is sound: what was found is in the archives", soft_wrap=True)
        for one in held.checked:
            screen.print(f"{one.file} holds {one.events:,} of its events, of {one.runs:,} runs", soft_wrap=True)
    return 0 if report.is_sound else FINDINGS[report.findings[0].kind]


def _seal(path: Path) -> Seal:
    try:
        return from_document(path.read_bytes())
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); check the path.") from error
    except NoSeal as error:
        raise BadInput(f"{path}: {error}. Take what GET /v1/seals/latest or state/seal holds.") from error


def _key(path: Path) -> Verifier:
    try:
        return public_key(path)
    except KeyUnusable as error:
        raise BadInput(str(error)) from error


def shown(report: Report) -> Iterator[Text | Padding]:
    """The report, for people."""
    for found in report.findings:
        yield from _finding(found)
    if report.more:
        yield Text(f"... and {report.more:,} more findings.\n", "red")
    count = len(report.findings) + report.more
    verdict = (
        ("✔ sound", "bold green")
        if report.is_sound
        else (f"✘ not sound: {count:,} finding{'s' if count != 1 else ''}", "bold red")
    )
    yield Text.assemble(verdict, f"  {report.log}")
    yield Text("\n".join(_proved(report)))


def _finding(found: Finding) -> Iterator[Text | Padding]:
    of_stream = f"  {plain(found.stream)}" if found.stream is not None else ""
    version = f" version {found.version}" if found.version is not None else ""
    position = f"position {found.position}" if found.position is not None else None
    where = ", ".join(plain(one) for one in (found.file, found.place, position) if one is not None)
    yield Text.assemble((found.kind.upper(), "bold red"), f"  {where or 'the log'}{of_stream}{version}")
    yield Padding(Text(f"{plain(found.what)} {plain(found.means)}"), (0, 0, 1, 4), expand=False)


def _proved(report: Report) -> Iterator[str]:
    """What the verification rests on, and what it does not prove."""
    rate = f"{report.events / report.seconds:,.0f} a second" if report.seconds else ""
    yield f"{report.events:,} events up to position {report.position:,} in {report.seconds:.1f} s ({rate})"
    if report.elided and report.is_archive:
        yield f"{report.elided:,} other events stand as hashes: this log was read from an archive of some runs"
    elif report.elided:
        yield f"{report.elided:,} events were moved to archives and stand as hashes under their seals"
    if report.unchained:
        yield f"{report.unchained:,} events are from before there were chains: only seals speak for them"
    yield f"{report.seals:,} seals speak for the events up to position {report.sealed_to:,}, the chain for those after"
    if report.saved_to is not None:
        yield f"saved seals prove the events up to position {report.saved_to:,}"
    if report.signed_to is not None:
        yield f"signatures prove the events up to position {report.signed_to:,}"
    if report.saved_to is None and report.signed_to is None:
        yield "no seal from elsewhere and no key was given: somebody who made all proofs anew would not be found"
