"""Object stores: a folder, or a bucket on S3, behind one small interface.

The inbox and the archive are such stores. Keys are data: a folder store refuses one that leads outside it.
What the objects mean belongs in `intake`.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import boto3
from botocore.exceptions import ClientError

ZEROS = bytes(1 << 20)


@dataclass(frozen=True)
class Entry:
    """One object. `version` changes whenever its content does; `modified` is seconds since 1970."""

    key: str
    size: int
    version: str
    modified: float


class Store(Protocol):
    """Holds whole objects under keys; a write is atomic, and `list` never shows half an object written here."""

    def list(self) -> Iterator[Entry]:
        """Yield the objects that are not `unfinished`, in order of key."""

    def entry(self, key: str) -> Entry | None:
        """Return the object's entry as `list` would; None if there is none."""

    def exists(self, key: str) -> bool:
        """Tell whether there is an object."""

    def fetch(self, key: str, path: Path) -> None:
        """Copy an object to a file; raises `FileNotFoundError` if there is none."""

    def put(self, key: str, path: Path, *, own: bool = False) -> None:
        """Store a file as an object, replacing what was there; one of our `own` is never written to again."""

    def delete(self, key: str, seen: Entry | None = None) -> None:
        """Remove an object, unless it is no longer what was `seen`; no error if there is none."""


def unfinished(key: str) -> bool:
    """Tell whether an object is still being written: a name begins with a dot, or ends in `.part` or `.tmp`."""
    path = PurePosixPath(key)
    return any(part.startswith(".") for part in path.parts) or path.suffix in (".part", ".tmp")


class FolderStore:
    """A folder; its links are passed over."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, key: str) -> Path:
        path = self.root / key
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise ValueError(f"the key {key!r} leads outside {self.root}")
        return path

    def list(self) -> Iterator[Entry]:
        """Yield the files below the folder, in order of key."""
        paths = {path.relative_to(self.root).as_posix(): path for path in self.root.rglob("*")}
        for key, path in sorted(paths.items()):
            if not unfinished(key) and (entry := _file_entry(key, path)):
                yield entry

    def entry(self, key: str) -> Entry | None:
        """Return the entry of the file; a link has none, wherever it leads."""
        path = PurePosixPath(key)
        return _file_entry(key, self._path(str(path.parent)) / path.name)

    def exists(self, key: str) -> bool:
        """Tell whether there is such a file."""
        return self._path(key).is_file()

    def fetch(self, key: str, path: Path) -> None:
        """Copy the file to `path`."""
        with self._path(key).open("rb") as source, path.open("wb") as copy:
            _copy(source, copy)

    def put(self, key: str, path: Path, *, own: bool = False) -> None:
        """Bring `path` in under a temporary name, flush it to disk, and rename it."""
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{uuid4().hex}.tmp")
        try:
            _bring(path, temporary, own)
            with temporary.open("rb") as brought:
                os.fsync(brought.fileno())
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)

    def delete(self, key: str, seen: Entry | None = None) -> None:
        """Remove the file; a folder cannot promise that it is not replaced between the look and the removal."""
        path = self._path(key)
        if seen is None or self.entry(key) == seen:
            path.unlink(missing_ok=True)


def _bring(path: Path, target: Path, own: bool) -> None:
    """Copy a file; one of our own gets a second name where that can be, which is no work however large it is."""
    if own:
        with suppress(OSError):  # another file system, or one without links
            target.hardlink_to(path)
            return
    with path.open("rb") as source, target.open("wb") as copy:
        _copy(source, copy)


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    """Copy to the end; a stretch of zeros takes no room, and little time."""
    while chunk := source.read(len(ZEROS)):
        if chunk == ZEROS:
            target.seek(len(chunk), os.SEEK_CUR)
        else:
            target.write(chunk)
    target.truncate()


def _file_entry(key: str, path: Path) -> Entry | None:
    try:
        status = path.lstat()
    except OSError as error:
        # Not there, moved away while we looked, or a name that cannot be.
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            return None
        raise
    if not stat.S_ISREG(status.st_mode):  # a folder, a link, a pipe
        return None
    # A moved or copied file keeps its modification time but never its change time.
    return Entry(key, status.st_size, f"{status.st_mtime_ns}-{status.st_ctime_ns}", status.st_ctime)


class S3Store:
    """Objects of a bucket under a prefix; credentials and endpoint come from boto3's own environment."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self.bucket, self.prefix = bucket, prefix
        self.client = boto3.client("s3")

    def list(self) -> Iterator[Entry]:
        """Yield the objects below the prefix, in order of key."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix)
        for page in pages:
            for item in page.get("Contents", ()):
                key = item["Key"].removeprefix(self.prefix)
                if key and not key.endswith("/") and not unfinished(key):
                    modified = item["LastModified"].timestamp()
                    yield Entry(key, item["Size"], f"{item['ETag']}-{modified}", modified)

    def entry(self, key: str) -> Entry | None:
        """Return the entry of the object."""
        try:
            head = self.client.head_object(Bucket=self.bucket, Key=self.prefix + key)
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                return None
            raise
        modified = head["LastModified"].timestamp()
        return Entry(key, head["ContentLength"], f"{head['ETag']}-{modified}", modified)

    def exists(self, key: str) -> bool:
        """Tell whether there is such an object."""
        return self.entry(key) is not None

    def fetch(self, key: str, path: Path) -> None:
        """Download the object to `path`."""
        try:
            self.client.download_file(self.bucket, self.prefix + key, str(path))
        except ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchKey"):
                raise FileNotFoundError(f"s3://{self.bucket}/{self.prefix}{key}") from None
            raise

    def put(self, key: str, path: Path, *, own: bool = False) -> None:
        """Upload `path`; S3 shows an object only once it is whole."""
        self.client.upload_file(str(path), self.bucket, self.prefix + key)

    def delete(self, key: str, seen: Entry | None = None) -> None:
        """Delete the object; S3 itself looks whether it is the one that was seen."""
        try:
            if seen is None:
                self.client.delete_object(Bucket=self.bucket, Key=self.prefix + key)
            else:
                etag = seen.version.rpartition("-")[0]
                self.client.delete_object(Bucket=self.bucket, Key=self.prefix + key, IfMatch=etag)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("404", "NoSuchKey", "PreconditionFailed"):
                raise


def open_store(url: str) -> Store:
    """Return the store at a folder path or an `s3://bucket/prefix` address."""
    if not url.startswith("s3://"):
        return FolderStore(Path(url))
    parts = urlsplit(url)
    prefix = parts.path.strip("/")
    return S3Store(parts.netloc, f"{prefix}/" if prefix else "")
