"""Tables of a rendered data set: means with intervals beside the paper's, paired differences.

    python -m src.analysis.synth.tables results/laptop/vital/scores.parquet \
        --output results/laptop/tables/vital

writes vital.csv (numbers), vital.md and vital.tex (for readers), and the same with vital_paired.
"""

from pathlib import Path

from src.analysis.command_lines import tabulating, write_csv
from src.analysis.synth import table_cells as cells
from src.analysis.synth.rows import dataset_label
from src.analysis.synth.scores import read_scores
from src.analysis.synth.summary import paired_table, summary_table
from src.analysis.table_text import LATEX, MARKDOWN
from src.common.files import write_text


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
    written = [
        write_csv(summary, output.with_name(f"{output.name}.csv")),
        write_csv(paired, output.with_name(f"{output.name}_paired.csv")),
    ]
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


main = tabulating(write_tables, "Write the tables of a rendered data set.")


if __name__ == "__main__":
    main()
