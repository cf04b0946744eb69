"""Copies of roots in a folder to which can only be added: what a full disk leaves of a line costs nothing."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tongxing.audit import roots

WEEK = datetime(2026, 11, 18, tzinfo=UTC)


def statements(since: int, until: int) -> list[tuple[datetime, str, bytes]]:
    return [(WEEK, json.dumps({"number": n, "reason": "硬盘\u2028坏了"}, ensure_ascii=False), b"s" * 64)
            for n in range(since, until)]  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Six statements, the key beside them."""
    (tmp_path / roots.KEY_FILE).write_text("00")
    roots.copy_out(statements(1, 7), tmp_path)
    [made] = tmp_path.glob("*.jsonl")
    return made


@pytest.mark.parametrize("cut", [2, 3, 90, 160])  # bytes that are missing from the last line
def test_half_a_line_is_written_anew_behind_itself(path: Path, cut: int) -> None:
    """A full disk, twice: of the second attempt less is left than of the first. Nothing that was written is taken back."""
    full = path.read_bytes()
    path.write_bytes(full[:-cut])
    assert roots.last(path.parent) == 5 and list(roots.copied(path.parent)) == [1, 2, 3, 4, 5]
    path.write_bytes(full[:-cut] + b"\n" + full.split(b"\n")[5][:20] + b"\n")  # even its end of line was still written
    assert roots.last(path.parent) == 5
    before = path.read_bytes()
    roots.copy_out(statements(6, 8), path.parent)
    assert path.read_bytes().startswith(before)
    assert roots.last(path.parent) == 7 and list(roots.copied(path.parent)) == [1, 2, 3, 4, 5, 6, 7]


def test_a_line_without_its_end_is_not_taken_for_copied(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])
    assert roots.last(path.parent) == 5
    roots.copy_out(statements(6, 8), path.parent)
    assert list(roots.copied(path.parent)) == [1, 2, 3, 4, 5, 6, 7]


def test_a_line_that_is_broken_otherwise_is_named(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"signature"', b'"signatura"', 1))
    roots.copy_out(statements(7, 8), path.parent)
    assert roots.last(path.parent) == 7
    with pytest.raises(ValueError, match=f"{path.name}, line 1"):
        roots.copied(path.parent)
