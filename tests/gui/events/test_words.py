"""What the Events page understands and says, without a window."""

import json
import time
from dataclasses import replace

import msgspec
import pytest

from core.broker.stream_look import Copy
from core.events.envelope import Event
from core.events.tracing import trace_id
from core.events.types import LinkArchived, LinkRestored, LinkUpdated
from core.operating.dead_letters.effects import Effect
from core.operating.events.browser import EventDetail
from core.operating.events.handlings import Decision, Handling, Trouble
from core.operating.events.places import EventRow
from gui.events.columns import COLUMNS, WHAT
from gui.events.detail_texts import copy_words, handling_words, object_text, payload_text, schema_words
from gui.events.lines import exact, line_of
from gui.events.live import live_state
from gui.events.matches import match_in
from gui.events.search import Search
from gui.events.search_bar import search_words
from gui.events.wanted import Wanted, is_time, wanted
from gui.events.window import Piece
from tests.gui.events.looking import line
from tests.support.events import AT, clicked, created, make_event

TRACE = "ab" * 16


# What is wanted


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", Wanted()),
        ("  two   words ", Wanted(text="two words")),
        ("link:spring-sale", Wanted(link="spring-sale")),
        ("link:http://short.test:8787/spring-sale/ foo", Wanted(link="spring-sale", text="foo")),
        (f"trace:{TRACE.upper()}", Wanted(trace=TRACE)),
        (TRACE, Wanted(trace=TRACE)),
        (f"LINK:x trace:{TRACE} y", Wanted(link="x", trace=TRACE, text="y")),
        ("https://example.com/", Wanted(text="https://example.com/")),
    ],
)
def test_what_is_typed_is_a_text_a_link_or_a_trace(typed: str, meant: Wanted) -> None:
    assert wanted(typed) == meant


def test_what_is_wanted_is_said_in_words_and_whether_it_has_to_be_looked_for() -> None:
    assert wanted("").words == "All events"
    said = wanted(f"link:x trace:{TRACE} y", "LinkClicked.v1").words
    assert said == f'Only events of type LinkClicked.v1, of link x, of trace {TRACE}, with "y" in the payload'
    assert not wanted(f"link:x trace:{TRACE}").needs_looking
    assert wanted("y").needs_looking
    assert wanted("", "LinkClicked.v1").needs_looking


@pytest.mark.parametrize("text", ["14:05", "2026-11-23", "2026-11-23 14:05", "2026-11-23T14:05:07Z"])
def test_times_are_told_from_ids_and_places(text: str) -> None:
    assert is_time(text)
    assert not is_time("3/120")
    assert not is_time("01a20922-b6ee-764d-a7ea-fd1102427c3d")
    assert not is_time("2026-1123-b6ee-764d")


# Lines


def row_of(event: Event, row: int = 1, published_at: float | None = AT + 0.05) -> EventRow:
    return EventRow(row, event, published_at)


def test_a_line_says_what_happened() -> None:
    updated = LinkUpdated(
        link_id="link-1",
        team_id="t",
        slug="s-1",
        target_url="https://example.com/",
        title="T",
        tags=(),
        changed=("title", "tags"),
    )
    archived = LinkArchived(link_id="link-1", team_id="t", slug="s-1")
    restored = LinkRestored(link_id="link-1", team_id="t", slug="s-1")

    facts = (created(), updated, archived, restored, clicked(bot=True))
    lines = [line_of(row_of(make_event(data, 7))) for data in facts]

    assert [line.what for line in lines] == [
        "created for https://example.com/",
        "changed: title, tags",
        "archived",
        "restored",
        "clicked with Firefox, a bot",
    ]
    assert (lines[0].link, lines[0].place, lines[0].is_published, lines[0].copy) == (
        "s-link-1",
        "0/7",
        True,
        None,
    )


def test_a_line_of_data_that_nobody_understands_shows_it_as_it_is() -> None:
    event = msgspec.structs.replace(make_event(created(), 0), data_json=b"\xff no\n json")

    line = line_of(row_of(event, published_at=None))

    assert line.what == "\ufffd no json"
    assert (line.link, line.place, line.is_published) == ("link-1", "0/-", False)


def test_a_line_that_was_looked_for_shows_the_field_and_the_place_that_matches() -> None:
    target = f"https://example.com/{'a' * 300}/Needle-{'b' * 300}"
    event = make_event(msgspec.structs.replace(created(), target_url=target), 7)

    line = line_of(row_of(event), "needle")

    match = line.match
    assert match is not None
    assert match.text[match.begin : match.end] == "Needle"
    assert match.text.startswith("target_url: …aaa")
    assert match.text.endswith("bbb…")
    assert match.whole == f"target_url: {target}"
    assert COLUMNS[WHAT].text(line) == match.text
    tip = COLUMNS[WHAT].tip
    assert tip is not None
    assert tip(line).startswith("created for https://example.com/aaa")
    assert line_of(row_of(event)).match is None


@pytest.mark.parametrize(
    ("wanted_text", "excerpt", "marked"),
    [
        ("spring", 'tags: ["news", "Spring sale"]', "Spring"),
        ('target_url":"', '{"tags":["news","Spring sale"],"target_url":"x","bot":true}', 'target_url":"'),
        ("TRUE", "bot: true", "true"),
        ("nowhere", None, None),
    ],
)
def test_a_match_is_in_the_value_of_a_field_or_else_in_the_json_as_it_is_stored(
    wanted_text: str, excerpt: str | None, marked: str | None
) -> None:
    raw = '{"tags":["news","Spring sale"],"target_url":"x","bot":true}'

    match = match_in(raw, json.loads(raw), wanted_text)

    assert (match and match.text) == excerpt
    assert (match and match.text[match.begin : match.end]) == marked


def test_times_have_milliseconds() -> None:
    assert exact(AT + 0.25) == time.strftime("%Y-%m-%d %H:%M:%S.250", time.localtime(AT))


# What is said


def test_it_is_said_whether_new_events_are_followed_and_how_many_wait() -> None:
    assert live_state(is_frozen=False, has_newest=True, waiting=0).word == "live"
    assert live_state(is_frozen=True, has_newest=True, waiting=0).word == "frozen"
    assert live_state(is_frozen=True, has_newest=True, waiting=1).word == "frozen, 1 new one waiting"
    assert live_state(is_frozen=False, has_newest=True, waiting=12).word == "reading, 12 new ones waiting"
    assert live_state(is_frozen=False, has_newest=False, waiting=0).word == "reading"
    overrun = live_state(is_frozen=True, has_newest=True, waiting=5_001, is_least=True)
    assert overrun.word == "frozen, at least 5,001 new ones waiting"


def test_it_is_said_how_far_was_looked() -> None:
    search = Search()
    assert search_words(search, 0, is_looking=True, is_end=False) == "Looking: 0 events looked at: 0 found."
    search.note(Piece((line(1),), 1, is_end=False, looked_at=20_000, reached=AT))

    said = search_words(search, 1, is_looking=False, is_end=False)
    assert said.startswith("20,000 events looked at, back to 2026-11-")
    assert said.endswith(": 1 found.")
    assert (
        search_words(search, 1, is_looking=False, is_end=True)
        == "All 20,000 events there were to look at: 1 found."
    )


TROUBLE = Trouble("transient", "OSError: no disk\nat line 1", 3, AT, AT, AT + 10)


@pytest.mark.parametrize(
    ("handling", "said", "role"),
    [
        (Handling("qr", Effect.APPLIED, AT + 0.016), "applied, 16 ms after the commit", "ok"),
        (
            Handling("qr", Effect.APPLIED, AT + 486, rebuilt_at=AT + 480),
            f"applied, again by the rebuild at {exact(AT + 480)}",
            "ok",
        ),
        (
            Handling("qr", Effect.APPLIED, AT + 0.016, rebuilt_at=AT - 60),
            "applied, 16 ms after the commit",
            "ok",
        ),
        (Handling("qr", Effect.IGNORED, AT), "ignored: not for it", "muted"),
        (Handling("qr", Effect.WAITING), "waiting: it has not come to it yet", "warn"),
        (Handling("qr", Effect.DEALT_WITH), "dealt with: its receipt was removed since", "ok"),
        (Handling("qr", Effect.UNKNOWN), "unknown: its database can't be read now", "muted"),
        (
            Handling("qr", Effect.PARKED, AT, trouble=TROUBLE),
            f"parked, since {exact(AT)}, OSError: no disk (transient, 3 attempts), next attempt at {exact(AT + 10)}",
            "warn",
        ),
        (
            Handling("qr", Effect.PARKED, AT, trouble=replace(TROUBLE, is_behind=True, next_attempt_at=None)),
            f"parked, since {exact(AT)}, behind another one that failed: OSError: no disk (transient, 3 attempts)",
            "warn",
        ),
        (
            Handling("qr", Effect.DISCARDED, decision=Decision("discarded", 0, "ann", AT, "why", None)),
            "discarded, discarded by ann",
            "muted",
        ),
        (
            Handling("qr", Effect.APPLIED, AT, decision=Decision("applied", 1, None, None, None, None)),
            "applied after it was dead, 0.0 ms after the commit",
            "ok",
        ),
    ],
)
def test_it_is_said_what_a_consumer_has_of_an_event(handling: Handling, said: str, role: str) -> None:
    assert handling_words(handling, AT) == (said, role)


def detail(event: Event, *, is_understood: bool = True, payload: object = None) -> EventDetail:
    return EventDetail(
        row=row_of(event),
        trace_id=trace_id(event.traceparent),
        schema="urn:x",
        schema_version="v1",
        payload=payload,
        is_understood=is_understood,
        copy=Copy.THERE,
        handlings=(),
        replacements=(),
    )


def test_data_that_does_not_fit_its_type_is_told_from_a_type_that_nobody_knows() -> None:
    event = make_event(created(), 1)
    strange = msgspec.structs.replace(event, type="Other.v1")

    assert schema_words(detail(event)) == ("v1, understood", "text")
    assert schema_words(detail(event, is_understood=False)) == ("v1, but the data does not fit it", "bad")
    assert schema_words(detail(strange, is_understood=False)) == ("v1, unknown to this program", "bad")


def test_data_is_written_for_reading_and_the_event_as_json() -> None:
    event = make_event(created(), 1)

    assert payload_text(detail(event, payload={"slug": "é"})) == '{\n  "slug": "é"\n}'
    assert payload_text(detail(event, payload="no json")) == "no json"
    assert msgspec.json.decode(object_text(detail(event)))["id"] == event.event_id


def test_every_answer_of_the_broker_has_its_words() -> None:
    assert copy_words(Copy.UNKNOWN)[0].startswith("unknown")
    assert len({copy_words(copy) for copy in Copy}) == len(Copy)
