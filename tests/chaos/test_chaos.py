"""The storm of 75 seconds that every change has to survive; its seed is new each time and printed."""

import json
import subprocess
import sys

import pytest

from tests.support.programs import ROOT

#: The storm, its beginning, and the longest that consumers may take to catch up; in seconds.
_LONGEST_S = 600


@pytest.mark.timeout(_LONGEST_S + 20)
def test_a_storm_of_kills_freezes_and_losses_loses_doubles_and_disorders_nothing() -> None:
    command = [sys.executable, "-m", "tests.chaos.run", "--json"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as storm:
        try:
            out, err = storm.communicate(timeout=_LONGEST_S)
        finally:
            storm.terminate()  # It ends all that it has started.

    print(out, err)
    assert storm.returncode == 0, err
    report = json.loads(out)
    assert report["kills"] >= 100
    assert report["broker_kills"] >= 10
    assert report["regressions"] >= 1
    assert report["events"] > 1_000
    assert report["findings"] == []
