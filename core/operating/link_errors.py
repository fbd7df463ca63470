"""What consumers say of the first link that waits in them, as people are told it: by the link's slug instead of its id."""

import re
from dataclasses import replace

from core.errors import StoreUnavailable
from core.operating.links.slugs import slugs_of
from core.operating.snapshot import ConsumerHealth
from core.storage.database import Database

#: How a worker says it: the link, the attempt, the reason, and perhaps how many others wait.
_ONE_LINK = re.compile(r"link (\S+), attempt (\d+): (.*?)( \([\d,]+ other links wait as well\))?", re.DOTALL)
#: Slugs that are remembered at most: each consumer tells of one link at a time.
_MOST = 100


class LinkErrors:
    """Knows the slugs that were asked for lately; one thread at a time asks."""

    def __init__(self, links: Database) -> None:
        self._links = links
        self._slugs: dict[str, str] = {}

    def told(self, health: ConsumerHealth) -> ConsumerHealth:
        """Give how a consumer is, with an error about one link put for people; a slug that can't be read is the id."""
        said = _ONE_LINK.fullmatch(health.error or "")
        if said is None:
            return health
        link_id, attempt, reason, others = said.groups()
        words = f"{self._slug(link_id)}: {reason} (attempt {attempt}){others or ''}"
        return replace(health, error=words)

    def _slug(self, link_id: str) -> str:
        if link_id not in self._slugs:
            if len(self._slugs) >= _MOST:
                self._slugs.clear()
            try:
                self._slugs |= slugs_of(self._links, [link_id])
            except StoreUnavailable:
                return link_id
        return self._slugs.get(link_id, link_id)
