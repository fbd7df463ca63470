"""Acts as the journal has them, and which of them are wanted."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One act."""

    at: float
    by: str
    act: str
    #: What it was done to: a consumer, an endpoint, the slug of a link.
    subject: str
    why: str
    #: Its number in the journal; of an act on a link: among those on this link, 1 = its creation.
    entry_id: int
    #: The link that it was done to; None = it was done to something else.
    link_id: str | None = None

    @property
    def key(self) -> tuple[str, int]:
        """What tells it from all others."""
        return (self.link_id or "", self.entry_id)

    @property
    def name(self) -> str:
        """How people call it, such as "act 7" or "act 2 on sale"."""
        return f"act {self.entry_id}" + (f" on {self.subject}" if self.link_id is not None else "")


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """Which acts are wanted; what is empty filters nothing."""

    by: str = ""
    #: What the act begins with, such as "set fault"; of acts on links the whole act.
    act: str = ""
    subject: str = ""
    #: Anywhere in who, what, to what, or why.
    text: str = ""
    #: Whether creations of links are wanted among all others; in thousands they bury what else was done.
    creations: bool = True


@dataclass(frozen=True, slots=True)
class JournalPage:
    """The newest acts that were wanted, how many were wanted in all, and of how many."""

    entries: tuple[JournalEntry, ...]
    matching: int
    total: int
    #: Creations of links that were left out, and are in none of the counts.
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The acts of the same kind on the same subject around one: what was so before, and what has ended it."""

    before: JournalEntry | None
    after: JournalEntry | None
