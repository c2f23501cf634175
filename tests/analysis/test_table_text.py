"""Names in LaTeX tables."""

from src.analysis.table_text import LATEX


def test_every_special_character_is_escaped():
    assert LATEX.escape(r"&#$%_{}\~^") == (
        r"\&\#\$\%\_\{\}\textbackslash{}\textasciitilde{}\textasciicircum{}"
    )
    assert LATEX.escape("AST-x -1.5 ± 0.2") == r"AST-x $-$1.5 $\pm$ 0.2"
