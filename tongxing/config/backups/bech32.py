"""Bech32, the way in which keys of age are written: letters that survive paper and telephone, with a check sum.

Source: BIP 173, without its limit of 90 characters, as age uses it.
"""

LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
CHECK = 6


def encode(prefix: str, data: bytes) -> str:
    """`prefix`1… in lower case."""
    values = _regrouped(data, 8, 5, pad=True)
    polymod = _polymod([*_spread(prefix), *values, *[0] * CHECK]) ^ 1
    check = [(polymod >> 5 * (CHECK - 1 - place)) & 31 for place in range(CHECK)]
    return f"{prefix}1" + "".join(LETTERS[value] for value in [*values, *check])


def decode(prefix: str, text: str) -> bytes:
    """The bytes. Raises ValueError for another prefix, a strange letter or a wrong check sum."""
    found, _, rest = text.strip().rpartition("1")
    if found != prefix or len(rest) < CHECK or any(letter not in LETTERS for letter in rest):
        raise ValueError(f"not a key: it should begin with {prefix}1")
    values = [LETTERS.index(letter) for letter in rest]
    if _polymod([*_spread(prefix), *values]) != 1:
        raise ValueError("not a key: a letter is wrong or missing")
    return bytes(_regrouped(values[:-CHECK], 5, 8, pad=False))


def _spread(prefix: str) -> list[int]:
    return [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, part in enumerate(GENERATOR):
            check ^= part if (top >> place) & 1 else 0
    return check


def _regrouped(data: bytes | list[int], from_bits: int, to_bits: int, *, pad: bool) -> list[int]:
    held, bits, made = 0, 0, []
    for value in data:
        held, bits = (held << from_bits) | value, bits + from_bits
        while bits >= to_bits:
            bits -= to_bits
            made.append((held >> bits) & ((1 << to_bits) - 1))
            held &= (1 << bits) - 1
    if pad and bits:
        made.append((held << (to_bits - bits)) & ((1 << to_bits) - 1))
    if not pad and (bits >= from_bits or held):
        raise ValueError("not a key: letters are left over")
    return made
