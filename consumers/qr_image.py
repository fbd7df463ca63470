"""Draw the QR code of a text as a PNG: one pixel per module, dark on white, 1 bit per pixel.

The code is, module for module, what the `qrcode` package draws by default (error correction M, best
mask, quiet zone of four modules), only faster: docs/decisions/0010-qr-mask.md. This module never scales.
"""

from bisect import bisect_left
from functools import cache
from io import BytesIO
from itertools import accumulate, pairwise

from PIL import Image
from qrcode import LUT, base, util

from consumers.qr_masks import LEVEL, layout_of
from core.errors import Rejected

#: White modules on each side; the standard asks for four.
QUIET_ZONE = 4

#: Runs of digits or capitals of at least this length get their own, denser encoding; the package's default.
_SHORTEST_RUN = 20

#: Bits for data per version, from 1 on; the entry 0 is no version.
_DATA_BITS = util.BIT_LIMIT_TABLE[LEVEL]

#: What the largest version always holds, after a mode and a length of 4 and 16 bits.
MOST_BYTES = (_DATA_BITS[40] - 20) // 8

#: The densest text, digits only, takes ten bits for three characters.
_MOST_CHARACTERS = _DATA_BITS[40] * 3 // 10


def draw_png(text: str) -> bytes:
    """Draw `text` as a PNG; the same text always gives the same bytes.

    Raises:
        Rejected: the text doesn't fit into the largest code, which holds any `MOST_BYTES`, and more digits.
    """
    version, data = _encode(text)
    codewords = data + _corrections(version, data)
    bits = f"{int.from_bytes(codewords):0{8 * len(codewords)}b}"
    layout = layout_of(version)
    return _png(layout.best_matrix(bits), layout.grid.side)


# From text to codewords


class _Bits(util.BitBuffer):
    """The package's bit buffer kept as one integer: its own goes bit by bit."""

    number = 0

    def put(self, num: int, length: int) -> None:
        self.number = (self.number << length) | num
        self.length += length


def _encode(text: str) -> tuple[int, bytes]:
    """Give the smallest version that holds the text, and its data codewords."""
    if len(text) <= _MOST_CHARACTERS:
        chunks = list(util.optimal_data_chunks(text, _SHORTEST_RUN))
        # The fields for lengths grow after version 9 and after version 26, so the bits depend on the version.
        for last in (9, 26, 40):
            bits = _write(chunks, last)
            version = bisect_left(_DATA_BITS, bits.length, 1, last + 1)
            if version <= last:
                return version, _pad(bits, _DATA_BITS[version])
    raise Rejected(
        f"A text of {len(text)} characters is too long for a QR code. Shorten it to {MOST_BYTES} bytes."
    )


def _write(chunks: list[util.QRData], version: int) -> _Bits:
    bits = _Bits()
    sizes = util.mode_sizes_for_version(version)
    for chunk in chunks:
        bits.put(chunk.mode, 4)
        bits.put(len(chunk), sizes[chunk.mode])
        if chunk.mode == util.MODE_8BIT_BYTE:
            bits.put(int.from_bytes(chunk.data), 8 * len(chunk))
        else:
            chunk.write(bits)
    return bits


def _pad(bits: _Bits, capacity: int) -> bytes:
    """Close with up to four zeros, fill the last byte, then fill up with the two padding bytes in turn."""
    used = -(-min(bits.length + 4, capacity) // 8)
    number = bits.number << (8 * used - bits.length)
    missing = capacity // 8 - used
    return number.to_bytes(used) + bytes((util.PAD0, util.PAD1) * (missing // 2 + 1))[:missing]


def _corrections(version: int, data: bytes) -> bytes:
    """Give the Reed-Solomon correction codewords of every block, one block after the other."""
    blocks = base.rs_blocks(version, LEVEL)
    bounds = pairwise(accumulate((block.data_count for block in blocks), initial=0))
    # All blocks of a version have the same number of correction codewords.
    count = blocks[0].total_count - blocks[0].data_count
    return b"".join(_remainder(data[start:end], count) for start, end in bounds)


def _remainder(block: bytes, count: int) -> bytes:
    """Divide a block by the generator polynomial, one table look-up per byte."""
    multiples = _generator_multiples(count)
    top = 8 * (count - 1)
    below_top = (1 << top) - 1
    rest = 0
    for byte in block:
        rest = ((rest & below_top) << 8) ^ multiples[byte ^ (rest >> top)]
    return rest.to_bytes(count)


@cache
def _generator_multiples(count: int) -> tuple[int, ...]:
    """Multiply the package's generator polynomial of this degree, without its leading 1, by each byte."""
    terms = [base.glog(term) for term in LUT.rsPoly_LUT[count][1:]]
    multiples = [0] * 256
    for bit in range(8):
        multiples[1 << bit] = int.from_bytes(bytes(base.gexp(term + bit) for term in terms))
    for byte in range(256):
        lowest = byte & -byte
        multiples[byte] = multiples[lowest] ^ multiples[byte ^ lowest]
    return tuple(multiples)


# From matrix to file


def _png(matrix: int, side: int) -> bytes:
    """Write the matrix, dark on white, with its quiet zone."""
    width = side + 2 * QUIET_ZONE
    row_bytes = -(-width // 8)
    # In a PNG 1 is white. What fills up a row's last byte is never shown.
    white = (1 << 8 * row_bytes) - 1
    dark, indent = (1 << side) - 1, 8 * row_bytes - QUIET_ZONE - side
    margin = bytes([0xFF]) * (QUIET_ZONE * row_bytes)
    rows = [
        (white ^ (((matrix >> shift) & dark) << indent)).to_bytes(row_bytes)
        for shift in range(side * (side - 1), -1, -side)
    ]
    file = BytesIO()
    Image.frombytes("1", (width, width), b"".join((margin, *rows, margin))).save(file, "PNG")
    return file.getvalue()
