"""Tables fit the terminal: they shrink where they may, and become blocks where that is not enough; no word is broken."""

import pytest
from rich.console import Console

from core.commands.fitting import elided, wrapped
from core.commands.text_table import Cell, Column, Fit, text_table

URL = "https://hooks.example.com/services/T00000000/B00000000/token"
COLUMNS = (
    Column("Count", is_right=True),
    Column("Name", Fit.MIDDLE, 8),
    Column("In flight"),
    Column("Why", Fit.WORDS, 10),
)
ROWS: list[list[Cell]] = [["1,000", "a-rather-long-name", "3", f"as they have asked for: {URL}"]]


def shown(width: int) -> list[str]:
    console = Console(width=width, soft_wrap=True, highlight=False)
    with console.capture() as captured:
        console.print(text_table(COLUMNS, ROWS, width))
    lines = captured.get().splitlines()
    assert max(len(line) for line in lines) <= width
    return [line.rstrip() for line in lines]


def test_where_there_is_room_nothing_is_cut() -> None:
    assert shown(130)[::2] == [
        "Count  Name                In flight  Why",
        f"1,000  a-rather-long-name  3          as they have asked for: {URL}",
    ]


def test_columns_shrink_as_they_may_and_long_addresses_go_on_after_a_stop() -> None:
    assert shown(50) == [
        "                          In",
        "Count  Name               flight  Why",
        "─" * 50,
        "1,000  a-rather-lo…-name  3       as they have",
        "                                  asked for:",
        "                                  https://hooks.",
        "                                  example.com/",
        "                                  services/",
        "                                  T00000000/",
        "                                  B00000000/token",
    ]


def test_where_columns_can_not_shrink_further_each_row_is_a_block_with_all_of_it() -> None:
    assert shown(30) == [
        "Count 1,000",
        "  Name: a-rather-long-name",
        "  In flight: 3",
        "  Why: as they have asked",
        "    for: https://hooks.",
        "    example.com/services/",
        "    T00000000/B00000000/token",
    ]


@pytest.mark.parametrize("width", range(12, 100))
def test_no_word_is_broken_at_any_width(width: int) -> None:
    words = {part for line in shown(width) for part in line.split()}

    assert {"1,000", "as", "they", "have", "asked"} <= words


def test_a_text_is_cut_in_its_middle_by_the_places_that_it_takes() -> None:
    assert elided("short", 5) == "short"
    assert elided("a-long-name", 8) == "a-lon…me"
    assert elided("two\nlines", 20) == "two lines"
    assert elided("夏のキャンペーン", 9) == "夏のキ…ン"


def test_lines_end_between_words_and_what_fits_keeps_its_blanks() -> None:
    assert wrapped("broker    ready", 20) == ["broker    ready"]
    assert wrapped("one two three", 8) == ["one two", "three"]
    assert wrapped("one\ntwo", 8) == ["one", "two"]
    assert wrapped("", 8) == [""]
    assert wrapped("x" * 30, 9) == ["xxxxxx…xx"]
