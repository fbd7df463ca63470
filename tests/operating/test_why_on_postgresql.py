"""Why something did not happen, asked of PostgreSQL: the same answers."""

from pathlib import Path

from core.broker.server import EmbeddedBroker
from core.events.tracing import trace_id
from core.operating.why.answer import Rung
from tests.support.asking import site_on


def test_the_ladder_is_walked_on_postgresql_too(
    tmp_path: Path, broker: EmbeddedBroker, postgresql_url: str
) -> None:
    with site_on(tmp_path, broker.url, postgresql_url) as site:
        site.installation.endpoints.add("https://hooks.example.com/in", description="", by="ann")
        created = site.create()
        never = site.why("abc", "qr")
        for name in ("qr", "webhook"):
            hand = site.lead(name)
            hand.greet()
            waiting = site.why(created.event_id, name)
            hand.apply(created)
            assert (never.rung, waiting.rung) == (Rung.NO_WORKER, Rung.LAG)
        site.controls.pause("billing", seconds=None, by="ann", why="")
        site.beat("billing")

        (one,) = site.inquiry.ask(trace_id(created.traceparent)).events

        assert {name: answer.rung for name, answer in one.answers.items()} == {
            "analytics": Rung.NO_WORKER,
            "qr": Rung.NOT_DURABLE,
            "billing": Rung.PAUSED,
            "webhook": Rung.DUE,
            "dashboard": Rung.NO_WORKER,
        }
