"""What came of a storm, counted in the databases by nothing of the program: for each consumer against the outbox."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from consumers import NAMES
from tests.support.exactly_once import query

#: What each consumer has an effect for, and the question that gives the event or link of each of its effects.
_EFFECTS = {
    "analytics": (("LinkCreated.v1",), "link_id", "SELECT link_id FROM link_records"),
    "qr": (("LinkCreated.v1",), "link_id", "SELECT link_id FROM codes"),
    "billing": (("LinkCreated.v1",), "link_id", "SELECT link_id FROM billed_links"),
    "webhook": (
        ("LinkCreated.v1", "LinkUpdated.v1", "LinkArchived.v1", "LinkRestored.v1"),
        "event_id",
        "SELECT event_id FROM deliveries",
    ),
    "dashboard": (
        ("LinkCreated.v1", "LinkUpdated.v1", "LinkArchived.v1", "LinkRestored.v1", "LinkClicked.v1"),
        "event_id",
        "SELECT event_id FROM entries ORDER BY entry_id",
    ),
}
#: How many ids a finding names.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Row:
    """One committed event."""

    partition: int
    position: int | None
    event_id: str
    type: str
    link_id: str
    sequence: int | None
    data: bytes


def _outbox(data_dir: Path) -> list[_Row]:
    columns = "partition, position, event_id, type, link_id, sequence, data_json"
    return [_Row(*row) for row in query(data_dir, "links", f"SELECT {columns} FROM outbox ORDER BY 1, 2")]


def count_events(data_dir: Path) -> int:
    """Count the committed events."""
    return int(query(data_dir, "links", "SELECT count(*) FROM outbox")[0][0])


def waiting(data_dir: Path) -> dict[str, int]:
    """Count, per consumer that has some, the committed events for which it has neither receipt nor dead letter."""
    return {name: count for name, count in _left(data_dir).items() if count}


def _left(data_dir: Path) -> dict[str, int]:
    events = count_events(data_dir)
    left = {}
    for name in NAMES:
        try:
            (done,) = query(
                data_dir, name, "SELECT (SELECT count(*) FROM inbox) + count(*) FROM dead_letters"
            )
            left[name] = events - int(done[0])
        except sqlite3.OperationalError:
            left[name] = events  # It has not begun.
    return left


def is_begun(data_dir: Path) -> bool:
    """Tell whether every consumer has dealt with something."""
    if not (data_dir / "links.db").exists() or not count_events(data_dir):
        return False
    return all(count < count_events(data_dir) for count in _left(data_dir).values())


def absorbed(data_dir: Path) -> int:
    """Count the deliveries of events that had been dealt with."""
    return sum(
        int(query(data_dir, name, "SELECT coalesce(sum(absorbed), 0) FROM watermarks")[0][0])
        for name in NAMES
    )


def findings(data_dir: Path, confirmed: Iterable[str]) -> list[str]:
    """Give everything that is not as it must be, one sentence each; `confirmed` are the events that users know of."""
    events = _outbox(data_dir)
    found = _differences("links.db lost", set(confirmed) - {event.event_id for event in events})
    found += _of_the_outbox(data_dir, events)
    for name in NAMES:
        found += [f"{name}: {finding}" for finding in _of_consumer(data_dir, name, events)]
    return found + _of_clicks(data_dir, events) + _of_the_feed(data_dir, events)


def _differences(what: str, ids: Iterable[object]) -> list[str]:
    named = sorted(map(str, ids))
    return [f"{what} {len(named)}: {', '.join(named[:_NAMED])}"] if named else []


def _of_the_outbox(data_dir: Path, events: list[_Row]) -> list[str]:
    """A link and its events are there together; positions and each link's sequence have no gaps."""
    places, sequences = defaultdict(list), defaultdict(list)
    for event in events:
        places[event.partition].append(event.position)
        if event.sequence is not None:
            sequences[event.link_id].append(event.sequence)
    links = dict(query(data_dir, "links", "SELECT link_id, sequence FROM links"))
    broken = [number for number, given in places.items() if given != list(range(1, len(given) + 1))]
    torn = [
        link_id
        for link_id in {*links, *sequences}
        if sequences[link_id] != list(range(1, links.get(link_id, -1) + 1))
    ]
    return _differences("partitions with gaps", broken) + _differences("links without their events", torn)


def _of_consumer(data_dir: Path, name: str, events: list[_Row]) -> list[str]:
    dead = {row[0] for row in query(data_dir, name, "SELECT event_id FROM dead_letters WHERE state = 'dead'")}
    receipts = Counter(row[0] for row in query(data_dir, name, "SELECT event_id FROM inbox"))
    places = set(query(data_dir, name, "SELECT partition, position, event_id FROM inbox"))
    types, key, question = _EFFECTS[name]
    wanted = {getattr(event, key) for event in events if event.type in types and event.event_id not in dead}
    effects = Counter(row[0] for row in query(data_dir, name, question))
    known = {event.event_id for event in events}
    return [
        *_differences("dead letters", dead),
        *_differences("missing receipts", known - dead - receipts.keys()),
        *_differences("doubled receipts", (one for one, count in receipts.items() if count > 1)),
        *_differences("receipts at another place", places - {_place(event) for event in events}),
        *_differences("missing effects", wanted - effects.keys()),
        *_differences("effects of nothing", effects.keys() - wanted),
        *_differences("doubled effects", (one for one, count in effects.items() if count > 1)),
    ]


def _place(event: _Row) -> tuple[int, int | None, str]:
    return event.partition, event.position, event.event_id


def _of_clicks(data_dir: Path, events: list[_Row]) -> list[str]:
    """Each click is counted once: the effect that shows a doubled one best."""
    clicks = Counter(
        (event.link_id, bool(json.loads(event.data)["bot"]))
        for event in events
        if event.type == "LinkClicked.v1"
    )
    counted: Counter[tuple[str, bool]] = Counter()
    for link_id, people, bots in query(
        data_dir, "analytics", "SELECT link_id, clicks, bot_clicks FROM link_records"
    ):
        counted[link_id, False], counted[link_id, True] = people, bots
    wrong = {key[0] for key in {*clicks, *counted} if clicks[key] != counted[key]}
    return _differences("analytics: links with a wrong number of clicks", wrong)


def _of_the_feed(data_dir: Path, events: list[_Row]) -> list[str]:
    """The feed has the events of each link in their order."""
    places = {event.event_id: (event.link_id, event.position or 0) for event in events}
    last: dict[str, int] = {}
    wrong = set()
    for (event_id,) in query(data_dir, "dashboard", _EFFECTS["dashboard"][2]):
        link_id, position = places.get(event_id, (event_id, 0))
        if position < last.get(link_id, 0):
            wrong.add(link_id)
        last[link_id] = position
    return _differences("dashboard: links out of order", wrong)
