"""The facts that this service publishes. A published type never changes: a breaking change is a new type beside it."""

from typing import ClassVar

import msgspec


class EventData(msgspec.Struct, frozen=True, gc=False):
    """The data of one event; readers ignore fields that they do not know."""

    type_name: ClassVar[str]

    link_id: str
    team_id: str


class LinkCreated(EventData, frozen=True, gc=False):
    """A link exists from now on."""

    type_name: ClassVar[str] = "LinkCreated.v1"

    slug: str
    short_url: str
    target_url: str
    title: str
    tags: tuple[str, ...]
    created_by: str


class LinkUpdated(EventData, frozen=True, gc=False):
    """Target, title or tags of a link were edited; all fields hold the values after the edit."""

    type_name: ClassVar[str] = "LinkUpdated.v1"

    slug: str
    target_url: str
    title: str
    tags: tuple[str, ...]
    #: Names of the fields that the edit changed.
    changed: tuple[str, ...]


class LinkArchived(EventData, frozen=True, gc=False):
    """A link no longer redirects."""

    type_name: ClassVar[str] = "LinkArchived.v1"

    slug: str


class LinkRestored(EventData, frozen=True, gc=False):
    """A link is back from the archive: it redirects again, unless it has expired."""

    type_name: ClassVar[str] = "LinkRestored.v1"

    slug: str


class LinkClicked(EventData, frozen=True, gc=False):
    """Somebody followed a link. Nothing in it identifies a person (no address, no full referrer, no full user agent)."""

    type_name: ClassVar[str] = "LinkClicked.v1"

    slug: str
    #: Origin of the referring page, or "".
    referrer: str = ""
    #: Family of the user agent, such as "Firefox", or "".
    agent: str = ""
    bot: bool = False


#: Every type that this program publishes and understands, by its name in the envelope.
EVENT_TYPES: dict[str, type[EventData]] = {
    data.type_name: data for data in (LinkCreated, LinkUpdated, LinkArchived, LinkRestored, LinkClicked)
}
