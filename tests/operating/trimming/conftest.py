"""Fixtures for trimming: an installation with two consumers, and a trimmer that a test leads by the hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.broker.server import EmbeddedBroker
from core.consuming.controls import Controls
from core.operating.installation import Installation
from core.operating.upkeep.trimmer import Trimmer
from core.settings import Settings
from tests.support.links import PARTITIONS


@pytest.fixture
def installation(tmp_path: Path, broker: EmbeddedBroker) -> Iterator[Installation]:
    opened = Installation(Settings(data_dir=tmp_path, broker=broker.url, partitions=PARTITIONS))
    yield opened
    opened.close()


@pytest.fixture
def controls(installation: Installation) -> Controls:
    """Give the controls of an installation with two consumers, of which none has ever run."""
    controls = Controls(installation.control)
    controls.register(("fast", "slow"))
    return controls


@pytest.fixture
def trimmer(
    installation: Installation, controls: Controls, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Trimmer]:
    """Give a trimmer that is not running and leaves no window."""
    monkeypatch.setattr("core.operating.upkeep.trimmer.WINDOW", 1)
    trimmer = Trimmer(installation)
    yield trimmer
    trimmer._floors.close()
    trimmer._streams.close()
    trimmer._trim.close()
