"""The tree is the standard's: known roots, and any change of any leaf changes the root."""

import hashlib
import random

import pytest

from tongxing.audit.rules.differences import ADDED, CHANGED, DELETED, REORDERED, Difference, differences
from tongxing.audit.rules.merkle import leaf, pieces, root, shortened

# The inputs and roots with which implementations of RFC 6962 are compared.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


@pytest.mark.parametrize("size", ROOTS)
def test_roots_are_those_of_the_standard(size: int) -> None:
    assert root([leaf(bytes.fromhex(one)) for one in INPUTS[:size]]).hex() == ROOTS[size]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root([]) == hashlib.sha256(b"").digest()


def test_a_node_cannot_pass_for_a_leaf() -> None:
    one, other = leaf(b"one"), leaf(b"other")
    assert root([one, other]) != root([leaf(one + other)])


def test_one_bit_anywhere_changes_the_root() -> None:
    chance = random.Random(26)
    for size in (1, 2, 3, 7, 33, 100):
        rows = [chance.randbytes(20) for _ in range(size)]
        whole = root([leaf(row) for row in rows])
        for place in range(size):
            spoiled = [*rows]
            spoiled[place] = bytes([rows[place][0] ^ 1, *rows[place][1:]])
            assert root([leaf(row) for row in spoiled]) != whole
            assert root([leaf(row) for row in rows[:place] + rows[place + 1 :]]) != whole


ABC = [b"a", b"b", b"c", b"d"]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (ABC, []),
        ([b"a", b"x", b"c", b"d"], [Difference(CHANGED, (1,))]),
        ([b"a", b"c", b"d"], [Difference(DELETED, (1,))]),
        ([b"a", b"b", b"x", b"c", b"d"], [Difference(ADDED, (2,))]),
        ([b"a", b"c", b"b", b"d"], [Difference(REORDERED, (1, 2))]),
        ([b"x", b"c", b"d"], [Difference(CHANGED, (0,)), Difference(DELETED, (1,))]),
        ([], [Difference(DELETED, (0, 1, 2, 3))]),
    ],
)
def test_what_happened_to_a_batch_is_named(found: list[bytes], told: list[Difference]) -> None:
    assert differences(ABC, found) == told


def test_the_beginnings_of_leaves_come_back_as_they_went() -> None:
    leaves = [leaf(bytes([n])) for n in range(5)]
    assert pieces(shortened(leaves)) == [one[:8] for one in leaves]
