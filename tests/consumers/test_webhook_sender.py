"""What is owed is delivered in order and once, each endpoint for itself; what fails is tried again on its schedule."""

import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from sqlalchemy import update

from consumers import webhook_schedule, webhook_sender
from consumers.webhook_tables import deliveries
from core.consuming.contract import Answer, Endpoint, Obliging
from tests.consumers.conftest import Applied, Rows
from tests.support.events import created, make_event
from tests.support.hostile_server import hostile_server, simple
from tests.support.receiver import Receiver, webhook_receiver
from tests.support.sending import Sender
from tests.support.waiting import PATIENCE_S, eventually, never


@pytest.fixture
def receiver(endpoints: list[Endpoint], secrets: dict[str, str]) -> Iterator[Receiver]:
    """Give a good receiver, registered as the only endpoint."""
    with webhook_receiver() as server:
        server.secret = secrets["endpoint-1"]
        endpoints[:] = [Endpoint("endpoint-1", server.url, "", 0.0)]
        yield server


@pytest.fixture
def webhook(apply_to: Callable[[str], Applied]) -> Applied:
    return apply_to("webhook")


@pytest.fixture
def start_sender(webhook: Applied) -> Iterator[Callable[[], Sender]]:
    senders: list[Sender] = []

    def start() -> Sender:
        senders.append(Sender(webhook))
        return senders[-1]

    yield start
    for sender in senders:
        sender.stop()


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the schedule a matter of milliseconds."""
    monkeypatch.setattr(webhook_schedule, "DELAYS_S", (0, 0.05, 0.05, 0.05))


def owe(webhook: Applied, first: int, count: int) -> list[str]:
    """Give the ids of so many new events at consecutive positions."""
    events = [make_event(created(f"link-{position}"), position) for position in range(first, first + count)]
    webhook.give(*events)
    return [event.event_id for event in events]


def owed(webhook: Applied) -> Rows:
    return webhook.rows["deliveries"]


def is_settled(webhook: Applied, state: str = "delivered") -> bool:
    return all(row["state"] == state for row in owed(webhook))


def test_what_is_owed_is_delivered_in_order_and_recorded(
    webhook: Applied, receiver: Receiver, start_sender: Callable[[], Sender]
) -> None:
    ids = owe(webhook, 1, 12)

    start_sender()

    eventually(lambda: is_settled(webhook))
    assert receiver.refused == []
    assert receiver.ids == ids
    assert [(row["number"], row["status"], row["error"]) for row in webhook.rows["attempts"]] == [
        (1, 204, None)
    ] * 12
    assert all(row["attempts"] == 1 and row["finished_at"] >= row["created_at"] for row in owed(webhook))


def test_a_commit_wakes_it_at_once(
    webhook: Applied,
    receiver: Receiver,
    start_sender: Callable[[], Sender],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_sender, "_GLANCE_S", 3_600.0)
    sender = start_sender()
    for round_number in range(3):
        owe(webhook, 1 + round_number, 1)
        sender.turn.woken.set()

        eventually(lambda: len(receiver.ids) == round_number + 1)  # noqa: B023


def test_a_failure_is_tried_again_with_the_same_id_until_it_succeeds(
    webhook: Applied, receiver: Receiver, start_sender: Callable[[], Sender], soon: None
) -> None:
    receiver.status = 500
    ids = owe(webhook, 1, 1)
    start_sender()
    eventually(lambda: len(receiver.ids) >= 2)

    receiver.status = 200

    eventually(lambda: is_settled(webhook))
    assert set(receiver.ids) == set(ids)
    statuses = [row["status"] for row in webhook.rows["attempts"]]
    assert statuses == [*[500] * (len(statuses) - 1), 200]


def test_it_gives_up_after_the_last_attempt(
    webhook: Applied, receiver: Receiver, start_sender: Callable[[], Sender], soon: None
) -> None:
    receiver.status = 500
    owe(webhook, 1, 1)

    start_sender()

    eventually(lambda: is_settled(webhook, "exhausted"))
    assert len(webhook.rows["attempts"]) == 4
    never(lambda: len(receiver.ids) > 4, within=0.3)


def test_whoever_is_gone_is_given_up_at_once(
    webhook: Applied, receiver: Receiver, start_sender: Callable[[], Sender]
) -> None:
    receiver.status = 410
    owe(webhook, 1, 1)

    start_sender()

    eventually(lambda: is_settled(webhook, "exhausted"))
    assert len(webhook.rows["attempts"]) == 1


def test_a_receiver_that_hangs_holds_up_nobody_else(
    webhook: Applied, receiver: Receiver, start_sender: Callable[[], Sender], endpoints: list[Endpoint]
) -> None:
    over = threading.Event()

    def hang(_handler: BaseHTTPRequestHandler) -> None:
        over.wait(PATIENCE_S)

    with hostile_server(hang) as hanging:
        endpoints.append(Endpoint("endpoint-2", hanging.url, "", 1.0))
        ids = owe(webhook, 1, 8)

        sender = start_sender()

        eventually(lambda: receiver.ids == ids)
        eventually(lambda: hanging.paths)
        assert len(hanging.paths) == 1  # The others wait in its lane.
        over.set()
        sender.turn.stopping.set()


def test_a_pause_holds_back_calls_and_the_end_of_it_lets_them_go(
    webhook: Applied, receiver: Receiver, start_sender: Callable[[], Sender]
) -> None:
    sender = start_sender()
    sender.paused = True
    owe(webhook, 1, 3)
    sender.turn.woken.set()
    never(lambda: receiver.ids, within=0.4)

    sender.paused = False

    eventually(lambda: is_settled(webhook))


def test_one_sender_leads_and_the_others_rest(
    webhook: Applied, receiver: Receiver, start_sender: Callable[[], Sender]
) -> None:
    first, second = start_sender(), start_sender()
    first.term = second.term = None
    ids = owe(webhook, 1, 10)
    never(lambda: receiver.ids, within=0.3)

    second.term = 1

    eventually(lambda: is_settled(webhook))
    assert receiver.ids == ids


def test_what_a_dead_sender_had_claimed_is_sent_by_the_one_that_leads_after_it(
    webhook: Applied, receiver: Receiver, start_sender: Callable[[], Sender]
) -> None:
    ids = owe(webhook, 1, 2)
    with webhook.database.transaction() as db:
        db.execute(update(deliveries).values(claimed_until=time.time() + 600))

    start_sender()

    eventually(lambda: is_settled(webhook))
    assert receiver.ids == ids


def test_a_claim_of_the_same_term_is_left_alone(
    webhook: Applied, receiver: Receiver, start_sender: Callable[[], Sender]
) -> None:
    sender = start_sender()
    first = owe(webhook, 1, 1)
    eventually(lambda: is_settled(webhook))
    with webhook.database.transaction() as db:
        db.execute(
            update(deliveries).values(
                state="waiting", attempts=0, next_attempt_at=0.0, claimed_until=time.time() + 600
            )
        )
    sender.term = None

    sender.term = 1

    never(lambda: len(receiver.ids) > len(first), within=0.4)


def test_a_sender_stops_between_two_calls(
    webhook: Applied, start_sender: Callable[[], Sender], endpoints: list[Endpoint]
) -> None:
    begun, told = threading.Event(), threading.Event()

    def answer_once_it_is_told(handler: BaseHTTPRequestHandler) -> None:
        begun.set()
        told.wait(PATIENCE_S)
        simple(200)(handler)

    with hostile_server(answer_once_it_is_told) as server:
        endpoints[:] = [Endpoint("endpoint-1", server.url, "", 0.0)]
        owe(webhook, 1, 40)
        sender = start_sender()
        assert begun.wait(PATIENCE_S)

        sender.turn.stopping.set()
        told.set()
        sender.stop()
        eventually(lambda: all(row["claimed_until"] == 0 for row in owed(webhook)))

    states = [row["state"] for row in owed(webhook)]
    assert states.count("delivered") == len(server.paths) == 1


# What operators see and ask for


def answer(webhook: Applied) -> dict[str, Any]:
    (row,) = webhook.rows["answers"]
    return row


def test_how_an_endpoint_answers_and_since_when_it_fails_is_kept_until_it_accepts(
    webhook: Applied, receiver: Receiver, start_sender: Callable[[], Sender], soon: None
) -> None:
    receiver.status = 503
    owe(webhook, 1, 1)
    start_sender()
    eventually(lambda: webhook.rows["answers"] and answer(webhook)["failures"] == 3)
    failing = answer(webhook)
    first = webhook.rows["attempts"][0]
    assert (failing["endpoint_id"], failing["status"], failing["error"]) == ("endpoint-1", 503, "HTTP 503")
    assert first["started_at"] < failing["failing_since"] < failing["answered_at"]

    receiver.status = 204
    eventually(lambda: is_settled(webhook))
    owe(webhook, 2, 1)
    eventually(lambda: is_settled(webhook))

    accepted = answer(webhook)
    assert (accepted["status"], accepted["error"], accepted["failing_since"]) == (204, None, None)
    assert accepted["failures"] == 0


def test_what_waits_for_one_endpoint_is_due_at_once_when_asked_for_and_nothing_else_is(
    webhook: Applied, receiver: Receiver, endpoints: list[Endpoint]
) -> None:
    endpoints.append(Endpoint("endpoint-2", receiver.url, "", 0.0))
    owe(webhook, 1, 3)
    later = time.time() + 600
    with webhook.database.transaction() as db:
        db.execute(update(deliveries).values(next_attempt_at=later))
        assert isinstance(webhook.consumer, Obliging)

        said = [
            webhook.consumer.oblige("call now", name, db) for name in ("endpoint-1", "endpoint-1", "nobody")
        ]

    assert said == [
        Answer("3 deliveries are due now."),
        Answer("What waits is due already."),
        Answer("Nothing was done: no delivery waits for it.", done=False),
    ]
    due = {row["endpoint_id"] for row in owed(webhook) if row["next_attempt_at"] < later}
    assert due == {"endpoint-1"}
