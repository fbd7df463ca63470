"""An event that is published again, in both meanings, with a real worker, real commands, and a green ledger afterwards."""

from core.broker.client import connect
from core.events.partitioning import stream_key
from core.operating.desk import Desk
from tests.commands.conftest import Answer
from tests.commands.test_dead_all_the_way import assert_ledger_is_green, settled
from tests.support.exactly_once import query
from tests.support.waiting import eventually


def test_a_consumer_is_told_once_more_and_a_lost_event_is_put_back(
    working_desk: Desk, answer: Answer
) -> None:
    first = working_desk.create_link("https://example.com/", slug="one")
    working_desk.create_link("https://example.com/", slug="two")
    eventually(lambda: settled(answer))

    # Told once more: dashboard runs again, billing would absorb it.
    looked = answer("events", "republish", first.event_id, "--dry-run")
    verdicts = {one["consumer"]: one["verdict"] for one in looked["preview"]["consumers"]}
    assert verdicts == {
        "analytics": "absorbs", "qr": "absorbs", "billing": "absorbs", "webhook": "absorbs", "dashboard": "runs",
    }  # fmt: skip
    done = answer("events", "republish", first.event_id, "--for", "dashboard", "--for", "billing", "--yes")
    new = {one["consumer"]: one["event_id"] for one in done["events"]}
    entries = f"SELECT event_id FROM entries WHERE link_id = '{first.link_id}'"
    data_dir = working_desk.settings.data_dir
    eventually(
        lambda: query(data_dir, "dashboard", entries) == [(first.event_id,), (new["dashboard"],)],
    )
    eventually(lambda: settled(answer))
    assert query(data_dir, "billing", "SELECT sum(links) FROM usage") == [(2,)]
    assert_ledger_is_green(answer)

    # Put back: the stream has a hole, which the ledger sees; then it has none, and nobody has anything twice.
    event = working_desk.reading_room.events.detail(new["dashboard"]).row.event
    client = connect(working_desk._installation.broker_url)
    client.xdel(stream_key(event.partition), f"{event.position}-0")
    lost = f"{event.partition}/{event.position}"
    assert answer("events", "show", lost)["copy"] == "missing from the stream"
    assert not answer("ledger", code=1)["streams"]["ok"]
    back = answer("events", "republish", lost, "--put-back", "--yes")
    assert (back["put_back"], back["preview"]["is_lost"]) == (event.partition, True)
    eventually(lambda: answer("events", "show", lost)["copy"] in ("in the stream", "trimmed"))
    client.close()
    assert_ledger_is_green(answer)
    acts = [act.act.split(" ")[0] for act in working_desk.journal.newest(3)]
    assert acts == ["republish"] * 3
