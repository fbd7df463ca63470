"""The QR image is the package's default code, module for module, and reads back as its text."""

import io
from random import Random

import pytest
import qrcode
import zxingcpp
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image
from qrcode import util

from consumers.qr_image import MOST_BYTES, draw_png
from consumers.qr_masks import LEVEL, grid_of, layout_of, lost_points, matrix_of
from core.errors import Rejected

SHORT_URL = "https://sgnl.example/spring-sale-2026-ab"

#: Bytes that versions 1 to 12 hold at level M.
BYTES_PER_VERSION = (14, 26, 42, 62, 84, 106, 122, 152, 180, 213, 251, 287)

# Digits and capitals in runs get denser encodings of their own; umlauts take two bytes.
texts = st.lists(
    st.text("abcxyz/:-._?=&%äß€", max_size=60)
    | st.text("0123456789", min_size=15, max_size=60)
    | st.text("ABCXYZ $%*+-./:", min_size=15, max_size=60),
    max_size=4,
).map("".join)


def _matrix_by_package(text: str) -> list[list[bool]]:
    code = qrcode.QRCode(error_correction=LEVEL, mask_pattern=None)
    code.add_data(text)
    return code.get_matrix()


def _matrix(png: bytes) -> list[list[bool]]:
    image = Image.open(io.BytesIO(png))
    return [[image.getpixel((x, y)) == 0 for x in range(image.width)] for y in range(image.height)]


def _modules(matrix: int, side: int) -> list[list[bool | None]]:
    return [
        [bool(matrix >> (side * side - 1 - row * side - x) & 1) for x in range(side)] for row in range(side)
    ]


def _read(png: bytes) -> str:
    image = Image.open(io.BytesIO(png)).convert("L")
    scaled = image.resize((4 * image.width, 4 * image.height), Image.Resampling.NEAREST)
    (found,) = zxingcpp.read_barcodes(scaled)
    return found.text


# The same code as the package's


@settings(max_examples=60, deadline=None)
@given(texts)
@example("")
@example("0" * 20 + "A" * 20)
def test_any_text_gives_the_matrix_that_the_package_draws_by_default(text: str) -> None:
    assert _matrix(draw_png(text)) == _matrix_by_package(text)


@pytest.mark.parametrize("version", range(1, 13))
def test_the_fullest_code_of_a_version_is_the_packages_and_one_byte_more_takes_the_next(version: int) -> None:
    full = "".join(chr(97 + index * index % 23) for index in range(BYTES_PER_VERSION[version - 1]))

    matrices = [_matrix(draw_png(text)) for text in (full, full + "x")]

    assert [len(matrix) for matrix in matrices] == [17 + 4 * version + 8, 21 + 4 * version + 8]
    assert matrices[0] == _matrix_by_package(full)


@pytest.mark.parametrize("length", [1059, 1060, 1125, 1126, MOST_BYTES])
def test_large_codes_are_the_packages_too(length: int) -> None:
    text = ("https://sgnl.example/" * 200)[:length]

    assert _matrix(draw_png(text)) == _matrix_by_package(text)


# The same penalty as the package's


@pytest.mark.parametrize("version", range(1, 13))
def test_the_penalty_of_every_mask_is_the_packages(version: int) -> None:
    length = BYTES_PER_VERSION[version - 1]
    code = qrcode.QRCode(error_correction=LEVEL)
    code.add_data((SHORT_URL * 8)[:length])
    layout = layout_of(version)

    for mask in range(8):
        code.makeImpl(True, mask)
        assert lost_points(matrix_of(code.modules), layout.grid) == util.lost_point(code.modules)


@settings(max_examples=60, deadline=None)
@given(
    side=st.sampled_from([21, 25, 29, 57]),
    pattern=st.lists(st.sampled_from(["0000", "1011101", "11111", "01", "1"]), min_size=1, max_size=9).map(
        "".join
    ),
    turned=st.booleans(),
    noise=st.none() | st.integers(0, 2**32),
)
def test_the_penalty_of_any_matrix_is_the_packages(
    side: int, pattern: str, turned: bool, noise: int | None
) -> None:
    # One pattern over all rows makes the runs, squares and finder-like stretches that chance seldom makes.
    cells = (pattern * side * side)[: side * side]
    columns = "".join(cells[column::side] for column in range(side))
    matrix = int(columns if turned else cells, 2)
    if noise is not None:
        matrix ^= Random(noise).getrandbits(side * side)

    assert lost_points(matrix, grid_of(side)) == util.lost_point(_modules(matrix, side))


@pytest.mark.parametrize("period", ["0", "1", "01", "0011", "10111010000", "00001011101"])
def test_the_penalty_of_a_pattern_over_the_edges_of_rows_is_the_packages(period: str) -> None:
    matrix = int((period * 441)[:441], 2)

    assert lost_points(matrix, grid_of(21)) == util.lost_point(_modules(matrix, 21))


# The file


@settings(max_examples=40, deadline=None)
@given(texts.filter(bool))
def test_any_text_reads_back(text: str) -> None:
    assert _read(draw_png(text)) == text


def test_a_short_url_is_a_small_one_bit_png_with_a_white_quiet_zone() -> None:
    png = draw_png(SHORT_URL)

    image = Image.open(io.BytesIO(png))
    matrix = _matrix(png)
    assert (image.format, image.mode, image.size) == ("PNG", "1", (37, 37))
    assert len(png) < 320
    edge = [*matrix[:4], *matrix[-4:], *(row[:4] + row[-4:] for row in matrix)]
    assert not any(dark for line in edge for dark in line)
    assert matrix[4][4]


def test_the_same_text_gives_the_same_bytes_whatever_was_drawn_before() -> None:
    first = draw_png(SHORT_URL)

    draw_png("something else of another size" * 5)
    layout_of.cache_clear()

    assert draw_png(SHORT_URL) == first


@pytest.mark.parametrize("text", ["x" * (MOST_BYTES + 1), "7" * 5_597, "7" * 1_000_000])
def test_a_text_that_no_code_can_hold_is_rejected_with_its_length(text: str) -> None:
    with pytest.raises(Rejected, match=f" {len(text)} characters"):
        draw_png(text)


def test_the_longest_run_of_digits_still_fits() -> None:
    digits = "7" * 5_596

    assert _read(draw_png(digits)) == digits


# The work that is done once


def test_codes_of_one_size_share_what_all_of_them_have() -> None:
    layout_of.cache_clear()

    for number in range(20):
        draw_png(f"https://sgnl.example/{number:04}")

    assert layout_of.cache_info().misses == 1
