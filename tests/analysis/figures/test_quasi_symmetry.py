"""Symmetry broken by degrees: which run stands at which strength, and what is drawn."""

from pathlib import Path

import pandas as pd
import pytest

from src.analysis.figures import style
from src.analysis.figures.quasi_symmetry import draw, main, strength_table
from src.study.settings import Study, read_settings
from tests.analysis.figures.facts import assert_layout, bars, font_kinds, page_mm, smallest_text

METHODS = ("cnf_equivariant", "ffn_sort")
RAISED = 1.0  # dB, of the variants over the asymmetric task


@pytest.fixture
def degrees() -> Study:
    return read_settings().studies["quasi_symmetry"]


@pytest.fixture
def broken(scores: pd.DataFrame) -> pd.DataFrame:
    """Two methods at every strength, k = 4."""
    mine = scores[scores["method"].isin(METHODS) & (scores["k"] == 4)]
    own = mine[mine["symmetry"] == "asymmetric"]
    variants = [
        own.assign(method=own["method"] + f"_strength{percent}", lsd=own["lsd"] + RAISED)
        for percent in (25, 50, 75)
    ]
    return pd.concat([mine, *variants], ignore_index=True)


def test_methods_as_they_are_stand_at_the_ends(broken: pd.DataFrame, degrees: Study) -> None:
    table = strength_table(broken, degrees).set_index(["name", "strength"])["method"]
    for method in METHODS:
        assert table[method].to_dict() == {
            0.0: method,
            0.25: f"{method}_strength25",
            0.5: f"{method}_strength50",
            0.75: f"{method}_strength75",
            1.0: method,
        }


def test_what_was_not_compared_is_said(
    broken: pd.DataFrame, degrees: Study, scores: pd.DataFrame
) -> None:
    one = broken[broken["symmetry"] == "symmetric"]
    with pytest.raises(ValueError, match=r"no scores .* such as cnf_equivariant_strength25"):
        strength_table(one, degrees)
    couplings = read_settings().studies["couplings"]
    with pytest.raises(ValueError, match=r"cnf_equivariant_none: expected data\.break_strength="):
        strength_table(scores, couplings)


def test_panels(broken: pd.DataFrame, degrees: Study) -> None:
    with style.journal_style():
        figure = draw(strength_table(broken, degrees))
        assert smallest_text(figure) >= 7
        assert_layout(figure)
    assert [axes.get_ylabel() for axes in figure.axes] == ["LSD (dB)", "LAC"]
    assert list(bars(figure.axes[0])) == ["CNF (Equivariant)", "FFN (Sort)"]
    for container in bars(figure.axes[0]).values():
        lsd = container[0].get_ydata()
        assert len(lsd) == 5
        assert lsd[1:4] == pytest.approx([lsd[4] + RAISED] * 3)
    assert figure.axes[1].get_xticks() == pytest.approx([0, 0.25, 0.5, 0.75, 1])


def test_command_line(
    tmp_path: Path, broken: pd.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    scores, pdf = tmp_path / "quasi_symmetry.parquet", tmp_path / "quasi_symmetry.pdf"
    broken.to_parquet(scores, index=False)
    main([str(scores), "--study", "quasi_symmetry", "--output", str(pdf)])
    assert page_mm(pdf)[0] == pytest.approx(174, abs=0.01)
    assert font_kinds(pdf)[2] == 0
    with pytest.raises(SystemExit):
        main([str(scores), "--study", "quasi_symmetri", "--output", str(pdf)])
    assert "unknown study quasi_symmetri; did you mean quasi_symmetry?" in capsys.readouterr().err
