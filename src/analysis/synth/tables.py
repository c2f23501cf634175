"""Tables of a rendered data set: means with intervals beside the paper's, paired differences.

    python -m src.analysis.synth.tables results/laptop/vital/scores.parquet \
        --output results/laptop/tables/vital

writes vital.csv (numbers), vital.md and vital.tex (for readers), and the same with vital_paired.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from src.analysis.synth import table_cells as cells
from src.analysis.synth.rows import dataset_label
from src.analysis.synth.scores import read_scores
from src.analysis.synth.summary import paired_table, summary_table
from src.analysis.table_text import LATEX, MARKDOWN
from src.errors import explained
from src.files import atomic_path, write_text


def write_tables(scores_path: Path, output: Path) -> list[Path]:
    """Write both tables of a data set.

    Args:
        scores_path: from `src.analysis.synth.collect`.
        output: folder and first part of the files' names.

    Returns:
        The files written.

    Raises:
        FileNotFoundError: there are no scores.
        ValueError: the scores are not usable.
    """
    scores = read_scores(scores_path)
    title = f"{dataset_label(scores['dataset'].iloc[0])} (scale: {scores['scale'].iloc[0]})"
    summary, paired = summary_table(scores), paired_table(scores)
    note, paired_note = cells.summary_note(summary), cells.paired_note(summary)
    written = _write_csv(summary, output.with_name(f"{output.name}.csv"))
    written += _write_csv(paired, output.with_name(f"{output.name}_paired.csv"))
    for suffix, markup, document in (
        ("md", MARKDOWN, cells.markdown),
        ("tex", LATEX, cells.latex),
    ):
        for name, content in (
            (output.name, document(title, note, cells.summary_cells(summary, markup))),
            (
                f"{output.name}_paired",
                document(title, paired_note, cells.paired_cells(paired, markup)),
            ),
        ):
            path = output.with_name(f"{name}.{suffix}")
            write_text(path, content)
            written.append(path)
    return written


def _write_csv(table: pd.DataFrame, path: Path) -> list[Path]:
    with atomic_path(path) as temporary:
        table.to_csv(temporary, index=False, lineterminator="\n")
    return [path]


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the tables of a rendered data set.")
    parser.add_argument("scores", type=Path, help="from src.analysis.synth.collect")
    parser.add_argument("--output", type=Path, required=True, help="path without suffix")
    options = parser.parse_args(argv)
    for path in write_tables(options.scores, options.output):
        print(path)


if __name__ == "__main__":
    main()
