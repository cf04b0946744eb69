"""Pieces of the database's log between backups: each one finished file of it, sealed like a backup, with what it follows.

A piece is a line of JSON and then the file without the zeros at its end. The last piece of a round says at which moment
everything acknowledged is in it; only there can a restore stop.
"""

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tongxing.config.backups import rules, sealing
from tongxing.config.backups.places import Place
from tongxing.config.state import Refused

FORMAT = 1


@dataclass(frozen=True)
class Piece:
    """`segment`: the log's file; `previous`: SHA-256 of the content before; `at`, `mark`: moment and place of a round's end."""

    house: str
    system: str  # the database's own number; a copy that went on elsewhere keeps it, another cluster does not
    segment: str
    previous: str
    size: int  # bytes of the whole file
    at: str = ""
    mark: str = ""
    format: int = FORMAT


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def send(place: Place, name: str, piece: Piece, content: bytes, recipients: Sequence[str]) -> None:
    """Seal and put down under `name`; the name is there only when the whole piece is."""
    with place.writing(name) as sink:
        sealed = sealing.Sealed(sink, recipients)
        with gzip.GzipFile(fileobj=sealed, mode="wb", compresslevel=1, mtime=0) as packed:
            packed.write(json.dumps(asdict(piece)).encode() + b"\n" + content)
        sealed.finish()


def opened(path: Path, keys: Sequence[str]) -> tuple[Piece, bytes]:
    """What the piece says and its content. Raises Refused for one that is not as it was made, or not under its name."""
    try:
        with path.open("rb") as file, gzip.GzipFile(fileobj=io.BufferedReader(sealing.Opened(file, keys))) as packed:
            said, content = packed.readline(), packed.read()
        piece = Piece(**json.loads(said))
    except (zlib.error, EOFError, gzip.BadGzipFile, ValueError, TypeError) as error:
        raise Refused(sealing.DAMAGED.format(what=f"its content cannot be read ({type(error).__name__})")) from error
    if piece.format != FORMAT:
        raise Refused(f"It has format {piece.format}, this program reads {FORMAT}. Use the program that made it.")
    if rules.piece_of(path.name, piece.house) != piece.segment:
        raise Refused(f"It is {piece.segment} and lies under the name of another.")
    return piece, content
