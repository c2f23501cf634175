"""Which items are heard."""

import numpy as np
import pandas as pd
import pytest

from src.listen.choice import choose_items


def scores(mss: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"item": [f"{item:06d}" for item in range(len(mss))], "mss": mss})


def test_best_median_and_worst() -> None:
    chosen = choose_items(scores([3.0, 9.0, 1.0, 5.0, 7.0]), samples=1)
    reasons = {reason: item for item, found in chosen.items() for reason in found}
    assert reasons["best"] == "000002"
    assert reasons["median"] == "000003"
    assert reasons["worst"] == "000001"


def test_the_sample_depends_on_items_alone() -> None:
    first = choose_items(scores(list(np.arange(50.0))), samples=6)
    second = choose_items(scores(list(np.arange(50.0)[::-1])).sample(frac=1, random_state=1), 6)
    sampled = [[item for item, why in c.items() if "sample" in why] for c in (first, second)]
    assert sampled[0] == sampled[1] == sorted(sampled[0])
    assert len(sampled[0]) == 6


def test_items_without_mss_are_sampled_only() -> None:
    chosen = choose_items(scores([float("nan"), 2.0]), samples=5)
    assert chosen == {"000000": ["sample"], "000001": ["sample", "best", "median", "worst"]}


def test_nothing_to_choose_from() -> None:
    with pytest.raises(ValueError, match="expected scores and 1 sample or more, got 0 and 3"):
        choose_items(scores([]), samples=3)
