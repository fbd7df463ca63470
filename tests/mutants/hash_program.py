"""Creates links, or clicks those that there are, with a producer that partitions by `hash()`: other in each process.

hash_program DATA_DIR create|click
"""

import sys
from pathlib import Path

from core.events import partitioning


def _by_hash(link_id: str, partitions: int) -> int:
    return hash(link_id) % partitions


if __name__ == "__main__":
    # Before anybody takes it from there.
    partitioning.partition_of = _by_hash
    from tests.support.links import make_link_side, open_links_db

    side = make_link_side(open_links_db(Path(sys.argv[1])))
    if sys.argv[2] == "create":
        for number in range(10):
            side.producer.create_link("https://example.com/", by="ann", slug=f"link-{number}")
    else:
        for number in range(10):
            side.producer.click(f"link-{number}")
