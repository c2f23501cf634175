"""Tables of a task or a study: means with intervals, and paired differences between methods.

    python -m src.analysis.tables results/laptop/kosc/scores.parquet \
        --output results/laptop/tables/kosc

writes kosc.csv (numbers), kosc.md and kosc.tex (for readers), and the same with kosc_paired. Tables
of rendered sounds have the paper's numbers beside ours.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from src.analysis import table_cells as cells
from src.analysis import table_columns
from src.analysis.evidence import Evidence
from src.analysis.markup import LATEX, MARKDOWN, latex, markdown
from src.analysis.naming import title_of
from src.analysis.scores import kind_of, read_scores
from src.analysis.summary import paired_table, summary_table
from src.analysis.table_files import write_csv
from src.common.errors import explained
from src.common.files import write_text


def write_tables(scores_path: Path, output: Path) -> list[Path]:
    """Write all tables of a task or a study.

    Args:
        scores_path: from `src.analysis.gather`.
        output: folder and first part of the files' names.

    Returns:
        The files written.

    Raises:
        FileNotFoundError: there are no scores.
        ValueError: the scores are not usable.
    """
    scores = read_scores(scores_path)
    kind = kind_of(scores)
    title = f"{title_of(scores)} (scale: {scores['scale'].iloc[0]})"
    basis = f" {Evidence.of_scores(scores).text}."
    summary, paired = summary_table(scores), paired_table(scores)
    written = []
    for name, table, columns, blocks_of, note in (
        (
            output.name,
            summary,
            table_columns.SUMMARY[kind],
            cells.summary_blocks,
            cells.summary_note(summary, kind),
        ),
        (
            f"{output.name}_paired",
            paired,
            table_columns.PAIRED[kind],
            cells.paired_blocks,
            cells.paired_note(paired, summary, kind),
        ),
    ):
        csv = output.with_name(f"{name}.csv")
        written.append(write_csv(table_columns.printed(table, columns), csv))
        is_long = table is paired  # pairs are many
        texts = {
            "md": markdown(title, note + basis, blocks_of(table, kind, MARKDOWN)),
            "tex": latex(title, note + basis, blocks_of(table, kind, LATEX), is_long),
        }
        for suffix, text in texts.items():
            written.append(output.with_name(f"{name}.{suffix}"))
            write_text(written[-1], text)
    return written


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the tables of one task or study.")
    parser.add_argument("scores", type=Path, help="Parquet file from src.analysis.gather")
    parser.add_argument("--output", type=Path, required=True, help="path without suffix")
    options = parser.parse_args(argv)
    for path in write_tables(options.scores, options.output):
        print(path)


if __name__ == "__main__":
    main()
