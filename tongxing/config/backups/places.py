"""Where backups lie: a folder (of another disk or machine), or a bucket of an S3-compatible store."""

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from tongxing.config.backups import s3
from tongxing.config.state import Refused, private

UNFINISHED = ".unfinished"


class Place(Protocol):
    """Files by name; a name is there only when the whole file is."""

    def names(self) -> list[str]: ...
    def writing(self, name: str) -> AbstractContextManager[IO[bytes]]: ...
    def fetched(self, name: str, scratch: Path) -> Path: ...
    def delete(self, name: str) -> None: ...


@dataclass(frozen=True)
class Folder:
    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def names(self) -> list[str]:
        return sorted(entry.name for entry in self.path.iterdir() if entry.is_file())

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        """Beside and renamed: a file that was cut off never has the name of a backup."""
        unfinished = self.path / f"{name}{UNFINISHED}"
        try:
            with open(unfinished, "wb", opener=private) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(self.path / name)
        finally:
            unfinished.unlink(missing_ok=True)
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(descriptor)  # the name itself
        finally:
            os.close(descriptor)

    def fetched(self, name: str, scratch: Path) -> Path:
        path = self.path / name
        if not path.is_file():
            raise Refused(f"There is no file {path}.")
        return path

    def delete(self, name: str) -> None:
        (self.path / name).unlink()


@dataclass(frozen=True)
class InBucket:
    bucket: s3.Bucket
    prefix: str

    def __str__(self) -> str:
        return f"s3://{self.bucket.name}/{self.prefix}"

    def names(self) -> list[str]:
        return sorted(key.removeprefix(self.prefix) for key in self.bucket.keys(self.prefix))

    @contextmanager
    def writing(self, name: str) -> Iterator[IO[bytes]]:
        with self.bucket.upload(self.prefix + name) as upload:
            yield upload  # type: ignore[misc]

    def fetched(self, name: str, scratch: Path) -> Path:
        """Copied into `scratch`: it is read twice, and it is sealed."""
        path = scratch / name
        with open(path, "wb", opener=private) as file, self.bucket.download(self.prefix + name) as source:
            shutil.copyfileobj(source, file, 1 << 20)
        return path

    def delete(self, name: str) -> None:
        self.bucket.delete(self.prefix + name)


def place(address: str) -> Place:
    """A folder that is there, or `s3://bucket/folder`. Raises Refused."""
    if address.startswith("s3://"):
        name, _, prefix = address.removeprefix("s3://").partition("/")
        return InBucket(s3.Bucket.from_environment(name), f"{prefix.strip('/')}/" if prefix.strip("/") else "")
    path = Path(address).expanduser().absolute()
    if not path.is_dir():
        raise Refused(
            f"There is no folder {path}. Make it, or mount the disk on which it lies; it is not made here, so that a "
            "disk that is not mounted is noticed."
        )
    return Folder(path)


def split(address: str) -> tuple[str, str]:
    """Place and name of one backup: `/mnt/copies` and `tongxing-….age`."""
    where, _, name = address.rpartition("/")
    if address.startswith("s3://"):
        return where, name
    path = Path(address).expanduser().absolute()
    return str(path.parent), path.name


def is_on_the_same_disk(address: str, folder: Path) -> bool:
    """Would the loss of the disk of `folder` take the backups along?"""
    return not address.startswith("s3://") and Path(address).expanduser().stat().st_dev == folder.stat().st_dev
