"""A worker dies between commit and acknowledging: what is delivered again is recognised, every time."""

from pathlib import Path

from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from tests.support.dying_program import DIED
from tests.support.looping import in_flight
from tests.support.programs import program
from tests.support.waiting import PATIENCE_S, eventually
from tests.support.way import Way

#: Deaths; each worker acknowledges two batches before its own.
DEATHS = 6


def test_deaths_between_commit_and_acknowledging_double_nothing(
    way: Way, broker: EmbeddedBroker, streams: Streams, tmp_path: Path
) -> None:
    way.start_relay(broker.url)
    way.create(40 * DEATHS)

    for death in range(1, DEATHS + 1):
        with program("tests.support.dying_program", tmp_path, broker.url, 3) as worker:
            assert worker.wait(PATIENCE_S) == DIED
        # It had committed more than was acknowledged: exactly the moment that was meant.
        assert in_flight(streams) > 0
        assert len(way.effects()) >= death

    loop = way.start_loop(broker.url)
    eventually(way.has_everything)
    eventually(lambda: in_flight(streams) == 0)
    assert loop.status.error is None
