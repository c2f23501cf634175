"""Text of tables: escapes, and columns that readers of earlier tables know."""

import pytest

from src.analysis.markup import escape_latex, escape_markdown


@pytest.mark.parametrize(
    ("plain", "latex"),
    [
        ("AT&T 50% of $3 #1 a_b", r"AT\&T 50\% of \$3 \#1 a\_b"),
        (
            r"{x} \\ ~ ^",
            r"\{x\} \textbackslash{}\textbackslash{} \textasciitilde{} \textasciicircum{}",
        ),
        ("MSS (dB) ↓, RMS ↑", r"MSS (dB) $\downarrow$, RMS $\uparrow$"),
        ("k-osc: -0.5 ± 0.1", r"k-osc: $-$0.5 $\pm$ 0.1"),
        ("-", "-"),
    ],
)
def test_plain_text_stays_plain_in_latex(plain: str, latex: str) -> None:
    assert escape_latex(plain) == latex


def test_bars_of_names_open_no_cell() -> None:
    assert escape_markdown("a|b") == r"a\|b"
