"""What an uploaded file is, by its content and never by its name. Pure: bytes in, `Checked` out, `BadFile` with a remedy.

Accepted: PDF, Office (OOXML) and OpenDocument files without macros, PNG and JPEG, CSV. What can run or call out is
refused; pictures lose what the camera wrote into them (place, time, owner).
"""

import html
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from tongxing.core.spreadsheets import is_formula_like

LARGEST = 10 * 1024 * 1024  # bytes
UNPACKED = 100 * 1024 * 1024  # bytes; a small file that unpacks to more is refused unread
OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."
OFFICE = {
    f"{OOXML}wordprocessingml.document": ".docx",
    f"{OOXML}spreadsheetml.sheet": ".xlsx",
    f"{OOXML}presentationml.presentation": ".pptx",
    f"{ODF}text": ".odt",
    f"{ODF}spreadsheet": ".ods",
    f"{ODF}presentation": ".odp",
}
# Parts of a package that hold programs or foreign files.
RUNS = re.compile(r"vbaproject|activex|/embeddings/|(^|/)(basic|scripts)/|\.(exe|dll|js|vbs|jar|html?|svg)$")
DECLARED = re.compile(r"macroenabled|vbaproject|macrosheet|activex|oleobject", re.IGNORECASE)
# Links of a part by which a program or foreign file comes in when the file is opened.
LINKS = re.compile(r"/(attachedTemplate|oleObject|externalLinkPath|frame|subDocument)\s*[\"']")
# Actions of a PDF that run something or open another file.
ACTIONS = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA)\b")
# /ObjStm, each letter of which may be written as #xx, and where its stream begins.
OBJECTS = re.compile(
    b"/" + b"".join(rb"(?:%c|#(?i:%02x))" % (letter, letter) for letter in b"ObjStm") + rb"\b.{0,400}?stream\r?\n",
    re.DOTALL,
)
STREAMS = 2_000  # object streams of a PDF; each holds about a hundred objects
SAID = 8 * 1024 * 1024  # bytes of a list of types or links; a workbook with ten thousands of links has two
PIECE = 4096  # bytes that are unpacked at a time
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # what ends the data of a scan of a JPEG
PLAIN_NUMBER = re.compile(r"[-+]?[\d., %]*")  # -3.5, and the dash of an empty cell
MARKUP = re.compile(r"<\s*(!doctype|html|svg|script|\?xml)", re.IGNORECASE)
# Of a JPEG, the application segments that say how colours are meant.
COLOURS = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
# Everything by which a damaged package makes itself known.
UNREADABLE = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(KeyError, OSError, OverflowError, RuntimeError, ValueError),
)


class BadFile(ValueError):
    """A file that is not taken: `code` says why (empty | too_large | unknown | macros | formula | broken | markup)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Checked:
    """A file as it is kept: cleaned name with the ending of its content, media type, bytes and their SHA-256."""

    name: str
    media_type: str
    content: bytes
    sha256: str


def checked(name: str, content: bytes) -> Checked:
    """The file as it may be kept. Raises BadFile."""
    if not content:
        raise BadFile("empty")
    if len(content) > LARGEST:
        raise BadFile("too_large")
    media_type, ending, kept = _known(content)
    return Checked(clean_name(name, ending), media_type, kept, sha256(kept).hexdigest())


def clean_name(name: str, ending: str) -> str:
    """The last part of a path without control, order and reserved characters, ending as its content asks; ≤ 100."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFKC", name))[-1]
    plain = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C" and sign not in '<>:"|?*;%')
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", plain).strip(" .")
    return f"{stem[:90] or 'document'}{ending}"


def _known(content: bytes) -> tuple[str, str, bytes]:
    if content.startswith(b"%PDF-"):
        return "application/pdf", ".pdf", _pdf(content)
    if content.startswith(b"PK\x03\x04"):
        media_type = _package(content)
        return media_type, OFFICE[media_type], content
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png", ".png", _png(content)
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg", ".jpg", _jpeg(content)
    return "text/csv", ".csv", _csv(content)


def _pdf(content: bytes) -> bytes:
    if b"%%EOF" not in content[-2048:]:
        raise BadFile("broken")
    for piece in (content, *_unpacked(content)):
        # A name may be written with #xx for any of its letters.
        plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), piece)
        if ACTIONS.search(plain):
            raise BadFile("macros")
    return content


def _unpacked(content: bytes) -> Iterator[bytes]:
    """The compressed object streams of a PDF, in which actions could hide. Raises BadFile when they grow too large."""
    room, view = UNPACKED, memoryview(content)  # a view: to take the rest of the file for each stream copies nothing
    for count, found in enumerate(OBJECTS.finditer(content)):
        if count == STREAMS:
            raise BadFile("broken")
        inflate, pieces = zlib.decompressobj(), [b""]
        with suppress(zlib.error):  # not compressed this way: then it was searched as it stands
            for start in range(found.end(), len(view), PIECE):
                pieces.append(inflate.decompress(view[start : start + PIECE], room))
                room -= len(pieces[-1])
                if inflate.unconsumed_tail or room <= 0:
                    raise BadFile("broken")
                if inflate.eof:
                    break
        yield b"".join(pieces)


def _package(content: bytes) -> str:
    try:
        with zipfile.ZipFile(BytesIO(content)) as package:
            parts = package.infolist()
            names = [part.filename.lower() for part in parts]
            if sum(part.file_size for part in parts) > UNPACKED or any(part.flag_bits & 1 for part in parts):
                raise BadFile("broken")
            declared = _declared(package, names)
            links = [part for part in package.namelist() if part.lower().endswith(".rels")]
            linked = any(LINKS.search(_said(package, name)) for name in links)
    except BadFile:
        raise
    except UNREADABLE as error:
        raise BadFile("broken") from error
    if linked or DECLARED.search(declared) or any(RUNS.search(name) for name in names):
        raise BadFile("macros")
    for media_type in OFFICE:
        if declared == media_type or f'"{media_type}.main+xml"' in declared:
            return media_type
    raise BadFile("unknown")


def _declared(package: zipfile.ZipFile, names: list[str]) -> str:
    """What a package says it is: the list of content types of OOXML, the type of OpenDocument."""
    for name in ("[Content_Types].xml", "mimetype"):
        if name.lower() in names:
            return _said(package, name).strip()
    raise BadFile("unknown")


def _said(package: zipfile.ZipFile, name: str) -> str:
    """A part as the program that opens it reads it. Raises BadFile for writing that would hide words from a search."""
    if package.getinfo(name).file_size > SAID:
        raise BadFile("broken")
    text = package.read(name)
    if b"\0" in text or b"<!DOCTYPE" in text:
        raise BadFile("broken")
    return html.unescape(text.decode("utf-8", "replace"))


def _png(content: bytes) -> bytes:
    """Without text, time and EXIF chunks."""
    kept, place = [content[:8]], 8
    while place + 12 <= len(content):
        size = int.from_bytes(content[place : place + 4])
        kind, end = content[place + 4 : place + 8], place + 12 + size
        if end > len(content):
            break
        if kind not in (b"tEXt", b"iTXt", b"zTXt", b"eXIf", b"tIME"):
            kept.append(content[place:end])
        if kind == b"IEND":
            return b"".join(kept)
        place = end
    raise BadFile("broken")


def _jpeg(content: bytes) -> bytes:
    """The segments that a picture is made of, up to its own end: a second picture may hang behind, with its own place.

    Of application segments those stay that say how colours are meant (JFIF, ICC, Adobe). Of what the camera wrote one
    number stays: which side is up, without which telephones' pictures lie on their side.
    """
    kept, place = [content[:2]], 2
    while place + 2 <= len(content) and content[place] == 0xFF:
        marker = content[place + 1]
        if marker == 0xD9:
            return b"".join([*kept, content[place : place + 2]])
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4])
        said = content[place + 4 : end]
        if marker == 0xE1 and (side := _side_up(said)) > 1:
            kept.append(_only_side_up(side))
        if 0xC0 <= marker <= 0xDF or (marker in COLOURS and said.startswith(COLOURS[marker])):
            kept.append(content[place:end])
        if marker == 0xDA:
            if not (found := MARKER.search(content, end)):
                break
            kept.append(content[end : found.start()])
            end = found.start()
        place = end
    raise BadFile("broken")


def _side_up(exif: bytes) -> int:
    """The orientation 1 to 8 that an EXIF segment states; 0 where it states none, or is no EXIF."""
    head = exif[6:]
    order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
    if not exif.startswith(b"Exif\0\0") or not order:
        return 0
    try:
        (start,) = struct.unpack_from(f"{order}I", head, 4)
        (entries,) = struct.unpack_from(f"{order}H", head, start)
        for entry in range(min(entries, 100)):
            tag, kind, count, value = struct.unpack_from(f"{order}HHIH", head, start + 2 + 12 * entry)
            if (tag, kind, count) == (0x0112, 3, 1):
                return value if 1 <= value <= 8 else 0
    except struct.error:
        pass
    return 0


def _only_side_up(side: int) -> bytes:
    """An EXIF segment that states the orientation and nothing else."""
    said = b"Exif\0\0MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, side, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", len(said) + 2) + said


def _csv(content: bytes) -> bytes:
    """Text of several lines and columns; UTF-8 or GB 18030, kept as UTF-8."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        break
    else:
        raise BadFile("unknown")
    if MARKUP.search(text[:4096]):
        raise BadFile("markup")
    cells = re.split(r"[,;\t\r\n]+", text)
    if any(unicodedata.category(sign) == "Cc" and sign not in "\t\r\n" for sign in text) or len(cells) < 2:
        raise BadFile("unknown")
    if any(is_formula_like(cell := each.strip('" ')) and not PLAIN_NUMBER.fullmatch(cell) for each in cells):
        raise BadFile("formula")
    return text.encode("utf-8-sig")
