"""Creates links in a data dir's links.db, and prints the event id of each, once it is committed.

create_program DATA_DIR COUNT
"""

import sys
from pathlib import Path

from tests.support.links import make_link_side, open_links_db

if __name__ == "__main__":
    side = make_link_side(open_links_db(Path(sys.argv[1])))
    for _ in range(int(sys.argv[2])):
        print(side.producer.create_link("https://example.com/", by="another process").event_id, flush=True)
