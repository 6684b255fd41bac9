"""Where the files of a target are: on this machine, or in S3.

S3 is what pyarrow brings along. It takes credentials as every AWS client does; the endpoint is read here, because not
all versions of pyarrow know the variables that name it.
"""

import os
import re
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from pyarrow import fs

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
_HIDDEN = ("_", ".")
_DENIALS = (
    "ACCESS_DENIED",
    "INVALID_ACCESS_KEY_ID",
    "SIGNATURE_DOES_NOT_MATCH",
    "INVALID_CLIENT_TOKEN_ID",
    "HTTP status 403",
)
ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")


class CannotCrawl(Exception):
    """A target that cannot be crawled at all; the text says why, and the way out."""


class File(NamedTuple):
    """A data file: its path within its file system, its folders and name below the target, its size in bytes."""

    path: str
    folders: tuple[str, ...]
    name: str
    size: int


class Place:
    """The files below one target. `root` is its path within the file system, or the folder of a target that turned
    out to be a file (`is_file`)."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.is_file = False
        self.filesystem, self.root, self._prefix = _opened(target)

    @property
    def level(self) -> int:
        """How many folders lie above what is in it, the bucket or this machine's first folder being one."""
        return len([part for part in self.root.split("/") if part])

    def location(self, path: str, *, folder: bool) -> str:
        """A path as tables name it: absolute; that of a folder ends with a slash."""
        return f"{self._prefix}{path}{'/' if folder else ''}"

    def files(self) -> list[File]:
        """Every file with content below the target, by path; hidden ones (`_SUCCESS`, `.crc`) are left out."""
        try:
            return self._listed()
        except OSError as error:
            raise CannotCrawl(f"{self.target} cannot be read: {error}.{self._hint(str(error))}") from error

    def _listed(self) -> list[File]:
        found = self.filesystem.get_file_info(self.root)
        if found.type == fs.FileType.NotFound:
            raise CannotCrawl(
                f"{self.target} does not exist{self._what()}. Create it, or correct the crawler's target."
            )
        if found.type == fs.FileType.File:
            self.is_file = True
            self.root, _, name = self.root.rpartition("/")
            return [File(found.path, (), name, found.size)]
        listed = self.filesystem.get_file_info(fs.FileSelector(self.root, recursive=True))
        files = (self._file(info) for info in listed if info.type == fs.FileType.File and info.size)
        return sorted(file for file in files if not _is_hidden(file))

    def _what(self) -> str:
        """Whether it is the bucket that is missing."""
        bucket, slash, _ = self.root.partition("/")
        is_remote = self._prefix.startswith("s3")
        if not is_remote or (slash and self.filesystem.get_file_info(bucket).type != fs.FileType.NotFound):
            return ""
        return f": there is no bucket {bucket}{_at_endpoint()}"

    def _hint(self, error: str) -> str:
        """The way out of what S3 says."""
        if not self._prefix.startswith("s3"):
            return ""
        if "NETWORK_CONNECTION" in error:
            return f" Nothing answers{_at_endpoint()}: correct {ENDPOINT_VARIABLES[0]} in the daemon's environment."
        if any(word in error for word in _DENIALS):
            return (
                f" Access is denied{_at_endpoint()}: the daemon's environment (AWS_ACCESS_KEY_ID, "
                "AWS_SECRET_ACCESS_KEY or AWS_PROFILE) must hold credentials that may list and read the bucket."
            )
        return ""

    def _file(self, info: fs.FileInfo) -> File:
        *folders, name = info.path[len(self.root) :].strip("/").split("/")
        return File(info.path, tuple(folders), name, info.size)


def _is_hidden(file: File) -> bool:
    return any(part.startswith(_HIDDEN) for part in (*file.folders, file.name))


def _opened(target: str) -> tuple[Any, str, str]:
    """The file system, the path in it and the prefix that makes a location of it."""
    match = _SCHEME.match(target)
    scheme = match[1].lower() if match else "file"
    if scheme == "file":
        path = target if match is None else _path_of_url(target)
        return fs.LocalFileSystem(), os.path.abspath(path), "" if match is None else "file://"
    if scheme not in ("s3", "s3a", "s3n"):
        raise CannotCrawl(f"{target}: {scheme}:// cannot be crawled. Targets are paths, file:// and s3:// URLs.")
    path = target.partition("://")[2].strip("/")
    if not path:
        raise CannotCrawl(f"{target} names no bucket. Name one, and a folder in it: s3://bucket/folder/.")
    return _s3(), path, f"{scheme}://"


def _named(variables: tuple[str, ...]) -> str | None:
    """The first of some variables of the environment that is set."""
    return next((os.environ[name] for name in variables if os.environ.get(name)), None)


def _at_endpoint() -> str:
    endpoint = _named(ENDPOINT_VARIABLES)
    return f" at {endpoint}" if endpoint else ""


def _s3() -> Any:
    """S3 at the endpoint that the environment names, else AWS's. pyarrow wants scheme and host apart."""
    endpoint, region = _named(ENDPOINT_VARIABLES), _named(REGION_VARIABLES)
    if endpoint is None:
        return fs.S3FileSystem(region=region)
    url = urlsplit(endpoint)
    if url.scheme not in ("http", "https") or not url.netloc:
        raise CannotCrawl(f"{ENDPOINT_VARIABLES[0]} is {endpoint!r}: set it to a URL such as http://127.0.0.1:9000.")
    return fs.S3FileSystem(region=region or "us-east-1", endpoint_override=url.netloc, scheme=url.scheme)


def _path_of_url(target: str) -> str:
    host = urlsplit(target).netloc
    if host not in ("", "localhost"):
        raise CannotCrawl(
            f"{target} names the host {host!r}. A local folder has three slashes: file:///path/to/folder."
        )
    return unquote(_SCHEME.sub("", target).removeprefix("localhost"))
