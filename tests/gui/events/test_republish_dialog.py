"""An event is published again through the dialog: what will come of it is said first, and what came of it stays."""

import json
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest

from core.broker.stream_look import Copy
from core.events.envelope import Event
from core.operating.desk import Desk
from core.operating.events.pages import EventFilter
from gui.application import Window
from gui.events.dialogs import EventDialogs
from gui.events.page import EventsPage
from gui.events.republish_dialog import RepublishDialog
from gui.events.republish_words import Meaning, put_back_words
from gui.targets import Kind, Target
from tests.gui.events.looking import Soon, commit_old, look, press, shown
from tests.support.burying import store_of
from tests.support.links import give_positions


def open_dialog(dialogs: EventDialogs, soon: Soon) -> RepublishDialog:
    """Wait until the dialog has looked."""
    soon(lambda: dialogs.republish is not None and dialogs.republish.seen is not None)
    assert dialogs.republish is not None
    return dialogs.republish


def newest_event(desk: Desk) -> Event:
    """Give the newest event, with a position although nothing runs."""
    give_positions(desk._installation.outbox)
    return desk.reading_room.events.pages.older(EventFilter(), count=1).rows[0].event


def applied(desk: Desk, event: Event, *consumers: str) -> None:
    """Let consumers have applied an event."""
    for consumer in consumers:
        store = store_of(desk.settings.data_dir, consumer)
        store.applied(event)
        store.database.close()


def ask_about_new_link(page: EventsPage, desk: Desk, soon: Soon) -> tuple[str, RepublishDialog]:
    """Create a link, wait until all have its effect, and press the key for publishing it again."""
    event_id = desk.create_link("https://example.com/", slug="one").event_id
    page.go_to(Target(Kind.EVENT, event_id))
    texts = page.panel.consumers
    soon(lambda: texts.texts and all(text.startswith("applied") for text in texts.texts.values()))
    QTest.keyClick(page.table, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    return event_id, open_dialog(page.dialogs, soon)


def test_who_is_told_what_is_said_first_and_what_came_of_it_stays(opened: Window, soon: Soon) -> None:
    desk, page = opened.room.desk, look(opened.frame, soon)
    assert desk is not None
    event_id, dialog = ask_about_new_link(page, desk, soon)

    assert dialog.title.text().startswith("Publish event ")
    assert dialog.texts["billing"].text() == "has its effect, and absorbs it: nothing changes"
    assert dialog.texts["dashboard"].text() == "has its effect, and will run again: 1 more effect"
    assert dialog.will.text().startswith("dashboard will run; analytics, qr, ")
    QTest.keyClick(dialog.ticks["billing"], Qt.Key.Key_Space)
    assert dialog.chosen == ("billing", "dashboard")
    assert dialog.will.text().startswith("dashboard will run; billing absorbs it; ")
    assert dialog.go.toolTip() == "Type republish first: this can't be undone."
    assert dialog.go.text() == "Publish 2 new events"
    dialog.why.setText("their receiver lost it")
    press(dialog.typed, "republish")
    QTest.keyClick(dialog.typed, Qt.Key.Key_Return)

    soon(lambda: dialog.texts["dashboard"].text().endswith(": applied"))
    soon(lambda: dialog.texts["billing"].text().endswith(": applied"))
    assert dialog.said.text() == "2 new events committed"
    assert {(act.subject, act.why) for act in desk.journal.newest(2)} == {
        ("billing", "their receiver lost it"),
        ("dashboard", "their receiver lost it"),
    }
    dialog.show_new.click()
    soon(lambda: page.panel.more.texts.get("In place of") == event_id)
    soon(lambda: len(shown(page)) == 3)


def test_what_must_not_be_told_twice_cannot_be_ticked(page: EventsPage, desk: Desk, soon: Soon) -> None:
    desk.create_link("https://example.com/", slug="one")
    desk.click("one")
    click = newest_event(desk)
    for consumer in ("analytics", "dashboard"):
        applied(desk, click, consumer)
    page.dialogs.publish_again(click.event_id)
    dialog = open_dialog(page.dialogs, soon)

    assert (
        dialog.texts["analytics"].text()
        == "has counted it: told once more it would count what never happened"
    )
    assert dialog.texts["billing"].text() == "does not react to LinkClicked.v1"
    assert not any(tick.isEnabled() for tick in dialog.ticks.values())
    press(dialog.typed, "republish")
    assert dialog.go.toolTip() == "Tick a consumer first."

    dialog.meaning.setCurrentText(Meaning.PUT_BACK.value)
    assert "Whoever has an event absorbs it" in dialog.does.text()
    assert not dialog.ticks["analytics"].isVisible()
    assert dialog.go.toolTip().startswith("There is nothing to be put back. ")
    assert not dialog.go.isEnabled()
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert len(desk.reading_room.events.pages.older(EventFilter()).rows) == 2


def test_what_has_changed_meanwhile_is_told_and_nothing_is_published(
    page: EventsPage, desk: Desk, soon: Soon
) -> None:
    event_id = desk.create_link("https://example.com/", slug="one").event_id
    event = newest_event(desk)
    applied(desk, event, "billing")
    page.dialogs.publish_again(event_id)
    dialog = open_dialog(page.dialogs, soon)
    desk.republishing.tell_again(desk.republishing.preview(event_id), ["billing"])

    dialog.ticks["billing"].setChecked(True)
    press(dialog.typed, "republish")
    dialog.go.click()

    soon(lambda: dialog.said.text().startswith("Not done: Meanwhile billing"))
    assert dialog.ticks["billing"].isEnabled()
    assert len(desk.reading_room.events.detail(event_id).replacements) == 1
    dialog.reject()


def test_everything_in_the_dialog_has_a_name(page: EventsPage, desk: Desk, soon: Soon) -> None:
    (event,) = commit_old(desk, 1)
    page.dialogs.publish_again(event.event_id)
    dialog = open_dialog(page.dialogs, soon)

    parts = (
        dialog,
        dialog.meaning,
        dialog.why,
        dialog.typed,
        dialog.leave,
        dialog.go,
        *dialog.ticks.values(),
    )
    for part in parts:
        assert QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name), part
    spoken = QAccessible.queryAccessibleInterface(dialog.ticks["billing"]).text(QAccessible.Text.Name)
    assert spoken == "billing does not react to LinkClicked.v1"
    dialog.reject()


def test_the_opened_event_alone_is_exported(page: EventsPage, desk: Desk, soon: Soon, tmp_path: Path) -> None:
    events = commit_old(desk, 3)
    page.go_to(Target(Kind.EVENT, events[1].event_id))
    soon(lambda: page.panel.detail)
    press(page.table, "s")
    dialog = page.dialogs.export
    assert dialog is not None
    file = tmp_path / "one.jsonl"
    dialog.path.setText(str(file))
    dialog.go.click()
    soon(partial(lambda said: said.text() == f"1 event written to {file}", dialog.said))

    assert json.loads(file.read_text("utf-8"))["id"] == events[1].event_id
    dialog.reject()


def test_how_far_the_stream_is_is_said_in_words() -> None:
    assert put_back_words(3, Copy.THERE) == (
        "The stream of partition 3 is published anew, and has the event.",
        "ok",
    )
    assert put_back_words(3, Copy.UNKNOWN)[1] == "muted"
