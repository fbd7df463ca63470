"""A look at the streams of one installation, for as long as one question takes."""

from collections.abc import Iterator
from contextlib import contextmanager

from core.broker.client import connect
from core.broker.seal import Seal
from core.broker.stream_look import StreamLook
from core.operating.installation import Installation
from core.producing.seal_key import seal_key

#: How long the broker may take for an answer, in seconds; what people look at does without it.
_ANSWER_S = 1.0


@contextmanager
def open_look(installation: Installation) -> Iterator[StreamLook]:
    """Open a connection that is closed at the end; nothing is sent yet.

    Raises:
        StoreUnavailable: the seal can't be read.
    """
    client = connect(installation.broker_url, answer_timeout_s=_ANSWER_S)
    look = StreamLook(client, Seal(seal_key(installation.links)))
    try:
        yield look
    finally:
        look.close()
