"""A row of journeys is painted once for all that it says and how it looks, and no more are kept than there are rows."""

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication

from core.operating.snapshot import Journey
from gui.overview.journey_pictures import ROW_HEIGHT, Look, RowPictures
from gui.overview.journey_rows import JourneyRow, journey_row
from gui.theme import Choice, Theme

LOOK = Look(
    columns=((0, 0, 120), (1, 120, 62), (2, 182, 62), (3, 244, 62), (4, 306, 70)),
    count=5,
    ratio=1.0,
    is_dark=False,
    is_selected=False,
    has_focus=False,
)


@pytest.fixture
def pictures(qapp: QApplication) -> RowPictures:
    return RowPictures(Theme(qapp, Choice.LIGHT))


def row(link_id: str, applied_ms: float | None = None) -> JourneyRow:
    journey = Journey(
        link_id=link_id,
        event_id=f"event of {link_id}",
        trace_id="0" * 32,
        slug="8kq2m3x",
        short_url="http://localhost/8kq2m3x",
        target_url="https://example.com/",
        team="Home",
        created_at=1_700_000_000.0,
        published_ms=3.0,
        applied_ms=(("billing", applied_ms),),
    )
    return journey_row(journey, {})


def test_a_row_is_painted_again_only_when_it_says_something_else_or_looks_otherwise(
    pictures: RowPictures,
) -> None:
    first = pictures.get(row("a"), LOOK)

    assert pictures.get(row("a"), LOOK).cacheKey() == first.cacheKey()
    assert pictures.get(row("a", 12.0), LOOK).toImage() != first.toImage()
    selected = pictures.get(row("a"), replace(LOOK, is_selected=True))
    assert selected.toImage() != first.toImage()
    assert pictures.get(row("a"), LOOK).toImage() == first.toImage()


def test_a_row_is_as_sharp_as_the_screen(pictures: RowPictures) -> None:
    picture = pictures.get(row("a"), replace(LOOK, ratio=2.0))

    assert (picture.width(), picture.height()) == (2 * 376, 2 * ROW_HEIGHT)
    assert picture.deviceIndependentSize().toTuple() == (376.0, float(ROW_HEIGHT))


def test_pictures_of_rows_that_have_gone_are_let_go(pictures: RowPictures) -> None:
    first = pictures.get(row("a"), LOOK)
    pictures.get(row("b"), LOOK)

    pictures.keep_only([row("b")])

    assert pictures.get(row("a"), LOOK).cacheKey() != first.cacheKey()
