"""Why a webhook was not sent or an image is not there, although the event was applied; each state made for real."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from core.broker.server import EmbeddedBroker
from core.consuming.heartbeats import Heartbeats
from core.consuming.standstill import Standstill
from core.operating.why.answer import Rung
from tests.support.asking import Site, site_on
from tests.support.receiver import Receiver, webhook_receiver
from tests.support.waiting import eventually


@pytest.fixture
def site(tmp_path: Path, broker: EmbeddedBroker) -> Iterator[Site]:
    with site_on(tmp_path, broker.url) as made:
        yield made


@pytest.fixture
def receiver(site: Site) -> Iterator[Receiver]:
    """Run a receiver, and register it."""
    with webhook_receiver() as running:
        running.secret = site.installation.endpoints.add(running.url, description="", by="ann").secret
        yield running


# Webhooks


def test_nobody_to_tell_and_somebody_registered_later_are_told_apart(site: Site) -> None:
    created = site.create()
    site.lead("webhook").apply(created)

    nobody = site.why("abc", "webhook")
    added = site.installation.endpoints.add("https://hooks.example.com/in", description="", by="ann")
    later = site.why("abc", "webhook")
    second = site.create("second")
    site.installation.endpoints.remove(added.endpoint.endpoint_id, by="ann")
    site.lead("webhook").apply(second)
    removed = site.why("second", "webhook")

    assert nobody.rung is Rung.NO_ENDPOINT
    assert nobody.act is not None
    assert nobody.act.command == "main.py endpoints add URL"
    assert later.rung is Rung.ENDPOINT_LATER
    assert "https://hooks.example.com/in was registered at" in later.sentence
    assert removed.rung is Rung.ENDPOINT_REMOVED


def test_a_delivery_is_followed_from_the_receipt_to_the_receiver(site: Site, receiver: Receiver) -> None:
    site.create()
    hand = site.lead("webhook")
    hand.apply(*site.events("abc"))

    due = site.why("abc", "webhook")
    site.controls.pause("webhook", seconds=None, by="ann", why="")
    paused = site.why("abc", "webhook")
    standing = Standstill(site.control, "disk")
    standing.ask("The disk is full.", seconds=60)
    still = site.why("abc", "webhook")
    standing.lift()
    hand.die()
    leaderless = site.why("abc", "webhook")
    site.beat("webhook", "another")
    silent = site.why("abc", "webhook")
    site.controls.resume("webhook", by="ann", why="")
    Heartbeats(site.control).end("another")
    site.start("webhook")

    told = site.comes_to(Rung.DELIVERED, "abc", "webhook")

    assert [one.rung for one in (due, paused, still, leaderless, silent)] == [
        Rung.DUE,
        Rung.SENDER_PAUSED,
        Rung.STANDSTILL,
        Rung.NO_LEADER,
        Rung.NO_LEADER,
    ]
    assert "no worker runs webhook" in leaderless.sentence
    assert "no living worker owns partition 0" in silent.sentence
    assert f"{receiver.url} was told at" in told.sentence
    assert "it answered 204" in told.sentence


def test_a_failing_endpoint_tells_its_answer_and_the_next_attempt(site: Site, receiver: Receiver) -> None:
    receiver.status = 500
    site.start("webhook")
    site.create()

    failing = site.comes_to(Rung.CALL_FAILING, "abc", "webhook")
    endpoint = site.installation.endpoints.all()[0]
    site.installation.endpoints.remove(endpoint.endpoint_id, by="ann")
    removed = site.why("abc", "webhook")

    assert "attempt 1 was answered 500; the next one is in" in failing.sentence
    assert removed.rung is Rung.ENDPOINT_REMOVED
    assert "before it was told" in removed.sentence


def test_an_endpoint_that_was_or_is_off_says_by_whom_and_offers_to_enable_it(
    site: Site, receiver: Receiver
) -> None:
    (endpoint,), switches = site.installation.endpoints.all(), site.installation.endpoints
    committed, hand = site.installation.outbox.last_committed, site.lead("webhook")
    hand.apply(site.create("before"))
    switches.disable(endpoint.endpoint_id, by="ann", why="moving house", positions=committed)
    hand.apply(site.create("meanwhile"))

    waits, skipped = site.why("before", "webhook"), site.why("meanwhile", "webhook")
    other = switches.add("https://hooks.example.com/in", description="", by="ann").endpoint
    hand.apply(site.create("both"))
    both = site.why("both", "webhook")
    switches.remove(other.endpoint_id, by="ann")
    switches.enable(endpoint.endpoint_id, by="ann", positions=committed)
    due, never = site.why("before", "webhook"), site.why("meanwhile", "webhook")

    assert [one.rung for one in (waits, skipped, due, never)] == [
        *(Rung.ENDPOINT_OFF, Rung.ENDPOINT_WAS_OFF, Rung.DUE, Rung.ENDPOINT_WAS_OFF),
    ]
    assert f"{receiver.url} waits to be told, but it was switched off at" in waits.sentence
    assert 'by ann: "moving house"; it goes out once' in waits.sentence
    assert f"{receiver.url} was not to be told: it was switched off at" in skipped.sentence
    assert f"{receiver.url} was off then, and is never told." in both.sentence
    for answer in (waits, skipped):
        assert answer.act is not None
        assert answer.act.command == f"main.py endpoints enable {endpoint.endpoint_id}"
    assert never.act is None


def test_an_endpoint_that_nobody_answers_at_tells_the_error_beside_one_that_has_it(
    site: Site, receiver: Receiver
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/hook"
        site.installation.endpoints.add(url, description="", by="ann")
        site.start("webhook")
        site.create()

        failing = site.comes_to(Rung.CALL_FAILING, "abc", "webhook")

    assert f"{url} was not told yet: attempt 1 failed (" in failing.sentence
    assert "of 2 endpoints have it." in failing.sentence


def test_of_several_endpoints_that_fail_the_others_are_named_too(site: Site, receiver: Receiver) -> None:
    with socket.socket() as first, socket.socket() as second:
        for unused in (first, second):
            unused.bind(("127.0.0.1", 0))
        urls = [f"http://127.0.0.1:{unused.getsockname()[1]}/hook" for unused in (first, second)]
        for url in urls:
            site.installation.endpoints.add(url, description="", by="ann")
        site.start("webhook")
        site.create()

        eventually(
            lambda: (
                "1 of 3 endpoints have it. Nor have it yet: "
                in site.comes_to(Rung.CALL_FAILING, "abc", "webhook").sentence
            )
        )
        sentence = site.comes_to(Rung.CALL_FAILING, "abc", "webhook").sentence

    assert all(url in sentence for url in urls)
    assert sentence.endswith("(endpoint failing).")


def test_a_delivery_that_was_given_up_is_told(site: Site, receiver: Receiver) -> None:
    receiver.status = 410
    site.start("webhook")
    site.create()

    answer = site.comes_to(Rung.EXHAUSTED, "abc", "webhook")

    assert "1 attempts failed, the last one was answered 410" in answer.sentence


def test_a_call_that_is_under_way_is_told(site: Site) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/hook"
        site.installation.endpoints.add(url, description="", by="ann")
        site.start("webhook")
        site.create()

        answer = site.comes_to(Rung.SENDING, "abc", "webhook")

    assert answer.sentence == f"{url} is being told now, at attempt 1."


def test_a_delivery_that_is_missing_sends_to_the_ledger(site: Site, receiver: Receiver) -> None:
    site.create()
    site.lead("webhook").apply(*site.events("abc"))
    site.change("webhook", text("DELETE FROM deliveries"))

    answer = site.why("abc", "webhook")

    assert answer.rung is Rung.NO_DELIVERY
    assert answer.act is not None
    assert answer.act.command == "main.py ledger"


# Images


def test_an_image_is_followed_to_the_disk(site: Site) -> None:
    created = site.create()
    site.lead("qr").apply(created)

    drawn = site.why("abc", "qr")
    site.change("qr", text("UPDATE codes SET durable = 1"))
    kept = site.why("abc", "qr")

    assert (drawn.rung, kept.rung) == (Rung.NOT_DURABLE, Rung.APPLIED)


def test_an_image_that_is_noted_and_not_there_or_another_one_is_told(site: Site) -> None:
    created = site.create()
    site.lead("qr").apply(created)
    (image,) = site.data_dir.rglob("*.png")

    image.write_bytes(b"something else")
    damaged = site.why("abc", "qr")
    image.unlink()
    missing = site.why("abc", "qr")
    site.change("qr", text("DELETE FROM codes"))
    unnoted = site.why("abc", "qr")

    assert [one.rung for one in (damaged, missing, unnoted)] == [
        Rung.IMAGE_DAMAGED,
        Rung.IMAGE_MISSING,
        Rung.NOT_NOTED,
    ]
    assert image.name in missing.sentence
    assert missing.act is not None
    assert missing.act.command == "main.py rebuild qr"
