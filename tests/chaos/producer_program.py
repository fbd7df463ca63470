"""Creates, edits, archives, restores and clicks until it is killed, and writes down the id of each event that was confirmed.

producer_program DATA_DIR FILE SEED CHANGES_PER_SECOND
"""

import os
import random
import sys
import threading
from pathlib import Path

from consumers import NAMES, build_consumers
from core.errors import InvalidInput, NotFound, StoreUnavailable
from core.operating.desk import Desk
from core.operating.program import Program
from core.settings import Settings
from tests.support.programs import MAIN

#: Rest after a database that could not take something, in seconds.
_REST_S = 0.1
#: Part of the archived links that come back.
_RESTORED = 0.5
#: Links whose slugs are remembered; half of them may be another producer's.
_REMEMBERED = 200


class Producing:
    """One producer at its work."""

    def __init__(self, desk: Desk, dice: random.Random) -> None:
        self._desk = desk
        self._dice = dice
        self._slugs = [link.slug for link in desk.links.page(count=_REMEMBERED // 2)]

    def change_something(self) -> str | None:
        """Do what users do, in roughly their proportions; gives the id of the event, or None when there was none.

        Raises:
            StoreUnavailable: nothing was changed.
        """
        lot = self._dice.random()
        if lot < 0.2 or not self._slugs:
            return self._create()
        slug = self._dice.choice(self._slugs)
        try:
            if lot < 0.35:
                return self._desk.edit_link(slug, title=f"Title {self._dice.random()}").event_id
            if lot < 0.37:
                return self._desk.archive_link(slug).event_id
            agent = "Googlebot/2.1" if self._dice.random() < 0.1 else "Mozilla/5.0 Firefox/140.0"
            return self._desk.click(slug, user_agent=agent).event_id
        except NotFound:
            return self._restore(slug)  # Archived, by us or by somebody else.

    def _restore(self, slug: str) -> str | None:
        """Take a link back from the archive, or else never touch it again."""
        try:
            if self._dice.random() < _RESTORED:
                return self._desk.restore_link(slug).event_id
        except InvalidInput:
            return None  # Somebody else was first.
        self._slugs.remove(slug)
        return None

    def _create(self) -> str:
        link = self._desk.create_link(f"https://example.com/{self._dice.random()}")
        self._slugs = [*self._slugs[1 - _REMEMBERED :], link.slug]
        return link.event_id


def open_desk(data_dir: Path) -> Desk:
    """Attach to the data dir, however often that fails at first."""
    program = Program((sys.executable, str(MAIN)), NAMES, build_consumers)
    while True:
        try:
            return Desk.attach(Settings.load(data_dir=data_dir), program=program)
        except StoreUnavailable:
            threading.Event().wait(_REST_S)


def main() -> None:
    """Produce until killed."""
    data_dir, file, seed, per_second = sys.argv[1:]
    confirmed = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    pause = threading.Event()
    producing = Producing(open_desk(Path(data_dir)), random.Random(seed))
    while True:
        try:
            event_id = producing.change_something()
        except StoreUnavailable as error:
            print(error, flush=True)
            pause.wait(_REST_S)
        else:
            if event_id is not None:
                os.write(confirmed, f"{event_id}\n".encode())
            pause.wait(1 / float(per_second))


if __name__ == "__main__":
    main()
