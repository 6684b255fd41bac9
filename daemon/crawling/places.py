"""Where the files of a target are: on this machine, or in S3 through fsspec where the extra `s3` is installed."""

import os
import re
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from pyarrow import fs

try:
    import fsspec
    import s3fs as _s3fs  # noqa: F401  # fsspec's s3:// needs it; better missed here than half-way
except ImportError:
    fsspec = None

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*)://")
_HIDDEN = ("_", ".")


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

    def location(self, path: str, *, folder: bool) -> str:
        """A path as tables name it: absolute; that of a folder ends with a slash."""
        return f"{self._prefix}{path}{'/' if folder else ''}"

    def files(self) -> list[File]:
        """Every file with content below the target, by path; hidden ones (`_SUCCESS`, `.crc`) are left out."""
        found = self.filesystem.get_file_info(self.root)
        if found.type == fs.FileType.NotFound:
            raise CannotCrawl(f"{self.target} does not exist. Create it, or correct the crawler's target.")
        if found.type == fs.FileType.File:
            self.is_file = True
            self.root, _, name = self.root.rpartition("/")
            return [File(found.path, (), name, found.size)]
        listed = self.filesystem.get_file_info(fs.FileSelector(self.root, recursive=True))
        files = (self._file(info) for info in listed if info.type == fs.FileType.File and info.size)
        return sorted(file for file in files if not _is_hidden(file))

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
    if fsspec is None:
        raise CannotCrawl(
            f"{target}: crawling s3:// needs the extra s3. Install it (pip install 'reglue[s3]') and start the crawler "
            "again."
        )
    remote = fs.PyFileSystem(fs.FSSpecHandler(fsspec.filesystem("s3")))
    return remote, target.partition("://")[2].rstrip("/"), f"{scheme}://"


def _path_of_url(target: str) -> str:
    host = urlsplit(target).netloc
    if host not in ("", "localhost"):
        raise CannotCrawl(
            f"{target} names the host {host!r}. A local folder has three slashes: file:///path/to/folder."
        )
    return unquote(_SCHEME.sub("", target).removeprefix("localhost"))
