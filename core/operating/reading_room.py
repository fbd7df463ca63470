"""What operators read: consumers in detail, events, what came of them, and the book of links. Nothing here changes them."""

from core.operating.consumer_detail import ConsumerDetails
from core.operating.events.browser import EventBrowser
from core.operating.installation import Installation
from core.operating.links.book import LinkBook
from core.operating.open_books import OpenBooks
from core.operating.traces.traces import Traces


class ReadingRoom:
    """All of it, for one installation; making it reads nothing."""

    def __init__(self, installation: Installation) -> None:
        #: The consumers' databases, for others who only read, too.
        self.books = OpenBooks(installation)
        self.consumers = ConsumerDetails(installation, self.books)
        self.events = EventBrowser(installation, self.books)
        self.links = LinkBook(installation, self.books)
        self.traces = Traces(installation, self.books)

    def close(self) -> None:
        """Close what it has opened."""
        self.books.close()
