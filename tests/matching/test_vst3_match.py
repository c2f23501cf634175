"""A match is a preset that a VST3 instrument can load, too."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.synths.vst3_host import MISSING, find_instrument, python_command

INSTRUMENT = find_instrument()
ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(INSTRUMENT is None, reason=MISSING)
def test_a_fresh_instrument_that_loads_the_preset_makes_the_match(tmp_path: Path) -> None:
    assert INSTRUMENT is not None
    python, environment = python_command(INSTRUMENT)
    starter = tmp_path / "python"
    starter.write_text(f'#!/bin/sh\nexec {shlex.join(python)} "$@"\n', encoding="utf-8")
    starter.chmod(0o755)
    command = [*python, "-m", "tests.matching.vst3_match", str(tmp_path), str(starter)]
    process = subprocess.run(
        [*command, str(INSTRUMENT)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    found = json.loads(process.stdout.splitlines()[-1])
    assert found["problems"] == []
    assert "match.vstpreset" in found["files"]
    assert found["level"] > 0.1
    assert found["difference"] < 1e-3
    assert found["difference_of_base"] > 0.1
