"""Tables of a task: means with intervals, and paired differences between methods.

    python -m src.analysis.tables results/laptop/kosc/scores.parquet \
        --output results/laptop/tables/kosc

writes kosc.csv (numbers), kosc.md and kosc.tex (for readers), and the same with kosc_paired.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from src.analysis import table_text as text
from src.analysis.scores import read_scores
from src.analysis.summary import paired_table, summary_table
from src.files import atomic_path, write_text


def write_tables(scores_path: Path, output: Path) -> list[Path]:
    """Write all tables of one task.

    Args:
        scores_path: From `src.analysis.collect`.
        output: Folder and first part of the files' names.

    Returns:
        The files written.

    Raises:
        ValueError: If the scores are not usable.
    """
    scores = read_scores(scores_path)
    task = scores["task"].iloc[0]
    written = []
    summary = summary_table(scores), text.summary_cells, text.summary_note, text.latex
    paired = paired_table(scores), text.paired_cells, text.paired_note, text.latex_long
    for name, (table, cells, note, latex) in (
        (output.name, summary),
        (f"{output.name}_paired", paired),
    ):
        path = output.with_name(f"{name}.csv")
        with atomic_path(path) as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")
        written.append(path)
        for suffix, markup, document in (
            ("md", text.MARKDOWN, text.markdown),
            ("tex", text.LATEX, latex),
        ):
            path = output.with_name(f"{name}.{suffix}")
            content = document(task, note(table), text.blocks(table, cells, markup))
            write_text(path, content)
            written.append(path)
    return written


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the tables of one task.")
    parser.add_argument("scores", type=Path, help="Parquet file from src.analysis.collect")
    parser.add_argument("--output", type=Path, required=True, help="path without suffix")
    options = parser.parse_args(argv)
    for path in write_tables(options.scores, options.output):
        print(path)


if __name__ == "__main__":
    main()
