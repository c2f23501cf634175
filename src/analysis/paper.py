"""What the paper prints, to stand beside our numbers."""

from pathlib import Path

import pandas as pd

TABLE_1 = Path(__file__).with_name("paper_table1.csv")


def paper_numbers(task: str) -> dict[str, dict[str, float]]:
    """Read what Table 1 of the paper prints for a task.

    Args:
        task: such as "surge_full".

    Returns:
        By method: the metrics, each also with "_ci95", and parameters_million; empty where the
        paper has none.
    """
    table = pd.read_csv(TABLE_1)
    mine = table[table["dataset"] == task].drop(columns="dataset").set_index("method")
    return {
        str(method): {str(name): float(value) for name, value in row.items()}
        for method, row in mine.iterrows()
    }
