"""How a worker is put together from an installation, in this process or as a child of it."""

from collections.abc import Sequence
from functools import partial

from core.broker.client import READ_BATCHES
from core.consuming.contract import Consumer, Surroundings
from core.consuming.worker import Worker
from core.errors import NotFound
from core.operating.installation import Installation
from core.operating.program import Program
from core.settings import Settings


def build_consumers(installation: Installation, program: Program) -> tuple[Consumer, ...]:
    """Build all consumers of a program for an installation."""
    return program.build_consumers(
        Surroundings(
            objects=installation.objects,
            endpoints=installation.endpoints.all,
            secret_of=installation.endpoints.secret_of,
            allow_private_targets=installation.settings.allow_private_targets,
        )
    )


def build_worker(installation: Installation, program: Program, only: Sequence[str] = ()) -> Worker:
    """Build a worker for all consumers, or `only` the named ones.

    Raises:
        NotFound: there is no consumer of that name.
    """
    consumers = build_consumers(installation, program)
    known = [consumer.name for consumer in consumers]
    for name in only:
        if name not in known:
            raise NotFound(f"There is no consumer {name!r}. There are: {', '.join(known)}.")
    return Worker(
        [consumer for consumer in consumers if not only or consumer.name in only],
        open_database=installation.open_database,
        open_streams=partial(installation.open_streams, read_at_once=READ_BATCHES),
        archive=installation.outbox,
        control=installation.control,
        retention_days=installation.settings.retention_days,
    )


def worker_environment(settings: Settings) -> dict[str, str]:
    """Write the settings as environment variables, for a worker that is started as a child."""
    values = {
        f"SIGNALBOX_{name.upper()}": value
        for name, value in settings.model_dump().items()
        if value is not None
    }
    return {name: str(value) for name, value in values.items()}
