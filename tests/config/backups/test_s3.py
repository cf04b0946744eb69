"""Requests to an S3-compatible store: signatures as published, and the whole way against a store when one is given.

TONGXING_TEST_S3=http://127.0.0.1:5000 points at one that checks nothing or takes the keys of the environment.
"""

import os
import secrets
from pathlib import Path

import pytest

from tongxing.config.backups import places, s3
from tongxing.config.state import Refused

# The examples of the vendor's description of Signature Version 4.
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
HEADERS = {
    "Host": "examplebucket.s3.amazonaws.com",
    "x-amz-date": "20130524T000000Z",
    "x-amz-content-sha256": s3.EMPTY,
}


@pytest.mark.parametrize(
    ("method", "path", "query", "more", "expected"),
    [
        ("GET", "/test.txt", {}, {"Range": "bytes=0-9"}, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"),
        ("GET", "/", {"lifecycle": ""}, {}, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("GET", "/", {"max-keys": "2", "prefix": "J"}, {}, "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
        (
            "PUT", "/test$file.text", {},
            {
                "Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY",
                "x-amz-content-sha256": "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            },
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
    ],
)  # fmt: skip
def test_requests_are_signed_as_published(method, path, query, more, expected) -> None:
    signed = s3.signature(method, path, query, HEADERS | more, "us-east-1", KEY, SECRET)
    assert signed.endswith(f"Signature={expected}")


def test_keys_are_never_sent_without_tls(monkeypatch) -> None:
    for name, value in (("ENDPOINT", "http://store.example"), ("KEY", "k"), ("SECRET", "s")):
        monkeypatch.setenv(f"TONGXING_S3_{name}", value)
    with pytest.raises(Refused, match="https"):
        places.place("s3://backups/here")


def test_what_is_not_set_is_named(monkeypatch) -> None:
    for name in ("ENDPOINT", "KEY", "SECRET"):
        monkeypatch.delenv(f"TONGXING_S3_{name}", raising=False)
    with pytest.raises(Refused, match="TONGXING_S3_ENDPOINT, TONGXING_S3_KEY, TONGXING_S3_SECRET"):
        places.place("s3://backups")


@pytest.mark.skipif("TONGXING_TEST_S3" not in os.environ, reason="no store given in TONGXING_TEST_S3")
def test_a_file_goes_there_and_back_and_a_cut_one_leaves_nothing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("TONGXING_S3_ENDPOINT", os.environ["TONGXING_TEST_S3"])
    monkeypatch.setenv("TONGXING_S3_KEY", os.environ.get("TONGXING_S3_KEY", "test"))
    monkeypatch.setenv("TONGXING_S3_SECRET", os.environ.get("TONGXING_S3_SECRET", "test"))
    place = places.place(f"s3://tongxing-test/{secrets.token_hex(4)} 同行")
    content = os.urandom(s3.PART * 2 + 12345)
    with place.writing("one.age") as file:
        for at in range(0, len(content), 100_000):
            file.write(content[at : at + 100_000])

    def cut_off() -> None:
        with place.writing("cut.age") as file:
            file.write(content)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        cut_off()
    assert place.names() == ["one.age"]
    assert place.fetched("one.age", tmp_path).read_bytes() == content
    place.delete("one.age")
    assert place.names() == []
    with pytest.raises(Refused):
        place.fetched("one.age", tmp_path)
