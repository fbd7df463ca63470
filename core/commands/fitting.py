"""Text that is made to fit so many characters of a terminal, without ever breaking a word in its middle.

Widths are those of a terminal: characters of East Asian scripts take two places, marks that sit on others none.
"""

import re
from collections.abc import Iterator

from rich.cells import cell_len

_CUT = "…"
#: A word with the blanks before it.
_WORD = re.compile(r"(\s*)(\S+)")
#: Long addresses and names go on in the next line after one of these.
_PIECE = re.compile(r"[^/\-_.,:;?&=@]*[/\-_.,:;?&=@]+|[^/\-_.,:;?&=@]+")


def elided(text: str, width: int) -> str:
    """Cut a text in its middle, in one line: begin and end tell more than what is between them."""
    line = " ".join(text.split())
    if cell_len(line) <= width:
        return line
    tail = (width - 1) // 3
    return f"{_begin(line, width - 1 - tail)}{_CUT}{_begin(line[::-1], tail)[::-1]}"


def _begin(text: str, width: int) -> str:
    """Give as much of a text's begin as there is room for."""
    taken = 0
    for number, character in enumerate(text):
        taken += cell_len(character)
        if taken > width:
            return text[:number]
    return text


def wrapped(text: str, width: int) -> list[str]:
    """Break a text into lines between its words; a word longer than a line goes on after one of its stops or dashes."""
    return [line for paragraph in text.split("\n") for line in _lines(paragraph, width)]


def _lines(paragraph: str, width: int) -> Iterator[str]:
    line = ""
    for blank, word in _WORD.findall(paragraph):
        pieces = [word] if cell_len(word) <= width else _PIECE.findall(word)
        for number, piece in enumerate(pieces):
            before = blank if line and number == 0 else ""
            if line and cell_len(line + before + piece) > width:
                yield line
                line = before = ""
            # What has neither stops nor dashes over a whole line is cut in its middle.
            line += before + elided(piece, width)
    yield line
