"""What operators read: consumers in detail, events, traces of what came of them, the book of links. Nothing here changes it."""

from core.operating.consumer_detail import ConsumerDetails
from core.operating.event_browser import EventBrowser
from core.operating.installation import Installation
from core.operating.link_book import LinkBook
from core.operating.traces import Traces


class ReadingRoom:
    """All of it, for one installation; making it reads nothing."""

    def __init__(self, installation: Installation) -> None:
        self.consumers = ConsumerDetails(installation)
        self.events = EventBrowser(installation)
        self.links = LinkBook(installation)
        self.traces = Traces(installation)
