"""A fault is called the same everywhere, and says what it does now."""

import pytest

from core.consuming.faults import Fault, FaultKind, Figures
from core.operating.faults.words import fault_words


@pytest.mark.parametrize(
    ("figures", "used", "words"),
    [
        (Figures(next=1), 0, "qr rejects the next event"),
        (Figures(next=1), 1, "qr goes on rejecting the event that came"),
        (Figures(next=3), 1, "qr rejects the next 3 events (1 so far)"),
        (Figures(next=3), 3, "qr goes on rejecting the 3 events that came"),
        (Figures(next=1, transient=True), 0, "qr fails 1 time"),
        (Figures(next=3, transient=True), 2, "qr fails 3 times (2 so far)"),
        (Figures(share=0.125), 0, "qr rejects 12.5 % of events"),
    ],
)
def test_what_fails_says_how_often_and_what_it_still_does(figures: Figures, used: int, words: str) -> None:
    assert fault_words(Fault(1, "qr", FaultKind.FAIL, figures, "ann", 0.0, used=used)) == words
