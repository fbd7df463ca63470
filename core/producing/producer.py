"""The producer: every change of a link commits together with its event, in one transaction, all that a user waits for."""

import json
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from core.errors import InvalidInput, NotFound
from core.events.envelope import Event
from core.events.ids import new_id
from core.events.tracing import new_traceparent, trace_id
from core.events.types import LinkArchived, LinkClicked, LinkCreated, LinkRestored, LinkUpdated
from core.producing.click_privacy import agent_family, is_bot, referrer_origin
from core.producing.link_fields import check_expiry, check_tags, check_title
from core.producing.link_rows import Act, created_data, find_link, keep_history, lock_link
from core.producing.outbox import Outbox
from core.producing.outcomes import Change, CreatedLink
from core.producing.slug_choice import choose_slug, free_slugs
from core.producing.slugs import generate_slug, slug_key
from core.producing.tables import links
from core.producing.teams import Team, Teams
from core.producing.urls import check_target
from core.storage.database import Database

#: So many collisions in a row mean that something else is wrong.
MAX_COLLISIONS = 50


class Producer:
    """Creates, edits, archives and restores links, and records clicks. Safe in any thread; never talks to the broker."""

    def __init__(
        self,
        database: Database,
        outbox: Outbox,
        teams: Teams,
        *,
        short_base: str,
        on_commit: Callable[[], None],
    ) -> None:
        self._database = database
        self._outbox = outbox
        self._teams = teams
        self._short_base = short_base
        self._own_hosts = frozenset({(urlsplit(short_base).hostname or "").lower()})
        self._on_commit = on_commit

    def short_url(self, slug: str) -> str:
        """Give the short URL of a slug."""
        return f"{self._short_base}/{slug}"

    def create_link(
        self,
        url: str,
        *,
        by: str,
        slug: str | None = None,
        title: str = "",
        tags: Sequence[str] = (),
        team: str | None = None,
        expires: datetime | None = None,
        idempotency_key: str | None = None,
    ) -> CreatedLink:
        """Create a link.

        Raises:
            InvalidInput: something that was given can't be accepted; nothing was changed.
            StoreUnavailable: the database can't take it now; nothing was changed.
        """
        started = time.perf_counter()
        target = check_target(url, self._own_hosts)
        owner = self._teams.find(team)
        now = time.time()
        row = {
            "link_id": new_id(),
            "team_id": owner.team_id,
            "entered_url": target.entered,
            "target_url": target.href,
            "title": check_title(title),
            "tags": json.dumps(check_tags(tags), ensure_ascii=False),
            "sequence": 1,
            "created_at": now,
            "created_by": by,
            "updated_at": now,
            "expires_at": check_expiry(expires),
            "idempotency_key": idempotency_key,
        }
        chosen = choose_slug(self._database, slug) if slug and slug.strip() else None
        event = self._insert(row, owner, chosen)
        if event is None:
            return self._repeated(idempotency_key or "", started)
        committed_ms = _ms_since(started)
        self._on_commit()
        created = event.data
        assert isinstance(created, LinkCreated)
        return CreatedLink(
            link_id=event.link_id,
            slug=created.slug,
            short_url=created.short_url,
            target_url=target.href,
            event_id=event.event_id,
            trace_id=trace_id(event.traceparent),
            committed_ms=committed_ms,
            warning=target.warning,
        )

    def edit_link(
        self,
        name: str,
        *,
        by: str,
        url: str | None = None,
        title: str | None = None,
        tags: Sequence[str] | None = None,
        why: str = "",
    ) -> Change:
        """Change target, title or tags of a link, named by slug or id; None leaves a field as it is.

        Raises:
            InvalidInput, NotFound, StoreUnavailable: nothing was changed.
        """
        started = time.perf_counter()
        wanted: dict[str, str] = {}
        if url is not None:
            target = check_target(url, self._own_hosts)
            wanted |= {"target_url": target.href, "entered_url": target.entered}
        if title is not None:
            wanted["title"] = check_title(title)
        if tags is not None:
            wanted["tags"] = json.dumps(check_tags(tags), ensure_ascii=False)
        with self._database.transaction() as db:
            link = lock_link(db, name)
            event = self._edit(db, link, wanted, Act(time.time(), by, why))
        return self._changed(link, event, started)

    def archive_link(self, name: str, *, by: str, why: str = "") -> Change:
        """Archive a link, named by slug or id: it no longer redirects; its slug stays taken.

        Raises:
            NotFound, StoreUnavailable: nothing was changed.
        """
        started = time.perf_counter()
        with self._database.transaction() as db:
            link = lock_link(db, name)
            act = Act(time.time(), by, why)
            event = None if link.archived_at is not None else self._switch(db, link, LinkArchived, act)
        return self._changed(link, event, started)

    def restore_link(self, name: str, *, by: str, why: str = "") -> Change:
        """Take a link, named by slug or id, back from the archive: it redirects again, unless it has expired.

        Raises:
            InvalidInput: with field "link": it is not archived; nothing was changed.
            NotFound, StoreUnavailable: nothing was changed.
        """
        started = time.perf_counter()
        with self._database.transaction() as db:
            link = lock_link(db, name)
            if link.archived_at is None:
                text = f"The link {link.slug} is not archived: there is nothing to restore."
                raise InvalidInput("link", "not_archived", text)
            event = self._switch(db, link, LinkRestored, Act(time.time(), by, why))
        return self._changed(link, event, started)

    def click(self, slug: str, *, referrer: str = "", user_agent: str = "") -> Change:
        """Record that somebody followed a link; what could identify a person is dropped before anything is written.

        Raises:
            NotFound: there is no such link, or it is archived or expired.
            StoreUnavailable: nothing was recorded.
        """
        started = time.perf_counter()
        now = time.time()
        with self._database.transaction() as db:
            link = find_link(db, slug)
            if link.archived_at is not None or (link.expires_at or now + 1) < now:
                raise NotFound(f"The link {link.slug} no longer redirects.")
            data = LinkClicked(
                link_id=link.link_id,
                team_id=link.team_id,
                slug=link.slug,
                referrer=referrer_origin(referrer),
                agent=agent_family(user_agent),
                bot=is_bot(user_agent),
            )
            # No sequence: a counter under the row's lock would make the clicks of one link wait for each other.
            event = self._outbox.add(db, data, sequence=None, traceparent=new_traceparent(), at=now)
        return self._changed(link, event, started)

    # Inside

    def _insert(self, row: dict[str, Any], owner: Team, chosen: str | None) -> Event | None:
        """Insert link and event; a generated slug that is taken is replaced, a chosen one is refused.

        Gives None when another call with the same idempotency key was first.
        """
        for attempt in range(MAX_COLLISIONS):
            slug = chosen or generate_slug(attempt)
            try:
                with self._database.transaction() as db:
                    db.execute(insert(links), {**row, "slug": slug, "slug_key": slug_key(slug)})
                    return self._outbox.add(
                        db,
                        created_data(row, slug, self.short_url(slug)),
                        sequence=1,
                        traceparent=new_traceparent(),
                        at=row["created_at"],
                    )
            except IntegrityError:
                if self._is_repeated(row["idempotency_key"]):
                    return None
                if chosen is not None:
                    raise InvalidInput(
                        "slug",
                        "slug_taken",
                        f"The slug {chosen!r} is taken. Choose another.",
                        proposals=free_slugs(self._database, chosen),
                    ) from None
        raise InvalidInput(
            "slug", "slug_collisions", f"No free slug after {MAX_COLLISIONS} attempts for {owner.name}."
        )

    def _repeated(self, idempotency_key: str, started: float) -> CreatedLink:
        with self._database.reading() as db:
            link = db.execute(select(links).where(links.c.idempotency_key == idempotency_key)).one()
        event = self._outbox.first_of_link(link.link_id)
        return CreatedLink(
            link_id=link.link_id,
            slug=link.slug,
            short_url=self.short_url(link.slug),
            target_url=link.target_url,
            event_id=event.event_id if event else "",
            trace_id=trace_id(event.traceparent) if event else "",
            committed_ms=_ms_since(started),
        )

    def _is_repeated(self, idempotency_key: str | None) -> bool:
        if idempotency_key is None:
            return False
        with self._database.reading() as db:
            found = db.scalar(select(links.c.link_id).where(links.c.idempotency_key == idempotency_key))
        return found is not None

    def _edit(self, db: Connection, link: Row[Any], wanted: dict[str, str], act: Act) -> Event | None:
        before = {name: getattr(link, name) for name, value in wanted.items() if getattr(link, name) != value}
        changed = tuple(name for name in ("target_url", "title", "tags") if name in before)
        if not changed:
            return None
        sequence = link.sequence + 1
        after = {**link._mapping, **wanted}
        db.execute(
            update(links).where(links.c.link_id == link.link_id),
            {**wanted, "sequence": sequence, "updated_at": act.at},
        )
        keep_history(db, link, sequence, before, act)
        data = LinkUpdated(
            link_id=link.link_id,
            team_id=link.team_id,
            slug=link.slug,
            target_url=after["target_url"],
            title=after["title"],
            tags=tuple(json.loads(after["tags"])),
            changed=changed,
        )
        return self._outbox.add(db, data, sequence=sequence, traceparent=new_traceparent(), at=act.at)

    def _switch(
        self, db: Connection, link: Row[Any], kind: type[LinkArchived] | type[LinkRestored], act: Act
    ) -> Event:
        sequence, archived_at = link.sequence + 1, act.at if kind is LinkArchived else None
        changes = {"archived_at": archived_at, "updated_at": act.at, "sequence": sequence}
        db.execute(update(links).where(links.c.link_id == link.link_id), changes)
        keep_history(db, link, sequence, {"archived_at": link.archived_at}, act)
        data = kind(link_id=link.link_id, team_id=link.team_id, slug=link.slug)
        return self._outbox.add(db, data, sequence=sequence, traceparent=new_traceparent(), at=act.at)

    def _changed(self, link: Row[Any], event: Event | None, started: float) -> Change:
        committed_ms = _ms_since(started)
        if event is not None:
            self._on_commit()
        return Change(
            link_id=link.link_id,
            slug=link.slug,
            event_id=event.event_id if event else None,
            trace_id=trace_id(event.traceparent) if event else None,
            committed_ms=committed_ms,
        )


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
