"""A sealed file gives back exactly what was written, or nothing: cut, flipped, reordered and foreign ones are refused."""

import base64
import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tongxing.config.backups import bech32, sealing
from tongxing.config.state import Refused

SECRET, PUBLIC = sealing.new_key()
SEALED_CHUNK = sealing.CHUNK + sealing.TAG
# Written by pyrage 1.3, another program of the format, for the key of the bytes 0 to 31.
BY_ANOTHER = """
YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSAwV3Y4WUJoMDlBZm1BUXB0TVlkQkpIcWg3bk1mVnBVbU92VUdOQkJOU3lzCjNOWDQwSCt0aitjeTR4
TGVPMXBXL29pRkV3TVVVRjVSeTNpRzZabTBSczgKLT4gIytDLWdyZWFzZSBrKXsKN2NkK2xqelJkekNSMDlFOUlqV29ta0VaYTRjU0hLbUI0YmR2UFlXR2lE
OUtVZTd0bTNsRitWU1Nkbng0Q2xjdwpkOUZRCi0tLSBBNTc1clhnenc5aW0xRGttYWNIWkg4empuMncrVTFEenNHc2w5dGxzZ3BvCpSZb/8Rp2AJA8Yzw7dL
Rc3qX3PR13DcU5LvqfMQES3Bj6NdTu4H7EfScNncpNccaSHn9D9MV53qmgo="""


def sealed(content: bytes, *recipients: str) -> bytes:
    file = io.BytesIO()
    writer = sealing.Sealed(file, recipients or (PUBLIC,))
    writer.write(content)
    writer.finish()
    return file.getvalue()


def opened(file: bytes, secret: str = SECRET) -> bytes:
    return bytes(sealing.Opened(io.BytesIO(file), [secret]).readall())


@settings(max_examples=30)
@given(st.lists(st.integers(0, 150_000), max_size=4))
def test_what_goes_in_comes_out_in_whatever_pieces(sizes: list[int]) -> None:
    pieces = [os.urandom(size) for size in sizes]
    file = io.BytesIO()
    writer = sealing.Sealed(file, [PUBLIC])
    for piece in pieces:
        writer.write(piece)
    writer.finish()
    assert opened(file.getvalue()) == b"".join(pieces)
    assert writer.size == len(file.getvalue())


@pytest.mark.parametrize("size", [0, 1, sealing.CHUNK - 1, sealing.CHUNK, sealing.CHUNK + 1, 2 * sealing.CHUNK])
def test_sizes_around_a_chunk_come_back(size: int) -> None:
    content = os.urandom(size)
    assert opened(sealed(content)) == content


def test_each_of_several_keys_opens_it() -> None:
    other_secret, other_public = sealing.new_key()
    file = sealed(b"travelling together", other_public, PUBLIC)
    assert opened(file) == opened(file, other_secret) == b"travelling together"


def test_another_program_of_the_format_is_understood() -> None:
    secret = bech32.encode("age-secret-key-", bytes(range(32))).upper()
    assert sealing.public_key(secret) == "age13aqvttdk3ujkyjh9kg2w5an6dmy5mq5a84a4uxk3hfhnugfc9p0sy5p2wh"
    assert opened(base64.b64decode(BY_ANOTHER), secret) == "同行 travelling together".encode()


def test_a_cut_at_any_byte_is_refused() -> None:
    file = sealed(b"x" * 300)
    for size in range(len(file)):
        with pytest.raises(Refused):
            opened(file[:size])
    assert opened(file) == b"x" * 300  # the control


def test_a_cut_between_chunks_is_refused() -> None:
    file = sealed(os.urandom(3 * sealing.CHUNK))
    head = len(file) - 3 * SEALED_CHUNK
    for chunks in range(3):
        with pytest.raises(Refused, match="missing"):
            opened(file[: head + chunks * SEALED_CHUNK])


def test_any_flipped_bit_is_refused() -> None:
    file = sealed(b"y" * 200)
    for place in range(len(file)):
        for bit in (1, 128):
            flipped = bytearray(file)
            flipped[place] ^= bit
            with pytest.raises(Refused):
                opened(bytes(flipped))


def test_chunks_out_of_order_doubled_or_left_out_are_refused() -> None:
    file = sealed(os.urandom(4 * sealing.CHUNK))
    start = len(file) - 4 * SEALED_CHUNK
    head, chunks = file[:start], [file[start + n * SEALED_CHUNK :][:SEALED_CHUNK] for n in range(4)]
    for order in ([1, 0, 2, 3], [0, 0, 1, 2, 3], [0, 2, 3], [0, 1, 2, 3, 3], [3]):
        with pytest.raises(Refused):
            opened(head + b"".join(chunks[n] for n in order))
    assert len(opened(head + b"".join(chunks))) == 4 * sealing.CHUNK


def test_chunks_of_another_file_for_the_same_key_are_refused() -> None:
    one, other = (sealed(os.urandom(2 * sealing.CHUNK)) for _ in range(2))
    with pytest.raises(Refused):
        opened(one[:-SEALED_CHUNK] + other[-SEALED_CHUNK:])


def test_another_key_is_told_from_a_damaged_file() -> None:
    with pytest.raises(Refused, match="None of the given keys"):
        opened(sealed(b"z"), sealing.new_key()[0])


OTHER = "B" if SECRET[-1] != "B" else "C"
MISTYPED = {
    "head": "AGE-SECRET-KEY-1",
    "short": "age1xyz",
    "": "",
    "cut": SECRET[:-1],
    "end": SECRET[:-1] + OTHER,
    "public": PUBLIC,
}


@pytest.mark.parametrize("text", MISTYPED.values(), ids=MISTYPED.keys())
def test_a_mistyped_key_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        sealing.public_key(text)
