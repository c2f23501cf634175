"""Which items of a set of sounds are heard: a sample by chance, and the best, median and worst."""

import numpy as np
import pandas as pd

SEED = 0  # of the sample; always the same, so that nobody picks what sounds well


def choose_items(scores: pd.DataFrame, samples: int, seed: int = SEED) -> dict[str, list[str]]:
    """Choose the items of a page.

    Args:
        scores: of one run: ``item`` and ``mss``, a row an item.
        samples: how many items are drawn by chance; all where there are fewer.
        seed: of the draw.

    Returns:
        By item why it is there: "sample", "best", "median" (of an even number the lower one),
        "worst". The sample comes first, by number; items without MSS are in the sample only.

    Raises:
        ValueError: there are no scores, or no samples are wanted.
    """
    if scores.empty or samples < 1:
        raise ValueError(f"expected scores and 1 sample or more, got {len(scores)} and {samples}")
    items = sorted(scores["item"].astype(str))
    rng = np.random.default_rng(seed)
    drawn = rng.choice(len(items), size=min(samples, len(items)), replace=False)
    chosen = {items[index]: ["sample"] for index in sorted(drawn)}
    ordered = scores.dropna(subset="mss").sort_values(["mss", "item"])["item"].astype(str).tolist()
    if ordered:
        places = {"best": 0, "median": (len(ordered) - 1) // 2, "worst": len(ordered) - 1}
        for reason, place in places.items():
            chosen.setdefault(ordered[place], []).append(reason)
    return chosen
