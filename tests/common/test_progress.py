"""Progress in a log: how many, how fast, how long."""

import logging

import pytest

from src.common import progress
from src.common.progress import Progress


def test_a_log_tells_rate_and_rest(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter([0.0, 10.0, 25.0, 30.0, 50.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: False, raising=False)
    with caplog.at_level(logging.INFO), Progress("rendering", 10, "clips") as bar:
        bar.advance()  # too soon for a line
        bar.advance(4)
        bar.advance(5)
    assert [record.message for record in caplog.records] == [
        "rendering: 5 of 10 clips, 0.2/s, 25 s left",
        "rendering: 10 clips in 50 s, 0.2/s",
    ]


def test_what_fails_is_not_called_done(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), pytest.raises(ValueError), Progress("x", 1):  # noqa: PT011
        raise ValueError
    assert not caplog.records
