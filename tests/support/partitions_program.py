"""Prints the partitions of the links that it is given."""

import sys

from core.events.partitioning import partition_of

if __name__ == "__main__":
    print(*(partition_of(link_id, 8) for link_id in sys.argv[1:]))
