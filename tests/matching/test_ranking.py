"""Order of candidates."""

import pytest

from src.matching.ranking import ranked


def test_the_best_comes_first_and_what_has_no_score_last():
    scores = [{"mss": 2.0, "rms": 0.9}, None, {"mss": 1.0, "rms": 0.1}, {"mss": float("nan")}]
    assert ranked(scores, "mss")[:2] == [2, 0]
    assert ranked([scores[0], scores[2]], "rms") == [0, 1]


def test_unknown_metrics_are_refused():
    with pytest.raises(ValueError, match="unknown 'lsd'; known: mss"):
        ranked([], "lsd")
