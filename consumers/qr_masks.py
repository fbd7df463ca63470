"""Lay a code's bits on the `qrcode` package's matrices, and choose the mask that the package would choose.

A matrix is one integer: row after row, the top left module in the highest bit, a dark module is 1. The
package draws each version's matrix of an empty code once per mask; a code under a mask is that matrix XOR its
bits, and the penalty of a mask is counted for all modules at once. This module never encodes a text.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from operator import itemgetter

from qrcode import base
from qrcode.constants import ERROR_CORRECT_M
from qrcode.main import ModulesType, QRCode

#: Error correction level M: 15 % of the code may be dirty or torn.
LEVEL = ERROR_CORRECT_M

_MASKS = range(8)


@dataclass(frozen=True, slots=True)
class Grid:
    """Which bits of a matrix have which neighbours: left is one bit higher, above is `side` bits higher."""

    side: int
    #: Every module.
    modules: int
    #: The modules with a module to their left, with one above, with ten to their left.
    has_left: int
    has_above: int
    has_ten_left: int


@dataclass(frozen=True, slots=True)
class Layout:
    """All that depends on the version alone."""

    grid: Grid
    #: Takes the code's bits and a closing "0"; gives one character per module, "0" where no bit goes.
    spread: Callable[[str], Sequence[str]]
    #: The empty code per mask as the package scores it: without format and version information.
    trials: tuple[int, ...]
    #: The empty code per mask as it is drawn.
    finals: tuple[int, ...]

    def best_matrix(self, bits: str) -> int:
        """Lay `bits` under the best mask: all data codewords, then all corrections, block by block."""
        code = int("".join(self.spread(bits + "0")), 2)
        best = min(_MASKS, key=lambda mask: lost_points(code ^ self.trials[mask], self.grid))
        return code ^ self.finals[best]


# The penalty


def lost_points(matrix: int, grid: Grid) -> int:
    """Count the penalty of a matrix exactly as `qrcode.util.lost_point` does."""
    side, light = grid.side, grid.modules ^ matrix
    # A module equals its neighbour where it differs from the neighbour's opposite.
    like_left = grid.has_left & (matrix ^ (light >> 1))
    like_above = grid.has_above & (matrix ^ (light >> side))
    squares = like_left & (like_left >> side) & like_above
    finders = grid.has_ten_left & _finder_like(matrix, light, 1)
    finders_down = _finder_like(matrix, light, side)
    return (
        _run_points(like_left, 1)
        + _run_points(like_above, side)
        + 3 * squares.bit_count()
        + 40 * (finders.bit_count() + finders_down.bit_count())
        # The package's own floating-point steps, so that a share on the edge falls to the same side.
        + 10 * int(abs(matrix.bit_count() / side**2 * 100 - 50) / 5)
    )


def _run_points(like_next: int, step: int) -> int:
    """Charge a run of n >= 5 equal modules n - 2: it holds n - 4 fives, n - 5 of which have a five after."""
    threes = like_next & (like_next >> step)
    fives = threes & (threes >> 2 * step)
    return 3 * fives.bit_count() - 2 * (fives & (fives >> step)).bit_count()


def _finder_like(dark: int, light: int, step: int) -> int:
    """Mark where 1011101 with 0000 before or after it starts. Modules outside are neither dark nor light."""
    dark_apart = dark & (dark >> 2 * step)
    light_apart = light & (light >> 4 * step)
    finder = dark_apart & (dark_apart >> 4 * step) & (dark >> 3 * step) & (light_apart >> step)
    light_pair = light & (light >> step)
    light_four = light_pair & (light_pair >> 2 * step)
    return (finder & (light_four >> 7 * step)) | (light_four & (finder >> 4 * step))


# What is made once per version


@cache
def grid_of(side: int) -> Grid:
    """Make the grid of matrices with `side` modules a side."""
    modules = (1 << side * side) - 1
    first_column = modules // ((1 << side) - 1)
    return Grid(
        side=side,
        modules=modules,
        has_left=first_column * ((1 << side - 1) - 1),
        has_above=modules >> side,
        has_ten_left=first_column * ((1 << side - 10) - 1),
    )


@cache
def layout_of(version: int) -> Layout:
    """Have the package draw the empty codes of a version: 1 ms for version 1, 110 ms for version 40."""
    codewords = sum(block.total_count for block in base.rs_blocks(version, LEVEL))
    empty, filled = _draw(version, 0, []), _draw(version, 0, [0xFF] * codewords)
    side = len(empty)
    places = (
        row * side + column for row, column in _zigzag(side) if empty[row][column] != filled[row][column]
    )
    source_of = dict(zip(places, _bits_in_turn(version), strict=True))
    return Layout(
        grid=grid_of(side),
        spread=itemgetter(*(source_of.get(place, 8 * codewords) for place in range(side * side))),
        trials=tuple(matrix_of(_draw(version, mask, [], trial=True)) for mask in _MASKS),
        finals=tuple(matrix_of(_draw(version, mask, [])) for mask in _MASKS),
    )


def matrix_of(modules: ModulesType) -> int:
    """Read the package's rows of modules as one integer."""
    return int("".join("1" if dark else "0" for row in modules for dark in row), 2)


def _draw(version: int, mask: int, codewords: list[int], *, trial: bool = False) -> ModulesType:
    code = QRCode(version=version, error_correction=LEVEL, mask_pattern=mask)
    code.data_cache = codewords
    code.makeImpl(trial, mask)
    return code.modules


def _zigzag(side: int) -> Iterator[tuple[int, int]]:
    """Go as the standard lays bits: over pairs of columns from the right, up and down in turn."""
    # Column 6 holds a timing pattern and belongs to no pair.
    pairs = [*range(side - 1, 7, -2), 5, 3, 1]
    for turn, right in enumerate(pairs):
        for row in range(side) if turn % 2 else reversed(range(side)):
            yield row, right
            yield row, right - 1


def _bits_in_turn(version: int) -> Iterator[int]:
    """Give each bit's index in the order of laying: the blocks' codewords take turns, corrections last."""
    blocks = base.rs_blocks(version, LEVEL)
    start = 0
    for counts in (
        [block.data_count for block in blocks],
        [block.total_count - block.data_count for block in blocks],
    ):
        starts = [start + sum(counts[:index]) for index in range(len(counts))]
        for turn in range(max(counts)):
            for first, count in zip(starts, counts, strict=True):
                if turn < count:
                    yield from range(8 * (first + turn), 8 * (first + turn) + 8)
        start += sum(counts)
