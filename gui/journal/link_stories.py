"""The stories of acts on links, told from the link's history: what it was before and after, and how that is taken back."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from core.errors import InvalidInput
from core.operating.desk import Desk
from core.operating.journal.entries import JournalEntry
from core.operating.links.history import FieldChange, LinkAct, LinkEdit
from core.producing.link_list import Link
from gui.formatting import moment
from gui.journal.story import Story, Undo, over

_FIELDS = {"target_url": "target", "title": "title", "tags": "tags"}
#: Acts by which a link comes and goes.
_SWITCHES = (LinkAct.ARCHIVE, LinkAct.RESTORE)
_UNMADE = (
    "A link can't be unmade: its slug stays taken, and all consumers have heard of it. "
    "Archive it, and it leads nowhere."
)
_GONE = "Its history does not have this act."


def read_link_story(desk: Desk, entry: JournalEntry) -> Story:
    """Read what is known around an act on a link.

    Raises:
        NotFound: there is no such link.
        StoreUnavailable: it can't be read now.
    """
    return link_story(entry, *desk.reading_room.links.history(entry.link_id or ""))


def link_story(entry: JournalEntry, link: Link, edits: Sequence[LinkEdit]) -> Story:
    """Tell an act's story; `edits` is the link's history, newest first."""
    if entry.act == LinkAct.CREATE:
        return Story("no such link", f"leads to {_first_target(link, edits)}", None, _UNMADE)
    edit = next((edit for edit in edits if edit.sequence == entry.entry_id), None)
    if edit is None:
        return Story(None, None, None, _GONE)
    later = [other for other in reversed(edits) if other.sequence > edit.sequence]
    return _switching(entry, edit, later) if edit.act in _SWITCHES else _editing(entry, link, edit, later)


def _first_target(link: Link, edits: Sequence[LinkEdit]) -> str:
    """Give where the link led at first."""
    befores = [change.before for edit in edits for change in edit.changes if change.field == "target_url"]
    return str(befores[-1]) if befores else link.target_url


def _switching(entry: JournalEntry, edit: LinkEdit, later: Sequence[LinkEdit]) -> Story:
    (change,) = edit.changes
    before, after = _state(change.before), _state(change.after)
    ended = next((other for other in later if other.act in _SWITCHES), None)
    if ended is not None:
        return Story(before, after, None, over(ended.act, ended.by, ended.at))
    call = _archive if edit.act is LinkAct.RESTORE else _restore
    verb = "Archive" if edit.act is LinkAct.RESTORE else "Restore"
    undo = Undo(f"{verb} {entry.subject}", partial(call, entry.link_id or "", f"undo of {entry.name}"))
    return Story(before, after, undo, "")


def _state(archived_at: float | None) -> str:
    return "live" if archived_at is None else f"archived since {moment(archived_at)[:19]}"


def _editing(entry: JournalEntry, link: Link, edit: LinkEdit, later: Sequence[LinkEdit]) -> Story:
    before = _lines([(change.field, change.before) for change in edit.changes])
    after = _lines([(change.field, change.after) for change in edit.changes])
    if (why_not := _why_edit_stays(link, edit, later)) is not None:
        return Story(before, after, None, why_not)
    fields = ", ".join(_FIELDS[change.field] for change in edit.changes)
    return Story(
        before, after, Undo(f"Edit {fields} of {entry.subject} back", partial(_edit_back, entry)), ""
    )


def _why_edit_stays(link: Link, edit: LinkEdit, later: Sequence[LinkEdit]) -> str | None:
    """Say why an edit can't be taken back; None = it can."""
    for change in edit.changes:
        if getattr(link, change.field) != change.after:
            (ended, *_) = [other for other in later if change.field in _fields(other.changes)]
            return over(f"{_FIELDS[change.field]} changed again", ended.by, ended.at)
    return "The link is archived: restore it first." if link.archived_at is not None else None


def _fields(changes: Sequence[FieldChange]) -> frozenset[str]:
    return frozenset(change.field for change in changes)


def _lines(values: Sequence[tuple[str, Any]]) -> str:
    said = ((field, ", ".join(value) if field == "tags" else value) for field, value in values)
    return "\n".join(f"{_FIELDS[field]}: {value or '(none)'}" for field, value in said)


# The ways back


def _archive(link_id: str, why: str, desk: Desk) -> object:
    return desk.archive_link(link_id, why=why)


def _restore(link_id: str, why: str, desk: Desk) -> object:
    return desk.restore_link(link_id, why=why)


def _edit_back(entry: JournalEntry, desk: Desk) -> object:
    """Look once more: somebody may have edited it since the story was told."""
    link, edits = desk.reading_room.links.history(entry.link_id or "")
    why_not = link_story(entry, link, edits).why_not
    if why_not:
        raise InvalidInput("link", "edited_again", why_not)
    (edit,) = [edit for edit in edits if edit.sequence == entry.entry_id]
    before = {change.field: change.before for change in edit.changes}
    # The address as it was typed gives the same target, and is kept beside it.
    url = before.get("target_url") and (edit.entered_before or before["target_url"])
    return desk.edit_link(
        link.link_id, url=url, title=before.get("title"), tags=before.get("tags"), why=f"undo of {entry.name}"
    )
