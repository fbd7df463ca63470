"""Keeps the listing of the Links page: its beginning at once, then all of it; and what is in sight, again and again.

A listing stays as it was read until somebody asks for it anew. Only a short one that nobody reads further down follows by
itself what is created, and what fits no longer.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from core.operating.links.roll import LinkQuery
from gui.links.lines import Listing
from gui.links.reading import FIRST, News, Offers, read_beginning, read_listing, read_news, read_offers
from gui.page import Tools
from gui.query import Query

_EVERY_MS = 1_000
#: What comes into sight is read when scrolling has rested for so long, in milliseconds.
_REST_MS = 40
#: After a failure the listing is asked for again, in milliseconds.
_AGAIN_MS = 1_000


class LinkReader(QObject):
    """Reads while it is not at rest."""

    #: There is another listing, or more of it.
    listed = Signal(object)
    #: Something is known of links in sight, and of how many are new.
    told = Signal(object)
    offered = Signal(object)
    failed = Signal(object)

    def __init__(
        self, tools: Tools, ids_in_sight: Callable[[], tuple[str, ...]], is_reading: Callable[[], bool]
    ) -> None:
        super().__init__()
        self._ids_in_sight, self._is_reading = ids_in_sight, is_reading
        self.query = LinkQuery()
        self.listing: Listing | None = None
        self._listings: Query[Listing] = Query(tools.bridge, self._take, self._fail, self)
        self.news: Query[News] = Query(
            tools.bridge, self._take_news, self.failed.emit, self, every_ms=_EVERY_MS
        )
        self._offers: Query[Offers] = Query(tools.bridge, self.offered.emit, self._let_be, self)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._look)
        self._again = QTimer(self, singleShot=True, interval=_AGAIN_MS)
        self._again.timeout.connect(self._listings.again)

    def begin(self, query: LinkQuery | None = None) -> None:
        """Read which links there are; what is shown stays until the answer is there."""
        self.query = self.query if query is None else query
        self._again.stop()
        self._listings.ask(partial(read_beginning, self.query))

    def resume(self) -> None:
        """Go on where it was left."""
        self._offers.ask(read_offers)
        if self.listing is None or self.listing.is_beginning or self.listing.roll.query != self.query:
            self.begin()
        if self.listing is not None:
            self._look()

    def rest(self) -> None:
        """Read nothing for now; what is held stays."""
        for timer in (self._rest, self._again):
            timer.stop()
        for query in (self._listings, self.news, self._offers):
            query.stop()

    def look_soon(self) -> None:
        """Read what has come into sight, once it stays there."""
        if not self._rest.isActive():
            self._rest.start()

    @property
    def is_whole(self) -> bool:
        """Whether all links that are wanted are listed."""
        return (
            self.listing is not None
            and not self.listing.is_beginning
            and self.listing.roll.query == self.query
        )

    def _take(self, found: Listing) -> None:
        self.listing = found
        self.listed.emit(found)
        if found.is_beginning:
            self._listings.ask(partial(read_listing, found.roll.query))
        self._look()

    def _look(self) -> None:
        if self.listing is not None:
            self.news.ask(partial(read_news, self.listing.roll, self._ids_in_sight()))

    def _take_news(self, news: News) -> None:
        listing = self.listing
        if listing is None:
            return
        if (news.newer or news.is_stale) and len(listing.roll.link_ids) < FIRST and not self._is_reading():
            news = replace(news, newer=0)
            if not self._listings.is_under_way:
                self.begin()
        self.told.emit(news)
        self.news.change(partial(read_news, listing.roll, self._ids_in_sight()))

    def _fail(self, error: BaseException) -> None:
        self._again.start()
        self.failed.emit(error)

    def _let_be(self, _error: BaseException) -> None:
        """What can be filtered by stays what it was; that links can't be read is told by the other questions."""
