"""Tables of a task: means with intervals, and paired differences between methods.

    python -m src.analysis.tables results/laptop/kosc/scores.parquet \
        --output results/laptop/tables/kosc

writes kosc.csv (numbers), kosc.md and kosc.tex (for readers), and the same with kosc_paired.
"""

from pathlib import Path

from src.analysis import table_text as text
from src.analysis.command_lines import tabulating, write_csv
from src.analysis.scores import read_scores
from src.analysis.summary import paired_table, summary_table
from src.common.files import write_text


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
        written.append(write_csv(table, output.with_name(f"{name}.csv")))
        for suffix, markup, document in (
            ("md", text.MARKDOWN, text.markdown),
            ("tex", text.LATEX, latex),
        ):
            path = output.with_name(f"{name}.{suffix}")
            content = document(task, note(table), text.blocks(table, cells, markup))
            write_text(path, content)
            written.append(path)
    return written


main = tabulating(write_tables, "Write the tables of one task.")


if __name__ == "__main__":
    main()
