"""Fixtures for the Events page: over a desk on which nothing runs, unless a test opens a whole window."""

import pytest

from core.operating.desk import Desk
from gui.events.page import EventsPage
from gui.main_window import MainWindow
from tests.gui.events.looking import Soon, look


@pytest.fixture
def desk(attached: Desk) -> Desk:
    """Give a desk that only reads and commands: no broker, no worker."""
    return attached


@pytest.fixture
def frame(light_frame: MainWindow) -> MainWindow:
    """Give the window of that desk."""
    return light_frame


@pytest.fixture
def page(frame: MainWindow, soon: Soon) -> EventsPage:
    """Give the page, looked at."""
    return look(frame, soon)
