"""The book of links: rolls for a table of any length, rows for what is seen of it, all of one link, and exports.

Reads only. Methods may block, and may be called from any thread; those that can take long hear a `stop`.
"""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.consuming.controls import Controls
from core.errors import StoreUnavailable
from core.operating.events.handlings import Handling
from core.operating.exports import Exported, write_export
from core.operating.installation import Installation
from core.operating.links.creations import creations_of
from core.operating.links.figures import Clicks, HourClicks, clicks_of, clicks_per_hour
from core.operating.links.files import AT_ONCE, Form, LinkLine, pieces
from core.operating.links.history import LinkEdit, edits_of
from core.operating.links.roll import LinkQuery, LinkRolls, LinkState, state_of
from core.operating.links.standings import Standing, standings_of
from core.operating.open_books import OpenBooks
from core.operating.traces.effects import qr_object
from core.producing.link_list import Link, LinkList

#: Hours of clicks that a detail has.
HOURS = 48


@dataclass(frozen=True, slots=True)
class LinkRow:
    """What a table shows of one link."""

    link: Link
    state: LinkState
    #: None = the consumer has not seen the link yet, or can't be read now.
    clicks: Clicks | None
    #: What each consumer has of its creation, in display order.
    creation: tuple[Handling, ...]
    #: The worst that each has of any of its events, in the same order.
    standings: tuple[Standing, ...]


@dataclass(frozen=True, slots=True)
class LinkDetail:
    """All of one link."""

    row: LinkRow
    #: Newest first.
    edits: tuple[LinkEdit, ...]
    #: Oldest first, without gaps; None = they can't be read now.
    hours: tuple[HourClicks, ...] | None
    #: The QR code as stored, one pixel a module; None = there is none yet.
    qr_png: bytes | None
    #: Whether the QR code can't be read now.
    is_qr_unknown: bool


class LinkBook:
    """The links of one installation."""

    def __init__(self, installation: Installation, books: OpenBooks) -> None:
        self._installation = installation
        self._links = LinkList(installation.links, installation.settings.short_base)
        self._controls = Controls(installation.control)
        self._books = books
        #: What says which links there are.
        self.rolls = LinkRolls(installation, books)

    def consumers(self) -> tuple[str, ...]:
        """Give the consumers that links are followed through, in display order.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        return self._controls.registered()

    def rows(self, link_ids: Sequence[str]) -> list[LinkRow]:
        """Read what a table shows of some links, in their order: those that are seen, some hundred at most.

        Raises:
            StoreUnavailable: the links can't be read now.
        """
        now, found = time.time(), self._links.some(link_ids)
        clicks = clicks_of(self._books, found)
        consumers = self._controls.registered()
        creations = creations_of(self._installation.links, self._books, consumers, found)
        standings = standings_of(self._installation.links, self._books, creations)
        return [
            LinkRow(
                *(found[link_id], _state(found[link_id], now), clicks.get(link_id)),
                creation=creations[link_id],
                standings=standings[link_id],
            )
            for link_id in link_ids
            if link_id in found
        ]

    def detail(self, name: str, *, hours: int = HOURS) -> LinkDetail:
        """Read all of a link, named by slug or id.

        Raises:
            NotFound: there is none.
            StoreUnavailable: the links can't be read now.
        """
        (row,) = self.rows([self._links.one(name).link_id])
        link, is_qr_unknown, png = row.link, False, None
        try:
            png = self.qr_png(link.link_id)
        except StoreUnavailable:
            is_qr_unknown = True
        since = max(link.created_at, time.time() - hours * 3_600)
        return LinkDetail(
            row=row,
            edits=edits_of(self._installation.links, link),
            hours=clicks_per_hour(self._books, link.link_id, since=since),
            qr_png=png,
            is_qr_unknown=is_qr_unknown,
        )

    def history(self, link_id: str) -> tuple[Link, tuple[LinkEdit, ...]]:
        """Read a link as it is, and its edits, newest first.

        Raises:
            NotFound: there is none.
            StoreUnavailable: they can't be read now.
        """
        link = self._links.one(link_id)
        return link, edits_of(self._installation.links, link)

    def export(
        self,
        path: Path,
        which: Sequence[str] | LinkQuery,
        form: Form,
        *,
        stop: threading.Event,
        progress: Callable[[int], None] = lambda _written: None,
        overwrite: bool = False,
    ) -> Exported:
        """Write links into a file: these, in their order, or all that fit, however many. `progress` is told how many are.

        Raises:
            InvalidInput: the file can't be written.
            StoreUnavailable: the links can't be read now. There is no file then.
        """
        if isinstance(which, LinkQuery):
            link_ids: Iterable[Sequence[str]] = self.rolls.every_id(which, at_once=AT_ONCE)
        else:
            link_ids = (which[start : start + AT_ONCE] for start in range(0, len(which), AT_ONCE))
        lines = pieces(link_ids, form, self._lines, progress)
        return write_export(path, lines, stop=stop, overwrite=overwrite)

    def _lines(self, link_ids: Sequence[str]) -> list[LinkLine]:
        now, found = time.time(), self._links.some(link_ids)
        clicks = clicks_of(self._books, found)
        return [
            LinkLine(link, _state(link, now), clicks.get(link.link_id))
            for link in (found[link_id] for link_id in link_ids if link_id in found)
        ]

    def qr_png(self, link_id: str) -> bytes | None:
        """Read a link's QR code as stored (one pixel a module, with its quiet zone); None while there is none.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        name = qr_object(self._books, link_id)
        return None if name is None else self._installation.objects.get(name)


def _state(link: Link, now: float) -> LinkState:
    return state_of(link.archived_at, link.expires_at, now)
