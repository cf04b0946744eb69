"""Identifiers sort in the order in which they were made, and codes survive being read aloud."""

import time
import uuid

from tongxing.core.ids import folded_code, spoken_code, uuid7


def test_identifiers_of_one_request_keep_the_order_in_which_they_were_made() -> None:
    made = [uuid7() for _ in range(500)]
    assert made == sorted(made) and len(set(made)) == 500


def test_an_identifier_is_one_of_version_7_and_tells_when_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    one = uuid7()
    assert one.version == 7 and one.variant == uuid.RFC_4122
    assert before <= one.int >> 80 <= time.time_ns() // 1_000_000


def test_a_code_is_found_again_as_people_type_it() -> None:
    code = spoken_code(8)
    typed = f" {code[:4].lower()}-{code[4:]} "
    assert folded_code(typed) == code == folded_code("".join(chr(ord(c) + 0xFEE0) for c in code))
