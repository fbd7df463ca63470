"""The measurements behind `main.py bench`: this program against yardsticks, interleaved in one run."""
