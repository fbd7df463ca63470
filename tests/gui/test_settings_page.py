"""The Settings page through the real window: what was given, the connection test, and what can be chosen."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QApplication, QLabel

from core.operating.connections import Finding
from core.operating.desk import Desk
from core.operating.snapshot import Severity
from core.settings import Settings
from gui.application import Window
from gui.bridge import Bridge
from gui.main_window import MainWindow, kept_choice, open_preferences
from gui.notifier import is_wanted
from gui.pages import PAGES
from gui.settings.given import limits, switches
from gui.settings.page import SettingsPage
from gui.settings.window_card import WindowCard
from gui.theme import Choice, Theme

Soon = Callable[[Callable[[], object]], None]
NUMBER = [place.title for place in PAGES].index("Settings")


@pytest.fixture
def page(frame: MainWindow, soon: Soon) -> SettingsPage:
    """Give the page, looked at and tested once."""
    frame.go(NUMBER)
    shown = frame.pages.looked_at
    assert isinstance(shown, SettingsPage)
    soon(lambda: shown.connections.is_tested)
    return shown


def test_a_new_installation_is_as_it_should_be_and_says_where_everything_is(
    page: SettingsPage, desk: Desk, soon: Soon
) -> None:
    card = page.connections
    QAbstractItemModelTester(card.table.rows, QAbstractItemModelTester.FailureReportingMode.Fatal, page)
    assert page.places.texts["Data dir"] == str(desk.settings.data_dir)
    assert page.places.texts["Broker"] == "embedded"
    assert page.limits.texts["Retention"].startswith("7 days: ")
    assert {finding.part for finding in card.table.rows.rows} == {"data dir", "database", "broker"}
    assert [row.badge.word for row in page.switch_rows] == ["off", "off", "off"]

    QTest.mouseClick(card.again, Qt.MouseButton.LeftButton)
    assert not card.again.isEnabled()

    soon(card.again.isEnabled)
    assert card.badge.word in ("all as it should be", "1 warning")

    bad = Finding("broker", "policy", "It drops entries.", Severity.BAD, "Set it to noeviction.")
    warning = Finding("broker", "latency", "It takes 80 ms.", Severity.WARN, "Nearer.")
    page.connections._take((warning, bad))

    assert page.connections.badge.word == "1 problem"
    assert page.connections.whole.text() == "It drops entries. Set it to noeviction."
    page.connections.table.step(-1)
    assert page.connections.whole.text() == "It takes 80 ms. Nearer."


def test_colours_and_notifications_are_kept_and_a_dangerous_switch_gives_the_line_that_turns_it(
    opened: Window, page: SettingsPage, settings: Settings
) -> None:
    colours = page.window_card.colours
    colours.setCurrentIndex(colours.findData(Choice.DARK))
    colours.activated.emit(colours.currentIndex())

    assert opened.theme.is_dark
    assert opened.frame.rail.choice.currentData() == Choice.DARK
    assert kept_choice(open_preferences(settings.data_dir)) is Choice.DARK
    opened.frame.rail.choice.setCurrentIndex(opened.frame.rail.choice.findData(Choice.LIGHT))
    assert colours.currentData() == Choice.LIGHT

    box = page.window_card.notifications
    assert not box.isChecked()
    assert box.isEnabled() or "can't be shown here" in box.toolTip()
    box.setEnabled(True)
    box.click()
    assert is_wanted(opened.frame.kept)

    row = page.switch_rows[0]
    QTest.mouseClick(row.copy, Qt.MouseButton.LeftButton)

    assert QGuiApplication.clipboard().text() == "SIGNALBOX_ALLOW_PRIVATE_TARGETS=true"
    assert row.copy.text() == "Copied"
    said = " ".join(label.text() for label in row.findChildren(QLabel))
    assert "send requests into its own network" in said


def _card(frame: MainWindow) -> WindowCard:
    frame.go(NUMBER)
    shown = frame.pages.looked_at
    assert isinstance(shown, SettingsPage)
    return shown.window_card


def test_the_refresh_rate_is_obeyed_at_once_and_after_the_next_start(
    qapp: QApplication, light_frame: MainWindow, attached: Desk
) -> None:
    assert attached.monitor.refresh_hz == 4
    refresh = _card(light_frame).refresh

    refresh.setCurrentIndex(refresh.findText("Once a second"))
    refresh.activated.emit(refresh.currentIndex())

    assert attached.monitor.refresh_hz == 1
    attached.monitor.refresh_hz = 4
    again = Bridge()
    shown = MainWindow(Theme(qapp, Choice.LIGHT), again, (), open_preferences(attached.settings.data_dir))
    assert again.refresh_hz == 1
    again.use(attached)
    assert attached.monitor.refresh_hz == 1
    shown.close()
    again.close()


def test_who_wants_to_be_told_has_the_ledger_checked_unless_another_choice_was_made(
    light_frame: MainWindow,
) -> None:
    card, rounds = _card(light_frame), light_frame.ledger
    assert (card.checks.currentText(), card.sound.isEnabled()) == ("When I ask", False)

    card.notifications.setChecked(True)
    assert (card.checks.currentText(), rounds.every_s) == ("Every hour", 3_600)
    assert card.sound.isEnabled()
    card.checks.setCurrentIndex(card.checks.findText("Once a day"))
    card.checks.activated.emit(card.checks.currentIndex())
    card.notifications.setChecked(False)
    card.notifications.setChecked(True)

    assert (card.checks.currentText(), rounds.every_s) == ("Once a day", 86_400)


def test_switches_that_are_on_are_turned_off_by_their_line(tmp_path: Path) -> None:
    given = Settings.load(data_dir=tmp_path, accept_network_file_system=True, retention_days=0)

    on = [switch for switch in switches(given) if switch.is_on]

    assert [switch.change for switch in on] == ["SIGNALBOX_ACCEPT_NETWORK_FILE_SYSTEM=false"]
    assert (
        limits(given)[0].value
        == "for ever: no event and no receipt is deleted, and the disk fills in the end"
    )


def test_every_switch_and_limit_names_a_variable_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = Settings.load(data_dir=tmp_path)
    fields = {f"SIGNALBOX_{name.upper()}" for name in Settings.model_fields}

    named = {switch.variable for switch in switches(given)}
    for fact in limits(given):
        named |= {word.strip(",") for word in (fact.value or "").split() if word.startswith("SIGNALBOX_")}

    assert named <= fields
    assert len(named) == 8
    monkeypatch.setenv("SIGNALBOX_ALLOW_PRIVATE_TARGETS", "true")
    assert [switch.is_on for switch in switches(Settings.load(data_dir=tmp_path))] == [True, False, False]
